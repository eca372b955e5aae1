# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/demo shows is there, fits a terminal, and leaves nothing behind."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import sys
import time
from typing import Iterator

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("sms", "modem")]

from demo_screen import WIDTH, Row, row_lines  # noqa: E402
from demo_tpdu import Unreadable, clear_rows, dissect, plain_rows  # noqa: E402
from network import KEYS, PARAMETERS  # noqa: E402
from secured_packet import Packets  # noqa: E402
from station import need  # noqa: E402

VECTORS = json.loads((HERE.parent / "vectors/secured-packet.json").read_text())["vectors"]
PACKET = bytes.fromhex(next(v["packet"] for v in VECTORS if v["id"] == "C-AES128-CC8-GET-MT"))
DELIVER = bytes.fromhex("440B912121550571F87DF5621020304050402D027000") + PACKET
SUBMIT = bytes.fromhex("51000B912121550571F87DF5A70C0500032A0202E7CF7FD1A721")
REPORT = bytes.fromhex("022A0B912121550571F8621020304050406210203040604000")


# ---- Octets taken apart

def fields(rows):
    return {row.name: row.octets.hex().upper() for row in rows}


def test_deliver():
    tpdu = dissect(DELIVER)
    assert fields(tpdu.rows) == {
        "first octet": "44", "TP-OA": "0B912121550571F8", "TP-PID": "7D", "TP-DCS": "F5",
        "TP-SCTS": "62102030405040", "TP-UDL": "2D", "UDHL": "02", "element 70": "7000"}
    texts = {row.name: row.text for row in tpdu.rows}
    assert (texts["TP-OA"], texts["TP-SCTS"]) == ("+12125550178", "2026-01-02 03:04:05 +01:00")
    assert (tpdu.name, tpdu.secured, tpdu.concatenation, tpdu.data) == ("SMS-DELIVER", True, None, PACKET)


def test_submit():
    tpdu = dissect(SUBMIT)
    assert fields(tpdu.rows) == {
        "first octet": "51", "TP-MR": "00", "TP-DA": "0B912121550571F8", "TP-PID": "7D", "TP-DCS": "F5",
        "TP-VP": "A7", "TP-UDL": "0C", "UDHL": "05", "element 00": "00032A0202"}
    assert (tpdu.name, tpdu.secured, tpdu.concatenation) == ("SMS-SUBMIT", False, (0x2A, 2, 2))
    assert tpdu.data.hex() == "e7cf7fd1a721"


def test_status_report():
    assert fields(dissect(REPORT).rows)["TP-ST"] == "00"


def test_secured_packet():
    assert fields(clear_rows(PACKET)) == {
        "CPL": "0028", "CHL": "15", "SPI": "1600", "KIc": "12", "KID": "12", "TAR": "BFFF00",
        "ciphered": PACKET[10:].hex().upper()}
    plain = Packets(PARAMETERS, KEYS).cipher.cbc_decrypt(PACKET[10:])
    rows = plain_rows(plain, 8)
    assert fields(rows) == {"CNTR": "0000000100", "PCNTR": "04", "CC": "8D458C0C7F281DF3",
                            "CoAP": "44011234A1B2C3D4B13301300130"}
    assert rows[-1].text == "CON GET /3/0/0"


@pytest.mark.parametrize("whole", [DELIVER, SUBMIT, REPORT], ids=["deliver", "submit", "report"])
def test_cut_off(whole):
    """Wherever it ends there is no other error, and no field that is not there."""
    for length in range(len(whole)):
        try:
            tpdu = dissect(whole[:length])
        except Unreadable:
            continue
        assert b"".join(row.octets for row in tpdu.rows) + tpdu.data == whole[:length]


def test_long_octets_fit():
    query = Row("CoAP", bytes(40), "CON POST /rd?" + "&".join(["ep=gateway"] * 20))
    for row in [query] + dissect(DELIVER).rows + clear_rows(PACKET * 3) + plain_rows(bytes(14) + b"C" * 140, 8):
        assert all(len(line) <= WIDTH - 25 for line in row_lines(row))


# ---- The demo itself, at a terminal

class Terminal:
    """A demo that somebody looks at."""

    def __init__(self, *arguments: str) -> None:
        self.text = ""
        self.at = 0  # what was waited for ends there
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.execv("/usr/bin/python3", ["python3", str(HERE / "demo.py"), *arguments])

    def read(self) -> bool:
        if select.select([self.master], [], [], 0.5)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # it has ended
                return False
            self.text += re.sub(r"\033\[\d+m", "", data.decode()).replace("\r\n", "\n")
        return True

    def wait(self, text: str, timeout: float = 120) -> None:
        """The text has come since the last wait."""
        end = time.monotonic() + timeout
        while text not in self.text[self.at:]:
            assert self.read() and time.monotonic() < end, f"no {text!r} in\n{self.text}"
        self.at = self.text.index(text, self.at) + len(text)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def left(self) -> list[str]:
        """Programs of it that still run, and files that are still there."""
        directory = re.search(r"qmi (\S+)/cdc-wdm0", self.text).group(1)
        programs = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                programs.append(path.read_bytes())
        return ([line.decode() for line in programs if directory.encode() in line]
                + [directory] * pathlib.Path(directory).exists())


@pytest.fixture
def demo(build: pathlib.Path) -> Iterator[type[Terminal]]:
    need(build, "qmi")
    yield Terminal


@pytest.mark.slow
def test_stays_to_play(demo):
    terminal = demo("--stay")
    terminal.wait("server> ")
    shown = terminal.text[:terminal.text.index("\nThe gateway stays")]
    assert [line for line in shown.split("\n") if len(line) > WIDTH and "SHA256" not in line] == []
    for what in ("TP-DA       0B912121550571F8    +12125550178", "concatenation: message", "CNTR        0000000001",
                 "CON POST /rd?", "TP-OA       0B912121550571F8", "ACK 2.01 /rd/7a", 'ACK 2.05 "US"',
                 'CON 2.05 Observe=2 "600"', "no key opens it", "packets refused",
                 "Rejected  checksum 1, counter 1", "over DTLS: POST"):
        assert what in shown, what
    terminal.type("sms read /3/0/16\n")
    terminal.wait('ACK 2.05 "US"')
    terminal.type("sms trigger\n")
    terminal.wait("over DTLS: POST /rd/2 → 2.04")
    terminal.type("sms nonsense\n")
    terminal.wait("sms trigger  ")
    terminal.type("\x04")
    assert terminal.end() == 0, terminal.text
    assert "CON DELETE /rd/7a" in terminal.text and terminal.text.endswith("nothing is left running.\n")
    assert terminal.left() == []


@pytest.mark.slow
def test_interrupted(demo):
    terminal = demo()
    terminal.wait("part 2 of 2")
    terminal.type("\x03")
    assert terminal.end() == 130, terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.left() == []

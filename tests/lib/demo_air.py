# SPDX-License-Identifier: LGPL-2.1-or-later
"""The air between servers and the gateway's modem, and what a reader sees of it: the first short message of each kind
in full with its secured packet, later ones a line each."""
from __future__ import annotations

import pathlib
import queue
import sys
import threading
from typing import Callable

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / folder) for folder in ("sms", "modem")]

from demo_screen import Row, show, show_note, show_rows  # noqa: E402
from demo_tpdu import CLEAR, Tpdu, Unreadable, clear_rows, describe_data, dissect, plain_rows  # noqa: E402
from lwm2m_server.coap import Message  # noqa: E402
from modems import ServiceModem  # noqa: E402
from network import SmsServer  # noqa: E402
from secured_packet import Packets, Refused  # noqa: E402
from tpdu import Short, write_deliver  # noqa: E402


class View:
    """Writes the short messages of one server. packets: its keys; they open both ways, and seal nothing."""

    def __init__(self, packets: Packets, full: bool) -> None:
        self.packets = packets
        self.full = {"server", "gateway"} if full else set()
        self._parts: dict[tuple[str, int], dict[int, bytes]] = {}

    def show(self, who: str, octets: bytes, remark: str = "") -> None:
        try:
            self._show(who, octets, remark)
        except (Unreadable, Refused) as error:
            show(who, f"{len(octets)} octets, {error}")

    def _show(self, who: str, octets: bytes, remark: str) -> None:
        tpdu = dissect(octets)
        head = f"{tpdu.name}, {len(octets)} octets"
        if tpdu.concatenation:
            head += f", part {tpdu.concatenation[2]} of {tpdu.concatenation[1]}"
        head += remark
        packet = self._collect(who, tpdu)
        if who in self.full:
            self._show_full(who, head, tpdu, packet)
        elif packet is None:
            show(who, head)
        else:
            self._show_line(who, head, packet)

    def _collect(self, who: str, tpdu: Tpdu) -> bytes | None:
        """The packet, when its last part is there."""
        reference, total, sequence = tpdu.concatenation or (0, 1, 1)
        parts = self._parts.setdefault((who, reference), {})
        parts[sequence] = tpdu.data
        if len(parts) < total:
            return None
        del self._parts[who, reference]
        return b"".join(parts[i] for i in range(1, total + 1))

    def _show_full(self, who: str, head: str, tpdu: Tpdu, packet: bytes | None) -> None:
        show(who, head)
        if not tpdu.concatenation or tpdu.secured:
            show_rows(tpdu.rows)
            show_note("in it a secured packet")
            show_rows(clear_rows(tpdu.data))
        if packet is not None:
            show_note("which the keys open")
            show_rows(self._open(packet))
            self.full.discard(who)

    def _open(self, packet: bytes) -> list[Row]:
        self.packets.open(packet)
        return plain_rows(self.packets.cipher.cbc_decrypt(packet[CLEAR:]), self.packets.cc)

    def _show_line(self, who: str, head: str, packet: bytes) -> None:
        try:
            counter, data = self.packets.open(packet)
            text = f"{head}, counter {counter}: {describe_data(data)}"
        except Refused:
            text = f"{head}, no key opens it"
        show(who, text)


class NumberedServer(SmsServer):
    """One whose failures the demo reports like all others."""

    def next(self, timeout: float = 20) -> Message:
        try:
            return super().next(timeout)
        except queue.Empty:
            raise AssertionError(f"not within {timeout} s: a message for {self.number}") from None
        except ValueError as error:
            raise AssertionError(f"the gateway sent what nobody can read: {error}") from error


class Line:
    """One server's way to the modem, as network.SmsServer wants it. A packet may be spoilt on the way, once."""

    def __init__(self, air: "Air", packets: Packets, full: bool) -> None:
        self.air = air
        self.view = View(packets, full)
        self.on_short: Callable[[Short], None] = lambda short: None
        self.sent: list[bytes] = []  # by the gateway to this server
        self.delivered: list[bytes] = []

    def deliver(self, short: Short) -> None:
        self.deliver_tpdu(write_deliver(short))

    def deliver_tpdu(self, tpdu: bytes, remark: str = "") -> None:
        self.delivered.append(tpdu)
        self.air.watch(self.view, "server", tpdu, remark)
        self.air.modem.deliver_tpdu(tpdu)

    def take(self, short: Short, tpdu: bytes) -> None:
        self.sent.append(tpdu)
        self.air.watch(self.view, "gateway", tpdu)
        self.on_short(short)


class Air:
    """A modem service with its modem, and the servers that have a number. What is seen waits for show(), unless
    there is a prompt."""

    def __init__(self, build: pathlib.Path, directory: pathlib.Path, address: str) -> None:
        self.modem = ServiceModem("qmi", build, directory, address)
        self.modem.on_short = self._on_short
        self.lines: dict[str, Line] = {}
        self.prompt: str | None = None  # behind what is written at once
        self._lock = threading.Lock()
        self._seen: queue.Queue[tuple[View, str, bytes, str]] = queue.Queue()

    def server(self, number: str, parameters: bytes, keys: bytes, full: bool = False) -> NumberedServer:
        """full: its first messages are taken apart."""
        line = self.lines[number] = Line(self, Packets(parameters, keys), full)
        return NumberedServer(line, number, Packets(parameters, keys))

    def _on_short(self, short: Short) -> None:
        line = self.lines.get(short.number)
        if line:
            line.take(short, self.modem.sent[-1])

    def watch(self, view: View, who: str, tpdu: bytes, remark: str = "") -> None:
        """From any thread."""
        self._seen.put((view, who, tpdu, remark))
        if self.prompt is None:
            return
        print("\r", end="")
        self.show()
        if threading.current_thread() is not threading.main_thread():
            print(self.prompt, end="", flush=True)

    def show(self) -> None:
        with self._lock:
            while not self._seen.empty():
                view, *seen = self._seen.get()
                view.show(*seen)

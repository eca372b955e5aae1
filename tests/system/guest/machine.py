# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine as its checks see it: the unit, lwm2mctl, the journal, and the server it registers with."""
from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from typing import Any, Callable, TypeVar

from lwm2m_server import Registration, Server

T = TypeVar("T")
UNIT = "lwm2md.service"
KEY = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
IDENTITY = "gateway-of-the-north-17"


def notify_ready() -> None:
    """sd_notify(3): the server listens, the agent may start."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))


def run(*command: str, data: bytes | None = None, expect: int | None = 0, **how: Any) -> str:
    """The output of a command, which must end with the exit status expect; None: with any."""
    result = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=60, **how)
    output = result.stdout.decode(errors="replace")
    assert expect in (None, result.returncode), f"{' '.join(command)}: {result.returncode}\n{output}"
    return output


def eventually(check: Callable[[], T], what: str, timeout: float = 20) -> T:
    """The first true result of check(), for what cannot wake us by itself."""
    end = time.monotonic() + timeout
    while not (result := check()):
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(0.05)
    return result


class Machine:
    """server runs beside the agent; rebooting: a check has asked for a reboot; modem: a simulated one, if any."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.registration: Registration | None = None
        self.rebooting = False
        self.modem: Any = None
        server.add_psk(IDENTITY.encode(), KEY)

    def ctl(self, *args: str, **how: Any) -> str:
        return run("lwm2mctl", *args, **how)

    def status(self) -> dict[str, Any]:
        return json.loads(self.ctl("status", "--json", "--show-personal"))

    def show(self, name: str, unit: str = UNIT) -> str:
        """A property of a unit, systemctl(1)."""
        return run("systemctl", "show", "--value", "-p", name, unit).strip()

    def wait_registered(self, mark: int = 0, timeout: float = 20) -> Registration:
        """The first registration after the mark."""
        self.registration = self.server.wait_registration(None, timeout, after=mark)
        # The agent may have registered before it owns its name on the bus.
        eventually(lambda: "registered" in self.ctl("status", "--fields=state", expect=None), "registered")
        return self.registration

    def process(self) -> dict[str, str]:
        """/proc/PID/status of the agent."""
        with open(f"/proc/{self.show('MainPID')}/status", encoding="utf-8") as file:
            return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """What the unit has logged, or what matches instead."""
        run("journalctl", "--sync")
        lines = run("journalctl", "-o", "json", "--no-pager", *(matches or ("-u", UNIT)))
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

    def messages(self) -> list[str]:
        return [str(entry.get("MESSAGE")) for entry in self.journal()
                if entry.get("_COMM") == "lwm2md"]

    def journal_tail(self) -> str:
        return run("journalctl", "--no-pager", "-n", "40", "-o", "short-monotonic", expect=None)

    def drop_in(self, text: str) -> None:
        """More settings for the agent's unit, in [Service]."""
        directory = f"/etc/systemd/system/{UNIT}.d"
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/test.conf", "w", encoding="utf-8") as file:
            file.write(f"[Service]\n{text}\n")
        run("systemctl", "daemon-reload")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gateway of its own: a private system bus, the agent, and lwm2mctl to talk to it."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import threading
import time
from typing import Any, Callable, TypeVar

T = TypeVar("T")

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow receive_sender="*"/></policy></busconfig>"""


def eventually(check: Callable[[], T], what: str, timeout: float = 20) -> T:
    """The first true result of check(), for what cannot wake us by itself."""
    end = time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(0.05)


class Bus:
    """A private system bus, without the policy file of the package."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.config = directory / "bus.conf"
        self.socket = directory / "bus"
        self.config.write_text(BUS_CONFIG.format(socket=self.socket))
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self.config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().strip()
        assert self.address

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.socket.unlink(missing_ok=True)


class Gateway:
    """The agent in a directory of its own. Nothing is started before start().

    account() writes a file of servers.d/; configure() the text of lwm2md.conf.
    """

    def __init__(self, build: pathlib.Path, directory: pathlib.Path, bus: Bus | None = None,
                 endpoint: str = "urn:test:gateway") -> None:
        self.build = build
        self.directory = directory
        self.bus = bus
        self.endpoint = endpoint
        self.servers = directory / "servers.d"
        self.state = directory / "state"
        self.config = directory / "lwm2md.conf"
        self.servers.mkdir(parents=True, exist_ok=True)
        self.extra: list[str] = []
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None
        self.lines: list[str] = []
        self.started = 0  # how many lines there were at the last start
        self.condition = threading.Condition()
        self.configure()

    def configure(self, **sections: dict[str, Any]) -> None:
        """Sections of lwm2md.conf as dictionaries; retransmission is quick unless told otherwise."""
        content: dict[str, dict[str, Any]] = {
            "Agent": {"endpoint": self.endpoint},
            "Network": {"ack-timeout": 500, "handshake-timeout": 500, "handshake-limit": 20},
            "Log": {"level": "debug"},
        }
        for name, keys in sections.items():
            content.setdefault(name, {}).update({k.replace("_", "-"): v for k, v in keys.items()})
        self.config.write_text("".join(
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
            for name, keys in content.items()))

    def account(self, uri: str, ssid: int = 101, key: bytes | None = None, **keys: Any) -> None:
        """A factory-provisioned account; key goes to a file of its own."""
        settings = {"uri": uri, "ssid": ssid}
        settings.update({name.replace("_", "-"): value for name, value in keys.items()})
        if key is not None:
            path = self.directory / f"key-{ssid}"
            path.touch(0o600)
            path.write_bytes(key)
            settings["psk-file"] = path
        (self.servers / f"{ssid}.conf").write_text(
            "[Server]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))

    def command(self) -> list[str]:
        return [str(self.build / "agent/lwm2md"), f"--config={self.config}",
                f"--servers={self.servers}", f"--state={self.state}",
                f"--plugins={self.build / 'plugins'}", *self.extra]

    def start(self) -> "Gateway":
        self.started = len(self.lines)
        environment = {**os.environ, **self.environment}
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = (
            self.bus.address if self.bus else f"unix:path={self.directory / 'no-bus'}")
        self.process = subprocess.Popen(self.command(), env=environment, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        return self

    def _read(self, stream: Any) -> None:
        for line in stream:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        with self.condition:
            self.condition.notify_all()

    def wait_log(self, text: str, timeout: float = 20, after: int = 0) -> str:
        """The first line of the log that has the text, after that many lines."""
        def find() -> str | None:
            return next((line for line in self.lines[after:] if text in line), None)
        with self.condition:
            self.condition.wait_for(lambda: find() or not self.reader.is_alive(), timeout)
            found = find()
        assert found, f"not logged: {text}\n{self.log()}"
        return found

    def log(self) -> str:
        with self.condition:
            return "\n".join(self.lines[-80:])

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout: float = 60) -> None:
        """Ends it as systemd does. It must end in good order; a sanitizer's finding is a failure."""
        if self.process is None:
            return
        self.process.terminate()
        code = self.process.wait(timeout)
        self._collect()
        assert code == 0, f"exit status {code}\n{self.log()}"

    def kill(self) -> None:
        """The power is cut."""
        assert self.process
        self.process.kill()
        self.process.wait(10)
        self._collect()

    def wait_exit(self, timeout: float = 20) -> int:
        """For an agent that should end by itself."""
        assert self.process
        code = self.process.wait(timeout)
        self._collect()
        return code

    def _collect(self) -> None:
        self.reader.join(10)
        assert self.process and self.process.stderr
        self.process.stderr.close()
        self.process = None

    def ctl(self, *args: str, code: int = 0, data: bytes | None = None) -> str:
        """Runs lwm2mctl; the output. It must end with that exit status."""
        assert self.bus
        result = subprocess.run(
            [str(self.build / "dbus/lwm2mctl/lwm2mctl"), *args], input=data, timeout=120,
            capture_output=True, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address,
                                      "TZ": "UTC", "LC_ALL": "C.UTF-8"})
        output = result.stdout.decode() + result.stderr.decode()
        assert result.returncode == code, f"lwm2mctl {args}: {result.returncode}\n{output}\n{self.log()}"
        return output

    def status(self) -> dict[str, Any]:
        return json.loads(self.ctl("status", "--json", "--show-personal"))

    def wait_bus(self) -> "Gateway":
        self.wait_log("owns org.lwm2md1", after=self.started)
        return self

# SPDX-License-Identifier: LGPL-2.1-or-later
"""lwm2md-modem as a process between a simulated modem and a simulated agent."""
from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import uuid
from typing import Any, Callable, Iterator

from gi.repository import Gio, GLib
from simmodem import MbimModem, Modem, QmiModem

PATH, INTERFACE = "/org/lwm2md1/modem", "org.lwm2md1.Modem"
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def need(build: pathlib.Path, kind: str) -> None:
    """Skips what is not built."""
    program = build / "plugins/modem/lwm2md-modem"
    if not program.exists() or f"lib{kind}-glib.so".encode() not in program.read_bytes():
        raise unittest.SkipTest(f"lwm2md-modem is not built with {kind}")


class Failure(Exception):
    """An error reply; name without its prefix."""

    def __init__(self, error: GLib.Error) -> None:
        self.name = (Gio.DBusError.get_remote_error(error) or "").rpartition(".")[2]
        Gio.DBusError.strip_remote_error(error)
        super().__init__(f"{self.name}: {error.message}")


def check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Network:
    """A network namespace of its own, since the names of the proxies' sockets cannot be chosen."""

    def __init__(self) -> None:
        with self._elsewhere(lambda: check(libc.unshare(CLONE_NEWNET))):
            self.handle = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    @contextlib.contextmanager
    def _elsewhere(self, go: Callable[[], None]) -> Iterator[None]:
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            go()
            yield
        finally:
            check(libc.setns(home, CLONE_NEWNET))
            os.close(home)

    def inside(self) -> contextlib.AbstractContextManager[None]:
        """Sockets and processes made inside stay there."""
        return self._elsewhere(lambda: check(libc.setns(self.handle, CLONE_NEWNET)))

    def close(self) -> None:
        os.close(self.handle)


class Agent:
    """Owns org.lwm2md1 and hears what it is told; everything runs in wait()."""

    def __init__(self, address: str, service: str) -> None:
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        self.service = service
        self.received: list[tuple[int, bytes, bool]] = []
        self.changes: list[dict[str, Any]] = []
        self.connection.signal_subscribe(None, INTERFACE, "Received", PATH, None, 0, self._on_received)
        self.connection.signal_subscribe(None, "org.freedesktop.DBus.Properties", "PropertiesChanged", PATH, None, 0,
                                         self._on_changed)

    def _on_received(self, connection: Any, sender: str, path: str, interface: str, name: str, args: Any) -> None:
        number, tpdu, details = args.unpack()
        self.received.append((number, bytes(tpdu), details["stored"]))

    def _on_changed(self, connection: Any, sender: str, path: str, interface: str, name: str, args: Any) -> None:
        self.changes.append(args.unpack()[1])

    def _bus(self, method: str, signature: str, *args: Any) -> None:
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                  GLib.Variant(signature, args), None, 0, -1, None)

    def start(self) -> "Agent":
        self._bus("RequestName", "(su)", "org.lwm2md1", 4)
        return self

    def stop(self) -> None:
        self._bus("ReleaseName", "(s)", "org.lwm2md1")

    def close(self) -> None:
        if not self.connection.is_closed():
            self.connection.close_sync(None)

    def call(self, method: str, signature: str, *args: Any) -> tuple[Any, ...]:
        try:
            return self.connection.call_sync(self.service, PATH, INTERFACE, method, GLib.Variant(signature, args),
                                             None, 0, 30000, None).unpack()
        except GLib.Error as error:
            raise Failure(error) from None

    def begin(self, method: str, signature: str, *args: Any) -> list[str]:
        """A call that is answered in wait(): then the list has "" or the error's text."""
        answer: list[str] = []

        def done(connection: Any, result: Any) -> None:
            try:
                connection.call_finish(result)
                answer.append("")
            except GLib.Error as error:
                answer.append(str(Failure(error)))

        self.connection.call(self.service, PATH, INTERFACE, method, GLib.Variant(signature, args), None, 0, 60000,
                             None, done)
        return answer

    def send(self, tpdu: bytes, **options: GLib.Variant) -> int:
        return self.call("Send", "(aya{sv})", tpdu, options)[0]

    def acknowledge(self, number: int, foreign: bool = False) -> None:
        self.call("Acknowledge", "(ta{sv})", number, {"foreign": GLib.Variant("b", True)} if foreign else {})

    def replay(self) -> None:
        self.call("Replay", "(a{sv})", {})

    def get(self, name: str) -> Any:
        reply = self.connection.call_sync(self.service, PATH, "org.freedesktop.DBus.Properties", "Get",
                                          GLib.Variant("(ss)", (INTERFACE, name)), None, 0, -1, None)
        return reply.unpack()[0]

    def wait(self, what: Callable[[], Any], text: str, timeout: float = 60) -> Any:
        """The first true value, asked whenever something came over the bus, and ten times a second."""
        context = GLib.MainContext.default()
        end = time.monotonic() + timeout
        tick = GLib.timeout_add(100, lambda: True)
        try:
            while not (value := self._try(what)):
                assert time.monotonic() < end, f"not within {timeout} s: {text}; {self.received[-5:]}"
                context.iteration(True)
            return value
        finally:
            GLib.source_remove(tick)

    @staticmethod
    def _try(what: Callable[[], Any]) -> Any:
        try:
            return what()
        except GLib.Error:
            return None  # the service is not there yet

    def ready(self) -> "Agent":
        self.wait(lambda: self.get("State") == "ready", "the modem is ready")
        return self

    def settle(self, seconds: float) -> None:
        """Lets happen what should not happen."""
        end = time.monotonic() + seconds
        with contextlib.suppress(AssertionError):
            self.wait(lambda: time.monotonic() > end, "", seconds + 1)

    def next(self, timeout: float = 60) -> tuple[int, bytes, bool]:
        """The earliest message not taken yet."""
        self.wait(lambda: self.received, "a message", timeout)
        return self.received.pop(0)


class ModemProcess:
    """lwm2md-modem. Its end is judged: nothing from the sanitizers, and exit code 0 unless it was killed."""

    def __init__(self, build: pathlib.Path, address: str, arguments: list[str], network: Network | None = None) -> None:
        self.network = network
        self.command = [str(build / "plugins/modem/lwm2md-modem"), "--log-level=debug", *arguments]
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "NO_AT_BRIDGE": "1"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # A file, since nobody would empty a pipe.
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        with self.network.inside() if self.network else contextlib.nullcontext():
            self.process = subprocess.Popen(self.command, env=self.environment, stderr=self.errors)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if not self.process:
            return
        process, self.process = self.process, None
        process.send_signal(how)
        process.wait(60)
        text = self.read_errors()
        for word in ("ERROR: AddressSanitizer", "runtime error:", "LeakSanitizer", "CRITICAL", "assertion"):
            assert word not in text, text
        assert process.returncode == (0 if how == signal.SIGTERM else -how), text

    def read_errors(self) -> str:
        """What it has said, at its end."""
        with self.errors:
            self.errors.seek(0)
            return self.errors.read()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid


class Chain:
    """lwm2md-modem, a proxy and a modem. Nothing runs before start_proxy() and process.start(). `kind`: "qmi", or
    "mbim", which needs root."""

    def __init__(self, kind: str, build: pathlib.Path, directory: pathlib.Path, address: str) -> None:
        self.kind = kind
        self.modem = Modem()
        self.network = Network() if os.geteuid() == 0 else None
        self.device = directory / "cdc-wdm0"
        self.name = f"qmi-proxy-{uuid.uuid4()}" if kind == "qmi" else "mbim-proxy"
        self.service = f"org.lwm2md1.Modem.{kind.capitalize()}"
        self.address = address
        self.plug_in()
        self.proxy = self.new_proxy()
        self.process = ModemProcess(build, address, self.arguments(), self.network)

    def arguments(self) -> list[str]:
        arguments = [f"--device={self.device}", f"--backend={self.kind}"]
        return arguments + [f"--proxy={self.name}"] * (self.kind == "qmi")

    def new_proxy(self) -> QmiModem | MbimModem:
        return (QmiModem if self.kind == "qmi" else MbimModem)(self.modem, self.name)

    def plug_in(self) -> None:
        """The port appears. libmbim looks whether it is a special file; only the proxy opens it."""
        self.device.symlink_to("/dev/null")

    def pull(self) -> None:
        """The port disappears, and the proxy drops who used it."""
        self.device.unlink()
        self.proxy.hang_up()

    def start_proxy(self) -> None:
        if self.network:
            with self.network.inside():
                self.proxy.start()
        else:
            self.proxy.start()

    def stop(self) -> None:
        try:
            self.process.stop()
        finally:
            self.proxy.stop()
            if self.network:
                self.network.close()


class RealProxyChain(Chain):
    """The distribution's proxy between the service and a modem on a pty. Needs root."""

    daemon: subprocess.Popen[bytes] | None = None

    def new_proxy(self) -> QmiModem | MbimModem:
        return (QmiModem if self.kind == "qmi" else MbimModem)(self.modem, None)

    def arguments(self) -> list[str]:
        return [f"--device={self.proxy.path}", f"--backend={self.kind}"]

    def start_proxy(self) -> None:
        program = pathlib.Path(f"/usr/libexec/{self.kind}-proxy")
        if not program.exists():
            raise unittest.SkipTest(f"no {program}")
        assert self.network
        self.proxy.start()
        with self.network.inside():
            self.daemon = subprocess.Popen([program, "--no-exit"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        try:
            super().stop()
        finally:
            if self.daemon:
                self.daemon.terminate()
                self.daemon.wait(10)

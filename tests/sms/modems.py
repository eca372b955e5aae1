# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways to give an agent short messages, all used alike: a modem service made of Python, and lwm2md-modem with a
simulated modem that speaks QMI or MBIM. They need a bus, and no test framework."""
from __future__ import annotations

import pathlib
import queue
import signal
import threading
from typing import Any, Callable

from gi.repository import Gio, GLib
from station import Chain, RealProxyChain
from tpdu import Short, read_submit, write_deliver

PATH, INTERFACE = "/org/lwm2md1/modem", "org.lwm2md1.Modem"
OWN_NUMBER = "491701234567"
KINDS = ("plain", "qmi", "routed", "mbim")
REAL = ("qmi-proxy", "mbim-proxy")
INTROSPECTION = f"""<node><interface name="{INTERFACE}">
<method name="Send"><arg type="ay" direction="in"/><arg type="a{{sv}}" direction="in"/>
<arg type="u" direction="out"/></method>
<method name="Acknowledge"><arg type="t" direction="in"/><arg type="a{{sv}}" direction="in"/></method>
<method name="Replay"><arg type="a{{sv}}" direction="in"/></method>
<signal name="Received"><arg type="t"/><arg type="ay"/><arg type="a{{sv}}"/></signal>
<property name="State" type="s" access="read"/><property name="Device" type="s" access="read"/>
<property name="OwnNumber" type="s" access="read"/><property name="StorageFull" type="b" access="read"/>
</interface></node>"""


class Modem:
    """What all can do. on_short() is called in a thread of theirs for each message the agent sends."""

    kind = ""

    def __init__(self) -> None:
        self.on_short: Callable[[Short], None] = lambda short: None
        self.on_forget: Callable[[], None] = lambda: None  # the agent has acknowledged one, and it is about to go
        self.sent: list[bytes] = []  # SMS-SUBMITs, without the service centre's address

    def start(self) -> None:
        """The service runs; again after kill(), with what its storage had."""
        raise NotImplementedError

    def deliver(self, short: Short) -> None:
        """From any thread."""
        self.deliver_tpdu(write_deliver(short))

    def deliver_tpdu(self, tpdu: bytes) -> None:
        """Octets that need not be a SMS-DELIVER."""
        raise NotImplementedError

    def set_worn(self, worn: bool) -> None:
        """What the agent acknowledges from here on is there again after kill()."""
        raise NotImplementedError

    def wait_forgotten(self, timeout: float = 20) -> None:
        """Until the agent has acknowledged all that was delivered, and the modem has nothing of it any more."""
        raise NotImplementedError

    def retry(self) -> None:
        """The network sends again what it waits for; what is stored it does not."""

    def kill(self) -> None:
        """The service's power is cut."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def _take(self, tpdu: bytes) -> None:
        self.sent.append(tpdu)
        self.on_short(read_submit(tpdu))


class PlainModem(Modem):
    """org.lwm2md1.Modem.Qmi in a thread of its own. It keeps what it delivers until that is acknowledged."""

    kind = "plain"

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.acknowledged: queue.Queue[int] = queue.Queue()
        self.changed = threading.Condition()
        self.kept: dict[int, bytes] = {}
        self.worn = False
        self._next = 0
        self._agent: str | None = None
        self._context: Any = None

    def start(self) -> None:
        with self.changed:
            kept, self.kept = list(self.kept.values()), {}
            for tpdu in kept:
                self._keep(tpdu)
        self._agent = None
        self._context = GLib.MainContext.new()
        self._loop = GLib.MainLoop.new(self._context, False)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "no modem service on the bus"

    def _run(self, ready: threading.Event) -> None:
        self._context.push_thread_default()
        connection = self._connection = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        connection.set_exit_on_close(False)
        connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(INTROSPECTION).interfaces[0],
                                   self._on_call, self._on_get, None)
        connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "RequestName", GLib.Variant("(su)", ("org.lwm2md1.Modem.Qmi", 4)), None, 0, -1, None)
        ready.set()
        self._loop.run()
        connection.close_sync(None)

    def _on_get(self, connection: Any, sender: str, path: str, interface: str, name: str) -> Any:
        return {"State": GLib.Variant("s", "ready"), "Device": GLib.Variant("s", "/dev/simulated"),
                "OwnNumber": GLib.Variant("s", OWN_NUMBER), "StorageFull": GLib.Variant("b", False)}[name]

    def _on_call(self, connection: Any, sender: str, path: str, interface: str, method: str,
                 parameters: Any, invocation: Any) -> None:
        self._agent = sender
        if method == "Send":
            invocation.return_value(GLib.Variant("(u)", (len(self.sent) + 1 & 0xFF,)))
            self._take(bytes(parameters[0]))
            return
        if method == "Acknowledge":
            self._forget(parameters[0])
        invocation.return_value(None)
        if method == "Replay":
            for number, tpdu in sorted(self.kept.items()):
                self._announce(number, tpdu)

    def _keep(self, tpdu: bytes) -> int:
        self._next += 1
        self.kept[self._next] = tpdu
        return self._next

    def _forget(self, number: int) -> None:
        self.on_forget()
        self.acknowledged.put(number)
        with self.changed:
            if not self.worn:
                self.kept.pop(number, None)
            self.changed.notify_all()

    def _announce(self, number: int, tpdu: bytes) -> None:
        if self._agent and number in self.kept:
            self._connection.emit_signal(self._agent, PATH, INTERFACE, "Received", GLib.Variant(
                "(taya{sv})", (number, tpdu, {"stored": GLib.Variant("b", True)})))

    def deliver_tpdu(self, tpdu: bytes) -> None:
        with self.changed:
            number = self._keep(tpdu)
        self._context.invoke_full(GLib.PRIORITY_DEFAULT, lambda: self._announce(number, tpdu) or False)

    def set_worn(self, worn: bool) -> None:
        self.worn = worn

    def wait_forgotten(self, timeout: float = 20) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: not self.kept, timeout), f"not acknowledged: {self.kept}"

    def kill(self) -> None:
        self.close()

    def close(self) -> None:
        if self._context:
            self._context.invoke_full(GLib.PRIORITY_DEFAULT, lambda: self._loop.quit() or False)
            self._thread.join(10)
        self._context = None


class ServiceModem(Modem):
    """lwm2md-modem and a simulated modem. `routed`: the modem does not store, the network waits for the agent (QMI)."""

    def __init__(self, kind: str, build: pathlib.Path, directory: pathlib.Path, address: str,
                 routed: bool = False, real_proxy: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.chain = (RealProxyChain if real_proxy else Chain)(kind, build, directory, address)
        self.radio = self.chain.modem
        self.radio.number = f"+{OWN_NUMBER}"
        self.radio.on_sent = lambda pdu: self._take(pdu[1 + pdu[0]:])
        self.radio.on_event = self._on_event
        self.routed = routed
        self._open: dict[int, bytes] = {}  # what the network waits for

    def start(self) -> None:
        if self.chain.proxy not in self.radio.listeners:
            self.chain.start_proxy()
        with self.radio.changed:
            seen = len(self.radio.events)
        self.chain.process.start()
        self.radio.wait(lambda: self._ready(self.radio.events[seen:]), "the service has opened the modem")

    @staticmethod
    def _ready(events: list[tuple[Any, ...]]) -> bool:
        """It has asked for our number, and hears of what comes: it has looked through the storage since."""
        return {"number", "list"} <= {event[0] for event in events}

    def _on_event(self, event: tuple[Any, ...]) -> None:
        if event[0] in ("delete", "acknowledge"):
            self.on_forget()

    def deliver_tpdu(self, tpdu: bytes) -> None:
        if self.routed:
            with self.radio.changed:
                self._open[self.radio.transaction + 1] = tpdu
                self.radio.route(tpdu)
        else:
            assert self.radio.deliver(tpdu) is not None, "the modem has no room"

    def _waiting(self) -> dict[int, bytes]:
        with self.radio.changed:
            for _, transaction, _, _ in self.radio.named("acknowledge"):
                self._open.pop(transaction, None)
            return dict(self._open)

    def retry(self) -> None:
        waiting = self._waiting()
        self._open.clear()
        for tpdu in waiting.values():
            self.deliver_tpdu(tpdu)

    def set_worn(self, worn: bool) -> None:
        self.radio.worn = worn

    def stored(self) -> int:
        with self.radio.changed:
            return sum(len(slots) for slots in self.radio.storages.values())

    def wait_forgotten(self, timeout: float = 20) -> None:
        self.radio.wait(lambda: not self.stored() and not self._waiting(), "the modem has nothing any more", timeout)

    def kill(self) -> None:
        self.chain.process.stop(signal.SIGKILL)

    def close(self) -> None:
        self.chain.stop()


def protocol(kind: str) -> str:
    """Of one of KINDS or REAL, but for "plain"."""
    return "mbim" if kind.startswith("mbim") else "qmi"


def make_modem(kind: str, build: pathlib.Path, directory: pathlib.Path, address: str) -> Modem:
    """Not started yet; `kind` is one of KINDS, or of REAL, which have the distribution's proxies. "routed" is QMI that
    does not store."""
    if kind == "plain":
        return PlainModem(address)
    return ServiceModem(protocol(kind), build, directory, address, kind == "routed", kind in REAL)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A modem service on the private bus, the network behind it, and a server that speaks by SMS."""
from __future__ import annotations

import os
import queue
import threading
from typing import Any, Callable

from gi.repository import Gio, GLib
from lwm2m_server.coap import Message, Option, path_options, query_options
from secured_packet import Packets
from tpdu import Short, cut, read_submit, write_deliver

PATH, INTERFACE = "/org/lwm2md1/modem", "org.lwm2md1.Modem"
OWN_NUMBER = "491701234567"
NUMBER = "+12125550178"  # the server's
PARAMETERS = bytes.fromhex("12121600BFFF00")  # KIc, KID, SPI, TAR
KEYS = bytes(range(16)) + bytes(range(0xA0, 0xB0))
INTROSPECTION = f"""<node><interface name="{INTERFACE}">
<method name="Send"><arg type="ay" direction="in"/><arg type="a{{sv}}" direction="in"/><arg type="u" direction="out"/></method>
<method name="Acknowledge"><arg type="t" direction="in"/><arg type="a{{sv}}" direction="in"/></method>
<method name="Replay"><arg type="a{{sv}}" direction="in"/></method>
<signal name="Received"><arg type="t"/><arg type="ay"/><arg type="a{{sv}}"/></signal>
<property name="State" type="s" access="read"/><property name="Device" type="s" access="read"/>
<property name="OwnNumber" type="s" access="read"/><property name="StorageFull" type="b" access="read"/>
</interface></node>"""


class Modem:
    """org.lwm2md1.Modem.Qmi in a thread of its own. on_short() is called there for what is sent."""

    def __init__(self, address: str) -> None:
        self.on_short: Callable[[Short], None] = lambda short: None
        self.sent: list[bytes] = []
        self.acknowledged: queue.Queue[int] = queue.Queue()
        self._agent: str | None = None
        self._waiting: list[tuple[int, bytes]] = []
        self._next = 0
        self._context = GLib.MainContext.new()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(address,), daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "no modem service on the bus"

    def _run(self, address: str) -> None:
        self._context.push_thread_default()
        connection = self._connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        connection.set_exit_on_close(False)
        connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(INTROSPECTION).interfaces[0],
                                   self._on_call, self._on_get, None)
        connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "RequestName", GLib.Variant("(su)", ("org.lwm2md1.Modem.Qmi", 4)), None, 0, -1, None)
        self._ready.set()
        self._loop.run()
        connection.close_sync(None)

    def _on_get(self, connection: Any, sender: str, path: str, interface: str, name: str) -> Any:
        return {"State": GLib.Variant("s", "ready"), "Device": GLib.Variant("s", "/dev/simulated"),
                "OwnNumber": GLib.Variant("s", OWN_NUMBER), "StorageFull": GLib.Variant("b", False)}[name]

    def _on_call(self, connection: Any, sender: str, path: str, interface: str, method: str,
                 parameters: Any, invocation: Any) -> None:
        self._agent = sender
        if method == "Send":
            tpdu = bytes(parameters[0])
            self.sent.append(tpdu)
            invocation.return_value(GLib.Variant("(u)", (len(self.sent) & 0xFF,)))
            self.on_short(read_submit(tpdu))
            return
        if method == "Acknowledge":
            self.acknowledged.put(parameters[0])
        invocation.return_value(None)
        waiting, self._waiting = self._waiting, []
        for number, tpdu in waiting:
            self._announce(number, tpdu)

    def _announce(self, number: int, tpdu: bytes) -> None:
        if self._agent is None:
            self._waiting.append((number, tpdu))
            return
        self._connection.emit_signal(self._agent, PATH, INTERFACE, "Received",
                                     GLib.Variant("(taya{sv})", (number, tpdu, {})))

    def deliver(self, short: Short) -> None:
        """From any thread."""
        self._next += 1
        number, tpdu = self._next, write_deliver(short)
        self._context.invoke_full(GLib.PRIORITY_DEFAULT, lambda: self._announce(number, tpdu) or False)

    def close(self) -> None:
        self._context.invoke_full(GLib.PRIORITY_DEFAULT, lambda: self._loop.quit() or False)
        self._thread.join(10)


class SmsServer:
    """One server at one number. Counters only rise; each message leaves in a packet of its own. A De-register
    is answered here, all else by the test."""

    def __init__(self, modem: Modem, number: str, packets: Packets) -> None:
        self.modem, self.number, self.packets = modem, number, packets
        self.counter = 1000
        self.heard = 0
        self.messages: queue.Queue[Message] = queue.Queue()
        self._parts: dict[int, dict[int, bytes]] = {}
        modem.on_short = self._on_short

    def _on_short(self, short: Short) -> None:
        assert short.number == self.number and (short.pid, short.dcs) == (0x7D, 0xF5)
        concatenation = short.elements().get(0)
        if concatenation is None:
            self._on_packet(short.data)
            return
        reference, total, sequence = concatenation
        parts = self._parts.setdefault(reference, {})
        parts[sequence] = short.data
        if len(parts) == total:
            del self._parts[reference]
            self._on_packet(b"".join(parts[i + 1] for i in range(total)))

    def _on_packet(self, packet: bytes) -> None:
        counter, data = self.packets.open(packet)
        assert counter > self.heard
        self.heard = counter
        message = Message.decode(data)
        self.messages.put(message)
        if message.code == "0.04":
            self.answer(message, "2.02")

    def next(self, timeout: float = 20) -> Message:
        return self.messages.get(timeout=timeout)

    def send(self, message: Message, number: str | None = None) -> None:
        self.counter += 1
        packet = self.packets.seal(self.counter, message.encode())
        for short in cut(number or self.number, packet, self.counter):
            self.modem.deliver(short)

    def answer(self, request: Message, code: str, location: str = "") -> None:
        options = [(Option.LOCATION_PATH, part.encode()) for part in location.split("/") if part]
        self.send(Message("ACK", code, request.mid, request.token, options))

    def request(self, code: str, path: str, *queries: str, payload: bytes = b"",
                options: list[tuple[int, bytes]] | None = None) -> Message:
        return Message("CON", code, int.from_bytes(os.urandom(2), "big"), os.urandom(2),
                       sorted((options or []) + path_options(path) + query_options(*queries),
                              key=lambda option: option[0]), payload)

    def ask(self, code: str, path: str, *queries: str, payload: bytes = b"",
            options: list[tuple[int, bytes]] | None = None) -> Message:
        request = self.request(code, path, *queries, payload=payload, options=options)
        self.send(request)
        answer = self.next()
        assert (answer.type, answer.mid, answer.token) == ("ACK", request.mid, request.token)
        return answer

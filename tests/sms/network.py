# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that speaks by SMS."""
from __future__ import annotations

import contextlib
import os
import queue
from dataclasses import replace
from typing import Protocol

from lwm2m_server.coap import Message, Option, path_options, query_options
from modems import OWN_NUMBER
from secured_packet import Packets, Refused
from tpdu import Short, cut

__all__ = ["KEYS", "NUMBER", "OWN_NUMBER", "PARAMETERS", "SmsServer"]
NUMBER = "+12125550178"  # the server's
PARAMETERS = bytes.fromhex("12121600BFFF00")  # KIc, KID, SPI, TAR
KEYS = bytes(range(16)) + bytes(range(0xA0, 0xB0))


class Carrier(Protocol):
    """What a server sends through: a modem, or a network that spoils what it carries."""

    sent: list[bytes]

    def deliver(self, short: Short) -> None: ...


class SmsServer:
    """One server at one number. Counters only rise; each message leaves in a packet of its own. A De-register
    is answered here, all else by the test. What the agent sends wrongly is raised by next() and check()."""

    def __init__(self, modem: Carrier, number: str, packets: Packets) -> None:
        self.modem, self.number, self.packets = modem, number, packets
        self.coding = (0x7D, 0xF5)  # TP-PID, TP-DCS of what the agent sends
        self.counter = 1000
        self.heard = 0
        self.asked: set[int] = set()
        self.messages: queue.Queue[Message | Exception] = queue.Queue()
        self._parts: dict[int, dict[int, bytes]] = {}
        self.updates: queue.Queue[Message] | None = None  # where Registers and Updates go instead
        self.tolerant = False  # of what a network does to the agent's packets
        modem.on_short = self.on_short

    def on_short(self, short: Short) -> None:
        try:
            self._take(short)
        except Exception as error:  # in the modem's thread, where nobody would see it
            self.messages.put(error)

    def _take(self, short: Short) -> None:
        assert short.number == self.number and (short.pid, short.dcs) == self.coding
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
        try:
            self.heard, data = self.packets.open(packet, self.heard)
        except Refused:
            if self.tolerant:
                return
            raise
        message = Message.decode(data)
        to_directory = message.code == "0.02" and self.updates is not None
        (self.updates if to_directory else self.messages).put(message)
        if message.code == "0.04":
            self.answer(message, "2.02")

    def next(self, timeout: float = 60) -> Message:
        message = self.messages.get(timeout=timeout)
        if isinstance(message, Exception):
            raise message
        return message

    def next_answer(self, request: Message, timeout: float = 20) -> Message:
        """To this request. Answers to earlier ones, that come late or again, are no matter."""
        while (message := self.next(timeout)).mid != request.mid:
            assert message.type == "ACK" and message.mid in self.asked, message
        return message

    def complete(self, request: Message, patience: float = 2, tries: int = 10) -> Message:
        """Sends it again and again, under fresh counters, until it is answered; as another request where an agent
        that has just started puts it off."""
        for _ in range(tries):
            self.send(request)
            with contextlib.suppress(queue.Empty):
                answer = self.next_answer(request, patience)
                if answer.code != "5.03":
                    return answer
                request = replace(request, mid=request.mid + 1 & 0xFFFF)
        raise AssertionError(f"not answered after {tries} tries: {request}")

    def check(self) -> None:
        """Nothing was wrong in what nobody has looked at."""
        while not self.messages.empty():
            self.next()

    def seal(self, message: Message, number: str | None = None) -> list[Short]:
        """The message under the next counter, as short messages that are not sent."""
        self.counter += 1
        self.asked.add(message.mid)
        return cut(number or self.number, self.packets.seal(self.counter, message.encode()), self.counter)

    def send(self, message: Message, number: str | None = None) -> None:
        for short in self.seal(message, number):
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

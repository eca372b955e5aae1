# SPDX-License-Identifier: LGPL-2.1-or-later
"""MBIM 1.0, as far as short messages need it: control messages, Basic Connect, SMS, and the proxy's own service."""
from __future__ import annotations

import struct
import uuid

from .modem import NOT_READ, NV, READ, SENT, Modem, Refusal
from .transport import Client, Transport

BASIC = uuid.UUID("a289cc33-bcbb-8b4f-b6b0-133ec2aae6df").bytes
SMS = uuid.UUID("533fbeeb-14fe-4467-9f90-33a223e56c3f").bytes
PROXY = uuid.UUID("838cf7fb-8d0d-4d7f-871e-d71dbefbb39b").bytes
OPEN, CLOSE, COMMAND, DONE, INDICATE = 1, 2, 3, 0x80000000, 0x80000007
SUCCESS, SIM_LOCKED, NO_DEVICE_SUPPORT, BAD_INDEX, NETWORK_TIMEOUT = 0, 5, 9, 30, 101
STATUS = {NOT_READ: 0, READ: 1, SENT: 3}


def text(value: str, offset: int) -> tuple[bytes, bytes]:
    """(offset, length), and what is to be appended."""
    data = value.encode("utf-16-le")
    if not data:
        return struct.pack("<II", 0, 0), b""
    return struct.pack("<II", offset, len(data)), data + bytes(-len(data) % 4)


class MbimModem(Transport):
    def __init__(self, modem: Modem, name: str | None = "mbim-proxy") -> None:
        super().__init__(modem, name)
        self.pdu_format = True

    def frame_length(self, buffer: bytes) -> int:
        return struct.unpack_from("<I", buffer, 4)[0] if len(buffer) >= 8 else 0

    def handle(self, client: Client, frame: bytes) -> None:
        kind, _, transaction = struct.unpack_from("<III", frame)
        if kind in (OPEN, CLOSE):
            self.modem.happened("open" if kind == OPEN else "close", "")
            client.reports = kind == OPEN
            client.send(struct.pack("<IIII", kind | DONE, 16, transaction, SUCCESS))
        elif kind == COMMAND and not self.modem.mute:
            service, cid, is_set, length = frame[20:36], *struct.unpack_from("<III", frame, 36)
            status, body = self.command(service, cid, bool(is_set), frame[48:48 + length])
            header = struct.pack("<IIIII", COMMAND | DONE, 48 + len(body), transaction, 1, 0)
            client.send(header + service + struct.pack("<III", cid, status, len(body)) + body)

    def command(self, service: bytes, cid: int, is_set: bool, data: bytes) -> tuple[int, bytes]:
        name = {BASIC: "basic", SMS: "sms", PROXY: "proxy"}.get(service)
        handler = getattr(self, f"on_{name}_{cid}", None)
        return handler(is_set, data) if handler else (NO_DEVICE_SUPPORT, b"")

    def on_proxy_1(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, b""

    # ---- Basic Connect

    def on_basic_2(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        self.modem.happened("number")
        number, tail = text(self.modem.number, 36)
        state = 6 if self.modem.locked else 1
        count = 1 if self.modem.number else 0
        return SUCCESS, (struct.pack("<I", state) + bytes(16) + struct.pack("<II", 0, count)
                         + (number + tail if count else b""))

    def on_basic_9(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, struct.pack("<IIIII", 0, 3 if self.modem.registered else 2, 1, 1, 1) + bytes(24) + bytes(4)

    def on_basic_19(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, data

    # ---- SMS

    def on_sms_1(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        if is_set:
            self.pdu_format = struct.unpack_from("<I", data)[0] == 0
            self.modem.happened("format", self.pdu_format)
        return SUCCESS, struct.pack("<IIII", 1, 0 if self.pdu_format else 1, self.modem.capacity[NV], 140) + bytes(8)

    def records(self, wanted: dict[int, tuple[int, bytes]]) -> bytes:
        head, offset, body = b"", 8 + 8 * len(wanted), b""
        for index, (tag, pdu) in sorted(wanted.items()):
            record = struct.pack("<IIII", index, STATUS[tag], 16, len(pdu)) + pdu + bytes(-len(pdu) % 4)
            head += struct.pack("<II", offset, len(record))
            offset += len(record)
            body += record
        return struct.pack("<II", 0, self.modem.listed or len(wanted)) + head + body

    def on_sms_2(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        _, flag, index = struct.unpack("<III", data)
        if self.modem.locked:
            return SIM_LOCKED, b""
        with self.modem.changed:
            if flag == 0:
                self.modem.happened("list", NV)
                return SUCCESS, self.records(self.modem.storages[NV])
            found = self.modem.read(NV, index)
            return (SUCCESS, self.records({index: found})) if found else (BAD_INDEX, b"")

    def on_sms_3(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        offset, size = struct.unpack_from("<II", data, 4)
        outcome = self.modem.send(data[4 + offset:4 + offset + size])
        return (NETWORK_TIMEOUT, b"") if isinstance(outcome, Refusal) else (SUCCESS, struct.pack("<I", outcome))

    def on_sms_4(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        flag, index = struct.unpack("<II", data)
        return (SUCCESS if flag == 1 and self.modem.delete(NV, index) else BAD_INDEX), b""

    def on_sms_5(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, struct.pack("<II", 1 if self.modem.is_full() else 0, 0)

    # ---- Notifications

    def indicate(self, service: bytes, cid: int, body: bytes) -> None:
        for client in list(self.clients):
            if client.reports:
                client.send(struct.pack("<IIIII", INDICATE, 44 + len(body), 0, 1, 0) + service
                            + struct.pack("<II", cid, len(body)) + body)

    def tell_stored(self, storage: int, index: int) -> None:
        self.indicate(SMS, 5, struct.pack("<II", 2, index))

    def tell_routed(self, transaction: int, tpdu: bytes, acknowledge: bool) -> None:
        """Of class 0: the modem has acknowledged it, and does not store it."""
        self.indicate(SMS, 2, self.records({0: (NOT_READ, b"\x00" + tpdu)}))

    def tell_full(self, storage: int) -> None:
        self.indicate(SMS, 5, struct.pack("<II", 1, 0))

    def tell_card(self) -> None:
        self.indicate(BASIC, 2, self.on_basic_2(False, b"")[1])

    def tell_network(self) -> None:
        self.indicate(BASIC, 9, self.on_basic_9(False, b"")[1])



# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI, as far as short messages need it: QMUX frames, the control service, WMS, UIM, NAS, DMS."""
from __future__ import annotations

import struct
import time
from typing import Iterator

from .modem import NV, UIM, Modem, Refusal
from .transport import Client, Transport

CTL, DMS, NAS, WMS, UIM_SERVICE = 0x00, 0x02, 0x03, 0x05, 0x0B
RESPONSE, INDICATION = 0x02, 0x04

# Protocol errors
NO_ENTRY, INVALID_COMMAND, INVALID_CLIENT_ID = 50, 71, 5
CAUSE_CODE, ACK_NOT_SENT, NOT_SUPPORTED, NOT_PROVISIONED = 54, 84, 94, 16
POINT_TO_POINT = 6


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("<BH", kind, len(value)) + value


def result(error: int = 0) -> bytes:
    return tlv(0x02, struct.pack("<HH", 1 if error else 0, error))


def parse(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 3:
        kind, length = struct.unpack_from("<BH", data)
        found[kind] = data[3:3 + length]
        data = data[3 + length:]
    return found


def counted(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data


class QmiModem(Transport):
    """`lacks`: services the modem does not have; `unsupported`: WMS messages it refuses."""

    def __init__(self, modem: Modem, name: str | None = "qmi-proxy") -> None:
        super().__init__(modem, name)
        self.lacks: set[int] = set()
        self.unsupported: set[int] = set()
        self.open_ids: dict[tuple[int, int], Client] = {}
        self.reporting: set[int] = set()
        self.last_id = 0
        self.acknowledge_error = 0
        self.allocate_takes = 0.0

    def frame_length(self, buffer: bytes) -> int:
        return 1 + struct.unpack_from("<H", buffer, 1)[0] if len(buffer) >= 3 else 0

    def drop(self, client: Client) -> None:
        """A real proxy gives the ids of a client that dies without a word back to nobody."""
        super().drop(client)

    def frame(self, service: int, cid: int, body: bytes) -> bytes:
        return struct.pack("<BHBBB", 1, len(body) + 5, 0x80, service, cid) + body

    def handle(self, client: Client, frame: bytes) -> None:
        service, cid = frame[4], frame[5]
        if service == CTL:
            transaction, message = struct.unpack_from("<BH", frame, 7)
            answer = self.control(client, message, parse(frame[12:]))
            body = struct.pack("<BBHH", 1, transaction, message, len(answer)) + answer
        else:
            transaction, message = struct.unpack_from("<HH", frame, 7)
            if self.modem.mute:
                return
            answer = self.serve(service, cid, message, parse(frame[13:]))
            body = struct.pack("<BHHH", RESPONSE, transaction, message, len(answer)) + answer
        client.send(self.frame(service, cid, body))

    def control(self, client: Client, message: int, tlvs: dict[int, bytes]) -> bytes:
        if message == 0xFF00:
            self.modem.happened("open", tlvs[0x01].decode())
            return result()
        if message == 0x22:
            service = tlvs[0x01][0]
            if service in self.lacks:
                return result(INVALID_CLIENT_ID)
            self.last_id = self.last_id % 250 + 1
            self.open_ids[service, self.last_id] = client
            self.modem.happened("allocate", service)
            time.sleep(self.allocate_takes)
            return result() + tlv(0x01, bytes([service, self.last_id]))
        if message == 0x23:
            service, cid = tlvs[0x01]
            self.open_ids.pop((service, cid), None)
            self.modem.happened("release", service)
            return result() + tlv(0x01, tlvs[0x01])
        return result(INVALID_COMMAND)

    def serve(self, service: int, cid: int, message: int, tlvs: dict[int, bytes]) -> bytes:
        if (service, cid) not in self.open_ids:
            return result(INVALID_CLIENT_ID)
        handler = getattr(self, f"on_{service:02x}_{message:04x}", None)
        if not handler or (service == WMS and message in self.unsupported):
            return result(NOT_SUPPORTED)
        return handler(cid, tlvs)

    # ---- WMS

    def on_05_0001(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        if tlvs.get(0x10) == b"\x01":
            self.reporting.add(cid)
        self.modem.happened("report")
        return result()

    def on_05_0020(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        kind, length = struct.unpack_from("<BH", tlvs[0x01])
        assert kind == POINT_TO_POINT
        outcome = self.modem.send(tlvs[0x01][3:3 + length])
        if isinstance(outcome, Refusal):
            return (result(CAUSE_CODE) + tlv(0x12, struct.pack("<HB", outcome.rp, outcome.tp))
                    + tlv(0x13, bytes([1 if outcome.permanent else 0])))
        return result() + tlv(0x01, struct.pack("<H", outcome))

    def on_05_0022(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        storage, index = struct.unpack("<BI", tlvs[0x01])
        found = self.modem.read(storage, index)
        if not found or tlvs.get(0x10) != b"\x01":
            return result(NO_ENTRY)
        tag, pdu = found
        return result() + tlv(0x01, bytes([tag, POINT_TO_POINT]) + counted(pdu))

    def on_05_0024(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        gone = self.modem.delete(tlvs[0x01][0], struct.unpack("<I", tlvs[0x10])[0])
        return result(0 if gone else NO_ENTRY)

    def on_05_0031(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        with self.modem.changed:
            slots = self.modem.storages[tlvs[0x01][0]]
            listed = b"".join(struct.pack("<IB", index, slots[index][0]) for index in sorted(slots))
            self.modem.happened("list", tlvs[0x01][0])
            return result() + tlv(0x01, struct.pack("<I", self.modem.listed or len(listed) // 5) + listed)

    def on_05_0036(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        with self.modem.changed:
            capacity = self.modem.capacity[tlvs[0x01][0]]
            left = capacity - len(self.modem.storages[tlvs[0x01][0]])
        return result() + tlv(0x01, struct.pack("<I", capacity)) + tlv(0x10, struct.pack("<I", max(left, 0)))

    def on_05_0037(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        transaction, protocol, success = struct.unpack("<IBB", tlvs[0x01])
        self.modem.happened("acknowledge", transaction, protocol, success)
        if self.acknowledge_error:
            return result(ACK_NOT_SENT) + tlv(0x10, bytes([self.acknowledge_error]))
        return result()

    # ---- UIM, NAS, DMS

    def on_0b_002e(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        return result() + tlv(0x10, tlvs.get(0x01, bytes(4)))

    def on_0b_002f(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        return result() + tlv(0x10, self.card())

    def card(self) -> bytes:
        state, pin = (2, 1) if self.modem.locked else (7, 3)
        application = (bytes([2, state, 0, 0, 0, 0]) + b"\x10" + bytes.fromhex("A0000000871002FF49FF0589" + "00000000")
                       + bytes([0, pin, 3, 10, 0, 3, 10]))
        return struct.pack("<HHHH", 0, 0xFFFF, 0xFFFF, 0xFFFF) + bytes([1, 1, 0, 0, 0, 0, 1]) + application

    def on_03_0003(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        return result()

    def network(self) -> bytes:
        return tlv(0x01, bytes([1 if self.modem.registered else 2, 1, 1, 1, 1, 8]))

    def on_03_0024(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        return result() + self.network()

    def on_02_0024(self, cid: int, tlvs: dict[int, bytes]) -> bytes:
        self.modem.happened("number")
        return result() + tlv(0x01, self.modem.number.encode()) if self.modem.number else result(NOT_PROVISIONED)

    # ---- Indications

    def ids(self, service: int) -> Iterator[tuple[int, Client]]:
        with self.modem.changed:
            for (of, cid), client in list(self.open_ids.items()):
                if of == service:
                    yield cid, client

    def indicate(self, service: int, message: int, tlvs: bytes) -> None:
        for cid, client in self.ids(service):
            if service != WMS or message != 0x0001 or cid in self.reporting:
                client.send(self.frame(service, cid, struct.pack("<BHHH", INDICATION, 0, message, len(tlvs)) + tlvs))

    def tell_stored(self, storage: int, index: int) -> None:
        self.indicate(WMS, 0x0001, tlv(0x10, struct.pack("<BI", storage, index)))

    def tell_routed(self, transaction: int, tpdu: bytes, acknowledge: bool) -> None:
        self.indicate(WMS, 0x0001, tlv(0x11, struct.pack("<BIB", 0 if acknowledge else 1, transaction, POINT_TO_POINT)
                                       + counted(tpdu)))

    def tell_full(self, storage: int) -> None:
        self.indicate(WMS, 0x003F, tlv(0x01, bytes([storage, 1])))

    def tell_card(self) -> None:
        self.indicate(UIM_SERVICE, 0x0032, tlv(0x10, self.card()))

    def tell_network(self) -> None:
        self.indicate(NAS, 0x0024, self.network())


assert (UIM, NV) == (0, 1)  # the numbers of the storages are QMI's

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The MBIM modem with as much of Basic Connect as ModemManager wants to know of a modem before it takes it."""
from __future__ import annotations

import struct

from .mbim import BASIC, NO_DEVICE_SUPPORT, SMS, SUCCESS, MbimModem, text

SERVICES = {BASIC: (1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 19), SMS: (1, 2, 3, 4, 5)}


def layout(size: int, *fields: int | str) -> bytes:
    """Numbers, and strings as offset and length with the characters behind all of them."""
    head, tail = b"", b""
    for field in fields:
        if isinstance(field, int):
            head += struct.pack("<I", field)
        else:
            pair, data = text(field, size + len(tail))
            head, tail = head + pair, tail + data
    assert len(head) == size
    return head + tail


class ManagedMbimModem(MbimModem):
    def on_basic_1(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        """Device capabilities: removable, GSM, no voice, a card, LTE, messages both ways, registers by itself."""
        return SUCCESS, layout(64, 2, 1, 1, 2, 0x20, 3, 1, 1, "", "356938035643809", "1.0", "simulated")

    def on_basic_3(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        """The radio is on."""
        return SUCCESS, struct.pack("<II", 1, 1)

    def on_basic_4(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, struct.pack("<III", 2, 1 if self.modem.locked else 0, 3)

    def on_basic_5(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        """Of ten kinds of PIN there is PIN1, which is not asked for."""
        return SUCCESS, struct.pack("<IIII", 2, 1, 4, 8) + bytes(9 * 16)

    def on_basic_6(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, layout(32, "26201", 1, "Home", 1, 99, 99)

    def on_basic_10(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        """Packet service: attached, LTE."""
        return SUCCESS, struct.pack("<IIIQQ", 0, 2, 0x20, 50000000, 100000000)

    def on_basic_11(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, struct.pack("<IIIII", 20, 99, 5, 0xFFFFFFFF, 0xFFFFFFFF)

    def on_basic_12(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        """No session is active."""
        if is_set:
            return NO_DEVICE_SUPPORT, b""
        return SUCCESS, struct.pack("<IIII", 0, 3, 0, 0) + bytes(16) + bytes(4)

    def on_basic_13(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        return SUCCESS, struct.pack("<I", 0)

    def on_basic_16(self, is_set: bool, data: bytes) -> tuple[int, bytes]:
        head, body, start = b"", b"", 8 + 8 * len(SERVICES)
        for service, cids in SERVICES.items():
            element = service + struct.pack("<III", 0, 0, len(cids)) + struct.pack(f"<{len(cids)}I", *cids)
            head += struct.pack("<II", start + len(body), len(element))
            body += element
        return SUCCESS, struct.pack("<II", len(SERVICES), 0) + head + body

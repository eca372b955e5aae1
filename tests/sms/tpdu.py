# SPDX-License-Identifier: LGPL-2.1-or-later
"""SMS-SUBMIT read and SMS-DELIVER written (TS 23.040, 9.2.2), 8-bit data only."""
from __future__ import annotations

from dataclasses import dataclass

COMMAND = b"\x70\x00"  # the element of a command packet, TS 31.115


@dataclass
class Short:
    """One short message. header: the user data's elements, without their length octet."""

    number: str
    data: bytes
    header: bytes = b""
    pid: int = 0x7D
    dcs: int = 0xF5

    def elements(self) -> dict[int, bytes]:
        found, at = {}, 0
        while at < len(self.header):
            size = self.header[at + 1]
            found[self.header[at]] = self.header[at + 2:at + 2 + size]
            at += 2 + size
        return found


def _address(number: str) -> bytes:
    digits = number.lstrip("+")
    filled = digits + "F" * (len(digits) % 2)
    return bytes([len(digits), 0x91]) + bytes.fromhex("".join(
        filled[i + 1] + filled[i] for i in range(0, len(filled), 2)))


def read_submit(octets: bytes) -> Short:
    first, at = octets[0], 2
    assert first & 3 == 1, f"no SMS-SUBMIT: {octets.hex()}"
    count = octets[at]
    swapped = octets[at + 2:at + 2 + (count + 1) // 2].hex()
    number = "".join(swapped[i + 1] + swapped[i] for i in range(0, len(swapped), 2))[:count]
    at += 2 + (count + 1) // 2
    pid, dcs = octets[at], octets[at + 1]
    at += 2 + {0: 0, 2: 1, 1: 7, 3: 7}[first >> 3 & 3]
    user_data = octets[at + 1:]
    assert octets[at] == len(user_data) <= 140, octets.hex()
    size = 1 + user_data[0] if first & 0x40 else 0
    return Short("+" + number, user_data[size:], user_data[1:size], pid, dcs)


def write_deliver(short: Short) -> bytes:
    user_data = (bytes([len(short.header)]) + short.header if short.header else b"") + short.data
    assert len(user_data) <= 140
    return (bytes([0x44 if short.header else 0x04]) + _address(short.number)
            + bytes([short.pid, short.dcs]) + bytes.fromhex("62102030405040")
            + bytes([len(user_data)]) + user_data)


def cut(number: str, packet: bytes, reference: int) -> list[Short]:
    """One secured packet as short messages, its own element in the first."""
    if len(packet) <= 137:
        return [Short(number, packet, COMMAND)]
    parts = [packet[:132]] + [packet[i:i + 134] for i in range(132, len(packet), 134)]
    return [Short(number, part, bytes([0, 3, reference & 0xFF, len(parts), i + 1])
                  + (COMMAND if i == 0 else b"")) for i, part in enumerate(parts)]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short messages from people who do not have the keys, or have recorded those of others."""
from __future__ import annotations

import random
from typing import Callable, Iterator

from lwm2m_server.coap import Message
from modems import PlainModem
from network import KEYS, NUMBER, PARAMETERS
from secured_packet import Packets
from tpdu import COMMAND, Short, cut, write_deliver

STRANGER = "+12125559999"
POOL = 16  # packets of each sort that are sealed, which is slow; the rest is made of them
WINDOW = 400  # messages that the agent has not acknowledged yet
CODINGS = ((0x7D, 0xF5), (0x7F, 0xF6), (0x00, 0x04), (0x40, 0xF4), (0x7D, 0xF7), (0xFF, 0x16), (0x3F, 0xE8))


def concatenated(packet: bytes, reference: int, total: int, sequence: int) -> Short:
    element = bytes([0, 3, reference, total, sequence])
    return Short(NUMBER, packet, element + (COMMAND if sequence == 1 else b""))


class Hostile:
    """The same messages for the same seed. `heard`: TPDUs that the agent has taken or sent before."""

    def __init__(self, seed: int, heard: list[bytes], uplink: list[bytes]) -> None:
        self.random = random.Random(seed)
        self.heard, self.uplink = heard, uplink
        request = Message("CON", "0.03", 1, b"x", [(11, b"1"), (11, b"0"), (11, b"1"), (12, b"")], b"60").encode()
        other = bytes(x ^ 0x55 for x in KEYS)
        self.forged = [Packets(PARAMETERS, other).seal(1 << 32 | i, request) for i in range(POOL)]
        # The right keys, but SPI, KIc, KID, TAR that are not agreed: a higher counter alone opens nothing.
        self.disagreed = []
        for agreed in ("16001212000000", "06001212BFFF00", "16211212BFFF00", "16001111BFFF00", "16002222BFFF00",
                       "0E001212BFFF00", "16001212B20203", "00000000505348", "00000000000000"):
            packets = Packets(PARAMETERS, KEYS)
            packets.agreed = bytes.fromhex(agreed)
            self.disagreed.append(packets.seal(1 << 33, request))
        self.kinds: list[Callable[[], bytes]] = [
            self.replayed, self.reflected, self.truncated, self.flipped, self.wrong_keys, self.wrong_parameters,
            self.first_segment, self.conflicting_segment, self.replayed_in_segments, self.whole_of_segments,
            self.other_coding, self.text, self.header, self.noise, self.spoilt, self.stranger, self.response, self.report]

    def tpdus(self, n: int) -> Iterator[bytes]:
        for i in range(n):
            yield self.kinds[i % len(self.kinds)]()

    def octets(self, most: int = 140) -> bytes:
        return self.random.randbytes(self.random.randint(0, most))

    def packet(self) -> bytes:
        return self.random.choice(self.forged)

    def replayed(self) -> bytes:
        return self.random.choice(self.heard)

    def reflected(self) -> bytes:
        return write_deliver(Short(NUMBER, self.random.choice(self.uplink), COMMAND))

    def truncated(self) -> bytes:
        packet = self.packet()
        return write_deliver(Short(NUMBER, packet[:self.random.randrange(len(packet))], COMMAND))

    def flipped(self) -> bytes:
        """One octet of a genuine packet, whose counter was used before."""
        tpdu = bytearray(self.random.choice(self.heard))
        tpdu[-self.random.randint(1, 40)] ^= self.random.randint(1, 255)
        return bytes(tpdu)

    def wrong_keys(self) -> bytes:
        return write_deliver(Short(NUMBER, self.packet(), COMMAND))

    def wrong_parameters(self) -> bytes:
        return write_deliver(Short(NUMBER, self.random.choice(self.disagreed), COMMAND))

    def first_segment(self) -> bytes:
        """Of a message that never becomes whole."""
        head = self.packet()[:10]
        return write_deliver(concatenated(head + self.random.randbytes(122), self.random.randrange(256),
                                          self.random.randint(2, 255), 1))

    def conflicting_segment(self) -> bytes:
        return write_deliver(concatenated(self.octets(130), self.random.randrange(4), 4, self.random.randint(0, 5)))

    def replayed_in_segments(self) -> bytes:
        packet = self.random.choice(self.uplink)
        half = self.random.randint(0, 1)
        return write_deliver(concatenated(packet[half * 40:][:40 if half == 0 else 100], 7, 2, 1 + half))

    def whole_of_segments(self) -> bytes:
        parts = cut(NUMBER, self.packet() * 3, self.random.randrange(2))
        return write_deliver(self.random.choice(parts))

    def other_coding(self) -> bytes:
        pid, dcs = self.random.choice(CODINGS)
        return write_deliver(Short(NUMBER, self.packet(), COMMAND, pid, dcs))

    def text(self) -> bytes:
        return write_deliver(Short(NUMBER, self.octets(139), b"", 0, self.random.choice([0x00, 0x08, 0x11])))

    def header(self) -> bytes:
        """A user data header that contradicts itself."""
        data = self.octets(100)
        tpdu = bytearray(write_deliver(Short(NUMBER, data, COMMAND)))
        tpdu[-len(data) - 3] = self.random.randrange(256)
        return bytes(tpdu)

    def noise(self) -> bytes:
        return self.octets(200)

    def spoilt(self) -> bytes:
        tpdu = bytearray(write_deliver(Short(NUMBER, self.packet(), COMMAND)))
        for _ in range(self.random.randint(1, 4)):
            tpdu[self.random.randrange(20)] = self.random.randrange(256)
        return bytes(tpdu)

    def stranger(self) -> bytes:
        return write_deliver(Short(self.random.choice([STRANGER, NUMBER + "0", NUMBER[:-1]]), self.packet(), COMMAND))

    def response(self) -> bytes:
        return write_deliver(Short(NUMBER, self.packet(), b"\x71\x00"))

    def report(self) -> bytes:
        return bytes([0x02, self.random.randrange(256)]) + write_deliver(Short(NUMBER, b""))[1:9] + self.octets(20)


def flood(modem: PlainModem, tpdus: Iterator[bytes]) -> int:
    """As fast as the agent takes them; how many. What it holds back are segments, of which there is a limit."""
    n = 0
    for tpdu in tpdus:
        n += 1
        modem.deliver_tpdu(tpdu)
        if n % 100 == 0:
            with modem.changed:
                assert modem.changed.wait_for(lambda: len(modem.kept) < WINDOW, 30), "not acknowledged"
    return n

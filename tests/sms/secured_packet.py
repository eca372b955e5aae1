# SPDX-License-Identifier: LGPL-2.1-or-later
"""Command packets (TS 102 225, 5.1; TS 31.115) of one account: AES, CMAC of eight octets."""
from __future__ import annotations

from aes import BLOCK, Aes

CC = 8


class Refused(ValueError):
    """A packet that is not protected as agreed."""


class Packets:
    """Both keys, and what /0/x/7 says: KIc, KID, SPI1, SPI2, TAR."""

    def __init__(self, parameters: bytes, keys: bytes) -> None:
        kic, kid, spi, self.tar = parameters[0:1], parameters[1:2], parameters[2:4], parameters[4:7]
        self.agreed = spi + kic + kid + self.tar
        half = len(keys) // 2
        self.cipher, self.checksum = Aes(keys[:half]), Aes(keys[half:])

    def seal(self, counter: int, data: bytes) -> bytes:
        padding = bytes(-(6 + CC + len(data)) % BLOCK)
        length = 1 + len(self.agreed) + 6 + CC + len(data) + len(padding)
        head = length.to_bytes(2, "big") + bytes([len(self.agreed) + 6 + CC]) + self.agreed
        counted = counter.to_bytes(5, "big") + bytes([len(padding)])
        cc = self.checksum.cmac(head + counted + data + padding)[:CC]
        return head + self.cipher.cbc_encrypt(counted + cc + data + padding)

    def open(self, packet: bytes) -> tuple[int, bytes]:
        """Counter and secured data."""
        head, ciphered = packet[:10], packet[10:]
        if int.from_bytes(head[:2], "big") != len(packet) - 2 or head[2] != 21 or len(ciphered) % BLOCK:
            raise Refused(f"lengths: {packet.hex()}")
        if head[3:] != self.agreed:
            raise Refused(f"parameters {head[3:].hex()}, not {self.agreed.hex()}")
        plain = self.cipher.cbc_decrypt(ciphered)
        counted, cc, data = plain[:6], plain[6:6 + CC], plain[6 + CC:]
        if self.checksum.cmac(head + counted + data)[:CC] != cc:
            raise Refused("checksum")
        return int.from_bytes(counted[:5], "big"), data[:len(data) - counted[5]]

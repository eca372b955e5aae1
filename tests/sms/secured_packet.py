# SPDX-License-Identifier: LGPL-2.1-or-later
"""Secured packets of one account, as the server makes and reads them (TS 102 225, 5.1; TS 31.115)."""
from __future__ import annotations

import collections
import hmac

from aes import Aes
from cipher import Cipher
from des import TripleDes

HIGHEST = (1 << 40) - 1  # the counter
DEMANDED = 0x16  # SPI1: checksum, ciphering, only if the counter is higher
CIPHERED_AND_CHECKED = 0x06
TAG = 0x05  # around what goes to a smartcard (LwM2M Transport, 7.3)
REMEMBERED = 64  # checksums of packets sent, against their reflections


class Refused(ValueError):
    """A packet that is not protected as agreed."""


def cipher_of(octet: int, key: bytes) -> Cipher:
    """KIc or KID (TS 102 225, 5.1.2 and 5.1.3): no single DES, no two keys, nothing implicit."""
    algorithm = {0x2: Aes, 0x9: TripleDes}.get(octet & 0x0F)
    if not algorithm:
        raise Refused(f"algorithm {octet:02X}")
    try:
        return algorithm(key)
    except ValueError as error:
        raise Refused(str(error)) from None


def wrap(data: bytes) -> bytes:
    """BER-TLV; the length takes one octet up to 127, else two or three."""
    size = len(data)
    if size < 0x80:
        return bytes([TAG, size]) + data
    octets = size.to_bytes(1 if size < 0x100 else 2, "big")
    return bytes([TAG, 0x80 | len(octets)]) + octets + data


def unwrap(data: bytes) -> bytes:
    """What is not wrapped comes back as it is: no CoAP message begins with the tag."""
    if data[:1] != bytes([TAG]):
        return data
    more = data[1] & 0x7F if data[1] & 0x80 else 0
    inner = data[2 + more:]
    if wrap(inner) != data:
        raise Refused(f"no BER-TLV: {data.hex()}")
    return inner


class Packets:
    """Both keys, and what /0/x/7 says: KIc, KID, SPI1, SPI2, TAR. `cc`: octets of an AES checksum, 8 or 4.
    `wrapped`: in BER-TLV. `strict`: no counter mode but the demanded one."""

    def __init__(self, parameters: bytes, keys: bytes, cc: int = 8, wrapped: bool = False,
                 strict: bool = True) -> None:
        kic, kid, spi1, spi2, *tar = parameters
        if len(tar) != 3 or spi1 & 0x07 != CIPHERED_AND_CHECKED or (strict and spi1 != DEMANDED):
            raise Refused(f"parameters {parameters.hex()}")
        self.agreed = bytes([spi1, spi2, kic, kid, *tar])
        half = len(keys) // 2 if kic & 0x0F == kid & 0x0F else {0x2: len(keys) - 24, 0x9: 24}.get(kic & 0x0F, 0)
        self.cipher, self.checksum = cipher_of(kic, keys[:half]), cipher_of(kid, keys[half:])
        self.cc = cc if isinstance(self.checksum, Aes) else 8
        self.wrapped = wrapped
        self._sent: collections.deque[bytes] = collections.deque(maxlen=REMEMBERED)

    def seal(self, counter: int, data: bytes) -> bytes:
        if self.wrapped:
            data = wrap(data)
        size = 6 + self.cc + len(data)
        padding = bytes(-size % self.cipher.block)
        head = ((8 + size + len(padding)).to_bytes(2, "big") + bytes([13 + self.cc]) + self.agreed)
        counted = counter.to_bytes(5, "big") + bytes([len(padding)])
        cc = self.checksum.mac(head + counted + data + padding)[:self.cc]
        self._sent.append(cc)
        return head + self.cipher.cbc_encrypt(counted + cc + data + padding)

    def open(self, packet: bytes, above: int = -1) -> tuple[int, bytes]:
        """Counter, which must be higher than `above`, and secured data."""
        head, ciphered = packet[:10], packet[10:]
        if (len(head) < 10 or int.from_bytes(head[:2], "big") != len(packet) - 2 or head[2] != 13 + self.cc
                or len(ciphered) % self.cipher.block or len(ciphered) < 6 + self.cc):
            raise Refused(f"lengths: {packet.hex()}")
        if head[3:] != self.agreed:
            raise Refused(f"parameters {head[3:].hex()}, not {self.agreed.hex()}")
        plain = self.cipher.cbc_decrypt(ciphered)
        counted, cc, data = plain[:6], plain[6:6 + self.cc], plain[6 + self.cc:]
        if not hmac.compare_digest(self.checksum.mac(head + counted + data)[:self.cc], cc):
            raise Refused("checksum")
        if cc in self._sent:
            raise Refused("our own packet has come back")
        counter, padding = int.from_bytes(counted[:5], "big"), counted[5]
        if counter <= above or counter == HIGHEST:
            raise Refused(f"counter {counter} after {above}")
        if padding >= self.cipher.block or padding > len(data) or any(data[len(data) - padding:]):
            raise Refused(f"padding of {padding}")
        return counter, unwrap(data[:len(data) - padding])

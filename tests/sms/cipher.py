# SPDX-License-Identifier: LGPL-2.1-or-later
"""What block ciphers have in common: CBC mode (SP 800-38A, 6.2). Slow and plain."""
from __future__ import annotations


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b))


class Cipher:
    """One key. Subclasses know the block."""

    block = 0

    def encrypt(self, block: bytes) -> bytes:
        raise NotImplementedError

    def decrypt(self, block: bytes) -> bytes:
        raise NotImplementedError

    def mac(self, data: bytes) -> bytes:
        """The checksum that TS 102 225, 5.1.2 has for this cipher."""
        raise NotImplementedError

    def cbc_encrypt(self, data: bytes) -> bytes:
        """Whole blocks; the initial value is zero."""
        last, out = bytes(self.block), b""
        for i in range(0, len(data), self.block):
            last = self.encrypt(xor(data[i:i + self.block], last))
            out += last
        return out

    def cbc_decrypt(self, data: bytes) -> bytes:
        last, out = bytes(self.block), b""
        for i in range(0, len(data), self.block):
            out += xor(self.decrypt(data[i:i + self.block]), last)
            last = data[i:i + self.block]
        return out

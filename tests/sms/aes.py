# SPDX-License-Identifier: LGPL-2.1-or-later
"""AES (FIPS 197) and its CMAC (RFC 4493), slow and plain."""
from __future__ import annotations

from cipher import Cipher, xor

BLOCK = 16


def _double(value: int) -> int:
    return (value << 1 ^ (0x11B if value & 0x80 else 0)) & 0xFF


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _double(a), b >> 1
    return product


def _substitute(value: int) -> int:
    inverse = next((x for x in range(256) if _multiply(x, value) == 1), 0)
    result = 0x63
    for shift in range(5):
        result ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
    return result


SBOX = bytes(_substitute(value) for value in range(256))
INVERSE = bytes(SBOX.index(value) for value in range(256))
FORWARD, BACKWARD = (2, 3, 1, 1), (14, 11, 13, 9)
PRODUCTS = {factor: bytes(_multiply(value, factor) for value in range(256)) for factor in FORWARD + BACKWARD}


def _mix(state: bytes, factors: tuple[int, ...]) -> bytes:
    return bytes(
        PRODUCTS[factors[-r % 4]][state[c]] ^ PRODUCTS[factors[(1 - r) % 4]][state[c + 1]]
        ^ PRODUCTS[factors[(2 - r) % 4]][state[c + 2]] ^ PRODUCTS[factors[(3 - r) % 4]][state[c + 3]]
        for c in range(0, BLOCK, 4) for r in range(4))


class Aes(Cipher):
    """One key of 16, 24 or 32 octets."""

    block = BLOCK

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 24, 32):
            raise ValueError("a key of 16, 24 or 32 octets is needed")
        words, n, constant = [key[i:i + 4] for i in range(0, len(key), 4)], len(key) // 4, 1
        while len(words) < 4 * (n + 7):
            word = words[-1]
            if len(words) % n == 0:
                word = xor(bytes(SBOX[x] for x in word[1:] + word[:1]), bytes([constant, 0, 0, 0]))
                constant = _double(constant)
            elif n > 6 and len(words) % n == 4:
                word = bytes(SBOX[x] for x in word)
            words.append(xor(words[-n], word))
        self.rounds = [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]

    def encrypt(self, block: bytes) -> bytes:
        state = xor(block, self.rounds[0])
        for key in self.rounds[1:]:
            state = bytes(SBOX[state[(i + 4 * (i % 4)) % BLOCK]] for i in range(BLOCK))
            state = xor(state if key is self.rounds[-1] else _mix(state, FORWARD), key)
        return state

    def decrypt(self, block: bytes) -> bytes:
        state = xor(block, self.rounds[-1])
        for key in self.rounds[-2::-1]:
            state = xor(bytes(INVERSE[state[(i - 4 * (i % 4)) % BLOCK]] for i in range(BLOCK)), key)
            state = state if key is self.rounds[0] else _mix(state, BACKWARD)
        return state

    def mac(self, data: bytes) -> bytes:
        def half(value: bytes) -> bytes:
            number = int.from_bytes(value, "big") << 1
            return (number & (1 << 128) - 1 ^ (0x87 if number >> 128 else 0)).to_bytes(BLOCK, "big")
        whole = bool(data) and len(data) % BLOCK == 0
        key = half(self.encrypt(bytes(BLOCK)))
        if not whole:
            key, data = half(key), data + b"\x80"
            data += bytes(-len(data) % BLOCK)
        return self.cbc_encrypt(data[:-BLOCK] + xor(data[-BLOCK:], key))[-BLOCK:]

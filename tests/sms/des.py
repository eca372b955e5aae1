# SPDX-License-Identifier: LGPL-2.1-or-later
"""DES and triple DES with three keys (FIPS 46-3), and its CBC-MAC (ISO/IEC 9797-1, algorithm 1). Slow and plain."""
from __future__ import annotations

from cipher import Cipher

IP = [column - 8 * row for column in (58, 60, 62, 64, 57, 59, 61, 63) for row in range(8)]
FP = [IP.index(bit) + 1 for bit in range(1, 65)]
E = [(4 * group + bit - 1) % 32 + 1 for group in range(8) for bit in range(6)]
P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
     2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]
PC1 = [57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
       63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4]
PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
       41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32]
SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
# Four rows of sixteen for each box, one hexadecimal digit an entry.
BOXES = [bytes(int(digit, 16) for digit in box) for box in (
    "E4D12FB83A6C5907" "0F74E2D1A6CB9538" "41E8D62BFC973A50" "FC8249175B3EA06D",
    "F18E6B34972DC05A" "3D47F28EC01A69B5" "0E7BA4D158C6932F" "D8A13F42B67C05E9",
    "A09E63F51DC7B428" "D709346A285ECBF1" "D6498F30B12C5AE7" "1AD069874FE3B52C",
    "7DE3069A1285BC4F" "D8B56F03472C1AE9" "A690CB7DF13E5284" "3F06A1D8945BC72E",
    "2C417AB6853FD0E9" "EB2C47D150FA3986" "421BAD78F9C5630E" "B8C71E2D6F09A453",
    "C1AF92680D34E75B" "AF427C9561DE0B38" "9EF528C3704A1DB6" "432C95FABE17608D",
    "4B2EF08D3C975A61" "D0B7491AE35C2F86" "14BDC37EAF680592" "6BD814A7950FE23C",
    "D2846FB1A93E50C7" "1FD8A374C56B0E92" "7B419CE206ADF358" "21E74A8DFC90356B")]


def permute(value: int, width: int, table: list[int]) -> int:
    """Bits are counted from 1, the most significant first."""
    result = 0
    for bit in table:
        result = result << 1 | value >> width - bit & 1
    return result


def schedule(key: bytes) -> list[int]:
    """The sixteen keys of the rounds."""
    halves = permute(int.from_bytes(key, "big"), 64, PC1)
    left, right, keys = halves >> 28, halves & (1 << 28) - 1, []
    for shift in SHIFTS:
        left = (left << shift | left >> 28 - shift) & (1 << 28) - 1
        right = (right << shift | right >> 28 - shift) & (1 << 28) - 1
        keys.append(permute(left << 28 | right, 56, PC2))
    return keys


def mangle(half: int, key: int) -> int:
    mixed, out = permute(half, 32, E) ^ key, 0
    for box in range(8):
        six = mixed >> 42 - 6 * box & 63
        out = out << 4 | BOXES[box][(six >> 4 & 2 | six & 1) << 4 | six >> 1 & 15]
    return permute(out, 32, P)


def crypt(block: bytes, keys: list[int]) -> bytes:
    value = permute(int.from_bytes(block, "big"), 64, IP)
    left, right = value >> 32, value & 0xFFFFFFFF
    for key in keys:
        left, right = right, left ^ mangle(right, key)
    return permute(right << 32 | left, 64, FP).to_bytes(8, "big")


def without_parity(key: bytes) -> bytes:
    return bytes(octet & 0xFE for octet in key)


class TripleDes(Cipher):
    """24 octets, which are three different keys."""

    block = 8

    def __init__(self, key: bytes) -> None:
        parts = [key[i:i + 8] for i in range(0, len(key), 8)]
        if len(key) != 24 or len({without_parity(part) for part in parts}) < 3:
            raise ValueError("three different keys of eight octets are needed")
        first, second, third = (schedule(part) for part in parts)
        self.forward = (first, second[::-1], third)
        self.backward = (third[::-1], second, first[::-1])

    def encrypt(self, block: bytes) -> bytes:
        for keys in self.forward:
            block = crypt(block, keys)
        return block

    def decrypt(self, block: bytes) -> bytes:
        for keys in self.backward:
            block = crypt(block, keys)
        return block

    def mac(self, data: bytes) -> bytes:
        return self.cbc_encrypt(data + bytes(-len(data) % self.block))[-self.block:]

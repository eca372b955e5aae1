# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's packets against examples of the standards and the reference vectors."""
from __future__ import annotations

import json
import pathlib

import pytest
from aes import Aes
from network import KEYS, PARAMETERS
from secured_packet import Packets, Refused

VECTORS = json.loads((pathlib.Path(__file__).parents[1] / "vectors/secured-packet.json").read_text())


def test_aes():
    """FIPS 197, C.1 and C.3; RFC 4493, 4."""
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    for size, expected in (16, "69c4e0d86a7b0430d8cdb78070b4c55a"), (32, "8ea2b7ca516745bfeafc49904b496089"):
        aes = Aes(bytes(range(size)))
        assert aes.encrypt(plain).hex() == expected
        assert aes.decrypt(aes.encrypt(plain)) == plain
    aes = Aes(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    assert aes.cmac(b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert aes.cmac(bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")).hex() == "070a16b46b4d4144f79bdd9dd04a287c"


def test_command_packet():
    """C-AES128-CC8-GET-MT, both ways."""
    packets = Packets(PARAMETERS, KEYS)
    request = bytes.fromhex("44011234A1B2C3D4B13301300130")
    vector = next(v for v in VECTORS["vectors"] if v["id"] == "C-AES128-CC8-GET-MT")
    packet = packets.seal(0x100, request)
    assert packet.hex().upper() in json.dumps(vector).upper()
    assert packets.open(packet) == (0x100, request)
    with pytest.raises(Refused):
        packets.open(packet[:-1] + bytes([packet[-1] ^ 1]))

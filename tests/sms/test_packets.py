# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's side of secured packets (R32) against the standards' examples and the reference vectors."""
from __future__ import annotations

import json
import pathlib

import pytest
from aes import Aes
from des import TripleDes, crypt, schedule
from secured_packet import HIGHEST, Packets, Refused, cipher_of, unwrap, wrap
from tpdu import cut, read_submit, write_deliver

FOLDER = pathlib.Path(__file__).parents[1] / "vectors"
ALL = json.loads((FOLDER / "secured-packet.json").read_text())
TPDUS = json.loads((FOLDER / "tpdu.json").read_text())
COMMANDS = [v for v in ALL["vectors"] if v["kind"] == "command"]
NEGATIVE = [v for v in ALL["vectors"] if v["kind"] == "negative_command"]
# Three other authors' packets; the codec has no two-key triple DES, and nothing without checksum or cipher.
FOREIGN = [v for v in ALL["reference"] if v["cc_len"] and int(v["spi1"], 16) & 7 == 6 and v["kic"][1] in "29"]
PARAMETERS = bytes.fromhex("12121600BFFF00")
CODING = {"device": (0x7D, 0xF5), "smartcard": (0x7F, 0xF6)}  # TP-PID, TP-DCS


def by_id(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=[v["id"] for v in vectors])


def packets_of(vector, strict=True):
    parameters = bytes.fromhex("".join(vector[name] for name in ("kic", "kid", "spi1", "spi2", "tar")))
    keys = bytes.fromhex(vector["kic_key"] + vector["kid_key"])
    return Packets(parameters, keys, vector["cc_len"], vector["secured_data"] != vector.get("coap"), strict)


def test_R16_aes():
    """FIPS 197, C.1 to C.3; RFC 4493, 4."""
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    for size, expected in ((16, "69c4e0d86a7b0430d8cdb78070b4c55a"), (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
                           (32, "8ea2b7ca516745bfeafc49904b496089")):
        aes = Aes(bytes(range(size)))
        assert aes.encrypt(plain).hex() == expected
        assert aes.decrypt(aes.encrypt(plain)) == plain
    for primitive in ALL["primitives"]:
        aes = Aes(bytes.fromhex(primitive["key"]))
        assert aes.mac(bytes.fromhex(primitive["msg"])).hex().upper() == primitive["value"]


def test_R16_des():
    """SP 800-17, table A.1 and A.2, first lines; SP 800-67, B.1."""
    weak = schedule(bytes.fromhex("0101010101010101"))
    assert crypt(bytes.fromhex("8000000000000000"), weak).hex() == "95f8a5e5dd31d900"
    assert crypt(bytes(8), schedule(bytes.fromhex("8001010101010101"))).hex() == "95a8d72813daa94d"
    three = TripleDes(bytes.fromhex("0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"))
    plain = b"The qufck brown fox jump"
    ciphered = b"".join(three.encrypt(plain[i:i + 8]) for i in range(0, 24, 8))
    assert ciphered.hex().upper() == "A826FD8CE53B855FCCE21C8112256FE668D5C05DD9B6B900"
    assert b"".join(three.decrypt(ciphered[i:i + 8]) for i in range(0, 24, 8)) == plain


@by_id([v for v in COMMANDS if v["id"][0] in "CLM"])
def test_R32_command_packet(vector):
    """Byte for byte, both ways; by one who has not sent it and one who has."""
    strict = vector["lwm2m_policy_ok"]
    counter, last = int(vector["cntr"], 16), int(vector["receiver_last_cntr"], 16)
    coap = bytes.fromhex(vector.get("coap", vector["secured_data"]))
    sender = packets_of(vector, strict)
    packet = sender.seal(counter, coap)
    assert packet.hex().upper() == vector["packet"]
    assert packets_of(vector, strict).open(packet, last if counter else -1) == (counter, coap)
    with pytest.raises(Refused):
        sender.open(packet)
    if not strict:
        with pytest.raises(Refused):
            packets_of(vector)


@by_id(FOREIGN)
def test_R32_packet_of_others(vector):
    packets = packets_of(vector, strict=False)
    packets.wrapped = False
    packet = packets.seal(int(vector["cntr"], 16), bytes.fromhex(vector["secured_data"]))
    assert packet.hex().upper() == vector["packet"]


@by_id([v for v in COMMANDS if v["id"].startswith("W-")])
def test_R16_R17_weak_packet(vector):
    """Neither taken as what was agreed, nor agreed upon."""
    packet = bytes.fromhex(vector["packet"])
    keys = bytes.fromhex(vector["kic_key"] + vector["kid_key"])
    triple = vector["kic"] == "19"
    with pytest.raises(Refused):
        Packets(bytes.fromhex("19191600BFFF00") if triple else PARAMETERS, keys[:48 if triple else 32]).open(packet)
    with pytest.raises(Refused):
        packets_of(vector)


@by_id(NEGATIVE)
def test_R20_packet_refused(vector):
    expected = vector["expected_parameters"]
    packets = packets_of({**vector, **expected, "secured_data": None})
    if vector["id"] == "N-REFLECT-OWN-UPLINK":
        own = next(v for v in COMMANDS if v["packet"] == vector["packet"])
        packets.seal(int(own["cntr"], 16), bytes.fromhex(own["coap"]))
    with pytest.raises(Refused):
        packets.open(bytes.fromhex(vector["packet"]), int(vector["receiver_last_cntr"], 16))


@pytest.mark.parametrize("key", ["0123456789ABCDEF" * 3, "0123456789ABCDEF" * 2 + "23456789ABCDEF01",
                                 "0123456789ABCDEF" + "23456789ABCDEF01" * 2,
                                 "0123456789ABCDEF23456789ABCDEF010022446688AACCEE"])
def test_R16_keys_that_are_equal(key):
    """But for their parity."""
    with pytest.raises(Refused):
        cipher_of(0x19, bytes.fromhex(key))


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100])
def test_wrapper(size):
    data = bytes([0x44]) * size
    assert unwrap(wrap(data)) == data
    if size:
        with pytest.raises(Refused):
            unwrap(wrap(data)[:-1])


def test_counter_at_its_end():
    packets, reader = Packets(PARAMETERS, bytes(32)), Packets(PARAMETERS, bytes(32))
    assert reader.open(packets.seal(HIGHEST - 1, b"D"), HIGHEST - 2) == (HIGHEST - 1, b"D")
    with pytest.raises(Refused):
        reader.open(packets.seal(HIGHEST, b"D"))


def test_R11_R12_short_messages():
    """Each TPDU of the reference: what a client sends is read, what a server sends is written."""
    seen = set()
    terminations = {v["id"]: v["termination"] for v in COMMANDS}
    for message in TPDUS["messages"]:
        tpdus = [bytes.fromhex(tpdu) for tpdu in message["tpdu"]]
        packet = bytes.fromhex(message["packet"])
        if message["id"] not in terminations:
            continue
        seen.add(message["direction"])
        if message["direction"] == "client_to_server":
            shorts = [read_submit(tpdu) for tpdu in tpdus]
            assert b"".join(short.data for short in shorts) == packet
            assert {short.number for short in shorts} == {TPDUS["server"]}
            assert (shorts[0].pid, shorts[0].dcs) == CODING[terminations[message["id"]]]
            assert shorts[0].elements()[0x70] == b""
        elif len(tpdus) == 1:
            short, = cut(TPDUS["server"], packet, 0)
            short.pid, short.dcs = CODING[terminations[message["id"]]]
            assert write_deliver(short) == tpdus[0]
    assert seen == {"client_to_server", "server_to_client"}

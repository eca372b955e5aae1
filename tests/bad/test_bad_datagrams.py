# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ten thousand datagrams that are no messages, from strangers and from the server's own address.

RFC 7252, 4.2 and 4.3: a confirmable message that cannot be processed is rejected by a Reset, a
non-confirmable one may be, an acknowledgement or a Reset is ignored; RFC 7252, 3: so is another version.
RFC 6347, 4.1.2.7: invalid records are discarded, without an alert.
"""
from __future__ import annotations

import random

import pytest
from lwm2m_server import Message, Option, RawPeer, Relay, registrar
from tools import assert_idle, processor_time, register, resident, server_of

COUNT = 10_000
BATCH = 100
# What a run may add: the pages that the first messages touch, and what a sanitizer keeps back.
GROWTH = 12 << 20
RESET = 3


def header(chance: random.Random, version: int = 1, kind: int | None = None, tkl: int = 0,
           code: int = 1) -> bytes:
    kind = chance.randrange(4) if kind is None else kind
    return bytes([version << 6 | kind << 4 | tkl, code]) + chance.randbytes(2)


MALFORMED = [
    lambda c: c.randbytes(c.randrange(4)),                              # shorter than a header
    lambda c: header(c, version=c.choice((0, 2, 3))) + c.randbytes(9),  # another version
    lambda c: header(c, tkl=c.randrange(9, 16)) + c.randbytes(20),      # a token longer than 8
    lambda c: header(c, tkl=8) + c.randbytes(c.randrange(8)),           # a token cut short
    lambda c: header(c) + b"\xf1" + c.randbytes(3),                     # delta 15
    lambda c: header(c) + b"\xbf" + c.randbytes(3),                     # length 15
    lambda c: header(c) + b"\xbd\xff" + c.randbytes(30),                # an option cut short
    lambda c: header(c) + b"\xe0\xff\xff" * 3,                          # numbers above 65535
    lambda c: header(c) + b"\xb1\x33\xff",                              # a marker and no payload
    lambda c: header(c, code=0) + c.randbytes(1 + c.randrange(20)),     # empty, with content
    lambda c: header(c, code=c.choice((1, 6, 7)) << 5 | 3) + b"\xb13",  # a reserved class
    lambda c: header(c) + b"\xff" + c.randbytes(1471) if c.random() < .1 else b"\x40",
    lambda c: header(c, code=0xff, tkl=15, version=0) + c.randbytes(1500),
]


def may_be_reset(data: bytes) -> bool:
    return len(data) >= 4 and data[0] >> 6 == 1 and data[0] >> 4 & 3 in (0, 1)


def is_wrong_reply(data: bytes, allowed: set[bytes]) -> bool:
    """Everything but a Reset to what may be reset, and answers to the few that are requests after all."""
    return not (len(data) == 4 and data[0] == 0x70 and data[1] == 0 and data[2:4] in allowed)


class Meter:
    """Memory and processor over a piece of a test."""

    def __init__(self, gateway):
        self.pid = gateway.process.pid
        self.memory, self.time = resident(self.pid), processor_time(self.pid)

    def check(self):
        grown = resident(self.pid) - self.memory
        assert grown < GROWTH, f"{grown >> 10} KiB more"
        used = processor_time(self.pid) - self.time
        assert used < 30, f"{used} s for {COUNT} datagrams"


@pytest.fixture
def peer(gateway):
    """A server of bytes at which the agent is registered."""
    with RawPeer(registrar()) as instance:
        gateway.configure(Log={"level": "info"})
        gateway.account(instance.uri())
        gateway.start().wait_bus()
        gateway.wait_log("registered")
        yield instance


def read_device(peer, address=None):
    request = Message("CON", "0.01", options=[(Option.URI_PATH, b"3"), (Option.URI_PATH, b"0")])
    return peer.ask(request, address)


def test_malformed_from_the_server(peer, gateway):
    chance = random.Random(1)
    assert read_device(peer).code == "2.05"
    meter = Meter(gateway)
    resets = 0
    for _ in range(COUNT // BATCH):
        batch = [chance.choice(MALFORMED[:-2])(chance) for _ in range(BATCH)]
        allowed = {data[2:4] for data in batch if may_be_reset(data)}
        for data in batch:
            peer.send(data)
        answers = [d.data for d in peer.settle()]
        resets += len(answers)
        assert not [a.hex() for a in answers if is_wrong_reply(a, allowed)]
    meter.check()
    assert resets < COUNT
    assert read_device(peer).code == "2.05"
    statistics = server_of(gateway)["statistics"]
    assert statistics["dropped"] >= COUNT * 0.9, statistics
    assert server_of(gateway)["state"] == "registered"
    assert len(gateway.lines) < 200, gateway.log()
    assert_idle(gateway)


def test_noise_from_the_server(peer, gateway):
    """Random octets; some are a message. At most one answer to each, and not a lasting state."""
    chance = random.Random(2)
    assert read_device(peer).code == "2.05"
    meter = Meter(gateway)
    for _ in range(COUNT // BATCH):
        for _ in range(BATCH):
            peer.send(bytes([0x40 | chance.randrange(64)]) + chance.randbytes(chance.randrange(80)))
        answers = peer.settle()
        assert len(answers) <= BATCH
    meter.check()
    assert read_device(peer).code == "2.05"
    assert_idle(gateway)


def test_strangers(peer, gateway):
    """Another port of the server's address: not even looked at, however sensible it speaks."""
    chance = random.Random(3)
    client = peer.client
    meter = Meter(gateway)
    before = server_of(gateway)["statistics"]
    with peer.stranger() as stranger:
        for _ in range(COUNT // BATCH):
            for _ in range(BATCH):
                stranger.send(chance.choice(MALFORMED)(chance), client)
        get = Message("CON", "0.01", 7, b"t", [(Option.URI_PATH, b"3")])
        stranger.send(get, client)
        stranger.send(Message("CON", mid=8), client)
        assert read_device(peer).code == "2.05"
        assert stranger.received == []
    meter.check()
    after = server_of(gateway)["statistics"]
    assert after["datagrams-in"] - before["datagrams-in"] <= 2
    assert after["requests-in"] - before["requests-in"] == 1
    assert_idle(gateway)


def test_answer_from_another_port(gateway):
    """RFC 7252, 4.2: a reply that does not come from where the request went is no reply."""
    with RawPeer() as peer, peer.stranger() as other:
        gateway.account(peer.uri())
        gateway.start().wait_bus()
        request = peer.next().message
        answer = registrar()(peer.received[0])
        assert request.path == "/rd" and answer.code == "2.01"
        other.send(answer, peer.client)
        peer.next(5, lambda d: d.message.mid == request.mid)  # it is repeated
        assert server_of(gateway)["state"] == "registering"
        peer.send(registrar()(peer.received[-1]))
        gateway.wait_log("registered")
        assert server_of(gateway)["state"] == "registered"


# Records as anybody can make them: type, version, epoch, sequence number, length.
def record(chance: random.Random, kind: int, epoch: int, body: bytes, length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    return (bytes([kind]) + b"\xfe\xfd" + epoch.to_bytes(2, "big") + chance.randbytes(6)
            + length.to_bytes(2, "big") + body)


RECORDS = [
    lambda c: c.randbytes(c.randrange(100)),
    lambda c: record(c, 21, 0, b"\x02" + c.choice((b"\x28", b"\x14", b"\x73"))),   # a fatal alert, in the clear
    lambda c: record(c, 21, 0, b"\x01\x00"),                                       # close_notify, likewise
    lambda c: record(c, 22, 0, bytes(12)),                                         # HelloRequest
    lambda c: record(c, 22, 0, b"\x03\x00\x00\x23" + bytes(4) + b"\x00\x00\x23\xfe\xff\x20" + c.randbytes(32)),
    lambda c: record(c, 22, 0, b"\x02" + c.randbytes(60)),                         # a ServerHello of a sort
    lambda c: record(c, 20, 0, b"\x01"),
    lambda c: record(c, 23, 0, b"\x40\x01\x00\x01\xb1\x33"),                       # a request, in the clear
    lambda c: record(c, 23, 1, c.randbytes(c.randrange(60))),                      # no such MAC
    lambda c: record(c, 23, c.randrange(65536), c.randbytes(40)),
    lambda c: record(c, 23, 1, c.randbytes(20), length=c.randrange(65536)),
    lambda c: record(c, 25, 1, c.randbytes(40)),                                   # tls12_cid
]


def junk_records(gateway, relay, registration, send):
    """Sends them in batches with a Read between; each Read is all that is answered."""
    chance = random.Random(4)
    registration.read("/3/0").expect("2.05")
    meter = Meter(gateway)
    mark = len(relay.datagrams)
    reads = 0
    for number in range(COUNT // BATCH):
        for _ in range(BATCH):
            send(chance.choice(RECORDS)(chance))
        if number % 5 == 0:
            registration.read("/3/0/13").expect("2.05")
            reads += 1
    registration.read("/3/0").expect("2.05")
    meter.check()
    up = [data for direction, data in relay.datagrams[mark:] if direction == "up"]
    assert len(up) == reads + 1
    assert len(gateway.lines) < 300, gateway.log()


def test_junk_records_from_the_server(gateway, server):
    gateway.configure(Log={"level": "info"})
    with Relay(server.psk_port) as relay:
        registration = register(gateway, server, "psk", relay)
        junk_records(gateway, relay, registration, lambda data: relay.inject("down", data))
        state = server_of(gateway)
        assert state["state"] == "registered"
        assert state["statistics"]["handshakes"] == 1
        assert len([e for e in server.events if e.kind == "register"]) == 1
        assert_idle(gateway)


def test_junk_records_from_strangers(gateway, server):
    gateway.configure(Log={"level": "info"})
    with Relay(server.psk_port) as relay, RawPeer() as stranger:
        registration = register(gateway, server, "psk", relay)
        junk_records(gateway, relay, registration, lambda data: stranger.send(data, relay.client))
        assert stranger.received == []
        assert server_of(gateway)["statistics"]["datagrams-in"] < 100
        assert_idle(gateway)


def test_junk_during_the_handshake(gateway, server):
    """What is not of this handshake must not end it: each flight comes with a crowd of junk."""
    chance = random.Random(5)

    def crowd(direction, data, index):
        if direction == "up" or index > 8:
            return None
        return [chance.choice(RECORDS[5:])(chance) for _ in range(50)] + [data]
    with Relay(server.psk_port, crowd) as relay:
        assert register(gateway, server, "psk", relay).read("/3/0").code == "2.05"


def test_junk_inside_dtls(gateway, server):
    """The server itself is mad: sound records, and what is in them is not."""
    chance = random.Random(6)
    gateway.configure(Log={"level": "info"})
    registration = register(gateway, server, "psk")
    registration.read("/3/0").expect("2.05")
    meter = Meter(gateway)
    for number in range(COUNT // BATCH):
        for _ in range(BATCH):
            data = chance.choice(MALFORMED[1:-2])(chance)
            registration.raw(data, record=True)
        registration.read("/3/0/13").expect("2.05")
    meter.check()
    assert server_of(gateway)["state"] == "registered"
    assert server_of(gateway)["statistics"]["dropped"] >= COUNT * 0.5
    assert len(gateway.lines) < 300, gateway.log()
    assert_idle(gateway)

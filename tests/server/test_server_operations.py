# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server asks a client made of bytes: operations, blocks, observations, hostile bytes."""

from __future__ import annotations

from typing import Iterator

import pytest

from lwm2m_server import (Block, Datagram, Message, Option, RawPeer, Registration, RequestFailed,
                          Server, make_request, tlv)
from lwm2m_server.coap import uint_bytes

BODY = bytes(range(256)) * 3


class Device(RawPeer):
    """A client of which a test gives the resources: by path, Content-Format and payload."""

    def __init__(self, server: Server) -> None:
        super().__init__(self.answer)
        self.server_address = ("127.0.0.1", server.nosec_port)
        self.resources: dict[str, tuple[int, bytes]] = {
            "/3/0/0": (0, b"ACME"), "/3/0": (11542, tlv.encode([tlv.resource(0, "ACME")])),
            "/5/0/0": (42, BODY), "/3": (40, b"</3>,</3/0>;pmin=1,</3/0/0>")}
        self.requests: list[Message] = []
        self.body = b""

    def answer(self, datagram: Datagram) -> list[Message]:
        request = datagram.message
        if not request.is_request:
            return []
        self.requests.append(request)
        reply = Message("ACK", "2.04", request.mid, request.token)
        if request.code == "0.01":
            self.read(request, reply)
        elif request.block1:
            self.take_block(request, reply)
        return [reply]

    def read(self, request: Message, reply: Message) -> None:
        if request.path not in self.resources:
            reply.code = "4.04"
            return
        content_format, payload = self.resources[request.path]
        reply.code = "2.05"
        if request.observe == 0:
            reply.options.append((Option.OBSERVE, b"\x01"))
        reply.options.append((Option.CONTENT_FORMAT, uint_bytes(content_format)))
        block = request.block2 or Block(0, False, 6)
        if len(payload) > block.size or request.block2:
            more = block.offset + block.size < len(payload)
            reply.options.append((Option.BLOCK2, Block(block.num, more, block.szx).encode()))
        reply.payload = payload[block.offset:][:block.size]

    def take_block(self, request: Message, reply: Message) -> None:
        block = request.block1
        assert block
        if block.offset != len(self.body):
            reply.code = "4.08"
        else:
            granted = min(block.szx, 2)
            self.body += request.payload
            reply.code = "2.31" if block.more else "2.04"
            reply.options.append((Option.BLOCK1, Block(block.num, block.more, granted).encode()))


@pytest.fixture
def device(server: Server) -> Iterator[Device]:
    with Device(server) as instance:
        yield instance


@pytest.fixture
def registration(server: Server, device: Device) -> Registration:
    answer = device.ask(make_request("POST", "/rd", queries=["lwm2m=1.1", "ep=dev"],
                                     payload=b"</1/0>,</3/0>", content_format=40),
                        device.server_address)
    assert answer.code == "2.01"
    return server.wait_registration("dev", 5)


def test_read_and_its_errors(device: Device, registration: Registration) -> None:
    assert registration.read("/3/0/0").expect("2.05").text == "ACME"
    assert registration.read("/3/0", accept=11542).tlv == [tlv.resource(0, "ACME")]
    assert device.requests[-1].accept == 11542
    assert registration.read("/3/0/99").code == "4.04"
    assert [link.target for link in registration.discover("/3").links] == ["/3", "/3/0", "/3/0/0"]


def test_write_execute_attributes_on_the_wire(device: Device, registration: Registration) -> None:
    registration.write("/1/0/1", 60)
    registration.write("/1/0/1", 60, 11542)
    registration.write("/3/0/11", {0: 1}, 11542, replace=False)
    registration.execute("/3/0/4", "0='x'")
    registration.write_attributes("/3/0", pmin=1, pmax=None)
    registration.delete("/3303/1")
    assert [(r.code, r.path, r.content_format, r.payload, r.queries) for r in device.requests] == [
        ("0.03", "/1/0/1", 0, b"60", []),
        ("0.03", "/1/0/1", 11542, bytes.fromhex("c1013c"), []),
        ("0.02", "/3/0/11", 11542, bytes.fromhex("830b410001"), []),
        ("0.02", "/3/0/4", 0, b"0='x'", []),
        ("0.03", "/3/0", None, b"", ["pmin=1", "pmax"]),
        ("0.04", "/3303/1", None, b"", []),
    ]


def test_read_in_blocks(device: Device, registration: Registration) -> None:
    whole = registration.read("/5/0/0", szx=3)
    assert whole.payload == BODY and len(whole.blocks) == 6
    assert registration.read("/5/0/0", szx=2, num=3).payload == BODY[192:256]


def test_write_in_blocks_takes_up_a_smaller_size(device: Device,
                                                 registration: Registration) -> None:
    answer = registration.write("/5/0/0", BODY, szx=4)
    assert answer.code == "2.04" and device.body == BODY
    assert [r.block1 for r in device.requests[:3] if r.block1] == [
        Block(0, True, 4), Block(4, True, 2), Block(5, True, 2)]


def test_write_in_blocks_with_faults(device: Device, registration: Registration) -> None:
    answer = registration.write("/5/0/0", BODY[:192], szx=2,
                                mutate=lambda blocks: [blocks[0], blocks[2], blocks[1]])
    assert [block.code for block in answer.blocks] == ["2.31", "4.08", "2.31"]


def test_observe_and_cancel(server: Server, device: Device, registration: Registration) -> None:
    observation = registration.observe("/3/0/0")
    assert observation.response.observe == 1
    for number, kind in ((2, "NON"), (3, "CON")):
        device.send(Message(kind, "2.05", 1000 + number, observation.token,
                            [(Option.OBSERVE, bytes([number]))], b"n%d" % number),
                    device.server_address)
    assert [observation.next(5).text for _ in range(2)] == ["n2", "n3"]
    assert device.next(5, lambda d: d.message.type == "ACK").message == Message("ACK", mid=1003)

    assert observation.cancel().code == "2.05"
    assert device.requests[-1].observe == 1 and device.requests[-1].token == observation.token
    device.send(Message("NON", "2.05", 1010, observation.token, [(Option.OBSERVE, b"\x09")]),
                device.server_address)
    device.ask(make_request("GET", "/"), device.server_address)
    assert len(observation.strays) == 1


def test_observe_and_reset(server: Server, device: Device, registration: Registration) -> None:
    observation = registration.observe("/3/0/0")
    observation.cancel_by_reset()
    device.send(Message("NON", "2.05", 2000, observation.token, [(Option.OBSERVE, b"\x02")]),
                device.server_address)
    assert observation.wait_reset(5).mid == 2000
    assert device.next(5, lambda d: d.message.type == "RST").message == Message("RST", mid=2000)


@pytest.mark.parametrize("cancelled, kind", [(False, "ACK"), (True, "RST")])
def test_repeated_notification_is_answered_again(server: Server, device: Device,
                                                 registration: Registration, cancelled: bool,
                                                 kind: str) -> None:
    observation = registration.observe("/3/0/0")
    if cancelled:
        observation.cancel_by_reset()
    for _ in range(2):
        device.send(Message("CON", "2.05", 700, observation.token, [(Option.OBSERVE, b"\2")], b"n"),
                    device.server_address)
        answer = device.next(5, lambda d: not d.message.is_request)
        assert answer.message == Message(kind, mid=700)
    assert server.wait_event("repeat", 5).mid == 700
    assert len(observation.notifications) == 1


def test_unknown_critical_option_is_reset_once(server: Server, device: Device,
                                               registration: Registration) -> None:
    observation = registration.observe("/3/0/0")
    device.send(Message("CON", "2.05", 701, observation.token, [(65001, b"")]),
                device.server_address)
    assert device.ask(make_request("GET", "/"), device.server_address).code == "4.04"
    replies = [d.message for d in device.received if d.message.mid == 701]
    assert replies == [Message("RST", mid=701)] and observation.notifications == []


def test_reset_and_silence_fail_the_request(server: Server, device: Device,
                                            registration: Registration) -> None:
    device.script = lambda datagram: Message("RST", mid=datagram.message.mid)
    with pytest.raises(RequestFailed, match="reset"):
        registration.read("/3/0/0")

    device.script = None
    server.tune(registration.session, ack_timeout=1, max_retransmit=1)
    before = len(device.received)
    with pytest.raises(RequestFailed, match="retries"):
        registration.read("/3/0/0")
    sent = device.received[before:]
    assert len(sent) == 2 and len({d.data for d in sent}) == 1


def test_separate_response(server: Server, device: Device, registration: Registration) -> None:
    device.script = None
    exchange = registration.start("GET", "/3/0/0")
    request = device.next(5, lambda d: d.message.is_request).message
    device.send(Message("ACK", mid=request.mid), device.server_address)
    device.send(Message("CON", "2.05", 3000, request.token, payload=b"late"),
                device.server_address)
    assert exchange.wait(5).text == "late"
    assert exchange.acknowledged


def test_raw_and_malformed(server: Server, device: Device, registration: Registration) -> None:
    device.script = None
    registration.raw(b"\x00garbage")
    assert device.next(5, lambda d: d.data == b"\x00garbage").address == device.server_address
    device.send(b"\x40\x01\x00\x01\xff", device.server_address)
    server.wait_event("malformed", 5)


def test_large_lines(server: Server, device: Device, registration: Registration) -> None:
    device.script = None
    exchange = registration.start("PUT", "/5/0/0", type="NON", payload=b"x" * 60000,
                                  content_format=42)
    assert len(device.next(5, lambda d: d.message.is_request).message.payload) == 60000
    assert exchange.failure is None


def test_lost_datagrams_are_repeated(server: Server, device: Device,
                                     registration: Registration) -> None:
    server.tune(registration.session, ack_timeout=1)
    server.lose("1")
    assert registration.read("/3/0/0").text == "ACME"
    server.lose(None)


def test_two_servers(server: Server, device: Device, registration: Registration) -> None:
    with Server() as other:
        answer = device.ask(make_request("POST", "/rd", queries=["lwm2m=1.0", "ep=dev"],
                                         payload=b"</1/1>", content_format=40),
                            ("127.0.0.1", other.nosec_port))
        assert answer.code == "2.01"
        assert other.wait_registration("dev", 5).read("/3/0/0").text == "ACME"
        assert registration.read("/3/0/0").text == "ACME"

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server against a client made of bytes: registration and what it judges."""

from __future__ import annotations

from typing import Iterator

import pytest

from lwm2m_server import (SILENCE, Block, Message, Option, RawPeer, Reply, Server, WaitTimeout,
                          make_request)

LINKS = b"</1/0>,</3/0>"
GOOD = ["lwm2m=1.1", "ep=a", "lt=300", "b=U"]


class Client(RawPeer):
    """Speaks to the server's NoSec port."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server_address = ("127.0.0.1", server.nosec_port)

    def call(self, code: str, path: str, **parts: object) -> Message:
        """One request and its answer."""
        return self.ask(make_request(code, path, **parts), self.server_address)

    def register(self, queries: list[str], payload: bytes = LINKS,
                 content_format: int | None = 40) -> Message:
        """A Register and its answer."""
        return self.call("POST", "/rd", queries=queries, payload=payload,
                         content_format=content_format)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server) as instance:
        yield instance


def test_register_update_deregister(server: Server, client: Client) -> None:
    answer = client.register(["lwm2m=1.1", "ep=urn:test", "lt=300", "b=US", "sms=+4912345", "Q"],
                             b'</>;ct="110 112",</1/0>,</3/0>,</16>')
    registration = server.wait_registration("urn:test", 5)

    assert answer.code == "2.01"
    assert answer.location == registration.location == "/rd/1"
    assert (registration.version, registration.lifetime, registration.binding, registration.sms,
            registration.queue) == ("1.1", 300, "US", "+4912345", True)
    assert registration.objects == ["/1/0", "/3/0", "/16"]

    assert client.call("POST", answer.location, queries=["lt=60"]).code == "2.04"
    event = server.wait_event("update", 5)
    assert event.parameters == {"lt": "60"} and event.links is None
    assert registration.lifetime == 60 and registration.updates == 1

    assert client.call("POST", answer.location, payload=b"</1/0>", content_format=40).code == "2.04"
    assert server.wait_event("update", 5, where=lambda e: e.links is not None).links == ["/1/0"]

    assert client.call("DELETE", answer.location).code == "2.02"
    server.wait_event("deregister", 5)
    assert not registration.live and server.registrations == []
    assert client.call("POST", answer.location).code == "4.04"


@pytest.mark.parametrize("queries, payload, content_format, code", [
    (["lwm2m=2.0", "ep=a"], LINKS, 40, "4.12"),
    (["ep=a"], LINKS, 40, "4.00"),
    (["lwm2m=1.1"], LINKS, 40, "4.00"),
    (["lwm2m=1.1", "ep=a", "lt=-1"], LINKS, 40, "4.00"),
    (["lwm2m=1.1", "ep=a", "ep=b"], LINKS, 40, "4.00"),
    (["lwm2m=1.1", "ep=a", "b=UQ"], LINKS, 40, "4.00"),
    (["lwm2m=1.0", "ep=a", "b=UT"], LINKS, 40, "4.00"),
    (["lwm2m=1.0", "ep=a", "Q"], LINKS, 40, "4.00"),
    (["lwm2m=1.1", "ep=a", "Q=1"], LINKS, 40, "4.00"),
    (["lwm2m=1.1", "ep=a", "foo=1"], LINKS, 40, "4.00"),
    (GOOD, LINKS, None, "4.15"),
    (GOOD, b"", None, "4.00"),
    (GOOD, b"</1/0>,", 40, "4.00"),
    (GOOD, b"</0/0>,</1/0>", 40, "4.00"),
    (GOOD, b"</1/0>,</1/0>", 40, "4.00"),
    (GOOD, b"</1/0/1>", 40, "4.00"),
    (GOOD, b'</lwm2m>;rt="oma.lwm2m",</3/0>', 40, "4.00"),
    (GOOD, b'</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>', 40, "2.01"),
    (["lwm2m=1.0", "ep=a", "b=UQ"], LINKS, 40, "2.01"),
    (["lwm2m=1.0", "ep=a"], b'</>;rt="oma.lwm2m";ct=11543,</1/0>', 40, "2.01"),
])
def test_register_is_judged(server: Server, client: Client, queries: list[str], payload: bytes,
                            content_format: int | None, code: str) -> None:
    answer = client.register(queries, payload, content_format)
    event = server.wait_event("register", 5)
    assert (answer.code, event.code) == (code, code), event.reason
    assert bool(event.reason) == (code != "2.01")
    assert len(server.registrations) == (code == "2.01")


def test_a_second_register_replaces_the_first(server: Server, client: Client) -> None:
    first = client.register(GOOD)
    second = client.register(GOOD)
    assert first.location != second.location
    assert [r.location for r in server.registrations] == [second.location]


def test_policies(server: Server, client: Client) -> None:
    server.on_register = lambda request: "4.03"
    assert client.register(GOOD).code == "4.03"
    assert server.registrations == []

    server.on_register = lambda request: Reply("5.03", [(Option.MAX_AGE, b"\x05")])
    assert client.register(GOOD).number(Option.MAX_AGE) == 5

    server.on_register = lambda request: SILENCE
    after = server.mark()
    with pytest.raises(WaitTimeout):
        client.ask(make_request("POST", "/rd", queries=GOOD, payload=LINKS, content_format=40),
                   client.server_address, timeout=0.1)
    assert server.wait_event("register", 5, after).code is None


def test_nothing_leaves_but_what_python_sends(server: Server, client: Client) -> None:
    server.on_register = lambda request: SILENCE
    silent = make_request("POST", "/rd", queries=GOOD, payload=LINKS, content_format=40)
    silent.mid = 99
    client.send(silent, client.server_address)
    assert client.call("GET", "/.well-known/core").code == "4.04"
    assert len(client.received) == 1


def test_hold_answers_late_and_separately(server: Server, client: Client) -> None:
    hold = server.hold(acknowledge=True)
    server.on_register = lambda request: hold
    request = make_request("POST", "/rd", queries=GOOD, payload=LINKS, content_format=40,
                           token=b"late")
    request.mid = 77
    client.send(request, client.server_address)
    assert client.next(5).message == Message("ACK", mid=77)

    assert hold.wait(5).endpoint == "a"
    assert server.registrations == []
    hold.release()
    answer = client.next(5).message
    assert (answer.type, answer.code, answer.token) == ("CON", "2.01", b"late")
    client.send(Message("ACK", mid=answer.mid), client.server_address)
    assert server.wait_event("ack", 5).mid == answer.mid


def test_lifetime_runs_by_the_tests_clock(server: Server, client: Client) -> None:
    answer = client.register(["lwm2m=1.1", "ep=a", "lt=300"])
    registration = server.wait_registration("a", 5)
    assert server.advance(299 - 30) == []
    assert server.advance(31 + 30) == [registration]
    assert server.wait_event("expired", 5).endpoint == "a"
    assert client.call("POST", answer.location).code == "4.04"


def test_duplicate_gets_the_same_answer(server: Server, client: Client) -> None:
    request = make_request("POST", "/rd", queries=GOOD, payload=LINKS, content_format=40,
                           token=b"t")
    request.mid = 5
    for _ in range(2):
        client.send(request, client.server_address)
    first, second = client.next(5), client.next(5)
    assert first.data == second.data
    assert server.wait_event("duplicate", 5).mid == 5
    assert len(server.registrations) == 1


def test_register_in_blocks(server: Server, client: Client) -> None:
    payload = b",".join(b"</3303/%d>" % i for i in range(10))

    def block(num: int, more: bool) -> Message:
        return client.call("POST", "/rd", queries=GOOD, content_format=40,
                           payload=payload[num * 32:(num + 1) * 32],
                           options=[(Option.BLOCK1, Block(num, more, 1).encode())])

    count = -(-len(payload) // 32)
    assert block(1, True).code == "4.08"
    for num in range(count - 1):
        assert (block(num, True).code) == "2.31"
    last = block(count - 1, False)
    assert (last.code, last.block1) == ("2.01", Block(count - 1, False, 1))
    assert len(server.wait_registration("a", 5).objects) == 10


def test_smaller_blocks_and_limits(server: Server, client: Client) -> None:
    server.directory.bodies.szx = 0
    server.directory.bodies.limit = 100
    answer = client.call("POST", "/rd", queries=GOOD, content_format=40, payload=b"x" * 64,
                         options=[(Option.BLOCK1, Block(0, True, 2).encode())])
    assert (answer.code, answer.block1) == ("2.31", Block(0, True, 0))
    answer = client.register(GOOD, b"x" * 101)
    assert (answer.code, answer.number(Option.SIZE1)) == ("4.13", 100)

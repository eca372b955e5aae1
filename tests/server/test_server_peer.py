# SPDX-License-Identifier: LGPL-2.1-or-later
"""The peers below LwM2M, each against another."""

from __future__ import annotations

import pytest

from lwm2m_server import Message, Option, RawPeer, Relay, make_request, registrar


def answer_pings(datagram):
    """A client that knows pings and nothing else."""
    message = datagram.message
    return Message("RST", mid=message.mid) if message.type == "CON" else None


def test_exact_bytes_and_addresses() -> None:
    with RawPeer() as one, RawPeer() as two:
        one.send(b"\x01\x02", ("127.0.0.1", two.port))
        datagram = two.next(5)
        assert (datagram.data, datagram.address) == (b"\x01\x02", ("127.0.0.1", one.port))
        two.send(b"back")
        assert one.next(5).data == b"back"
        with two.stranger() as stranger:
            stranger.send(b"who", datagram.address)
            assert one.next(5).address == ("127.0.0.1", stranger.port)


def test_settle_shows_what_came_before_the_reset() -> None:
    with RawPeer() as server, RawPeer(answer_pings) as client:
        address = ("127.0.0.1", client.port)
        assert server.settle(address) == []
        server.send(Message("CON", mid=7), address)
        assert [d.message.mid for d in server.settle(address)] == [7]


def test_registrar() -> None:
    with RawPeer(registrar("rd/x")) as server, RawPeer() as client:
        address = ("127.0.0.1", server.port)
        answer = client.ask(make_request("POST", "/rd", queries=["ep=a"]), address)
        assert (answer.code, answer.location) == ("2.01", "/rd/x")
        assert client.ask(make_request("POST", "/rd/x"), address).code == "2.04"
        assert client.ask(make_request("DELETE", "/rd/x"), address).code == "2.02"
        client.send(b"\x00", address)
        assert len(server.received) == 3 or server.next(5)


def test_a_script_that_fails_is_told_at_the_end() -> None:
    peer = RawPeer(lambda datagram: 1 // 0)
    with RawPeer() as other:
        other.send(b"x", ("127.0.0.1", peer.port))
        assert peer.next(5).data == b"x"
    with pytest.raises(ZeroDivisionError):
        peer.close()


def test_relay_doubles_and_reorders() -> None:
    kept: list[bytes] = []

    def rule(direction: str, data: bytes, index: int) -> list[bytes] | None:
        if direction == "down":
            return [data, data]
        if index == 0:
            kept.append(data)
            return []
        return [data, kept.pop()] if kept else None

    with RawPeer() as server, Relay(server.port, rule) as relay, RawPeer() as client:
        for data in (b"1", b"2", b"3"):
            client.send(data, ("127.0.0.1", relay.port))
        assert [server.next(5).data for _ in range(3)] == [b"2", b"1", b"3"]
        server.send(Message("NON", "2.05", 1, b"", [(Option.OBSERVE, b"\1")]))
        assert client.next(5).data == client.next(5).data
        relay.inject("down", b"own")
        assert client.next(5).data == b"own"

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server against clients of others: libcoap's (three TLS builds) and openssl s_client."""

from __future__ import annotations

import os
import pathlib
import select
import shutil
import subprocess
import time
from typing import Iterator

import pytest

from lwm2m_server import CommandError, Message, Option, Relay, Server, make_request

KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
IDENTITIES = [b"urn:dev:1", b"\xff\xfe binary \x01", b"x" * 128]
REGISTER = make_request("POST", "/rd", queries=["lwm2m=1.1", "ep=dev", "lt=60"],
                        payload=b"</1/0>,</3/0>", content_format=40)


def coap_client(kind: str, uri: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Posts a Register by libcoap's client."""
    program = shutil.which(f"coap-client-{kind}")
    if not program:
        pytest.skip(f"coap-client-{kind} (libcoap3-bin) is not installed")
    return subprocess.run(
        [program, "-m", "post", "-t", "40", "-e", "</1/0>,</3/0>", "-B", "5", *arguments,
         f"{uri}/rd?lwm2m=1.1&ep=other&lt=60"], capture_output=True, text=True, timeout=20)


class OpensslClient:
    """openssl s_client as a DTLS peer: what is written to it goes out as a record, and back."""

    def __init__(self, port: int, identity: bytes, key: bytes = KEY,
                 suite: str = "PSK-AES128-CCM8", more: tuple[str, ...] = ()) -> None:
        arguments = ["openssl", "s_client", "-dtls1_2", "-quiet", "-connect", f"127.0.0.1:{port}",
                     "-cipher", suite + "@SECLEVEL=0", "-psk", key.hex(),
                     *more, "-psk_identity"]
        self.process = subprocess.Popen(
            [os.fsencode(a) for a in arguments] + [identity], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self) -> "OpensslClient":
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()

    def send(self, data: bytes) -> None:
        """One record of application data."""
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self, timeout: float = 5) -> bytes:
        """The next record; b'' when the connection has ended."""
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        assert ready, f"nothing came within {timeout} s"
        return os.read(self.process.stdout.fileno(), 65536)

    def call(self, request: Message, mid: int) -> Message:
        """One request and its answer."""
        request.mid, request.token = mid, b"tok"
        self.send(request.encode())
        return Message.decode(self.receive())


@pytest.fixture
def psk_server(server: Server) -> Iterator[Server]:
    for identity in IDENTITIES:
        server.add_psk(identity, KEY)
    yield server


def test_libcoap_without_security(server: Server) -> None:
    for ipv6 in (False, True):
        if ipv6 and not server.ipv6:
            continue
        after = server.mark()
        result = coap_client("notls", server.uri("nosec", ipv6))
        assert result.returncode == 0, result.stderr
        registration = server.wait_registration("other", 5, after)
        assert registration.lifetime == 60 and registration.objects == ["/1/0", "/3/0"]


@pytest.mark.parametrize("kind", ["openssl", "gnutls"])
def test_libcoap_with_psk(psk_server: Server, kind: str) -> None:
    result = coap_client(kind, psk_server.uri("psk"), "-u", "urn:dev:1", "-k",
                         "not the key of it")
    assert not psk_server.registrations
    psk_server.add_psk(b"urn:dev:1", b"0123456789abcdef")
    result = coap_client(kind, psk_server.uri("psk", psk_server.ipv6), "-u", "urn:dev:1", "-k",
                         "0123456789abcdef")
    assert result.returncode == 0, result.stderr
    registration = psk_server.wait_registration("other", 5)
    assert registration.identity == b"urn:dev:1"


def test_libcoap_registers_in_blocks(server: Server) -> None:
    links = ",".join(f"</3303/{i}>" for i in range(200))
    result = coap_client("notls", server.uri(), "-b", "64", "-e", links)
    assert result.returncode == 0, result.stderr
    assert len(server.wait_registration("other", 5).objects) == 200


@pytest.mark.parametrize("identity", IDENTITIES, ids=["text", "binary", "long"])
@pytest.mark.parametrize("suite, standard", [
    ("PSK-AES128-CCM8", "TLS_PSK_WITH_AES_128_CCM_8"),
    ("PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256")])
def test_identities_and_suites(psk_server: Server, identity: bytes, suite: str,
                               standard: str) -> None:
    with OpensslClient(psk_server.psk_port, identity, suite=suite) as client:
        assert client.call(REGISTER, 1).code == "2.01"
        registration = psk_server.wait_registration("dev", 5)
        assert registration.identity == identity
        assert psk_server.sessions[registration.session].cipher == standard


def test_a_resumed_session_keeps_its_identity(psk_server: Server, tmp_path: pathlib.Path) -> None:
    ticket = str(tmp_path / "session")
    with OpensslClient(psk_server.psk_port, IDENTITIES[0], more=("-sess_out", ticket)) as client:
        client.call(REGISTER, 1)
    # Without the right key only the ticket can bring it in.
    with OpensslClient(psk_server.psk_port, b"-", b"-" * 16, more=("-sess_in", ticket)) as client:
        assert client.call(REGISTER, 2).code == "2.01"
    registration = psk_server.wait_registration("dev", 5)
    assert registration.identity == IDENTITIES[0]


def test_suites_can_be_restricted(psk_server: Server) -> None:
    psk_server.set_suites("PSK-AES128-CBC-SHA256")
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        assert client.receive() == b""
    psk_server.wait_event("log", 5, where=lambda e: "handshake failure" in e.text)
    with OpensslClient(psk_server.psk_port, IDENTITIES[0],
                       suite="PSK-AES128-CCM8:PSK-AES128-CBC-SHA256") as client:
        assert client.call(REGISTER, 1).code == "2.01"


def test_requests_go_the_other_way_on_the_same_session(psk_server: Server) -> None:
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        client.call(REGISTER, 1)
        registration = psk_server.wait_registration("dev", 5)

        exchange = registration.start("GET", "/3/0/0", observe=0)
        request = Message.decode(client.receive())
        assert (request.code, request.path, request.observe) == ("0.01", "/3/0/0", 0)
        client.send(Message("ACK", "2.05", request.mid, request.token,
                            [(Option.OBSERVE, b"\1")], b"ACME").encode())
        assert exchange.wait(5).text == "ACME"

        client.send(Message("CON", "2.05", 500, request.token,
                            [(Option.OBSERVE, b"\2")], b"more").encode())
        assert exchange.wait(5, 1).text == "more"
        assert Message.decode(client.receive()) == Message("ACK", mid=500)


def test_raw_records_and_datagrams(psk_server: Server) -> None:
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        client.call(REGISTER, 1)
        registration = psk_server.wait_registration("dev", 5)
        registration.raw(b"\x16\xfe\xfd a record that is none")
        registration.raw(b"\xffnot CoAP", record=True)
        assert client.receive() == b"\xffnot CoAP"


def test_close_with_and_without_a_word(psk_server: Server) -> None:
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        client.call(REGISTER, 1)
        session = psk_server.wait_session("connected", 5)
        psk_server.close_session(session.id, notify=True)
        assert client.receive() == b""
    psk_server.wait_session("closed", 5, lambda s: s.id == session.id)

    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        client.call(REGISTER, 1)
        session = psk_server.wait_session("connected", 5)
        after = psk_server.mark()
        psk_server.close_session(session.id)
        psk_server.wait_session("closed", 5, lambda s: s.id == session.id)
        client.send(Message("CON", mid=9).encode())
        with OpensslClient(psk_server.psk_port, IDENTITIES[1]) as second:
            assert second.call(REGISTER, 1).code == "2.01"
        assert not [e for e in psk_server.events[after:]
                    if e.kind == "ping" or "close notify" in e.text]
        with pytest.raises(CommandError):
            psk_server.close_session(session.id)


def test_handshake_anew_from_the_same_port(psk_server: Server) -> None:
    hellos: list[bytes] = []

    def keep_hellos(direction: str, data: bytes, index: int) -> None:
        if direction == "up" and data[0] == 22 and data[13] == 1:
            hellos.append(data)

    with Relay(psk_server.psk_port, keep_hellos) as relay:
        with OpensslClient(relay.port, IDENTITIES[0]) as client:
            client.call(REGISTER, 1)
            for hello in list(hellos):
                relay.inject("up", hello)
            assert client.call(REGISTER, 2).code == "2.01"
        first = psk_server.wait_registration("dev", 5)
        with OpensslClient(relay.port, IDENTITIES[1]) as client:
            assert client.call(REGISTER, 1).code == "2.01"
        second = psk_server.wait_registration("dev", 5)
    assert first.session != second.session and second.identity == IDENTITIES[1]
    assert psk_server.sessions[first.session].state == "closed"
    assert psk_server.sessions[first.session].peer == psk_server.sessions[second.session].peer


def test_refused_identities(psk_server: Server) -> None:
    psk_server.remove_psk(IDENTITIES[0])
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as client:
        assert client.receive() == b""
    psk_server.wait_event("log", 5, where=lambda e: "unknown PSK identity" in e.text)
    with pytest.raises(CommandError):
        psk_server.add_psk(b"a\0b", KEY)


def test_registration_belongs_to_its_identity(psk_server: Server) -> None:
    with OpensslClient(psk_server.psk_port, IDENTITIES[0]) as first, \
            OpensslClient(psk_server.psk_port, IDENTITIES[1]) as second:
        location = first.call(REGISTER, 1).location
        update = make_request("POST", location)
        assert second.call(update, 2).code == "4.04"
        assert first.call(update, 3).code == "2.04"


def test_relay_loses_a_flight_of_the_handshake(psk_server: Server) -> None:
    lost: list[bytes] = []

    def lose_second(direction: str, data: bytes, index: int) -> list[bytes] | None:
        if direction == "up" and index == 1:
            lost.append(data)
            return []
        return None

    with Relay(psk_server.psk_port, lose_second) as relay, \
            OpensslClient(relay.port, IDENTITIES[0]) as client:
        assert client.call(REGISTER, 1).code == "2.01"
        assert len(lost) == 1


def test_relay_moves_the_client_to_another_port(psk_server: Server) -> None:
    with Relay(psk_server.nosec_port) as relay:
        started = time.monotonic()
        assert coap_client("notls", relay.uri()).returncode == 0
        first = psk_server.wait_registration("other", 5)
        relay.rebind()
        assert coap_client("notls", relay.uri()).returncode == 0
        second = psk_server.wait_event("register", 5, 0, lambda e: e.session != first.session)
        assert second.time > started
        peers = {s.peer for s in psk_server.sessions.values()}
        assert len(peers) == 2

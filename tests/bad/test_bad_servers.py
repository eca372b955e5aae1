# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers that are dead, die, come back, or cannot be found: told, tried again, never in a hurry."""
from __future__ import annotations

import os
import socket
import subprocess
import threading

import pytest
from gateway import eventually
from lwm2m_server import RawPeer, Server, registrar
from tools import IDENTITY, KEY, assert_idle, preload, register, server_of


def attempts(peer):
    return len(peer.received)


@pytest.mark.parametrize("scheme", ["coap", "coaps"])
def test_port_closed(gateway, scheme):
    """ICMP says that nobody is there: told as that, at the first attempt."""
    with RawPeer() as peer:
        port = peer.port
    keys = {"key": KEY, "psk_identity": IDENTITY} if scheme == "coaps" else {}
    gateway.configure(Network={"ack_timeout": 100, "handshake_timeout": 100, "handshake_limit": 2})
    gateway.account(f"{scheme}://127.0.0.1:{port}", **keys)
    gateway.start().wait_bus()
    line = gateway.wait_log("next attempt in")
    assert "refused" in line.lower(), line
    state = server_of(gateway)
    assert state["state"] == "waiting" and "refused" in state["last-error-text"].lower()
    assert gateway.status()["agent"]["state"] == "offline"
    assert_idle(gateway)


@pytest.mark.parametrize("scheme", ["coap", "coaps"])
def test_silence(gateway, scheme):
    """A black hole: repeated with growing pauses (RFC 7252, 4.2), given up, told as a time-out."""
    keys = {"key": KEY, "psk_identity": IDENTITY} if scheme == "coaps" else {}
    gateway.configure(Network={"ack_timeout": 100, "handshake_timeout": 100, "handshake_limit": 2})
    with RawPeer() as peer:
        gateway.account(f"{scheme}://127.0.0.1:{peer.port}", **keys)
        gateway.start().wait_bus()
        gateway.wait_log("next attempt in", 30)
        state = server_of(gateway)
        assert state["state"] == "waiting"
        assert state["last-error"] == "org.lwm2md1.Error.Timeout", state
        count = attempts(peer)
        assert 3 <= count <= 8
        if scheme == "coap":
            assert count == 5 and len({d.data for d in peer.received}) == 1
        assert_idle(gateway)
        assert attempts(peer) == count


def test_dies_and_comes_back(gateway):
    """It dies while the agent is registered. The next Update finds out; when it is back, it is registered anew."""
    gateway.configure(Network={"ack_timeout": 100})
    peer = RawPeer(registrar())
    gateway.account(peer.uri(), retry_timer=1)
    gateway.start().wait_bus()
    gateway.wait_log("registered")
    peer.close()
    gateway.ctl("update", "101", code=7)
    state = server_of(gateway)
    assert "update" in state["last-error-text"] or "register" in state["last-error-text"], state
    assert_idle(gateway)
    with Server(nosec_port=peer.port) as server:
        server.wait_registration(gateway.endpoint, 20)
        assert server_of(gateway)["state"] == "registered"
        registrations = [e for e in server.events if e.kind == "register"]
        assert len(registrations) == 1


def test_restarted_server(gateway, server):
    """It has forgotten its DTLS sessions: a new handshake, by itself."""
    gateway.configure(Network={"ack_timeout": 100, "handshake_timeout": 100})
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY, retry_timer=1)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    mark = server.mark()
    server.close_session(registration.session)
    server.forget(registration)
    subprocess.run([str(gateway.build / "dbus/lwm2mctl/lwm2mctl"), "update", "101"], timeout=60,
                   env={"DBUS_SYSTEM_BUS_ADDRESS": gateway.bus.address}, capture_output=True)
    server.wait_registration(gateway.endpoint, 30, after=mark).read("/3/0").expect("2.05")
    assert_idle(gateway)


def test_says_goodbye(gateway, server):
    """close_notify from the server: told, and registered again after a pause."""
    registration = register(gateway, server, "psk")
    mark = server.mark()
    server.close_session(registration.session, notify=True)
    gateway.wait_log("session ended")
    text = server_of(gateway)["last-error-text"]
    assert "session ended" in text
    assert_idle(gateway)
    gateway.ctl("register", "101")
    server.wait_registration(gateway.endpoint, 20, after=mark)


def test_all_dead(gateway):
    """Many servers, none of them there: each told, the processor at rest."""
    gateway.configure(Network={"ack_timeout": 100})
    for ssid in range(1, 11):
        gateway.account("coap://127.0.0.1:9", ssid=ssid)
    gateway.start().wait_bus()
    eventually(lambda: all(s["state"] == "waiting" for s in gateway.status()["servers"]), "all are told of")
    assert_idle(gateway)


# ---- Names ----

def test_no_such_name(gateway):
    """RFC 6761, 6.4: .invalid is nowhere."""
    gateway.account("coap://lwm2m.invalid")
    gateway.start().wait_bus()
    line = gateway.wait_log("next attempt in", 30)
    assert "resolve lwm2m.invalid: " in line
    state = server_of(gateway)
    assert state["state"] == "waiting" and "resolve lwm2m.invalid" in state["last-error-text"]
    assert_idle(gateway)


class NameServer:
    """A DNS server of one name for the resolver of one mount namespace: RFC 1035, 4."""

    def __init__(self):
        self.known = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(512)
            except OSError:
                return
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        kind = int.from_bytes(query[-4:-2], "big") if query[10:12] == b"\0\0" else 1
        found = self.known and kind == 1
        code = 0 if self.known else 3
        head = query[:2] + bytes([0x81, 0x80 | code, 0, 1, 0, int(found), 0, 0, 0, 0])
        end = query.index(b"\0", 12) + 5
        record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if found else b""
        return head + query[12:end] + record


@pytest.fixture
def lonely(gateway, tmp_path):
    """The agent in a network and a mount namespace of its own, in which this process is too for a while."""
    name = f"lwm2md-bad-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
        plain = gateway.command
        gateway.command = lambda: [
            "ip", "netns", "exec", name, "unshare", "--mount", "sh", "-ec",
            f"mount --bind {tmp_path}/resolv.conf $(readlink -f /etc/resolv.conf);"
            f"mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf; exec \"$@\"", "sh", *plain()]
        yield name
        gateway.stop()
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def enter(name, function):
    """What function() returns when it runs in the network namespace. Sockets that it makes stay there."""
    result = []

    def run():
        import ctypes
        with open(f"/run/netns/{name}", "rb") as namespace:
            assert ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) == 0
        result.append(function())
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


@pytest.mark.root
def test_name_server_unreachable_and_name_later(gateway, lonely):
    """No name server, then one that does not know the name, then one that does."""
    peer = enter(lonely, lambda: RawPeer(registrar()))
    with peer:
        gateway.account(f"coap://gateway.example.net:{peer.port}", retry_timer=1, retry_count=200)
        gateway.start().wait_bus()
        line = gateway.wait_log("next attempt in", 30)
        assert "resolve gateway.example.net: " in line and "name server" in line, line
        assert_idle(gateway)
        names = enter(lonely, NameServer)
        output = gateway.ctl("register", "101", code=1)
        assert "resolve gateway.example.net: not found" in output, output
        names.known = True
        gateway.ctl("register", "101")
        gateway.wait_log("registered")
        names.socket.close()


# ---- The time of day ----

@pytest.mark.parametrize("seconds", [3 * 365 * 86400, -20 * 365 * 86400, 5, -5],
                         ids=["years-on", "years-back", "a-little-on", "a-little-back"])
def test_clock_jumps(gateway, server, seconds):
    """Timers are of the monotonic clock: no storm, no silence; object 3 tells the time that is."""
    skew = gateway.directory / "skew"
    skew.write_text("0")
    preload(gateway, "skew", LWM2MD_SKEW=str(skew))
    registration = register(gateway, server, "psk")
    registration.write_attributes("/3/0/13", pmin=0, pmax=1).expect("2.04")
    observation = registration.observe("/3/0/13", accept=0)
    before = int(observation.next(5).text)
    mark = server.mark()
    skew.write_text(str(seconds))
    times = [int(observation.next(5).text) for _ in range(4)]
    assert times[-1] - before - seconds in range(0, 8), (before, times)
    assert times[-1] - times[1] in range(1, 6)
    assert_idle(gateway)
    registration.execute("/1/0/8").expect("2.04")
    server.wait_event("update", 10, after=mark)
    assert not [e for e in server.events[mark:] if e.kind in ("register", "deregister")]
    assert server_of(gateway)["state"] == "registered"
    assert server_of(gateway)["statistics"]["updates"] <= 2
    skew.write_text("0")
    observation.cancel().expect("2.05")

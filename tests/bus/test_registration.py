# SPDX-License-Identifier: LGPL-2.1-or-later
"""Register, Update, De-register of the real agent with the test server: Core 1.1, 6.2."""
from __future__ import annotations

import queue

import pytest
from lwm2m_server import SILENCE, Reply, Server
from lwm2m_server.coap import Option
from lwm2m_server.interaction import make_request

KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
IDENTITY = "gateway-17"


@pytest.fixture(params=["nosec", "psk"])
def registered(request, server, gateway):
    """A registration over each security mode."""
    security = request.param
    if security == "psk":
        server.add_psk(IDENTITY.encode(), KEY)
        gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY, lifetime=300)
    else:
        gateway.account(server.uri("nosec"), lifetime=300)
    gateway.start().wait_bus()
    return server.wait_registration(gateway.endpoint, 20)


def server_state(gateway, ssid=101):
    return next(s for s in gateway.status()["servers"] if s["server"] == ssid)


def test_parameters(registered, server, gateway):
    """INT 101: ep, lt, lwm2m, b, and links without object 0."""
    event = server.wait_event("register")
    assert event.parameters == {"ep": gateway.endpoint, "lt": "300", "lwm2m": "1.1", "b": "U"}
    assert registered.objects == ["/1/0", "/3/0"]
    assert registered.links[0].attributes["rt"] == "oma.lwm2m"


def test_seen_over_dbus(registered, gateway):
    state = server_state(gateway)
    assert state["state"] == "registered"
    assert state["location"] == registered.location
    assert state["lifetime"] == 300
    assert gateway.status()["agent"]["state"] == "online"


def test_lifetime_written(registered, server):
    """INT 107: the Update follows at once and says only what changed."""
    mark = server.mark()
    registered.write("/1/0/1", 120).expect("2.04")
    assert server.wait_event("update", 10, after=mark).parameters == {"lt": "120"}


def test_trigger(registered, server):
    """INT 104: an Update without parameters."""
    mark = server.mark()
    registered.execute("/1/0/8").expect("2.04")
    event = server.wait_event("update", 10, after=mark)
    assert event.parameters == {} and event.links is None


def test_triggers_are_joined(registered, server):
    """Many reasons within a second, one Update."""
    mark = server.mark()
    for lifetime in (100, 110, 120):
        registered.write("/1/0/1", lifetime).expect("2.04")
    registered.execute("/1/0/8").expect("2.04")
    server.wait_event("update", 10, after=mark, where=lambda e: e.parameters.get("lt") == "120")
    assert len([e for e in server.events[mark:] if e.kind == "update"]) == 1


def test_forgotten_by_the_server(registered, server, gateway):
    """INT 105: an Update answered 4.04 becomes a Register."""
    mark = server.mark()
    server.forget(registered)
    registered.execute("/1/0/8").expect("2.04")
    assert server.wait_event("update", 10, after=mark).code == "4.04"
    server.wait_registration(gateway.endpoint, 10, after=mark)


def test_deregister(registered, server, gateway):
    """INT 103 by the owner: gone at the server, idle here, and registered again when asked."""
    mark = server.mark()
    gateway.ctl("deregister", "101")
    assert server.wait_event("deregister", 10, after=mark).code == "2.02"
    assert server_state(gateway)["state"] == "idle"
    gateway.ctl("register", "101")
    server.wait_registration(gateway.endpoint, 10, after=mark)


def test_stop_deregisters(registered, server, gateway):
    mark = server.mark()
    gateway.stop()
    assert server.wait_event("deregister", 10, after=mark).code == "2.02"


def test_power_cut(registered, server, gateway):
    """After kill -9 it is registered again without anybody's help, with what the server had written."""
    registered.write("/1/0/1", 123).expect("2.04")
    mark = server.mark()
    gateway.kill()
    gateway.start()
    again = server.wait_registration(gateway.endpoint, 20, after=mark)
    assert again.lifetime == 123
    assert again.read("/1/0/1", accept=0).expect("2.05").text == "123"


def test_version_refused(server, gateway):
    """4.12: 1.0 is offered instead. Its list has no root link, and says which objects are newer than
    1.0 implies (Core 1.0, 5.3.1 and 6.2)."""
    server.on_register = lambda request: None if request.parameters["lwm2m"] == "1.0" else "4.12"
    gateway.account(server.uri("nosec"))
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    assert registration.version == "1.0"
    versions = {link.target: link.attributes.get("ver") for link in registration.links}
    assert versions == {"/1": "1.1", "/1/0": None, "/3": "1.1", "/3/0": None}
    assert server_state(gateway)["lwm2m-version"] == "1.0"


def test_refused(server, gateway):
    """4.03: told in words, tried again later and not at once."""
    server.on_register = lambda request: "4.03"
    gateway.account(server.uri("nosec"))
    gateway.start().wait_bus()
    gateway.wait_log("4.03 Forbidden")
    state = server_state(gateway)
    assert state["state"] == "waiting" and state["next-attempt-at"]
    assert "4.03 Forbidden" in state["last-error-text"]
    assert len([e for e in server.events if e.kind == "register"]) == 1


def test_no_location(server, gateway):
    """2.01 without Location-Path is no registration."""
    server.on_register = lambda request: Reply("2.01", options=[(Option.MAX_AGE, b"\x01")])
    gateway.account(server.uri("nosec"))
    gateway.start().wait_bus()
    gateway.wait_log("ocation")
    assert server_state(gateway)["state"] == "waiting"


def test_not_served_before_registered(server, gateway):
    """Requests that come before the Register is answered get no content."""
    hold = server.hold(acknowledge=True)
    came: queue.Queue[int] = queue.Queue()

    def keep(request):
        came.put(request.session)
        return hold
    server.on_register = keep
    gateway.account(server.uri("nosec"))
    gateway.start()
    session = came.get(timeout=20)
    assert server.request(session, make_request("GET", "/3/0/16")).code == "5.03"
    hold.release()
    assert server.wait_registration(gateway.endpoint).read("/3/0").code == "2.05"


def test_ipv6(server, gateway):
    if not server.ipv6:
        pytest.skip("no IPv6 loopback here")
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk", ipv6=True), key=KEY, psk_identity=IDENTITY)
    gateway.start()
    assert server.wait_registration(gateway.endpoint, 20).read("/3/0").code == "2.05"


def test_name_resolution(server, gateway):
    gateway.account(f"coap://localhost:{server.nosec_port}")
    gateway.start()
    server.wait_registration(gateway.endpoint, 20)


def test_several_servers(server, gateway):
    """INT 950: each by its own account, at once, one of them dead."""
    with Server() as second:
        second.add_psk(IDENTITY.encode(), KEY)
        gateway.account(server.uri("nosec"), ssid=101, lifetime=100)
        gateway.account(second.uri("psk"), ssid=102, lifetime=200, key=KEY, psk_identity=IDENTITY)
        gateway.account("coap://127.0.0.1:9", ssid=103)
        gateway.start().wait_bus()
        first, other = (s.wait_registration(gateway.endpoint, 20) for s in (server, second))
        assert (first.lifetime, other.lifetime) == (100, 200)
        assert first.read("/1/0/0", accept=0).text == "101"
        assert other.read("/1/1/0", accept=0).text == "102"
        first.read("/1/1/0").expect("4.01")
        gateway.ctl("deregister", "102")
        second.wait_event("deregister", 10)
        assert first.read("/3/0").code == "2.05"
        second_mark = second.mark()
        gateway.stop()
        assert not [e for e in second.events[second_mark:] if e.kind == "deregister"]


def test_register_in_blocks(server, gateway):
    """The server asks for blocks of 16 octets (RFC 7959, 2.3)."""
    server.directory.bodies.szx = 0
    gateway.account(server.uri("nosec"))
    gateway.start()
    assert server.wait_registration(gateway.endpoint, 20).objects == ["/1/0", "/3/0"]


def test_silent_server(server, gateway):
    """No answer: retransmitted, given up, and told as a timeout."""
    server.on_register = lambda request: SILENCE
    gateway.configure(Network={"ack_timeout": 100})
    gateway.account(server.uri("nosec"))
    gateway.start().wait_bus()
    gateway.wait_log("no answer", 30)
    state = server_state(gateway)
    assert state["state"] == "waiting"
    assert state["last-error"] == "org.lwm2md1.Error.Timeout"


def test_server_started_anew(gateway):
    """A server that has lost its sessions is found again by another handshake, without a wait."""
    keys = {IDENTITY.encode(): KEY}
    lost = Server(psk=keys)
    uri = lost.uri("psk")
    gateway.configure(Network={"ack_timeout": 100})
    gateway.account(uri, key=KEY, psk_identity=IDENTITY, lifetime=300)
    try:
        gateway.start().wait_bus()
        lost.wait_registration(gateway.endpoint, 20)
    finally:
        lost.kill()
    with Server(psk=keys, psk_port=int(uri.rsplit(":", 1)[1])) as anew:
        gateway.ctl("update", "101")
        assert anew.wait_registration(gateway.endpoint, 20).objects == ["/1/0", "/3/0"]
        assert server_state(gateway)["state"] == "registered"
    assert "next attempt" not in gateway.log()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real agent managed by SMS: secured packets over org.lwm2md1.Modem."""
from __future__ import annotations

import queue

import pytest
from gateway import eventually
from lwm2m_server.coap import Option
from network import NUMBER, OWN_NUMBER

IDENTITY, KEY = b"gateway-17", bytes(range(16))


def observe(value: int) -> list[tuple[int, bytes]]:
    return [(Option.OBSERVE, bytes([value]) if value else b"")]


def state(gateway, ssid=101):
    return next(s for s in gateway.status()["servers"] if s["server"] == ssid)["state"]


def register(by_sms, gateway):
    gateway.start().wait_bus()
    request = by_sms.next()
    assert (request.code, request.path) == ("0.02", "/rd")
    assert set(request.queries) == {f"ep={gateway.endpoint}", "lt=3600", "lwm2m=1.1", "b=S",
                                    f"sms={OWN_NUMBER}"}
    assert b"</1/0>,</3/0>" in request.payload
    by_sms.answer(request, "2.01", "rd/7a")
    eventually(lambda: state(gateway) == "registered", "registered by SMS")


@pytest.fixture
def registered(by_sms, gateway, sms_keys):
    """An account that has nothing but SMS."""
    gateway.configure(Device={"manufacturer": "Manufacturer " * 5})
    gateway.account(f"tel:{NUMBER}", mode="nosec", lifetime=3600, binding="S", **sms_keys)
    register(by_sms, gateway)
    return by_sms


def test_life_by_sms_alone(registered, gateway):
    """Register, Read, Write and the Update that follows, Observe and a notification, De-register."""
    answer = registered.ask("GET", "/1/0/1")
    assert (answer.code, answer.payload) == ("2.05", b"3600")

    answer = registered.ask("PUT", "/1/0/1", payload=b"7200", options=[(Option.CONTENT_FORMAT, b"")])
    assert answer.code == "2.04"
    update = registered.next()
    assert (update.code, update.path, update.queries) == ("0.02", "/rd/7a", ["lt=7200"])
    registered.answer(update, "2.04")

    answer = registered.ask("GET", "/1/0/2", options=observe(0))
    assert answer.code == "2.05" and answer.first(Option.OBSERVE) is not None
    token = answer.token
    assert registered.ask("PUT", "/1/0/2", payload=b"1",
                          options=[(Option.CONTENT_FORMAT, b"")]).code == "2.04"
    notification = registered.next()
    assert (notification.code, notification.token, notification.payload) == ("2.05", token, b"1")

    gateway.process.terminate()
    farewell = registered.next()
    assert (farewell.code, farewell.path) == ("0.04", "/rd/7a")
    assert gateway.wait_exit() == 0


def test_blocks(registered):
    """What is longer than a block comes in several, each one short message (R19)."""
    body, number = b"", 0
    while True:
        sent = len(registered.modem.sent)
        answer = registered.ask("GET", "/3/0", options=[(Option.BLOCK2, bytes([number << 4 | 2]))])
        assert answer.code == "2.05" and len(answer.payload) <= 64
        assert len(registered.modem.sent) == sent + 1
        body, number = body + answer.payload, number + 1
        if not answer.block2.more:
            break
    assert number > 1 and b"Manufacturer" in body


def test_repeated_request(registered):
    """The server has not had the answer and asks again, with a fresh counter."""
    request = registered.request("GET", "/1/0/1")
    registered.send(request)
    first = registered.next()
    registered.send(request)
    assert registered.next() == first
    assert registered.modem.sent[-1] != registered.modem.sent[-2]


def test_silence(registered):
    """A stranger, a replayed packet, one under other keys: acknowledged to the network, and no more."""
    counter = registered.counter
    registered.send(registered.request("GET", "/1/0/1"), number="+12125559999")
    registered.counter = counter - 1
    registered.send(registered.request("GET", "/1/0/1"))
    packets, registered.packets.agreed = registered.packets.agreed, bytes(7)
    registered.send(registered.request("GET", "/1/0/1"))
    registered.packets.agreed = packets
    with pytest.raises(queue.Empty):
        registered.next(timeout=1)
    registered.counter = counter + 10
    assert registered.ask("GET", "/1/0/1").code == "2.05"


def test_power_cut(registered, gateway):
    """Neither end's counter goes back: what was taken before is not taken again (our own
    counter's rise is checked for each packet)."""
    assert registered.ask("GET", "/1/0/1").code == "2.05"
    counter = registered.counter
    gateway.kill()
    register(registered, gateway)
    last, registered.counter = registered.counter, counter - 1
    registered.send(registered.request("GET", "/1/0/1"))
    with pytest.raises(queue.Empty):
        registered.next(timeout=1)
    registered.counter = last
    assert registered.ask("GET", "/1/0/1").code == "2.05"


def test_trigger_over_dtls(by_sms, gateway, server, sms_keys):
    """/1/x/21: an Execute of /1/x/8 by SMS is not answered, and is followed by an Update over DTLS."""
    server.add_psk(IDENTITY, KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY.decode(), lifetime=3600,
                    trigger="yes", **sms_keys)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    eventually(lambda: any(e.parameters and e.parameters.get("sms") == OWN_NUMBER for e in server.events),
               "our number told, by Register or Update")
    eventually(lambda: state(gateway) == "registered", "registered")
    by_sms.send(by_sms.request("GET", "/1/0/1"))
    mark = server.mark()
    by_sms.send(by_sms.request("POST", "/1/0/8", payload=b"0='U'"))
    assert server.wait_event("update", 20, after=mark).parameters == {}
    assert [by_sms.modem.acknowledged.get(timeout=5) for _ in range(2)] == [1, 2]
    assert not by_sms.modem.sent

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real agent managed by SMS: secured packets, through a modem service of any kind."""
from __future__ import annotations

import pytest
from gateway import eventually
from lwm2m_server.coap import Option
from modems import KINDS, OWN_NUMBER, REAL
from steps import LOCATION, PLAIN_TEXT, all_ways, observe, state, ways, with_routed

IDENTITY, KEY = b"gateway-17", bytes(range(16))


@ways(*KINDS, *REAL)
def test_R10_R14_R19_life_by_sms_alone(registered, gateway):
    """Register, Read, Write and the Update that follows, Observe and a notification, De-register."""
    answer = registered.ask("GET", "/1/0/1")
    assert (answer.code, answer.payload) == ("2.05", b"3600")

    assert registered.ask("PUT", "/1/0/1", payload=b"7200", options=PLAIN_TEXT).code == "2.04"
    update = registered.next()
    assert (update.code, update.path, update.queries) == ("0.02", f"/{LOCATION}", ["lt=7200"])
    registered.answer(update, "2.04")

    answer = registered.ask("GET", "/1/0/2", options=observe(0))
    assert answer.code == "2.05" and answer.first(Option.OBSERVE) is not None
    token = answer.token
    assert registered.ask("PUT", "/1/0/2", payload=b"1", options=PLAIN_TEXT).code == "2.04"
    notification = registered.next()
    assert (notification.code, notification.token, notification.payload) == ("2.05", token, b"1")

    gateway.process.terminate()
    farewell = registered.next()
    assert (farewell.code, farewell.path) == ("0.04", f"/{LOCATION}")
    assert gateway.wait_exit() == 0
    registered.modem.wait_forgotten()


@all_ways
def test_blocks(registered):
    """What is longer than a block comes in several, each one short message."""
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


@with_routed
def test_segments_both_ways(registered):
    """The Register took more than one short message; a request may as well."""
    assert len(registered.modem.sent) > 1
    request = registered.request("PUT", "/1/0/1", "x=" + "n" * 120, payload=b"7200", options=PLAIN_TEXT)
    assert len(request.encode()) > 98
    registered.send(request)
    assert registered.next().mid == request.mid
    registered.modem.wait_forgotten()


def test_repeated_request(registered):
    """The server has not had the answer and asks again, with a fresh counter."""
    request = registered.request("GET", "/1/0/1")
    registered.send(request)
    first = registered.next()
    registered.send(request)
    assert registered.next() == first
    assert registered.modem.sent[-1] != registered.modem.sent[-2]


def test_repeated_write(registered):
    """It is answered again, and not done again: another one has come since."""
    writes = [registered.request("PUT", "/1/0/2", payload=value, options=PLAIN_TEXT) for value in (b"5", b"6")]
    for write in (*writes, writes[0]):
        registered.send(write)
        answer = registered.next()
        assert (answer.mid, answer.code) == (write.mid, "2.04")
    assert registered.ask("GET", "/1/0/2").payload == b"6"


@all_ways
def test_R20_silence(registered):
    """A stranger, a replayed packet, one under other keys: acknowledged to the network, and no more."""
    counter = registered.counter
    registered.send(registered.request("GET", "/1/0/1"), number="+12125559999")
    registered.counter = counter - 1
    registered.send(registered.request("GET", "/1/0/1"))
    packets, registered.packets.agreed = registered.packets.agreed, bytes(7)
    registered.send(registered.request("GET", "/1/0/1"))
    registered.packets.agreed = packets
    registered.counter = counter + 10
    assert registered.ask("GET", "/1/0/1").code == "2.05"


@pytest.fixture
def mixed(by_sms, gateway, server, sms_keys):
    """An account that has DTLS and SMS; `keys` are further settings."""
    def start(**keys):
        server.add_psk(IDENTITY, KEY)
        gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY.decode(), lifetime=3600, **sms_keys, **keys)
        gateway.start().wait_bus()
        server.wait_registration(gateway.endpoint, 20)
        eventually(lambda: any(e.parameters and e.parameters.get("sms") == OWN_NUMBER for e in server.events),
                   "our number told, by Register or Update")
        eventually(lambda: state(gateway) == "registered", "registered")
        return server.wait_registration(gateway.endpoint, 20)
    return start


@all_ways
def test_mixed_account(by_sms, server, mixed):
    """Registered over DTLS; what is asked by SMS is answered by SMS, what is asked over DTLS is not."""
    registration = mixed(binding="US")
    answer = by_sms.ask("GET", "/1/0/1")
    assert (answer.code, answer.payload) == ("2.05", b"3600")
    sent, mark = len(by_sms.modem.sent), server.mark()
    assert registration.read("/1/0/1").integer == 3600
    assert by_sms.ask("PUT", "/1/0/1", payload=b"7200", options=PLAIN_TEXT).code == "2.04"
    assert server.wait_event("update", 20, after=mark).parameters["lt"] in (7200, "7200")
    assert len(by_sms.modem.sent) == sent + 1


@all_ways
def test_trigger_over_dtls(by_sms, server, mixed):
    """/1/x/21: an Execute of /1/x/8 by SMS is not answered, and is followed by an Update over DTLS."""
    mixed(trigger="yes")
    by_sms.send(by_sms.request("GET", "/1/0/1"))
    mark = server.mark()
    by_sms.send(by_sms.request("POST", "/1/0/8", payload=b"0='U'"))
    assert server.wait_event("update", 20, after=mark).parameters == {}
    by_sms.modem.wait_forgotten()
    assert not by_sms.modem.sent

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real agent with servers that are reached by UDP and by SMS: what goes which way."""
from __future__ import annotations

import pytest
from gateway import eventually
from modems import OWN_NUMBER
from network import NUMBER
from steps import state

IDENTITY, KEY = b"gateway-17", bytes(range(16))


@pytest.fixture
def account(gateway, server, sms_keys):
    """account(...): the account's lines besides keys and the mode of SMS."""
    server.add_psk(IDENTITY, KEY)

    def write(uri=None, **lines):
        gateway.account(uri or server.uri("psk"), key=KEY, psk_identity=IDENTITY.decode(), lifetime=3600,
                        **sms_keys, **lines)
    return write


@pytest.mark.parametrize("version, binding, told, queue", [
    ("1.0", "US", "US", False), ("1.0", "USQ", "UQS", True), ("1.1", "UQS", "US", True)])
def test_answered_where_asked(by_sms, gateway, server, account, version, binding, told, queue):
    """Register and Update by UDP whatever comes by SMS, whose answer goes by SMS."""
    gateway.configure(Agent={"lwm2m-version": version})
    account(binding=binding)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    assert (registration.version, registration.binding, registration.queue) == (version, told, queue)
    eventually(lambda: any(e.parameters and e.parameters.get("sms") == OWN_NUMBER for e in server.events),
               "our number told, by Register or Update")
    eventually(lambda: state(gateway) == "registered", "registered")
    assert registration.read("/3/0/16").text == "US"
    assert not by_sms.modem.sent

    assert by_sms.ask("GET", "/1/0/7").payload == binding.encode()
    mark = server.mark()
    assert by_sms.ask("POST", "/1/0/8").code == "2.04"
    assert server.wait_event("update", 20, after=mark).parameters == {}
    assert by_sms.ask("POST", "/1/0/9").code == "4.04"
    error = "bootstrap asked for by SMS: there is no Bootstrap-Server"
    eventually(lambda: error in gateway.ctl("status"), "told on D-Bus")


@pytest.mark.parametrize("version, binding", [("1.0", "UQ"), ("1.1", "U")])
def test_not_heard(by_sms, gateway, server, account, version, binding):
    """Neither S in the binding nor a trigger: no word by SMS, and no number for one."""
    gateway.configure(Agent={"lwm2m-version": version})
    account(binding=binding)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    assert registration.binding == binding
    eventually(lambda: state(gateway) == "registered", "registered")
    by_sms.send(by_sms.request("GET", "/1/0/1"))
    by_sms.modem.wait_forgotten()
    assert registration.read("/1/0/1").integer == 3600
    assert not by_sms.modem.sent
    assert all("sms" not in (event.parameters or {}) for event in server.events)


def test_falls_back(by_sms, gateway, account):
    """Nobody there by UDP: the registration goes by SMS."""
    account(uri="coaps://127.0.0.1:1", binding="US", **{"sms-fallback": "yes"})
    gateway.configure(Network={"handshake-limit": 2})
    gateway.start().wait_bus()
    request = by_sms.next()
    assert (request.code, request.path) == ("0.02", "/rd")
    assert "b=US" in request.queries
    by_sms.answer(request, "2.01", "rd/7a")
    eventually(lambda: state(gateway) == "registered", "registered by SMS")
    assert by_sms.ask("GET", "/1/0/1").payload == b"3600"


def test_budget_survives(by_sms, gateway, sms_keys):
    """What was sent in this hour is known after a power cut."""
    gateway.configure(Sms={"budget-per-hour": 3})
    gateway.account(f"tel:{NUMBER}", mode="nosec", lifetime=3600, binding="S", **sms_keys)
    gateway.start().wait_bus()
    by_sms.answer(by_sms.next(), "2.01", "rd/7a")
    eventually(lambda: state(gateway) == "registered", "registered by SMS")
    sent = len(by_sms.modem.sent)
    for _ in range(3 - sent):
        by_sms.ask("GET", "/1/0/1")
    assert len(by_sms.modem.sent) == 3
    gateway.kill()
    gateway.start().wait_bus()
    eventually(lambda: "budget" in gateway.log(), "the Register is not sent")
    assert "Budget  0 left this hour" in gateway.ctl("sms")
    assert len(by_sms.modem.sent) == 3

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests by SMS have in common."""
from __future__ import annotations

import queue

import pytest
from gateway import Gateway, eventually
from lwm2m_server.coap import Message, Option
from modems import KINDS, OWN_NUMBER, REAL
from network import SmsServer



def ways(*kinds: str) -> pytest.MarkDecorator:
    """The modem of the test is each of these, one after the other."""
    return pytest.mark.parametrize("modem", [
        pytest.param(kind, marks=[pytest.mark.root] if kind in ("mbim", *REAL) else []) for kind in kinds], indirect=True)


all_ways = ways("plain", "qmi", "mbim")
with_routed = ways(*KINDS)

PLAIN_TEXT = [(Option.CONTENT_FORMAT, b"")]
LOCATION = "rd/7a"


def observe(value: int) -> list[tuple[int, bytes]]:
    return [(Option.OBSERVE, bytes([value]) if value else b"")]


def state(gateway: Gateway, ssid: int = 101) -> str:
    return next(s for s in gateway.status()["servers"] if s["server"] == ssid)["state"]


def register(by_sms: SmsServer, gateway: Gateway) -> None:
    """The agent starts, and registers by SMS."""
    gateway.start().wait_bus()
    try:
        request = by_sms.next()
    except queue.Empty:
        pytest.fail(f"no Register; {len(by_sms.modem.sent)} short messages were sent\n{gateway.log()}")
    answer_register(by_sms, gateway, request)


def answer_register(by_sms: SmsServer, gateway: Gateway, request: Message) -> None:
    assert (request.code, request.path) == ("0.02", "/rd")
    assert set(request.queries) == {f"ep={gateway.endpoint}", "lt=3600", "lwm2m=1.1", "b=S", f"sms={OWN_NUMBER}"}
    assert b"</1/0>,</3/0>" in request.payload
    by_sms.answer(request, "2.01", LOCATION)
    eventually(lambda: state(gateway) == "registered", "registered by SMS")

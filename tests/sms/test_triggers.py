# SPDX-License-Identifier: LGPL-2.1-or-later
"""Triggers by SMS without security: the real agent acts on them later, and says nothing."""
from __future__ import annotations

import time

import pytest
from gateway import eventually
from network import NUMBER
from steps import state
from tpdu import Short

IDENTITY, KEY = b"gateway-17", bytes(range(16))
# Core 1.0, appendix L
TRIGGER = bytes.fromhex("4402B60B2161FB63B13101300138")
PUSH_HEADER, PORTS = bytes.fromhex("010603C4AF9A"), bytes.fromhex("05040B84C002")


def short(data: bytes, header: bytes = b"", number: str = NUMBER) -> Short:
    return Short(number, data, header, 0x00, 0x04)


@pytest.mark.parametrize("message", [short(TRIGGER), short(PUSH_HEADER + TRIGGER, PORTS)], ids=["bare", "push"])
def test_trigger(by_sms, gateway, server, message):
    server.add_psk(IDENTITY, KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY.decode(), lifetime=3600,
                    trigger="yes", **{"sms-mode": "nosec", "sms-number": NUMBER})
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    eventually(lambda: any(e.parameters and "sms" in e.parameters for e in server.events), "our number told")
    eventually(lambda: state(gateway) == "registered", "registered")
    mark = server.mark()
    begin = time.monotonic()
    by_sms.modem.deliver(short(TRIGGER, number="+12125559999"))
    by_sms.modem.deliver(short(b"\x44\x02\xB6\x0C" + TRIGGER[4:-1] + b"7"))
    by_sms.modem.deliver(short(TRIGGER, bytes.fromhex("05041633C002")))
    by_sms.modem.deliver(message)
    by_sms.modem.deliver(message)
    assert server.wait_event("update", 30, after=mark).parameters == {}
    assert time.monotonic() - begin >= 1
    assert [by_sms.modem.acknowledged.get(timeout=5) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert not by_sms.modem.sent

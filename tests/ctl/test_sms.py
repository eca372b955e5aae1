# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem and short messages, and what an SMS account needs."""
import json

import pytest

from fake_agent import SMS


@pytest.fixture
def modem(agent):
    agent.sms = {**SMS, "Counters": dict(SMS["Counters"])}
    return agent


def test_screen(ctl, modem):
    assert ctl("sms").out.splitlines() == [
        "● SMS   qmi /dev/cdc-wdm0   ready",
        "     Received  12 messages, 19 segments",
        "         Sent  9 messages, 14 segments",
        "      Dropped  sender 2, malformed 1",
        "   Reassembly  timeout 2",
        "      Reports  delivered 7"]


def test_what_is_wrong(ctl, modem):
    modem.sms["Device"] = ""
    modem.sms["State"] = "locked"
    modem.sms["Counters"].update({"send-failed": 3, "segments-conflicting": 4})
    lines = ctl("sms").out.splitlines()
    assert lines[0] == "● SMS   qmi   locked"
    assert "         Sent  9 messages, 14 segments, 3 refused" in lines
    assert "       Forged  4 segments conflict" in lines


def test_json(ctl, modem):
    assert json.loads(ctl("sms", "-j").out) == {
        "backend": "qmi", "device": "/dev/cdc-wdm0", "state": "ready", "counters": SMS["Counters"]}


def test_terse_and_fields(ctl, modem):
    lines = ctl("sms", "-t").out.splitlines()
    assert lines[:3] == ["backend=qmi", "device=/dev/cdc-wdm0", "state=ready"]
    assert ctl("sms", "-t", "-f", "state").out == "state=ready\n"
    assert ctl("sms", "-f", "state").out.split() == ["State", "ready"]
    assert "there are backend, device, state, counters" in ctl("sms", "-f", "number", code=2).err


def test_no_modem(ctl, agent):
    assert "no modem service" in ctl("sms", code=5).err
    assert "SMS" not in ctl().out
    assert "sms" not in json.loads(ctl("-j").out)


def test_status(ctl, modem):
    modem.add_server(101)
    assert "          SMS  qmi /dev/cdc-wdm0   ready   12 in, 9 out, 3 dropped" in ctl().out.splitlines()
    assert "SMS" not in ctl("status", "101").out
    assert "sms.state=ready" in ctl("-t").out.splitlines()
    assert json.loads(ctl("-j").out)["sms"]["counters"]["dropped-sender"] == 2
    assert "sms" not in ctl("-j", "-f", "state").out


def test_add_server(ctl, agent):
    ctl("server-add", "tel:+12125550178", "ssid=7", "binding=SQ", "sms-mode=secured-packet-device",
        "sms-options=cc=4,por=yes", "trigger=yes")
    assert agent.calls[-1] == ("AddServer", "/org/lwm2md1", ({
        "uri": "tel:+12125550178", "ssid": 7, "binding": "SQ", "sms-mode": "secured-packet-device",
        "sms-options": "cc=4,por=yes", "trigger": True},))
    assert "neither 'yes' nor 'no'" in ctl("server-add", "tel:+1", "ssid=7", "trigger=maybe", code=2).err


def test_key_set(ctl, agent):
    agent.add_server(7)
    assert ctl("key-set", "7", "sms-key", data=bytes(32)).out == (
        "Server 7: sms-key set, 32 bytes. Used from the next message on.\n")
    assert agent.key_data == bytes(32)

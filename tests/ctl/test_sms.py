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
        "      Reports  delivered 7",
        "       Budget  86 left this hour, 461 left this day"]


def test_what_is_wrong(ctl, modem):
    modem.sms["Device"] = ""
    modem.sms["State"] = "locked"
    modem.sms["StorageFull"] = True
    modem.sms["BudgetLeft"] = {"day": 0}
    modem.sms["Counters"].update({"send-failed": 3, "segments-conflicting": 4})
    lines = ctl("sms").out.splitlines()
    assert lines[0] == "● SMS   qmi   locked, storage full"
    assert "       Budget  0 left this day" in lines
    assert "         Sent  9 messages, 14 segments, 3 refused" in lines
    assert "       Forged  4 segments conflict" in lines


def test_json(ctl, modem):
    assert json.loads(ctl("sms", "-j").out) == {
        "backend": "qmi", "device": "/dev/cdc-wdm0", "state": "ready", "counters": SMS["Counters"],
        "storage-full": False, "budget-left": {"hour": 86, "day": 461}, "servers": []}


def test_terse_and_fields(ctl, modem):
    lines = ctl("sms", "-t").out.splitlines()
    assert lines[:3] == ["backend=qmi", "device=/dev/cdc-wdm0", "state=ready"]
    assert ctl("sms", "-t", "-f", "state").out == "state=ready\n"
    assert ctl("sms", "-f", "state").out.split() == ["State", "ready"]
    assert "there are backend, device, state, counters, storage-full, budget-left" in ctl("sms", "-f", "number", code=2).err


STATISTICS = {
    "observations": 3, "notifications": 0, "sms-heard": 1, "sms-last-received": 1012, "sms-last-sent": 64,
    "sms-receive-left": 1099511626762, "sms-send-left": 1099511627710, "sms-accepted": 12, "sms-sent": 9,
    "sms-rejected-malformed": 0, "sms-rejected-checksum": 2, "sms-rejected-counter": 5, "sms-ignored": 3}
SECURED = ("secured-packet", "AES-128, CMAC 8, key set 1")


@pytest.fixture
def secured(modem):
    """A server by SMS alone, one beside IP, one without."""
    modem.add_server(101)
    modem.add_server(102, SmsSecurity=SECURED, Security=("secured-packet", "secured-packet 1.0"),
                     CipherSuite=0, Resumed=False, Statistics=dict(STATISTICS))
    modem.add_server(103, SmsSecurity=("secured-packet", ""), Statistics={"sms-heard": 0, "sms-ignored": 0},
                     LastError=(1700000000, "org.lwm2md1.Error.NotConfigured", "sms: the key is missing"))
    return modem


def test_servers_screen(ctl, secured):
    page = ctl("sms").out
    assert page[page.index("\n\n") + 2:].split("\n\n")[0].splitlines() == [
        "● Server 102   heard",
        "     Security  secured-packet, AES-128, CMAC 8, key set 1",
        "     Received  12 accepted, last counter 1012",
        "         Sent  9, next counter 65",
        "     Rejected  checksum 2, counter 5",
        "       Others  ignored 3"]
    assert page[page.index("● Server 103"):].splitlines()[:2] == [
        "● Server 103   not heard", "     Security  secured-packet"]
    assert "sms: the key is missing" in page.splitlines()[-1]
    assert "Server 101" not in page


def test_servers_left(ctl, secured):
    assert "Left" not in ctl("sms").out
    secured.servers[102]["Statistics"].update({"sms-receive-left": 1000, "sms-send-left": 0})
    assert "         Left  to receive 1000, to send 0: other keys are needed" in ctl("sms").out.splitlines()


def test_servers_json(ctl, secured):
    servers = json.loads(ctl("sms", "-j").out)["servers"]
    assert [(s["server"], s["security"], s["suite"], s["heard"]) for s in servers] == [
        (102, *SECURED, True), (103, "secured-packet", "", False)]
    assert servers[0]["counters"]["rejected-counter"] == 5
    assert "heard" not in servers[0]["counters"] and "observations" not in servers[0]["counters"]


def test_servers_terse(ctl, secured):
    lines = ctl("sms", "-t").out.splitlines()
    assert "server.102.suite=AES-128, CMAC 8, key set 1" in lines
    counters = next(line for line in lines if line.startswith("server.102.counters="))
    assert "accepted" in counters and "1012" in counters
    assert ctl("sms", "-t", "-f", "state").out == "state=ready\n"


def test_status_of_sms_only(ctl, secured):
    assert "     Security  secured-packet, AES-128, CMAC 8, key set 1" in ctl("status", "102").out.splitlines()
    assert "     Security  psk, PSK-AES128-CCM8, resumed" in ctl("status", "103").out.splitlines()


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

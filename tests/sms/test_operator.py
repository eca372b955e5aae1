# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a person sees of short messages and can do about them, with the real agent."""
from __future__ import annotations

import dataclasses
import json

from gateway import eventually
from network import KEYS, NUMBER, PARAMETERS, SmsServer
from secured_packet import Packets
from steps import answer_register, register, state
from tpdu import COMMAND, Short, read_submit

OTHER_KEYS = KEYS[::-1]


def server_of(gateway, ssid=101):
    page = json.loads(gateway.ctl("sms", "--json"))
    return next(server for server in page["servers"] if server["server"] == ssid)


def counters(gateway):
    return server_of(gateway)["counters"]


def wait_counters(gateway, **expected):
    def compare():
        now = counters(gateway)
        return all(now[name.replace("_", "-")] == value for name, value in expected.items())
    eventually(compare, f"{expected} among the counters")


def deliver(by_sms, packet):
    """A packet of one short message."""
    by_sms.modem.deliver(Short(NUMBER, packet, COMMAND))


def test_counters_outlive_the_bus(registered, gateway, bus, modem):
    """They are the agent's: neither the bus nor the modem's service takes them along."""
    def sms():
        return json.loads(gateway.ctl("sms", "--json"))

    assert registered.ask("GET", "/1/0/1").code == "2.05"
    before = sms()
    seen = len(gateway.lines)
    modem.kill()
    bus.stop()
    bus.start()
    modem.start()
    gateway.wait_log("owns org.lwm2md1", after=seen)
    gateway.wait_log("/dev/simulated ready", after=seen)
    after = sms()
    for name in ("messages-received", "messages-sent", "segments-received", "segments-sent"):
        assert after["counters"][name] >= before["counters"][name] > 0
    assert after["budget-left"] == {}, "there is no limit"


def test_why_a_server_is_not_heard(registered, gateway):
    """Each reason is counted under its name; nothing of keys or numbers is shown."""
    server = server_of(gateway)
    assert (server["security"], server["suite"], server["heard"]) == (
        "secured-packet-device", "AES-128, CMAC 8, key set 1", True)
    assert "secured-packet-device, AES-128, CMAC 8, key set 1" in gateway.ctl("status", "101")
    wait_counters(gateway, accepted=1, last_received=registered.counter, sent=1, last_sent=registered.heard)

    read = registered.request("GET", "/1/0/1").encode()
    good = registered.packets
    deliver(registered, good.seal(registered.counter, read))
    deliver(registered, Packets(PARAMETERS, OTHER_KEYS).seal(5000, read))
    deliver(registered, Packets(bytes.fromhex("12121600BFFF01"), KEYS).seal(5000, read))
    deliver(registered, good.seal(5000, read)[:-1])
    deliver(registered, good.seal(5000, registered.request("POST", "/rd", "ep=x").encode()))
    wait_counters(gateway, rejected_counter=1, rejected_checksum=1, rejected_parameters=1, rejected_malformed=1,
                  rejected_reflected=1, accepted=1, last_received=registered.counter)
    assert registered.ask("GET", "/1/0/1").code == "2.05"
    page = gateway.ctl("sms")
    assert "● Server 101   heard" in page
    assert "Rejected  malformed 1, parameters 1, checksum 1, counter 1, reflected 1" in page
    assert NUMBER.lstrip("+") not in page + gateway.ctl("sms", "--json") + gateway.ctl("sms", "--terse")


def test_R20_reflected_after_power_cuts(account, by_sms, gateway):
    """Our own packets come back, from before a restart and with higher counters than the server's: not one of them
    counts as the server's, whose next packet is taken."""
    by_sms.counter = 0
    register(by_sms, gateway)
    gateway.kill()
    register(by_sms, gateway)
    assert by_sms.ask("GET", "/1/0/1").code == "2.05"
    gateway.kill()
    ours = [read_submit(tpdu) for tpdu in by_sms.modem.sent]
    assert by_sms.heard > by_sms.counter
    register(by_sms, gateway)
    assert counters(gateway)["last-received"] == by_sms.counter
    for short in ours:
        by_sms.modem.deliver(dataclasses.replace(short, number=NUMBER))
    eventually(lambda: counters(gateway)["rejected-reflected"] >= 2, "packets of ours, known")
    assert by_sms.ask("GET", "/1/0/1").code == "2.05"
    wait_counters(gateway, last_received=by_sms.counter, accepted=2, jumps=0)


def set_keys(gateway, keys):
    gateway.ctl("key-set", "101", "sms-parameters", data=PARAMETERS)
    gateway.ctl("key-set", "101", "sms-key", data=keys)


def test_R17_lost_counters(modem, by_sms, gateway):
    """Counters that are lost are told of, also after a restart; the same keys do not help, other keys do."""
    gateway.start().wait_bus()
    gateway.ctl("server-add", f"tel:{NUMBER}", "ssid=101", "lifetime=3600", "binding=S",
                "sms-mode=secured-packet-device")
    set_keys(gateway, KEYS)
    answer_register(by_sms, gateway, by_sms.next())
    gateway.kill()
    (gateway.state / "counters-101").unlink()

    gateway.start().wait_bus()
    gateway.wait_log("the stored counters are damaged: other keys are needed", after=gateway.started)
    for _ in range(2):
        eventually(lambda: state(gateway) == "failed", "failed")
        assert not server_of(gateway)["heard"]
        assert "● Server 101   not heard" in gateway.ctl("sms")
        after = len(gateway.lines)
        set_keys(gateway, KEYS)
        gateway.wait_log("the counters of these keys were lost: other keys are needed", after=after)
        gateway.kill()
        gateway.start().wait_bus()
        gateway.wait_log("the counters of these keys were lost", after=gateway.started)

    other = SmsServer(modem, NUMBER, Packets(PARAMETERS, OTHER_KEYS))
    set_keys(gateway, OTHER_KEYS)
    answer_register(other, gateway, other.next())
    assert other.ask("GET", "/1/0/1").code == "2.05"
    assert server_of(gateway)["heard"]

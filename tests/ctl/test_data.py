# SPDX-License-Identifier: LGPL-2.1-or-later
import json

import pytest
from gi.repository import GLib

V = GLib.Variant


@pytest.fixture
def device(agent):
    agent.values = {
        "/3/0/13": V("x", 1700000000), "/3/0/9": V("x", -87), "/3/0/0": V("s", 'A "B"\n\\é'),
        "/3/0/11": V("a{qv}", {0: V("x", 0), 2: V("x", 7)}), "/3303/0/5700": V("d", 21.5),
        "/3303/0/1": V("d", float("nan")), "/3303/0/2": V("b", True),
        "/3303/0/3": V("ay", b"\x00\xff\x10"), "/3303/0/4": V("(qq)", (3, 0)),
        "/3303/0/5": V("t", 2**64 - 1), "/3303/0/6": V("d", 0.1),
    }
    return agent


def test_screen(ctl, device):
    lines = [line.split("  ") for line in ctl("read", "/3", "/3303").out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert rows[:5] == [
        ["/3/0/0", "Manufacturer", r'A "B"\x0a\é'], ["/3/0/9", "Battery Level", "-87"],
        ["/3/0/11/0", "Error Code", "0"], ["/3/0/11/2", "Error Code", "7"],
        ["/3/0/13", "Current Time", "1700000000"]]
    assert ["/3303/0/3", "00ff10"] in rows and ["/3303/0/4", "3:0"] in rows
    assert ["/3303/0/2", "true"] in rows and ["/3303/0/6", "0.1"] in rows
    assert device.calls == [("Read", "/org/lwm2md1", (["/3", "/3303"], {}))]


def test_terse_is_the_text_format(ctl, device):
    lines = ctl("read", "-t", "/3", "/3303").out.splitlines()
    for line in ("/3/0/11/2=7", "/3303/0/2=1", "/3303/0/3=AP8Q", "/3303/0/4=3:0",
                 "/3303/0/5=18446744073709551615", "/3303/0/5700=21.5"):
        assert line in lines
    assert ctl("read", "/3", "-t", "-f", "value,path").out.splitlines()[1] == "-87\t/3/0/9"


def test_json(ctl, device):
    values = json.loads(ctl("read", "-j", "/3", "/3303").out)
    assert values == {
        "/3/0/0": 'A "B"\n\\é', "/3/0/9": -87, "/3/0/11": {"0": 0, "2": 7}, "/3/0/13": 1700000000,
        "/3303/0/1": None, "/3303/0/2": True, "/3303/0/3": "AP8Q", "/3303/0/4": "3:0",
        "/3303/0/5": 2**64 - 1, "/3303/0/6": 0.1, "/3303/0/5700": 21.5}
    assert list(values)[:3] == ["/3/0/0", "/3/0/9", "/3/0/11"]
    assert json.loads(ctl("read", "--json=pretty", "/3").out) == values


def test_identity_is_masked(ctl, agent):
    agent.values = {"/0/0/3": V("ay", b"gateway-7")}
    for how in ("-t", "-j", "-q"):
        result = ctl("read", "/0/0", how)
        assert "gateway" not in result.out and "676174657761792d37" not in result.out
    agent.values = {"/0/0/3": V("s", "gateway-0000007")}
    assert ctl("read", "/0/0/3", "-t").out == "/0/0/3=gateway…007\n"
    assert ctl("read", "/0/0/3", "-t", "--show-personal").out == "/0/0/3=gateway-0000007\n"


def test_read_errors(ctl, agent):
    agent.fail["Read"] = ("org.lwm2md1.Error.NotFound", "/4: no such object")
    assert ctl("read", "/3", "/4", code=5).err == "lwm2mctl: /4: not found: no such object\n"
    agent.fail["Read"] = ("org.lwm2md1.Error.NotAllowed", "/0/0/5: a secret cannot be read")
    assert ctl("read", "/0/0/5", code=4).err == \
        "lwm2mctl: /0/0/5: not allowed: a secret cannot be read\n"
    agent.fail["Read"] = ("org.lwm2md1.Error.NotFound", "/4: not found")
    assert ctl("read", "/4", code=5).err == "lwm2mctl: /4: not found\n"


def test_write(ctl, agent):
    assert ctl("write", "/1/0/1=60", "/3/0/15=Europe/Vienna=x", "/1/0/2=-5").out == ""
    assert agent.calls == [("Write", "/org/lwm2md1", (
        {"/1/0/1": "60", "/3/0/15": "Europe/Vienna=x", "/1/0/2": "-5"}, {}))]
    ctl("write", "--replace", "/1/0/1=")
    assert agent.calls[-1][2] == ({"/1/0/1": ""}, {"replace": True})
    agent.fail["Write"] = ("org.lwm2md1.Error.NotAllowed",
                           "/3303/0/5700: the resource cannot be written")
    assert ctl("write", "/3303/0/5700=20", code=4).err == \
        "lwm2mctl: /3303/0/5700: not allowed: the resource cannot be written\n"
    agent.fail["Write"] = ("org.lwm2md1.Error.BadValue", "")
    assert ctl("write", "/1/0/1=x", code=1).err == "lwm2mctl: /1/0/1: bad value\n"


def test_execute(ctl, agent):
    assert ctl("execute", "/3/0/4").out == ""
    ctl("execute", "/1/0/8", "0='a',1")
    assert [call[2] for call in agent.calls] == [("/3/0/4", "", {}), ("/1/0/8", "0='a',1", {})]
    agent.fail["Execute"] = ("org.lwm2md1.Error.NotAllowed", "cannot be executed")
    assert ctl("execute", "/3/0/0", code=4).err == \
        "lwm2mctl: /3/0/0: not allowed: cannot be executed\n"

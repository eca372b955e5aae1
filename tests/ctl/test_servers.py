# SPDX-License-Identifier: LGPL-2.1-or-later
import json

import pytest

PATH = "/org/lwm2md1/server/"


@pytest.fixture
def servers(agent):
    agent.add_server(101)
    agent.add_server(102)
    return agent


@pytest.mark.parametrize("verb, method, done", [
    ("register", "Register", "registered"),
    ("update", "Update", "updated"),
    ("deregister", "Deregister", "deregistered"),
])
def test_actions(ctl, servers, verb, method, done):
    assert ctl(verb, "101").out == f"Server 101: {done}\n"
    assert servers.calls == [(method, PATH + "101", ({"wait": True},))]
    assert sorted(ctl(verb).out.splitlines()) == [f"Server 101: {done}", f"Server 102: {done}"]
    assert ctl(verb, "-q", "102").out == ""
    assert ctl(verb, "-t", "102").out == f"102\t{done}\n"
    assert json.loads(ctl(verb, "-j", "102").out) == [{"server": 102, "result": done}]
    servers.calls.clear()
    assert "asked for" in ctl(verb, "101", "--no-wait").out
    assert servers.calls == [(method, PATH + "101", ({"wait": False},))]


def test_update_objects(ctl, servers):
    ctl("update", "101", "--objects")
    assert servers.calls[-1][2] == ({"wait": True, "objects": True},)
    assert "for another verb" in ctl("register", "--objects", code=2).err


@pytest.mark.parametrize("name, code, words", [
    ("NotFound", 5, "not found"), ("NotAllowed", 4, "not allowed"),
    ("NotAuthorized", 4, "not authorized"), ("BadValue", 1, "bad value"),
    ("NotSupported", 1, "not supported"), ("NotConfigured", 1, "not configured"),
    ("NotConnected", 1, "not connected"), ("Busy", 1, "busy"), ("Timeout", 7, "timed out"),
    ("Refused", 6, "refused"), ("Failed", 1, "failed"),
])
def test_each_error(ctl, servers, name, code, words):
    servers.fail["Register"] = (f"org.lwm2md1.Error.{name}", "4.03 Forbidden")
    result = ctl("register", "101", code=code)
    assert result.err == f"lwm2mctl: server 101: {words}: 4.03 Forbidden\n"
    assert result.out == ""


def test_one_of_two_fails(ctl, servers):
    servers.fail["Register", 101] = ("org.lwm2md1.Error.Refused", "4.00 Bad Request")
    result = ctl("register", code=6)
    assert result.out == "Server 102: registered\n"
    assert result.err == "lwm2mctl: server 101: refused: 4.00 Bad Request\n"


def test_bus_errors(ctl, servers):
    servers.fail["Update"] = ("org.freedesktop.DBus.Error.AccessDenied", "no")
    assert ctl("update", "101", code=4).err == "lwm2mctl: server 101: not authorized: no\n"
    assert ctl("register", "33", code=5).err.startswith("lwm2mctl: server 33: not found")


@pytest.mark.parametrize("text", [
    'Rejected send message, 3 matched rules; type="method_call", sender=":1.9"',
    "Sender is not authorized to send message",
])
def test_refused_by_the_bus(ctl, servers, text):
    """In words that say what to do, instead of the bus's rules."""
    servers.fail["Update"] = ("org.freedesktop.DBus.Error.AccessDenied", text)
    assert ctl("update", "101", code=4).err == \
        "lwm2mctl: server 101: not authorized: only root may; use sudo\n"


def test_timeout(ctl, servers):
    servers.silent.add("Register")
    result = ctl("register", "101", "--timeout=1", code=7)
    assert result.err == "lwm2mctl: server 101: no answer in time\n"


@pytest.mark.parametrize("verb", [
    ("status",), ("register",), ("register", "101"), ("observations",), ("read", "/3"),
    ("write", "/1/0/1=60"), ("execute", "/3/0/4"), ("server-add", "coap://h", "ssid=1"),
    ("server-remove", "1"), ("key-clear", "1", "psk"), ("keys",), ("keys", "1"), ("plugins",),
    ("log-level",), ("log-level", "debug"),
])
def test_no_agent(ctl, verb):
    result = ctl(*verb, code=3)
    assert result.err == "lwm2mctl: lwm2md: not running\n" and result.out == ""


@pytest.fixture
def startable(services, tmp_path):
    """What appears when the bus starts an agent, which then ends at once."""
    started = tmp_path / "started"
    (services / "org.lwm2md1.service").write_text(
        f"[D-BUS Service]\nName=org.lwm2md1\nExec=/bin/sh -c 'touch {started}; exit 1'\n")
    return started


def test_looking_does_not_start_the_agent(startable, ctl):
    ctl("status", code=3)
    ctl("version")
    assert not startable.exists()
    result = ctl("register", "101", code=3)
    assert startable.exists()
    assert result.err.startswith("lwm2mctl: lwm2md: not running: ")


def test_no_bus(ctl):
    result = ctl(code=3, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent")
    assert result.err.startswith("lwm2mctl: lwm2md: not running: ")


def test_session_bus(ctl, agent, bus):
    nowhere = "unix:path=/nonexistent"
    ctl("--session", DBUS_SYSTEM_BUS_ADDRESS=nowhere, DBUS_SESSION_BUS_ADDRESS=bus)
    ctl("--system", DBUS_SESSION_BUS_ADDRESS=nowhere)


@pytest.mark.parametrize("args", [
    ("frobnicate",), ("--frobnicate",), ("-x",), ("read",), ("plugins", "x"), ("execute",),
    ("execute", "/3/0/4", "1", "2"), ("status", "1", "2"), ("register", "x"), ("register", "0"),
    ("--timeout",), ("--timeout=0",), ("--timeout=x",), ("--json=ugly",), ("-f",), ("key-set", "1"),
    ("read", "3/0"), ("write", "/1/0/1"), ("write", "1=2"), ("observations", "-f", "x"),
    ("register", "-f", "x"), ("keys", "-f", "x"), ("read", "/3", "-f", "x"), ("read", b"/\xff"),
    ("server-add", "coap://h"), ("server-add", "coap://h", "ssid=70000"),
    ("server-add", "coap://h", "ssid=1", "psk=secret"), ("server-add", "coap://h", "ssid=1", "x"),
    ("server-remove", "x"), ("key-clear", "x", "psk"), ("read", "/3", "--replace"),
    ("key-set", "1", "psk", "--encoding=pem"),
])
def test_usage(ctl, agent, args):
    result = ctl(*args, code=2)
    assert result.err.startswith("lwm2mctl: ") and len(result.err.splitlines()) == 1
    assert result.out == ""
    assert agent.calls == []


def test_help(ctl):
    out = ctl("--help").out
    for verb in ("status", "register", "update", "deregister", "observations", "read", "write",
                 "execute", "server-add", "server-remove", "key-set", "key-clear", "keys",
                 "plugins", "log-level", "version"):
        assert f"\n  {verb} " in out


def test_observations(ctl, servers):
    from gi.repository import GLib
    servers.observations[101] = [
        (["/3/0/9"], b"\x01\xab", {"pmin": GLib.Variant("u", 10), "pmax": GLib.Variant("u", 60)}, 4),
        (["/3/0/13", "/1/0/1"], b"", {"pmin": GLib.Variant("u", 0)}, 0)]
    lines = [line.split() for line in ctl("observations").out.splitlines()]
    assert lines[0] == ["SERVER", "PATH", "TOKEN", "PMIN", "PMAX", "NOTIFICATIONS"]
    assert lines[1] == ["101", "/3/0/9", "01ab", "10", "60", "4"]
    assert lines[2] == ["101", "/3/0/13,", "/1/0/1", "0", "0"]
    assert json.loads(ctl("observations", "101", "-j").out)[1] == {
        "server": 101, "paths": ["/3/0/13", "/1/0/1"], "token": "", "pmin": 0, "pmax": None,
        "notifications": 0}
    assert ctl("observations", "102").out == ""
    assert ctl("observations", "102", "-j").out == "[]\n"
    ctl("observations", "103", code=5)

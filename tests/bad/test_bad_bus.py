# SPDX-License-Identifier: LGPL-2.1-or-later
"""D-Bus is away, goes away, comes back, or somebody else has our name: the servers notice nothing."""
from __future__ import annotations

import subprocess
import time

import pytest
from gateway import Gateway
from tools import assert_idle, calm, register

NAME = "org.lwm2md1"


def trigger(server, registration):
    """An Update on request: the agent and its server are well."""
    mark = server.mark()
    registration.execute("/1/0/8").expect("2.04")
    server.wait_event("update", 10, after=mark)


def test_absent(server, gateway, bus):
    """No bus at start: told, registered all the same; owned as soon as there is one."""
    bus.stop()
    gateway.account(server.uri("nosec"))
    gateway.start()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("no D-Bus, going on without")
    trigger(server, registration)
    assert_idle(gateway)
    bus.start()
    gateway.wait_bus()
    assert gateway.status()["servers"][0]["state"] == "registered"
    assert len([e for e in server.events if e.kind == "register"]) == 1


def test_dies_and_comes_back(server, gateway, bus):
    """Several times: registered throughout, and the name is owned again."""
    registration = register(gateway, server, "nosec")
    for _ in range(3):
        mark = len(gateway.lines)
        bus.stop()
        gateway.wait_log("connection lost", after=mark)
        trigger(server, registration)
        bus.start()
        gateway.wait_log(f"owns {NAME}", after=mark)
        assert gateway.status()["servers"][0]["state"] == "registered"
    assert len([e for e in server.events if e.kind == "register"]) == 1
    assert "cannot own" not in gateway.log()
    assert_idle(gateway)


def test_killed_under_load(server, gateway, bus):
    """The bus is killed while methods are under way."""
    registration = register(gateway, server, "nosec")
    callers = [subprocess.Popen([str(gateway.build / "dbus/lwm2mctl/lwm2mctl"), *verb],
                                env={"DBUS_SYSTEM_BUS_ADDRESS": bus.address},
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for verb in (("update", "101"), ("status",), ("read", "/3/0"), ("deregister", "7")) * 4]
    bus.process.kill()
    bus.stop()
    for caller in callers:
        caller.wait(20)
    gateway.wait_log("connection lost")
    trigger(server, registration)
    mark = len(gateway.lines)
    bus.start()
    gateway.wait_log(f"owns {NAME}", after=mark)
    assert_idle(gateway)


def test_away_for_long(server, gateway, bus):
    """Attempts become rarer; they do not fill the log."""
    gateway.configure(Log={"level": "warning"})
    gateway.account(server.uri("nosec"))
    bus.stop()
    gateway.start()
    server.wait_registration(gateway.endpoint, 20)
    assert_idle(gateway, 4)
    assert gateway.log().count("no D-Bus") <= 3
    bus.start()


OWNER = """
import sys
from gi.repository import Gio, GLib
connection = Gio.DBusConnection.new_for_address_sync(sys.argv[1],
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
reply = connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
    GLib.Variant("(su)", ("org.lwm2md1", 4)), None, 0, -1, None)
print(reply.unpack()[0], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(bus):
    """Somebody who has the name; the function lets go of it."""
    import sys
    process = subprocess.Popen([sys.executable, "-c", OWNER, bus.address], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "1\n"

    def release():
        if process.poll() is None:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()
    yield release
    release()


def test_name_taken(server, gateway, owner):
    """Told as an error; the servers are served; the name is taken over when it is free."""
    gateway.account(server.uri("nosec"))
    gateway.start()
    registration = server.wait_registration(gateway.endpoint, 20)
    line = gateway.wait_log(f"cannot own {NAME}")
    assert "another agent has it" in line
    trigger(server, registration)
    assert_idle(gateway)
    mark = len(gateway.lines)
    owner()
    gateway.wait_log(f"owns {NAME}", after=mark)
    assert gateway.status()["servers"][0]["state"] == "registered"


def test_two_agents(server, gateway, build, tmp_path, bus):
    """The second has no name and steals nothing from the first."""
    register(gateway, server, "nosec")
    other = Gateway(build, tmp_path / "other", bus, "urn:test:other")
    calm(other)
    other.account(server.uri("nosec"))
    other.start()
    try:
        server.wait_registration("urn:test:other", 20)
        other.wait_log("cannot own")
        assert gateway.status()["agent"]["endpoint"] == gateway.endpoint
    finally:
        other.stop()
    assert gateway.status()["agent"]["state"] == "online"


def test_stop_without_bus(server, gateway, bus):
    """SIGTERM while the bus is away: de-registered, and not slower for it."""
    register(gateway, server, "nosec")
    bus.stop()
    gateway.wait_log("connection lost")
    mark = server.mark()
    begin = time.monotonic()
    gateway.stop()
    assert server.wait_event("deregister", 10, after=mark).code == "2.02"
    assert time.monotonic() - begin < 5


def test_garbage_on_the_bus(server, gateway, bus):
    """Calls of methods, interfaces and paths that there are not, with wrong arguments: errors, no more."""
    registration = register(gateway, server, "nosec")
    calls = [("/org/lwm2md1", f"{NAME}.Manager.Nothing"), ("/org/lwm2md1", f"{NAME}.Nothing.Nothing"),
             ("/nowhere", f"{NAME}.Manager.SetLogLevel"), ("/org/lwm2md1", f"{NAME}.DataModel.Read"),
             ("/org/lwm2md1/server/999999", f"{NAME}.Server.Update"),
             ("/org/lwm2md1", f"{NAME}.Credentials.SetKey")]
    for path, member in calls:
        result = subprocess.run(["dbus-send", f"--bus={bus.address}", "--print-reply", f"--dest={NAME}", path,
                                 member, "uint32:4711"], capture_output=True, text=True, timeout=20)
        assert result.returncode == 1 and "Error" in result.stderr, result
    trigger(server, registration)

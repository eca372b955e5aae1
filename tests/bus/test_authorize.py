# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may call the agent: root, those whom polkit lets, and without polkit a group."""
from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import pytest
from client import BusClient
from gateway import Bus, eventually
from gi.repository import Gio, GLib

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can call as another user")

STRANGER = pwd.getpwnam("nobody").pw_uid
POLKIT = "org.freedesktop.PolicyKit1"
POLKIT_XML = f"""<node><interface name="{POLKIT}.Authority"><method name="CheckAuthorization">
<arg type="(sa{{sv}})" direction="in"/><arg type="s" direction="in"/><arg type="a{{ss}}" direction="in"/>
<arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="(bba{{ss}})" direction="out"/>
</method></interface></node>"""

# Calls SetLogLevel as often as told and prints the name of each error, or "done".
CALLER = """
import sys
from gi.repository import Gio, GLib
address, times, flags = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bus = Gio.DBusConnection.new_for_address_sync(
    address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
left = times
def done(connection, result):
    global left
    left -= 1
    try:
        connection.call_finish(result)
        print("done", flush=True)
    except GLib.Error as error:
        print(Gio.DBusError.get_remote_error(error), flush=True)
for _ in range(times):
    bus.call("org.lwm2md1", "/org/lwm2md1", "org.lwm2md1.Manager", "SetLogLevel",
             GLib.Variant("(s)", ("debug",)), None, Gio.DBusCallFlags(flags), 60000, None, done)
while left:
    GLib.MainContext.default().iteration(True)
"""


@pytest.fixture
def bus():
    """Where the stranger can reach it."""
    directory = pathlib.Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    instance = Bus(directory)
    yield instance
    instance.stop()
    shutil.rmtree(directory)


@pytest.fixture
def dbus(gateway, bus):
    gateway.start().wait_bus()
    client = BusClient(bus.address)
    yield client
    client.close()


def turn_until(check):
    def turned():
        GLib.MainContext.default().iteration(False)
        return check()
    eventually(turned, "an event on the bus")


class Polkit:
    """Keeps what it is asked; the test answers."""

    def __init__(self, connection):
        self.asked = []
        connection.register_object(f"/{POLKIT.replace('.', '/')}/Authority",
                                   Gio.DBusNodeInfo.new_for_xml(POLKIT_XML).interfaces[0],
                                   self._on_call, None, None)
        connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                             GLib.Variant("(su)", (POLKIT, 4)), None, 0, 5000, None)

    def _on_call(self, connection, sender, path, interface, method, parameters, invocation):
        self.asked.append((parameters.unpack(), invocation))

    def wait(self, number=1):
        turn_until(lambda: len(self.asked) >= number)
        return self.asked[0][0]

    def answer(self, allowed):
        for _, invocation in self.asked:
            invocation.return_value(GLib.Variant("((bba{ss}))", ((allowed, False, {}),)))
        self.asked = []


def start_caller(bus, times=1, flags=0, groups=()):
    return subprocess.Popen(["/usr/bin/python3", "-c", CALLER, bus.address, str(times), str(flags)],
                            user=STRANGER, group=STRANGER, extra_groups=groups, cwd="/",
                            stdout=subprocess.PIPE, text=True)


def outcome(caller):
    turn_until(lambda: caller.poll() is not None)
    with caller.stdout as stream:
        return stream.read().split()


def test_without_polkit(dbus, bus):
    assert outcome(start_caller(bus)) == ["org.lwm2md1.Error.NotAuthorized"]


@pytest.mark.parametrize("allowed, expected", [(True, "done"), (False, "org.lwm2md1.Error.NotAuthorized")])
def test_polkit_judges(dbus, bus, allowed, expected):
    polkit = Polkit(dbus.connection)
    caller = start_caller(bus)
    subject, action, *_ = polkit.wait()
    assert (subject[0], action) == ("system-bus-name", "org.lwm2md1.control")
    polkit.answer(allowed)
    assert outcome(caller) == [expected]


@pytest.mark.parametrize("flags", [Gio.DBusCallFlags.NONE, Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION])
def test_a_person_is_asked_only_for_callers_who_wait(dbus, bus, flags):
    polkit = Polkit(dbus.connection)
    caller = start_caller(bus, flags=int(flags))
    assert polkit.wait()[3] == (1 if flags else 0)
    polkit.answer(True)
    assert outcome(caller) == ["done"]


def test_strangers_do_not_shut_root_out(dbus, bus):
    """However many calls wait for polkit, those who need not ask it are served."""
    polkit = Polkit(dbus.connection)
    caller = start_caller(bus, times=100)
    polkit.wait(32)
    dbus.call("/org/lwm2md1", "Manager", "SetLogLevel", "(s)", "debug")
    polkit.answer(False)
    results = outcome(caller)
    assert len(results) == 100
    assert results.count("org.lwm2md1.Error.NotAuthorized") == 32
    assert results.count("org.lwm2md1.Error.Busy") == 68


def test_bus_ends_while_polkit_thinks(dbus, bus, gateway):
    """The connection goes with a judgement under way: the agent works on."""
    polkit = Polkit(dbus.connection)
    caller = start_caller(bus, times=3)
    polkit.wait(3)
    bus.stop()
    gateway.wait_log("connection lost")
    outcome(caller)
    bus.start()
    gateway.wait_log("owns org.lwm2md1", after=len(gateway.lines))


def test_stop_while_polkit_thinks(dbus, bus, gateway):
    polkit = Polkit(dbus.connection)
    caller = start_caller(bus)
    polkit.wait()
    gateway.stop()
    assert outcome(caller) == ["org.lwm2md1.Error.Failed"]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Callers who wait on D-Bus, and what happens meanwhile to what they wait for."""
from __future__ import annotations

import os

import pytest
from client import BusClient, DBusFailure, pack
from gi.repository import Gio, GLib
from lwm2m_server import SILENCE

ROOT = "/org/lwm2md1"


@pytest.fixture
def dbus(gateway, bus):
    gateway.start().wait_bus()
    client = BusClient(bus.address)
    yield client
    client.close()


class Call:
    """A call under way."""

    def __init__(self, dbus, path, interface, method, signature, *args, descriptor=None):
        self.result = []
        descriptors = Gio.UnixFDList.new()
        if descriptor is not None:
            descriptors.append(descriptor)
        dbus.connection.call_with_unix_fd_list(
            "org.lwm2md1", path, f"org.lwm2md1.{interface}", method, pack(signature, args), None,
            Gio.DBusCallFlags.NONE, 60000, descriptors, None, self._done)

    def _done(self, connection, result):
        try:
            self.result.append(connection.call_with_unix_fd_list_finish(result)[0].unpack())
        except GLib.Error as error:
            self.result.append(DBusFailure(error))

    def wait(self):
        """The reply; an error reply is raised."""
        while not self.result:
            GLib.MainContext.default().iteration(True)
        if isinstance(self.result[0], DBusFailure):
            raise self.result[0]
        return self.result[0]


def add(dbus, server, ssid=7):
    path, = dbus.call(ROOT, "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri()), "ssid": ("q", ssid)})
    return path


def test_removed_twice_at_once(dbus, server):
    """A server that does not answer the De-register is removed once; a second caller is told Busy."""
    path = add(dbus, server)
    server.wait_registration(timeout=20)
    server.on_deregister = lambda request: SILENCE
    first = Call(dbus, ROOT, "Credentials", "RemoveServer", "(o)", path)
    with pytest.raises(DBusFailure) as failure:
        dbus.call(ROOT, "Credentials", "RemoveServer", "(o)", path)
    assert failure.value.name == "org.lwm2md1.Error.Busy"
    first.wait()
    assert set(dbus.managed_objects()) == {ROOT}


def test_removed_under_a_caller(dbus, server):
    """Who waits for a server that is removed is told."""
    server.on_register = lambda request: SILENCE
    path = add(dbus, server)
    register = Call(dbus, path, "Server", "Register", "(a{sv})", {})
    dbus.call(ROOT, "Credentials", "RemoveServer", "(o)", path)
    with pytest.raises(DBusFailure) as failure:
        register.wait()
    assert failure.value.name == "org.lwm2md1.Error.Failed"


def test_error_is_of_this_call(dbus, server, gateway):
    """An earlier error of the server is not the reason why a later call fails."""
    server.on_register = lambda request: "4.03"
    path = add(dbus, server)
    gateway.wait_log("4.03 Forbidden")
    with pytest.raises(DBusFailure) as failure:
        dbus.call(path, "Server", "Register", "(a{sv})", {})
    assert failure.value.name == "org.lwm2md1.Error.Refused" and "4.03 Forbidden" in str(failure.value)
    with pytest.raises(DBusFailure) as failure:
        dbus.call(path, "Server", "Update", "(a{sv})", {})
    assert failure.value.name == "org.lwm2md1.Error.NotConnected"
    assert "4.03" not in str(failure.value) and "not registered" in str(failure.value)


def test_too_many_callers(dbus, server):
    """The table of those who wait has an end."""
    server.on_register = lambda request: SILENCE
    path = add(dbus, server)
    calls = [Call(dbus, path, "Server", "Register", "(a{sv})", {}) for _ in range(16)]
    with pytest.raises(DBusFailure) as failure:
        dbus.call(path, "Server", "Register", "(a{sv})", {})
    assert failure.value.name == "org.lwm2md1.Error.Busy"
    dbus.call(path, "Server", "Register", "(a{sv})", {"wait": ("b", False)})
    dbus.call(path, "Server", "Deregister", "(a{sv})", {})
    for call in calls:
        with pytest.raises(DBusFailure):
            call.wait()


def test_stop_answers_who_waits(dbus, server, gateway):
    """The agent does not end without a word to its callers."""
    server.on_register = lambda request: SILENCE
    path = add(dbus, server)
    reader, writer = os.pipe()
    dbus.call(ROOT, "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri("psk")), "ssid": ("q", 8)})
    calls = [Call(dbus, path, "Server", "Register", "(a{sv})", {}) for _ in range(15)]
    calls.append(Call(dbus, ROOT, "Credentials", "SetKey", "(osha{sv})", f"{path[:-1]}8", "psk", 0, {},
                      descriptor=reader))
    dbus.get(ROOT, "Manager", "State")
    gateway.stop()
    os.close(reader)
    os.close(writer)
    for call in calls:
        with pytest.raises(DBusFailure) as failure:
            call.wait()
        # Busy: one whose authorization came when the server was being left already.
        assert failure.value.name in ("org.lwm2md1.Error.Failed", "org.lwm2md1.Error.Busy")


def test_bus_ends_under_callers(dbus, server, gateway, bus):
    """With calls of each kind under way the bus goes and comes again: the agent works on."""
    server.on_register = lambda request: SILENCE
    path = add(dbus, server)
    dbus.call(ROOT, "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri("psk")), "ssid": ("q", 8)})
    reader, writer = os.pipe()
    calls = [Call(dbus, path, "Server", "Register", "(a{sv})", {}),
             Call(dbus, ROOT, "Credentials", "SetKey", "(osha{sv})", f"{path[:-1]}8", "psk", 0, {}, descriptor=reader)]
    dbus.get(ROOT, "Manager", "State")
    bus.stop()
    gateway.wait_log("connection lost")
    for call in calls:
        with pytest.raises(DBusFailure):
            call.wait()
    os.close(writer)
    os.close(reader)
    bus.start()
    gateway.wait_log("owns org.lwm2md1", after=len(gateway.lines))
    client = BusClient(bus.address)
    assert set(client.managed_objects()) == {ROOT, path, f"{path[:-1]}8"}
    client.close()

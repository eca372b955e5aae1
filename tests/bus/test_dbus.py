# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent's own D-Bus interfaces, from outside."""
from __future__ import annotations

import pathlib
import re
import xml.etree.ElementTree as ElementTree

import pytest
from client import BusClient, DBusFailure, pack
from gateway import Gateway
from lwm2m_server import Reply
from lwm2m_server.coap import Option

INTERFACES = pathlib.Path(__file__).parents[2] / "dbus"
KEY = bytes(range(16))


@pytest.fixture
def dbus(gateway, bus):
    gateway.start().wait_bus()
    client = BusClient(bus.address)
    yield client
    client.close()


def members(interface):
    """Names and types of all members of an introspected interface."""
    return sorted((m.tag, m.get("name"), m.get("type"), m.get("access"),
                   tuple((a.get("type"), a.get("direction", "in")) for a in m.findall("arg")))
                  for m in interface if m.tag in ("method", "signal", "property"))


@pytest.mark.parametrize("name", ["Manager", "DataModel", "Credentials", "Server"])
def test_introspection(dbus, server, name):
    """What is exported is what the XML documents."""
    dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    path = "/org/lwm2md1/server/7" if name == "Server" else "/org/lwm2md1"
    exported = ElementTree.fromstring(dbus.introspect(path))
    documented = ElementTree.parse(INTERFACES / f"org.lwm2md1.{name}.xml").getroot()
    full = f"org.lwm2md1.{name}"
    found = next(i for i in exported.findall("interface") if i.get("name") == full)
    assert members(found) == members(next(i for i in documented.findall("interface") if i.get("name") == full))
    for prop in documented.iter("property"):
        dbus.get(path, name, prop.get("name"))


def test_object_manager(dbus, server):
    """A server comes and goes, and says so."""
    with dbus.signals("org.freedesktop.DBus.ObjectManager") as signals:
        path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                          {"uri": ("s", server.uri()), "ssid": ("q", 7), "lifetime": ("u", 99)})
        assert path == "/org/lwm2md1/server/7"
        added = signals.wait("InterfacesAdded")
        assert added[0] == path and added[1]["org.lwm2md1.Server"]["Lifetime"] == 99
        objects = dbus.managed_objects()
        assert set(objects) == {"/org/lwm2md1", path}
        server.wait_registration(timeout=20)
        dbus.call("/org/lwm2md1", "Credentials", "RemoveServer", "(o)", path)
        assert signals.wait("InterfacesRemoved") == (path, ["org.lwm2md1.Server"])
    assert server.wait_event("deregister", 10).code == "2.02"
    assert set(dbus.managed_objects()) == {"/org/lwm2md1"}


def test_properties_are_signalled(dbus, server):
    with dbus.signals("org.freedesktop.DBus.Properties") as signals:
        dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                  {"uri": ("s", server.uri()), "ssid": ("q", 7)})
        signals.wait("PropertiesChanged", lambda i, changed, _: changed.get("State") == "registered")
        signals.wait("PropertiesChanged", lambda i, changed, _: i == "org.lwm2md1.Manager"
                     and changed.get("State") == "online")
        dbus.call("/org/lwm2md1", "Manager", "SetLogLevel", "(s)", "warning")
        signals.wait("PropertiesChanged", lambda i, changed, _: changed.get("LogLevel") == "warning")


@pytest.mark.parametrize("settings, word", [
    ({"ssid": ("q", 7)}, "URI"), ({"uri": ("s", "coap://a")}, "ssid"),
    ({"uri": ("s", "http://a"), "ssid": ("q", 7)}, "coap"),
    ({"uri": ("s", "coap://a"), "ssid": ("q", 7), "colour": ("s", "red")}, "colour"),
    ({"uri": ("s", "coap://a"), "ssid": ("u", 7)}, "ssid"),
    ({"uri": ("s", "coap://a"), "ssid": ("q", 7), "mode": ("s", "psk")}, ""),
    ({"uri": ("s", "coap://a"), "ssid": ("q", 7), "lifetime": ("u", 0)}, "lifetime"),
    ({"uri": ("s", "coap://" + "a" * 300), "ssid": ("q", 7)}, "uri"),
    ({"uri": ("s", "coap://a"), "ssid": ("q", 7), "binding": ("s", "S")}, "binding"),
])
def test_bad_settings(dbus, settings, word):
    with pytest.raises(DBusFailure) as failure:
        dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})", settings)
    assert failure.value.name == "org.lwm2md1.Error.BadValue"
    assert word in str(failure.value)
    assert set(dbus.managed_objects()) == {"/org/lwm2md1"}


@pytest.mark.parametrize("interface, method, signature, args, error", [
    ("DataModel", "Read", "(asa{sv})", (["/9/0"], {}), "NotFound"),
    ("DataModel", "Read", "(asa{sv})", (["3/0"], {}), "BadValue"),
    ("DataModel", "Read", "(asa{sv})", ([], {}), "BadValue"),
    ("DataModel", "Read", "(asa{sv})", (["/3/0/4"], {}), "NotAllowed"),
    ("DataModel", "Read", "(asa{sv})", (["/3/0"], {"fast": ("b", True)}), "BadValue"),
    ("DataModel", "Write", "(a{sv}a{sv})", ({"/3/0/16": ("s", "U")}, {}), "NotAllowed"),
    ("DataModel", "Write", "(a{sv}a{sv})", ({"/9/0/1": ("s", "U")}, {}), "NotFound"),
    ("DataModel", "Write", "(a{sv}a{sv})", ({}, {}), "BadValue"),
    ("DataModel", "Execute", "(ssa{sv})", ("/3/0/0", "", {}), "NotAllowed"),
    ("DataModel", "Execute", "(ssa{sv})", ("/3/0", "", {}), "BadValue"),
    ("DataModel", "Execute", "(ssa{sv})", ("/3/0/4", "x=", {}), "BadValue"),
    ("Manager", "SetLogLevel", "(s)", ("loud",), "BadValue"),
    ("Credentials", "RemoveServer", "(o)", ("/org/lwm2md1/server/9",), "NotFound"),
    ("Credentials", "Describe", "(o)", ("/",), "NotFound"),
])
def test_errors(dbus, interface, method, signature, args, error):
    if interface == "DataModel" and args and args[0] == "/3/0/0":
        args = ("/3/0/16", *args[1:])
    with pytest.raises(DBusFailure) as failure:
        dbus.call("/org/lwm2md1", interface, method, signature, *args)
    assert failure.value.name == f"org.lwm2md1.Error.{error}", str(failure.value)


def test_types(dbus, server):
    """Each resource has its own D-Bus type; strings are LwM2M's text."""
    dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    values, = dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/1/0", "/3/0"], {})
    assert values["/1/0/0"] == 7 and values["/1/0/6"] is True and values["/3/0/11"] == {0: 0}
    dbus.call("/org/lwm2md1", "DataModel", "Write", "(a{sv}a{sv})",
              {"/1/0/2": ("x", 5), "/1/0/3": ("s", "50"), "/1/0/6": ("b", False)}, {})
    values, = dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/1/0/2", "/1/0/3", "/1/0/6"], {})
    assert values == {"/1/0/2": 5, "/1/0/3": 50, "/1/0/6": False}
    with pytest.raises(DBusFailure):
        dbus.call("/org/lwm2md1", "DataModel", "Write", "(a{sv}a{sv})",
                  {"/1/0/2": ("x", 6), "/1/0/6": ("s", "maybe")}, {})
    values, = dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/1/0/2"], {})
    assert values == {"/1/0/2": 5}, "all or nothing"


def test_keys_never_come_out(dbus, server, gateway):
    """Set through a descriptor, described without its bytes, in no reply, file or log."""
    secret = b"\xa5secret-of-16-byt"[:16]
    server.add_psk(b"me", secret)
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7), "identity": ("s", "me")})
    dbus.set_key(path, "psk", secret)
    server.wait_registration(timeout=20)
    slots, = dbus.call("/org/lwm2md1", "Credentials", "Describe", "(o)", path)
    described = {slot[0]: slot for slot in slots}
    assert described["psk"][2] == 16 and described["psk"][4] == ""
    assert described["psk-identity"][4].startswith("SHA256:")
    with pytest.raises(DBusFailure) as failure:
        dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/0/0/5"], {})
    assert failure.value.name == "org.lwm2md1.Error.NotAuthorized" or "NotAllowed" in failure.value.name
    values, = dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/0/0"], {})
    assert "/0/0/5" not in values
    for file in gateway.state.iterdir():
        assert secret not in file.read_bytes(), file
    assert "secret-of" not in "\n".join(gateway.lines)


@pytest.mark.parametrize("slot, data, options, word", [
    ("psk", bytes(33), {}, "32"), ("psk", b"", {}, ""), ("colour", b"x", {}, "psk-identity"),
    ("psk", b"0g", {"encoding": ("s", "hex")}, "hex"), ("psk", b"x", {"encoding": ("s", "pem")}, "raw"),
    ("psk-identity", b"\xff\xfe", {}, "UTF-8"), ("psk", bytes(70000), {}, "65536"),
], ids=["long", "empty", "slot", "hex", "encoding", "identity", "huge"])
def test_bad_keys(dbus, server, slot, data, options, word):
    """A key longer than the library takes is refused when it is set, with that reason."""
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7)})
    with pytest.raises(DBusFailure) as failure:
        dbus.set_key(path, slot, data, options)
    assert failure.value.name == "org.lwm2md1.Error.BadValue"
    assert word in str(failure.value)
    assert dbus.call("/org/lwm2md1", "Credentials", "Describe", "(o)", path) == ([],)


def test_key_in_hex_through_a_pipe(dbus, server):
    server.add_psk(b"me", KEY)
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7), "identity": ("s", "me")})
    dbus.set_key(path, "psk", KEY.hex().encode() + b"\n", {"encoding": ("s", "hex")}, pipe=True)
    server.wait_registration(timeout=20)


def test_new_key_is_used(dbus, server):
    """A wrong key is told as what it is; the right one then works without a restart."""
    server.add_psk(b"me", KEY)
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7), "identity": ("s", "stranger")})
    dbus.set_key(path, "psk", KEY)
    with dbus.signals("org.freedesktop.DBus.Properties") as signals:
        if "unknown_psk_identity" not in dbus.get(path, "Server", "LastError")[2]:
            signals.wait("PropertiesChanged", lambda i, changed, _: "unknown_psk_identity"
                         in changed.get("LastError", (0, "", ""))[2])
    dbus.set_key(path, "psk-identity", b"me")
    server.wait_registration(timeout=20)


def test_clear_key(dbus, server):
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7), "identity": ("s", "me")})
    dbus.set_key(path, "psk", KEY)
    dbus.call("/org/lwm2md1", "Credentials", "ClearKey", "(os)", path, "psk")
    with pytest.raises(DBusFailure) as failure:
        dbus.call("/org/lwm2md1", "Credentials", "ClearKey", "(os)", path, "psk")
    assert failure.value.name == "org.lwm2md1.Error.NotFound"


def test_factory_account_is_not_removed(server, gateway, bus):
    gateway.account(server.uri())
    gateway.start().wait_bus()
    client = BusClient(bus.address)
    with pytest.raises(DBusFailure) as failure:
        client.call("/org/lwm2md1", "Credentials", "RemoveServer", "(o)", "/org/lwm2md1/server/101")
    assert failure.value.name == "org.lwm2md1.Error.NotAllowed"
    assert "101.conf" in str(failure.value)
    client.close()


def test_accounts_survive(dbus, server, gateway):
    """An account and its key, added over D-Bus, are there after a power cut."""
    server.add_psk(b"me", KEY)
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri("psk")), "ssid": ("q", 7), "identity": ("s", "me")})
    dbus.set_key(path, "psk", KEY)
    server.wait_registration(timeout=20)
    mark = server.mark()
    gateway.kill()
    gateway.start()
    server.wait_registration(timeout=20, after=mark)


def test_object_has_all_its_interfaces(dbus):
    """One entry an object: a dictionary has each key once."""
    reply = dbus.connection.call_sync("org.lwm2md1", "/org/lwm2md1", "org.freedesktop.DBus.ObjectManager",
                                      "GetManagedObjects", None, None, 0, 5000, None)
    objects = reply.get_child_value(0)
    assert objects.n_children() == 1
    interfaces = objects.get_child_value(0).get_child_value(1).unpack()
    assert set(interfaces) == {f"org.lwm2md1.{name}" for name in ("Manager", "DataModel", "Credentials")}


def test_removal_changes_the_agent(dbus, server):
    """With its only server the agent is no longer online, and says so."""
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    server.wait_registration(timeout=20)
    with dbus.signals("org.freedesktop.DBus.Properties") as signals:
        if dbus.get("/org/lwm2md1", "Manager", "State") != "online":
            signals.wait("PropertiesChanged", lambda i, changed, _: changed.get("State") == "online")
        dbus.call("/org/lwm2md1", "Credentials", "RemoveServer", "(o)", path)
        signals.wait("PropertiesChanged", lambda i, changed, _: i == "org.lwm2md1.Manager"
                     and changed.get("State") == "offline", timeout=5)


def test_location_that_is_no_text(dbus, server, gateway):
    """Bytes of a server that are not UTF-8 reach no D-Bus message."""
    server.on_register = lambda request: Reply("2.01", options=[(Option.LOCATION_PATH, b"rd\xff\xfe")])
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    gateway.wait_log("registered, LwM2M")
    assert dbus.get(path, "Server", "Location") == "/rd\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert "CRITICAL" not in gateway.log()


def test_name_of_another_agent(dbus, gateway, build, tmp_path, bus):
    """A second agent works without the name, and takes it when it is free."""
    (tmp_path / "second").mkdir()
    second = Gateway(build, tmp_path / "second", bus)
    second.start().wait_log("cannot own org.lwm2md1")
    gateway.stop()
    second.wait_bus()
    assert set(dbus.managed_objects()) == {"/org/lwm2md1"}
    second.stop()


def test_each_resource_once(dbus, server):
    """However often it is asked for; an instance of a resource is another answer."""
    dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})", {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    paths = ["/1/0/1", "/1", "/1/0", "/1/0/1", "/3/0/11", "/3/0/11/0", "/3/0/11/0", "/3/0/11"]
    reply = dbus.connection.call_sync("org.lwm2md1", "/org/lwm2md1", "org.lwm2md1.DataModel", "Read",
                                      pack("(asa{sv})", (paths, {})), None, 0, 5000, None).get_child_value(0)
    found = [reply.get_child_value(i).get_child_value(0).get_string() for i in range(reply.n_children())]
    assert sorted(found) == sorted(set(found))
    assert {"/1/0/0", "/1/0/1", "/3/0/11", "/3/0/11/0"} <= set(found)
    assert len([path for path in found if path.startswith("/3/")]) == 2


@pytest.mark.parametrize("number, good", [(256, True), (257, False), (100000, False)])
def test_paths_of_one_read(dbus, number, good):
    if good:
        assert set(dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/3/0/16"] * number, {})[0]) == {"/3/0/16"}
        return
    with pytest.raises(DBusFailure) as failure:
        dbus.call("/org/lwm2md1", "DataModel", "Read", "(asa{sv})", ["/3/0/16"] * number, {})
    assert "1 to 256" in str(failure.value)


def test_counters_are_documented(dbus, server):
    """Statistics has the names of the XML, and those that lwm2mctl knows by name."""
    path, = dbus.call("/org/lwm2md1", "Credentials", "AddServer", "(a{sv})",
                      {"uri": ("s", server.uri()), "ssid": ("q", 7)})
    text = (INTERFACES / "org.lwm2md1.Server.xml").read_text()
    text = text[text.index("Statistics:\n"):text.index('<property name="Statistics"')]
    text = text[:text.index('"security-NAME"')]  # of this account's plugin there are none
    documented = set(re.findall(r'"([a-z-]+)"', text))
    assert set(dbus.get(path, "Server", "Statistics")) == documented
    known = set(re.findall(r'counters, "([a-z-]+)"', (INTERFACES / "lwm2mctl/cmd-status.c").read_text()))
    assert known and known <= documented

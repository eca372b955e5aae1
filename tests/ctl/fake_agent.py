# SPDX-License-Identifier: LGPL-2.1-or-later
"""An org.lwm2md1 that keeps its promises to lwm2mctl: the shipped XML, values a test chooses."""
import fcntl
import os
import pathlib
import threading

from gi.repository import Gio, GLib

DBUS = pathlib.Path(__file__).parents[2] / "dbus"
ROOT = "/org/lwm2md1"
OBJECT_MANAGER = """<node><interface name="org.freedesktop.DBus.ObjectManager">
<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
</interface></node>"""


def interface_info(name):
    xml = (DBUS / f"org.lwm2md1.{name}.xml").read_text()
    return Gio.DBusNodeInfo.new_for_xml(xml).lookup_interface(f"org.lwm2md1.{name}")


INTERFACES = {n: interface_info(n) for n in ("Manager", "Server", "DataModel", "Credentials", "Sms")}
MANAGER = {
    "Version": "1.2.3", "Endpoint": "urn:imei:490154203237518", "State": "online",
    "Plugins": [("psk", "1.0", "Mbed TLS 2.28.3", ["psk"], False),
                ("nosec", "1", "", ["nosec"], True)],
    "LastError": (0, "", ""), "KeyStore": ("kernel", ""), "StateKey": "credential",
    "LogLevel": "info",
}
SERVER = {
    "ShortServerId": 101, "IsBootstrap": False, "Uri": "coaps://lwm2m.example.net:5684",
    "State": "registered", "Security": ("psk", "psk"), "SmsSecurity": ("", ""),
    "CipherSuite": 0xC0A8, "Resumed": True,
    "LwM2mVersion": "1.1", "Binding": "U", "Lifetime": 86400, "Location": "/rd/5a3f",
    "RegisteredAt": 1700000000, "ExpiresAt": 4102444800, "NextUpdateAt": 4102444700,
    "NextAttemptAt": 0, "LastError": (0, "", ""),
    "Statistics": {"observations": 3, "notifications": 418, "notifications-lost": 2},
}
SMS = {
    "Backend": "qmi", "Device": "/dev/cdc-wdm0", "State": "ready",
    "Counters": {"messages-received": 12, "segments-received": 19, "messages-sent": 9,
                 "segments-sent": 14, "dropped-sender": 2, "dropped-malformed": 1,
                 "dropped-budget": 0, "reassembly-timeout": 2, "reports-delivered": 7},
    "StorageFull": False, "BudgetLeft": {"hour": 86, "day": 461},
}


def variants(interface, properties):
    info = INTERFACES[interface]
    return {key: GLib.Variant(info.lookup_property(key).signature, value)
            for key, value in properties.items()}


class FakeAgent:
    """Runs in a thread of its own. Tests set `manager`, `servers`, `values` and `fail`, and look
    at `calls`, a list of (method, object path, arguments)."""

    def __init__(self, address, uid=None):
        self.manager = dict(MANAGER)
        self.servers = {}
        self.values = {}
        self.observations = {}
        self.keys = {}
        self.sms = None      # the properties of org.lwm2md1.Sms, None: no modem
        self.fail = {}    # method, or (method, ssid): (error name, text)
        self.silent = set()  # methods that are never answered
        self.calls = []
        self.key_data = None
        self.key_seals = None
        self._address = address
        self._uid = uid
        self._pending = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def add_server(self, ssid, **properties):
        self.servers[ssid] = {**SERVER, "ShortServerId": ssid, **properties}
        self._call_in_thread(lambda: self._export_server(ssid))

    def stop(self):
        self._call_in_thread(self._connection.close_sync)
        self._loop.quit()
        self._thread.join(10)

    def _call_in_thread(self, function):
        done = threading.Event()

        def run():
            function()
            done.set()
            return False

        source = GLib.idle_source_new()
        source.set_callback(lambda *unused: run())
        source.attach(self._context)
        assert done.wait(10)

    def _run(self):
        self._context = GLib.MainContext()
        self._context.push_thread_default()
        self._loop = GLib.MainLoop.new(self._context, False)
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        self._connection = self._connect(flags)
        objects = Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER).interfaces[0]
        self._connection.register_object(ROOT, objects, self._on_call, None, None)
        for name in ("Manager", "DataModel", "Credentials"):
            self._connection.register_object(ROOT, INTERFACES[name], self._on_call,
                                             self._on_get, None)
        self._connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
            GLib.Variant("(su)", ("org.lwm2md1", 4)), None, 0, -1, None)
        self._ready.set()
        self._loop.run()
        self._context.pop_thread_default()

    def _connect(self, flags):
        """As the user that was asked for: the bus looks at who connects, and never again."""
        if self._uid is None:
            return Gio.DBusConnection.new_for_address_sync(self._address, flags, None, None)
        os.seteuid(self._uid)
        try:
            return Gio.DBusConnection.new_for_address_sync(self._address, flags, None, None)
        finally:
            os.seteuid(0)

    def _export_server(self, ssid):
        self._connection.register_object(f"{ROOT}/server/{ssid}", INTERFACES["Server"],
                                         self._on_call, self._on_get, None)

    def _on_get(self, connection, sender, path, interface, name):
        info = INTERFACES[interface.rsplit(".", 1)[1]]
        values = self.manager if path == ROOT else self.servers[int(path.rsplit("/", 1)[1])]
        return GLib.Variant(info.lookup_property(name).signature, values[name])

    def _on_call(self, connection, sender, path, interface, method, parameters, invocation):
        arguments = parameters.unpack()
        ssid = int(path.rsplit("/", 1)[1]) if "/server/" in path else None
        self.calls.append((method, path, arguments))
        if method == "SetKey":
            self._take_key(invocation)
        if method in self.silent:
            self._pending.append(invocation)
            return
        error = self.fail.get((method, ssid)) or self.fail.get(method)
        if error:
            invocation.return_dbus_error(*error)
            return
        answer = getattr(self, f"_answer_{method}", lambda ssid, arguments: None)
        invocation.return_value(answer(ssid, arguments))

    def _take_key(self, invocation):
        fd = invocation.get_message().get_unix_fd_list().get(0)
        self.key_seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
        with os.fdopen(fd, "rb") as data:
            self.key_data = data.read()

    def _answer_GetManagedObjects(self, ssid, arguments):
        objects = {f"{ROOT}/server/{n}": {"org.lwm2md1.Server": variants("Server", properties)}
                   for n, properties in self.servers.items()}
        if self.sms:
            objects[f"{ROOT}/sms"] = {"org.lwm2md1.Sms": variants("Sms", self.sms)}
        return GLib.Variant("(a{oa{sa{sv}}})", (objects,))

    def _answer_ListObservations(self, ssid, arguments):
        return GLib.Variant("(a(asaya{sv}u))", (self.observations.get(ssid, []),))

    def _answer_Read(self, ssid, arguments):
        return GLib.Variant("(a{sv})", (self.values,))

    def _answer_AddServer(self, ssid, arguments):
        return GLib.Variant("(o)", (f"{ROOT}/server/{arguments[0]['ssid']}",))

    def _answer_Describe(self, ssid, arguments):
        return GLib.Variant("(a(siuxs))", (self.keys.get(arguments[0], []),))

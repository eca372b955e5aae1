# SPDX-License-Identifier: LGPL-2.1-or-later
"""ModemManager of python-dbusmock: one modem, and the messages a test gives it."""
from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from gateway import eventually
from gi.repository import Gio, GLib

NAME, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
MOCK = "org.freedesktop.DBus.Mock"
MODEM = f"{ROOT}/Modem/0"
ENABLED = 6

# Runs in the mock: its objects by path, as messages are listed and deleted.
LIST = "ret = dbus.Array([path for path in objects if '/SMS/' in path], signature='o')"
DELETE = "self.RemoveObject(args[0])"


class MockManager:
    def __init__(self, address: str, port: str, state: int = ENABLED, messaging: bool = True) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dbusmock", "--system", "--is-object-manager", NAME, ROOT, NAME],
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}, stdout=subprocess.DEVNULL)
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        eventually(self._is_there, "python-dbusmock is there")
        self._call(ROOT, "AddObject", "(ssa{sv}a(ssss))", MODEM, f"{NAME}.Modem",
                   {"Ports": GLib.Variant("a(su)", [("wwan0", 2), (port, 6)]), "State": GLib.Variant("i", state)}, [])
        if messaging:
            self._call(MODEM, "AddProperties", "(sa{sv})", f"{NAME}.Modem.Messaging",
                       {"Messages": GLib.Variant("ao", [])})
        self._call(MODEM, "AddMethods", "(sa(ssss))", f"{NAME}.Modem.Messaging",
                   [("List", "", "ao", LIST), ("Delete", "o", "", DELETE)])

    def _is_there(self) -> bool:
        try:
            self._call(ROOT, "GetCalls", "()")
        except GLib.Error:
            return False
        return True

    def _call(self, path: str, method: str, signature: str, *args: Any) -> Any:
        return self.connection.call_sync(NAME, path, MOCK, method, GLib.Variant(signature, args), None, 0, 10000, None)

    def add(self, number: int, **properties: GLib.Variant) -> str:
        """A message it has; Number, Timestamp, Data … as in its interface."""
        path = f"{ROOT}/SMS/{number}"
        self._call(ROOT, "AddObject", "(ssa{sv}a(ssss))", path, f"{NAME}.Sms", properties, [])
        return path

    def deleted(self) -> list[str]:
        calls = self._call(MODEM, "GetMethodCalls", "(s)", "Delete").unpack()[0]
        return [args[0] for _, args in calls]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        if not self.connection.is_closed():
            self.connection.close_sync(None)

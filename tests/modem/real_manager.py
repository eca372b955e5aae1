# SPDX-License-Identifier: LGPL-2.1-or-later
"""The distribution's ModemManager, on a host that shows it a modem where there is none: a directory as /sys, a pty as
/dev/cdc-wdm0. python-dbusmock's polkit lets everybody do everything."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Any

from gateway import eventually
from gi.repository import Gio, GLib
from station import Network

PROGRAM = pathlib.Path("/usr/sbin/ModemManager")
AS_HOST = str(pathlib.Path(__file__).parent / "as-host")
NAME, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
MODEM, MESSAGING, SMS = f"{NAME}.Modem", f"{NAME}.Modem.Messaging", f"{NAME}.Sms"
POLKIT, AUTHORITY = "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"
EVENTS = "action=add,subsystem=net,name=wwan0\naction=add,subsystem=usbmisc,name=cdc-wdm0\n"


def make_sysfs(root: pathlib.Path) -> pathlib.Path:
    """What ModemManager reads of a USB device with one MBIM function: a control port and a network interface."""
    device = root / "devices/usb1/1-1"
    function = device / "1-1:1.0"
    ports = {"usbmisc": function / "usbmisc/cdc-wdm0", "net": function / "net/wwan0"}
    for directory in (*ports.values(), root / "bus/usb/drivers/cdc_mbim", root / "bus/usb/drivers/usb",
                      root / "class/usbmisc", root / "class/net"):
        directory.mkdir(parents=True)
    for name, value in {"idVendor": "1d6b", "idProduct": "0104", "bcdDevice": "0100", "manufacturer": "sim",
                        "product": "modem", "busnum": "1", "devnum": "2"}.items():
        (device / name).write_text(f"{value}\n")
    for name, value in {"bInterfaceClass": "02", "bInterfaceSubClass": "0e", "bInterfaceProtocol": "00",
                        "bInterfaceNumber": "00"}.items():
        (function / name).write_text(f"{value}\n")
    links = {device / "subsystem": root / "bus/usb", device / "driver": root / "bus/usb/drivers/usb",
             function / "subsystem": root / "bus/usb", function / "driver": root / "bus/usb/drivers/cdc_mbim"}
    for kind, port in ports.items():
        links |= {port / "device": function, port / "subsystem": root / "class" / kind,
                  root / "class" / kind / port.name: port}
    for link, target in links.items():
        link.symlink_to(os.path.relpath(target, link.parent))
    return root


class RealManager:
    def __init__(self, address: str, directory: pathlib.Path, port: str, network: Network) -> None:
        self.network, self.directory = network, directory
        self.host = [AS_HOST, str(make_sysfs(directory / "sys")), port]
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)

    def run(self, *command: str | pathlib.Path) -> subprocess.Popen[bytes]:
        """On that host; ends with stop()."""
        with self.network.inside():
            process = subprocess.Popen([*self.host, *command], env=self.environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def call(self, path: str, interface: str, method: str, signature: str = "()", *args: Any, name: str = NAME) -> Any:
        return self.connection.call_sync(name, path, interface, method, GLib.Variant(signature, args), None, 0, 20000,
                                         None).unpack()

    def modems(self) -> list[str]:
        try:
            return list(self.call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0])
        except GLib.Error:
            return []

    def allow_everything(self) -> None:
        self.run(sys.executable, "-m", "dbusmock", "--system", "-t", "polkitd")

        def told() -> bool:
            try:
                self.call(AUTHORITY, "org.freedesktop.DBus.Mock", "AllowUnknown", "(b)", True, name=POLKIT)
                return True
            except GLib.Error:
                return False
        eventually(told, "polkit is there")

    def start(self) -> None:
        """Returns when it has taken the modem."""
        events = self.directory / "events"
        events.write_text(EVENTS)
        self.allow_everything()
        self.process = self.run(PROGRAM, "--test-no-udev", "--no-auto-scan", "--test-no-suspend-resume",
                                "--test-no-qrtr", f"--initial-kernel-events={events}")
        self.modem = eventually(self.modems, "ModemManager has taken the modem", 60)[0]

    def enable(self, on: bool = True) -> None:
        """Only then does it look at messages."""
        eventually(lambda: self.state() >= 3, "it has looked at the modem")
        self.call(self.modem, MODEM, "Enable", "(b)", on)

    def state(self) -> int:
        return self.call(self.modem, "org.freedesktop.DBus.Properties", "Get", "(ss)", MODEM, "State")[0]

    def messages(self) -> list[bytes]:
        """The data of each message that it knows."""
        paths = self.call(self.modem, MESSAGING, "List")[0]
        return [bytes(self.call(path, "org.freedesktop.DBus.Properties", "Get", "(ss)", SMS, "Data")[0])
                for path in paths]

    def end(self, process: subprocess.Popen[bytes]) -> None:
        self.processes.remove(process)
        process.terminate()
        process.wait(20)

    def stop(self) -> None:
        for process in reversed(list(self.processes)):
            self.end(process)
        self.connection.close_sync(None)

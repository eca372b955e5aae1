# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus client for tests: one connection, calls, and signals that are waited for."""
from __future__ import annotations

import contextlib
import os
import threading
from typing import Any, Callable, Iterator

from gi.repository import Gio, GLib

NAME, ROOT = "org.lwm2md1", "/org/lwm2md1"


class DBusFailure(Exception):
    """An error reply; name is the D-Bus error's."""

    def __init__(self, error: GLib.Error) -> None:
        self.name = Gio.DBusError.get_remote_error(error)
        Gio.DBusError.strip_remote_error(error)
        super().__init__(f"{self.name}: {error.message}")


def pack(signature: str, values: tuple[Any, ...]) -> GLib.Variant:
    """Arguments; in an a{sv} each value is a pair (type, value)."""
    def settings(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: GLib.Variant(*pair) for key, pair in value.items()}
        return value
    return GLib.Variant(signature, tuple(settings(value) for value in values))


class Signals:
    """Signals of one interface, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[Any, ...]]] = []

    def wait(self, name: str, where: Callable[..., bool] = lambda *args: True,
             timeout: float = 20) -> tuple[Any, ...]:
        """The first signal of that name for which where(*arguments) is true."""
        context = GLib.MainContext.default()
        expired = threading.Event()
        source = GLib.timeout_add(int(timeout * 1000), expired.set)
        try:
            while True:
                for seen, args in self.seen:
                    if seen == name and where(*args):
                        return args
                assert not expired.is_set(), f"no {name} in {timeout} s, but {self.seen}"
                context.iteration(True)
        finally:
            if not expired.is_set():
                GLib.source_remove(source)


class BusClient:
    def __init__(self, address: str) -> None:
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)

    def close(self) -> None:
        if not self.connection.is_closed():
            self.connection.close_sync(None)

    def _call(self, path: str, interface: str, method: str, arguments: GLib.Variant | None,
              descriptors: Gio.UnixFDList | None = None) -> tuple[Any, ...]:
        try:
            reply, _ = self.connection.call_with_unix_fd_list_sync(
                NAME, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 60000,
                descriptors, None)
        except GLib.Error as error:
            raise DBusFailure(error) from None
        return reply.unpack()

    def call(self, path: str, interface: str, method: str, signature: str, *args: Any) -> tuple[Any, ...]:
        return self._call(path, f"{NAME}.{interface}", method, pack(signature, args))

    def get(self, path: str, interface: str, name: str) -> Any:
        return self._call(path, "org.freedesktop.DBus.Properties", "Get",
                          GLib.Variant("(ss)", (f"{NAME}.{interface}", name)))[0]

    def introspect(self, path: str) -> str:
        return self._call(path, "org.freedesktop.DBus.Introspectable", "Introspect", None)[0]

    def managed_objects(self) -> dict[str, Any]:
        return self._call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None)[0]

    def set_key(self, server: str, slot: str, data: bytes, options: dict[str, Any] | None = None,
                pipe: bool = False) -> None:
        """SetKey with a memfd or a pipe."""
        if pipe:
            descriptor, writer = os.pipe()
            os.write(writer, data)
            os.close(writer)
        else:
            descriptor = os.memfd_create("key", os.MFD_CLOEXEC)
            os.write(descriptor, data)
        descriptors = Gio.UnixFDList.new()
        descriptors.append(descriptor)
        os.close(descriptor)
        self._call(ROOT, f"{NAME}.Credentials", "SetKey",
                   pack("(osha{sv})", (server, slot, 0, options or {})), descriptors)

    @contextlib.contextmanager
    def signals(self, interface: str) -> Iterator[Signals]:
        signals = Signals()

        def received(connection: Any, sender: str, path: str, iface: str, name: str,
                     parameters: GLib.Variant) -> None:
            signals.seen.append((name, parameters.unpack()))

        handle = self.connection.signal_subscribe(NAME, interface, None, None, None,
                                                  Gio.DBusSignalFlags.NONE, received)
        yield signals
        self.connection.signal_unsubscribe(handle)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the host's frames come from: the clients of a proxy's abstract socket, or a pty."""
from __future__ import annotations

import os
import pty
import socket
import threading
import tty
from typing import Callable

from .modem import Modem


class Client:
    """One stream of frames; whatever reads it hands whole frames to handle()."""

    def __init__(self, transport: "Transport", read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
        self.transport = transport
        self.read = read
        self.write = write
        self.lock = threading.Lock()
        self.reports = False

    def send(self, frame: bytes) -> None:
        try:
            with self.lock:
                self.write(frame)
        except OSError:
            pass

    def run(self) -> None:
        buffer = b""
        while True:
            try:
                data = self.read(65536)
            except OSError:
                data = b""
            if not data:
                break
            buffer += data
            while (length := self.transport.frame_length(buffer)) and len(buffer) >= length:
                frame, buffer = buffer[:length], buffer[length:]
                self.transport.handle(self, frame)
        self.transport.drop(self)


class Transport:
    """`name`: the proxy's abstract socket, which is created in the caller's network namespace; None: a pty,
    whose other end is `path`, for a real proxy. Subclasses know the frames."""

    def __init__(self, modem: Modem, name: str | None) -> None:
        self.modem = modem
        self.name = name
        self.clients: list[Client] = []
        self.listener: socket.socket | None = None
        self.path = ""
        if name is None:
            self.master, self.slave = pty.openpty()
            tty.setraw(self.slave)
            self.path = os.ttyname(self.slave)

    def frame_length(self, buffer: bytes) -> int:
        """Of the first frame, 0 where not even that is known."""
        raise NotImplementedError

    def handle(self, client: Client, frame: bytes) -> None:
        raise NotImplementedError

    def drop(self, client: Client) -> None:
        with self.modem.changed:
            if client in self.clients:
                self.clients.remove(client)
        self.modem.happened("hangup")

    def start(self) -> None:
        self.modem.listeners.append(self)
        if self.name is None:
            self._begin(Client(self, lambda n: os.read(self.master, n), lambda data: os.write(self.master, data)))
            return
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind("\0" + self.name)
        self.listener.listen(8)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            client = Client(self, connection.recv, connection.sendall)
            client.socket = connection  # type: ignore[attr-defined]
            self._begin(client)

    def _begin(self, client: Client) -> None:
        with self.modem.changed:
            self.clients.append(client)
        self.modem.happened("connect")
        threading.Thread(target=client.run, daemon=True).start()

    def hang_up(self) -> None:
        """As a proxy does when the modem is pulled: it drops its clients and stays."""
        for client in list(self.clients):
            client.socket.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]

    def stop(self) -> None:
        """The proxy ends."""
        if self in self.modem.listeners:
            self.modem.listeners.remove(self)
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
            self.hang_up()
        elif self.name is None:
            os.close(self.slave)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peers below LwM2M for hostile and timing tests: bytes in, bytes out, no security."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable

from .coap import MalformedMessage, Message, Option
from .process import wait_for

Address = tuple[Any, ...]


@dataclass
class Datagram:
    """One datagram. outgoing: sent by us."""

    data: bytes
    address: Address
    time: float
    outgoing: bool = False

    @property
    def message(self) -> Message:
        """It as a CoAP message; MalformedMessage when it is none."""
        return Message.decode(self.data)


Script = Callable[[Datagram], "Iterable[bytes | Message] | bytes | Message | None"]


class _Thread:
    """A thread over sockets that ends when it is told to."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _listen(self, sock: socket.socket, handler: Callable[[], None]) -> None:
        self._selector.register(sock, selectors.EVENT_READ, handler)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                try:
                    key.data()
                except Exception as error:  # told to the test by close()
                    self._error = self._error or error

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; fails when a script or rule raised."""
        self._waker.send(b"x")
        if self._thread.is_alive():
            self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._waker.close()
        self._selector.close()
        if self._error:
            raise self._error


def _bind(ipv6: bool, port: int = 0, host: str = "") -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host or ("::1" if ipv6 else "127.0.0.1"), port))
    return sock


class RawPeer(_Thread):
    """A UDP socket that shows every datagram and sends any bytes.

    script, when set, is called in the reader thread for each datagram and returns what to send
    back: nothing, bytes or a Message, or several of them. What it does not answer, the test
    answers by send(). datagrams has all that went in and out.
    """

    def __init__(self, script: Script | None = None, ipv6: bool = False, port: int = 0) -> None:
        super().__init__()
        self.script = script
        self.datagrams: list[Datagram] = []
        self._read = 0
        self._ipv6 = ipv6
        self._socket = _bind(ipv6, port)
        self.port: int = self._socket.getsockname()[1]
        self._listen(self._socket, self._on_readable)
        self._thread.start()

    def uri(self) -> str:
        """The coap:// URI to point a client at."""
        return f"coap://{'[::1]' if self._ipv6 else '127.0.0.1'}:{self.port}"

    def _record(self, datagram: Datagram) -> None:
        with self.condition:
            self.datagrams.append(datagram)
            self.condition.notify_all()

    def _on_readable(self) -> None:
        data, address = self._socket.recvfrom(65536)
        datagram = Datagram(data, address, time.monotonic())
        try:
            replies = self.script(datagram) if self.script else None
        finally:
            self._record(datagram)
        if replies is None:
            return
        for reply in [replies] if isinstance(replies, (bytes, Message)) else replies:
            self.send(reply, address)

    @property
    def received(self) -> list[Datagram]:
        """All that came in so far."""
        with self.condition:
            return [d for d in self.datagrams if not d.outgoing]

    @property
    def client(self) -> Address:
        """Where the last datagram came from."""
        return self.received[-1].address

    def send(self, data: bytes | Message, address: Address | None = None) -> None:
        """Sends bytes, or a message, to an address or to the client."""
        raw = data.encode() if isinstance(data, Message) else data
        address = address or self.client
        self._record(Datagram(raw, address, time.monotonic(), True))
        self._socket.sendto(raw, address)

    def next(self, timeout: float = 10.0,
             where: Callable[[Datagram], bool] = lambda datagram: True) -> Datagram:
        """The next datagram in that this has not returned or passed over, and for which where() is
        true."""
        def check() -> tuple[int, Datagram] | None:
            found = enumerate(self.datagrams[self._read:], self._read)
            return next(((i, d) for i, d in found if not d.outgoing and where(d)), None)
        index, datagram = wait_for(
            self.condition, check, timeout,
            lambda: f"a datagram; so far {[d.data.hex() for d in self.received]}")
        self._read = index + 1
        return datagram

    def ask(self, request: Message, address: Address | None = None,
            timeout: float = 10.0) -> Message:
        """Sends a request and returns the response with its token."""
        request.token = request.token or os.urandom(4)
        request.mid = request.mid or int.from_bytes(os.urandom(2), "big")
        self.send(request, address)
        return self.next(timeout, lambda d: _is_response_to(d, request)).message

    def settle(self, address: Address | None = None, timeout: float = 10.0) -> list[Datagram]:
        """Pings (RFC 7252, 4.3: an empty confirmable message, answered by a Reset) and returns what
        came in between: all that the datagrams sent before this had for an answer, since loopback
        keeps the order."""
        start = len(self.datagrams)
        mid = int.from_bytes(os.urandom(2), "big")
        self.send(Message("CON", mid=mid), address)
        pong = Message("RST", mid=mid).encode()
        end = wait_for(self.condition, lambda: next(
            (i for i, d in enumerate(self.datagrams[start:], start)
             if not d.outgoing and d.data == pong), None), timeout, lambda: "the Reset to a ping")
        return [d for d in self.datagrams[start:end] if not d.outgoing]

    def stranger(self, script: Script | None = None) -> "RawPeer":
        """A peer at another port of the same address."""
        return RawPeer(script, self._ipv6)


def _is_response_to(datagram: Datagram, request: Message) -> bool:
    try:
        message = datagram.message
    except MalformedMessage:
        return False
    return message.is_response and message.token == request.token


def registrar(location: str = "rd/1") -> Script:
    """A script that answers Register 2.01, Update 2.04, De-register 2.02, duplicates likewise, and
    nothing else."""
    def script(datagram: Datagram) -> Message | None:
        try:
            message = datagram.message
        except MalformedMessage:
            return None
        if message.path == "/rd" and message.code == "0.02":
            parts = [(Option.LOCATION_PATH, part.encode()) for part in location.split("/")]
            return Message("ACK", "2.01", message.mid, message.token, parts)
        if message.is_request and message.path == "/" + location:
            code = "2.02" if message.code == "0.04" else "2.04"
            return Message("ACK", code, message.mid, message.token)
        return None
    return script


# What to forward instead of a datagram; None is the datagram itself.
Rule = Callable[[str, bytes, int], "Iterable[bytes] | None"]


class Relay(_Thread):
    """Stands between one client and a server's port, with DTLS too, and loses, doubles or reorders.

    rule(direction, data, index) is called for each datagram, direction "up" (to the server) or
    "down", index from 0 per direction, and returns what is forwarded now: None for the datagram as
    it is, [] to lose it, several to double it or to let go what was kept back before.
    """

    def __init__(self, port: int, rule: Rule | None = None, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.rule = rule
        self.datagrams: list[tuple[str, bytes]] = []
        self._target = ("127.0.0.1", port)
        self._client: Address | None = None
        self._counts = {"up": 0, "down": 0}
        self._host = host
        self._down = _bind(False, host=host)
        self._up = _bind(False)
        self.port: int = self._down.getsockname()[1]
        self._listen(self._down, lambda: self._on_readable("up", self._down))
        self._listen(self._up, lambda: self._on_readable("down", self._up))
        self._thread.start()

    def uri(self, scheme: str = "coap") -> str:
        """The URI to point the client at."""
        return f"{scheme}://{self._host}:{self.port}"

    @property
    def client(self) -> Address:
        """Where the client's last datagram came from."""
        assert self._client
        return self._client

    def _on_readable(self, direction: str, sock: socket.socket) -> None:
        data, address = sock.recvfrom(65536)
        if direction == "up":
            self._client = address
        index = self._counts[direction]
        self._counts[direction] += 1
        with self.condition:
            self.datagrams.append((direction, data))
            self.condition.notify_all()
        out = self.rule(direction, data, index) if self.rule else None
        for one in [data] if out is None else out:
            self.inject(direction, one)

    def inject(self, direction: str, data: bytes) -> None:
        """Sends a datagram of the test's own, or one that was kept back."""
        if direction == "up":
            self._up.sendto(data, self._target)
        elif self._client:
            self._down.sendto(data, self._client)

    def rebind(self) -> None:
        """The server sees the client at another port from here on, as after a NAT's time-out."""
        old, self._up = self._up, _bind(False)
        self._listen(self._up, lambda: self._on_readable("down", self._up))
        self._selector.unregister(old)
        old.close()

    def wait(self, count: int, direction: str, timeout: float = 10.0) -> None:
        """Until so many datagrams have come from one side."""
        wait_for(self.condition, lambda: self._counts[direction] >= count, timeout,
                 lambda: f"{count} datagrams {direction}; {self._counts}")

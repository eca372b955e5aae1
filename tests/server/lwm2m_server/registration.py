# SPDX-License-Identifier: LGPL-2.1-or-later
"""A registered client and the operations on it: Core 1.1, 6.3 and 6.4; Transport 1.1, 6.4."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

from . import corelink, text, tlv
from .coap import LINK, OPAQUE, TEXT, TLV, Block, Message
from .interaction import (DEFAULT_TIMEOUT, Exchange, Mutate, Observation, Requester, Response,
                          make_request)


def payload_of(path: str, value: Any, content_format: int | None) -> tuple[int, bytes]:
    """A value as Content-Format and payload. Without a format: bytes are opaque, a list of Tlv is
    TLV, all else text. A plain value in TLV becomes the one record that the path names."""
    if content_format is None:
        content_format = OPAQUE if isinstance(value, bytes) else TEXT
        if isinstance(value, list):
            content_format = TLV
    if content_format != TLV:
        return content_format, value if content_format == OPAQUE else text.encode(value)
    if isinstance(value, list):
        return TLV, tlv.encode(value)

    ids = [int(part) for part in path.split("/") if part]
    if isinstance(value, dict):
        return TLV, tlv.encode([tlv.multiple(ids[2], value)])
    kind = tlv.RESOURCE_INSTANCE if len(ids) == 4 else tlv.RESOURCE
    return TLV, tlv.encode([tlv.Tlv(kind, ids[-1], tlv.to_bytes(value))])


@dataclass
class Registration:
    """One client. The fields hold what its Register and Updates said; session is the peer it spoke
    from last, where requests go. Every operation returns the Response, whatever its code."""

    requester: Requester = field(repr=False)
    endpoint: str = ""
    location: str = ""
    session: int = 0
    identity: bytes | None = None
    version: str = "1.0"
    lifetime: int = 86400
    binding: str = "U"
    queue: bool = False
    sms: str | None = None
    links: list[corelink.Link] = field(default_factory=list)
    live: bool = True
    updates: int = 0

    @property
    def root(self) -> str:
        """The path that all objects are under: '' or the target with rt="oma.lwm2m", 6.4.1."""
        for link in self.links:
            if link.attributes.get("rt") == "oma.lwm2m":
                return link.target.rstrip("/")
        return ""

    @property
    def objects(self) -> list[str]:
        """The paths of objects and instances, without the root."""
        return [link.target[len(self.root):] for link in self.links
                if link.target.rstrip("/") != self.root]

    def start(self, code: str, path: str, **parts: Any) -> Exchange:
        """Sends any request (parts as of make_request) without waiting for the answer."""
        return self.requester.start(self.session, make_request(code, self.root + path, **parts))

    def request(self, code: str, path: str, timeout: float = DEFAULT_TIMEOUT,
                **parts: Any) -> Response:
        """Sends any request, parts as of make_request: type, queries, accept, content_format,
        observe, block2, options, payload, token."""
        return self.start(code, path, **parts).wait(timeout)

    def read(self, path: str, accept: int | None = None, *, szx: int | None = None,
             num: int | None = None, timeout: float = DEFAULT_TIMEOUT, **parts: Any) -> Response:
        """Read. Fetches all blocks, asking for blocks of 16 << szx octets when szx is given; with
        num, only that block."""
        block = None if szx is None and num is None else Block(num or 0, False,
                                                              6 if szx is None else szx)
        request = make_request("GET", self.root + path, accept=accept, block2=block, **parts)
        first = self.requester.ask(self.session, request, timeout)
        if num is not None:
            return first
        return self.requester.fetch(self.session, request, first, timeout)

    def discover(self, path: str, timeout: float = DEFAULT_TIMEOUT) -> Response:
        """Discover; .links has the answer."""
        return self.read(path, accept=LINK, timeout=timeout)

    def write(self, path: str, value: Any = None, format: int | None = None, *,
              payload: bytes | None = None, replace: bool = True, szx: int | None = None,
              mutate: Mutate | None = None, timeout: float = DEFAULT_TIMEOUT,
              **parts: Any) -> Response:
        """Write: PUT, or POST (partial update) without replace. value as of payload_of(), or the
        payload itself. Goes in blocks when szx is given or it is longer than 1024 octets; mutate
        as of Requester.push()."""
        if payload is None:
            format, payload = payload_of(path, value, format)
        return self._send("PUT" if replace else "POST", path, format, payload, szx, mutate, timeout,
                          parts)

    def create(self, path: str, value: Any, format: int | None = TLV, *,
               payload: bytes | None = None, szx: int | None = None,
               timeout: float = DEFAULT_TIMEOUT, **parts: Any) -> Response:
        """Create: POST to an object."""
        if payload is None:
            format, payload = payload_of(path, value, format)
        return self._send("POST", path, format, payload, szx, None, timeout, parts)

    def _send(self, code: str, path: str, format: int | None, payload: bytes, szx: int | None,
              mutate: Mutate | None, timeout: float, parts: dict[str, Any]) -> Response:
        request = make_request(code, self.root + path, content_format=format, payload=payload,
                               **parts)
        if szx is None and mutate is None and len(payload) <= 1024:
            return self.requester.ask(self.session, request, timeout)
        return self.requester.push(self.session, request, 6 if szx is None else szx, mutate,
                                   timeout)

    def fetch_composite(self, paths: bytes, format: int, accept: int | None = None, *,
                        szx: int | None = None, block1_szx: int | None = None,
                        timeout: float = DEFAULT_TIMEOUT, **parts: Any) -> Response:
        """Read-Composite: FETCH of the paths in a content format. Asks for blocks of 16 << szx
        octets when szx is given, and sends its own in blocks when block1_szx is."""
        block = None if szx is None else Block(0, False, szx)
        request = make_request("FETCH", self.root, accept=accept, content_format=format,
                               payload=paths, block2=block, **parts)
        if block1_szx is None:
            first = self.requester.ask(self.session, request, timeout)
        else:
            first = self.requester.push(self.session, request, block1_szx, None, timeout)
        return self.requester.fetch(self.session, request, first, timeout)

    def patch_composite(self, payload: bytes, format: int, *, szx: int | None = None,
                        timeout: float = DEFAULT_TIMEOUT, **parts: Any) -> Response:
        """Write-Composite: iPATCH, in blocks of 16 << szx octets when szx is given."""
        return self._send("IPATCH", "", format, payload, szx, None, timeout, parts)

    def execute(self, path: str, arguments: str | None = None, timeout: float = DEFAULT_TIMEOUT,
                **parts: Any) -> Response:
        """Execute, with arguments such as "0='a',1" in plain text."""
        return self.request("POST", path, timeout, payload=(arguments or "").encode(),
                            content_format=TEXT if arguments else None, **parts)

    def delete(self, path: str, timeout: float = DEFAULT_TIMEOUT) -> Response:
        """Delete."""
        return self.request("DELETE", path, timeout)

    def write_attributes(self, path: str, timeout: float = DEFAULT_TIMEOUT,
                         **attributes: Any) -> Response:
        """Write-Attributes: pmin=1 sets, pmin=None removes."""
        queries = [name if value is None else f"{name}={value}"
                   for name, value in attributes.items()]
        return self.request("PUT", path, timeout, queries=queries)

    def observe(self, path: str, accept: int | None = None, timeout: float = DEFAULT_TIMEOUT,
                **parts: Any) -> Observation:
        """Observe. The observation's response is the first answer, to be checked by the test: a
        client that refuses it, or answers without Observe, is not observing."""
        request = make_request("GET", self.root + path, accept=accept, observe=0, **parts)
        exchange = self.requester.start(self.session, request)
        response = exchange.wait(timeout)
        if response.block2 and response.block2.more:
            response = self.requester.fetch(self.session, request, response, timeout)
        return Observation(self.requester, exchange, response)

    def observe_composite(self, paths: bytes, format: int, accept: int | None = None,
                          timeout: float = DEFAULT_TIMEOUT, **parts: Any) -> Observation:
        """Observe-Composite, as observe()."""
        request = make_request("FETCH", self.root, accept=accept, content_format=format,
                               payload=paths, observe=0, **parts)
        exchange = self.requester.start(self.session, request)
        response = exchange.wait(timeout)
        if response.block2 and response.block2.more:
            response = self.requester.fetch(self.session, request, response, timeout)
        return Observation(self.requester, exchange, response)

    def raw(self, data: bytes, record: bool = False) -> None:
        """Sends bytes as they are from the server's port: a datagram, or with record the
        application data of a DTLS record."""
        assert self.requester.process
        self.requester.process.command("raw", session=self.session, data=data.hex(), record=record)


@dataclass
class RegistrationRequest:
    """A Register, Update or De-register as it came in, its body put together, and the server's own
    judgement of it: code, and in reason what is wrong. A test's policy gets it and may answer
    otherwise."""

    operation: str
    message: Message
    session: int
    identity: bytes | None
    location: str = ""
    parameters: dict[str, str | bool] = field(default_factory=dict)
    links: list[corelink.Link] | None = None
    code: str = "5.00"
    reason: str = ""

    @property
    def endpoint(self) -> str:
        """The parameter ep, or without one the PSK identity (Core 1.1, 6.2.1)."""
        if "ep" in self.parameters:
            return str(self.parameters["ep"])
        return (self.identity or b"").decode("utf-8", "replace")


def parse_queries(queries: Iterable[str]) -> dict[str, str | bool]:
    """Query parameters by name; one without '=' is True. ValueError when a name occurs twice."""
    parameters: dict[str, str | bool] = {}
    for query in queries:
        name, equals, value = query.partition("=")
        if name in parameters:
            raise ValueError(f"parameter {name} twice")
        parameters[name] = value if equals else True
    return parameters

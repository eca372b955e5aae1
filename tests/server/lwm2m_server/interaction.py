# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests from the server to a client and their answers: RFC 7252, 5; RFC 7641; RFC 7959."""

from __future__ import annotations

import collections
import os
import threading
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterable

from . import corelink, text, tlv
from .coap import (LINK, METHODS, OPAQUE, TEXT, TLV, Block, Message, Option, path_options,
                   query_options, uint_bytes)
from .process import ServerProcess, WaitTimeout, message_of, wait_for

DEFAULT_TIMEOUT = 10.0
Mutate = Callable[[list[Message]], Iterable[Message]]


class RequestFailed(AssertionError):
    """A request that got no answer: reset, given up, or the session ended."""


@dataclass
class Response(Message):
    """An answer or a notification. blocks has the messages it was put together from."""

    session: int = 0
    reset: bool = False
    blocks: list[Message] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The payload as text."""
        return self.payload.decode("utf-8")

    @property
    def tlv(self) -> list[tlv.Tlv]:
        """The payload as TLV records."""
        return tlv.decode(self.payload)

    @property
    def links(self) -> list[corelink.Link]:
        """The payload as links."""
        return corelink.parse(self.payload)

    @property
    def integer(self) -> int:
        """The payload as an integer in plain text, or as a single TLV record with one."""
        if self.content_format == TLV:
            return self.tlv[0].integer
        return text.integer(self.payload)

    @property
    def value(self) -> Any:
        """Text as str, opaque as bytes, links as a list of Link, TLV as a list of Tlv."""
        readers = {TEXT: "text", LINK: "links", TLV: "tlv", OPAQUE: "payload", None: "payload"}
        return getattr(self, readers.get(self.content_format, "payload"))

    def expect(self, code: str) -> "Response":
        """Fails unless the code is this one; returns itself."""
        assert self.code == code, f"{self.code} {self.payload!r} where {code} was expected"
        return self


class Exchange:
    """A request under way, and what came in for its token. Ends only with its owner."""

    def __init__(self, requester: "Requester", session: int, request: Message) -> None:
        self.session, self.request = session, request
        self.responses: list[Response] = []
        self.failure: str | None = None
        self._requester = requester

    @property
    def acknowledged(self) -> bool:
        """Whether an empty acknowledgement came: the answer is a separate one, RFC 7252, 5.2.2."""
        return (self.session, self.request.mid) in self._requester.acks

    def wait(self, timeout: float = DEFAULT_TIMEOUT, index: int = 0) -> Response:
        """The response number index. RequestFailed when the request was reset or given up."""
        wait_for(self._requester.condition, lambda: len(self.responses) > index or self.failure,
                 timeout, lambda: f"response {index} to {self.request}")
        if len(self.responses) > index:
            return self.responses[index]
        raise RequestFailed(f"{self.failure}: {self.request}")


class Requester:
    """Sends requests and brings answers home by session and token."""

    def __init__(self, condition: threading.Condition) -> None:
        self.condition = condition
        self.process: ServerProcess | None = None
        self.acks: collections.deque[tuple[int, int]] = collections.deque(maxlen=1000)
        self._exchanges: dict[tuple[int, bytes], Exchange] = {}

    def on_response(self, event: dict[str, Any]) -> Exchange | None:
        """Takes a "response" event. None when nobody waits for its token."""
        message = message_of(event)
        with self.condition:
            exchange = self._exchanges.get((event["session"], message.token))
            if exchange:
                exchange.responses.append(Response(
                    **vars(message), session=event["session"], reset=event["reset"]))
                self.condition.notify_all()
        return exchange

    def on_nack(self, event: dict[str, Any]) -> None:
        """Takes a "nack" event: a message of ours was reset or given up."""
        with self.condition:
            exchange = self._exchanges.get((event["session"], bytes.fromhex(event["token"])))
            if exchange:
                exchange.failure = event["reason"]
                self.condition.notify_all()

    def on_ack(self, session: int, mid: int) -> None:
        """Takes an empty acknowledgement."""
        with self.condition:
            self.acks.append((session, mid))
            self.condition.notify_all()

    def on_closed(self, session: int) -> None:
        """A session has ended: nothing will come on it."""
        with self.condition:
            for exchange in self._exchanges.values():
                if exchange.session == session and not exchange.responses:
                    exchange.failure = exchange.failure or "session closed"
            self.condition.notify_all()

    def start(self, session: int, request: Message) -> Exchange:
        """Sends a request, with a new token unless it has one, and returns at once."""
        assert self.process
        request = replace(request, token=request.token or os.urandom(8))
        exchange = Exchange(self, session, request)
        with self.condition:
            self._exchanges[session, request.token] = exchange
        request.mid = self.process.send(session, request).get("mid", 0)
        return exchange

    def ask(self, session: int, request: Message, timeout: float = DEFAULT_TIMEOUT) -> Response:
        """Sends one request and waits for its one answer."""
        return self.start(session, request).wait(timeout)

    def fetch(self, session: int, request: Message, first: Response,
              timeout: float = DEFAULT_TIMEOUT) -> Response:
        """The rest of a body whose first block is there, by Block2, RFC 7959, 2.4."""
        whole = replace(first, blocks=[first])
        while (block := whole.blocks[-1].block2) and block.more:
            number = len(whole.payload) // block.size
            options = [o for o in request.options
                       if o[0] not in (Option.BLOCK1, Option.BLOCK2, Option.OBSERVE)]
            options.append((Option.BLOCK2, Block(number, False, block.szx).encode()))
            # What is asked for by FETCH is in its payload (RFC 8132, 2.1), unless it went in blocks.
            body = request.payload if request.code == METHODS["FETCH"] and not whole.block1 else b""
            answer = self.ask(session, replace(request, token=b"", options=options, payload=body),
                              timeout)
            if answer.code != first.code:
                return replace(answer, blocks=whole.blocks + [answer])
            assert answer.block2 and answer.block2.offset == len(whole.payload), \
                f"asked for octet {len(whole.payload)}, got {answer.block2}"
            whole.payload += answer.payload
            whole.blocks.append(answer)
        return whole

    def push(self, session: int, request: Message, szx: int, mutate: Mutate | None = None,
             timeout: float = DEFAULT_TIMEOUT) -> Response:
        """Sends a body by Block1, RFC 7959, 2.5, and returns the last answer.

        mutate gets the list of block requests and returns what is sent instead: left out, twice,
        in another order, with changed options or payload. Without it, a smaller size that the
        client answers with is taken up, and the first answer that is not 2.31 ends it.
        """
        if mutate:
            return self._push_as_told(session, mutate(cut(request, szx)), timeout)

        offset, answers = 0, []
        while True:
            block = Block(offset // (16 << szx), offset + (16 << szx) < len(request.payload), szx)
            answers.append(self.ask(session, block_request(request, block), timeout))
            offset += block.size
            echoed = answers[-1].block1
            if answers[-1].code != "2.31" or not block.more:
                return replace(answers[-1], blocks=answers)
            szx = min(szx, echoed.szx) if echoed else szx

    def _push_as_told(self, session: int, requests: Iterable[Message],
                      timeout: float) -> Response:
        answers = [self.ask(session, request, timeout) for request in requests]
        return replace(answers[-1], blocks=answers)


def block_request(request: Message, block: Block) -> Message:
    """The request that carries one block of its body."""
    return replace(request, token=b"", payload=request.payload[block.offset:][:block.size],
                   options=[*request.options, (Option.BLOCK1, block.encode())])


def cut(request: Message, szx: int) -> list[Message]:
    """The requests that carry the whole body in blocks of one size."""
    size = 16 << szx
    count = max(1, -(-len(request.payload) // size))
    return [block_request(request, Block(i, i + 1 < count, szx)) for i in range(count)]


def make_request(code: str, path: str, *, type: str = "CON", queries: Iterable[str] = (),
                 accept: int | None = None, content_format: int | None = None,
                 observe: int | None = None, block2: Block | None = None,
                 options: Iterable[tuple[int, bytes]] = (), payload: bytes = b"",
                 token: bytes = b"") -> Message:
    """A request from its parts; options are appended to those that follow from the others."""
    every = path_options(path) + query_options(*queries) + list(options)
    for number, value in ((Option.ACCEPT, accept), (Option.CONTENT_FORMAT, content_format),
                          (Option.OBSERVE, observe)):
        if value is not None:
            every.append((number, uint_bytes(value)))
    if block2 is not None:
        every.append((Option.BLOCK2, block2.encode()))
    return Message(type, METHODS.get(code, code), token=token, payload=payload,
                   options=sorted(every, key=lambda option: option[0]))


class Observation:
    """An observation of a client's resource, RFC 7641. response is the answer that began it."""

    def __init__(self, requester: Requester, exchange: Exchange, response: Response) -> None:
        self.response = response
        self.session = exchange.session
        self.token = exchange.request.token
        self._requester, self._exchange = requester, exchange
        self._cancel: Exchange | None = None
        self._read = 1

    @property
    def notifications(self) -> list[Response]:
        """All that have come in so far."""
        return self._exchange.responses[1:]

    def next(self, timeout: float = DEFAULT_TIMEOUT, whole: bool = True) -> Response:
        """The next notification that this has not returned yet; when it is the first of several
        blocks, with the others fetched unless whole is false."""
        response = self._exchange.wait(timeout, self._read)
        self._read += 1
        if whole and response.block2 and response.block2.more:
            return self._requester.fetch(self.session, self._exchange.request, response, timeout)
        return response

    def cancel(self, timeout: float = DEFAULT_TIMEOUT) -> Response:
        """GET with Observe 1 and the same token, RFC 7641, 3.6. Returns the answer; notifications
        that cross it count as notifications."""
        request = replace(self._exchange.request, type="CON", options=[
            (n, b"\x01" if n == Option.OBSERVE else v) for n, v in self._exchange.request.options])
        self._cancel = self._requester.start(self.session, request)
        index = 0
        while (answer := self._cancel.wait(timeout, index)).observe is not None:
            self._exchange.responses.append(answer)
            index += 1
        return answer

    @property
    def strays(self) -> list[Response]:
        """Notifications that came after the answer to cancel()."""
        if not self._cancel:
            return []
        plain = [r.observe is None for r in self._cancel.responses]
        return self._cancel.responses[plain.index(True) + 1:] if True in plain else []

    def cancel_by_reset(self) -> None:
        """Answers every notification from here on with a Reset, RFC 7641, 3.6."""
        assert self._requester.process
        self._requester.process.command("reset-token", session=self.session,
                                        token=self.token.hex(), on=True)

    def wait_reset(self, timeout: float = DEFAULT_TIMEOUT) -> Response:
        """The first notification that was answered with a Reset."""
        def check() -> Response | None:
            return next((r for r in self._exchange.responses if r.reset), None)
        return wait_for(self._requester.condition, check, timeout,
                        lambda: "a notification to reset")


__all__ = ["Exchange", "Observation", "Requester", "RequestFailed", "Response", "WaitTimeout",
           "block_request", "cut", "make_request"]

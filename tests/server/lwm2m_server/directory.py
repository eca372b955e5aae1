# SPDX-License-Identifier: LGPL-2.1-or-later
"""The registration directory /rd: Core 1.1, 6.2; Transport 1.1, 6.4.3; RFC 7959 for long bodies."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Callable

from .coap import Block, Message, Option, uint_bytes
from .judge import Refused, judge_register, judge_update
from .registration import Registration, RegistrationRequest

# Bodies being put together at once, and the longest of them.
BODIES_MAX = 100
BODY_BYTES_MAX = 1 << 20


@dataclass
class Answered(Exception):
    """A block that is answered by itself: more is to come, or something is wrong."""

    code: str
    options: list[tuple[int, bytes]]


class BodyJoiner:
    """Puts Block1 bodies together. szx is the largest size that is granted; limit, when set, the
    longest body that is taken (4.13 beyond)."""

    def __init__(self) -> None:
        self.szx = 6
        self.limit: int | None = None
        self._bodies: dict[Any, bytes] = {}

    def join(self, session: int, message: Message) -> Message:
        """The message with its whole body. Answered when it is not the last block."""
        block = message.block1
        if block is None:
            self._check_limit(len(message.payload), None)
            return message
        key = (session, message.code, message.path, tuple(message.queries))
        body = self._bodies.pop(key, b"") if block.num else b""
        granted = Block(block.num, block.more, min(block.szx, self.szx))
        option = (Option.BLOCK1, granted.encode())

        if block.szx == 7 or (block.more and len(message.payload) != block.size):
            raise Answered("4.00", [])
        if block.offset != len(body):
            raise Answered("4.08", [option])
        # RFC 7959, 2.5, figure 8: a block larger than granted is taken whole, the next is smaller.
        body += message.payload
        self._check_limit(max(len(body), message.number(Option.SIZE1) or 0), option)
        if not block.more:
            return replace(message, payload=body)
        self._make_room()
        self._bodies[key] = body
        raise Answered("2.31", [option])

    def _check_limit(self, length: int, option: tuple[int, bytes] | None) -> None:
        limit = BODY_BYTES_MAX if self.limit is None else self.limit
        if length > limit:
            raise Answered("4.13", ([option] if option else [])
                           + [(Option.SIZE1, uint_bytes(limit))])

    def _make_room(self) -> None:
        while len(self._bodies) >= BODIES_MAX:
            del self._bodies[next(iter(self._bodies))]


class Directory:
    """The registrations, by location. Judges requests and, when they are granted, carries them
    out. Its clock can be moved by a test: nothing expires but by expire()."""

    def __init__(self, make: Callable[[], Registration]) -> None:
        self.path = "/rd"
        self.versions = {"1.0", "1.1"}
        self.registrations: dict[str, Registration] = {}
        self.offset = 0.0
        self.bodies = BodyJoiner()
        self._make = make
        self._last = 0
        self._deadlines: dict[str, float] = {}

    def now(self) -> float:
        """Monotonic seconds and what the test has moved them by."""
        return time.monotonic() + self.offset

    def owns(self, message: Message) -> bool:
        """Whether a request is for the directory."""
        return message.path == self.path or message.path.startswith(self.path + "/")

    def judge(self, message: Message, session: int, identity: bytes | None) -> RegistrationRequest:
        """What a request is and whether it is right. Nothing changes but bodies of blocks."""
        message = self.bodies.join(session, message)
        operation = "register" if message.path == self.path else (
            "deregister" if message.code == "0.04" else "update")
        request = RegistrationRequest(operation, message, session, identity)
        if operation != "register":
            request.location = message.path
        try:
            request.code = self._judge(request)
        except Refused as refused:
            request.code, request.reason = refused.code, refused.reason
        return request

    def _judge(self, request: RegistrationRequest) -> str:
        if request.operation == "register":
            if request.message.code != "0.02":
                raise Refused("4.05", f"method {request.message.code} on {self.path}")
            judge_register(request, self.versions)
            return "2.01"

        registration = self.registrations.get(request.location)
        if not registration or registration.identity != request.identity:
            raise Refused("4.04", f"no registration {request.location}")
        if request.operation == "deregister":
            return "2.02"
        if request.message.code != "0.02":
            raise Refused("4.05", f"method {request.message.code} on a location")
        judge_update(request, registration.version)
        return "2.04"

    def commit(self, request: RegistrationRequest) -> Registration:
        """Carries out a request that is answered with success. Returns the registration."""
        if request.operation == "deregister":
            registration = self.registrations.pop(request.location)
            registration.live = False
            return registration
        registration = (self._new(request) if request.operation == "register"
                        else self.registrations[request.location])
        _apply(registration, request)
        self._deadlines[registration.location] = self.now() + registration.lifetime
        return registration

    def _new(self, request: RegistrationRequest) -> Registration:
        """A Register replaces what the same endpoint had, Core 1.1, 6.2.1."""
        for old in list(self.registrations.values()):
            if old.endpoint == request.endpoint:
                self.registrations.pop(old.location).live = False
        self._last += 1
        registration = self._make()
        registration.endpoint = request.endpoint
        registration.location = request.location = f"{self.path}/{self._last}"
        registration.identity = request.identity
        registration.version = str(request.parameters["lwm2m"])
        self.registrations[registration.location] = registration
        return registration

    def expire(self) -> list[Registration]:
        """Drops and returns the registrations whose lifetime has passed."""
        now = self.now()
        gone = [r for r in self.registrations.values() if self._deadlines[r.location] <= now]
        for registration in gone:
            registration.live = False
            del self.registrations[registration.location]
        return gone


def _apply(registration: Registration, request: RegistrationRequest) -> None:
    parameters = request.parameters
    registration.session = request.session
    registration.lifetime = int(parameters.get("lt", registration.lifetime))
    registration.binding = str(parameters.get("b", registration.binding))
    registration.sms = str(parameters["sms"]) if "sms" in parameters else registration.sms
    registration.queue = (parameters.get("Q") is True or registration.queue
                          or "Q" in registration.binding)
    if request.links is not None:
        registration.links = request.links
    if request.operation == "update":
        registration.updates += 1

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The LwM2M server that tests speak to: class Server."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, Callable

from .coap import Message, Option
from .directory import Answered, Directory
from .interaction import DEFAULT_TIMEOUT, Exchange, Requester, Response
from .policy import SILENCE, Hold, Policy, Reply
from .process import ServerProcess, message_of, wait_for
from .registration import Registration, RegistrationRequest

# Answers kept for duplicates, and how much of the process's output is kept for failure texts.
REPLIES_MAX = 1000
TRACE_MAX = 2000


@dataclass
class Session:
    """A peer. state is new, connected (DTLS is ready), error or closed."""

    id: int
    peer: str = ""
    dtls: bool = False
    identity: bytes | None = None
    state: str = "new"
    cipher: str | None = None


@dataclass
class Event:
    """Something that happened. kind is register, update, deregister (code is what was answered,
    None for no answer; reason says what was wrong), expired, request (outside /rd), duplicate,
    response (an answer that nobody asked for), repeat (one that came before), reset, ack, ping,
    malformed, session, log. For session and log, text says which state or what."""

    kind: str
    time: float
    session: int | None = None
    endpoint: str | None = None
    location: str | None = None
    identity: bytes | None = None
    code: str | None = None
    reason: str = ""
    parameters: dict[str, str | bool] = field(default_factory=dict)
    links: list[str] | None = None
    message: Message | None = None
    mid: int | None = None
    text: str = ""


class Server:
    """An LwM2M server with a NoSec and a DTLS-PSK port on 127.0.0.1 and ::1.

    psk: keys by identity, as bytes. Ports are ephemeral unless given. Policies (on_register,
    on_update, on_deregister, on_request) are functions called in the reader thread with a
    RegistrationRequest (on_request: with the Message); they return None for the right answer, a
    code ("4.03"), a Reply, SILENCE, or a Hold. They must not wait.
    """

    def __init__(self, psk: dict[bytes, bytes] | None = None, nosec_port: int = 0,
                 psk_port: int = 0, binary: str | None = None) -> None:
        self.on_register: Policy | None = None
        self.on_update: Policy | None = None
        self.on_deregister: Policy | None = None
        self.on_request: Policy | None = None
        self.deduplicate = True
        self.events: list[Event] = []
        self.sessions: dict[int, Session] = {}
        self.trace: collections.deque[dict[str, Any]] = collections.deque(maxlen=TRACE_MAX)
        self._replies: collections.OrderedDict[tuple[int, int], tuple[Message, list[Message]]] = (
            collections.OrderedDict())
        # The process may speak of peers before its constructor has returned.
        self._started = threading.Event()
        self.condition = threading.Condition()
        self.requester = Requester(self.condition)
        self.directory = Directory(lambda: Registration(self.requester))
        self.process = ServerProcess(self._on_event, self.condition, nosec_port, psk_port, binary)
        self.requester.process = self.process
        self._started.set()
        self.nosec_port: int = self.process.ready["nosec"]
        self.psk_port: int = self.process.ready["psk"]
        self.ipv6: bool = self.process.ready["ipv6"]
        for identity, key in (psk or {}).items():
            self.add_psk(identity, key)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; fails when it crashed or a policy raised."""
        self.process.close()

    def kill(self) -> None:
        """The server dies: its ports answer no more."""
        self.process.kill()

    def uri(self, security: str = "nosec", ipv6: bool = False) -> str:
        """coap:// or coaps:// URI of a port, security "nosec" or "psk"."""
        scheme, port = (("coaps", self.psk_port) if security == "psk" else ("coap",
                                                                            self.nosec_port))
        return f"{scheme}://{'[::1]' if ipv6 else '127.0.0.1'}:{port}"

    def add_psk(self, identity: bytes, key: bytes) -> None:
        """Accepts a key, or another one, for an identity. The identity may hold any octet but 0."""
        self.process.command("add-psk", identity=identity.hex(), key=key.hex())

    def remove_psk(self, identity: bytes) -> None:
        """Refuses the identity from the next handshake on."""
        self.process.command("remove-psk", identity=identity.hex())

    def close_session(self, session: int, notify: bool = False) -> None:
        """Drops a session's state: silently, as a server that restarts does, or with a
        close_notify alert."""
        self.process.command("close", session=session, notify=notify)

    def lose(self, packets: str | None) -> None:
        """Loses datagrams the server sends: "1-3,7" counted from here, "30%", None for none."""
        self.process.command("lose", packets=packets)

    def tune(self, session: int, ack_timeout: float = 2, max_retransmit: int = 4,
             nstart: int = 1) -> None:
        """Sets the transmission parameters towards a peer, RFC 7252, 4.8, with a random factor of
        1. libcoap takes no less than one second and one repetition. nstart: interactions at once."""
        self.process.command("tune", session=session, **{
            "ack-timeout-ms": int(ack_timeout * 1000), "max-retransmit": max_retransmit,
            "nstart": nstart})

    def set_suites(self, names: str | None = None) -> None:
        """Accepts only these cipher suites, in OpenSSL's names with colons between, from the next
        handshake on; None for the two of LwM2M, PSK-AES128-CCM8 and PSK-AES128-CBC-SHA256."""
        self.process.command("suites", names=names)

    def send(self, session: int, message: Message, new_mid: bool = True) -> None:
        """Sends any message to any session."""
        self.process.send(session, message, new_mid)

    def start(self, session: int, request: Message) -> Exchange:
        """Sends a request to any session without waiting."""
        return self.requester.start(session, request)

    def request(self, session: int, request: Message,
                timeout: float = DEFAULT_TIMEOUT) -> Response:
        """Sends a request to any session and waits for the answer."""
        return self.requester.ask(session, request, timeout)

    @property
    def registrations(self) -> list[Registration]:
        """Those that live."""
        with self.condition:
            return list(self.directory.registrations.values())

    def advance(self, seconds: float) -> list[Registration]:
        """Moves the clock of lifetimes forward; returns the registrations that expired by it."""
        with self.condition:
            self.directory.offset += seconds
            gone = self.directory.expire()
            for registration in gone:
                self._record(Event("expired", time.monotonic(), registration.session,
                                   registration.endpoint, registration.location))
        return gone

    def forget(self, registration: Registration) -> None:
        """Drops a registration without telling the client: its next Update gets 4.04."""
        with self.condition:
            self.directory.registrations.pop(registration.location, None)
            registration.live = False

    def mark(self) -> int:
        """The number of events so far, to wait for those after it."""
        with self.condition:
            return len(self.events)

    def wait_event(self, kind: str, timeout: float = DEFAULT_TIMEOUT, after: int = 0,
                   where: Callable[[Event], bool] = lambda event: True) -> Event:
        """The first event of a kind, after a mark(), for which where() is true."""
        def check() -> Event | None:
            return next((e for e in self.events[after:] if e.kind == kind and where(e)), None)
        return wait_for(self.condition, check, timeout, lambda: f"{kind}; {self.history()}")

    def wait_registration(self, endpoint: str | None = None, timeout: float = DEFAULT_TIMEOUT,
                          after: int = 0) -> Registration:
        """The registration of an endpoint (or of any), once it has registered after a mark()."""
        def check() -> Registration | None:
            found = (self.directory.registrations.get(e.location or "")
                     for e in self.events[after:] if e.kind == "register" and e.code == "2.01"
                     and endpoint in (None, e.endpoint))
            return next((registration for registration in found if registration), None)
        return wait_for(self.condition, check, timeout,
                        lambda: f"a registration of {endpoint or 'anyone'}; {self.history()}")

    def hold(self, acknowledge: bool = False) -> Hold:
        """A Hold for a policy to return."""
        return Hold(self.condition, acknowledge)

    def wait_session(self, state: str = "connected", timeout: float = DEFAULT_TIMEOUT,
                     where: Callable[[Session], bool] = lambda session: True) -> Session:
        """A session in this state."""
        def check() -> Session | None:
            return next((s for s in self.sessions.values() if s.state == state and where(s)), None)
        return wait_for(self.condition, check, timeout,
                        lambda: f"a session {state}; {self.history()}")

    def history(self) -> str:
        """What has happened, a line each, for failure texts."""
        with self.condition:
            lines = [f"  {e.kind} {e.code or ''} {e.reason} {e.text}{e.message or ''}".rstrip()
                     for e in self.events[-40:]]
        return "so far:\n" + "\n".join(lines or ["  nothing"])

    # From here on everything runs in the reader thread.

    def _record(self, event: Event) -> None:
        with self.condition:
            self.events.append(event)
            self.condition.notify_all()

    def _on_event(self, event: dict[str, Any]) -> None:
        self._started.wait()
        self.trace.append(event)
        handlers = {"session": self._on_session, "request": self._on_request,
                    "response": self._on_response, "nack": self.requester.on_nack}
        handler = handlers.get(event["event"], self._on_other)
        handler(event)

    def _on_session(self, event: dict[str, Any]) -> None:
        with self.condition:
            session = self.sessions.setdefault(event["session"], Session(event["session"]))
            session.state = event["state"]
            session.peer = event.get("peer", session.peer)
            session.dtls = event.get("dtls", session.dtls)
            session.cipher = event.get("cipher", session.cipher)
            if "identity" in event:
                session.identity = bytes.fromhex(event["identity"])
        if session.state == "closed":
            self.requester.on_closed(session.id)
        self._record(Event("session", time.monotonic(), session.id, identity=session.identity,
                           text=session.state))

    def _on_response(self, event: dict[str, Any]) -> None:
        if not self.requester.on_response(event):
            self._record(Event("response", time.monotonic(), event["session"],
                               message=message_of(event)))

    def _on_other(self, event: dict[str, Any]) -> None:
        kind = {"ACK": "ack", "RST": "reset"}.get(event["event"], event["event"])
        if kind == "ack":
            self.requester.on_ack(event["session"], event["mid"])
        self._record(Event(kind, time.monotonic(), event.get("session"), mid=event.get("mid"),
                           text=event.get("text", "").strip()))

    def _on_request(self, event: dict[str, Any]) -> None:
        message, session = message_of(event), event["session"]
        identity = bytes.fromhex(event["identity"]) if "identity" in event else None
        if identity is not None and session in self.sessions:
            self.sessions[session].identity = identity
        if self.deduplicate and self._repeat(session, message):
            return
        self._remember(session, message)
        if not self.directory.owns(message):
            self._on_foreign(session, identity, message)
            return
        try:
            request = self.directory.judge(message, session, identity)
        except Answered as answered:
            self._answer(session, message, Reply(answered.code, answered.options))
            return
        policy = {"register": self.on_register, "update": self.on_update,
                  "deregister": self.on_deregister}[request.operation]
        self._settle(request, policy(request) if policy else None)

    def _on_foreign(self, session: int, identity: bytes | None, message: Message) -> None:
        answer = self.on_request(message) if self.on_request else None
        reply = _reply_of("4.04" if answer is None else answer)
        with self.condition:
            if reply:
                self._answer(session, message, reply)
            self._record(Event("request", time.monotonic(), session, identity=identity,
                               code=reply.code if reply else None, message=message))

    def _settle(self, request: RegistrationRequest, answer: Any) -> None:
        """Answers a judged request, now or when it is released."""
        if not isinstance(answer, Hold):
            self._settle_now(request, answer, False)
            return
        separate = answer.acknowledge
        if separate:
            self._transmit(request.session, request.message,
                           Message("ACK", mid=request.message.mid))
        answer.take(request, lambda late: self._settle_now(request, late, separate))

    def _settle_now(self, request: RegistrationRequest, answer: Any, acknowledged: bool) -> None:
        """Under the lock the answer and its event are one: no test sees the one before the
        other."""
        reply = _reply_of(request.code if answer is None else answer)
        with self.condition:
            endpoint, location = self._commit(request, reply)
            if reply:
                self._answer(request.session, request.message,
                             _completed(reply, request, location), acknowledged)
            self._record(Event(
                request.operation, time.monotonic(), request.session, endpoint, location,
                request.identity, reply.code if reply else None, request.reason,
                request.parameters,
                None if request.links is None else [link.target for link in request.links],
                request.message))

    def _commit(self, request: RegistrationRequest, reply: Reply | None) -> tuple[str, str]:
        """Carries out what is right and answered so. Returns endpoint and location."""
        known = self.directory.registrations.get(request.location)
        right = {"register": "2.01", "update": "2.04", "deregister": "2.02"}[request.operation]
        if not reply or reply.type == "RST" or not reply.code == right == request.code:
            return known.endpoint if known else request.endpoint, request.location
        if request.operation != "register" and not known:
            return request.endpoint, request.location
        registration = self.directory.commit(request)
        return registration.endpoint, registration.location

    def _answer(self, session: int, message: Message, reply: Reply,
                acknowledged: bool = False) -> None:
        """RFC 7252, 5.2: piggybacked on the acknowledgement, or separate."""
        if reply.type == "RST":
            self._transmit(session, message, Message("RST", mid=message.mid))
            return
        answer = Message(reply.type or "ACK", reply.code, message.mid, message.token,
                         sorted(reply.options, key=lambda option: option[0]), reply.payload)
        if message.type == "NON" and not reply.type:
            answer.type = "NON"
        elif message.type == "CON" and (reply.separate or acknowledged):
            if not acknowledged:
                self._transmit(session, message, Message("ACK", mid=message.mid))
            answer.type = reply.type or "CON"
        self._transmit(session, message, answer)

    def _transmit(self, session: int, request: Message, message: Message) -> None:
        stored = self._replies.get((session, request.mid))
        if stored and stored[0].token == request.token:
            stored[1].append(message)
        self.process.send(session, message, new_mid=message.type in ("CON", "NON"))

    def _remember(self, session: int, message: Message) -> None:
        self._replies.pop((session, message.mid), None)
        self._replies[session, message.mid] = (message, [])
        while len(self._replies) > REPLIES_MAX:
            self._replies.popitem(last=False)

    def _repeat(self, session: int, message: Message) -> bool:
        """RFC 7252, 4.5: a request that was seen before gets its acknowledgement again."""
        stored = self._replies.get((session, message.mid))
        if not stored or stored[0] != message:
            return False
        for reply in stored[1]:
            if reply.type in ("ACK", "RST"):
                self.process.send(session, reply, new_mid=False)
        self._record(Event("duplicate", time.monotonic(), session, message=message,
                           mid=message.mid))
        return True


def _completed(reply: Reply, request: RegistrationRequest, location: str) -> Reply:
    """A reply with what belongs to it: Location-Path, Block1, a diagnostic payload."""
    options = list(reply.options)
    if reply.code == "2.01" and not options:
        options = [(Option.LOCATION_PATH, part.encode()) for part in location.split("/") if part]
    if block := request.message.first(Option.BLOCK1):  # RFC 7959, 2.3: echoed at the end
        options.append((Option.BLOCK1, block))
    payload = reply.payload or (request.reason.encode() if reply.code >= "4" else b"")
    return replace(reply, options=options, payload=payload)


def _reply_of(answer: Any) -> Reply | None:
    """A policy's answer as a Reply; None for silence."""
    if answer is SILENCE:
        return None
    return answer if isinstance(answer, Reply) else Reply(str(answer))


__all__ = ["Event", "Hold", "Reply", "SILENCE", "Server", "Session"]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent that is managed by SMS, and the air between it and its server."""
from __future__ import annotations

from typing import Any, Callable

from gateway import Gateway, eventually
from lwm2m_server.coap import Message, Option
from modems import PlainModem
from network import KEYS, NUMBER, PARAMETERS, SmsServer
from secured_packet import Packets
from tpdu import Short, read_submit, write_deliver

PLAIN_TEXT = [(Option.CONTENT_FORMAT, b"")]
LIFETIME = "/1/0/1"


class Air(PlainModem):
    """Keeps what the server has sent, as somebody may who listens."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.heard: list[bytes] = []

    def deliver(self, short: Short) -> None:
        self.heard.append(write_deliver(short))
        super().deliver(short)

    def uplink(self) -> list[bytes]:
        """The packets of the agent that are one message."""
        shorts = map(read_submit, self.sent)
        return [short.data for short in shorts if 0 not in short.elements()]

    def wait_heard(self, timeout: float = 30) -> None:
        """Until the agent has taken all that was delivered; what it keeps back are segments."""
        self.deliver_tpdu(b"\x00")
        with self.changed:
            last = max(self.kept, default=0)
            assert self.changed.wait_for(lambda: last not in self.kept, timeout), "not acknowledged"


class Peer(SmsServer):
    """A server that answers Register and Update by itself. Answers of the agent are in `answers`, by message ID."""

    def __init__(self, air: Air, number: str = NUMBER, keys: bytes = KEYS) -> None:
        self.answers: dict[int, Message] = {}
        self.registered = 0
        super().__init__(air, number, Packets(PARAMETERS, keys))

    def work(self) -> None:
        """Looks at all that has come."""
        while not self.messages.empty():
            message = self.next()
            if (message.code, message.path) == ("0.02", "/rd"):
                self.registered += 1
                self.answer(message, "2.01", "rd/7a")
            elif message.code == "0.02":
                self.answer(message, "2.04")
            elif message.type == "ACK":
                self.answers[message.mid] = message

    def wait(self, check: Callable[[], Any], what: str, timeout: float = 20) -> Any:
        def look() -> Any:
            self.work()
            return check()
        return eventually(look, what, timeout)

    def put(self, lifetime: int) -> int:
        """The message ID of a Write of /1/0/1."""
        request = self.request("PUT", LIFETIME, payload=str(lifetime).encode(), options=PLAIN_TEXT)
        self.send(request)
        return request.mid

    def get(self) -> bytes:
        """A Read of /1/0/1, answered."""
        request = self.request("GET", LIFETIME)
        self.send(request)
        answer = self.wait(lambda: self.answers.pop(request.mid, None), "an answer")
        assert answer.code == "2.05"
        return answer.payload


def account(gateway: Gateway, ssid: int = 101, keys: bytes = KEYS, number: str = NUMBER) -> None:
    """A file of servers.d: nothing but SMS."""
    path = gateway.directory / f"sms-key-{ssid}"
    path.touch(0o600)
    path.write_bytes(keys)
    gateway.account(f"tel:{number}", ssid, mode="nosec", lifetime=3600, binding="S", sms_number=number,
                    sms_mode="secured-packet-device", sms_key_file=path, sms_parameters=PARAMETERS.hex())


def state(gateway: Gateway, ssid: int = 101) -> str | None:
    return next((s["state"] for s in gateway.status()["servers"] if s["server"] == ssid), None)


def start(gateway: Gateway, peer: Peer) -> None:
    """Starts the agent, which registers."""
    before = peer.registered
    gateway.start().wait_bus()
    peer.wait(lambda: peer.registered > before, "Register by SMS")
    eventually(lambda: state(gateway) == "registered", "registered by SMS")

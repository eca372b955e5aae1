# SPDX-License-Identifier: LGPL-2.1-or-later
"""An LwM2M server for tests, written from the standards, sharing nothing with the client.

    with Server() as server:
        ...start a client that registers at server.uri("nosec")...
        registration = server.wait_registration("urn:test", 10)
        assert registration.read("/3/0/0").text == "..."
"""

from . import corelink, text, tlv
from .coap import Block, MalformedMessage, Message, Option
from .interaction import Exchange, Observation, RequestFailed, Response, make_request
from .peer import Datagram, RawPeer, Relay, registrar
from .policy import SILENCE, Hold, Reply
from .process import CommandError, ServerProcess, WaitTimeout
from .registration import Registration, RegistrationRequest
from .server import Event, Server, Session

__all__ = [
    "Block", "CommandError", "Datagram", "Event", "Exchange", "Hold", "MalformedMessage",
    "Message", "Observation", "Option", "RawPeer", "Registration", "RegistrationRequest", "Relay",
    "Reply", "RequestFailed", "Response", "SILENCE", "Server", "ServerProcess", "Session",
    "WaitTimeout", "corelink", "make_request", "registrar", "text", "tlv",
]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gateway that Leshan manages, from both ends."""
from __future__ import annotations

import secrets
from typing import Any

from gateway import Gateway
from leshan import Leshan


class Device:
    """A gateway, and the same as Leshan sees it."""

    def __init__(self, leshan: Leshan, gateway: Gateway) -> None:
        self.leshan = leshan
        self.gateway = gateway
        self.gateway.endpoint = f"urn:test:{secrets.token_hex(8)}"
        self.identity = f"identity-{secrets.token_hex(8)}"
        self.key = secrets.token_bytes(16)
        self.seen = leshan.client(gateway.endpoint)
        self.configure()

    def configure(self, **sections: dict[str, Any]) -> None:
        """Sections of lwm2md.conf besides what the tests expect object 3 to say."""
        self.gateway.configure(Device={"manufacturer": "Example", "model": "Gateway 17", "serial": "00042"}, **sections)

    def account(self, uri: str, **settings: Any) -> None:
        """Points the gateway at one of the server's addresses; those of PSK get its key first."""
        name = next(name for name, address in self.leshan.uris.items() if address == uri)
        if name.startswith("psk"):
            self.leshan.add_psk(self.gateway.endpoint, self.identity, self.key)
            settings = {"key": self.key, "psk_identity": self.identity, **settings}
        self.gateway.account(uri, **{"lifetime": 300, **settings})

    def register(self, uri: str, **settings: Any) -> dict[str, Any]:
        """Starts the gateway; what it registered."""
        self.account(uri, **settings)
        self.gateway.start().wait_bus()
        registration = self.seen.wait_event("REGISTRATION")["registration"]
        self.gateway.wait_log("registered, LwM2M")  # Leshan tells of it before the agent has its answer
        return registration

    def server(self) -> dict[str, Any]:
        """What lwm2mctl status --json tells of the server."""
        return self.gateway.status()["servers"][0]

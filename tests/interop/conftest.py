# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leshan, and a gateway that is registered with it."""
from __future__ import annotations

import pathlib
import secrets
from typing import Iterator

import pytest

import leshan as driver
from gateway import Gateway


@pytest.fixture(scope="session")
def leshan(build: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Leshan]:
    """A server for all tests of this process; they differ by their endpoints."""
    try:
        classpath = driver.prepare(build.resolve())
    except driver.Unavailable as reason:
        pytest.skip(str(reason))
    instance = driver.Leshan(classpath, tmp_path_factory.mktemp("leshan") / "log")
    yield instance
    instance.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Tests that are skipped for one reason are told in one line, whatever the fixture that said so."""
    report = (yield).get_result()
    if report.skipped and isinstance(report.longrepr, tuple):
        path, _, reason = report.longrepr
        report.longrepr = (path, None, reason)


class Device:
    """A gateway, and the same as Leshan sees it."""

    def __init__(self, leshan: driver.Leshan, gateway: Gateway) -> None:
        self.leshan = leshan
        self.gateway = gateway
        self.gateway.endpoint = f"urn:test:{secrets.token_hex(8)}"
        self.identity = f"identity-{secrets.token_hex(8)}"
        self.key = secrets.token_bytes(16)
        self.seen = leshan.client(gateway.endpoint)
        self.gateway.configure(Device={"manufacturer": "Example", "model": "Gateway 17", "serial": "00042"})

    def account(self, uri: str, **settings: object) -> None:
        """Points the gateway at one of the server's addresses; those of PSK get its key first."""
        name = next(name for name, address in self.leshan.uris.items() if address == uri)
        if name.startswith("psk"):
            self.leshan.add_psk(self.gateway.endpoint, self.identity, self.key)
            settings = {"key": self.key, "psk_identity": self.identity, **settings}
        self.gateway.account(uri, **{"lifetime": 300, **settings})

    def register(self, uri: str, **settings: object) -> dict[str, object]:
        """Starts the gateway; what it registered."""
        self.account(uri, **settings)
        self.gateway.start().wait_bus()
        return self.seen.wait_event("REGISTRATION")["registration"]

    def server(self) -> dict[str, object]:
        """What lwm2mctl status --json tells of the server."""
        return self.gateway.status()["servers"][0]


@pytest.fixture
def unregistered(leshan: driver.Leshan, gateway: Gateway) -> Device:
    """A device that is not started yet."""
    return Device(leshan, gateway)


@pytest.fixture(params=["nosec", "psk"])
def device(request: pytest.FixtureRequest, unregistered: Device) -> Device:
    """A registered device, once without security and once with a pre-shared key."""
    unregistered.register(unregistered.leshan.uris[request.param])
    return unregistered

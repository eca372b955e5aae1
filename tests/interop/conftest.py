# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leshan, and a gateway that is registered with it."""
from __future__ import annotations

import contextlib
import pathlib
from typing import Iterator

import pytest

import leshan as driver
from gateway import Gateway
from leshan_device import Device


@pytest.fixture(scope="session")
def classpath(build: pathlib.Path) -> str:
    try:
        return driver.prepare(build.resolve())
    except driver.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def leshan(classpath: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Leshan]:
    """A server for all tests of this process; they differ by their endpoints."""
    with contextlib.closing(driver.Leshan(classpath, tmp_path_factory.mktemp("leshan") / "log")) as instance:
        yield instance


@pytest.fixture
def leshan_with_cid(classpath: str, tmp_path: pathlib.Path) -> Iterator[driver.Leshan]:
    """One as Leshan's demo server is by default: with connection identifiers for who asks for them (RFC 9146)."""
    with contextlib.closing(driver.Leshan(classpath, tmp_path / "log", "--cid", "6")) as instance:
        yield instance


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Tests that are skipped for one reason are told in one line, whatever the fixture that said so."""
    report = (yield).get_result()
    if report.skipped and isinstance(report.longrepr, tuple):
        path, _, reason = report.longrepr
        report.longrepr = (path, None, reason)


@pytest.fixture
def unregistered(leshan: driver.Leshan, gateway: Gateway) -> Device:
    """A device that is not started yet."""
    return Device(leshan, gateway)


@pytest.fixture(params=["nosec", "psk"])
def device(request: pytest.FixtureRequest, unregistered: Device) -> Device:
    """A registered device, once without security and once with a pre-shared key."""
    unregistered.register(unregistered.leshan.uris[request.param])
    return unregistered

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of all Python tests. LWM2MD_BUILD names the build directory of meson."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
from typing import Iterator

import pytest

for folder in ("server", "lib"):
    sys.path.insert(0, str(pathlib.Path(__file__).parent / folder))

from gateway import Bus, Gateway  # noqa: E402
from lwm2m_server import Server  # noqa: E402

# Long enough for a first test that fetches or installs what others use too.
TEST_LIMIT_S = 600


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "root: needs root")
    config.addinivalue_line("markers", "interop: needs another vendor's server")
    config.addinivalue_line("markers", "slow: takes more than five seconds")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """A test that hangs fails, and shows where it hung."""
    def expire(*_: object) -> None:
        pytest.fail(f"not done within {TEST_LIMIT_S} s")
    signal.signal(signal.SIGALRM, expire)
    signal.alarm(TEST_LIMIT_S)
    yield
    signal.alarm(0)


@pytest.fixture(scope="session")
def build() -> pathlib.Path:
    """The build directory. Binaries lie where meson puts them: build / "agent" / "lwm2md"."""
    path = os.environ.get("LWM2MD_BUILD")
    if not path:
        pytest.fail("set LWM2MD_BUILD to the build directory of meson")
    return pathlib.Path(path)


@pytest.fixture
def server(build: pathlib.Path) -> Iterator[Server]:
    """A test server of its own process and ports."""
    with Server() as instance:
        yield instance


@pytest.fixture
def bus(tmp_path: pathlib.Path) -> Iterator[Bus]:
    """A private system bus."""
    instance = Bus(tmp_path)
    yield instance
    if instance.process.poll() is None:
        instance.stop()


@pytest.fixture
def gateway(build: pathlib.Path, tmp_path: pathlib.Path, bus: Bus) -> Iterator[Gateway]:
    """An agent that is not started yet; ended, and its end judged, after the test."""
    instance = Gateway(build, tmp_path, bus)
    yield instance
    instance.stop()

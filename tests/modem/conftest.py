# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of the modem service's tests: a station is the service between a modem and an agent."""
from __future__ import annotations

import os
import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gateway import Bus  # noqa: E402
from station import Agent, Chain, need  # noqa: E402


class Station(Chain):
    """A chain, and agents that speak to its service."""

    def __init__(self, kind: str, build: pathlib.Path, directory: pathlib.Path, bus: Bus) -> None:
        super().__init__(kind, build, directory, bus.address)
        self.agents: list[Agent] = []

    def start(self) -> Agent:
        """All of it; an agent that is there, and a modem that is ready and has been looked through."""
        self.start_proxy()
        self.process.start()
        agent = self.agent().start().ready()
        agent.replay()
        return agent

    def agent(self) -> Agent:
        agent = Agent(self.address, self.service)
        self.agents.append(agent)
        return agent

    def stop(self) -> None:
        try:
            super().stop()
        finally:
            for agent in self.agents:
                agent.close()


@pytest.fixture(params=["qmi", pytest.param("mbim", marks=pytest.mark.root)])
def station(request: pytest.FixtureRequest, build: pathlib.Path, tmp_path: pathlib.Path, bus: Bus) -> Iterator[Station]:
    """Both protocols, one after the other. One that is not built is skipped."""
    need(build, request.param)
    instance = Station(request.param, build, tmp_path, bus)
    yield instance
    instance.stop()


@pytest.fixture
def qmi(build: pathlib.Path, tmp_path: pathlib.Path, bus: Bus) -> Iterator[Station]:
    """QMI alone: what MBIM does not have."""
    need(build, "qmi")
    instance = Station("qmi", build, tmp_path, bus)
    yield instance
    instance.stop()


@pytest.fixture
def mbim(build: pathlib.Path, tmp_path: pathlib.Path, bus: Bus) -> Iterator[Station]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    need(build, "mbim")
    instance = Station("mbim", build, tmp_path, bus)
    yield instance
    instance.stop()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of the modem service's tests: a station is the service between a modem and an agent."""
from __future__ import annotations

import os
import pathlib
import sys
import uuid
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gateway import Bus  # noqa: E402
from simmodem import MbimModem, Modem, QmiModem  # noqa: E402
from station import Agent, ModemProcess, Network, need  # noqa: E402


class Station:
    """Nothing runs before start(). `kind`: "qmi" or "mbim"."""

    def __init__(self, kind: str, build: pathlib.Path, directory: pathlib.Path, bus: Bus) -> None:
        self.kind = kind
        self.modem = Modem()
        self.network = Network() if os.geteuid() == 0 else None
        self.device = directory / "cdc-wdm0"
        self.name = f"qmi-proxy-{uuid.uuid4()}" if kind == "qmi" else "mbim-proxy"
        self.service = f"org.lwm2md1.Modem.{kind.capitalize()}"
        self.address = bus.address
        self.agents: list[Agent] = []
        self.plug_in()
        self.proxy = self.new_proxy()
        arguments = [f"--device={self.device}", f"--backend={kind}"]
        if kind == "qmi":
            arguments.append(f"--proxy={self.name}")
        self.process = ModemProcess(build, bus.address, arguments, self.network)

    def new_proxy(self) -> QmiModem | MbimModem:
        return (QmiModem if self.kind == "qmi" else MbimModem)(self.modem, self.name)

    def plug_in(self) -> None:
        """The port appears. libmbim looks whether it is a special file; only the proxy opens it."""
        self.device.symlink_to("/dev/null")

    def pull(self) -> None:
        """The port disappears, and the proxy drops who used it."""
        self.device.unlink()
        self.proxy.hang_up()

    def start_proxy(self) -> None:
        if self.network:
            with self.network.inside():
                self.proxy.start()
        else:
            self.proxy.start()

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
            self.process.stop()
        finally:
            for agent in self.agents:
                agent.close()
            self.proxy.stop()
            if self.network:
                self.network.close()


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

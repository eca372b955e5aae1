# SPDX-License-Identifier: LGPL-2.1-or-later
"""Beside the real ModemManager, which has taken the simulated MBIM modem through the same proxy."""
from __future__ import annotations

import importlib.util
import pathlib

import pytest
from gateway import eventually
from real_manager import PROGRAM, RealManager
from simmodem import NV, Modem
from simmodem.managed import ManagedMbimModem
from station import Agent, ModemProcess, Network, need
from test_manager import deliver

PROXY = pathlib.Path("/usr/libexec/mbim-proxy")

pytestmark = [
    pytest.mark.root, pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM.exists() or not PROXY.exists() or not importlib.util.find_spec("dbusmock"),
                       reason="needs ModemManager, mbim-proxy and python3-dbusmock"),
]


class Scene:
    """modem, manager and agent; the modem is known to all."""

    def __init__(self, build: pathlib.Path, directory: pathlib.Path, address: str) -> None:
        self.network, self.modem = Network(), Modem()
        self.transport = ManagedMbimModem(self.modem, None)
        self.transport.start()
        self.manager = RealManager(address, directory, self.transport.path, self.network)
        self.manager.run(PROXY, "--no-exit")
        self.manager.start()
        self.service = ModemProcess(build, address, ["--device=/dev/cdc-wdm0", "--backend=mbim"], self.network)
        self.service.command[:0] = self.manager.host
        self.service.start()
        self.agent = Agent(address, "org.lwm2md1.Modem.Mbim").start().ready()
        self.agent.replay()

    def receive(self, data: bytes, **how: bytes) -> int:
        """A message comes, to the agent and to ModemManager."""
        self.modem.deliver(deliver(data, **how))
        number, tpdu, _ = self.agent.next()
        assert tpdu == deliver(data, **how)
        return number

    def known(self, *messages: bytes) -> None:
        eventually(lambda: self.manager.messages() == list(messages), f"ModemManager knows {messages}")

    def stop(self) -> None:
        try:
            self.service.stop()
        finally:
            self.agent.close()
            self.manager.stop()
            self.transport.stop()
            self.network.close()


@pytest.fixture
def scene(build, tmp_path, bus):
    need(build, "mbim")
    instance = Scene(build, tmp_path, bus.address)
    yield instance
    instance.stop()


def test_it_deletes_and_sees_the_next_message_in_that_place(scene):
    """It drops a message that comes to a place which was emptied behind its back."""
    scene.manager.enable()
    for data in (b"one", b"two", b"three"):
        number = scene.receive(data)
        scene.known(data)
        scene.agent.acknowledge(number)
        assert scene.modem.storages[NV] == {}
        scene.known()
    assert scene.modem.named("delete") == [("delete", NV, 0, True)] * 3


def test_segments(scene):
    scene.manager.enable()
    parts = [b"first part, ", b"second part"]
    numbers = [scene.receive(part, header=bytes([0, 3, 0x77, 2, sequence])) for sequence, part in enumerate(parts, 1)]
    scene.known(b"".join(parts))
    for number in numbers:
        scene.agent.acknowledge(number)
    assert scene.modem.storages[NV] == {}
    scene.known()


def test_foreign_stays_with_it(scene):
    scene.manager.enable()
    number = scene.receive(b"for others")
    scene.known(b"for others")
    scene.agent.acknowledge(number, foreign=True)
    scene.known(b"for others")
    assert len(scene.modem.storages[NV]) == 1 and scene.modem.named("delete") == []


def test_modem_that_it_has_but_does_not_use(scene):
    """Nobody has enabled it: it keeps no list, and nobody but us would delete."""
    scene.agent.acknowledge(scene.receive(b"one"))
    assert scene.modem.storages[NV] == {}
    scene.manager.enable()
    number = scene.receive(b"two")
    scene.known(b"two")
    scene.agent.acknowledge(number)
    scene.known()
    assert scene.modem.storages[NV] == {}


def test_it_ends(scene):
    scene.manager.enable()
    number = scene.receive(b"one")
    scene.known(b"one")
    scene.manager.end(scene.manager.process)
    scene.agent.acknowledge(number)
    assert scene.modem.storages[NV] == {}
    assert scene.agent.send(bytes.fromhex("41000B912121550571F87DF50902700041010203AABB")) == 1

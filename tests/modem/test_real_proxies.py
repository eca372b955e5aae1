# SPDX-License-Identifier: LGPL-2.1-or-later
"""The distribution's qmi-proxy and mbim-proxy between the service and a modem on a pty."""
from __future__ import annotations

import pathlib
import subprocess

import pytest
from simmodem import NV, MbimModem, Modem, QmiModem
from station import Agent, ModemProcess, Network, need
from test_messages import SUBMIT, deliver

pytestmark = pytest.mark.root


@pytest.fixture(params=["qmi", "mbim"])
def chain(request, build, bus):
    """(modem, its transport, service, a function that gives an agent); nothing runs yet but the proxy."""
    program = pathlib.Path(f"/usr/libexec/{request.param}-proxy")
    need(build, request.param)
    if not program.exists():
        pytest.skip(f"no {program}")
    network, modem = Network(), Modem()
    transport = (QmiModem if request.param == "qmi" else MbimModem)(modem, None)
    transport.start()
    with network.inside():
        proxy = subprocess.Popen([program, "--no-exit"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    service = ModemProcess(build, bus.address, [f"--device={transport.path}", f"--backend={request.param}"], network)
    agent = Agent(bus.address, f"org.lwm2md1.Modem.{request.param.capitalize()}")
    yield modem, transport, service, agent
    service.stop()
    agent.close()
    proxy.terminate()
    proxy.wait(10)
    transport.stop()
    network.close()


def test_there_and_back(chain):
    modem, _, service, agent = chain
    service.start()
    agent.start().ready()
    agent.wait(lambda: agent.get("OwnNumber") == "4915112345678", "its number")
    assert agent.send(SUBMIT) == 1 and modem.sent == [b"\x00" + SUBMIT]
    modem.deliver(deliver(1))
    number, tpdu, stored = agent.next()
    assert (tpdu, stored) == (deliver(1), True)
    agent.acknowledge(number)
    assert modem.storages[NV] == {}


def test_restart_behind_the_proxy(chain):
    """Client ids come back to the modem, and the proxy is as good as before."""
    modem, transport, service, agent = chain
    agent.start()
    for number in range(3):
        service.start()
        agent.ready()
        modem.deliver(deliver(number))
        agent.wait(lambda: any(tpdu == deliver(number) for _, tpdu, _ in agent.received), "it comes")
        service.stop()
        assert not isinstance(transport, QmiModem) or transport.open_ids == {}
    assert len(modem.storages[NV]) == 3

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an agent and a modem are owed when something of the chain goes away or hangs."""
from __future__ import annotations

import pytest
from station import Failure
from test_messages import SUBMIT

PROMPT = 5  # seconds; a message has 100


def test_send_ends_when_the_modem_is_pulled(station):
    agent = station.start()
    station.modem.mute = True
    answer = agent.begin("Send", "(aya{sv})", SUBMIT, {})
    agent.settle(0.3)
    assert answer == []
    station.pull()
    agent.wait(lambda: answer, "the answer", PROMPT)
    assert answer[0].startswith("NotConnected")


def test_send_ends_when_the_modem_is_given_up(station):
    station.process.command.append("--check=1")
    agent = station.start()
    station.modem.mute = True
    answer = agent.begin("Send", "(aya{sv})", SUBMIT, {})
    agent.wait(lambda: agent.get("State") == "absent", "given up")
    agent.wait(lambda: answer, "the answer", PROMPT)
    assert answer[0].startswith("NotConnected")


def test_ids_come_back_from_a_modem_that_hangs(qmi):
    """Its control service answers still."""
    qmi.process.command.append("--check=1")
    agent = qmi.start()
    before = len(qmi.proxy.open_ids)
    qmi.modem.mute = True
    agent.wait(lambda: agent.get("State") == "absent", "given up")
    qmi.modem.mute = False
    agent.ready()
    assert len(qmi.proxy.open_ids) == before


def test_nobody_else_is_told_the_number(station):
    stranger = station.agent()
    agent = station.start()
    station.modem.set_registered(False)
    agent.wait(lambda: agent.get("State") == "searching", "no network")
    agent.settle(0.2)
    assert any("State" in change for change in agent.changes) and stranger.changes == []


def test_an_agent_that_comes_is_told_the_status(station):
    agent = station.start()
    agent.stop()
    with pytest.raises(Failure):
        agent.replay()  # the service knows that the name is nobody's
    station.modem.set_registered(False)
    agent.wait(lambda: agent.get("State") == "searching", "no network")
    agent.settle(0.2)
    agent.changes.clear()
    agent.start()
    agent.wait(lambda: agent.changes, "the status")
    assert agent.changes[0]["State"] == "searching" and agent.changes[0]["Device"] == str(station.device)

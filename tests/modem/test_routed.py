# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages that are not stored: the network waits for the agent (QMI), or nobody does (class 0)."""
from __future__ import annotations

import pytest
from station import Failure
from test_messages import deliver

WCDMA, SUCCESS = 1, 1


def test_acknowledged_to_the_network_only_after_the_agent(qmi):
    agent = qmi.start()
    first, second = qmi.modem.route(deliver(1)), qmi.modem.route(deliver(2))
    taken = {tpdu: number for number, tpdu, stored in (agent.next(), agent.next()) if not stored}
    agent.settle(0.3)
    assert qmi.modem.named("acknowledge") == []
    agent.acknowledge(taken[deliver(2)])
    assert qmi.modem.named("acknowledge") == [("acknowledge", second, WCDMA, SUCCESS)]
    agent.acknowledge(taken[deliver(1)])
    assert qmi.modem.named("acknowledge")[1:] == [("acknowledge", first, WCDMA, SUCCESS)]
    assert qmi.modem.named("delete") == []


def test_foreign_is_acknowledged_all_the_same(qmi):
    agent = qmi.start()
    transaction = qmi.modem.route(deliver(1))
    agent.acknowledge(agent.next()[0], foreign=True)
    assert qmi.modem.named("acknowledge") == [("acknowledge", transaction, WCDMA, SUCCESS)]


def test_sent_again_by_the_network(qmi):
    """One message, one id; the acknowledgement is for the transaction that is open."""
    agent = qmi.start()
    qmi.modem.route(deliver(1))
    number = agent.next()[0]
    later = qmi.modem.route(deliver(1))
    assert agent.next()[:2] == (number, deliver(1))
    agent.acknowledge(number)
    assert qmi.modem.named("acknowledge") == [("acknowledge", later, WCDMA, SUCCESS)]


def test_acknowledgement_too_late(qmi):
    agent = qmi.start()
    qmi.proxy.acknowledge_error = 1
    qmi.modem.route(deliver(1))
    number = agent.next()[0]
    agent.acknowledge(number)
    qmi.proxy.acknowledge_error = 0
    qmi.modem.route(deliver(1))
    assert agent.next()[0] != number


def test_void_when_the_modem_went_away(qmi):
    agent = qmi.start()
    qmi.modem.route(deliver(1))
    number = agent.next()[0]
    qmi.pull()
    agent.wait(lambda: agent.get("State") == "absent", "the modem is gone")
    qmi.plug_in()
    agent.ready()
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "NotFound" and qmi.modem.named("acknowledge") == []


def test_nothing_to_acknowledge(station):
    """Class 0: the modem has acknowledged it by itself."""
    agent = station.start()
    station.modem.route(deliver(1), acknowledge=False)
    number, tpdu, stored = agent.next()
    assert (tpdu, stored) == (deliver(1), False)
    agent.replay()
    assert agent.next()[:2] == (number, deliver(1))
    agent.acknowledge(number)
    agent.replay()
    agent.settle(0.2)
    assert agent.received == []
    assert station.modem.named("acknowledge") == [] and station.modem.named("delete") == []


def test_flood_is_bounded(qmi):
    """What is beyond the table gets no acknowledgement; what is in it is not pushed out."""
    agent = qmi.start()
    for number in range(600):
        qmi.modem.route(deliver(number))
    agent.wait(lambda: len(agent.received) == 256, "a table full")
    agent.settle(0.3)
    assert [tpdu for _, tpdu, _ in agent.received] == [deliver(number) for number in range(256)]
    for number, _, _ in agent.received[:256]:
        agent.acknowledge(number)
    assert len(qmi.modem.named("acknowledge")) == 256
    qmi.modem.route(deliver(600))
    assert agent.wait(lambda: agent.received[256:], "there is room again")[0][1] == deliver(600)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages through both protocols: sent, received, acknowledged, kept."""
from __future__ import annotations

import signal

import pytest
from gi.repository import GLib
from simmodem import NV, Refusal
from station import Failure

SUBMIT = bytes.fromhex("41000B912121550571F87DF50902700041010203AABB")


def deliver(number: int, text: bytes = b"data") -> bytes:
    """SMS-DELIVER of 8-bit data, class 1, with a number in it that makes it unlike others."""
    data = number.to_bytes(4, "big") + text
    return bytes.fromhex("040B912121550571F87DF5") + bytes.fromhex("62102030405060") + bytes([len(data)]) + data


# ---- Sending

def test_send_octets_and_reference(station):
    agent = station.start()
    assert agent.send(SUBMIT) == 1
    assert agent.send(SUBMIT, smsc=GLib.Variant("s", "+491710760000")) == 2
    assert agent.send(SUBMIT, smsc=GLib.Variant("s", "12345")) == 3
    assert station.modem.sent == [
        b"\x00" + SUBMIT,
        bytes.fromhex("0791947101670000") + SUBMIT,
        bytes.fromhex("04812143F5") + SUBMIT,
    ]


def test_send_refused_with_cause(station):
    agent = station.start()
    station.modem.refusal = Refusal(38, 0xD0)
    with pytest.raises(Failure) as failure:
        agent.send(SUBMIT)
    assert failure.value.name == "Refused"
    if station.kind == "qmi":
        assert "RP cause 38, TP cause 0xD0, temporary" in str(failure.value)
    station.modem.refusal = None
    assert agent.send(SUBMIT) == 1


@pytest.mark.parametrize("tpdu", [b"", bytes(256)])
def test_send_not_a_tpdu(qmi, tpdu):
    agent = qmi.start()
    with pytest.raises(Failure) as failure:
        agent.send(tpdu)
    assert failure.value.name == "BadValue"
    for smsc in ("", "+", "12a", "1" * 21):
        with pytest.raises(Failure) as failure:
            agent.send(SUBMIT, smsc=GLib.Variant("s", smsc))
        assert failure.value.name == "BadValue"
    assert station_sent_nothing(qmi)


def station_sent_nothing(station) -> bool:
    return station.modem.sent == [] and station.modem.named("send") == []


def test_only_the_agent_may_call(qmi):
    qmi.start()
    qmi.modem.deliver(deliver(1))
    stranger = qmi.agent()
    for call in (lambda: stranger.send(SUBMIT), lambda: stranger.acknowledge(1), stranger.replay):
        with pytest.raises(Failure) as failure:
            call()
        assert failure.value.name == "NotAuthorized"
    assert station_sent_nothing(qmi) and len(qmi.modem.storages[NV]) == 1


# ---- Receiving

def test_stored_message_is_deleted_when_acknowledged(station):
    agent = station.start()
    index = station.modem.deliver(deliver(1))
    number, tpdu, stored = agent.next()
    assert (tpdu, stored) == (deliver(1), True)
    agent.settle(0.3)
    assert station.modem.named("delete") == []
    agent.acknowledge(number)
    assert station.modem.named("delete") == [("delete", NV, index, True)]
    assert station.modem.storages[NV] == {}
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "NotFound"


def test_received_is_for_the_agent_alone(station):
    agent = station.start()
    stranger = station.agent()
    station.modem.deliver(deliver(1))
    assert agent.next()[1] == deliver(1)
    agent.settle(0.2)
    assert stranger.received == []


def test_foreign_message_stays_and_is_announced_by_replay(station):
    agent = station.start()
    station.modem.deliver(deliver(1))
    agent.acknowledge(agent.next()[0], foreign=True)
    assert station.modem.named("delete") == [] and len(station.modem.storages[NV]) == 1
    agent.replay()
    assert agent.next()[1] == deliver(1)


def test_place_given_to_another_message_is_left_alone(station):
    agent = station.start()
    index = station.modem.deliver(deliver(1))
    number = agent.next()[0]
    station.modem.store(deliver(2), index=index)
    agent.acknowledge(number)
    assert station.modem.named("delete") == []
    agent.replay()
    later, tpdu, _ = agent.next()
    assert tpdu == deliver(2) and later != number


# ---- Keeping

def test_replay_keeps_ids(station):
    agent = station.start()
    for number in range(3):
        station.modem.deliver(deliver(number))
    first = [agent.next() for _ in range(3)]
    agent.replay()
    again = [agent.next() for _ in range(3)]
    assert again == first
    agent.acknowledge(first[1][0])
    agent.replay()
    assert [agent.next() for _ in range(2)] == [first[0], first[2]]
    agent.settle(0.2)
    assert agent.received == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_replay_after_restart(station, how):
    agent = station.start()
    for number in range(3):
        station.modem.deliver(deliver(number))
    agent.acknowledge(agent.next()[0])
    assert [agent.next()[1] for _ in range(2)] == [deliver(1), deliver(2)]
    station.process.stop(how)
    station.process.start()
    agent.ready().replay()
    # By itself, where it knows of the agent by then, and because it was asked to: under the same id.
    agent.wait(lambda: len({number for number, _, _ in agent.received}) == 2, "both are announced again")
    again = {tpdu: number for number, tpdu, _ in agent.received}
    assert again.keys() == {deliver(1), deliver(2)}
    for number in again.values():
        agent.acknowledge(number)
    assert station.modem.storages[NV] == {}


def test_message_waits_for_the_agent(station):
    agent = station.start()
    agent.stop()
    with pytest.raises(Failure):
        agent.send(SUBMIT)  # the service has heard of it by then
    station.modem.deliver(deliver(1))
    agent.settle(0.3)
    assert agent.received == []
    agent.start()
    agent.replay()
    assert agent.next()[1] == deliver(1)


def test_agent_that_asks_before_it_has_its_name(station):
    agent = station.start()
    agent.stop()
    with pytest.raises(Failure):
        agent.replay()
    station.modem.deliver(deliver(1))
    agent.settle(0.2)
    assert agent.received == []
    agent.start()
    assert agent.next()[1] == deliver(1)


def test_storage_full(station):
    station.modem.capacity[NV] = 3
    agent = station.start()
    for number in range(3):
        station.modem.deliver(deliver(number))
    assert station.modem.deliver(deliver(3)) is None
    agent.wait(lambda: agent.get("StorageFull"), "the storage is full")
    taken = [agent.next() for _ in range(3)]
    agent.acknowledge(taken[0][0])
    agent.wait(lambda: not agent.get("StorageFull"), "there is room")
    assert any(change.get("StorageFull") is True for change in agent.changes)
    assert any(change.get("StorageFull") is False for change in agent.changes)


def test_foreign_messages_make_room_where_nobody_else_would(station):
    station.modem.capacity[NV] = 2
    agent = station.start()
    station.modem.deliver(deliver(0))
    agent.acknowledge(agent.next()[0], foreign=True)
    assert len(station.modem.storages[NV]) == 1
    station.modem.deliver(deliver(1))
    agent.wait(lambda: any(change.get("StorageFull") for change in agent.changes), "the storage is full")
    agent.acknowledge(agent.next()[0], foreign=True)
    agent.wait(lambda: not agent.get("StorageFull"), "there is room")
    assert [tpdu[-12:] for _, tpdu in station.modem.storages[NV].values()] == [deliver(1)[-12:]]


def test_a_thousand_messages(station):
    agent = station.start()
    seen = []
    for number in range(1000):
        station.modem.deliver(deliver(number))
        if len(station.modem.storages[NV]) > 200:
            while agent.received or len(seen) <= number - 100:
                entry = agent.next()
                seen.append((entry[0], entry[1]))
                agent.acknowledge(entry[0])
    while len(seen) < 1000:
        entry = agent.next()
        seen.append((entry[0], entry[1]))
        agent.acknowledge(entry[0])
    assert [tpdu for _, tpdu in seen] == [deliver(number) for number in range(1000)]
    assert len({number for number, _ in seen}) == 1000
    assert station.modem.storages[NV] == {}


def test_more_than_the_table_takes(station):
    """What does not fit stays in the storage, and comes when there is room."""
    station.modem.capacity[NV] = 400
    for number in range(300):
        station.modem.store(deliver(number))
    agent = station.start()
    agent.replay()
    agent.wait(lambda: len(agent.received) >= 256, "a table full")
    seen = set()
    while len(seen) < 300:
        number, tpdu, _ = agent.next()
        seen.add(tpdu)
        try:
            agent.acknowledge(number)
        except Failure as failure:
            assert failure.name == "NotFound"  # announced twice: by itself and by Replay
    agent.wait(lambda: station.modem.storages[NV] == {}, "all are deleted")
    assert seen == {deliver(number) for number in range(300)}

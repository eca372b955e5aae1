# SPDX-License-Identifier: LGPL-2.1-or-later
"""Storages that are full, and what is nobody's business to announce or to delete in them."""
from __future__ import annotations

from simmodem import NV, UIM
from simmodem.modem import READ, SENT
from test_messages import deliver
from test_storage import start_checking


def leave(station, agent, number: int) -> None:
    """A message of somebody else's comes and stays."""
    station.modem.deliver(deliver(number))
    agent.acknowledge(agent.next()[0], foreign=True)


def test_room_is_made_of_what_was_left(station):
    """The oldest, and no more than are in the way."""
    station.modem.capacity[NV] = 3
    agent = start_checking(station)
    leave(station, agent, 0)
    leave(station, agent, 1)
    station.modem.store(deliver(2), tag=SENT)
    station.modem.wait(lambda: station.modem.named("delete"), "there is room again")
    agent.wait(lambda: not agent.get("StorageFull"), "there is room again")
    assert station.modem.named("delete") == [("delete", NV, 0, True)]
    assert station.modem.deliver(deliver(3)) == 0 and agent.next()[1] == deliver(3)


def test_room_is_not_made_of_what_came_instead(station):
    """Somebody else has deleted the oldest, and its place was given to a message that nobody left."""
    station.modem.capacity[NV] = 3
    agent = start_checking(station)
    leave(station, agent, 0)
    leave(station, agent, 1)
    station.modem.store(deliver(7), index=0)
    station.modem.store(deliver(8))
    station.modem.wait(lambda: station.modem.named("delete"), "there is room again")
    assert station.modem.named("delete") == [("delete", NV, 1, True)]


def test_full_card_is_no_reason_to_delete_elsewhere(qmi):
    qmi.modem.capacity[UIM] = 1
    qmi.modem.store(deliver(7), storage=UIM, tag=SENT)
    agent = qmi.start()
    agent.wait(lambda: agent.get("StorageFull"), "the card is full")
    leave(qmi, agent, 1)
    assert qmi.modem.named("delete") == [] and len(qmi.modem.storages[NV]) == 1


def test_full_is_told_of_a_modem_that_is_there(qmi):
    qmi.modem.capacity[NV] = 1
    agent = qmi.start()
    qmi.modem.deliver(deliver(0))
    agent.wait(lambda: agent.get("StorageFull"), "it is full")
    qmi.pull()
    agent.wait(lambda: agent.get("State") == "absent", "it is gone")
    agent.wait(lambda: not agent.get("StorageFull"), "and with it what was full")
    qmi.modem.storages[NV].clear()
    qmi.proxy.unsupported = {0x36}  # how large its storages are
    qmi.plug_in()
    agent.ready().received.clear()
    leave(qmi, agent, 5)
    assert qmi.modem.named("delete") == []


def test_message_on_the_card_is_deleted_there(qmi):
    agent = qmi.start()
    index = qmi.modem.deliver(deliver(1), storage=UIM)
    agent.acknowledge(agent.next()[0])
    assert qmi.modem.named("delete") == [("delete", UIM, index, True)]


def test_place_of_what_was_left_given_to_another(station):
    agent = station.start()
    leave(station, agent, 1)
    station.modem.storages[NV].clear()
    assert station.modem.deliver(deliver(2)) == 0
    assert agent.next()[1] == deliver(2)


def test_only_what_came_from_the_network_is_announced(station):
    agent = station.start()
    station.modem.store(deliver(1), tag=SENT)
    station.modem.store(deliver(2), tag=READ)
    agent.replay()
    assert agent.next()[1] == deliver(2)
    agent.settle(0.2)
    assert agent.received == []


def test_only_what_came_from_the_network_is_read(mbim):
    """Another program has stored a draft, and the modem tells of that."""
    agent = mbim.start()
    mbim.proxy.tell_stored(NV, mbim.modem.store(deliver(1), tag=SENT))
    mbim.modem.deliver(deliver(2))
    assert agent.next()[1] == deliver(2) and agent.received == []

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Beside ModemManager: it deletes, it acknowledges, and what is not ours is left to it."""
from __future__ import annotations

import importlib.util
import threading
import time

import pytest
from gi.repository import GLib
from mock_manager import MockManager
from simmodem import NV
from station import Failure

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("dbusmock"), reason="needs python3-dbusmock")

NUMBER = "0B912121550571F8"
TIME = "62102030405060"


def deliver(data: bytes, time: str = TIME, header: bytes = b"", coding: int = 0xF5) -> bytes:
    first = "44" if header else "04"
    user_data = (bytes([len(header)]) + header if header else b"") + data
    return bytes.fromhex(f"{first}{NUMBER}7D{coding:02X}{time}") + bytes([len(user_data)]) + user_data


def message(data: bytes, number: str = "+12125550178", time: str = "2026-01-02T03:04:05+01:30",
            kind: int = 1) -> dict[str, GLib.Variant]:
    return {"Number": GLib.Variant("s", number), "Timestamp": GLib.Variant("s", time),
            "Data": GLib.Variant("ay", data), "Text": GLib.Variant("s", ""), "PduType": GLib.Variant("u", kind)}


@pytest.fixture
def manager(station):
    mock = MockManager(station.address, station.device.name)
    yield mock
    mock.stop()


def direct(station) -> list:
    return station.modem.named("delete")


def test_it_deletes_the_equal_one(station, manager):
    agent = station.start()
    manager.add(1, **message(b"other"))
    manager.add(2, **message(b"data", number="+4911111"))
    manager.add(3, **message(b"data", time="2026-01-02T03:04:06+01:30"))
    manager.add(4, **message(b"data", kind=2))
    wanted = manager.add(5, **message(b"data", time="2026-01-02T01:34:05Z"))
    station.modem.deliver(deliver(b"data"))
    agent.acknowledge(agent.next()[0])
    assert manager.deleted() == [wanted] and direct(station) == []


def test_it_hears_of_it_later(station, manager):
    agent = station.start()
    station.modem.deliver(deliver(b"data"))
    number = agent.next()[0]
    timer = threading.Timer(0.8, manager.add, (1,), message(b"data"))
    timer.start()
    agent.acknowledge(number)
    timer.join()
    assert len(manager.deleted()) == 1 and direct(station) == []


def test_it_never_hears_of_it(station, manager):
    """The message stays, and is not announced to the agent a second time, but tried again."""
    agent = station.start()
    station.modem.deliver(deliver(b"data"))
    number = agent.next()[0]
    begin = time.monotonic()
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "Failed" and 1.9 < time.monotonic() - begin < 6
    assert direct(station) == [] and len(station.modem.storages[NV]) == 1
    wanted = manager.add(1, **message(b"data"))
    agent.replay()
    agent.wait(lambda: manager.deleted() == [wanted], "it is deleted")
    assert agent.received == [] and direct(station) == []


def test_what_it_heard_of_late_is_deleted_all_the_same(qmi):
    """Nobody asks again: the service tries by itself."""
    qmi.process.command.append("--check=1")
    mock = MockManager(qmi.address, qmi.device.name)
    try:
        agent = qmi.start()
        qmi.modem.deliver(deliver(b"data"))
        with pytest.raises(Failure):
            agent.acknowledge(agent.next()[0])
        wanted = mock.add(1, **message(b"data"))
        agent.wait(lambda: mock.deleted() == [wanted], "it is deleted")
        assert direct(qmi) == []
    finally:
        mock.stop()


def test_segments(station, manager):
    """It has put the segments together, and deletes all of them at once."""
    agent = station.start()
    parts = [b"first part", b"second part"]
    for sequence, part in enumerate(parts, 1):
        header = bytes([0, 3, 0x77, 2, sequence]) + (b"\x70\x00" if sequence == 1 else b"")
        station.modem.deliver(deliver(part, header=header, time=f"6210203040506{sequence}"))
    numbers = [agent.next()[0] for _ in parts]
    wanted = manager.add(1, **message(b"".join(parts)))
    agent.acknowledge(numbers[1])
    assert manager.deleted() == [wanted]
    station.modem.storages[NV].clear()
    agent.acknowledge(numbers[0])
    assert direct(station) == []


def test_status_report(station, manager):
    report = bytes.fromhex(f"062A{NUMBER}{TIME}{TIME}00")
    agent = station.start()
    station.modem.deliver(report)
    reference = {"MessageReference": GLib.Variant("u", 41)}
    manager.add(1, **message(b"", kind=3), **reference)
    reference["MessageReference"] = GLib.Variant("u", 42)
    wanted = manager.add(2, **message(b"", kind=3), **reference)
    agent.acknowledge(agent.next()[0])
    assert manager.deleted() == [wanted]


def test_it_acknowledges_to_the_network(qmi):
    mock = MockManager(qmi.address, qmi.device.name)
    try:
        agent = qmi.start()
        qmi.modem.route(deliver(b"data"))
        agent.acknowledge(agent.next()[0])
        assert qmi.modem.named("acknowledge") == []
        mock.stop()
        qmi.modem.route(deliver(b"more"))
        agent.acknowledge(agent.next()[0])
        assert len(qmi.modem.named("acknowledge")) == 1
    finally:
        mock.stop()


def test_foreign_is_left_to_it_even_when_full(station, manager):
    station.modem.capacity[NV] = 1
    agent = station.start()
    manager.add(1, **message(b"data"))
    station.modem.deliver(deliver(b"data"))
    agent.wait(lambda: agent.get("StorageFull"), "the storage is full")
    agent.acknowledge(agent.next()[0], foreign=True)
    assert manager.deleted() == [] and direct(station) == []


def test_it_has_another_modem(station):
    mock = MockManager(station.address, "cdc-wdm7")
    try:
        agent = station.start()
        mock.add(1, **message(b"data"))
        station.modem.deliver(deliver(b"data"))
        agent.acknowledge(agent.next()[0])
        assert len(direct(station)) == 1 and mock.deleted() == []
    finally:
        mock.stop()


def test_port_is_given_as_a_link(qmi):
    """What it is a link to has the name that ModemManager knows."""
    mock = MockManager(qmi.address, qmi.device.resolve().name)
    try:
        agent = qmi.start()
        wanted = mock.add(1, **message(b"data"))
        qmi.modem.deliver(deliver(b"data"))
        agent.acknowledge(agent.next()[0])
        assert mock.deleted() == [wanted] and direct(qmi) == []
    finally:
        mock.stop()


@pytest.mark.parametrize("state,messaging", [(2, True), (3, True), (4, True), (6, False)])
def test_modem_that_it_does_not_use(qmi, state, messaging):
    """Locked, disabled, disabling, or without messages: it would neither list nor acknowledge them."""
    mock = MockManager(qmi.address, qmi.device.name, state, messaging)
    try:
        agent = qmi.start()
        qmi.modem.deliver(deliver(b"data"))
        agent.acknowledge(agent.next()[0])
        assert len(direct(qmi)) == 1 and mock.deleted() == []
        qmi.modem.route(deliver(b"more"))
        agent.acknowledge(agent.next()[0])
        assert len(qmi.modem.named("acknowledge")) == 1
    finally:
        mock.stop()


def test_it_comes_and_goes(station):
    agent = station.start()
    mock = MockManager(station.address, station.device.name)
    wanted = mock.add(1, **message(b"one"))
    station.modem.deliver(deliver(b"one"))
    agent.acknowledge(agent.next()[0])
    assert mock.deleted() == [wanted] and direct(station) == []
    mock.stop()
    station.modem.deliver(deliver(b"two"))
    agent.acknowledge(agent.next()[0])
    assert len(direct(station)) == 1


def test_end_while_it_is_waited_for(station, manager):
    """The service does not wait, and the message comes again."""
    agent = station.start()
    station.modem.deliver(deliver(b"data"))
    number = agent.next()[0]
    answer = agent.begin("Acknowledge", "(ta{sv})", number, {})
    agent.settle(0.4)
    station.process.stop()
    agent.wait(lambda: answer, "the call is answered")
    assert answer[0] != "" and direct(station) == []
    station.process.start()
    agent.ready().replay()
    assert agent.next()[1] == deliver(b"data")

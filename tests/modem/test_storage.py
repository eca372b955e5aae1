# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is stored in the modem, when modem or ModemManager refuse, hesitate or flood."""
from __future__ import annotations

import time
from typing import Any, Iterator

import pytest
from gi.repository import Gio, GLib
from simmodem import NV
from simmodem.mbim import BASIC
from simmodem.qmi import NOT_SUPPORTED, WMS, result
from station import Failure
from test_messages import SUBMIT, deliver

NAME, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
OBJECTS = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.freedesktop.DBus.ObjectManager">
<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>""")


class HeldManager:
    """ModemManager that says whose modem it is when the test lets it: it answers in Agent.wait()."""

    def __init__(self, address: str, port: str) -> None:
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        self.objects = {f"{ROOT}/Modem/0": {
            f"{NAME}.Modem": {"Ports": GLib.Variant("a(su)", [(port, 6)]), "State": GLib.Variant("i", 8)},
            f"{NAME}.Modem.Messaging": {}}}
        self.held: list[Any] = []
        self.asked = 0
        self.refuses = False
        self.connection.register_object(ROOT, OBJECTS.interfaces[0], self._on_call, None, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "RequestName", GLib.Variant("(su)", (NAME, 4)), None, 0, -1, None)

    def _on_call(self, connection: Any, sender: str, path: str, interface: str, method: str, args: Any,
                 call: Any) -> None:
        self.asked += 1
        if self.refuses:
            call.return_dbus_error(f"{NAME}.Error", "not today")
        else:
            self.held.append(call)

    def answer(self) -> None:
        while self.held:
            self.held.pop().return_value(GLib.Variant("(a{oa{sa{sv}}})", (self.objects,)))


@pytest.fixture
def manager(qmi) -> Iterator[HeldManager]:
    instance = HeldManager(qmi.address, qmi.device.name)
    yield instance
    instance.connection.close_sync(None)


def start_checking(station):
    """Started, and looked after each second."""
    station.process.command.append("--check=1")
    return station.start()


def begin_acknowledge(agent, number: int, foreign: bool = False) -> list[str]:
    return agent.begin("Acknowledge", "(ta{sv})", number, {"foreign": GLib.Variant("b", foreign)})


def is_unknown(agent, number: int) -> bool:
    """Whether it has been forgotten; if not, it is acknowledged."""
    answer = begin_acknowledge(agent, number, foreign=True)
    agent.wait(lambda: answer, "the acknowledgement is answered")
    return answer[0].startswith("NotFound")


# ---- ModemManager

def test_owner_is_asked_once_for_many_messages(qmi, manager):
    agent = qmi.start()
    for number in range(100):
        qmi.modem.deliver(deliver(number))
    agent.wait(lambda: len(agent.received) == 100, "all are announced")
    answers = [begin_acknowledge(agent, number, foreign=True) for number, _, _ in agent.received]
    agent.wait(lambda: manager.held, "ModemManager is asked")
    agent.settle(0.3)
    assert manager.asked == 1
    manager.answer()
    agent.wait(lambda: all(answers), "all are answered")
    assert {answer[0] for answer in answers} == {""} and len(qmi.modem.storages[NV]) == 100


def test_foreign_message_is_tried_again(qmi, manager):
    """Where ModemManager does not tell it would stay in the table for ever."""
    agent = start_checking(qmi)
    manager.refuses = True
    qmi.modem.deliver(deliver(1))
    number = agent.next()[0]
    answer = begin_acknowledge(agent, number, foreign=True)
    agent.wait(lambda: answer, "it is answered")
    assert answer[0].startswith("Failed")
    manager.refuses = False
    agent.wait(lambda: manager.held, "ModemManager is asked again")
    manager.answer()
    agent.wait(lambda: is_unknown(agent, number), "it is not in the table any more")
    assert len(qmi.modem.storages[NV]) == 1


def test_foreign_message_not_done_with_is_announced_by_replay(qmi, manager):
    agent = qmi.start()
    manager.refuses = True
    qmi.modem.deliver(deliver(1))
    first = agent.next()
    answer = begin_acknowledge(agent, first[0], foreign=True)
    agent.wait(lambda: answer, "it is answered")
    agent.replay()
    assert agent.next() == first


def test_message_that_is_nowhere_is_nobodys(qmi, manager):
    agent = qmi.start()
    qmi.modem.route(deliver(1), acknowledge=False)
    number = agent.next()[0]
    agent.acknowledge(number, foreign=True)
    with pytest.raises(Failure):
        agent.acknowledge(number)
    assert manager.asked == 0


# ---- The network

def test_repeated_while_it_is_being_acknowledged(qmi):
    """Each transaction of the network is acknowledged, and the message announced once."""
    agent = qmi.start()
    acknowledge = qmi.proxy.on_05_0037

    def repeat(cid: int, tlvs: dict[int, bytes]) -> bytes:
        qmi.proxy.on_05_0037 = acknowledge
        qmi.modem.route(deliver(1))
        time.sleep(0.3)  # libqmi may hand on an answer before a report that came before it
        return acknowledge(cid, tlvs)

    qmi.proxy.on_05_0037 = repeat
    first = qmi.modem.route(deliver(1))
    agent.acknowledge(agent.next()[0])
    qmi.modem.wait(lambda: len(qmi.modem.named("acknowledge")) == 2, "both are acknowledged")
    assert [event[1] for event in qmi.modem.named("acknowledge")] == [first, first + 1] and agent.received == []


# ---- What is not read at once

def refuse_reads(station, times: int) -> None:
    """As a modem that has just stored a message, and is not done with it."""
    name, answer = ("on_05_0022", result(3)) if station.kind == "qmi" else ("on_sms_2", (1, b""))
    read = getattr(station.proxy, name)
    left = [times]

    def refuse(*args: Any) -> Any:
        left[0] -= 1
        return answer if left[0] >= 0 else read(*args)

    setattr(station.proxy, name, refuse)


@pytest.mark.parametrize("times", [1, 3])
def test_message_is_read_again(station, times):
    agent = station.start()
    refuse_reads(station, times)
    station.modem.deliver(deliver(1))
    assert agent.next(30)[1] == deliver(1)


def test_storage_is_read_again_less_and_less_often(qmi):
    agent = qmi.start()
    begin = time.monotonic()
    refuse_reads(qmi, 4)
    qmi.modem.deliver(deliver(1))
    agent.next(30)
    assert time.monotonic() - begin > 6.5  # 1 + 2 + 4 s


def test_nothing_is_read_again_where_nothing_is_missed(qmi):
    """Nor where the modem has not got one of the storages, and says so."""
    listed = qmi.proxy.on_05_0031
    qmi.proxy.on_05_0031 = lambda cid, tlvs: listed(cid, tlvs) if tlvs[0x01][0] == NV else result(NOT_SUPPORTED)
    agent = qmi.start()
    qmi.modem.deliver(deliver(1))
    assert agent.next()[1] == deliver(1)
    lists = len(qmi.modem.named("list"))
    agent.settle(1.5)
    assert len(qmi.modem.named("list")) == lists


@pytest.mark.parametrize("handler", ["on_05_0022", "on_05_0031"])
def test_id_outlives_a_list_that_fails(qmi, handler):
    """What could not be listed or read is not taken for deleted."""
    agent = qmi.start()
    qmi.modem.deliver(deliver(1))
    number = agent.next()[0]
    works = getattr(qmi.proxy, handler)
    setattr(qmi.proxy, handler, lambda cid, tlvs: result(3))
    agent.replay()
    setattr(qmi.proxy, handler, works)
    agent.acknowledge(number)
    assert qmi.modem.storages[NV] == {}


def test_id_outlives_a_list_that_breaks_off(qmi):
    agent = qmi.start()
    qmi.modem.deliver(deliver(1))
    number = agent.next()[0]
    read = qmi.proxy.on_05_0022

    def hang_up(cid: int, tlvs: dict[int, bytes]) -> bytes:
        qmi.proxy.on_05_0022 = read
        qmi.proxy.hang_up()
        return read(cid, tlvs)

    qmi.proxy.on_05_0022 = hang_up
    answer = agent.begin("Replay", "(a{sv})", {})
    agent.wait(lambda: answer, "it is answered")
    agent.ready().replay()
    assert {announced for announced, _, _ in agent.received} == {number}


def test_acknowledged_while_it_is_looked_for(qmi):
    """A list that does not have it any more leaves the deletion its end."""
    agent = qmi.start()
    index = qmi.modem.deliver(deliver(1))
    number = agent.next()[0]
    delete = qmi.proxy.on_05_0024

    def slow(cid: int, tlvs: dict[int, bytes]) -> bytes:
        answer = delete(cid, tlvs)
        agent_lists.append(agent.begin("Replay", "(a{sv})", {}))
        time.sleep(0.3)
        return answer

    agent_lists: list[list[str]] = []
    qmi.proxy.on_05_0024 = slow
    answer = begin_acknowledge(agent, number)
    agent.wait(lambda: answer and agent_lists and agent_lists[0], "both are answered")
    assert answer == [""] and agent_lists == [[""]]
    assert qmi.modem.named("delete") == [("delete", NV, index, True)]


def test_flood_of_reports_that_nobody_answers_for(station):
    agent = station.start()
    handle, asked = station.proxy.handle, [0]

    def count(*args: Any) -> None:
        asked[0] += 1
        handle(*args)

    station.proxy.handle = count
    station.modem.mute = True
    for number in range(20000):
        station.proxy.tell_stored(NV, number)
    agent.settle(2)
    assert 16 <= asked[0] < 32


# ---- The network is not told of at once

def refuse_network(station, times: int) -> None:
    name, answer = ("on_03_0024", result(74)) if station.kind == "qmi" else ("on_basic_9", (1, b""))
    ask = getattr(station.proxy, name)
    left = [times]

    def refuse(*args: Any) -> Any:
        left[0] -= 1
        return answer if left[0] >= 0 else ask(*args)

    setattr(station.proxy, name, refuse)


def begin_checking(station):
    """As start_checking(), without waiting for the network."""
    station.process.command.append("--check=1")
    station.start_proxy()
    station.process.start()
    agent = station.agent().start()
    agent.wait(lambda: agent.get("Device"), "the modem is open")
    return agent


def test_network_is_asked_for_again(station):
    station.modem.registered = False
    refuse_network(station, 1)
    agent = begin_checking(station)
    agent.settle(2.5)
    assert agent.get("State") == "searching"
    station.modem.set_registered(True)
    agent.ready()


def test_network_that_was_refused_at_first(station):
    refuse_network(station, 1)
    begin_checking(station).ready()


def test_modem_that_never_tells_of_its_network(station):
    """It is left to refuse what it cannot send."""
    refuse_network(station, 1000)
    agent = begin_checking(station)
    agent.ready()
    agent.send(SUBMIT)
    assert len(station.modem.sent) == 1


def test_state_is_of_this_opening(mbim):
    """A question that was never answered ends after the modem is back."""
    handle, mute = mbim.proxy.handle, [True]

    def drop(client: Any, frame: bytes) -> None:
        is_network = frame[20:36] == BASIC and frame[36:40] == b"\x09\0\0\0"
        if not (mute[0] and frame[:4] == b"\x03\0\0\0" and is_network):
            handle(client, frame)

    mbim.proxy.handle = drop
    mbim.start_proxy()
    mbim.process.start()
    agent = mbim.agent().start()
    agent.wait(lambda: agent.get("OwnNumber"), "the modem is open")
    mute[0] = False
    mbim.pull()
    agent.wait(lambda: agent.get("State") == "absent", "it is gone")
    mbim.plug_in()
    agent.ready().settle(11)
    assert agent.get("State") == "ready"


def test_modem_that_does_not_open_is_tried_less_and_less_often(qmi):
    qmi.proxy.lacks = {WMS}
    qmi.start_proxy()
    qmi.process.start()
    qmi.modem.wait(lambda: qmi.modem.named("open"), "it is opened")
    begin = time.monotonic()
    qmi.modem.wait(lambda: len(qmi.modem.named("open")) == 4, "it is opened again")
    assert time.monotonic() - begin > 6.5  # 1 + 2 + 4 s

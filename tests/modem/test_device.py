# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem, its card, its network and its proxy come and go."""
from __future__ import annotations

import contextlib
import os
import pathlib
import random
import re
import socket
import struct
import time

import pytest
from gateway import eventually
from simmodem import NV
from simmodem.qmi import DMS, NAS, UIM_SERVICE, WMS
from station import Failure, ModemProcess
from test_messages import SUBMIT, deliver


def neighbours(station) -> list[str]:
    """What runs in the network namespace of the service beside it. A proxy that the library started would be there,
    and nobody's child. Where there is no such namespace there is nothing to be seen."""
    if not station.network:
        return []
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.path.samestat(os.stat(entry / "ns/net"), os.fstat(station.network.handle)):
                found.append(os.readlink(entry / "exe"))
        except OSError:
            continue
    found.remove(os.readlink(f"/proc/{station.process.pid}/exe"))
    return found


def test_states(station):
    station.modem.registered = False
    station.modem.locked = True
    station.start_proxy()
    station.process.start()
    agent = station.agent().start()
    agent.wait(lambda: agent.get("State") == "locked", "the SIM is locked")
    assert agent.get("Device") == str(station.device)
    station.modem.set_locked(False)
    agent.wait(lambda: agent.get("State") == "searching", "no network")
    with pytest.raises(Failure) as failure:
        agent.send(SUBMIT)
    assert failure.value.name == "NotConnected" and station.modem.sent == []
    station.modem.set_registered(True)
    agent.ready()
    assert agent.get("OwnNumber") == "4915112345678"
    assert agent.send(SUBMIT) == 1
    station.modem.set_registered(False)
    agent.wait(lambda: agent.get("State") == "searching", "no network any more")
    agent.wait(lambda: [change["State"] for change in agent.changes if "State" in change][-3:]
               == ["searching", "ready", "searching"], "each change was signalled")


def test_messages_are_read_when_the_pin_is_known(station):
    station.modem.locked = True
    station.modem.store(deliver(1))
    station.start_proxy()
    station.process.start()
    agent = station.agent().start()
    agent.wait(lambda: agent.get("State") == "locked", "the SIM is locked")
    agent.received.clear()
    station.modem.events.clear()
    station.modem.set_locked(False)
    station.modem.wait(lambda: station.modem.named("list"), "the storage is looked through again")
    agent.replay()
    assert agent.next()[1] == deliver(1)


def test_no_number(station):
    station.modem.number = ""
    assert station.start().get("OwnNumber") == ""


def test_modem_pulled_and_back(station):
    agent = station.start()
    station.modem.deliver(deliver(1))
    number = agent.next()[0]
    station.pull()
    agent.wait(lambda: agent.get("State") == "absent", "the modem is gone")
    assert agent.get("Device") == "" and agent.get("OwnNumber") == ""
    for call in (lambda: agent.send(SUBMIT), agent.replay):
        with pytest.raises(Failure) as failure:
            call()
        assert failure.value.name == "NotConnected"
    station.modem.store(deliver(2))
    station.plug_in()
    agent.ready()
    # Its id stays; nobody asked for it to be announced again before Replay() failed.
    seen = [agent.next(), agent.next()]
    assert [tpdu for _, tpdu, _ in seen] == [deliver(1), deliver(2)]
    assert seen[0][0] == number and seen[1][0] != number
    agent.acknowledge(number)
    assert agent.send(SUBMIT) == 1


def test_acknowledged_while_the_modem_is_away(station):
    """It is made up for when the modem is back."""
    agent = station.start()
    station.modem.deliver(deliver(1))
    number = agent.next()[0]
    station.pull()
    agent.wait(lambda: agent.get("State") == "absent", "the modem is gone")
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "Failed"
    station.plug_in()
    station.modem.wait(lambda: station.modem.storages[NV] == {}, "it is deleted")
    assert agent.received == []


def test_another_card(station):
    """What is not there any more is not announced, and its id is void."""
    agent = station.start()
    station.modem.deliver(deliver(1))
    number = agent.next()[0]
    station.pull()
    agent.wait(lambda: agent.get("State") == "absent", "the modem is gone")
    station.modem.storages[NV] = {}
    station.modem.store(deliver(2), index=0)
    station.plug_in()
    assert agent.next()[1] == deliver(2)
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "NotFound" and len(station.modem.storages[NV]) == 1


def test_proxy_gone_and_back(station):
    agent = station.start()
    station.proxy.stop()
    agent.wait(lambda: agent.get("State") == "absent", "the proxy is gone")
    agent.settle(2.5)
    assert neighbours(station) == []
    station.proxy = station.new_proxy()
    station.start_proxy()
    agent.ready()
    assert agent.send(SUBMIT) == 1


def test_started_before_modem_and_proxy(station):
    station.device.unlink()
    station.process.start()
    agent = station.agent().start()
    agent.wait(lambda: agent.get("State") == "absent", "the service is there")
    station.start_proxy()
    agent.settle(1.2)
    assert station.modem.named("connect") == [] and neighbours(station) == []
    station.plug_in()
    agent.ready()


def test_modem_that_does_not_answer_while_opening(station):
    """The end does not wait for it."""
    station.modem.mute = True
    station.start_proxy()
    station.process.start()
    station.modem.wait(lambda: len(station.modem.named("connect")) >= 2, "the modem is being opened")
    begin = time.monotonic()
    station.process.stop()
    assert time.monotonic() - begin < 10


def test_end_in_the_middle_of_it(station):
    """Calls that the modem has not answered are answered all the same, and nothing is left behind."""
    agent = station.start()
    for number in range(20):
        station.modem.deliver(deliver(number))
    taken = [agent.next()[0] for _ in range(20)]
    station.modem.mute = True
    answers = [agent.begin("Send", "(aya{sv})", SUBMIT, {}) for _ in range(9)]
    answers += [agent.begin("Acknowledge", "(ta{sv})", number, {}) for number in taken]
    agent.wait(lambda: answers[8], "more than eight at once are too many")
    assert answers[8][0].startswith("Busy")
    begin = time.monotonic()
    station.process.stop()
    assert time.monotonic() - begin < 10
    agent.wait(lambda: all(answers), "all are answered")
    assert all(answer[0] for answer in answers)


@pytest.mark.slow
def test_modem_that_hangs(station):
    """It is asked now and then, and opened anew."""
    station.process.command.append("--check=1")
    agent = station.start()
    station.modem.mute = True
    agent.wait(lambda: agent.get("State") == "absent", "it is found out", 60)
    station.modem.mute = False
    agent.ready()
    assert agent.send(SUBMIT) == 1


def test_ids_are_given_back(qmi):
    qmi.start()
    assert {service for _, service in qmi.modem.named("allocate")} == {WMS, UIM_SERVICE, NAS, DMS}
    qmi.process.stop()
    assert qmi.proxy.open_ids == {}
    assert sorted(qmi.modem.named("release")) == [("release", service) for service in (DMS, NAS, WMS, UIM_SERVICE)]


def test_ids_are_given_back_while_opening(qmi):
    """Also one that is on its way when the end comes."""
    qmi.proxy.allocate_takes = 0.5
    qmi.start_proxy()
    qmi.process.start()
    qmi.modem.wait(lambda: len(qmi.modem.named("allocate")) == 2, "a second id is on its way")
    qmi.process.stop()
    assert qmi.proxy.open_ids == {} and len(qmi.modem.named("allocate")) == 2


def test_mbim_is_closed_on_exit(mbim):
    mbim.start()
    mbim.process.stop()
    assert len(mbim.modem.named("close")) == 1


@pytest.mark.parametrize("lacks", [{UIM_SERVICE}, {NAS}, {DMS}, {UIM_SERVICE, NAS, DMS}])
def test_modem_without_a_service(qmi, lacks):
    qmi.proxy.lacks = lacks
    agent = qmi.start()
    assert agent.send(SUBMIT) == 1
    assert agent.get("OwnNumber") == ("" if DMS in lacks else "4915112345678")


def test_modem_without_short_messages(qmi):
    qmi.proxy.lacks = {WMS}
    qmi.start_proxy()
    qmi.process.start()
    agent = qmi.agent().start()
    qmi.modem.wait(lambda: len(qmi.modem.named("open")) >= 2, "it is tried again")
    assert agent.get("State") == "absent"
    qmi.proxy.lacks = set()
    agent.ready()


def test_storage_sizes_not_told(qmi):
    """Then there is the indication, and a deletion that makes room."""
    qmi.proxy.unsupported = {0x0036}
    qmi.modem.capacity[NV] = 1
    agent = qmi.start()
    qmi.modem.deliver(deliver(1))
    qmi.modem.deliver(deliver(2))
    agent.wait(lambda: agent.get("StorageFull"), "the storage is full")
    agent.acknowledge(agent.next()[0])
    agent.wait(lambda: not agent.get("StorageFull"), "there is room")


def test_no_privileges(qmi):
    qmi.start()
    status = pathlib.Path(f"/proc/{qmi.process.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(fields[name], 16) == 0, name
    if os.geteuid() == 0:
        assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1"


def test_notifies_the_service_manager(qmi, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        qmi.process.environment["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        qmi.start()
        assert manager.recv(100) == b"READY=1"
        qmi.process.stop()
        assert manager.recv(100) == b"STOPPING=1"


def test_second_service_gives_way(qmi, build):
    qmi.start()
    second = ModemProcess(build, qmi.address, qmi.process.command[2:], qmi.network)
    second.start()
    assert second.process.wait(20) == 1
    assert "belongs to somebody else" in second.read_errors()
    eventually(lambda: len(qmi.proxy.open_ids) == 4, "the first one is untouched")


# ---- Garbage

def qmux(body: bytes, service: int = WMS, cid: int = 1) -> bytes:
    return struct.pack("<BHBBB", 1, len(body) + 5, 0x80, service, cid) + body


def report(tlvs: bytes) -> bytes:
    return qmux(struct.pack("<BHHH", 4, 0, 1, len(tlvs)) + tlvs)


QMI_GARBAGE = [
    report(b""),
    report(b"\x10\x05\x00\x01"),
    report(b"\x10\x02\x00\x01\x00"),
    report(b"\x11\xff\xff"),
    report(b"\x11\x08\x00" + struct.pack("<BIBH", 0, 7, 6, 500)),
    report(b"\x11\x08\x00" + struct.pack("<BIBH", 0, 7, 6, 0)),
    report(b"\x11\x0a\x00" + struct.pack("<BIBH", 0, 7, 0, 2) + b"ab"),
    report(b"\x11\x90\x01" + struct.pack("<BIBH", 0, 7, 6, 392) + bytes(392)),
    qmux(struct.pack("<BHHH", 2, 77, 0x22, 0)),
    qmux(struct.pack("<BHHH", 4, 0, 0x3F, 0)),
    qmux(b""), qmux(b"\x04"), qmux(bytes(64), service=0xFE), qmux(bytes(300)),
]


def mbim_notification(service: str, cid: int, body: bytes, claimed: int | None = None) -> bytes:
    length = len(body) if claimed is None else claimed
    return (struct.pack("<IIIII", 0x80000007, 44 + len(body), 0, 1, 0) + bytes.fromhex(service)
            + struct.pack("<II", cid, length) + body)


BASIC_UUID = "a289cc33bcbb8b4fb6b0133ec2aae6df"
SMS_UUID = "533fbeeb14fe44679f9033a223e56c3f"
MBIM_GARBAGE = [
    mbim_notification(SMS_UUID, 2, b""),
    mbim_notification(SMS_UUID, 2, struct.pack("<II", 0, 0xFFFFFFFF)),
    mbim_notification(SMS_UUID, 2, struct.pack("<IIII", 0, 1, 0xFFFFFFF0, 16)),
    mbim_notification(SMS_UUID, 2, struct.pack("<IIIIIIII", 0, 1, 16, 16, 0, 0, 16, 5000)),
    mbim_notification(SMS_UUID, 2, struct.pack("<IIIIIIII", 0, 1, 16, 16, 0, 0, 16, 0)),
    mbim_notification(SMS_UUID, 2, struct.pack("<II", 9, 1) + bytes(24)),
    mbim_notification(SMS_UUID, 2, struct.pack("<II", 0, 0xF0000000) + bytes(16)),
    mbim_notification(BASIC_UUID, 2, struct.pack("<I", 1) + bytes(20) + struct.pack("<I", 0xF0000000) + bytes(8)),
    # A number that is no UTF-16: half a surrogate.
    mbim_notification(BASIC_UUID, 2, struct.pack("<9I", 1, 0, 0, 0, 0, 0, 1, 36, 4) + b"\x00\xd8\x31\x00"),
    mbim_notification(SMS_UUID, 5, b"\x01"),
    mbim_notification(SMS_UUID, 5, struct.pack("<II", 2, 0xFFFFFFFF)),
    mbim_notification(SMS_UUID, 5, struct.pack("<II", 0xFFFFFFFC, 0)),
    mbim_notification(SMS_UUID, 5, b"", claimed=4000),
    mbim_notification("00" * 16, 1, bytes(8)),
    struct.pack("<III", 0x80000003, 16, 99) + bytes(4),
    struct.pack("<III", 7, 12, 1),
]


def test_garbage(station):
    """Dropped, and the next good message comes."""
    agent = station.start()
    for frame in QMI_GARBAGE if station.kind == "qmi" else MBIM_GARBAGE:
        for client in list(station.proxy.clients):
            client.send(frame)
        agent.settle(0.02)
    agent.ready()
    assert agent.received == []
    station.modem.deliver(deliver(1))
    assert agent.next()[1] == deliver(1)


def test_spoilt_frames(station):
    """Good notifications with octets changed: whatever comes of them, the service lives."""
    chance = random.Random(station.kind)
    agent = station.start()
    good = [frame for frame in (QMI_GARBAGE if station.kind == "qmi" else MBIM_GARBAGE) if len(frame) > 12]
    record = struct.pack("<IIIIIIII", 0, 1, 16, 36, 0, 0, 16, 20) + bytes(20)
    good.append(report(b"\x11\x1c\x00" + struct.pack("<BIBH", 1, 7, 6, 20) + deliver(1)[:20])
                if station.kind == "qmi" else mbim_notification(SMS_UUID, 2, record))
    for _ in range(1500):
        frame = bytearray(chance.choice(good))
        # Behind what says how long the frame is: a proxy cuts the stream right.
        head = 12 if station.kind == "mbim" else 3
        for _ in range(chance.randrange(1, 5)):
            frame[chance.randrange(head, len(frame))] = chance.choice((0, 1, 2, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        for client in list(station.proxy.clients):
            client.send(bytes(frame))
    agent.settle(0.5)
    # libmbim throws away what follows a frame it does not know: the stream begins anew.
    station.proxy.hang_up()
    station.modem.deliver(deliver(7))
    agent.wait(lambda: any(tpdu == deliver(7) for _, tpdu, _ in agent.received), "a good message")


@pytest.mark.parametrize("claimed", [2, 0xFFFF, 0x20000000, 0xFFFFFFFF])
def test_list_that_claims_too_much(station, claimed):
    """Nothing is allocated by it, and a good list is good again."""
    station.modem.store(deliver(1))
    station.modem.listed = claimed
    station.start_proxy()
    station.process.start()
    agent = station.agent().start().ready()
    with contextlib.suppress(Failure):
        agent.replay()
    memory = pathlib.Path(f"/proc/{station.process.pid}/status").read_text()
    assert int(re.search(r"VmRSS:\s+(\d+) kB", memory)[1]) < 200000
    station.modem.listed = None
    agent.replay()
    agent.wait(lambda: any(tpdu == deliver(1) for _, tpdu, _ in agent.received), "the message")


@pytest.mark.parametrize("pdu", [b"", b"\x00", b"\x07\x91\x94", b"\xff" + bytes(20), bytes(1) + bytes(400)])
def test_garbage_in_the_storage(station, pdu):
    """It stays there, and does not hide the others."""
    station.modem.store(b"", prefix=pdu)
    station.modem.store(deliver(1))
    agent = station.start()
    agent.replay()
    assert agent.next()[1] == deliver(1)
    assert all(tpdu == deliver(1) for _, tpdu, _ in agent.received)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an agent and a modem are owed when something of the chain goes away or hangs."""
from __future__ import annotations

import pathlib
import subprocess

import pytest
from simmodem.qmi import result
from station import Failure
from test_messages import SUBMIT, deliver

INVALID_PARAMETERS = 21  # MBIM
INTERNAL = 3  # QMI
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


def test_a_parameter_that_the_modem_does_not_take(mbim):
    """Of a message it is no message that is missing; of a place it is one."""
    agent = mbim.start()
    mbim.proxy.on_sms_3 = lambda is_set, data: (INVALID_PARAMETERS, b"")
    with pytest.raises(Failure) as failure:
        agent.send(SUBMIT)
    assert failure.value.name == "Refused"
    mbim.modem.deliver(deliver(1))
    number = agent.next()[0]
    mbim.proxy.on_sms_4 = lambda is_set, data: (INVALID_PARAMETERS, b"")
    agent.acknowledge(number)
    with pytest.raises(Failure) as failure:
        agent.acknowledge(number)
    assert failure.value.name == "NotFound"


def test_replay_refused(mbim):
    agent = mbim.start()
    mbim.proxy.on_sms_2 = lambda is_set, data: (INVALID_PARAMETERS, b"")
    with pytest.raises(Failure) as failure:
        agent.replay()
    assert failure.value.name == "Refused"


def wakeups(station) -> int:
    lines = pathlib.Path(f"/proc/{station.process.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches")))


def test_a_port_that_appears_is_waited_for(station):
    """It is not looked for all the time."""
    station.device.unlink()
    station.start_proxy()
    station.process.start()
    agent = station.agent().start()
    agent.wait(lambda: agent.get("State") == "absent", "the service")
    agent.settle(2)
    before = wakeups(station)
    agent.settle(4)
    assert wakeups(station) - before <= 2
    station.plug_in()
    agent.wait(lambda: agent.get("State") == "ready", "the modem is ready", 10)


def test_a_folder_that_appears_is_found(qmi):
    qmi.device.unlink()
    folder = qmi.device.parent / "by-id"
    qmi.device = folder / "modem"
    qmi.process.command.append(f"--device={qmi.device}")
    qmi.start_proxy()
    qmi.process.start()
    agent = qmi.agent().start()
    agent.wait(lambda: agent.get("State") == "absent", "the service")
    folder.mkdir()
    qmi.plug_in()
    agent.wait(lambda: agent.get("State") == "ready", "the modem is ready", 10)


def test_silence_is_looked_into(station):
    """Long before the modem would be asked whether it is there."""
    agent = station.start()
    station.modem.mute = True
    answer = agent.begin("Replay", "(a{sv})", {})
    agent.wait(lambda: agent.get("State") == "absent", "given up", 50)
    assert answer
    station.modem.mute = False
    agent.ready()


def test_check_of_nothing(qmi):
    result = subprocess.run([qmi.process.command[0], "--check=0"], capture_output=True, text=True)
    assert result.returncode == 64 and "1 to 86400" in result.stderr


def test_the_log_is_not_flooded(qmi):
    """A modem whose messages cannot be read may have many of them."""
    agent = qmi.start()
    qmi.proxy.on_05_0022 = lambda cid, tlvs: result(INTERNAL)
    for number in range(10):
        qmi.modem.deliver(deliver(number))
    log = pathlib.Path(f"/proc/self/fd/{qmi.process.errors.fileno()}")
    agent.wait(lambda: "cannot be read" in log.read_text(), "a warning")
    agent.settle(0.5)
    assert log.read_text().count("cannot be read") == 3

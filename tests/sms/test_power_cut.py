# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of the agent, of the modem service, of both: nothing is lost, nothing is done twice, no counter goes back
(SmsServer looks at each counter of the agent's)."""
from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess

import pytest
from steps import PLAIN_TEXT, all_ways, answer_register, register, with_routed

PMIN = "/1/0/2"


def put(by_sms, value):
    """A Write that is done; its message id."""
    answer = by_sms.ask("PUT", PMIN, payload=str(value).encode(), options=PLAIN_TEXT)
    assert answer.code == "2.04"
    return answer.mid


def freeze(gateway):
    """From here on it does nothing, and what comes waits."""
    os.kill(gateway.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, gateway.process.pid, os.WSTOPPED | os.WNOWAIT)


def register_again(by_sms, gateway, request):
    """The agent is there again: its Register, and its answer to what it had not heard before, in any order."""
    seen = [by_sms.next(), by_sms.next()]
    (register,) = [message for message in seen if message.code == "0.02"]
    answer_register(by_sms, gateway, register)
    seen.remove(register)
    assert seen[0].type == "ACK" and seen[0].mid == request.mid


@with_routed
@pytest.mark.parametrize("who", ["agent", "service", "both"])
def test_power_cut(registered, gateway, who):
    """Two Writes whose deletion does not last, and a Read that nobody has seen yet."""
    modem = registered.modem
    modem.set_worn(True)
    put(registered, 7)
    put(registered, 9)
    modem.set_worn(False)
    freeze(gateway)
    request = registered.request("GET", "/1/0/1")
    registered.send(request)
    if who != "agent":
        modem.kill()
    if who != "service":
        gateway.kill()
    if who != "agent":
        modem.start()
    if who != "service":
        gateway.start()
        modem.retry()
        register_again(registered, gateway, request)
        assert registered.ask("GET", PMIN).payload != b"7"  # and no answer to the Writes
    else:
        modem.retry()
        os.kill(gateway.process.pid, signal.SIGCONT)
        registered.complete(request)  # an answer may have gone to the service that is dead
        assert registered.complete(registered.request("GET", PMIN)).payload == b"9"
    modem.wait_forgotten()


@with_routed
def test_R17_nothing_is_acknowledged_before_its_counter_is_stored(registered, gateway):
    """The power is cut when the acknowledgement arrives. The same message again is not heard any more."""
    pid = gateway.process.pid
    short, = registered.seal(registered.request("GET", "/1/0/1"))
    registered.modem.on_forget = lambda: os.kill(pid, signal.SIGKILL)
    registered.modem.deliver(short)
    gateway.process.wait(20)
    registered.modem.on_forget = lambda: None
    gateway.kill()
    registered.check()
    gateway.start()
    request = registered.next()
    registered.modem.deliver(short)
    answer_register(registered, gateway, request)
    assert registered.ask("GET", "/1/0/1").code == "2.05"
    registered.modem.wait_forgotten()


@all_ways
def test_half_a_message(registered, gateway):
    """The first of two segments is there when the power is cut, and comes again from where it is stored."""
    request = registered.request("GET", "/1/0/1", options=[(65000, bytes(100))])
    counter, registered.counter = registered.counter, registered.counter + 100
    first, second = registered.seal(request)
    registered.counter = counter  # what is sent meanwhile does not pass it by
    registered.modem.deliver(first)
    registered.ask("GET", PMIN)
    gateway.kill()
    register(registered, gateway)
    registered.modem.deliver(second)
    assert registered.next().mid == request.mid
    registered.counter += 100
    assert registered.ask("GET", PMIN).payload == b"0"
    registered.modem.wait_forgotten()


def test_R17_many_power_cuts(registered, gateway):
    """At any time at all. The server asks again until it has its answer."""
    rng = random.Random(16)
    for value in range(8):
        request = registered.request("PUT", PMIN, payload=str(value).encode(), options=PLAIN_TEXT)
        registered.send(request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            gateway.process.wait(rng.uniform(0, 0.02))
        gateway.kill()
        gateway.start()
        while (message := registered.next()).code != "0.02":
            assert message.mid in registered.asked
        answer_register(registered, gateway, message)
        assert registered.complete(request).code == "2.04"
        assert registered.complete(registered.request("GET", PMIN)).payload == str(value).encode()
    registered.modem.wait_forgotten()

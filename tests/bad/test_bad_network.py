# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bad network: datagrams are lost, doubled, reordered and late, and everything is done once.

Twice: by netem between two network namespaces, where the kernel has it, and by a relay, everywhere.
"""
from __future__ import annotations

import concurrent.futures
import contextlib
import ctypes
import os
import pathlib
import random
import subprocess
import threading

import pytest
from gateway import eventually
from lwm2m_server import Relay, Server
from tools import IDENTITY, KEY, assert_idle, server_of

ROUNDS = 10
LIMIT = 150
LOCK = threading.Lock()
NETEM = ("loss", "20%", "duplicate", "10%", "reorder", "25%", "delay", "20ms")


class Weather:
    """A rule for a relay: a tenth is lost, a tenth doubled, a quarter comes later than what follows it.

    Half the loss of netem's below: libcoap begins to repeat after a whole second.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.relay = None

    def __call__(self, direction, data, index):
        fate = self.chance.random()
        if fate < 0.10:
            return []
        if fate < 0.20:
            return [data, data]
        if fate < 0.45:
            threading.Timer(self.chance.uniform(0.01, 0.06), self.arrive, (direction, data)).start()
            return []
        return None

    def arrive(self, direction, data):
        with contextlib.suppress(OSError):  # the relay is gone
            self.relay.inject(direction, data)


class Work:
    """Mixed operations, several at a time; every one comes to its end, and counts once."""

    def __init__(self, gateway, server, registration):
        self.gateway, self.server, self.registration = gateway, server, registration
        self.sent = 0
        # libcoap repeats after a second; eight times, because a lost operation is not what is tested.
        server.tune(registration.session, 1, 8, nstart=5)

    def ask(self, code, operation):
        """While the agent registers anew, because an Update was lost five times, it answers 5.03 (Core 6.2.1)."""
        for _ in range(5):
            with LOCK:
                self.sent += 1
            answer = operation()
            if answer.code == code:
                return
            assert answer.code == "5.03", answer
            eventually(lambda: server_of(self.gateway)["state"] == "registered", "registered", 60)
        raise AssertionError("5.03 again and again")

    def round(self, number):
        target = self.registration
        operations = [("2.05", lambda: target.read("/3/0", timeout=LIMIT)),
                      ("2.04", lambda: target.write("/1/0/1", 1000 + number, timeout=LIMIT)),
                      ("2.04", lambda: target.execute("/1/0/8", timeout=LIMIT)),
                      ("2.05", lambda: target.read("/1/0", timeout=LIMIT)),
                      ("2.04", lambda: target.write_attributes("/3/0/13", pmin=number, timeout=LIMIT))]
        with concurrent.futures.ThreadPoolExecutor(len(operations)) as pool:
            for done in [pool.submit(self.ask, *operation) for operation in operations]:
                done.result()

    def run(self):
        for number in range(ROUNDS):
            self.round(number)
        last = str(1000 + ROUNDS - 1)
        self.ask("2.05", lambda: self.registration.read("/1/0/1", accept=0, timeout=LIMIT))
        assert self.registration.read("/1/0/1", accept=0, timeout=LIMIT).text == last
        self.server.wait_event("update", 60, where=lambda e: e.parameters.get("lt") == last)
        updates = {e.message.mid for e in self.server.events if e.kind == "update"}
        statistics = server_of(self.gateway)["statistics"]
        # What came twice was not carried out twice: each request is counted once, and so is its Update.
        assert statistics["requests-in"] == self.sent + 1, statistics
        assert 1 <= statistics["updates"] <= len(updates) <= 2 * ROUNDS


def say_goodbye(gateway, server):
    """De-registration arrives through it all; the agent ends in good order."""
    mark = server.mark()
    gateway.ctl("deregister", "101")
    server.wait_event("deregister", 60, after=mark)
    assert_idle(gateway)
    gateway.stop(90)


def settings(gateway, server, security, host, port):
    keys = {}
    if security == "psk":
        server.add_psk(IDENTITY.encode(), KEY)
        keys = {"key": KEY, "psk_identity": IDENTITY}
    # The first try of all may be lost entirely: one in four hundred.
    gateway.configure(Network={"ack_timeout": 200, "handshake_timeout": 200, "handshake_limit": 60})
    gateway.account(f"{'coaps' if security == 'psk' else 'coap'}://{host}:{port}", retry_timer=1, **keys)


@pytest.mark.slow
@pytest.mark.parametrize("security", ["nosec", "psk"])
def test_relay(gateway, server, security):
    weather = Weather(9)
    with Relay(getattr(server, f"{security}_port"), weather) as relay:
        weather.relay = relay
        settings(gateway, server, security, "127.0.0.1", relay.port)
        gateway.start().wait_bus()
        registration = server.wait_registration(gateway.endpoint, 60)
        Work(gateway, server, registration).run()
        assert server_of(gateway)["statistics"]["duplicates"] > 0
        say_goodbye(gateway, server)


def enter(name):
    """Moves this thread into a network namespace; the server's process is made in it."""
    with open(name, "rb") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


@pytest.fixture
def namespaces():
    """Two, joined by a wire with netem on either end: (agent's, server's)."""
    names = [f"lwm2md-{os.getpid()}-{side}" for side in "ab"]

    def ip(*args, **options):
        return subprocess.run(args, capture_output=True, text=True, check=True, **options)
    try:
        for name in names:
            ip("ip", "netns", "add", name)
            ip("ip", "-n", name, "link", "set", "lo", "up")
        ip("ip", "-n", names[0], "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", names[1])
        for number, name in enumerate(names):
            ip("ip", "-n", name, "addr", "add", f"198.51.100.{number + 1}/24", "dev", "wire")
            ip("ip", "-n", name, "link", "set", "wire", "up")
            found = subprocess.run(["tc", "-n", name, "qdisc", "add", "dev", "wire", "root", "netem", *NETEM],
                                   capture_output=True, text=True)
            if "unknown" in found.stderr or "No such file" in found.stderr:
                pytest.skip("this kernel has no netem: " + found.stderr.strip().splitlines()[0])
            assert found.returncode == 0, found.stderr
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("security", ["nosec", "psk"])
def test_netem(gateway, namespaces, security):
    """The test server listens on loopback: a relay in its namespace takes what comes over the wire there."""
    agent_side, server_side = namespaces
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(pathlib.Path("/run/netns") / server_side)
    try:
        with Server() as server, Relay(getattr(server, f"{security}_port"), host="198.51.100.2") as relay:
            plain = gateway.command()
            gateway.command = lambda: ["ip", "netns", "exec", agent_side, *plain]
            settings(gateway, server, security, "198.51.100.2", relay.port)
            gateway.start().wait_bus()
            registration = server.wait_registration(gateway.endpoint, 60)
            Work(gateway, server, registration).run()
            say_goodbye(gateway, server)
    finally:
        enter(f"/proc/self/fd/{home}")
        os.close(home)

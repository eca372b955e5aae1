# SPDX-License-Identifier: LGPL-2.1-or-later
"""The power is cut at each durable step: afterwards the old state or the new, never a half.

cut.so kills the agent before the n-th call that changes what is durable (fsync, rename, unlink, mkdir).
"""
from __future__ import annotations

import contextlib
import subprocess

import pytest
from lwm2m_server import RequestFailed, WaitTimeout
from tools import IDENTITY, KEY, preload, unload

# The cuts are dealt out to so many tests, which run in parallel.
HANDS = 6
SECOND_KEY = KEY[::-1]


class Cut(Exception):
    """The agent is gone."""


class Story:
    """An operator and a server change things, one after the other. done has what was confirmed."""

    def __init__(self, gateway, server):
        self.gateway, self.server = gateway, server
        self.done = set()

    def ctl(self, name, *args, data=None):
        result = subprocess.run([str(self.gateway.build / "dbus/lwm2mctl/lwm2mctl"), *args], input=data,
                                timeout=30, capture_output=True,
                                env={"DBUS_SYSTEM_BUS_ADDRESS": self.gateway.bus.address})
        if result.returncode == 0:
            self.done.add(name)
        self.expect(result.returncode == 0, result.stderr)

    def expect(self, right, what):
        """Whatever goes wrong may do so because the agent is dead, and for no other reason."""
        if right:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.gateway.process.wait(5)
        assert not self.gateway.alive(), f"{what}\n{self.gateway.log()}"
        raise Cut

    def registration(self, after=0):
        for _ in range(20):
            with contextlib.suppress(WaitTimeout):
                return self.server.wait_registration(self.gateway.endpoint, 0.5, after=after)
            self.expect(self.gateway.alive(), "")
        raise AssertionError("not registered\n" + self.gateway.log())

    def tell(self):
        self.gateway.start()
        try:
            self.gateway.wait_bus()
        except AssertionError as problem:
            self.expect(False, problem)
        self.ctl("add", "server-add", self.server.uri("psk"), "ssid=101", f"identity={IDENTITY}", "lifetime=300")
        self.ctl("key", "key-set", "101", "psk", data=KEY)
        registration = self.registration()
        try:
            self.expect(registration.write("/1/0/1", 400, timeout=2).code == "2.04", "write")
        except (RequestFailed, WaitTimeout) as problem:
            self.expect(False, problem)
        self.done.add("write")
        self.server.add_psk(IDENTITY.encode(), SECOND_KEY)
        self.ctl("second key", "key-set", "101", "psk", data=SECOND_KEY)
        self.ctl("remove", "server-remove", "101")

    def check(self):
        """Starts it again: what was confirmed is there, what was not is there or is not."""
        gateway, server = self.gateway, self.server
        mark = server.mark()
        server.add_psk(IDENTITY.encode(), SECOND_KEY if "second key" in self.done else KEY)
        leftovers = temporaries(gateway.state)
        gateway.start().wait_bus()
        assert not leftovers & temporaries(gateway.state)
        assert not [word for word in ("damaged", "torn", "master key, not", "last change")
                    if word in gateway.log()], gateway.log()
        servers = gateway.status()["servers"]
        if "remove" in self.done:
            assert servers == []
        elif "second key" not in self.done:  # the removal had not begun
            assert bool(servers) or "add" not in self.done
        keys = {p.name for p in gateway.state.iterdir()}
        if servers and "second key" in self.done and not {"key-101-psk", "key-101-psk-identity"} <= keys:
            self.check_removing(servers)
        elif servers and "key" in self.done:
            self.check_registered(servers, mark)
        elif servers:
            assert servers[0]["lifetime"] == 300
            self.gateway.ctl("key-set", "101", "psk", data=KEY)
            server.wait_registration(gateway.endpoint, 20, after=mark)
        else:
            self.check_add()

    def check_removing(self, servers):
        """The keys go first: no secret outlives its account. What is left says so, and goes at the next try."""
        assert servers[0]["state"] == "failed" and "lwm2mctl key-set 101" in servers[0]["last-error-text"]
        self.gateway.ctl("server-remove", "101")
        assert self.gateway.status()["servers"] == []
        self.check_add()

    def check_registered(self, servers, mark):
        """Without anybody's help, with the key before the change that was cut or the one after."""
        allowed = {400} if "write" in self.done else {300, 400}
        assert servers[0]["lifetime"] in allowed
        with self.gateway.condition:
            self.gateway.condition.wait_for(lambda: any("registered," in line or "next attempt" in line
                                                        for line in self.gateway.lines), 20)
        try:
            registration = self.server.wait_registration(self.gateway.endpoint, 1, after=mark)
        except WaitTimeout:
            assert "write" in self.done and "second key" not in self.done
            self.server.add_psk(IDENTITY.encode(), SECOND_KEY)
            self.gateway.ctl("register", "101")
            registration = self.server.wait_registration(self.gateway.endpoint, 20, after=mark)
        assert registration.lifetime in allowed

    def check_add(self):
        """The number is free, and nothing of the server that had it is inherited."""
        self.gateway.ctl("server-add", self.server.uri("psk"), "ssid=101")
        assert "psk" not in self.gateway.ctl("keys", "101")
        self.gateway.ctl("server-remove", "101")
        assert [p.name for p in self.gateway.state.iterdir() if p.name.startswith("key-")] == []


def temporaries(directory):
    """Files that are not complete, each by its name and its time: the agent may be writing another one."""
    found = set()
    for path in directory.glob(".*") if directory.exists() else ():
        with contextlib.suppress(FileNotFoundError):
            found.add((path.name, path.stat().st_mtime_ns))
    return found


@pytest.mark.parametrize("hand", range(HANDS))
def test_cut(server, gateway, hand):
    """Every step in turn, until the story comes to its end."""
    directory = gateway.directory
    gateway.configure(Network={"handshake_timeout": 200, "handshake_limit": 1}, Log={"level": "info"})
    steps = 0
    for cut in range(hand + 1, 200, HANDS):
        server.add_psk(IDENTITY.encode(), KEY)
        gateway.state = directory / f"state-{cut}"
        gateway.lines.clear()
        story = Story(gateway, server)
        preload(gateway, "cut", LWM2MD_CUT=str(cut))
        forget(server)
        try:
            story.tell()
        except Cut:
            assert gateway.wait_exit() == -9, gateway.log()
            steps += 1
        else:
            gateway.stop()
        unload(gateway)
        gateway.lines.clear()
        story.check()
        gateway.stop()
        if "remove" in story.done:
            break
    assert steps >= 4, "nothing was cut"


def forget(server):
    """Each cut is a story of its own."""
    with server.condition:
        server.events.clear()

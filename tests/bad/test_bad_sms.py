# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short messages of people who have no keys; power cuts and full disks while messages come; accounts that come back."""
from __future__ import annotations

import os
import shutil

import pytest
from air import LIFETIME, Air, Peer, account, start, state
from gateway import eventually
from hostile import Hostile, flood
from network import KEYS, NUMBER, PARAMETERS
from tools import assert_idle, count_writes, fill, preload, remount, resident, server_of, tmpfs, unload

# tests/bench/run has ten times as many.
HOSTILE_MESSAGES = int(os.environ.get("LWM2MD_HOSTILE_MESSAGES", 10000))
# The cuts are dealt out to so many tests, which run in parallel.
HANDS = 6
OTHER_KEYS = KEYS[::-1]
SEGMENTS_KEPT = 8 * 8 * 2  # of one number: messages, segments of one, claims to the place of one


@pytest.fixture
def air(bus):
    instance = Air(bus.address)
    instance.start()
    yield instance
    instance.close()


@pytest.fixture
def peer(air):
    instance = Peer(air)
    yield instance
    instance.check()


@pytest.fixture
def gateway(peer, gateway):
    """Ends before those it still talks to."""
    return gateway


def flood_twice(gateway, air, hostile) -> list[int]:
    """How much each half of the messages made it grow."""
    grown = []
    for _ in range(2):
        memory = resident(gateway.process.pid)
        flood(air, hostile.tpdus(HOSTILE_MESSAGES // 2))
        air.wait_heard()
        grown.append(resident(gateway.process.pid) - memory)
    return grown


def test_hostile(gateway, air, peer):
    """No reply, no write, no growth, few words; and it still hears its server."""
    counts = count_writes(gateway)
    gateway.configure(Log={"level": "info"})
    account(gateway)
    start(gateway, peer)
    for _ in range(8):
        assert peer.get() == b"3600"
    hostile = Hostile(1, air.heard, air.uplink())
    flood(air, hostile.tpdus(HOSTILE_MESSAGES // 4))
    assert peer.get() == b"3600"

    air.wait_heard()
    counts.read()
    sent, words = len(air.sent), len(gateway.lines)
    # What a sanitizer keeps of freed memory grows at one time and not at another.
    growth = min(flood_twice(gateway, air, hostile))
    assert len(air.sent) == sent
    assert set(counts.since().values()) == {0}
    assert len(gateway.lines) - words < 20, gateway.log()
    assert growth < 1 << 19, f"grew by {growth} octets"
    assert len(air.kept) <= SEGMENTS_KEPT
    assert peer.get() == b"3600"
    assert_idle(gateway)


def lifetime(gateway):
    return int(gateway.ctl("read", LIFETIME).split()[-1])


def registered(gateway, peer, ssid=101):
    peer.wait(lambda: state(gateway, ssid) == "registered", "registered by SMS")


# ---- Power cuts ----

class Cut(Exception):
    """The agent is gone."""


class Story:
    """A server writes higher and higher lifetimes. The agent that is cut begins with a registered account's state."""

    def __init__(self, gateway, air, template):
        self.gateway, self.air = gateway, air
        gateway.state = template.state.with_name("state-cut")
        shutil.rmtree(gateway.state, ignore_errors=True)
        shutil.copytree(template.state, gateway.state)
        air.kept, air.heard = {}, list(template.heard)
        self.peer = Peer(air)
        self.peer.counter, self.peer.heard = template.counters
        self.sent, self.confirmed = [3600], [3600]
        self.writes = {}

    def wait(self, check, what):
        """Whatever does not come may do so because the agent is dead, and for no other reason."""
        def look():
            if not self.gateway.alive():
                raise Cut
            return check()
        return self.peer.wait(look, what)

    def write(self, lifetime):
        self.sent.append(lifetime)
        self.writes[self.peer.put(lifetime)] = lifetime

    def collect(self):
        """Whether all that was written is answered. An agent that has just started refuses until it is registered."""
        for mid in self.writes.keys() & self.peer.answers.keys():
            code, value = self.peer.answers[mid].code, self.writes.pop(mid)
            assert code in ("2.04", "5.03")
            if code == "2.04":
                self.confirmed.append(value)
            else:
                self.sent.remove(value)
        return not self.writes

    def tell(self):
        self.gateway.start()
        self.wait(lambda: self.peer.registered, "Register")
        self.write(4001)
        self.wait(self.collect, "the first")
        self.write(4002)
        self.write(4003)
        self.wait(self.collect, "both others")
        self.wait(lambda: not self.air.kept, "all acknowledged")

    def check(self):
        """What was confirmed holds; what is delivered again is acted on once at most, whenever it comes."""
        gateway, air, peer = self.gateway, self.air, self.peer
        peer.work()
        self.collect()
        again = set(air.kept)
        start(gateway, peer)
        peer.wait(lambda: not again & set(air.kept), "what was not acknowledged was delivered again")
        peer.wait(lambda: self.collect() or True, "answers")
        value = lifetime(gateway)
        assert max(self.confirmed) <= value and value in self.sent, (value, self.sent, self.confirmed)
        gateway.ctl("write", f"{LIFETIME}=9000")
        for tpdu in air.heard:
            air.deliver_tpdu(tpdu)
        air.wait_heard()
        assert lifetime(gateway) == 9000
        assert peer.get() == b"9000"


class Template:
    """The state of an agent that was registered by SMS, and where both counters were."""

    def __init__(self, gateway, air, peer):
        account(gateway)
        start(gateway, peer)
        gateway.stop()
        self.state, self.heard, self.counters = gateway.state, list(air.heard), (peer.counter, peer.heard)


@pytest.mark.parametrize("hand", range(HANDS))
def test_cut(gateway, air, peer, hand):
    """Killed before each step that changes the disk, until the story comes to its end."""
    template = Template(gateway, air, peer)
    steps = 0
    for cut in range(hand + 1, 400, HANDS):
        story = Story(gateway, air, template)
        preload(gateway, "cut", LWM2MD_CUT=str(cut))
        try:
            story.tell()
        except Cut:
            assert gateway.wait_exit() == -9, gateway.log()
            steps += 1
        else:
            gateway.kill()
            break
        finally:
            unload(gateway)
        story.check()
        gateway.stop()
        story.peer.check()
    assert steps >= 4, "nothing was cut"


# ---- Disks ----

@pytest.fixture
def small(gateway):
    """The state directory is a file system of its own, which must go after the agent."""
    with tmpfs(gateway.state) as directory:
        yield directory
        gateway.stop()


def refuses_to_act(gateway, air, peer, reason):
    """Nothing of a message takes effect while its counter cannot be made durable: neither now nor later."""
    before, sent = lifetime(gateway), len(air.sent)
    after = len(gateway.lines)
    peer.put(before + 1)
    air.wait_heard()
    line = gateway.wait_log("its counter could not be stored", after=after)
    assert line.startswith("error: server 101: ") and reason in line
    assert lifetime(gateway) == before and len(air.sent) == sent
    assert_idle(gateway)


def acts(gateway, air, peer, value):
    """And remembers it across a power cut."""
    mid = peer.put(value)
    peer.wait(lambda: mid in peer.answers, "an answer")
    assert peer.answers[mid].code == "2.04"
    peer.wait(lambda: not air.kept, "all acknowledged")
    gateway.kill()
    start(gateway, peer)
    gateway.ctl("write", f"{LIFETIME}={value + 1}")
    for tpdu in air.heard:
        air.deliver_tpdu(tpdu)
    air.wait_heard()
    assert lifetime(gateway) == value + 1
    assert peer.get() == str(value + 1).encode()


@pytest.mark.root
def test_full(gateway, air, peer, small):
    account(gateway)
    start(gateway, peer)
    ballast = fill(small)
    refuses_to_act(gateway, air, peer, "No space left on device")
    refuses_to_act(gateway, air, peer, "No space left on device")
    ballast.unlink()
    acts(gateway, air, peer, 5000)


@pytest.mark.root
def test_read_only(gateway, air, peer, small):
    account(gateway)
    start(gateway, peer)
    remount(small, "ro")
    refuses_to_act(gateway, air, peer, "Read-only file system")
    remount(small, "rw")
    acts(gateway, air, peer, 5000)


@pytest.mark.root
@pytest.mark.slow
def test_start_on_a_full_disk(gateway, air, peer, small):
    """Without a block of counters nothing is sent; with room again it registers."""
    gateway.configure(Sms={"response-timeout": 10})
    account(gateway)
    start(gateway, peer)
    ballast = fill(small)
    gateway.kill()
    sent = len(air.sent)
    gateway.start().wait_bus()
    line = gateway.wait_log("cannot send, the counter could not be stored", after=gateway.started)
    assert "No space left on device" in line
    assert_idle(gateway)
    eventually(lambda: server_of(gateway)["last-error"], "told")
    assert len(air.sent) == sent
    ballast.unlink()
    gateway.ctl("register", "101", "--no-wait")
    registered(gateway, peer)
    acts(gateway, air, peer, 5000)


def test_damaged_counters(gateway, air, peer):
    """Nothing is heard and nothing is said until there are other keys: to begin anew with these would let everything
    recorded in again."""
    account(gateway)
    start(gateway, peer)
    gateway.kill()
    path = gateway.state / "counters-101"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    sent = len(air.sent)
    gateway.start().wait_bus()
    gateway.wait_log("counters-101", after=gateway.started)
    for tpdu in air.heard:
        air.deliver_tpdu(tpdu)
    air.wait_heard()
    assert len(air.sent) == sent
    assert server_of(gateway)["state"] == "failed"

    other = Peer(air, keys=OTHER_KEYS)
    gateway.ctl("key-set", "101", "sms-key", data=OTHER_KEYS)
    registered(gateway, other)
    assert other.get() == b"3600"
    other.check()


# ---- Accounts that come back ----

def add(gateway, keys, ssid=101):
    """An account over D-Bus."""
    gateway.ctl("server-add", f"tel:{NUMBER}", f"ssid={ssid}", "lifetime=3600", "binding=S",
                "sms-mode=secured-packet-device")
    gateway.ctl("key-set", str(ssid), "sms-parameters", data=PARAMETERS)
    gateway.ctl("key-set", str(ssid), "sms-key", data=keys)


def remove(gateway, peer, ssid=101):
    after = len(gateway.lines)
    gateway.ctl("server-remove", str(ssid))
    gateway.wait_log("deregistered", after=after)
    peer.work()


def replays_are_silent(gateway, air, peer):
    """Also while the agent waits for the answer to its Register: nothing newer has been heard yet."""
    eventually(lambda: not peer.messages.empty(), "Register")
    sent, value = len(air.sent), lifetime(gateway)
    for tpdu in list(air.heard):
        air.deliver_tpdu(tpdu)
    air.wait_heard()
    assert len(air.sent) == sent and lifetime(gateway) == value


def test_account_comes_back(gateway, air, peer):
    """With the keys it had, both counters go on (the peer looks at ours); with others they begin at 0."""
    gateway.start().wait_bus()
    add(gateway, KEYS)
    registered(gateway, peer)
    mid = peer.put(5000)
    peer.wait(lambda: mid in peer.answers, "an answer")
    remove(gateway, peer)

    add(gateway, KEYS)
    replays_are_silent(gateway, air, peer)
    registered(gateway, peer)
    assert peer.get() == b"3600"
    remove(gateway, peer)

    other = Peer(air, keys=OTHER_KEYS)
    other.counter = 0
    add(gateway, OTHER_KEYS)
    registered(gateway, other)
    assert (other.heard, other.counter) < (64, 64)
    assert other.get() == b"3600"
    remove(gateway, other)
    other.check()

    again = Peer(air)
    again.heard, again.counter = peer.heard, peer.counter
    add(gateway, KEYS)
    replays_are_silent(gateway, air, again)
    registered(gateway, again)
    assert again.get() == b"3600"
    again.check()


def test_keys_move_to_another_account(gateway, air, peer):
    """What was recorded of one account opens nothing in another that has its keys."""
    gateway.start().wait_bus()
    add(gateway, KEYS)
    registered(gateway, peer)
    mid = peer.put(5000)
    peer.wait(lambda: mid in peer.answers, "an answer")
    remove(gateway, peer)
    add(gateway, KEYS, 102)
    replays_are_silent(gateway, air, peer)
    registered(gateway, peer, 102)
    assert peer.get() == b"3600"

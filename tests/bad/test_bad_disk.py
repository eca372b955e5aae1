# SPDX-License-Identifier: LGPL-2.1-or-later
"""A state directory that is full, read-only, not a directory, or whose files are damaged."""
from __future__ import annotations

import os

import pytest
from tools import IDENTITY, KEY, assert_idle, fill, remount, server_of, tmpfs


@pytest.fixture
def small(gateway):
    """The state directory is a file system of its own, which must go after the agent."""
    with tmpfs(gateway.state) as directory:
        yield directory
        gateway.stop()


def registered(gateway, server, **keys):
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY, **keys)
    gateway.start().wait_bus()
    return server.wait_registration(gateway.endpoint, 20)


def again(gateway, server):
    """Cuts the power and waits for the registration that follows."""
    mark = server.mark()
    gateway.kill()
    gateway.start().wait_bus()
    return server.wait_registration(gateway.endpoint, 20, after=mark)


def temporaries(directory):
    return [p.name for p in directory.iterdir() if p.name.startswith(".")]


def refuses_to_store(gateway, server, registration):
    """What must hold while nothing can be written."""
    before = registration.read("/1/0/1", accept=0).expect("2.05").text
    registration.write("/1/0/1", 4321).expect("5.00")
    assert registration.read("/1/0/1", accept=0).text == before
    output = gateway.ctl("write", "/1/0/1=4321", code=1)
    assert "no space" in output.lower() or "read-only" in output.lower(), output
    keys = gateway.ctl("keys", "101", "--json")
    output = gateway.ctl("key-set", "101", "psk", data=bytes(range(1, 17)), code=1)
    assert output.startswith("lwm2mctl: server 101, psk: failed: not stored: "), output
    assert gateway.ctl("keys", "101", "--json") == keys
    output = gateway.ctl("server-add", server.uri(), "ssid=7", code=1)
    assert "no space" in output.lower() or "read-only" in output.lower(), output
    output = gateway.ctl("key-clear", "101", "psk", code=1) if "ead-only" in output else ""
    assert [s["server"] for s in gateway.status()["servers"]] == [101]
    mark = server.mark()
    registration.execute("/1/0/8").expect("2.04")
    assert server.wait_event("update", 10, after=mark).parameters == {}
    assert_idle(gateway)


@pytest.mark.root
def test_full(server, gateway, small):
    registration = registered(gateway, server)
    ballast = fill(small)
    refuses_to_store(gateway, server, registration)
    assert temporaries(small) == []
    registration = again(gateway, server)
    assert registration.lifetime == 86400
    refuses_to_store(gateway, server, registration)
    ballast.unlink()
    registration.write("/1/0/1", 4321).expect("2.04")
    assert again(gateway, server).lifetime == 4321


@pytest.mark.root
def test_read_only(server, gateway, small):
    registration = registered(gateway, server)
    remount(small, "ro")
    refuses_to_store(gateway, server, registration)
    registration = again(gateway, server)
    refuses_to_store(gateway, server, registration)
    remount(small, "rw")
    registration.write("/1/0/1", 4321).expect("2.04")
    assert again(gateway, server).lifetime == 4321


@pytest.mark.root
def test_read_only_with_leftovers(server, gateway, small):
    """What an earlier power cut left cannot be swept up: no reason not to start."""
    registered(gateway, server)
    (small / ".accounts.tmp").write_bytes(b"half")
    remount(small, "ro")
    assert again(gateway, server).read("/3/0").code == "2.05"
    remount(small, "rw")
    again(gateway, server)
    assert temporaries(small) == []


@pytest.mark.root
def test_full_before_the_first_start(server, gateway, small):
    """Nothing can be kept: the agent does not begin, and says why; with room again it does."""
    ballast = fill(small)
    gateway.account(server.uri("nosec"))
    gateway.start()
    assert gateway.wait_exit() == 1
    assert "the key that seals the state: No space left on device" in gateway.log()
    ballast.unlink()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)


@pytest.mark.root
def test_new_account_with_a_full_disk(server, gateway, small):
    """A file of servers.d/ that comes while the disk is full: told, tried again at the next start."""
    registered(gateway, server)
    ballast = fill(small)
    gateway.account(server.uri("psk"), ssid=102, key=KEY, psk_identity=IDENTITY)
    again(gateway, server)
    line = gateway.wait_log("102.conf")
    assert "No space left" in line
    ballast.unlink()
    again(gateway, server)
    assert {s["server"] for s in gateway.status()["servers"]} == {101, 102}


def test_state_is_a_file(gateway, server):
    gateway.state.write_text("a file")
    gateway.account(server.uri("nosec"))
    gateway.start()
    assert gateway.wait_exit() == 1
    assert str(gateway.state) in gateway.log() and "Not a directory" in gateway.log()
    assert gateway.state.read_text() == "a file"
    gateway.state.unlink()


def test_state_below_a_file(gateway, server):
    blocker = gateway.directory / "blocker"
    blocker.write_text("")
    gateway.extra = [f"--state={blocker / 'state'}"]
    gateway.start()
    assert gateway.wait_exit() == 1
    assert "Not a directory" in gateway.log()


# ---- Damage ----

DAMAGE = {
    "flipped": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "head": lambda data: b"x" + data[1:],
    "cut": lambda data: data[:len(data) // 2],
    "emptied": lambda data: b"",
    "longer": lambda data: data + b"x",
    "zeroes": lambda data: bytes(len(data)),
}


def damage(path, how):
    data = path.read_bytes()
    changed = DAMAGE[how](data)
    assert changed != data
    path.write_bytes(changed)


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_accounts(server, gateway, how):
    """The generation before the last change is used, and that is told."""
    registration = registered(gateway, server)
    registration.write("/1/0/1", 500).expect("2.04")
    registration.write("/1/0/1", 600).expect("2.04")
    gateway.kill()
    damage(gateway.state / "accounts", how)
    mark = server.mark()
    gateway.start().wait_bus()
    assert server.wait_registration(gateway.endpoint, 20, after=mark).lifetime == 500
    assert "accounts: " in gateway.log() and "not used" in gateway.log()
    assert "those before the last change" in gateway.log()


def test_damaged_accounts_both(server, gateway):
    """Both generations: told; a server of servers.d/ comes back from there, with its key."""
    registration = registered(gateway, server)
    registration.write("/1/0/1", 500).expect("2.04")
    gateway.kill()
    damage(gateway.state / "accounts", "cut")
    damage(gateway.state / "accounts~", "zeroes")
    (gateway.directory / "key-101").unlink()
    mark = server.mark()
    gateway.start().wait_bus()
    assert server.wait_registration(gateway.endpoint, 20, after=mark).lifetime == 86400
    assert "the stored accounts cannot be used" in gateway.log()


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_key(server, gateway, how):
    """A key without an earlier generation is lost: the server waits for it, the other is served."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("nosec"), ssid=102)
    gateway.start().wait_bus()
    gateway.ctl("server-add", server.uri("psk"), "ssid=101", f"identity={IDENTITY}")
    gateway.ctl("key-set", "101", "psk", data=KEY)
    server.wait_event("register", 20, where=lambda e: e.identity is not None)
    gateway.kill()
    damage(gateway.state / "key-101-psk", how)
    mark = server.mark()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20, after=mark)
    assert "key-101-psk: not available: damaged" in gateway.log()
    state = server_of(gateway)
    assert state["state"] == "failed" and "key-set 101 psk" in state["last-error-text"]
    assert_idle(gateway)
    mark = server.mark()
    gateway.ctl("key-set", "101", "psk", data=KEY)
    server.wait_event("register", 20, after=mark, where=lambda e: e.identity is not None)


def test_damaged_key_with_an_earlier_one(server, gateway):
    """The key before the last change is used, and told."""
    registered(gateway, server)
    gateway.ctl("key-set", "101", "psk", data=bytes(range(1, 17)))
    gateway.kill()
    (gateway.directory / "key-101").unlink()
    damage(gateway.state / "key-101-psk", "flipped")
    mark = server.mark()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20, after=mark)
    assert "key-101-psk: the content before the last change is used" in gateway.log()


@pytest.mark.parametrize("how", ["flipped", "cut", "zeroes"])
def test_damaged_session(server, gateway, how):
    """A saved session that is damaged costs a full handshake and no more."""
    registered(gateway, server)
    gateway.stop()
    saved = [p for p in gateway.state.iterdir() if p.name.startswith(("ticket-", "context-"))]
    assert saved, "nothing is saved"
    for path in saved:
        damage(path, how)
    mark = server.mark()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20, after=mark)
    assert server_of(gateway)["resumed"] is False


@pytest.mark.parametrize("how", ["cut", "emptied", "longer"])
def test_damaged_master_key(server, gateway, how):
    """Without it nothing can be opened; nothing is thrown away either."""
    registered(gateway, server)
    gateway.kill()
    master = gateway.state / "master.key"
    sound = master.read_bytes()
    files = {p.name: p.read_bytes() for p in gateway.state.iterdir() if p != master}
    damage(master, how)
    gateway.start()
    assert gateway.wait_exit() == 1
    assert "must be a file of 32 octets" in gateway.log()
    assert {p.name: p.read_bytes() for p in gateway.state.iterdir() if p != master} == files
    master.write_bytes(sound)
    mark = server.mark()
    gateway.start()
    server.wait_registration(gateway.endpoint, 20, after=mark)


def test_master_key_of_everybody(server, gateway):
    registered(gateway, server)
    gateway.kill()
    (gateway.state / "master.key").chmod(0o644)
    gateway.start()
    assert gateway.wait_exit() == 1
    assert "master.key" in gateway.log() and "0600" in gateway.log(), gateway.log()


def test_foreign_files(server, gateway):
    """What is not ours in the state directory is left alone; where it stands in the way, that is told."""
    gateway.state.mkdir(0o700)
    for name in ("key-0101-psk", "key-x", "key-101-psk.bak", "notes"):
        (gateway.state / name).write_bytes(os.urandom(50))
    (gateway.state / "key-101-psk").mkdir()
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    gateway.account(server.uri("nosec"), ssid=102)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    assert "key-101-psk: not available: Is a directory" in gateway.log()
    assert "101.conf:5: the key cannot be stored: Is a directory" in gateway.log()
    assert server_of(gateway)["state"] == "failed"
    assert (gateway.state / "notes").exists() and (gateway.state / "key-101-psk.bak").exists()

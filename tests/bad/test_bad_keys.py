# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys that are wrong, missing, or cannot be kept: what the operator is told, and that nothing else suffers."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import subprocess
import sys

import pytest
from gateway import Gateway, eventually
from tools import IDENTITY, KEY, assert_idle, calm, preload, server_of


def handshakes(server):
    return len({e.session for e in server.events if e.kind == "session"})


@pytest.mark.parametrize("identity, key", [
    (IDENTITY, bytes(16)), ("somebody-else", KEY)], ids=["wrong-key", "unknown-identity"])
def test_refused(server, gateway, identity, key):
    """Told with the alert or the time-out in words, counted, and tried again later, not at once."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.configure(Network={"handshake_timeout": 100, "handshake_limit": 2})
    gateway.account(server.uri("psk"), key=key, psk_identity=identity)
    gateway.start().wait_bus()
    line = gateway.wait_log("next attempt in")
    assert "handshake: " in line
    if identity != IDENTITY:
        assert "unknown_psk_identity" in line or "unknown PSK identity" in line
    state = server_of(gateway)
    assert state["state"] == "waiting" and state["next-attempt-at"]
    assert state["last-error-text"].startswith("handshake: ")
    assert state["statistics"]["handshakes-failed"] == 1
    assert gateway.status()["agent"]["last-error-text"]
    seen = handshakes(server)
    assert_idle(gateway)
    assert handshakes(server) == seen
    assert not [e for e in server.events if e.kind == "register"]


def test_right_key_after_the_wrong_one(server, gateway):
    """key-set is all that it takes."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.configure(Network={"handshake_timeout": 100, "handshake_limit": 1})
    gateway.account(server.uri("psk"), key=bytes(16), psk_identity=IDENTITY)
    gateway.start().wait_bus()
    gateway.wait_log("next attempt in")
    gateway.ctl("key-set", "101", "psk", data=KEY)
    gateway.ctl("register", "101")
    assert server.wait_registration(gateway.endpoint, 20).read("/3/0").code == "2.05"


def test_no_key(server, gateway):
    """Failed, with the command that mends it; nothing is sent."""
    gateway.account(server.uri("psk"), psk_identity=IDENTITY)
    gateway.start().wait_bus()
    state = server_of(gateway)
    assert state["state"] == "failed"
    assert state["last-error"] == "org.lwm2md1.Error.NotConfigured"
    assert "lwm2mctl key-set 101 psk" in state["last-error-text"]
    assert gateway.status()["agent"]["state"] == "failed"
    assert_idle(gateway)
    assert not server.sessions
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.ctl("key-set", "101", "psk", data=KEY)
    server.wait_registration(gateway.endpoint, 20)


def test_no_identity(server, gateway):
    gateway.account(server.uri("psk"), key=KEY)
    gateway.start().wait_bus()
    assert "lwm2mctl key-set 101 psk-identity" in server_of(gateway)["last-error-text"]


def key_file(gateway, how):
    """The path of a key file that is wrong in one way."""
    path = gateway.directory / "the-key"
    content = {"empty": b"", "long": bytes(5000), "plugin-limit": bytes(200), "hex": b"0011zz", "odd": b"00112"}
    if how == "directory":
        path.mkdir()
    elif how != "missing":
        path.write_bytes(content.get(how, KEY))
        path.chmod(0o644 if how == "readable" else 0o600)
    return path


@pytest.mark.parametrize("how, word", [
    ("readable", "mode 0600"), ("missing", "No such file"), ("empty", "empty"), ("long", "too long"),
    ("plugin-limit", "200"), ("hex", "hexadecimal"), ("odd", "hexadecimal"), ("directory", "not a regular file"),
], ids=lambda value: value.replace(" ", "-") if value.islower() and len(value) < 13 else "word")
def test_key_file(server, gateway, how, word):
    """Configuration file, line, key file, what is wrong; the other server is served."""
    path = key_file(gateway, how)
    encoding = {"psk_encoding": "hex"} if how in ("hex", "odd") else {}
    gateway.account(server.uri("psk"), psk_identity=IDENTITY, psk_file=path, **encoding)
    gateway.account(server.uri("nosec"), ssid=102)
    gateway.start().wait_bus()
    line = gateway.wait_log(str(path))
    assert re.search(r"servers\.d/101\.conf:5: ", line) and word in line, line
    assert KEY.hex() not in gateway.log()
    server.wait_registration(gateway.endpoint, 20)
    state = server_of(gateway)
    assert state["state"] == "failed" and "no key" in state["last-error-text"]
    assert server_of(gateway, 102)["state"] == "registered"


@pytest.mark.parametrize("data, options, word", [
    (bytes(5000), (), "too long"), (b"", (), "empty"), (bytes(200), (), "200"),
    (b"xyz", ("--encoding=hex",), "hexadecimal"),
], ids=["long", "empty", "plugin-limit", "hex"])
def test_key_set(server, gateway, data, options, word):
    """lwm2mctl key-set tells why, and the key that was there stays."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    before = gateway.ctl("keys", "101", "--json")
    output = gateway.ctl("key-set", "101", "psk", *options, code=1, data=data)
    assert word in output, output
    assert gateway.ctl("keys", "101", "--json") == before
    mark = server.mark()
    gateway.stop()
    gateway.start()
    server.wait_registration(gateway.endpoint, 20, after=mark)


def test_process_store(server, gateway):
    """[Keys] store = process: said in status, and everything else as before, over a restart too."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.configure(Keys={"store": "process"})
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    agent = gateway.status()["agent"]
    assert agent["key-store"] == "process" and agent["key-store-reason"] == "not wanted"
    assert "stand-in" in gateway.ctl("status")
    mark = server.mark()
    gateway.kill()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20, after=mark)


def test_kernel_refuses(server, gateway):
    """The stand-in takes over by itself; status has the kernel's word, and so does the page for people."""
    preload(gateway, "keyless")
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    agent = gateway.status()["agent"]
    assert agent["key-store"] == "process"
    assert agent["key-store-reason"] == "add_key: Operation not permitted"
    assert "add_key: Operation not permitted" in gateway.ctl("status")
    assert KEY.hex() not in gateway.log()
    mark = server.mark()
    gateway.kill()
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20, after=mark)


class AsUser(Gateway):
    """An agent of a user that the kernel gives hardly any room for keys."""

    uid = 0

    def command(self):
        return ["setpriv", f"--reuid={self.uid}", "--regid=65534", "--clear-groups", *super().command()]

    def give(self):
        subprocess.run(["chown", "-R", f"{self.uid}:65534", str(self.directory)], check=True)
        for parent in self.directory.parents:
            if parent.stat().st_mode & 0o001 == 0 and str(parent) != "/":
                os.chmod(parent, parent.stat().st_mode | 0o011)


@pytest.fixture
def poor(build, tmp_path, bus, worker_id):
    """A user that no other test is, of those that every Debian has; the bus wants one that it knows."""
    users = ["games", "man", "lp", "mail", "news", "uucp", "proxy", "backup", "list", "irc"]
    number = int(worker_id[2:]) if worker_id[2:].isdigit() else 0
    instance = AsUser(build, tmp_path, bus)
    instance.uid = pwd.getpwnam(users[number % len(users)]).pw_uid
    calm(instance)
    yield instance
    instance.stop()


def octets_of_keys(uid):
    """What the kernel counts for a user: keys(5), /proc/key-users."""
    for line in pathlib.Path("/proc/key-users").read_text().splitlines():
        fields = line.split()
        if fields[0] == f"{uid}:":
            return int(fields[4].split("/")[0])
    return 0


HOLDER = """
import ctypes, os, sys, time
lib = ctypes.CDLL("libkeyutils.so.1", use_errno=True)
os.setresgid(65534, 65534, 65534)
os.setresuid({uid}, {uid}, {uid})
lib.keyctl_join_session_keyring(None)
n = 0
size = {size}
while size and n < 10000:
    if lib.add_key(b"user", b"ballast-%d" % n, b"x" * size, ctypes.c_size_t(size), -2) < 0:
        size //= 2
    n += 1
print(n, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def full_quota(poor):
    """Starts a process that has all the key room of the user; the function to end it."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER.format(uid=poor.uid, size=4000)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert int(process.stdout.readline()) > 1

    def end():
        if process.poll() is None:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()
    yield end
    end()


@pytest.mark.root
def test_quota_at_start(poor, server, full_quota):
    """No room from the beginning: the stand-in, with the kernel's reason in status."""
    server.add_psk(IDENTITY.encode(), KEY)
    poor.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    poor.give()
    poor.start().wait_bus()
    server.wait_registration(poor.endpoint, 20)
    agent = poor.status()["agent"]
    assert agent["key-store"] == "process"
    assert "quota" in agent["key-store-reason"].lower()


@pytest.mark.root
def test_quota_later(poor, server, request):
    """Room at the start and none later: key-set fails with the reason, and what is there goes on."""
    server.add_psk(IDENTITY.encode(), KEY)
    poor.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    poor.give()
    poor.start().wait_bus()
    registration = server.wait_registration(poor.endpoint, 20)
    if poor.status()["agent"]["key-store"] != "kernel":
        pytest.skip("no kernel keys for users here")
    end = request.getfixturevalue("full_quota")
    output = poor.ctl("key-set", "101", "psk", code=1, data=bytes(range(1, 17)))
    assert "quota" in output.lower(), output
    registration.read("/3/0").expect("2.05")
    mark = server.mark()
    registration.execute("/1/0/8").expect("2.04")
    server.wait_event("update", 10, after=mark)
    end()
    eventually(lambda: octets_of_keys(poor.uid) < 4000, "the kernel collects the keys", 30)
    poor.ctl("key-set", "101", "psk", data=KEY)
    assert_idle(poor)

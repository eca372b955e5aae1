# SPDX-License-Identifier: LGPL-2.1-or-later
"""Accounts of servers.d: what becomes of them when their files change between two starts."""
from __future__ import annotations

import json

import pytest

KEY = bytes(range(16))
IDENTITY = "gateway-17"


@pytest.fixture
def restart(gateway):
    def again():
        gateway.stop()
        known = len(gateway.lines)
        gateway.start().wait_log("owns org.lwm2md1", after=known)
    return again


def accounts(gateway):
    return {s["server"]: s["uri"] for s in gateway.status()["servers"]}


def slots(gateway, ssid=101):
    return {key["slot"] for key in json.loads(gateway.ctl("keys", str(ssid), "--json"))}


def test_renamed_file(server, gateway, restart):
    """Keys set by hand and what the server wrote stay with the account."""
    server.add_psk(IDENTITY.encode(), KEY)
    gateway.account(server.uri("psk"), psk_identity=IDENTITY, lifetime=300)
    gateway.start().wait_bus()
    gateway.ctl("key-set", "101", "psk", data=KEY)
    server.wait_registration(gateway.endpoint).write("/1/0/1", "120").expect("2.04")
    (gateway.servers / "101.conf").rename(gateway.servers / "renamed.conf")
    restart()
    assert server.wait_registration(gateway.endpoint).lifetime == 120
    (gateway.servers / "renamed.conf").unlink()
    restart()
    assert accounts(gateway) == {}


def test_other_ssid_in_the_file(server, gateway, restart):
    """A file defines one account: the one of its earlier number goes."""
    gateway.account(server.uri(), ssid=101)
    gateway.start().wait_bus()
    gateway.account(server.uri(), ssid=102)
    (gateway.servers / "102.conf").rename(gateway.servers / "101.conf")
    restart()
    assert set(accounts(gateway)) == {102}


def test_swapped_files(gateway, restart):
    gateway.account("coap://127.0.0.1:1", ssid=101)
    gateway.account("coap://127.0.0.1:2", ssid=102)
    gateway.start().wait_bus()
    one, other = gateway.servers / "101.conf", gateway.servers / "102.conf"
    one.rename(gateway.directory / "kept")
    other.rename(one)
    (gateway.directory / "kept").rename(other)
    restart()
    assert accounts(gateway) == {101: "coap://127.0.0.1:1", 102: "coap://127.0.0.1:2"}
    assert "used already" not in gateway.log()


def test_file_that_is_not_understood(gateway, restart):
    """It changes nothing, and nobody else gets its account."""
    gateway.account("coap://127.0.0.1:1", ssid=101)
    gateway.start().wait_bus()
    (gateway.servers / "101.conf").write_text("[Server]\nuri = coap://127.0.0.1:1\nssid = many\n")
    (gateway.servers / "999.conf").write_text("[Server]\nuri = coap://127.0.0.1:9\nssid = 101\n")
    restart()
    assert accounts(gateway) == {101: "coap://127.0.0.1:1"}
    gateway.wait_log("999.conf:3: ssid 101 is used already by")


def test_removed_file(gateway, restart):
    """Nothing of the account is left, on disk neither."""
    gateway.account("coaps://127.0.0.1:1", key=KEY, psk_identity=IDENTITY)
    gateway.start().wait_bus()
    assert slots(gateway) == {"psk", "psk-identity"}
    (gateway.servers / "101.conf").unlink()
    restart()
    assert accounts(gateway) == {}
    assert not list(gateway.state.glob("*101*"))


def test_replaced_key_file(server, gateway, restart):
    server.add_psk(IDENTITY.encode(), KEY[::-1])
    gateway.account(server.uri("psk"), key=KEY, psk_identity=IDENTITY)
    gateway.start().wait_bus()
    gateway.account(server.uri("psk"), key=KEY[::-1], psk_identity=IDENTITY)
    restart()
    server.wait_registration(gateway.endpoint)


def test_configuration_that_is_named_must_exist(gateway):
    gateway.config.unlink()
    gateway.start()
    assert gateway.wait_exit() == 78
    assert f"{gateway.config}: there is no such file" in gateway.log()


def test_check_tells_of_a_second_use(gateway):
    gateway.account("coap://127.0.0.1:1", ssid=101)
    (gateway.servers / "999.conf").write_text("[Server]\nuri = coap://127.0.0.1:9\nssid = 101\n")
    gateway.extra = ["--check"]
    gateway.start()
    assert gateway.wait_exit() == 78
    assert "999.conf:3: ssid 101 is used already by" in gateway.log()

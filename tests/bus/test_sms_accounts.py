# SPDX-License-Identifier: LGPL-2.1-or-later
"""Accounts of servers that are reached by SMS: their keys are tried before they are kept."""
from __future__ import annotations

import json

import pytest

AES = b"1212 1600 B20203"
TRIPLE_DES = b"1919 1600 B20203"
SINGLE_DES = b"1111 1600 B20203"
AES_KEY = bytes(range(32))
NUMBER = "12125550178"


@pytest.fixture
def sms(gateway):
    """An agent with an SMS account of its own, 102."""
    gateway.start().wait_bus()
    gateway.ctl("server-add", f"tel:+{NUMBER}", "ssid=102", "sms-mode=secured-packet-device")
    return gateway


def set_key(gateway, slot, data, code=0, *options):
    return gateway.ctl("key-set", "102", slot, *options, code=code, data=data)


def slots(gateway, ssid=102):
    return {key["slot"]: key["bytes"] for key in json.loads(gateway.ctl("keys", str(ssid), "--json"))}


def test_R22_objects(sms):
    """Objects 0 and 1 show the account; the key is read by nobody."""
    set_key(sms, "sms-parameters", AES, 0, "--encoding=hex")
    set_key(sms, "sms-key", AES_KEY)
    values = json.loads(sms.ctl("read", "/0/0", "--json", "--show-personal"))
    assert values["/0/0/0"] == f"tel:+{NUMBER}"
    assert (values["/0/0/6"], values["/0/0/7"], values["/0/0/9"]) == (204, "EhIWALICAw==", NUMBER)
    assert "/0/0/8" not in values
    sms.ctl("read", "/0/0/8", code=4)
    values = json.loads(sms.ctl("read", "/1/0", "--json"))
    assert (values["/1/0/7"], values["/1/0/21"]) == ("S", False)


def test_R22_durable(sms):
    set_key(sms, "sms-parameters", AES, 0, "--encoding=hex")
    set_key(sms, "sms-key", AES_KEY)
    sms.ctl("write", "/1/0/21=1", "/1/0/7=SQ")
    sms.stop()
    sms.start().wait_bus()
    assert slots(sms) == {"sms-parameters": 7, "sms-key": 32}
    values = json.loads(sms.ctl("read", "/1/0", "--json"))
    assert (values["/1/0/7"], values["/1/0/21"]) == ("SQ", True)
    assert AES_KEY not in b"".join(p.read_bytes() for p in sms.state.iterdir() if p.is_file())


@pytest.mark.parametrize("parameters, why", [
    (SINGLE_DES, "KIc 11 names single DES, which is broken"),
    (b"1515 1600 B20203", "KIc 15 names 3DES with two keys"),
    (b"1212 1200 B20203", "ciphers nothing"),
    (b"1212 1500 B20203", "redundancy check"),
    (b"1212 1600 000001", "TAR 000001 is neither"),
    (b"1212 1600", "6 or 7 octets"),
])
def test_R22_weak_parameters(sms, capfd, parameters, why):
    """The plugin says in words what is wrong, before there is a key."""
    assert why in set_key(sms, "sms-parameters", parameters, 1, "--encoding=hex")
    assert slots(sms) == {}


@pytest.mark.parametrize("parameters, why, hint", [
    (b"12121600BFFF00\n", "15 octets came", True),
    (bytes.fromhex("12121600BFFF0000"), "8 octets came", False),
])
def test_R22_digits_as_octets(sms, parameters, why, hint):
    error = set_key(sms, "sms-parameters", parameters, 1)
    assert why in error and ("--encoding=hex" in error) == hint


@pytest.mark.parametrize("parameters, key, why", [
    (AES, bytes(32), "are the same one"),
    (AES, bytes(range(30)), "octets"),
    (TRIPLE_DES, bytes(range(8)) * 3 + bytes(range(24)), "two of the three keys"),
])
def test_R22_weak_key(sms, parameters, key, why):
    set_key(sms, "sms-parameters", parameters, 0, "--encoding=hex")
    assert why in set_key(sms, "sms-key", key, 1)
    assert "sms-key" not in slots(sms)


def test_R22_parameters_come_first(sms):
    assert "slot sms-parameters comes first" in set_key(sms, "sms-key", AES_KEY, 1)


def test_R22_slots_belong_to_modes(sms):
    assert "has no slot psk" in set_key(sms, "psk", bytes(16), 1)
    sms.ctl("server-add", "coap://127.0.0.1:1", "ssid=103")
    assert "has no slot sms-key" in sms.ctl("key-set", "103", "sms-key", data=AES_KEY, code=1)


def test_R22_options_are_tried(gateway):
    gateway.start().wait_bus()
    gateway.ctl("server-add", f"tel:+{NUMBER}", "ssid=102", "sms-mode=secured-packet", "sms-options=cc=5")
    assert "the option 'cc=5' is unknown" in set_key(gateway, "sms-parameters", AES, 1, "--encoding=hex")


def test_R22_servers_d(gateway):
    """A file of servers.d names parameters and key; a weak key is told of with its line."""
    path = gateway.directory / "sms-key"
    path.touch(0o600)
    path.write_text(AES_KEY.hex() + "\n")
    keys = {"sms_mode": "secured-packet", "sms_key_file": path, "sms_key_encoding": "hex"}
    gateway.account(f"tel:+{NUMBER}", ssid=102, sms_parameters=AES.decode(), **keys)
    gateway.account(f"tel:+{NUMBER}0", ssid=103, sms_parameters=SINGLE_DES.decode(), **keys)
    gateway.start().wait_bus()
    assert slots(gateway) == {"sms-parameters": 7, "sms-key": 32}
    assert slots(gateway, 103) == {}
    gateway.wait_log("103.conf:4: KIc 11 names single DES")

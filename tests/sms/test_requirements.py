# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clauses of the change request that show from outside, each by its id."""
from __future__ import annotations

import pathlib
import subprocess

import pytest
from gateway import eventually
from network import KEYS, NUMBER, PARAMETERS
from secured_packet import Packets
from steps import PLAIN_TEXT, all_ways, register, state
from tpdu import COMMAND, Short, read_submit

FOREIGN = pathlib.Path(__file__).parents[1] / "plugins/foreign"
CARD_PARAMETERS = bytes.fromhex("12121600B20203")


def add_account(gateway, sms_keys, **changes):
    keys = {"mode": "nosec", "lifetime": 3600, "binding": "S", **sms_keys, **changes}
    gateway.account(f"tel:{NUMBER}", **keys)


def key_file(gateway, key):
    path = gateway.directory / "other-key"
    path.touch(0o600)
    path.write_bytes(key)
    return path


def test_R08_R15_keys_by_the_api(by_sms, gateway):
    """KIc and KID come as other keys do, and under what they say the agent registers."""
    gateway.start().wait_bus()
    gateway.ctl("server-add", f"tel:{NUMBER}", "ssid=101", "sms-mode=secured-packet-device", "lifetime=3600")
    assert not by_sms.modem.sent
    gateway.ctl("key-set", "101", "sms-parameters", "--encoding=hex", data=PARAMETERS.hex().encode())
    gateway.ctl("key-set", "101", "sms-key", data=KEYS)
    request = by_sms.next()
    assert (request.code, request.path) == ("0.02", "/rd") and f"ep={gateway.endpoint}" in request.queries
    by_sms.answer(request, "2.01", "rd/7a")
    eventually(lambda: state(gateway) == "registered", "registered")


def test_R10_nothing_without_a_secured_packet(registered):
    """CoAP in a short message without the element of a packet, or as if it were one: neither heard nor answered."""
    request = registered.request("PUT", "/1/0/2", payload=b"5", options=PLAIN_TEXT)
    for header in (b"", COMMAND):
        registered.modem.deliver(Short(NUMBER, request.encode(), header))
    assert registered.ask("GET", "/1/0/2").payload == b"0"
    assert all(COMMAND in read_submit(tpdu).header or read_submit(tpdu).header[:2] == b"\x00\x03"
               for tpdu in registered.modem.sent)


def test_R10_no_registration_without_keys(by_sms, gateway, sms_keys):
    """Such an account is not taken, and nothing is sent."""
    del sms_keys["sms-key-file"], sms_keys["sms-parameters"]
    add_account(gateway, sms_keys, **{"sms-mode": "nosec"})
    gateway.start().wait_bus()
    gateway.wait_log("SMS mode nosec is for triggers alone")
    assert gateway.status()["servers"] == [] and not by_sms.modem.sent


@all_ways
def test_R11_device_termination(registered):
    """Class 1, ME Data Download, a TAR from BFFF00 on."""
    registered.ask("GET", "/1/0/1")
    shorts = [read_submit(tpdu) for tpdu in registered.modem.sent]
    assert {(short.pid, short.dcs) for short in shorts} == {(0x7D, 0xF5)}
    first = [short for short in shorts if 0x70 in short.elements()]
    assert len(first) >= 2
    assert all(0xBFFF00 <= int.from_bytes(short.data[7:10], "big") <= 0xBFFFFF for short in first)


def test_R12_card_termination(by_sms, gateway, sms_keys):
    """Class 2, USIM Data Download; the TAR of the card's application, and BER-TLV around the message."""
    by_sms.coding = (0x7F, 0xF6)
    by_sms.packets = Packets(CARD_PARAMETERS, KEYS, wrapped=True)
    add_account(gateway, sms_keys, sms_parameters=CARD_PARAMETERS.hex(), sms_options="termination=card",
                **{"sms-mode": "secured-packet"})
    register(by_sms, gateway)
    assert by_sms.ask("GET", "/1/0/1").payload == b"3600"


class Card:
    """What stands for the card: every octet turned over, behind a mark. As `Packets`, without counters."""

    def __init__(self):
        self.count = 0

    def seal(self, counter, data):
        return b"\x58" + bytes(octet ^ 0x5A for octet in data)

    def open(self, packet, above):
        assert packet[:1] == b"\x58", "sent past the card"
        self.count += 1
        return above + 1, bytes(octet ^ 0x5A for octet in packet[1:])


def test_R13_card_behind_another_plugin(build, tmp_path, by_sms, gateway, sms_keys):
    """What goes out is passed on to be protected, what comes in to be checked, in short messages for the card: a
    plugin of somebody else's, made of the header alone."""
    source = tmp_path / "card.c"
    source.write_text((FOREIGN / "xor.c").read_text().replace('.name = "xor"', '.name = "card"').replace(
        ".ip_modes = LWM_SECURITY_MODE(3)", ".sms_modes = LWM_SECURITY_MODE(2), .sms = {0x7F, 0xF6, 0x70}"))
    directory, empty = tmp_path / "plugins", tmp_path / "empty"
    directory.mkdir(0o755)
    empty.mkdir(0o755)
    header = pathlib.Path(__file__).parents[2] / "plugins/lwm2m-security.h"
    subprocess.run([FOREIGN / "build.sh", header, source, directory / "card.so", "cc"], check=True)
    by_sms.coding, by_sms.packets = (0x7F, 0xF6), Card()
    gateway.extra.append(f"--plugins={empty}")
    gateway.configure(Plugins={"directory": directory})
    add_account(gateway, sms_keys, **{"sms-mode": "secured-packet"})
    register(by_sms, gateway)
    assert by_sms.ask("GET", "/1/0/1").payload == b"3600"
    assert by_sms.packets.count == 2


@pytest.mark.parametrize("parameters, key", [
    ("11111600BFFF00", bytes(range(16))),
    ("15151600BFFF00", bytes(range(32))),
    ("19191600BFFF00", bytes(range(8)) * 2 + bytes(range(8, 16)) + bytes(range(24))),
])
def test_R16_weak_ciphers(by_sms, gateway, sms_keys, parameters, key):
    """Single DES, two keys, equal keys: no channel, nothing is sent."""
    add_account(gateway, {**sms_keys, "sms-key-file": key_file(gateway, key)}, **{"sms-parameters": parameters})
    gateway.start().wait_bus()
    eventually(lambda: state(gateway) == "failed", "given up")
    assert not by_sms.modem.sent


@pytest.mark.parametrize("parameters, octets, cc", [
    ("12121600BFFF00", 32, 4), ("12121600BFFF00", 48, 8), ("12121600BFFF00", 64, 8),
    ("19191600BFFF00", 48, 8), ("12191600BFFF00", 40, 8)])
def test_R16_R32_ciphers(by_sms, gateway, sms_keys, parameters, octets, cc):
    """AES of every size and three different keys of DES are taken, and speak; both may be mixed."""
    key = bytes(range(1, 2 * octets, 2))
    by_sms.packets = Packets(bytes.fromhex(parameters), key, cc)
    add_account(gateway, {**sms_keys, "sms-key-file": key_file(gateway, key)}, sms_options=f"cc={cc}",
                **{"sms-parameters": parameters})
    register(by_sms, gateway)
    assert by_sms.ask("GET", "/1/0/1").payload == b"3600"


@all_ways
def test_R17_only_a_higher_counter(registered):
    """A checksum, ciphering, and nothing at or below the counter of the last."""
    assert read_submit(registered.modem.sent[0]).data[3:5] == bytes([0x16, 0x00])
    assert registered.ask("GET", "/1/0/1").code == "2.05"
    last, sent = registered.counter, len(registered.modem.sent)
    for counter in (last, last - 1, 1, 0):
        registered.counter = counter - 1
        registered.send(registered.request("GET", "/1/0/1"))
    registered.counter = last
    assert registered.ask("GET", "/1/0/1").code == "2.05"
    assert len(registered.modem.sent) == sent + 1


def test_R18_R22_parameters_and_keys_of_an_account(registered, gateway):
    """The resources that the registry has for SMS; the key in its own, which nobody reads."""
    listed = gateway.ctl("read", "/0/0", "--json", "--show-personal")
    for path in ("/0/0/6", "/0/0/7", "/0/0/9"):
        assert f'"{path}"' in listed
    assert '"/0/0/8"' not in listed
    gateway.ctl("read", "/0/0/8", code=4)
    slots = gateway.ctl("keys", "101")
    assert "sms-parameters" in slots and "sms-key" in slots


@all_ways
def test_R21_R23_object_0_is_for_no_server(registered, gateway):
    """It cannot be read, written, deleted, observed or asked after by SMS, and the keys are as before."""
    for code in ("GET", "PUT", "POST", "DELETE"):
        for path in ("/0", "/0/0", "/0/0/7", "/0/0/8"):
            payload = KEYS if code in ("PUT", "POST") else b""
            answer = registered.ask(code, path, payload=payload)
            assert answer.code in ("4.00", "4.01", "4.04", "4.05"), (code, path, answer)
            assert KEYS[:16] not in answer.payload and KEYS[16:] not in answer.payload
    assert registered.ask("GET", "/1/0/1").payload == b"3600"


@pytest.mark.parametrize("ssid", [0, 65535])
def test_R24_short_server_id(by_sms, gateway, sms_keys, ssid):
    add_account(gateway, sms_keys, ssid=ssid)
    gateway.start().wait_bus()
    gateway.wait_log("ssid")
    assert gateway.status()["servers"] == [] and not by_sms.modem.sent


def test_R29_order_of_parameters(by_sms, gateway, sms_keys):
    """KIc, KID, SPI, TAR in the account; SPI, KIc, KID, TAR in the packet."""
    parameters = bytes.fromhex("02121600BFFF34")
    by_sms.packets = Packets(parameters, KEYS)
    add_account(gateway, sms_keys, **{"sms-parameters": parameters.hex()})
    register(by_sms, gateway)
    assert read_submit(by_sms.modem.sent[0]).data[3:10] == bytes.fromhex("16000212BFFF34")

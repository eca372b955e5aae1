# SPDX-License-Identifier: LGPL-2.1-or-later
"""Configuration that is garbage: each line told, lwm2md.conf stops the start, a server's file only itself."""
from __future__ import annotations

import os
import random
import re
import subprocess
import time

import pytest
from tools import server_of

CONFIGURATION = 78


def start_fails(gateway):
    """The log of an agent that does not start because of lwm2md.conf."""
    gateway.start()
    assert gateway.wait_exit() == CONFIGURATION
    return gateway.log()


def check(gateway, code=CONFIGURATION, **environment):
    """Output of lwm2md --check."""
    result = subprocess.run([*gateway.command(), "--check"], capture_output=True, text=True, timeout=20,
                            env={**os.environ, **environment})
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_every_line(gateway):
    gateway.config.write_text("[Agent]\nendpiont = x\nlwm2m-version = 9.9\n[Network]\nack-timeout = soon\n"
                              "local-port = 70000\nnonsense\n[Colour]\nred = yes\n")
    log = start_fails(gateway)
    assert "lwm2md.conf:7: neither [SECTION], nor key = value, nor a comment" in log
    assert "nonsense" not in log  # it might be a key
    gateway.config.write_text(gateway.config.read_text().replace("nonsense\n", ""))
    log = start_fails(gateway)
    for line, words in ((2, "endpiont"), (3, "allowed: 1.1, 1.0"), (5, "from 100 to 60000"),
                        (6, "from 0 to 65535"), (8, "Colour")):
        assert re.search(rf"lwm2md\.conf:{line}: .*{words}", log), (line, log)
    assert check(gateway) in log + "\n"


@pytest.mark.parametrize("content, words", [
    (random.Random(1).randbytes(4000), "UTF-8"), (b"[Agent]\nendpoint = \xff\n", "UTF-8"),
    (b"[Agent]\nendpoint = a\0b\n", "UTF-8"), (b"#" * 70000, "longer than 65536"),
    (b"endpoint = x\n", "before the first"), (b"[Agent\n", "a section reads"),
    (b"[Agent]\nendpoint = \n", "0 octets"), (b"[Agent]\nendpoint = {colour}\n", "colour"),
    (b"[Log]\nlevel = notice\nlevel = info\n", "already in line 2"),
], ids=["binary", "not-utf8", "nul", "long", "no-section", "open-section", "empty", "word", "twice"])
def test_garbage(gateway, content, words):
    gateway.config.write_bytes(content)
    log = start_fails(gateway) if words != "colour" else failed_start(gateway)
    assert "lwm2md.conf" in log or words == "colour"
    assert words in log, log


def failed_start(gateway):
    gateway.start()
    assert gateway.wait_exit() != 0
    return gateway.log()


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to("/dev/zero"),
                                  lambda p: p.symlink_to(p)], ids=["directory", "pipe", "endless", "loop"])
def test_no_file(gateway, make):
    """Not a file: told, without reading for ever."""
    gateway.config.unlink()
    make(gateway.config)
    begin = time.monotonic()
    assert str(gateway.config) in start_fails(gateway)
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("text, line, words", [
    ("[Server]\nuri = http://x\nssid = 9\n", 2, "coap"),
    ("[Server]\nuri = coap://127.0.0.1\nssid = 0\n", 3, "1 to 65534"),
    ("[Server]\nssid = 9\n", 2, "uri is missing"),
    ("[Server]\nuri = coap://127.0.0.1\nssid = 9\npsk = 0011\n", 4, "psk-file"),
    ("[Server]\nuri = coap://127.0.0.1\nssid = 9\nlifetime = -1\n", 4, "lifetime"),
    ("[Server]\nuri = coaps://h\nssid = 9\npsk-file = key\n", 4, "must begin with /"),
    ("[Server]\nuri = tel:+12125550178\nssid = 9\nsms-mode = secured-packet\nbinding = U\n", 5, "binding U needs"),
    ("[Server]\nuri = tel:+12125550178\nssid = 9\nsms-fallback = yes\nsms-mode = secured-packet\n", 4,
     "SMS fallback needs"),
    ("uri\n", 1, "key = value"),
    ("", 1, "uri is missing"),
], ids=["scheme", "ssid", "no-uri", "key-in-text", "number", "relative", "tel-by-udp", "tel-fallback", "no-form",
        "nothing"])
def test_server_file(gateway, server, text, line, words):
    """The file with the error is told of and passed over, the others work."""
    path = gateway.servers / "009.conf"
    path.write_text(text)
    gateway.account(server.uri())
    assert re.search(rf"009\.conf:{line}: .*{words}", check(gateway))
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    assert re.search(rf"009\.conf:{line}: .*{words}", gateway.log()), gateway.log()
    assert "0011" not in gateway.log()
    assert [s["server"] for s in gateway.status()["servers"]] == [101]


@pytest.mark.parametrize("make", [
    lambda p: p.write_bytes(random.Random(2).randbytes(3000)), lambda p: p.mkdir(), os.mkfifo,
    lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to("/nowhere"),
], ids=["binary", "directory", "pipe", "endless", "dangling"])
def test_server_no_file(gateway, server, make):
    path = gateway.servers / "009.conf"
    make(path)
    gateway.account(server.uri())
    assert str(path) in check(gateway)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log(str(path))


def test_duplicate_ssid(gateway, server):
    """The first in order of name has it; the other is told of."""
    gateway.account(server.uri())
    other = gateway.servers / "201.conf"
    other.write_text("[Server]\nuri = coap://127.0.0.1:9\nssid = 101\n")
    output = check(gateway)
    assert re.search(r"201\.conf:3: .*101\.conf", output), output
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    assert re.search(r"201\.conf.*ssid 101.*101\.conf", gateway.log()), gateway.log()
    assert server_of(gateway)["uri"] == server.uri()


def test_error_in_a_file_that_was_right(gateway, server):
    """The account stays as it was, keys and all, until the file is right again."""
    gateway.account(server.uri(), lifetime=77)
    gateway.start().wait_bus()
    server.wait_registration(gateway.endpoint, 20)
    gateway.stop()
    mark = server.mark()
    (gateway.servers / "101.conf").write_text("[Server]\nuri =\n")
    gateway.start().wait_bus()
    assert server.wait_registration(gateway.endpoint, 20, after=mark).lifetime == 77


def test_unreadable_directory(gateway):
    """No servers, and that is told; the agent is there for lwm2mctl."""
    for path in gateway.servers.iterdir():
        path.unlink()
    gateway.servers.rmdir()
    gateway.servers.write_text("a file")
    assert str(gateway.servers) in check(gateway)
    gateway.start().wait_bus()
    assert str(gateway.servers) in gateway.log()
    assert gateway.status()["servers"] == []


def test_directory_gone_for_a_while(gateway, server):
    """A directory that cannot be read, unlike a file that is gone, takes no account along."""
    gateway.account(server.uri())
    gateway.start()
    server.wait_registration(gateway.endpoint, 20)
    gateway.stop()
    away = gateway.directory / "away"
    gateway.servers.rename(away)
    gateway.servers.write_text("a file")
    mark = server.mark()
    gateway.start()
    server.wait_registration(gateway.endpoint, 20, after=mark)
    gateway.stop()
    gateway.servers.unlink()
    away.rename(gateway.servers)


def test_check(gateway, server):
    gateway.account(server.uri())
    assert "no errors" in check(gateway, 0)
    assert not gateway.state.exists()


AES_KEY = bytes(range(32))
AES = "12121600B20203"


def sms_account(gateway, parameters=AES, key=AES_KEY, mode=0o600, **keys):
    """An account with sms-mode in line 4, then parameters, if any, and the key."""
    settings = {"sms_mode": "secured-packet"}
    if parameters:
        settings["sms_parameters"] = parameters
    path = gateway.directory / "sms-key"
    if key is not None:
        path.write_bytes(key)
        path.chmod(mode)
    gateway.account("tel:+12125550178", ssid=9, **settings, sms_key_file=path, **keys)
    return path


@pytest.mark.parametrize("change, line, words", [
    ({"parameters": "11111600BFFF00"}, 5, "KIc 11 names single DES"),
    ({"parameters": "15151600BFFF00"}, 5, "KIc 15 names 3DES with two keys"),
    ({"parameters": "12121600000001"}, 5, "TAR 000001 is neither"),
    ({"sms_options": "foo=1"}, 5, "the option 'foo=1' is unknown"),
    ({"sms_options": "cc=5"}, 5, "the option 'cc=5' is unknown"),
    ({"key": bytes(range(16))}, 6, "sms-key: .*octets"),
    ({"key": AES_KEY.hex().encode() + b"\n"}, 6, "sms-key: .*octets"),
    ({"key": b"0g", "sms_key_encoding": "hex"}, 6, "hexadecimal"),
    ({"key": None}, 6, "sms-key: No such file"),
    ({"mode": 0o644}, 6, "sms-key: others may read or write it"),
    ({"parameters": None}, 5, "slot sms-parameters comes first"),
], ids=["des", "3des", "tar", "word", "cc", "short", "hex", "no-hex", "missing", "open", "alone"])
def test_sms_keys(gateway, change, line, words):
    """--check says of keys what the start says, and keeps none."""
    sms_account(gateway, **change)
    output = check(gateway)
    assert re.search(rf"9\.conf:{line}: .*{words}", output), output
    assert "no errors" not in output
    assert not gateway.state.exists()
    gateway.start().wait_bus()
    assert re.search(rf"9\.conf:{line}: .*{words}", gateway.log()), gateway.log()


def test_sms_keys_that_are_right(gateway):
    sms_account(gateway, sms_options="cc=4")
    assert "no errors" in check(gateway, 0)
    assert not gateway.state.exists()


def test_both_keys_are_told(gateway, server):
    """A mistake of the key for UDP does not hide one of the key for SMS."""
    path = sms_account(gateway, parameters="11111600BFFF00")
    gateway.account("coaps://127.0.0.1:1", ssid=9, key=bytes(16), sms_mode="secured-packet", sms_number="12125550178",
                    sms_parameters="11111600BFFF00", sms_key_file=path)
    (gateway.directory / "key-9").chmod(0o604)
    output = check(gateway)
    assert re.search(r"9\.conf:8: .*key-9: others may read", output), output
    assert re.search(r"9\.conf:6: KIc 11 names single DES", output), output


def test_credentials(gateway):
    """What only the service can read is passed over, and that is told; with a directory it is judged."""
    gateway.account("tel:+12125550178", ssid=9, sms_mode="secured-packet", sms_parameters=AES, sms_key_credential="sms")
    gateway.environment.pop("CREDENTIALS_DIRECTORY", None)
    output = check(gateway, 0)
    assert re.search(r"9\.conf:6: sms-key-credential: passed over", output), output
    path = gateway.directory / "sms"
    path.touch(0o600)
    path.write_bytes(bytes(32))
    output = check(gateway, CREDENTIALS_DIRECTORY=str(gateway.directory))
    assert re.search(r"9\.conf:6: .*sms: .*are the same one", output), output

# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
import pty
import subprocess
import time

import pytest

SECRET = b"0123-very-secret"
PATH = "/org/lwm2md1/server/101"
ALL_SEALS = 0xF


@pytest.fixture(autouse=True)
def no_secret_is_printed(ctl):
    yield
    assert SECRET.decode() not in ctl.printed and SECRET.hex() not in ctl.printed


def test_server_add(ctl, agent):
    out = ctl("server-add", "coaps://h:5684", "ssid=101", "mode=psk", "lifetime=300", "binding=U",
              "pmin=1", "pmax=60", "identity=me").out
    assert out == "Server 101: added\n"
    assert agent.calls == [("AddServer", "/org/lwm2md1", ({
        "uri": "coaps://h:5684", "ssid": 101, "mode": "psk", "lifetime": 300, "binding": "U",
        "pmin": 1, "pmax": 60, "identity": "me"},))]
    assert json.loads(ctl("server-add", "coap://h", "ssid=7", "-j").out) == [
        {"server": 7, "path": "/org/lwm2md1/server/7"}]
    assert ctl("server-add", "-q", "coap://h", "ssid=7").out == ""
    agent.fail["AddServer"] = ("org.lwm2md1.Error.Busy", "server 7 exists")
    assert ctl("server-add", "coap://h", "ssid=7", code=1).err == \
        "lwm2mctl: server-add: busy: server 7 exists\n"


def test_server_remove(ctl, agent):
    assert ctl("server-remove", "101").out == ""
    assert agent.calls == [("RemoveServer", "/org/lwm2md1", (PATH,))]
    agent.fail["RemoveServer"] = ("org.lwm2md1.Error.NotFound", "no such server")
    assert ctl("server-remove", "101", code=5).err == \
        "lwm2mctl: server 101: not found: no such server\n"


def test_key_from_stdin(ctl, agent):
    result = ctl("key-set", "101", "psk", data=SECRET)
    assert result.out == "Server 101: psk set, 16 bytes. Used from the next handshake on.\n"
    assert agent.key_data == SECRET and agent.key_seals == ALL_SEALS
    assert agent.calls[0][2][:2] == (PATH, "psk") and agent.calls[0][2][3] == {}


def test_key_from_file(ctl, agent, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(SECRET + b"\n")
    result = ctl("key-set", "101", "psk", str(key))
    assert agent.key_data == SECRET + b"\n"
    assert "17 bytes" in result.out and "note: the line break at the end was kept" in result.err
    key.write_bytes(SECRET.hex().encode())
    assert "bytes" not in ctl("key-set", "101", "psk", str(key), "--encoding=hex").out
    assert agent.calls[-1][2][3] == {"encoding": "hex"}
    assert ctl("key-set", "-q", "101", "psk-identity", "-", data=b"me").out == ""
    assert agent.key_data == b"me"


def test_key_limits(ctl, agent, tmp_path):
    ctl("key-set", "101", "psk", data=bytes(65536))
    assert len(agent.key_data) == 65536
    agent.calls.clear()
    assert "more than 65536 bytes" in ctl("key-set", "101", "psk", data=bytes(65537), code=1).err
    assert ctl("key-set", "101", "psk", data=b"", code=1).err == "lwm2mctl: standard input: empty\n"
    missing = tmp_path / "missing"
    assert ctl("key-set", "101", "psk", str(missing), code=1).err == \
        f"lwm2mctl: {missing}: No such file or directory\n"
    assert agent.calls == []


def test_key_refused(ctl, agent):
    agent.fail["SetKey"] = ("org.lwm2md1.Error.BadValue", "psk takes at most 32 bytes")
    assert ctl("key-set", "101", "psk", data=SECRET * 3, code=1).err == \
        "lwm2mctl: server 101, psk: bad value: psk takes at most 32 bytes\n"


def test_key_is_not_typed(ctl, agent):
    main, terminal = pty.openpty()
    result = subprocess.run([ctl.program, "key-set", "101", "psk"], stdin=terminal,
                            env=ctl.environment, capture_output=True, timeout=60)
    os.close(main)
    os.close(terminal)
    assert result.returncode == 2 and b"not read from a terminal" in result.stderr


def test_key_is_no_argument(ctl, agent):
    ctl("key-set", "101", "psk", "file", "x", code=2)


def test_key_without_agent(ctl):
    ctl("key-set", "101", "psk", data=SECRET, code=3)


def test_key_clear(ctl, agent):
    assert ctl("key-clear", "101", "psk").out == ""
    assert agent.calls == [("ClearKey", "/org/lwm2md1", (PATH, "psk"))]
    agent.fail["ClearKey"] = ("org.lwm2md1.Error.NotFound", "nothing there")
    assert ctl("key-clear", "101", "psk", code=5).err == \
        "lwm2mctl: server 101, psk: not found: nothing there\n"


def test_keys(ctl, agent):
    agent.add_server(101)
    agent.add_server(102)
    now = int(time.time())
    agent.keys[PATH] = [("psk-identity", 0x2B41C07D, 15, now - 120, "SHA256:9f2c"),
                        ("psk", 0, 16, 1700000000, "")]
    lines = [line.split("  ") for line in ctl("keys").out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert rows[0] == ["SERVER", "SLOT", "SERIAL", "BYTES", "SET", "FINGERPRINT"]
    assert rows[1][:4] == ["101", "psk-identity", "0x2b41c07d", "15"]
    assert rows[1][4].startswith("2 min ") and rows[1][5] == "SHA256:9f2c"
    assert rows[2][:4] == ["101", "psk", "-", "16"] and rows[2][5] == "secret"
    assert json.loads(ctl("keys", "101", "-j").out)[1] == {
        "server": 101, "slot": "psk", "serial": 0, "bytes": 16, "set": "2023-11-14T22:13:20Z",
        "fingerprint": "secret"}
    assert ctl("keys", "102").out == ""

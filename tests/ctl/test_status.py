# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import time

import pytest

WAITING = {"State": "waiting", "Uri": "coap://other.example.net:5683", "Security": ("nosec", ""),
           "CipherSuite": 0, "Resumed": False, "LwM2mVersion": "", "Location": "",
           "RegisteredAt": 0, "ExpiresAt": 0, "NextUpdateAt": 0, "Statistics": {}}


@pytest.fixture
def two_servers(agent):
    now = int(time.time())
    agent.add_server(102, **WAITING, NextAttemptAt=now + 192,
                     LastError=(now - 185, "org.lwm2md1.Error.Timeout", "no answer to Register"))
    agent.add_server(101, RegisteredAt=now - 60, NextUpdateAt=now + 78000 + 30)
    return agent


def test_page(ctl, two_servers):
    lines = ctl().out.splitlines()
    assert lines[0] == "● lwm2md 1.2.3   urn:imei:4901542…518   online"
    assert lines[1] == "      Plugins  psk 1.0 (Mbed TLS 2.28.3), nosec 1 [tainted]"
    assert "    Key store  kernel keyring" in lines
    assert "    Sealed by  systemd credential" in lines
    first = lines.index("● Server 101   coaps://lwm2m.example.net:5684   registered")
    second = lines.index("● Server 102   coap://other.example.net:5683   waiting")
    assert first < second
    assert lines[first + 1] == "     Security  psk, PSK-AES128-CCM8, resumed"
    assert lines[first + 2].startswith("   Registered  since ")
    assert lines[first + 2].endswith(", LwM2M 1.1, lifetime 1 d, location /rd/5a3f")
    assert lines[first + 3] == "  Next update  in 21 h 40 min"
    assert lines[first + 4] == "     Observed  3 observations, 418 notifications, 2 lost"
    assert lines[second + 1] == "     Security  nosec"
    assert lines[second + 2].startswith(" Next attempt  in 3 min ")
    assert lines[second + 3].endswith(" ago, timed out: no answer to Register")


@pytest.mark.parametrize("age, shown", [(90, False), (60, False), (30, True)])
def test_error_before_the_registration(ctl, agent, age, shown):
    """Is history: on screen neither of the server nor of the agent, but in JSON and for who asks."""
    now = int(time.time())
    error = (now - age, "org.lwm2md1.Error.NotConfigured", "no key in slot psk")
    agent.manager["LastError"] = error
    agent.add_server(101, RegisteredAt=now - 60, LastError=error)
    screen = ctl().out
    assert ("no key in slot psk" in screen) is shown
    assert screen.count("Last error") == int(shown)
    status = json.loads(ctl("-j").out)
    assert status["servers"][0]["last-error-text"] == status["agent"]["last-error-text"] == "no key in slot psk"
    assert "no key in slot psk" in ctl("-f", "last-error-text").out


def test_error_of_the_agent(ctl, agent):
    """One that is of no server on the page has a line of its own."""
    agent.manager["LastError"] = (int(time.time()) - 5, "org.lwm2md1.Error.Failed", "no space")
    agent.add_server(101)
    assert "s ago, failed: no space" in ctl().out


def test_status_is_the_default(ctl, two_servers):
    assert ctl("status", "--json", "--fields=uri").out == ctl("-j", "-f", "uri").out


def test_personal_data(ctl, two_servers):
    assert "490154203237518" not in ctl().out + ctl("-j").out + ctl("-t").out
    assert "490154203237518" in ctl("--show-personal").out
    assert json.loads(ctl("-j", "--show-personal").out)["agent"]["endpoint"].endswith("237518")


def test_json(ctl, two_servers):
    status = json.loads(ctl("status", "--json").out)
    assert status["agent"]["key-store"] == "kernel"
    assert status["plugins"][0] == {"name": "psk", "version": "1.0", "library": "Mbed TLS 2.28.3",
                                    "modes": ["psk"], "tainted": False}
    assert [s["server"] for s in status["servers"]] == [101, 102]
    first, second = status["servers"]
    assert first["expires-at"] == "2100-01-01T00:00:00Z"
    assert first["cipher-suite"] == 0xC0A8 and first["resumed"] is True
    assert first["statistics"]["notifications"] == 418
    assert second["registered-at"] is None
    assert second["last-error"] == "org.lwm2md1.Error.Timeout"
    assert json.loads(ctl("status", "--json=pretty").out)["servers"] == status["servers"]
    assert len(ctl("status", "--json=pretty").out.splitlines()) > 50


def test_terse(ctl, two_servers):
    lines = ctl("-t").out.splitlines()
    assert "state=online" in lines
    assert "plugin.psk.library=Mbed TLS 2.28.3" in lines
    assert "server.101.state=registered" in lines
    assert "server.101.expires-at=2100-01-01T00:00:00Z" in lines
    assert "server.102.registered-at=" in lines


def test_fields(ctl, two_servers):
    assert ctl("-t", "-f", "state").out.splitlines() == [
        "state=online", "server.101.state=registered", "server.102.state=waiting"]
    assert "no field 'colour'" in ctl("-f", "colour", code=2).err


def test_one_server(ctl, two_servers):
    status = json.loads(ctl("status", "102", "-j").out)
    assert "agent" not in status and len(status["servers"]) == 1
    assert ctl("status", "7", code=5).err == "lwm2mctl: server 7: not found\n"
    assert "not a Short Server ID" in ctl("status", "65535", code=2).err


def test_stand_in_store(ctl, agent):
    agent.manager.update(KeyStore=("process", "add_key: Operation not permitted"), StateKey="file",
                         LastError=(int(time.time()) - 7200, "org.lwm2md1.Error.Failed", "disk full"))
    out = ctl().out
    assert ("Key store  stand-in: keys are in the agent's own locked memory, since the kernel takes "
            "none (add_key: Operation not permitted)") in out
    assert "Sealed by  key file" in out
    assert "Last error  2 h ago, failed: disk full" in out


def test_terminal_is_safe(ctl, agent):
    agent.add_server(101, RegisteredAt=0, LastError=(1, "org.lwm2md1.Error.Refused", "4.03 \x1b[2J\x07\nok"))
    out = ctl().out
    assert "\x1b" not in out and "\x07" not in out
    assert r"refused: 4.03 \x1b[2J\x07\x0aok" in out


def test_plugins(ctl, agent):
    lines = ctl("plugins").out.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "LIBRARY", "MODES", "TAINTED"]
    assert lines[1].split() == ["psk", "1.0", "Mbed", "TLS", "2.28.3", "psk", "false"]
    assert len(ctl("plugins", "--no-legend").out.splitlines()) == 2
    assert ctl("plugins", "-t", "-f", "tainted,name").out == "0\tpsk\n1\tnosec\n"
    assert json.loads(ctl("plugins", "-j").out)[1]["modes"] == ["nosec"]


def test_log_level(ctl, agent):
    assert ctl("log-level").out == "info\n"
    assert json.loads(ctl("log-level", "-j").out) == [{"log-level": "info"}]
    assert ctl("log-level", "debug").out == ""
    assert ("SetLogLevel", "/org/lwm2md1", ("debug",)) in agent.calls
    assert "none of" in ctl("log-level", "loud", code=2).err


def test_version(ctl, bus):
    assert ctl("version").out.endswith("\nlwm2md (not running)\n")
    assert json.loads(ctl("version", "-j").out)[0]["lwm2md"] is None


def test_version_of_agent(ctl, agent):
    assert ctl("version").out.endswith("\nlwm2md 1.2.3\n")

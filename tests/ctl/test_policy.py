# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shipped bus policy, enforced by a bus that forbids what nothing allows, as the system's does."""
import os
import pathlib
import pwd
import re
import subprocess

import pytest

from fake_agent import FakeAgent

AGENT_USER = "daemon"
STRANGER = "nobody"
SYSTEM_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus"/></policy>
<include>{policy}</include></busconfig>"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can call as another user")


@pytest.fixture
def system_bus(tmp_path):
    if "LWM2MD_BUILD" not in os.environ:
        pytest.fail("LWM2MD_BUILD does not name the build directory")
    text = (pathlib.Path(os.environ["LWM2MD_BUILD"]) / "dbus/org.lwm2md1.conf").read_text()
    policy = tmp_path / "org.lwm2md1.conf"
    policy.write_text(re.sub(r'<policy user="(?!root").*">', f'<policy user="{AGENT_USER}">', text))
    config = tmp_path / "bus.conf"
    config.write_text(SYSTEM_BUS.format(policy=policy))
    process = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork",
                                "--print-address=1"], stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(10)


@pytest.fixture
def agent(system_bus):
    """The thread's connection is made as the agent's user, and then is that user's."""
    fake = FakeAgent(system_bus, uid=pwd.getpwnam(AGENT_USER).pw_uid)
    yield fake
    fake.stop()


def send(address, user, *words):
    account = pwd.getpwnam(user)
    return subprocess.run(["dbus-send", f"--bus={address}", "--print-reply", *words], user=account.pw_uid,
                          group=account.pw_gid, extra_groups=[], capture_output=True, text=True, timeout=30)


def call(address, user, interface, method, *arguments):
    return send(address, user, "--dest=org.lwm2md1", "/org/lwm2md1", f"{interface}.{method}", *arguments)


CLEAR_KEY = ("org.lwm2md1.Credentials", "ClearKey", "objpath:/org/lwm2md1/server/1", "string:psk")


def test_stranger(system_bus, agent):
    version = call(system_bus, STRANGER, "org.freedesktop.DBus.Properties", "Get",
                   "string:org.lwm2md1.Manager", "string:Version")
    assert 'string "1.2.3"' in version.stdout
    assert call(system_bus, STRANGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").returncode == 0
    assert call(system_bus, STRANGER, "org.lwm2md1.Manager", "SetLogLevel", "string:debug").returncode == 0
    agent.calls.clear()
    refused = call(system_bus, STRANGER, *CLEAR_KEY)
    assert refused.returncode != 0 and "AccessDenied" in refused.stderr
    assert agent.calls == []


def test_agent_user_cannot_set_keys(system_bus, agent):
    assert "AccessDenied" in call(system_bus, AGENT_USER, *CLEAR_KEY).stderr


def test_root(system_bus, agent):
    assert call(system_bus, "root", *CLEAR_KEY).returncode == 0
    assert agent.calls == [("ClearKey", "/org/lwm2md1", ("/org/lwm2md1/server/1", "psk"))]


@pytest.mark.parametrize("user, allowed", [(STRANGER, False), ("root", False), (AGENT_USER, True)])
def test_who_may_own_the_name(system_bus, user, allowed):
    result = send(system_bus, user, "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
                  "org.freedesktop.DBus.RequestName", "string:org.lwm2md1", "uint32:4")
    assert (result.returncode == 0) is allowed
    assert allowed or "AccessDenied" in result.stderr

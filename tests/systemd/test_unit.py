# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files for systemd, polkit and the bus, judged by the tools that will read them."""
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

ROOT = pathlib.Path(__file__).parents[2]
HEADER = ROOT / "agent/base/log-events.h"
CATALOG = ROOT / "systemd/lwm2md.catalog"
UNITS = ["lwm2md.service", "lwm2md-keygen.service"]


@pytest.fixture(scope="session")
def build():
    if "LWM2MD_BUILD" not in os.environ:
        pytest.fail("LWM2MD_BUILD does not name the build directory")
    return pathlib.Path(os.environ["LWM2MD_BUILD"])


def need(tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    return tool


def runnable(build, unit, directory):
    """A copy of the unit that can be judged before anything is installed."""
    text = (build / "systemd" / unit).read_text()
    path = directory / unit
    path.write_text(re.sub(r"^ExecStart=\S+/lwm2md$", "ExecStart=/bin/true", text, flags=re.M))
    return path


def exposure(path):
    out = subprocess.run([need("systemd-analyze"), "security", "--offline=yes", path],
                         capture_output=True, text=True, check=True).stdout
    return float(re.search(r"Overall exposure level for \S+: ([\d.]+)", out)[1])


def test_exposure(build, tmp_path):
    path = runnable(build, "lwm2md.service", tmp_path)
    assert exposure(path) <= 1.5
    weaker = tmp_path / "weaker.service"
    weaker.write_text(path.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert exposure(weaker) > exposure(path)


@pytest.mark.parametrize("unit", UNITS)
def test_verify(build, tmp_path, unit):
    for name in UNITS:
        runnable(build, name, tmp_path)
    result = subprocess.run([need("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no",
                             tmp_path / unit], capture_output=True, text=True,
                            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
    assert (result.returncode, result.stderr) == (0, "")


def test_start_and_stop_contract(build):
    text = (build / "systemd/lwm2md.service").read_text()
    for line in ("Type=notify", "NotifyAccess=main", "Restart=on-failure", "KeyringMode=private"):
        assert f"\n{line}\n" in text
    assert int(re.search(r"^WatchdogSec=(\d+)$", text, re.M)[1]) > 0
    # An absolute path would keep the agent from starting without the credential.
    assert re.search(r"^LoadCredentialEncrypted=lwm2md\.kmk$", text, re.M)
    assert "@" not in re.sub(r"@(system-service|privileged|resources|mount)\b", "", text)


def test_bus_activation(build):
    service = (build / "dbus/org.lwm2md1.service").read_text()
    user = re.search(r"^User=(\S+)$", (build / "systemd/lwm2md.service").read_text(), re.M)[1]
    assert "\nName=org.lwm2md1\n" in service and "\nSystemdService=lwm2md.service\n" in service
    assert f"\nUser={user}\n" in service
    assert f'<policy user="{user}">' in (build / "dbus/org.lwm2md1.conf").read_text()


def test_sysusers(build, tmp_path):
    (tmp_path / "etc").mkdir()
    subprocess.run([need("systemd-sysusers"), f"--root={tmp_path}", build / "systemd/lwm2md.sysusers"],
                   check=True, capture_output=True)
    users = (tmp_path / "etc/passwd").read_text()
    assert re.search(r"^lwm2md:x:\d+:\d+:LwM2M device agent:/\S+/lib/lwm2md:\S+nologin$", users, re.M)
    assert re.search(r"^lwm2m:x:\d+:$", (tmp_path / "etc/group").read_text(), re.M)


def test_polkit_actions(build):
    root = ET.parse(build / "dbus/org.lwm2md1.policy").getroot()
    actions = {action.get("id"): action for action in root.iter("action")}
    assert set(actions) == {f"org.lwm2md1.{name}" for name in ("read", "control", "write", "provision")}
    allowed = {"no", "yes", "auth_self", "auth_admin", "auth_self_keep", "auth_admin_keep"}
    for action in actions.values():
        assert action.findtext("description") and action.findtext("message")
        defaults = {item.tag: item.text for item in action.find("defaults")}
        assert set(defaults) == {"allow_any", "allow_inactive", "allow_active"}
        assert set(defaults.values()) <= allowed
        # polkit answers the agent about others only for what the agent owns.
        owner = action.find("annotate[@key='org.freedesktop.policykit.owner']")
        assert owner.text == "unix-user:lwm2md"
    for name in ("control", "write", "provision"):
        assert actions[f"org.lwm2md1.{name}"].findtext("defaults/allow_any") == "no"


def test_actions_of_the_interfaces_exist(build):
    root = ET.parse(build / "dbus/org.lwm2md1.policy").getroot()
    actions = {action.get("id") for action in root.iter("action")}
    for path in (ROOT / "dbus").glob("*.xml"):
        named = set(re.findall(r"org\.lwm2md1\.(?:read|control|write|provision|provide)\b", path.read_text()))
        assert named <= actions, path.name


def test_catalog_explains_each_event():
    events = re.findall(r'^#define LOG_EVENT_\w+ "([0-9a-f]{32})"$', HEADER.read_text(), re.M)
    entries = re.findall(r"^-- ([0-9a-f]{32})\nSubject: \S.*\nDefined-By: lwm2md\n", CATALOG.read_text(), re.M)
    assert len(events) == len(set(events)) >= 5
    assert sorted(events) == sorted(entries)


def test_catalog_compiles(tmp_path):
    directory = tmp_path / "usr/lib/systemd/catalog"
    directory.mkdir(parents=True)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    shutil.copy(CATALOG, directory)
    result = subprocess.run([need("journalctl"), "--update-catalog", f"--root={tmp_path}"],
                            capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    listed = subprocess.run(["journalctl", "--list-catalog", f"--root={tmp_path}"], check=True,
                            capture_output=True, text=True).stdout
    assert "lwm2md: Registered with an LwM2M server" in listed

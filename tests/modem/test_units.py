# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units and the bus policy, judged by the tools that will read them."""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

UNITS = ["lwm2md-modem.service", "lwm2md-qmi-proxy.service", "lwm2md-mbim-proxy.service"]


@pytest.fixture(params=UNITS)
def unit(request, build, tmp_path):
    """A copy that can be judged before anything is installed."""
    source = build / "systemd" / request.param
    if not source.exists() or not shutil.which("systemd-analyze"):
        pytest.skip(f"no {request.param}, or nothing to judge it")
    path = tmp_path / request.param
    path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", source.read_text(), flags=re.M))
    return path


def exposure(path: pathlib.Path) -> float:
    out = subprocess.run(["systemd-analyze", "security", "--offline=yes", path], capture_output=True, text=True,
                         check=True).stdout
    return float(re.search(r"Overall exposure level for \S+: ([\d.]+)", out)[1])


def test_exposure(unit):
    limit = exposure(unit)
    assert limit <= (1.3 if unit.name == "lwm2md-modem.service" else 1.6)
    unit.write_text(unit.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert exposure(unit) > limit


def test_verify(unit):
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                            capture_output=True, text=True,
                            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{unit.parent}:"})
    assert (result.returncode, result.stderr) == (0, "")
    assert "@" not in re.sub(r"@(system-service|privileged|resources|keyring)\b", "", unit.read_text())


def test_uid_0_is_kept_from_managers(unit):
    """The service manager's socket believes uid 0 whatever its capabilities; of the three the bus is for one alone."""
    hidden = " ".join(re.findall(r"^InaccessiblePaths=(.*)$", unit.read_text(), re.M)).split()
    assert "-/run/systemd/private" in hidden
    assert ("-/run/dbus" in hidden) == (unit.name != "lwm2md-modem.service")


def test_wrong_arguments_are_not_tried_again(build):
    if not (build / "systemd/lwm2md-modem.service").exists():
        pytest.skip("not built")
    assert re.search(r"^RestartPreventExitStatus=64$", (build / "systemd/lwm2md-modem.service").read_text(), re.M)


@pytest.mark.parametrize("kind", ["qmi", "mbim"])
def test_order(build, kind):
    if not (build / f"systemd/lwm2md-{kind}-proxy.service").exists():
        pytest.skip(f"not built with {kind}")
    text = (build / f"systemd/lwm2md-{kind}-proxy.service").read_text()
    assert "Before=ModemManager.service lwm2md-modem.service" in text
    assert f"ExecStart=/usr/libexec/{kind}-proxy --no-exit\n" in text
    modem = (build / "systemd/lwm2md-modem.service").read_text()
    assert f"lwm2md-{kind}-proxy.service" in re.search(r"^After=(.*)$", modem, re.M)[1]
    # Not even the library could start one.
    assert re.search(rf"^InaccessiblePaths=.*-/usr/libexec/{kind}-proxy\b", modem, re.M)


def test_bus_policy(build):
    root = ET.parse(build / "plugins/modem/org.lwm2md1.Modem.conf").getroot()
    owners = {policy.get("user") for policy in root.iter("policy") if policy.find("allow[@own_prefix]") is not None}
    assert owners == {"root"}
    callers = {policy.get("user") for policy in root.iter("policy") for allow in policy.iter("allow")
               if allow.get("send_destination") and not allow.get("send_interface")}
    assert callers == {"lwm2md"}

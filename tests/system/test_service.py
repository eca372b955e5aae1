# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent as a service of a real Debian, booted in a container: units, sandbox, bus policy, polkit,
sealing, reboot, journal. The checks are in guest/ and run inside; each is one test here."""
from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent)]

from guest import with_modem, with_polkit, without_polkit  # noqa: E402
from machine import Broken, Missing, boot, locked, prepare, what_is_missing  # noqa: E402

WHY_NOT = "no machine to look at the service in: "
if what_is_missing():
    pytest.skip(WHY_NOT + what_is_missing(), allow_module_level=True)

pytestmark = [pytest.mark.root, pytest.mark.slow]

FACTORY = r"""
mkdir -p etc/lwm2md/servers.d etc/systemd/system/lwm2md.service.d
rm usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service
ln -s /dev/null etc/systemd/system/polkit.service
(umask 077 && printf '%s' a0a1a2a3a4a5a6a7a8a9aaabacadaeaf >etc/lwm2md/psk)
cat >etc/lwm2md/servers.d/101.conf <<END
[Server]
uri = coaps://[::1]:5684
ssid = 101
psk-identity = gateway-of-the-north-17
psk-credential = lwm2m-psk
psk-encoding = hex
lifetime = 3600
END
printf '[Service]\nLoadCredential=lwm2m-psk:/etc/lwm2md/psk\n' >etc/systemd/system/lwm2md.service.d/psk.conf
printf '[Unit]\nAfter=guest.service\nStartLimitIntervalSec=0\n' >etc/systemd/system/lwm2md.service.d/order.conf
ln -s /usr/lib/systemd/system/lwm2md.service etc/systemd/system/multi-user.target.wants/
"""
ORDER = r"""
mkdir -p etc/systemd/system/lwm2md.service.d
printf '[Unit]\nAfter=guest.service\nStartLimitIntervalSec=0\n' >etc/systemd/system/lwm2md.service.d/order.conf
"""
VARIANTS = {
    "with_modem": (with_modem, "", []),
    "with_polkit": (with_polkit, ORDER, ["--system-call-filter=@keyring"]),
    "without_polkit": (without_polkit, FACTORY, []),
}
CHECKS = [(name, check) for name, (module, _, _) in VARIANTS.items()
          for check in module.before.names + module.after.names]
INSTALLED = """
usr/sbin/lwm2md
usr/bin/lwm2mctl
usr/lib*/**/lwm2md/plugins/nosec.so
usr/sbin/lwm2md-modem
usr/lib*/**/lwm2md/plugins/psk.so
usr/lib*/**/lwm2md/plugins/secured-packet.so
usr/include/lwm2md/lwm2m-security.h
usr/lib/systemd/system/lwm2md.service
usr/lib/systemd/system/lwm2md-keygen.service
usr/lib/systemd/system/lwm2md-modem.service
usr/lib/systemd/system/lwm2md-qmi-proxy.service
usr/lib/systemd/system/lwm2md-mbim-proxy.service
usr/lib/sysusers.d/lwm2md.conf
usr/lib/systemd/catalog/lwm2md.catalog
usr/share/dbus-1/system.d/org.lwm2md1.conf
usr/share/dbus-1/system.d/org.lwm2md1.Modem.conf
usr/share/dbus-1/system-services/org.lwm2md1.service
usr/share/dbus-1/interfaces/org.lwm2md1.Manager.xml
usr/share/dbus-1/interfaces/org.lwm2md1.Server.xml
usr/share/dbus-1/interfaces/org.lwm2md1.DataModel.xml
usr/share/dbus-1/interfaces/org.lwm2md1.Credentials.xml
usr/share/dbus-1/interfaces/org.lwm2md1.Sms.xml
usr/share/dbus-1/interfaces/org.lwm2md1.Modem.xml
usr/share/polkit-1/actions/org.lwm2md1.policy
usr/share/polkit-1/rules.d/org.lwm2md1.rules
usr/share/doc/lwm2md/examples/50-lwm2md.rules
usr/share/doc/lwm2md/examples/lwm2md.conf
usr/share/doc/lwm2md/dbus/lwm2md-org.lwm2md1.Manager.rst
usr/share/man/man1/lwm2mctl.1
usr/share/man/man5/lwm2md.conf.5
usr/share/man/man8/lwm2md.8
usr/share/man/man8/lwm2md-modem.8
""".split()
MANUALS = [path for path in INSTALLED if "/man/" in path]


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> pathlib.Path:
    """A directory of all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def layers(build, shared) -> list[pathlib.Path]:
    """The installed agent and the Debian below it, made by the first worker that needs them."""
    made = shared / "system-layers.json"
    with locked(shared / "system-layers.lock"):
        if not made.exists():
            made.write_text(json.dumps(attempt(build)))
    outcome = json.loads(made.read_text())
    if "missing" in outcome:
        pytest.skip(outcome["missing"])
    assert "broken" not in outcome, outcome["broken"]
    return [pathlib.Path(layer) for layer in outcome["layers"]]


def attempt(build) -> dict:
    try:
        return {"layers": [str(layer) for layer in prepare(build)]}
    except Missing as missing:
        return {"missing": f"{WHY_NOT}{missing}"}
    except Broken as broken:
        return {"broken": str(broken)}


@pytest.fixture(scope="session")
def found(build, shared, layers):
    """What a variant found, by the name of the check. The first worker that asks boots it."""
    def look(variant: str) -> dict[str, str]:
        results = shared / f"system-{variant}.json"
        with locked(shared / f"system-{variant}.lock"):
            if not results.exists():
                _, script, options = VARIANTS[variant]
                directory = shared / f"system-{variant}"
                results.write_text(json.dumps(boot(build, layers, directory, variant, script, options)))
        return json.loads(results.read_text())
    return look


@pytest.mark.parametrize("variant,check", CHECKS)
def test_in_the_machine(found, variant, check):
    results = found(variant)
    assert check in results, f"not reached; the console's last lines:\n{results['console']}"
    assert results[check] == "", results[check]


def test_installed(layers):
    """Every file that the README and the units speak of, and nothing outside the prefix but configuration."""
    for pattern in INSTALLED:
        assert len(list(layers[0].glob(pattern))) == 1, pattern
    files = {path.relative_to(layers[0]).parts[0] for path in layers[0].rglob("*") if path.is_file()}
    assert files <= {"usr", "etc"}
    for path in layers[0].rglob("*"):
        assert path.is_symlink() or not path.stat().st_mode & 0o022, path
        assert not path.is_file() or b"@user@" not in path.read_bytes(), path


@pytest.mark.parametrize("page", MANUALS)
def test_manual_renders(layers, page):
    """As man(1) shows it, without a complaint of the formatter."""
    source = layers[0] / page
    name, section = source.name.rsplit(".", 1)
    assert re.search(rf'^\.TH "?{re.escape(name)}"? "?{section}"?', source.read_text(), re.M | re.I)
    if not shutil.which("groff"):
        return
    result = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-P-cbuo", "-ww", source],
                            capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert "SYNOPSIS" in result.stdout and "DESCRIPTION" in result.stdout

# SPDX-License-Identifier: LGPL-2.1-or-later
"""lwm2mctl, run against a fake agent on a bus of its own."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fake_agent import FakeAgent  # noqa: E402

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<servicedir>{services}</servicedir><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"""


@pytest.fixture
def services(tmp_path):
    """The directory in which the bus looks for what it could start."""
    directory = tmp_path / "services"
    directory.mkdir()
    return directory


@pytest.fixture
def bus(tmp_path, services):
    """The address of a private bus."""
    config = tmp_path / "bus.conf"
    config.write_text(BUS_CONFIG.format(socket=tmp_path / "bus", services=services))
    process = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork",
                                "--print-address=1"], stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(10)


@pytest.fixture
def agent(bus):
    fake = FakeAgent(bus)
    yield fake
    fake.stop()


class Ctl:
    """Runs lwm2mctl and keeps all it ever printed."""

    def __init__(self, program, address):
        self.program = program
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "TZ": "UTC",
                            "LC_ALL": "C.UTF-8"}
        self.printed = ""

    def __call__(self, *args, code=0, data=None, **environment):
        result = subprocess.run([self.program, *args], input=data, capture_output=True, timeout=60,
                                env={**self.environment, **environment},
                                stdin=subprocess.DEVNULL if data is None else None)
        result.out, result.err = result.stdout.decode(), result.stderr.decode()
        self.printed += result.out + result.err
        assert result.returncode == code, result.out + result.err
        if code == 0:
            assert "lwm2mctl: " not in result.err or "note: " in result.err
        return result


@pytest.fixture
def ctl(bus):
    build = os.environ.get("LWM2MD_BUILD")
    if not build:
        pytest.fail("LWM2MD_BUILD does not name the build directory")
    return Ctl(str(pathlib.Path(build) / "dbus/lwm2mctl/lwm2mctl"), bus)

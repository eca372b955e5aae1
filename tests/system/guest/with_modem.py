# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with a simulated modem behind the distribution's own proxies: lwm2md-modem and the units of the proxies
as they are installed, the agent of the package on the other side of the system bus."""
from __future__ import annotations

import json
import os
import pathlib
import re
import sys

from .common import NO_CAPABILITIES, add_visitor
from .machine import Machine, eventually, run
from .suite import Suite

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "modem"))

from simmodem import NV, MbimModem, Modem, QmiModem  # noqa: E402

before, after = Suite(), Suite()
SERVICE = "lwm2md-modem.service"
PORT = pathlib.Path("/dev/cdc-wdm0")
DELIVER = bytes.fromhex("040B912121550571F87DF5621020304050600464617461")
DENIED = "Access denied"  # the bus says so, where the service would say "only the agent may"
TUN = "/dev/net/tun"


def begin(machine: Machine, kind: str) -> None:
    """Another modem at the port; the units of its protocol start as they would at boot."""
    machine.modem = Modem()
    transport = (QmiModem if kind == "qmi" else MbimModem)(machine.modem, None)
    transport.start()
    PORT.unlink(missing_ok=True)
    PORT.symlink_to(transport.path)
    directory = pathlib.Path(f"/etc/systemd/system/{SERVICE}.d")
    directory.mkdir(exist_ok=True)
    # A pty has no driver that would tell the protocol.
    (directory / "port.conf").write_text(
        f"[Service]\nExecStart=\nExecStart=/usr/sbin/lwm2md-modem --device={PORT} --backend={kind}\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", f"lwm2md-{kind}-proxy.service")
    run("systemctl", "restart", SERVICE)
    eventually(lambda: property_of(kind, "State") == "ready", "the modem is ready")


def property_of(kind: str, name: str) -> str:
    """As root sees it, the only other one that may."""
    output = run("busctl", "--system", "--json=short", "get-property", f"org.lwm2md1.Modem.{kind.capitalize()}",
                 "/org/lwm2md1/modem", "org.lwm2md1.Modem", name, expect=None)
    return json.loads(output)["data"] if output.startswith("{") else output


def status_of(machine: Machine, unit: str) -> dict[str, str]:
    text = pathlib.Path(f"/proc/{machine.show('MainPID', unit)}/status").read_text(encoding="utf-8")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def agent_property(name: str) -> str:
    """Of org.lwm2md1.Sms, which the agent has while it sees the service."""
    return run("busctl", "--system", "--json=short", "get-property", "org.lwm2md1", "/org/lwm2md1/sms",
               "org.lwm2md1.Sms", name, expect=None)


def passes_a_message(machine: Machine) -> None:
    """A stranger's message goes up to the agent and is left where it is: all of the way was walked."""
    def heard() -> int:
        counters = agent_property("Counters")
        return json.loads(counters)["data"]["dropped-sender"] if counters.startswith("{") else 0
    eventually(lambda: '"ready"' in agent_property("State"), "the agent sees the modem")
    mark = heard()
    machine.modem.deliver(DELIVER)
    eventually(lambda: heard() > mark, "the agent has heard of it")
    assert len(machine.modem.storages[NV]) == 1 and machine.modem.named("delete") == []


@before
def units_start(machine: Machine) -> None:
    """The proxy of the protocol first, whoever asks for it."""
    add_visitor()
    begin(machine, "qmi")
    for unit in (SERVICE, "lwm2md-qmi-proxy.service"):
        assert machine.show("ActiveState", unit) == "active", unit
    assert machine.show("Type", SERVICE) == "notify"


@before
def root_without_capabilities(machine: Machine) -> None:
    for unit in (SERVICE, "lwm2md-qmi-proxy.service"):
        status = status_of(machine, unit)
        assert status["Uid"].split() == ["0"] * 4, status["Uid"]
        assert {int(status[name], 16) for name in NO_CAPABILITIES} == {0}, unit
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), unit


@before
def has_little_exposure(machine: Machine) -> None:
    output = run("systemd-analyze", "security", "--no-pager", SERVICE)
    assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", output)[1]) <= 1.3, output


@before
def opens_no_device(machine: Machine) -> None:
    """The policy of its control group, tried by one who joins it."""
    assert machine.show("DevicePolicy", SERVICE) == "closed"
    attempt = f"import os; os.close(os.open({TUN!r}, os.O_RDWR))"
    groups = device_groups(machine)
    if not groups or run(sys.executable, "-c", attempt, expect=None):
        return  # this container has no device that could be refused, or nothing to refuse it with
    join = "".join(f"open({group!r}, 'w').write('0');" for group in groups)
    output = run(sys.executable, "-c", join + attempt, expect=1)
    assert "PermissionError: [Errno 1]" in output, (groups, output)


def device_groups(machine: Machine) -> list[str]:
    """The control groups of the service that know about devices: of cgroup v2, or of the devices of v1."""
    lines = pathlib.Path(f"/proc/{machine.show('MainPID', SERVICE)}/cgroup").read_text(encoding="ascii").split()
    trees = {"": "", "devices": "devices/"}
    groups = [f"/sys/fs/cgroup/{trees[name]}{path.lstrip('/')}/cgroup.procs"
              for _, name, path in (line.split(":", 2) for line in lines) if name in trees and SERVICE in path]
    return [group for group in groups if os.access(group, os.W_OK)]


@before
def proxy_is_nobodys_child(machine: Machine) -> None:
    """It is the unit's, no other one runs, and the service could not even look at the program."""
    found = [pid for pid in os.listdir("/proc") if pid.isdigit() and exe(pid) == "/usr/libexec/qmi-proxy"]
    assert found == [machine.show("MainPID", "lwm2md-qmi-proxy.service")]
    for name in ("qmi-proxy", "mbim-proxy"):
        program = f"/proc/{machine.show('MainPID', SERVICE)}/root/usr/libexec/{name}"
        assert os.stat(program).st_mode & 0o777 == 0, program


def exe(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


@before
def agent_sees_the_modem(machine: Machine) -> None:
    eventually(lambda: '"state":"ready"' in machine.ctl("sms", "--json", expect=None), "lwm2mctl shows it")


@before
def others_are_refused(machine: Machine) -> None:
    """By the bus: neither a user nor root may call, and no user may pose as the service."""
    call = ("busctl", "--system", "call", "org.lwm2md1.Modem.Qmi", "/org/lwm2md1/modem", "org.lwm2md1.Modem", "Replay",
            "a{sv}", "0")
    visitor = {"user": "visitor", "group": "visitor", "extra_groups": ["lwm2m"]}
    look = ("busctl", "--system", "get-property", *call[3:6], "OwnNumber")
    for command, who in ((call, visitor), (call, {}), (look, visitor)):
        output = run(*command, expect=1, **who)
        assert DENIED in output, (command, who, output)
    run("busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "RequestName", "su", "org.lwm2md1.Modem.Mbim", "4", expect=1, **visitor)


@before
def proxy_goes_and_comes_back(machine: Machine) -> None:
    """Nobody starts another one meanwhile."""
    run("systemctl", "stop", "lwm2md-qmi-proxy.service")
    eventually(lambda: property_of("qmi", "State") == "absent", "the modem is gone")
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and exe(pid).endswith("-proxy")]
    run("systemctl", "start", "lwm2md-qmi-proxy.service")
    eventually(lambda: property_of("qmi", "State") == "ready", "the modem is back")
    assert machine.show("NRestarts", SERVICE) == "0"


@before
def messages_reach_the_agent(machine: Machine) -> None:
    passes_a_message(machine)


@before
def mbim_as_well(machine: Machine) -> None:
    run("systemctl", "stop", SERVICE, "lwm2md-qmi-proxy.service")
    begin(machine, "mbim")
    assert status_of(machine, "lwm2md-mbim-proxy.service")["Uid"].split() == ["0"] * 4
    assert property_of("mbim", "OwnNumber") == "4915112345678"
    passes_a_message(machine)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole Debian with polkit, the keyring, and a sealing key: set up by hand as the README says."""
from __future__ import annotations

import os
import pathlib
import re
import shutil

from .common import (add_visitor, belongs_to_its_user, has_little_exposure,
                     may_write_and_provision_as_root, properties_are_for_everybody,
                     runs_in_the_sandbox)
from .machine import IDENTITY, KEY, UNIT, Machine, eventually, run
from .suite import Suite

before, after = Suite(), Suite()
REBOOT = pathlib.Path("/var/lib/guest-reboot-answer")


@before
def installed_files_are_sound(machine: Machine) -> None:
    """What the host can only look at: the sample is a configuration, and units and catalog are understood."""
    run("lwm2md", "--check", "--config=/usr/share/doc/lwm2md/examples/lwm2md.conf")
    run("lwm2md", "--check")
    run("systemd-analyze", "verify", "--man=no", UNIT, "lwm2md-keygen.service")
    assert run("journalctl", "--update-catalog") == ""
    assert "lwm2md: " in run("journalctl", "--list-catalog")


@before
def starts_when_enabled(machine: Machine) -> None:
    add_visitor()
    run("systemctl", "enable", "lwm2md-keygen.service")
    run("systemctl", "enable", "--now", UNIT)
    assert machine.status()["agent"]["state"] == "offline"


@before
def state_is_sealed_by_a_credential(machine: Machine) -> None:
    assert machine.status()["agent"]["state-key"] == "credential"
    sealed = pathlib.Path("/etc/credstore.encrypted/lwm2md.kmk")
    assert sealed.stat().st_mode & 0o077 == 0
    assert not os.path.exists("/var/lib/lwm2md/master.key")


@before
def registers_after_key_set(machine: Machine) -> None:
    """server-add and key-set by root; nothing else is needed. Names are resolved in the sandbox too."""
    machine.ctl("server-add", "coaps://localhost:5684", "ssid=101", f"identity={IDENTITY}")
    machine.ctl("key-set", "101", "psk", data=KEY)
    registration = machine.wait_registered()
    assert registration.identity == IDENTITY.encode()
    server = machine.status()["servers"][0]
    assert server["security"] == "psk" and server["cipher-suite"] == 0xC0A8, server


@before
def keys_are_in_the_kernel(machine: Machine) -> None:
    agent = machine.status()["agent"]
    assert (agent["key-store"], agent["key-store-reason"]) == ("kernel", ""), agent
    uid = machine.process()["Uid"].split()[0]
    with open("/proc/key-users", encoding="ascii") as file:
        users = {line.split(":")[0].strip(): int(line.split()[1]) for line in file}
    assert users.get(uid, 0) >= 3, users


before(runs_in_the_sandbox)
before(belongs_to_its_user)
before(has_little_exposure)
before(properties_are_for_everybody)
before(may_write_and_provision_as_root)


@before
def polkit_judges_others(machine: Machine) -> None:
    """Without a session and without a rule of the administrator, even the group has no right."""
    for groups in ((), ("lwm2m",)):
        who = {"user": "visitor", "extra_groups": list(groups)}
        for verb in (("read", "/3/0"), ("update", "101"), ("write", "/1/0/1=60"), ("log-level", "debug")):
            machine.ctl(*verb, expect=4, **who)
    assert not any(message.startswith("polkit: ") for message in machine.messages())


@before
def sample_rule_opens_to_the_group(machine: Machine) -> None:
    """The shipped sample: the group reads and controls, and nobody else, and nothing else."""
    shutil.copy("/usr/share/doc/lwm2md/examples/50-lwm2md.rules", "/etc/polkit-1/rules.d/")
    run("usermod", "--append", "--groups", "lwm2m", "visitor")
    run("useradd", "--no-create-home", "--user-group", "stranger")
    member = {"user": "visitor", "extra_groups": ["lwm2m"]}
    eventually(lambda: "not authorized" not in machine.ctl("read", "/3/0/3", expect=None, **member),
               "polkit's new rule")
    machine.ctl("read", "/3/0", **member)
    machine.ctl("update", "101", **member)
    machine.ctl("write", "/1/0/1=60", expect=4, **member)
    machine.ctl("read", "/3/0", expect=4, user="stranger", extra_groups=[])


@before
def device_tells_the_truth(machine: Machine) -> None:
    """Object 3 under the sandbox, read by the server, beside what root sees."""
    def text(resource: int) -> str:
        return machine.registration.read(f"/3/0/{resource}", accept=0).expect("2.05").text
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = {line.split(":")[0]: int(line.split()[1]) for line in file}
    assert abs(int(text(21)) - memory["MemTotal"]) <= memory["MemTotal"] * 0.05
    assert 0 < int(text(10)) <= int(text(21))
    assert abs(int(text(13)) - int(run("date", "+%s"))) <= 2
    assert (text(14), text(15)) == ("+05:45", "Asia/Kathmandu")
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    assert text(3) == re.search(r'^VERSION_ID="?([^"\n]+)', release, re.M)[1]
    assert text(19) == machine.status()["agent"]["version"]
    assert text(16) == "U"
    vendor = pathlib.Path("/sys/class/dmi/id/sys_vendor")
    if vendor.exists() and len(vendor.read_text().strip()) > 3:
        assert text(0) == vendor.read_text().strip()


@before
def journal_tells_operators(machine: Machine) -> None:
    """A prefix, an ID that the catalog explains, and nobody's name."""
    endpoint = machine.status()["agent"]["endpoint"]
    entry = next(e for e in machine.journal() if "registered" in str(e["MESSAGE"])
                 and e.get("LWM2MD_OBJECT"))
    assert entry["MESSAGE"].startswith("server 101: registered")
    assert entry["LWM2MD_OBJECT"] == "server 101"
    assert entry["MESSAGE_ID"] == "42f9ec84e0c1407494b7498f94dbdb6e"
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]) == ("5", "lwm2md")
    explained = run("journalctl", "-x", "--no-pager", f"MESSAGE_ID={entry['MESSAGE_ID']}")
    assert "Subject: Registered with an LwM2M server" in explained
    told = "\n".join(machine.messages())
    assert "urn:uuid:" in told
    for secret in (endpoint, IDENTITY, KEY.hex()):
        assert secret not in told


@before
def bus_starts_it(machine: Machine) -> None:
    """A call to the name starts the unit; registered again by itself."""
    mark = machine.server.mark()
    run("systemctl", "stop", UNIT)
    assert machine.show("ActiveState") == "inactive"
    assert machine.server.wait_event("deregister", after=mark).code == "2.02"
    assert "0.1" in run("busctl", "--system", "get-property", "org.lwm2md1", "/org/lwm2md1",
                        "org.lwm2md1.Manager", "Version", user="visitor", extra_groups=[])
    assert machine.show("ActiveState") == "active"
    machine.wait_registered(mark)


@before
def restart_registers_again(machine: Machine) -> None:
    mark = machine.server.mark()
    run("systemctl", "restart", UNIT)
    assert machine.wait_registered(mark).lifetime == 3600
    assert machine.status()["agent"]["state-key"] == "credential"


@before
def killed_comes_back(machine: Machine) -> None:
    """Restart=on-failure, with the pause of the shipped unit."""
    mark, pid = machine.server.mark(), machine.show("MainPID")
    run("systemctl", "kill", "--signal=KILL", UNIT)
    machine.wait_registered(mark)
    assert machine.show("MainPID") != pid and machine.show("NRestarts") == "1"
    assert machine.process()["CapEff"] == "0" * 16


@before
def loss_of_the_bus_is_survived(machine: Machine) -> None:
    """dbus restarted, as an upgrade may do it: the agent goes on and comes back to the new bus."""
    pid = machine.show("MainPID")
    run("systemctl", "restart", "dbus.service")
    eventually(lambda: "registered" in machine.ctl("status", expect=None), "the agent on the new bus")
    assert machine.show("MainPID") == pid
    run("systemctl", "restart", "systemd-logind.service", "polkit.service")


@before
def reboot_is_answered_first(machine: Machine) -> None:
    """Execute of /3/0/4: 2.04, then logind is asked. The second boot shows that it obeyed."""
    answer = machine.registration.execute("/3/0/4").expect("2.04")
    REBOOT.write_text(answer.code)
    machine.rebooting = True
    mark = machine.server.mark()
    machine.server.wait_event("deregister", 15, after=mark)


@after
def logind_rebooted(machine: Machine) -> None:
    assert REBOOT.read_text() == "2.04"
    told = [str(e["MESSAGE"]) for e in machine.journal("-b", "-1", "-u", UNIT)]
    assert "reboot: asked for by a server" in told and not any("refused" in line for line in told), told
    logind = [str(e["MESSAGE"]) for e in machine.journal("-b", "-1", "-u", "systemd-logind.service")]
    assert any("is rebooting" in line for line in logind), logind


@after
def registered_after_the_reboot(machine: Machine) -> None:
    """Nobody did anything: enabled, unsealed, registered."""
    registration = machine.wait_registered()
    assert registration.identity == IDENTITY.encode() and registration.lifetime == 3600
    agent = machine.status()["agent"]
    assert (agent["state-key"], agent["key-store"]) == ("credential", "kernel")

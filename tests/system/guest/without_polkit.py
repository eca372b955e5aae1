# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lean machine in a container that keeps keys from the kernel: no polkit, no sealing key, and an
account from the factory, whose key is a credential of the unit."""
from __future__ import annotations

import os
import shutil

from .common import (add_visitor, belongs_to_its_user, has_little_exposure,
                     may_write_and_provision_as_root, properties_are_for_everybody,
                     runs_in_the_sandbox)
from .machine import IDENTITY, KEY, UNIT, Machine, eventually, run
from .suite import Suite

before, after = Suite(), Suite()


@before
def factory_account_registers(machine: Machine) -> None:
    """psk-credential of servers.d, at the first start, with nobody there."""
    registration = machine.wait_registered()
    assert (registration.identity, registration.lifetime) == (IDENTITY.encode(), 3600)


@before
def stand_in_for_the_kernel_is_told(machine: Machine) -> None:
    agent = machine.status()["agent"]
    assert agent["key-store"] == "process" and "add_key: Operation not permitted" in agent["key-store-reason"]
    assert "may be swapped" in agent["key-store-reason"]
    told = [e for e in machine.journal() if e.get("MESSAGE_ID") == "e9b20092468e4502aa00049647544db6"]
    assert len(told) == 1 and told[0]["PRIORITY"] == "4" and "not permitted" in told[0]["MESSAGE"]


@before
def state_is_sealed_by_a_file(machine: Machine) -> None:
    assert machine.status()["agent"]["state-key"] == "file"
    assert os.stat("/var/lib/lwm2md/master.key").st_mode & 0o777 == 0o600
    told = [e for e in machine.journal() if "master.key" in str(e["MESSAGE"])]
    assert told and told[0]["PRIORITY"] == "4"


before(runs_in_the_sandbox)
before(belongs_to_its_user)
before(has_little_exposure)


@before
def group_may_look_and_control(machine: Machine) -> None:
    """Without polkit the group lwm2m is asked, and root alone writes."""
    add_visitor()
    member, other = ({"user": "visitor", "extra_groups": groups} for groups in (["lwm2m"], []))
    assert "/3/0/3" in machine.ctl("read", "--terse", "/3/0", **member)
    machine.ctl("update", "101", **member)
    machine.ctl("log-level", "info", **member)
    machine.ctl("write", "/1/0/1=60", expect=4, **member)
    for verb in (("read", "/3/0"), ("update", "101"), ("log-level", "debug")):
        machine.ctl(*verb, expect=4, **other)


before(properties_are_for_everybody)
before(may_write_and_provision_as_root)


@before
def watchdog_ends_what_hangs(machine: Machine) -> None:
    """Fed while all is well; a stopped process is killed, started again, and registers."""
    assert machine.show("WatchdogUSec") == "1min"
    machine.drop_in("WatchdogSec=1\nRestartSec=0\n" + CREDENTIAL)
    mark = machine.server.mark()
    run("systemctl", "restart", UNIT)
    machine.wait_registered(mark)
    fed = machine.show("WatchdogTimestampMonotonic")
    eventually(lambda: machine.show("WatchdogTimestampMonotonic") != fed, "the watchdog is fed", 5)
    assert machine.show("NRestarts") == "0"
    mark = machine.server.mark()
    run("systemctl", "kill", "--signal=STOP", UNIT)
    machine.wait_registered(mark)
    assert machine.show("NRestarts") == "1"
    assert any("watchdog" in str(e["MESSAGE"]).lower() for e in machine.journal())


CREDENTIAL = "LoadCredential=lwm2m-psk:/etc/lwm2md/psk"


@before
def reboot_without_polkit_is_refused(machine: Machine) -> None:
    """logind gives it to root alone then; the agent says so and goes on."""
    machine.registration.execute("/3/0/4").expect("2.04")
    eventually(lambda: any(m.startswith("reboot: refused by logind") for m in machine.messages()), "refused")
    assert machine.status()["servers"][0]["state"] == "registered"


@before
def sealing_key_may_come_later(machine: Machine) -> None:
    """The state goes along from the key file to the credential, and the key file goes."""
    mark = machine.server.mark()
    run("systemctl", "start", "lwm2md-keygen.service")
    run("systemctl", "restart", UNIT)
    assert machine.wait_registered(mark).lifetime == 3600
    assert machine.status()["agent"]["state-key"] == "credential"
    assert not os.path.exists("/var/lib/lwm2md/master.key")


@before
def key_file_is_of_the_group(machine: Machine) -> None:
    """psk-file: told where the agent may not read it, used where its group may."""
    machine.server.add_psk(b"other", KEY[::-1])
    path = "/etc/lwm2md/psk.bin"
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
        file.write(KEY[::-1])
    with open("/etc/lwm2md/servers.d/101.conf", "w", encoding="ascii") as file:
        file.write(f"[Server]\nuri=coaps://[::1]:5684\nssid=101\npsk-identity=other\npsk-file={path}\n")
    run("systemctl", "restart", UNIT)
    assert f"/etc/lwm2md/servers.d/101.conf:5: {path}: Permission denied" in machine.messages()
    shutil.chown(path, "root", "lwm2md")
    os.chmod(path, 0o640)
    mark = machine.server.mark()
    run("systemctl", "restart", UNIT)
    assert machine.wait_registered(mark).identity == b"other"


@before
def account_goes_with_its_file(machine: Machine) -> None:
    os.unlink("/etc/lwm2md/servers.d/101.conf")
    run("systemctl", "restart", UNIT)
    assert machine.status()["servers"] == []


@before
def damaged_state_is_told(machine: Machine) -> None:
    """A file that does not match its seal has its event, and does not keep the agent from starting."""
    mark = machine.server.mark()
    machine.ctl("server-add", "coaps://127.0.0.1:5684", "ssid=7", f"identity={IDENTITY}")
    machine.ctl("key-set", "7", "psk", data=KEY)
    machine.wait_registered(mark)
    run("systemctl", "stop", UNIT)
    directory = "/var/lib/lwm2md"
    for name in os.listdir(directory):
        with open(f"{directory}/{name}", "r+b") as file:
            file.seek(40)
            file.write(b"tampered")
    run("systemctl", "start", UNIT)
    told = [e for e in machine.journal() if e.get("MESSAGE_ID") == "36d7c779e71e4fcb83c57c1f49230373"]
    assert told and "tampered" in told[0]["MESSAGE"]


@before
def wrong_configuration_is_not_tried_again(machine: Machine) -> None:
    """Told with file and line; the unit has failed until somebody mends it."""
    path = "/etc/lwm2md/lwm2md.conf"
    with open(path, "w", encoding="ascii") as file:
        file.write("[Network]\nlocal-port = many\n")
    run("systemctl", "restart", UNIT, expect=1)
    assert (machine.show("ActiveState"), machine.show("ExecMainStatus")) == ("failed", "78")
    assert any(message.startswith(f"{path}:2: ") for message in machine.messages())
    os.unlink(path)
    run("systemctl", "start", UNIT)

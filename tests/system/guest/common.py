# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that hold in every variant."""
from __future__ import annotations

import grp
import os
import pwd
import re

from .machine import UNIT, Machine, eventually, run

NO_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def add_visitor() -> None:
    """A user without any right, whom no session makes "active" for polkit."""
    run("useradd", "--no-create-home", "--user-group", "visitor")


def runs_in_the_sandbox(machine: Machine) -> None:
    """Started by systemd and told so (Type=notify), as the user of the package, without capabilities."""
    assert (machine.show("ActiveState"), machine.show("Type")) == ("active", "notify")
    assert re.match(r"registered with 1 of 1 servers", machine.show("StatusText"))
    user = pwd.getpwnam("lwm2md")
    status = machine.process()
    assert status["Uid"].split() == [str(user.pw_uid)] * 4, status["Uid"]
    assert status["Gid"].split() == [str(user.pw_gid)] * 4, status["Gid"]
    assert {int(status[name], 16) for name in NO_CAPABILITIES} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def belongs_to_its_user(machine: Machine) -> None:
    """sysusers.d made the user and the group; the state is nobody else's."""
    user = pwd.getpwnam("lwm2md")
    assert user.pw_shell.endswith("nologin") and user.pw_dir == "/var/lib/lwm2md"
    assert grp.getgrnam("lwm2m").gr_mem == []
    state = os.stat("/var/lib/lwm2md")
    assert (state.st_uid, state.st_gid, state.st_mode & 0o7777) == (user.pw_uid, user.pw_gid, 0o700)
    files = [os.stat(f"/var/lib/lwm2md/{name}") for name in os.listdir("/var/lib/lwm2md")]
    assert files and all(file.st_uid == user.pw_uid and not file.st_mode & 0o077 for file in files)


def has_little_exposure(machine: Machine) -> None:
    """Of the running unit, as systemd judges it."""
    output = run("systemd-analyze", "security", "--no-pager", UNIT)
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", output)[1])
    assert exposure <= 1.5, output


def properties_are_for_everybody(machine: Machine) -> None:
    """Who has no right sees the state, and is refused Credentials by the bus itself."""
    assert machine.ctl("status", "101", user="visitor").count("registered")
    refused = run("dbus-send", "--system", "--print-reply", "--dest=org.lwm2md1", "/org/lwm2md1",
                  "org.lwm2md1.Credentials.Describe", "objpath:/org/lwm2md1/server/101",
                  user="visitor", extra_groups=["lwm2m"], expect=1)
    assert "Rejected send message" in refused, refused
    machine.ctl("keys", "101", user="visitor", expect=4)
    run("busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus", "RequestName", "su", "org.lwm2md1", "4", user="visitor", group="visitor",
        extra_groups=[], expect=1)


def may_write_and_provision_as_root(machine: Machine) -> None:
    machine.ctl("write", "/1/0/1=3600")
    assert machine.ctl("read", "--terse", "/1/0/1").strip() == "/1/0/1=3600"
    assert "psk" in machine.ctl("keys", "101")
    eventually(lambda: machine.registration.lifetime == 3600, "the Update with the lifetime")

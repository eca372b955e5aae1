# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server's side of a demo that stays: a few words for a person to type."""
from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from typing import Any

from demo_sms import HELP as SMS_HELP
from demo_sms import SmsPart
from gateway import Gateway
from lwm2m_server import Server
from lwm2m_server.coap import TLV
from lwm2m_server.interaction import Observation, WaitTimeout
from lwm2m_server.registration import Registration
from lwm2m_server.tlv import Tlv

# Names of object 3's resources, and those of objects 1 and 3 that are numbers.
DEVICE = {0: "Manufacturer", 1: "Model Number", 2: "Serial Number", 3: "Firmware Version",
          10: "Memory Free (kB)", 11: "Error Code", 13: "Current Time", 14: "UTC Offset",
          15: "Timezone", 16: "Supported Binding", 17: "Device Type", 18: "Hardware Version",
          19: "Software Version", 21: "Memory Total (kB)"}
NUMBERS = {"1": (0, 1, 2, 3, 6), "3": (10, 13, 21)}


def describe(path: str, records: list[Tlv]) -> list[str]:
    """The resources of an instance, a line each."""
    lines = []
    number = path.strip("/").split("/")[0]
    for record in records:
        if record.children:
            value = ", ".join(str(child.integer) for child in record.children)
        elif record.id in NUMBERS.get(number, ()):
            value = str(record.integer)
        else:
            value = record.text
        name = DEVICE.get(record.id, "") if number == "3" else ""
        lines.append(f"{path}/{record.id:<3} {name:18} {value}")
    return lines


def format_for(path: str) -> int | None:
    """What a person can be shown: TLV for objects and instances, text for the rest."""
    return TLV if path.count("/") < 3 else None


PROMPT = "server> "
HELP = """\
   read PATH                  read /3/0/0
   write PATH VALUE           write /1/0/1 120
   execute PATH [ARGUMENTS]   execute /1/0/8
   attributes PATH KEY=VALUE… attributes /3/0/13 pmin=1 pmax=5
   observe PATH               observe /3/0/13, and see its notifications
   cancel PATH                cancel /3/0/13
   clients                    who is registered
   quit                       de-register and end"""


class Console:
    """Reads commands from standard input until quit or its end."""

    def __init__(self, gateway: Gateway, server: Server, registration: Registration,
                 by_sms: SmsPart | None) -> None:
        self.gateway, self.server, self.first, self.by_sms = gateway, server, registration, by_sms
        self.observations: dict[str, Observation] = {}

    @property
    def registration(self) -> Registration:
        """The latest: the gateway may have registered anew, told by its owner."""
        return (self.server.registrations or [self.first])[-1]

    def explain(self) -> None:
        tool = shlex.quote(str(self.gateway.build / "dbus/lwm2mctl/lwm2mctl"))
        sudo = "" if os.geteuid() else "sudo "
        print(f"""
The gateway stays. In another terminal, as its owner:

   ctl() {{ {sudo}env DBUS_SYSTEM_BUS_ADDRESS={self.gateway.bus.address} {tool} "$@"; }}
   ctl status
   ctl --help

Here, as the server:

{self.help()}
""", flush=True)

    def help(self) -> str:
        return f"{HELP}\n\nand as the servers that have a number:\n\n{SMS_HELP}" if self.by_sms else HELP

    def run(self) -> None:
        self.explain()
        if self.by_sms:
            self.by_sms.attend(PROMPT if sys.stdin.isatty() else "")
        if not sys.stdin.isatty():
            print("Standard input is no terminal: ended by SIGINT or SIGTERM.", flush=True)
            try:
                signal.pause()
            except KeyboardInterrupt:
                print()
            return
        while True:
            try:
                words = input(PROMPT).split()
            except (EOFError, KeyboardInterrupt):
                print()
                return
            if words == ["quit"]:
                return
            if words:
                self.one(words)

    def one(self, words: list[str]) -> None:
        try:
            if self.by_sms and words[0] == "sms":
                answer = self.by_sms.say(self.server, *words[1:])
            else:
                answer = self.answer(*words)
            print(answer, end="\n" if answer else "")
        except TypeError:
            print(self.help())
        except AssertionError as error:
            print(error)

    def answer(self, verb: str, path: str = "", *rest: str) -> str:
        """What the client answers to one command."""
        registration = self.registration
        if verb == "clients":
            return "\n".join(f"{r.endpoint} at {r.location}, lifetime {r.lifetime} s, "
                             + " ".join(r.objects) for r in self.server.registrations)
        if verb == "read":
            return self.told(registration.read(path, accept=format_for(path)), path)
        if verb == "write":
            return self.told(registration.write(path, " ".join(rest)))
        if verb == "execute":
            return self.told(registration.execute(path, " ".join(rest) or None))
        if verb == "attributes":
            return self.told(registration.write_attributes(
                path, **{k: v or None for k, _, v in (word.partition("=") for word in rest)}))
        if verb == "observe":
            return self.observe(path)
        if verb == "cancel" and path in self.observations:
            return self.told(self.observations.pop(path).cancel())
        return self.help()

    def observe(self, path: str) -> str:
        """The first value; those that come later are printed when they come."""
        observation = self.observations[path] = self.registration.observe(path, accept=format_for(path))
        threading.Thread(target=self.follow, args=(path, observation), daemon=True).start()
        return self.told(observation.response)

    def follow(self, path: str, observation: Observation) -> None:
        while self.observations.get(path) is observation:
            try:
                print(f"\n   {path}: {self.told(observation.next(1))}\n{PROMPT}", end="", flush=True)
            except WaitTimeout:
                pass

    @staticmethod
    def told(response: Any, path: str = "") -> str:
        if response.content_format == TLV and path.count("/") == 2:
            return "\n   ".join([response.code, *describe(path, response.tlv)])
        if response.content_format == TLV:
            return f"{response.code} TLV {response.payload.hex(' ')}"
        return f"{response.code} {response.payload.decode(errors='backslashreplace')}"

# SPDX-License-Identifier: LGPL-2.1-or-later
"""guest VARIANT RESULTS: runs the checks of a variant, and ends the machine.

The first boot runs `before`. When that has asked for a reboot, the second boot runs `after`.
"""
from __future__ import annotations

import importlib
import json
import pathlib
import signal
import sys
import threading
import traceback

from lwm2m_server import Server

from .machine import Machine, notify_ready, run
from .suite import Suite

BOOTED = pathlib.Path("/var/lib/guest-booted")


def run_checks(suite: Suite, machine: Machine, path: pathlib.Path) -> None:
    """The results are written after each check: nothing is lost when the machine ends early."""
    results: dict[str, str] = {}
    for check in suite.checks:
        try:
            check(machine)
            results[check.__name__] = ""
        except Exception:
            results[check.__name__] = f"{traceback.format_exc()}\n{machine.journal_tail()}"
        path.write_text(json.dumps(results))


def main() -> None:
    variant = importlib.import_module(f".{sys.argv[1]}", __package__)
    results = pathlib.Path(sys.argv[2])
    second = BOOTED.exists()
    BOOTED.touch()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Server(nosec_port=5683, psk_port=5684) as server:
        machine = Machine(server)
        notify_ready()
        suite = variant.after if second else variant.before
        run_checks(suite, machine, results / f"{'after' if second else 'before'}.json")
        if machine.rebooting and stopped.wait(15):
            return
    run("systemctl", "exit", "--force", expect=None)


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What short messages cost the real agent: time, writes, allocations, memory. Nothing of it may be a sanitizer's build."""
from __future__ import annotations

import contextlib
import pathlib
import queue
import statistics
import tempfile
import time
from typing import Any, Iterator

from air import Air, Peer, account, start
from gateway import Bus, Gateway
from hostile import Hostile, flood
from tools import Counts, preload, resident
from tpdu import Short, cut

WARM_UP = 50
MESSAGES = 300


class Station:
    """An agent that is registered by SMS, and its server."""

    def __init__(self, build: pathlib.Path, directory: pathlib.Path) -> None:
        self.bus = Bus(directory)
        self.air = Air(self.bus.address)
        self.air.start()
        self.peer = Peer(self.air)
        self.gateway = Gateway(build, directory, self.bus)
        self.disk = Counts(directory / "disk", "writes", "octets", "fsyncs", "renames", "unlinks")
        self.heap = Counts(directory / "heap", "allocations", "live")

    def start(self) -> None:
        self.gateway.configure(Log={"level": "info"}, Sms={"budget-per-hour": 10000, "budget-per-day": 100000})
        account(self.gateway)
        preload(self.gateway, "count", "allocations", LWM2MD_COUNT=str(self.disk.path),
                LWM2MD_ALLOCATIONS=str(self.heap.path))
        start(self.gateway, self.peer)
        self.pid = self.gateway.process.pid

    def stop(self) -> None:
        self.gateway.stop()
        self.air.close()
        self.bus.stop()

    def processor(self) -> float:
        """Microseconds that all threads of the agent have run: the clock of another process, clock_getcpuclockid(3)."""
        return time.clock_gettime(~self.pid << 3 | 2) * 1e6

    def requests(self, n: int) -> list[Short]:
        """Sealed beforehand, which is slow."""
        shorts = []
        for _ in range(n):
            self.peer.counter += 1
            packet = self.peer.packets.seal(self.peer.counter, self.peer.request("GET", "/1/0/1").encode())
            shorts += cut(self.peer.number, packet, 0)
        return shorts


@contextlib.contextmanager
def station(build: pathlib.Path) -> Iterator[Station]:
    with tempfile.TemporaryDirectory() as directory:
        here = Station(build, pathlib.Path(directory))
        here.start()
        yield here
        here.stop()


def exchange(here: Station, shorts: list[Short], answered: bool) -> list[float]:
    """Microseconds from the modem's signal to the answer at the modem; without one, to the acknowledgement."""
    answers: queue.Queue[float] = queue.Queue()
    on_short, here.air.on_short = here.air.on_short, lambda short: answers.put(time.perf_counter())
    waits = []
    for short in shorts:
        begin = time.perf_counter()
        here.air.deliver(short)
        here.air.wait_forgotten()
        waits.append(((answers.get(timeout=10) if answered else time.perf_counter()) - begin) * 1e6)
    assert answers.empty(), "more was answered than was asked"
    here.air.on_short = on_short
    return waits


def message_costs(here: Station, shorts: list[Short], answered: bool) -> dict[str, float]:
    """All of one message."""
    exchange(here, shorts[:WARM_UP], answered)
    shorts = shorts[WARM_UP:]
    here.disk.read()
    here.heap.read()
    processor = here.processor()
    waits = exchange(here, shorts, answered)
    processor = here.processor() - processor
    disk, heap = here.disk.since(), here.heap.since()
    counted = {name: disk[name] for name in ("writes", "fsyncs", "renames", "octets")}
    counted["allocations"] = heap["allocations"]
    return {"processor_us": processor / len(shorts), "wall_us": statistics.median(waits)} | {
        name: value / len(shorts) for name, value in counted.items()}


def hostile_costs(here: Station, n: int) -> dict[str, float]:
    for _ in range(8):
        here.peer.get()
    hostile = Hostile(1, here.air.heard, here.air.uplink())
    flood(here.air, hostile.tpdus(n // 5))
    here.air.wait_heard()
    here.disk.read()
    here.heap.read()
    sent, lines, memory, processor = len(here.air.sent), len(here.gateway.lines), resident(here.pid), here.processor()
    begin = time.perf_counter()
    flood(here.air, hostile.tpdus(n))
    here.air.wait_heard()
    result = {"messages": n, "seconds": time.perf_counter() - begin,
              "processor_us": (here.processor() - processor) / n, "resident_growth": resident(here.pid) - memory,
              "heap_growth": here.heap.since()["live"], "answers": len(here.air.sent) - sent,
              "log_lines": len(here.gateway.lines) - lines, "kept": len(here.air.kept)}
    result |= here.disk.since()
    assert here.peer.get() == b"3600"
    return result


def costs(build: pathlib.Path, n_hostile: int) -> dict[str, Any]:
    with station(build) as here:
        accepted = message_costs(here, here.requests(WARM_UP + MESSAGES), answered=True)
        forged = Hostile(2, here.air.heard, here.air.uplink())
        shorts = [Short(here.peer.number, forged.packet(), b"\x70\x00") for _ in range(WARM_UP + MESSAGES)]
        return {"accepted": accepted, "forged": message_costs(here, shorts, answered=False),
                "hostile": hostile_costs(here, n_hostile)}

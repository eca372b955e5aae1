# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network that loses, delays, reorders, duplicates, truncates and forges, both ways; the same for the same seed."""
from __future__ import annotations

import collections
import dataclasses
import random
import threading
from typing import Callable

from modems import Modem
from simmodem.smsc import duplicate, forge, lose, truncate
from tpdu import Short, write_deliver

FATES = ("pass", "lose", "duplicate", "delay", "truncate", "forge")


class HostileNetwork:
    """Between a modem and a server, which use it like a modem. `weights`: how likely each of FATES is; what is
    delayed comes after one to four others of its direction, or with calm()."""

    def __init__(self, modem: Modem, seed: int, weights: tuple[int, ...], up: bool = True) -> None:
        self.modem = modem
        self.on_short: Callable[[Short], None] = lambda short: None
        self.counts: collections.Counter[tuple[str, str]] = collections.Counter()
        self._weights = weights
        self._up = up  # what the agent sends suffers as well
        self._random = {direction: random.Random(f"{direction} {seed}") for direction in ("up", "down")}
        self._delayed: dict[str, list[list]] = {"up": [], "down": []}
        self._lock = threading.RLock()
        modem.on_short = self._from_agent

    @property
    def sent(self) -> list[bytes]:
        return self.modem.sent

    def calm(self) -> None:
        """From here on all is well, and what was delayed comes."""
        with self._lock:
            self._weights = (1, 0, 0, 0, 0, 0)
            for direction in ("up", "down"):
                waiting, self._delayed[direction] = self._delayed[direction], []
                for _, deliver in waiting:
                    deliver()

    def deliver(self, short: Short) -> None:
        tpdu = write_deliver(short)
        rng = self._random["down"]
        spoil = {"truncate": lambda whole: truncate(rng.randrange(1, len(whole)))(whole),
                 "forge": lambda whole: forge(rng.randrange(len(whole)), 1 << rng.randrange(8))(whole)}
        self._carry("down", tpdu, spoil, self.modem.deliver_tpdu)

    def _from_agent(self, short: Short) -> None:
        rng = self._random["up"]

        def changed(how: Callable[[bytes], list[bytes]]) -> list[Short]:
            return [dataclasses.replace(short, data=data) for data in how(short.data)]
        spoil = {"truncate": lambda whole: changed(truncate(rng.randrange(len(whole.data)))),
                 "forge": lambda whole: changed(forge(rng.randrange(len(whole.data)), 1 << rng.randrange(8)))}
        self._carry("up", short, spoil, self.on_short)

    def _carry(self, direction: str, message, spoil, deliver) -> None:
        with self._lock:
            calm = direction == "up" and not self._up
            fate = "pass" if calm else self._random[direction].choices(FATES, self._weights)[0]
            self.counts[direction, fate] += 1
            if fate == "delay":
                self._delayed[direction].append([self._random[direction].randint(1, 4), lambda: deliver(message)])
                return
            for result in {"lose": lose, "duplicate": duplicate, **spoil}.get(fate, lambda whole: [whole])(message):
                deliver(result)
            self._pass_on(direction)

    def _pass_on(self, direction: str) -> None:
        for entry in list(self._delayed[direction]):
            entry[0] -= 1
            if entry[0] == 0:
                self._delayed[direction].remove(entry)
                entry[1]()

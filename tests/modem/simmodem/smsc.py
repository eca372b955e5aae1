# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service centre between a server and the modem: takes its SMS-SUBMITs apart no further than they say how, and
hands SMS-DELIVERs to the modem, spoilt on the way as a test wants."""
from __future__ import annotations

import random
import threading
from typing import Callable

from .modem import NV, Modem

# What may happen to a message: the messages to hand on instead of it.
Impairment = Callable[[bytes], list[bytes]]


def duplicate(tpdu: bytes) -> list[bytes]:
    return [tpdu, tpdu]


def lose(tpdu: bytes) -> list[bytes]:
    return []


def truncate(octets: int) -> Impairment:
    return lambda tpdu: [tpdu[:octets]]


def forge(offset: int, mask: int) -> Impairment:
    """One octet is another one; offset as in Python."""
    def spoil(tpdu: bytes) -> list[bytes]:
        forged = bytearray(tpdu)
        forged[offset] ^= mask
        return [bytes(forged)]
    return spoil


class Smsc:
    """`deliver` chooses how the modem gets a message: Modem.deliver (stored) or Modem.route."""

    def __init__(self, modem: Modem, seed: int = 1) -> None:
        self.modem = modem
        self.deliver: Callable[[bytes], object] = lambda tpdu: modem.deliver(tpdu, NV)
        self.impairments: list[Impairment] = []
        self.held: list[bytes] | None = None
        self.random = random.Random(seed)

    def submit(self, tpdu: bytes) -> None:
        """A SMS-DELIVER for the modem's subscriber; each is spoilt by the next impairment, once."""
        spoil = self.impairments.pop(0) if self.impairments else lambda whole: [whole]
        for message in spoil(tpdu):
            if self.held is not None:
                self.held.append(message)
            else:
                self.deliver(message)

    def hold(self) -> None:
        """What is submitted waits for release()."""
        self.held = []

    def release(self, reorder: bool = False) -> None:
        held, self.held = self.held or [], None
        if reorder:
            self.random.shuffle(held)
        for message in held:
            self.deliver(message)

    def delay(self, tpdu: bytes, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self.submit, (tpdu,))
        timer.daemon = True
        timer.start()
        return timer

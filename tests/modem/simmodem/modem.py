# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem itself, whatever protocol it speaks: storages, the card's lock, the network."""
from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any, Callable

UIM, NV = 0, 1
READ, NOT_READ, SENT = 0, 1, 2
SMSC_PREFIX = bytes.fromhex("07919471227210F3")


@dataclasses.dataclass
class Refusal:
    """Why the network does not take a message: RP cause (TS 24.011), TP cause (TS 23.040)."""
    rp: int
    tp: int
    permanent: bool = False


class Modem:
    """Commands come from the protocol's thread, the rest is for tests. `events` has what happened, in order."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.storages: dict[int, dict[int, tuple[int, bytes]]] = {UIM: {}, NV: {}}
        self.capacity = {UIM: 20, NV: 255}
        self.events: list[tuple[Any, ...]] = []
        self.sent: list[bytes] = []
        self.refusal: Refusal | None = None
        self.on_sent: Callable[[bytes], None] | None = None
        self.on_event: Callable[[tuple[Any, ...]], None] | None = None  # before anybody hears of it
        self.worn = False  # what is deleted is there again after a power cut
        self.reference = 0
        self.locked = False
        self.registered = True
        self.number = "+4915112345678"
        self.mute = False
        self.listed: int | None = None  # how many messages a list claims to have, where that is a lie
        self.listeners: list[Any] = []
        self.transaction = 0

    def happened(self, *event: Any) -> None:
        with self.changed:
            self.events.append(event)
            if self.on_event:
                self.on_event(event)
            self.changed.notify_all()

    def wait(self, check: Callable[[], Any], what: str, timeout: float = 60) -> Any:
        """The first true value of check(), which is asked whenever something has happened."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                value = check()
                if value:
                    return value
                left = end - time.monotonic()
                assert left > 0, f"not within {timeout} s: {what}; {self.events[-20:]}"
                self.changed.wait(min(left, 0.2))

    def named(self, name: str) -> list[tuple[Any, ...]]:
        with self.changed:
            return [event for event in self.events if event[0] == name]

    def _tell(self, name: str, *args: Any) -> None:
        for listener in list(self.listeners):
            getattr(listener, name)(*args)

    # ---- The network

    def store(self, tpdu: bytes, storage: int = NV, prefix: bytes = SMSC_PREFIX, index: int | None = None,
              tag: int = NOT_READ) -> int:
        """A message is in the storage, and nobody is told. The lowest free index, like most modems."""
        with self.changed:
            slots = self.storages[storage]
            if index is None:
                index = next(i for i in range(self.capacity[storage]) if i not in slots)
            slots[index] = (tag, prefix + tpdu)
            return index

    def deliver(self, tpdu: bytes, storage: int = NV, prefix: bytes = SMSC_PREFIX) -> int | None:
        """A message comes and is stored; None: there is no room, the network keeps it."""
        with self.changed:
            full = len(self.storages[storage]) >= self.capacity[storage]
            index = None if full else self.store(tpdu, storage, prefix)
        if index is None:
            self._tell("tell_full", storage)
        else:
            self._tell("tell_stored", storage, index)
        return index

    def route(self, tpdu: bytes, acknowledge: bool = True) -> int:
        """A message comes and goes to the host; the network waits for its acknowledgement."""
        with self.changed:
            self.transaction += 1
            transaction = self.transaction
        self._tell("tell_routed", transaction, tpdu, acknowledge)
        return transaction

    def set_locked(self, locked: bool) -> None:
        self.locked = locked
        self._tell("tell_card")

    def set_registered(self, registered: bool) -> None:
        self.registered = registered
        self._tell("tell_network")

    # ---- What the protocols ask for

    def is_full(self) -> bool:
        with self.changed:
            return any(len(slots) >= self.capacity[storage] for storage, slots in self.storages.items())

    def send(self, pdu: bytes) -> Refusal | int:
        with self.changed:
            refusal = self.refusal
            if refusal is None:
                self.reference = (self.reference + 1) % 256
                self.sent.append(pdu)
            reference = self.reference
            self.happened("send", pdu)
        if refusal is None and self.on_sent:
            self.on_sent(pdu)
        return refusal or reference

    def read(self, storage: int, index: int) -> tuple[int, bytes] | None:
        with self.changed:
            found = self.storages.get(storage, {}).get(index)
            if found and found[0] == NOT_READ:
                self.storages[storage][index] = (READ, found[1])
            return found

    def delete(self, storage: int, index: int) -> bool:
        with self.changed:
            slots = self.storages.get(storage, {})
            found = index in slots
            self.happened("delete", storage, index, found)
            if found and not self.worn:
                del slots[index]
            return found

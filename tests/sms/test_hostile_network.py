# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network loses, delays, reorders, duplicates, truncates and forges. The server asks again, as a real one would,
with the same message under a fresh counter."""
from __future__ import annotations

import queue
import random

import pytest
from hostile_network import FATES, HostileNetwork
from lwm2m_server.coap import code_number
from network import KEYS, NUMBER, PARAMETERS
from secured_packet import Packets
from simmodem.smsc import forge
from steps import LOCATION, PLAIN_TEXT, all_ways
from tpdu import read_submit, write_deliver

PMIN = "/1/0/2"
LONG = [(65000, bytes(100))]  # elective (RFC 7252, 5.4.1), and makes it two short messages
ROUGH = (50, 14, 12, 12, 6, 6)
PATIENCE, TRIES = 0.06, 60  # too early a repetition does no harm


class Ear:
    """Hears what the agent sends before it suffers: each counter is higher than the one before."""

    def __init__(self, heard):
        self.heard = heard
        self.packets = Packets(PARAMETERS, KEYS)
        self.parts = {}

    def hear(self, tpdus):
        """The messages in them."""
        found = []
        for short in map(read_submit, tpdus):
            reference, total, sequence = short.elements().get(0, b"\0\1\1")
            parts = self.parts.setdefault(reference, {})
            parts[sequence] = short.data
            if len(parts) == total:
                del self.parts[reference]
                counter, message = self.packets.open(b"".join(parts[i + 1] for i in range(total)), self.heard)
                self.heard = counter
                found.append(message)
        return found


def spoil(registered, seed, weights, up=True):
    network = HostileNetwork(registered.modem, seed, weights, up)
    network.on_short = registered.on_short
    registered.modem = network
    registered.tolerant = True
    return network


@pytest.mark.parametrize("modem, seed", [
    ("plain", 1), ("plain", 2), ("plain", 3), ("qmi", 4), pytest.param("mbim", 5, marks=pytest.mark.root)],
    indirect=["modem"])
def test_operations_complete_once(registered, seed):
    """Writes and Reads; some requests are two short messages. No Write is done again after a later one."""
    ear, mark = Ear(registered.heard), len(registered.modem.sent)
    network = spoil(registered, seed, ROUGH)
    earlier = None
    for value in range(12):
        write = registered.request("PUT", PMIN, payload=str(value).encode(),
                                   options=PLAIN_TEXT + LONG * (value % 3 == 0))
        assert registered.complete(write, PATIENCE, TRIES).code == "2.04"
        registered.send(earlier or write)  # as if its answer had not come
        earlier = write
        read = registered.complete(registered.request("GET", PMIN), PATIENCE, TRIES)
        assert read.payload == str(value).encode()
    network.calm()
    assert registered.complete(registered.request("GET", PMIN)).payload == b"11"
    assert {fate for _, fate in network.counts} == set(FATES)
    assert len(ear.hear(network.sent[mark:])) > 24


@all_ways
def test_executed_once(registered):
    """Each Execute makes one Update, however often it comes."""
    network = spoil(registered, 7, (30, 20, 30, 20, 0, 0), up=False)
    mark, ear = len(network.sent), Ear(registered.heard)
    registered.updates = queue.Queue()
    for _ in range(3):
        request = registered.request("POST", "/1/0/8")
        assert registered.complete(request, PATIENCE, TRIES).code == "2.04"
        update = registered.updates.get(timeout=20)
        assert update.path == f"/{LOCATION}"
        registered.modem = network.modem  # nobody repeats an answer
        registered.answer(update, "2.04")
        registered.modem = network
    network.calm()
    assert registered.complete(registered.request("GET", "/1/0/1")).payload == b"3600"
    assert network.counts["down", "duplicate"] and network.counts["down", "lose"]
    codes = [message[1] for message in ear.hear(network.sent[mark:])]
    assert codes.count(code_number("0.02")) == 3 and registered.updates.empty()


@all_ways
def test_R20_silent_to_forgeries(registered):
    """Any bit of the packet another one, in a whole message and in segments: not a word, and no counter moves."""
    rng = random.Random(20)
    sent = len(registered.modem.sent)
    for options in ([], LONG):
        request = registered.request("GET", "/1/0/1", options=options)
        shorts = registered.seal(request)
        for _ in range(24):
            tpdus = [write_deliver(short) for short in shorts]
            which = rng.randrange(len(tpdus))
            offset = rng.randrange(len(tpdus[which]) - len(shorts[which].data), len(tpdus[which]))
            tpdus[which:which + 1] = forge(offset, 1 << rng.randrange(8))(tpdus[which])
            for tpdu in tpdus:
                registered.modem.deliver_tpdu(tpdu)
        # The genuine one has the same counter; it would not be heard, had a forgery moved it.
        for short in shorts:
            registered.modem.deliver(short)
        assert registered.next().mid == request.mid
    assert len(registered.modem.sent) == sent + 2
    registered.modem.wait_forgotten()

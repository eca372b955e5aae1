# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the real agent by SMS: the network is network.py's, the modem one of modems.py."""
from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "modem")]

from gateway import Gateway  # noqa: E402
from modems import Modem, make_modem, protocol  # noqa: E402
from network import KEYS, NUMBER, PARAMETERS, SmsServer  # noqa: E402
from secured_packet import Packets  # noqa: E402
from station import need  # noqa: E402
from steps import register  # noqa: E402


@pytest.fixture
def modem(request, build, tmp_path, bus) -> Iterator[Modem]:
    """The plain one, which is the fastest, unless the test says steps.ways()."""
    kind = getattr(request, "param", "plain")
    if kind != "plain":
        need(build, protocol(kind))
    instance = make_modem(kind, build, tmp_path, bus.address)
    instance.start()
    yield instance
    instance.close()


@pytest.fixture
def by_sms(modem) -> Iterator[SmsServer]:
    """The server at NUMBER."""
    instance = SmsServer(modem, NUMBER, Packets(PARAMETERS, KEYS))
    yield instance
    instance.check()


@pytest.fixture
def gateway(by_sms, gateway) -> Gateway:
    """Ends before the modem and the server do: it still has to take its leave."""
    return gateway


@pytest.fixture
def sms_keys(gateway) -> dict[str, object]:
    """What an account file says of it."""
    path = gateway.directory / "sms-key"
    path.touch(0o600)
    path.write_bytes(KEYS)
    return {"sms-mode": "secured-packet-device", "sms-number": NUMBER, "sms-key-file": path,
            "sms-parameters": PARAMETERS.hex()}


@pytest.fixture
def account(gateway, sms_keys) -> None:
    """An account that has nothing but SMS."""
    gateway.configure(Device={"manufacturer": "Manufacturer " * 5}, Sms={"budget-per-hour": 0, "budget-per-day": 0})
    gateway.account(f"tel:{NUMBER}", mode="nosec", lifetime=3600, binding="S", **sms_keys)


@pytest.fixture
def registered(by_sms, gateway, account) -> SmsServer:
    """The server, where the agent has registered with that account."""
    register(by_sms, gateway)
    return by_sms

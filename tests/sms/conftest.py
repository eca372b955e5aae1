# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the real agent by SMS: the network is network.py's."""
from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from network import KEYS, NUMBER, PARAMETERS, Modem, SmsServer  # noqa: E402
from secured_packet import Packets  # noqa: E402


@pytest.fixture
def modem(bus) -> Iterator[Modem]:
    instance = Modem(bus.address)
    yield instance
    instance.close()


@pytest.fixture
def by_sms(modem) -> SmsServer:
    """The server at NUMBER."""
    return SmsServer(modem, NUMBER, Packets(PARAMETERS, KEYS))


@pytest.fixture
def sms_keys(gateway) -> dict[str, object]:
    """What an account file says of it."""
    path = gateway.directory / "sms-key"
    path.touch(0o600)
    path.write_bytes(KEYS)
    return {"sms-mode": "secured-packet-device", "sms-number": NUMBER, "sms-key-file": path,
            "sms-parameters": PARAMETERS.hex()}

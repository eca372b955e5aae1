# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the real agent under bad input: tools.py lies here."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sms"), str(HERE.parent / "modem")]

from tools import calm  # noqa: E402


@pytest.fixture
def gateway(gateway):
    """As everywhere, but with a sanitizer that gives memory back soon, so that growth can be seen."""
    calm(gateway)
    return gateway

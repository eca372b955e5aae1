# SPDX-License-Identifier: LGPL-2.1-or-later
"""A modem and the network behind it, made of Python, that speak QMI and MBIM to the real libraries."""
from .mbim import MbimModem
from .modem import NV, UIM, Modem, Refusal
from .qmi import QmiModem
from .smsc import Smsc

__all__ = ["MbimModem", "Modem", "NV", "QmiModem", "Refusal", "Smsc", "UIM"]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the real agent: client.py lies here."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

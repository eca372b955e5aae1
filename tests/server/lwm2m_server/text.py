# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plain text format (Content-Format 0): Core 1.1, 7.4.1 and Appendix C."""

from __future__ import annotations

import base64
import re


class TextError(ValueError):
    """Text that stands for no value of the wanted type."""


def encode(value: object) -> bytes:
    """str, bool, int, float, bytes (base64), (object, instance) as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value)
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, tuple):
        return f"{value[0]}:{value[1]}".encode()
    return str(value).encode("utf-8")


def integer(data: bytes) -> int:
    """A decimal integer without leading zeros, plus sign or white space."""
    return int(_match(data, rb"-?(0|[1-9][0-9]*)"))


def real(data: bytes) -> float:
    """A decimal with optional fraction and exponent."""
    return float(_match(data, rb"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"))


def boolean(data: bytes) -> bool:
    """0 or 1."""
    return _match(data, rb"[01]") == b"1"


def opaque(data: bytes) -> bytes:
    """Base64."""
    return base64.b64decode(data, validate=True)


def objlnk(data: bytes) -> tuple[int, int]:
    """object:instance."""
    left, right = _match(data, rb"[0-9]{1,5}:[0-9]{1,5}").split(b":")
    return int(left), int(right)


def _match(data: bytes, pattern: bytes) -> bytes:
    if not re.fullmatch(pattern, data):
        raise TextError(f"{data!r} is not {pattern.decode()}")
    return data

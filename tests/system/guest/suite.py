# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks, in the order in which they are run."""
from __future__ import annotations

from typing import Any, Callable

Check = Callable[[Any], None]


class Suite:
    """A decorator: the functions it is put on are checks, each given the Machine."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def __call__(self, check: Check) -> Check:
        self.checks.append(check)
        return check

    @property
    def names(self) -> list[str]:
        return [check.__name__ for check in self.checks]

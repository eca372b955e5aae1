# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that the demo starts, and ends itself."""
from __future__ import annotations

import contextlib
import signal
from typing import Iterator


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Programs started inside do not hear an interrupt from the terminal."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

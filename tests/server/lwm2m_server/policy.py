# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a test may tell the server to answer instead of what is right."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Callable

from .process import wait_for


@dataclass
class Reply:
    """An answer. separate: an empty acknowledgement first, then the answer in a message of its own
    (RFC 7252, 5.2.2). With type "RST" it is a Reset and the code does not count."""

    code: str = "5.00"
    options: list[tuple[int, bytes]] = field(default_factory=list)
    payload: bytes = b""
    separate: bool = False
    type: str | None = None


class _Silence:
    def __repr__(self) -> str:
        return "SILENCE"


#: No answer at all, not even an acknowledgement.
SILENCE = _Silence()


class Hold:
    """Keeps requests unanswered until release(). Made by Server.hold(), returned from a policy;
    the test wait()s until a request is held. With acknowledge an empty acknowledgement goes out at
    once, and the answer is a separate one."""

    def __init__(self, condition: threading.Condition, acknowledge: bool) -> None:
        self.acknowledge = acknowledge
        self.requests: list[Any] = []
        self._finish: list[Callable[[Any], None]] = []
        self._condition = condition

    def take(self, request: Any, finish: Callable[[Any], None]) -> None:
        """For the server: one more request is held."""
        with self._condition:
            self.requests.append(request)
            self._finish.append(finish)
            self._condition.notify_all()

    def wait(self, timeout: float = 10.0) -> Any:
        """The first request that is held."""
        return wait_for(self._condition, lambda: self.requests and self.requests[0], timeout,
                        lambda: "a request to hold")

    def release(self, answer: Any = None) -> None:
        """Answers all that is held: as the server had judged, or with a code, Reply or SILENCE."""
        finish, self._finish = self._finish, []
        for one in finish:
            one(answer)


# What a policy may return: None leaves the server's judgement.
Answer = Any
Policy = Callable[[Any], Answer]

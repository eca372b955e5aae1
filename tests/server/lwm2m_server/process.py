# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts lwm2m-test-server and speaks its lines of JSON."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
import threading
from typing import Any, Callable

from .coap import Message, code_number, code_text


class WaitTimeout(AssertionError):
    """What a test waited for did not happen; the text says what did."""


class CommandError(RuntimeError):
    """The server process refused a command."""


def find_binary() -> str:
    """The built lwm2m-test-server: $LWM2M_TEST_SERVER, or under the build dir $LWM2MD_BUILD."""
    if "LWM2M_TEST_SERVER" in os.environ:
        return os.environ["LWM2M_TEST_SERVER"]
    build = os.environ.get("LWM2MD_BUILD")
    if not build:
        raise RuntimeError("set LWM2MD_BUILD to the build directory")
    return str(pathlib.Path(build) / "tests" / "server" / "lwm2m-test-server")


def message_of(event: dict[str, Any]) -> Message:
    """The message that an event carries."""
    return Message(event["type"], code_text(event["code"]), event["mid"],
                   bytes.fromhex(event["token"]),
                   [(number, bytes.fromhex(value)) for number, value in event["options"]],
                   bytes.fromhex(event["payload"]))


def wait_for(condition: threading.Condition, check: Callable[[], Any], timeout: float,
             what: Callable[[], str]) -> Any:
    """Waits under the condition until check() is true and returns it; WaitTimeout with the text
    what() otherwise."""
    with condition:
        result = condition.wait_for(check, timeout)
        if not result:
            raise WaitTimeout(f"waited {timeout} s for {what()}")
        return result


class ServerProcess:
    """The process and its reader thread. on_event(event) runs in that thread, under no lock; the
    condition is notified of what this class takes for itself."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None],
                 condition: threading.Condition, nosec_port: int = 0, psk_port: int = 0,
                 binary: str | None = None) -> None:
        self.condition = condition
        self.ready: dict[str, Any] = {}
        self._on_event = on_event
        self._results: dict[int, dict[str, Any]] = {}
        self._last_id = 0
        self._write_lock = threading.Lock()
        self._error: BaseException | None = None
        self._stderr = tempfile.TemporaryFile(mode="w+")
        self._process = subprocess.Popen(
            [binary or find_binary(), str(nosec_port), str(psk_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, text=True)
        self._thread = threading.Thread(target=self._read, name="lwm2m-test-server", daemon=True)
        self._thread.start()
        try:
            wait_for(self.condition, lambda: self.ready or self._ended(), 10,
                     lambda: "the server process to be ready")
            if not self.ready:
                raise RuntimeError(f"the server process ended: {self._errors()}")
        except BaseException:
            self.kill()
            raise

    def _ended(self) -> bool:
        return self._process.poll() is not None and not self._thread.is_alive()

    def _errors(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read()[-4000:]

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] in ("done", "error", "ready"):
                self._take(event)
                continue
            try:
                self._on_event(event)
            except Exception as error:  # told to the test by close(): nobody catches it here
                self._error = self._error or error
        with self.condition:
            self.condition.notify_all()

    def _take(self, event: dict[str, Any]) -> None:
        with self.condition:
            if event["event"] == "ready":
                self.ready = event
            else:
                self._results[event.get("id", 0)] = event
            self.condition.notify_all()

    def command(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Runs a command and returns what it says (a send says its "mid"); CommandError when it is
        refused. From the reader thread it does not wait and returns {}, also when the process is
        being ended meanwhile."""
        reading = threading.current_thread() is self._thread
        with self._write_lock:
            self._last_id += 1
            number = self._last_id
            line = json.dumps({"do": name, "id": number, **arguments})
            assert self._process.stdin
            if reading and (self._process.stdin.closed or self._process.poll() is not None):
                return {}
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        if reading:
            return {}

        wait_for(self.condition, lambda: number in self._results or self._ended(), 10,
                 lambda: f"the command {name}")
        result = self._results.pop(number, None)
        if result is None:
            raise RuntimeError(f"the server process ended: {self._errors()}")
        if result["event"] == "error":
            raise CommandError(f"{name}: {result['text']}")
        return result

    def send(self, session: int, message: Message, new_mid: bool = True) -> dict[str, Any]:
        """Sends a message to a session; the process chooses the message id unless told not to."""
        arguments: dict[str, Any] = {
            "session": session, "type": message.type, "code": code_number(message.code),
            "token": message.token.hex(), "payload": message.payload.hex(),
            "options": [[int(n), v.hex()] for n, v in message.options],
        }
        if not new_mid:
            arguments["mid"] = message.mid
        return self.command("send", **arguments)

    def kill(self) -> None:
        """Ends it without a word to its peers."""
        self._process.kill()
        self._process.wait()
        self._thread.join(5)
        self._stderr.close()

    def close(self) -> None:
        """Ends it. Fails when it crashed, when a sanitizer spoke, or when a handler had failed."""
        try:
            with self._write_lock:
                assert self._process.stdin
                if self._process.poll() is None:
                    self._process.stdin.write('{"do": "quit"}\n')
                self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("the server process did not end") from None
        self._thread.join(5)
        errors = self._errors()
        self._stderr.close()
        if status != 0:
            raise RuntimeError(f"the server process ended with {status}: {errors}")
        if self._error:
            raise self._error

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Eclipse Leshan, the reference server: builds what leshan/ has, runs it, speaks its REST interface."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Iterator

# By its full name: Maven would ask the network what the short one stands for.
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0"
SOURCES = pathlib.Path(__file__).parent / "leshan"
# How Maven says that it is the network which is missing, and not the artifact or the pom that is wrong.
UNREACHABLE = ("Could not transfer", "Unknown host", "Temporary failure in name resolution", "Connection refused",
               "Connect timed out", "Network is unreachable", "No route to host")
MAVEN_TIMEOUT_S = 300
START_TIMEOUT_S = 60


class Unavailable(Exception):
    """This machine cannot run Leshan; the text says why."""


class Refused(AssertionError):
    """The REST interface did not do what it was asked for."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status


@contextlib.contextmanager
def _lock(path: pathlib.Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(what: str, command: list[str]) -> str:
    """The output of a command; it is part of the complaint where the command fails."""
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, timeout=MAVEN_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"Leshan: {what} took more than {MAVEN_TIMEOUT_S} s") from error
    if result.returncode != 0:
        raise RuntimeError(f"{what}: {result.stdout}")
    return result.stdout


def _resolve(directory: pathlib.Path) -> str:
    """The class path, by Maven, which fetches what its repository lacks."""
    file = directory / "classpath"
    try:
        _run("Maven", ["mvn", "-B", "-q", "-U", "-f", str(SOURCES / "pom.xml"),
                       "-Dmaven.wagon.http.retryHandler.count=1", "-Daether.connector.connectTimeout=10000",
                       f"{DEPENDENCY_PLUGIN}:build-classpath", f"-Dmdep.outputFile={file}"])
    except RuntimeError as error:
        if any(sign in str(error) for sign in UNREACHABLE):
            raise Unavailable("Leshan: Maven Central is not reachable") from error
        raise
    return file.read_text().strip()


def prepare(build: pathlib.Path) -> str:
    """The class path of a server ready to run. Done once for a build directory and a state of the sources."""
    if not shutil.which("javac") or not shutil.which("mvn"):
        raise Unavailable("Leshan: needs a JDK 17 and Maven, which tests/run --interop installs")
    directory = build / "tests/interop/leshan"
    directory.mkdir(parents=True, exist_ok=True)
    sources = sorted(SOURCES.glob("*.java"))
    with _lock(directory / "lock"):
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in [SOURCES / "pom.xml", *sources])).hexdigest()
        done = directory / "done.json"
        state = json.loads(done.read_text()) if done.exists() else {}
        if state.get("digest") == digest and all(pathlib.Path(p).exists() for p in state["classpath"].split(":")):
            return state["classpath"]
        classes = directory / "classes"
        shutil.rmtree(classes, ignore_errors=True)
        libraries = _resolve(directory)
        _run("javac", ["javac", "--release", "17", "-Xlint:all", "-Werror", "-cp", libraries, "-d", str(classes),
                       *map(str, sources)])
        done.write_text(json.dumps({"digest": digest, "classpath": f"{classes}:{libraries}"}))
        return f"{classes}:{libraries}"


class Leshan:
    """A server of its own process and ports.

    uris: nosec, psk, psk-cbc (TLS_PSK_WITH_AES_128_CBC_SHA256 only) and, where there is IPv6, nosec6 and psk6.
    """

    def __init__(self, classpath: str, log: pathlib.Path, *options: str) -> None:
        self.log = log
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classpath, "org.lwm2md.interop.Main",
                 *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        # A server that does not come up must not hold the tests up.
        watchdog = threading.Timer(START_TIMEOUT_S, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        assert line, f"Leshan did not start\n{log.read_text()[-4000:]}"
        ready = json.loads(line)
        self.address = f"http://127.0.0.1:{ready['http']}/api/"
        self.uris = dict(self._name(uri) for uri in ready["endpoints"])

    @staticmethod
    def _name(uri: str) -> tuple[str, str]:
        parts = urllib.parse.urlsplit(uri)
        name = {"coap": "nosec", "coaps": "psk"}[parts.scheme]
        if ":" in (parts.hostname or ""):
            return f"{name}6", f"{parts.scheme}://[::1]:{parts.port}"
        return (f"{name}-cbc" if parts.hostname == "127.0.0.2" else name), uri

    def close(self) -> None:
        """It ends when its input does."""
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()

    def call(self, method: str, path: str, body: Any = None, timeout: float = 30, **parameters: Any) -> Any:
        """One REST call; the JSON of the answer."""
        query = urllib.parse.urlencode({name: value for name, value in parameters.items() if value is not None})
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        request = urllib.request.Request(f"{self.address}{path}{'?' if query else ''}{query}", method=method,
                                         data=None if text is None else text.encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from None

    def add_psk(self, endpoint: str, identity: str, key: bytes) -> None:
        """From now on the endpoint is who knows this key, and nobody without DTLS."""
        details = {"identity": identity, "key": key.hex()}
        self.call("PUT", "security/clients", {"endpoint": endpoint, "tls": {"mode": "psk", "details": details}})

    def client(self, endpoint: str) -> "Client":
        return Client(self, endpoint)


class Client:
    """One device as Leshan sees it. Answers are dictionaries: status "CONTENT(205)", contentFormat, content …"""

    def __init__(self, leshan: Leshan, endpoint: str) -> None:
        self.leshan = leshan
        self.endpoint = endpoint
        self.base = "clients/" + urllib.parse.quote(endpoint, safe="")

    def registration(self) -> dict[str, Any] | None:
        """The registration in force."""
        try:
            return self.leshan.call("GET", self.base)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def read(self, path: str, format: str | None = None) -> dict[str, Any]:
        return self.leshan.call("GET", self.base + path, format=format)

    def write(self, path: str, node: dict[str, Any], format: str | None = None, replace: bool = True) -> dict[str, Any]:
        return self.leshan.call("PUT", self.base + path, node, format=format, replace=str(replace).lower())

    def write_resource(self, path: str, type: str, value: Any, format: str | None = None) -> dict[str, Any]:
        return self.write(path, resource(path, type, value), format)

    def write_attributes(self, path: str, **attributes: Any) -> dict[str, Any]:
        return self.leshan.call("PUT", f"{self.base}{path}/attributes", **attributes)

    def execute(self, path: str, argument: str | None = None) -> dict[str, Any]:
        return self.leshan.call("POST", self.base + path, argument or "")

    def observe(self, path: str, format: str | None = None) -> dict[str, Any]:
        return self.leshan.call("POST", f"{self.base}{path}/observe", "", format=format)

    def cancel(self, path: str, active: bool) -> dict[str, Any]:
        """active: by a GET (RFC 7641, 3.6); otherwise the next notification is answered by a Reset."""
        return self.leshan.call("DELETE", f"{self.base}{path}/observe", **({"active": ""} if active else {}))

    def observations(self) -> list[str]:
        """The paths that Leshan believes it observes."""
        return self.leshan.call("GET", f"{self.base}/observations")

    def events(self, after: int = 0, timeout: float = 0) -> list[dict[str, Any]]:
        """What happened after a mark; where that is nothing, waits some seconds for it."""
        path = f"events?ep={urllib.parse.quote(self.endpoint)}&after={after}&timeout={int(timeout * 1000)}"
        return self.leshan.call("GET", path, timeout=timeout + 30)

    def mark(self) -> int:
        """The number of the last event so far, for wait_event(after=)."""
        return max((event["number"] for event in self.events()), default=0)

    def wait_event(self, kind: str, after: int = 0, timeout: float = 20,
                   where: Callable[[dict[str, Any]], bool] = lambda event: True) -> dict[str, Any]:
        """The first event of that kind after a mark for which where() is true."""
        end = time.monotonic() + timeout
        seen: list[dict[str, Any]] = []
        while True:
            events = self.events(after, max(end - time.monotonic(), 0))
            found = next((event for event in events if event["event"] == kind and where(event)), None)
            if found:
                return found
            seen += events
            after = events[-1]["number"] if events else after
            assert time.monotonic() < end, f"no {kind} of {self.endpoint}; instead {seen}"


def resource(path: str, type: str, value: Any) -> dict[str, Any]:
    """A single resource as write() takes it."""
    return {"kind": "singleResource", "id": int(path.rsplit("/", 1)[1]), "type": type, "value": str(value)}

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of bad input measure and do to an agent."""
from __future__ import annotations

import contextlib
import os
import pathlib
import struct
import subprocess
import time
from typing import Any, Iterator

from gateway import Gateway
from lwm2m_server import Relay, Server

KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
IDENTITY = "gateway-17"


def calm(gateway: Gateway) -> None:
    """A sanitizer keeps freed memory for a while; here, not much of it."""
    options = os.environ.get("ASAN_OPTIONS", "")
    gateway.environment["ASAN_OPTIONS"] = ":".join(
        filter(None, [options, "quarantine_size_mb=1", "thread_local_quarantine_size_kb=64"]))


def server_of(gateway: Gateway, ssid: int = 101) -> dict[str, Any]:
    """What D-Bus tells of one server, personal data included."""
    return next(s for s in gateway.status()["servers"] if s["server"] == ssid)


def register(gateway: Gateway, server: Server, security: str, relay: Relay | None = None) -> Any:
    """The registration of an agent that is started with one account."""
    port = relay.port if relay else {"nosec": server.nosec_port, "psk": server.psk_port}[security]
    scheme = {"nosec": "coap", "psk": "coaps"}[security]
    keys: dict[str, Any] = {}
    if security == "psk":
        server.add_psk(IDENTITY.encode(), KEY)
        keys = {"key": KEY, "psk_identity": IDENTITY}
    gateway.account(f"{scheme}://127.0.0.1:{port}", **keys)
    gateway.start().wait_bus()
    return server.wait_registration(gateway.endpoint, 20)


def processor_time(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Octets of memory that a process has resident."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_idle(gateway: Gateway, interval: float = 1.0, limit: float = 0.25) -> None:
    """It lives, and the processor is not kept busy. Time passes here because idling is what is measured."""
    assert gateway.process
    before = processor_time(gateway.process.pid)
    time.sleep(interval)
    assert gateway.alive(), gateway.log()
    used = processor_time(gateway.process.pid) - before
    assert used < limit * interval, f"{used:.2f} s of processor in {interval} s\n{gateway.log()}"


@contextlib.contextmanager
def tmpfs(directory: pathlib.Path, options: str = "size=256k") -> Iterator[pathlib.Path]:
    """A file system of its own, mounted on the directory; gone at the end."""
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def remount(directory: pathlib.Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(directory)], check=True)


def fill(directory: pathlib.Path) -> pathlib.Path:
    """Takes all that is left of a file system; the file to remove to give it back."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def preload(gateway: Gateway, *names: str, **environment: str) -> None:
    """Starts it from here on with modules of this folder in front of the C library."""
    # LD_PRELOAD takes no path with a space in it.
    gateway.environment["LD_PRELOAD"] = ":".join(f"{name}.so" for name in names)
    gateway.environment["LD_LIBRARY_PATH"] = str(gateway.build / "tests/bad")
    options = gateway.environment.get("ASAN_OPTIONS", "")
    gateway.environment["ASAN_OPTIONS"] = ":".join(filter(None, [options, "verify_asan_link_order=0"]))
    gateway.environment.update(environment)


def unload(gateway: Gateway) -> None:
    for variable in ("LD_PRELOAD", "LD_LIBRARY_PATH"):
        gateway.environment.pop(variable, None)


class Counts(dict[str, int]):
    """What count.so or allocations.so has counted."""

    def __init__(self, path: pathlib.Path, *names: str) -> None:
        super().__init__()
        self.path, self.names = path, names
        path.write_bytes(bytes(8 * len(names)))
        self.read()

    def read(self) -> "Counts":
        """Up to date from here on."""
        self.update(zip(self.names, struct.unpack(f"={len(self.names)}q", self.path.read_bytes())))
        return self

    def since(self) -> dict[str, int]:
        """What has come to it since it was read; it is up to date afterwards."""
        before = dict(self)
        return {name: value - before[name] for name, value in self.read().items()}


def count_writes(gateway: Gateway) -> Counts:
    """From the next start on."""
    counts = Counts(gateway.directory / "counts", "writes", "octets", "fsyncs", "renames", "unlinks")
    preload(gateway, "count", LWM2MD_COUNT=str(counts.path))
    return counts

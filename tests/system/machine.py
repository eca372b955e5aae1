# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small Debian with the agent installed on it, booted in a container."""
from __future__ import annotations

import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
from typing import Iterator

TESTS = pathlib.Path(__file__).parents[1]
SUITE = "bookworm"
PACKAGES = ["systemd", "systemd-sysv", "dbus", "polkitd", "keyutils", "libglib2.0-0", "libmbedtls14",
            "libnl-3-200", "libnl-route-3-200", "libkeyutils1", "libsystemd0", "libcbor0.8", "tzdata",
            "python3", "libcoap3", "libjansson4", "libssl3", "libqmi-glib5", "libqmi-proxy", "libmbim-glib4",
            "libmbim-proxy"]
TOOLS = ["systemd-nspawn", "mmdebstrap", "unshare", "meson", "ninja"]

# What apt says of a mirror that it cannot reach.
NO_MIRROR = ["Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect",
             "Connection timed out", "Connection failed", "Network is unreachable"]
BOOT_TIMEOUT = 180

# Prepares the file system of every machine: the script of the guest is a unit of it.
PREPARE = """
ln -sf /usr/share/zoneinfo/Asia/Kathmandu etc/localtime
echo Asia/Kathmandu >etc/timezone
mkdir -p var/log/journal opt/tests opt/results
touch opt/lwm2m-test-server
cat >etc/systemd/system/guest.service <<END
[Service]
Type=notify
Environment=LWM2M_TEST_SERVER=/opt/lwm2m-test-server PYTHONPATH=/opt/tests/system:/opt/tests/server
Environment=PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
ExecStart=/usr/bin/python3 -m guest {variant} /opt/results
TimeoutStopSec=15
[Install]
WantedBy=multi-user.target
END
mkdir -p etc/systemd/system/multi-user.target.wants
ln -s ../guest.service etc/systemd/system/multi-user.target.wants/
"""


class Missing(Exception):
    """What it takes is not to be had from here; the text says why."""


class Broken(Exception):
    """Something that must work did not; the text says what."""


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    """One process at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(*command: str | pathlib.Path) -> None:
    result = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))}: exit status {result.returncode}\n"
                     + result.stdout[-6000:])


def what_is_missing() -> str:
    """Why this host cannot run machines, as far as that can be seen at once; "" when it seems that it can."""
    tools = [tool for tool in TOOLS if not shutil.which(tool)]
    if tools:
        return f"{', '.join(tools)} not installed"
    return "" if os.geteuid() == 0 else "needs root"


def make_root(build: pathlib.Path) -> pathlib.Path:
    """Debian as it is installed, kept between runs. Missing without a mirror."""
    root, unfinished = build / "system-root", build / "system-root.unfinished"
    stamp = root / "etc/lwm2md-test-packages"
    wanted = " ".join([SUITE, *PACKAGES])
    if stamp.exists() and stamp.read_text() == wanted:
        return root
    for old in (root, unfinished):
        shutil.rmtree(old, ignore_errors=True)
    try:
        run("mmdebstrap", "--mode=root", "--variant=minbase", "--aptopt=Acquire::Retries 2",
            f"--include={','.join(PACKAGES)}", SUITE, unfinished)
    except Broken as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if any(text in str(error) for text in NO_MIRROR):
            raise Missing("the Debian mirror cannot be reached") from error
        raise
    (unfinished / "etc/machine-id").write_text("")
    (unfinished / stamp.relative_to(root)).write_text(wanted)
    unfinished.rename(root)
    return root


def install(build: pathlib.Path) -> pathlib.Path:
    """The agent as a distribution builds and installs it, without sanitizers; the directory."""
    plain, destination = build / "system-build", build / "system-install"
    if not (plain / "build.ninja").exists():
        run("meson", "setup", plain, TESTS.parent, "--prefix=/usr", "--sysconfdir=/etc",
            "--localstatedir=/var", "-Dsystemd=enabled")
    targets = json.loads((plain / "meson-info/intro-targets.json").read_text())
    files = [os.path.relpath(file, plain) for target in targets if target["installed"]
             for file in target["filename"]]
    server = "tests/server/lwm2m-test-server"
    run("ninja", "-C", plain, *files, server)
    shutil.rmtree(destination, ignore_errors=True)
    run("meson", "install", "-C", plain, "--no-rebuild", "--quiet", "--destdir", destination)
    return destination


def prepare(build: pathlib.Path) -> list[pathlib.Path]:
    """Everything that machines need; the layers of their file system."""
    with locked(build / "system.lock"), concurrent.futures.ThreadPoolExecutor() as pool:
        installed = pool.submit(install, build)
        root = make_root(build)
        return [installed.result(), root]


def boot(build: pathlib.Path, layers: list[pathlib.Path], directory: pathlib.Path, variant: str,
         script: str, options: list[str]) -> dict[str, str]:
    """Boots a machine that runs guest VARIANT, and returns what that found: for each check what is
    wrong, "" for nothing. script prepares its file system, options are systemd-nspawn's."""
    work, results = directory / "work", directory / "results"
    for path in (work, results):
        path.mkdir(parents=True)
    (directory / "prepare").write_text(PREPARE.format(variant=variant) + script)
    server = build / "system-build/tests/server/lwm2m-test-server"
    command = [TESTS / "system/boot", ":".join(map(str, layers)), work, directory / "prepare",
               f"--bind-ro={server}:/opt/lwm2m-test-server", f"--bind-ro={TESTS}:/opt/tests",
               f"--bind={results}:/opt/results", f"--machine=lwm2md-{variant.replace('_', '-')}", *options]
    console = directory / "console"
    with console.open("wb") as out:
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out, start_new_session=True)
        try:
            process.wait(BOOT_TIMEOUT)
        except subprocess.TimeoutExpired:
            out.write(b"the machine did not end in time\n")
        finally:
            end(process)
    found: dict[str, str] = {}
    for path in sorted(results.glob("*.json")):
        found.update(json.loads(path.read_text()))
    found["console"] = console.read_text(errors="replace")[-4000:]
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """The container ends with its systemd-nspawn, and the mounts with their last process."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)

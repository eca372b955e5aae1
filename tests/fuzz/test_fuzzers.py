# SPDX-License-Identifier: LGPL-2.1-or-later
"""libFuzzer looks for a while in each fuzzer, from its corpus on. What it finds becomes a file of the corpus."""
from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
from typing import Iterator

import pytest

FOLDER = pathlib.Path(__file__).parent
SECONDS = 10
FUZZERS = sorted(path.stem.removeprefix("fuzz-") for path in FOLDER.glob("fuzz-*.c"))
# Where meson puts a fuzzer that is not in this folder's meson.build.
ELSEWHERE = {"plugin-receive": "plugins", "secured-packet": "plugins"}

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(*command: object, **options: object) -> str:
    """The output; it is the complaint where the command fails."""
    result = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


@pytest.fixture(scope="session")
def fuzzers(build: pathlib.Path) -> pathlib.Path:
    """The directory of the fuzzers, built by clang; the first process of this run builds them all."""
    if not shutil.which("clang"):
        pytest.skip("clang is not installed")
    directory = build / "fuzz-build"
    with locked(build / "fuzz-build.lock"):
        if not (directory / "build.ninja").exists():
            run("meson", "setup", directory, FOLDER.parents[1], "-Dfuzzing=true", "-Db_lundef=false",
                "-Db_sanitize=address,undefined", env={**os.environ, "CC": "clang"})
        run("ninja", "-C", directory, "plugins/psk.so", "plugins/secured-packet.so", *map(target, FUZZERS))
    return directory


def target(name: str) -> str:
    return f"tests/{ELSEWHERE.get(name, 'fuzz')}/fuzz-{name}"


@pytest.mark.parametrize("name", FUZZERS)
def test_finds_nothing(fuzzers: pathlib.Path, tmp_path: pathlib.Path, name: str) -> None:
    output = run(fuzzers / target(name), f"-max_total_time={SECONDS}", "-timeout=10", "-print_final_stats=1",
                 f"-artifact_prefix={tmp_path}/", tmp_path, FOLDER / "corpus" / name, cwd=tmp_path)
    runs = re.search(r"^stat::number_of_executed_units: *(\d+)$", output, re.M)
    assert runs and int(runs[1]) > 100, output[-2000:]

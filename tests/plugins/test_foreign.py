# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ABI's promise: a plugin made of the installed header alone works in the agent as it is."""
from __future__ import annotations

import json
import pathlib
import subprocess

import pytest
from gateway import Gateway
from lwm2m_server import Relay

HERE = pathlib.Path(__file__).parent
MARK = b"\x58"
MASK = 0x5A


def turn_over(data: bytes) -> bytes:
    return bytes(octet ^ MASK for octet in data)


def translate(direction: str, data: bytes, index: int) -> list[bytes]:
    """To the server in plain, to the gateway as foreign/xor.c wants it."""
    if direction == "down":
        return [MARK + turn_over(data)]
    assert data[:1] == MARK, "the agent has sent something past its plugin"
    return [turn_over(data[1:])]


@pytest.fixture
def header(build: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """The header as a package for developers installs it."""
    destination = tmp_path / "installed"
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--tags", "devel",
                    "--destdir", destination], check=True, stdout=subprocess.DEVNULL)
    installed = [path for path in destination.rglob("*") if path.is_file()]
    assert [path.name for path in installed] == ["lwm2m-security.h"]
    return installed[0]


@pytest.fixture
def foreign(header: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """xor.so in a directory of its own, outside of the tree and of the build."""
    directory = tmp_path / "foreign"
    directory.mkdir(0o755)
    plugin = directory / "xor.so"
    subprocess.run([HERE / "foreign/build.sh", header, HERE / "foreign/xor.c", plugin, "cc"],
                   check=True)
    plugin.chmod(0o644)
    return plugin


@pytest.fixture
def alone(foreign: pathlib.Path, gateway: Gateway, tmp_path: pathlib.Path) -> Gateway:
    """The package's directory is empty: its nosec.so would have the mode already."""
    empty = tmp_path / "empty"
    empty.mkdir(0o755)
    gateway.extra.append(f"--plugins={empty}")
    gateway.configure(Plugins={"directory": foreign.parent})
    return gateway


def plugins(gateway: Gateway) -> list[dict]:
    return json.loads(gateway.ctl("plugins", "--json"))


def test_works(alone, server):
    """It carries a registration, a Read and a Write, and is shown for what it is."""
    with Relay(server.nosec_port, translate) as relay:
        alone.account(relay.uri(), lifetime=300)
        alone.start().wait_bus()
        registration = server.wait_registration(alone.endpoint, 20)
        assert registration.read("/3/0/16").text == "US"
        mark = server.mark()
        registration.write("/1/0/1", 120).expect("2.04")
        assert server.wait_event("update", 10, after=mark).parameters == {"lt": "120"}

        assert plugins(alone) == [{"name": "xor", "version": "1", "library": "",
                                   "modes": ["nosec"], "tainted": True}]
        assert "xor 1 [tainted]" in alone.ctl("status")
        assert alone.status()["servers"][0]["plugin"] == "xor 1"
        alone.stop()
        assert server.wait_event("deregister", 10)


def test_noise(alone, server):
    """What it refuses is counted, and does not end the session."""
    with Relay(server.nosec_port, translate) as relay:
        alone.account(relay.uri(), lifetime=300)
        alone.start().wait_bus()
        registration = server.wait_registration(alone.endpoint, 20)
        before = alone.status()["servers"][0]["statistics"]["dropped"]
        for noise in (b"", MARK, b"\x00" * 40, b"Z" * 1400):
            relay.inject("down", noise)
        registration.read("/3/0/16").expect("2.05")
        assert alone.status()["servers"][0]["statistics"]["dropped"] == before + 4


def test_mode_taken(foreign, gateway):
    """Beside the package's own plugin of the same mode it is refused, in words."""
    gateway.configure(Plugins={"directory": foreign.parent})
    gateway.start().wait_bus()
    gateway.wait_log(f"plugin {foreign} serves IP mode 3, which nosec serves already")
    assert "xor" not in [plugin["name"] for plugin in plugins(gateway)]


@pytest.mark.parametrize("file_mode, directory_mode, why", [
    (0o664, 0o755, "can be written by its group (mode 0664)"),
    (0o646, 0o755, "can be written by everybody (mode 0646)"),
    (0o644, 0o775, "can be written by its group (mode 0775)"),
])
def test_who_can_change_it(alone, foreign, file_mode, directory_mode, why):
    """What somebody else may change is not let in."""
    foreign.chmod(file_mode)
    foreign.parent.chmod(directory_mode)
    alone.start().wait_bus()
    alone.wait_log(why)
    assert plugins(alone) == []

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The content formats against Python's json and cbor2: what one side writes, the other reads."""
from __future__ import annotations

import base64
import json
import math
import pathlib
import random
import struct
import subprocess
from typing import Any, Iterator

import cbor2
import pytest

CBOR, SENML_JSON, SENML_CBOR, OLD_JSON, LWM2M_CBOR = 60, 110, 112, 11543, 11544
# ValueType, by the resource of tests/unit/model/memory-object.c that has it.
STRING, INTEGER, UNSIGNED, FLOAT, BOOLEAN, OPAQUE, TIME, LINK = range(1, 9)
RESOURCES = {0: STRING, 1: INTEGER, 2: UNSIGNED, 3: FLOAT, 4: BOOLEAN, 5: OPAQUE, 6: TIME, 7: LINK}
MULTIPLE = {12: INTEGER, 13: OPAQUE, 301: STRING}
LABELS = {"bn": -2, "bt": -3, "bu": -4, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "t": 6, "vd": 8}
SENML = {STRING: "vs", BOOLEAN: "vb", OPAQUE: "vd", LINK: "vlo"}
OLD = {STRING: "sv", BOOLEAN: "bv", OPAQUE: "sv", LINK: "ov"}
ROUNDS = 150

# By path.
Values = dict[str, tuple[int, Any]]


class Codecs:
    """A process that encodes and decodes, line by line."""

    def __init__(self, path: pathlib.Path) -> None:
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words: object) -> str:
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer.endswith("\n"), "format-lines died"
        return answer.strip()

    def encode(self, format: int, base: str, values: Values) -> bytes:
        words = [f"{path}={kind}:{to_text(kind, value).hex()}" for path, (kind, value) in values.items()]
        return bytes.fromhex(self.ask("encode", format, base, *words))

    def decode(self, format: int, base: str, payload: bytes) -> Values:
        answer = self.ask("decode", format, base, payload.hex())
        assert not answer.startswith("error"), (answer, payload)
        values = {}
        for word in answer.split():
            path, rest = word.split("=")
            kind, octets = rest.split(":")
            values[path] = (int(kind), from_text(int(kind), bytes.fromhex(octets)))
        return values


@pytest.fixture(scope="module")
def codecs(build: pathlib.Path) -> Iterator[Codecs]:
    codecs = Codecs(build / "tests" / "unit" / "format" / "format-lines")
    yield codecs
    codecs.process.stdin.close()
    assert codecs.process.wait(10) == 0
    codecs.process.stdout.close()


def to_text(kind: int, value: Any) -> bytes:
    if kind == OPAQUE:
        return base64.b64encode(value)
    return str(int(value) if kind == BOOLEAN else value).encode()


def from_text(kind: int, octets: bytes) -> Any:
    if kind == OPAQUE:
        return base64.b64decode(octets)
    readers = {STRING: str, LINK: str, FLOAT: float, BOOLEAN: lambda text: text == "1"}
    return readers.get(kind, int)(octets.decode())


def random_float(chance: random.Random) -> float:
    """Of each width that CBOR has."""
    code = chance.choice("efd")
    octets = chance.randbytes(struct.calcsize(code))
    value = struct.unpack("<" + code, octets)[0]
    return value if math.isfinite(value) else 0.5


def random_value(chance: random.Random, kind: int, format: int) -> Any:
    bits = chance.getrandbits(chance.randrange(1, 64))
    if kind == STRING:
        return "".join(chance.choice("aZ09 \"\\/\n\t\x01\x7fü€😀") for _ in range(chance.randrange(40)))
    if kind == OPAQUE:
        return chance.randbytes(chance.randrange(300))
    if kind == UNSIGNED:
        return bits << 1 & (2**63 - 1 if format in (SENML_JSON, OLD_JSON) else 2**64 - 1)
    if kind == LINK:
        return f"{chance.randrange(65536)}:{chance.randrange(65536)}"
    if kind == BOOLEAN:
        return chance.random() < 0.5
    if kind == FLOAT:
        return random_float(chance)
    return chance.choice([bits, -bits - 1])


def random_values(chance: random.Random, format: int) -> Values:
    """Of one to three instances, sorted."""
    values: Values = {}
    for instance in sorted(chance.sample(range(65535), chance.randrange(1, 4))):
        for resource, kind in sorted({**RESOURCES, **MULTIPLE}.items()):
            ids = sorted(chance.sample(range(65535), 3)) if resource in MULTIPLE else [None]
            for number in ids if chance.random() < 0.6 else []:
                path = f"/4242/{instance}/{resource}" + (f"/{number}" if number is not None else "")
                values[path] = (kind, random_value(chance, kind, format))
    return values


def chances() -> Iterator[random.Random]:
    seed = random.randrange(2**32)
    print("seed", seed)
    for number in range(ROUNDS):
        yield random.Random(seed + number)


# ---- Single values ------------------------------------------------------------------------

def shortest(value: Any) -> bytes:
    """RFC 8949, 4.2. cbor2's canonical form, but it finds no half above 2^15."""
    if not isinstance(value, float):
        return cbor2.dumps(value, canonical=True)
    for head, code in ((b"\xf9", ">e"), (b"\xfa", ">f")):
        try:
            octets = struct.pack(code, value)
        except OverflowError:
            continue
        if struct.unpack(code, octets)[0] == value:
            return head + octets
    return b"\xfb" + struct.pack(">d", value)


@pytest.mark.parametrize("resource, kind", RESOURCES.items())
def test_cbor_is_the_shortest(codecs: Codecs, resource: int, kind: int) -> None:
    """To the octet; what cbor2 writes longer is read as well."""
    path = f"/4242/0/{resource}"
    for chance in chances():
        value = random_value(chance, kind, CBOR)
        written = codecs.encode(CBOR, path, {path: (kind, value)})
        assert written == shortest(value), value
        assert cbor2.loads(written) == value
        assert codecs.decode(CBOR, path, cbor2.dumps(value)) == {path: (kind, value)}


# ---- SenML --------------------------------------------------------------------------------

def unfold(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """RFC 8428, 4.6: resolved records, by name."""
    base, resolved = "", {}
    for record in records:
        rest = dict(record)
        base = rest.pop("bn", base)
        name = base + rest.pop("n", "")
        assert name not in resolved
        resolved[name] = rest
    return resolved


def read_senml(format: int, payload: bytes) -> list[dict[str, Any]]:
    if format == SENML_JSON:
        return json.loads(payload)
    names = {number: name for name, number in LABELS.items()}
    return [{names.get(label, label): value for label, value in record.items()}
            for record in cbor2.loads(payload)]


def senml_value(format: int, kind: int, value: Any) -> Any:
    if kind == OPAQUE and format == SENML_JSON:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")
    return value


@pytest.mark.parametrize("format", [SENML_JSON, SENML_CBOR])
def test_senml_is_read(codecs: Codecs, format: int) -> None:
    for chance in chances():
        values = random_values(chance, format)
        records = read_senml(format, codecs.encode(format, "/4242", values))
        expected = {path: {SENML.get(kind, "v"): senml_value(format, kind, value)}
                    for path, (kind, value) in values.items()}
        assert unfold(records) == expected
        assert sum("bn" in record for record in records) == (len(records) > 1)


def random_records(chance: random.Random, format: int, values: Values) -> list[dict[str, Any]]:
    """The values as a peer may write them: base names where it likes, labels in any order."""
    records, base = [], ""
    for path, (kind, value) in values.items():
        record: dict[str, Any] = {}
        if not path.startswith(base) or chance.random() < 0.3:
            base = path[:chance.randrange(len(path) + 1)]
            record["bn"] = base
        if path != base or "bn" not in record:
            record["n"] = path[len(base):]
        record[SENML.get(kind, "v")] = senml_value(format, kind, value)
        if chance.random() < 0.2:
            record.update(chance.choice([{"t": -1.5}, {"bt": 1700000000}, {"u": "Cel"}, {"x": [1, {"y": None}]}]))
        records.append(dict(chance.sample(list(record.items()), len(record))))
    return records


@pytest.mark.parametrize("format", [SENML_JSON, SENML_CBOR])
def test_senml_is_understood(codecs: Codecs, format: int) -> None:
    for chance in chances():
        values = random_values(chance, format)
        records = random_records(chance, format, values)
        if format == SENML_JSON:
            payload = json.dumps(records, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1])).encode()
        else:
            numbers = LABELS if chance.random() < 0.9 else {}
            payload = cbor2.dumps([{numbers.get(label, label): value for label, value in record.items()}
                                   for record in records], canonical=chance.random() < 0.5)
        assert codecs.decode(format, "/4242", payload) == values


# ---- LwM2M CBOR ---------------------------------------------------------------------------

def flatten(node: Any, path: tuple[int, ...] = ()) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {"".join(f"/{number}" for number in path): node}
    flat = {}
    for key, below in node.items():
        flat.update(flatten(below, path + (key if isinstance(key, tuple) else (key,))))
    return flat


def nest(chance: random.Random, values: dict[tuple[int, ...], Any]) -> dict[Any, Any]:
    """Maps in maps, with keys that are as long as chance wants."""
    groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    for path, value in values.items():
        size = chance.randrange(1, len(path) + 1)
        if any(key[:size] == path[:size] or path[:len(key)] == key for key in groups):
            size = next(len(key) for key in groups if path[:len(key)] == key) \
                if any(path[:len(key)] == key for key in groups) else len(path)
        groups.setdefault(path[:size], {})[path[size:]] = value
    return {key[0] if len(key) == 1 and chance.random() < 0.5 else key:
            below[()] if () in below else nest(chance, below) for key, below in groups.items()}


def test_lwm2m_cbor_is_read(codecs: Codecs) -> None:
    for chance in chances():
        values = random_values(chance, LWM2M_CBOR)
        maps = cbor2.loads(codecs.encode(LWM2M_CBOR, "/4242", values))
        assert flatten(maps) == {path: value for path, (_, value) in values.items()}


def test_lwm2m_cbor_is_understood(codecs: Codecs) -> None:
    for chance in chances():
        values = random_values(chance, LWM2M_CBOR)
        paths = {tuple(int(part) for part in path.split("/")[1:]): value for path, (_, value) in values.items()}
        payload = cbor2.dumps(nest(chance, paths), canonical=chance.random() < 0.5)
        assert codecs.decode(LWM2M_CBOR, "/4242", payload) == values


# ---- The JSON of LwM2M 1.0 ----------------------------------------------------------------

def old_value(kind: int, value: Any) -> dict[str, Any]:
    return {OLD.get(kind, "v"): base64.b64encode(value).decode() if kind == OPAQUE else value}


def test_old_json(codecs: Codecs) -> None:
    for chance in chances():
        values = random_values(chance, OLD_JSON)
        read = json.loads(codecs.encode(OLD_JSON, "/4242", values))
        expected = {path: old_value(kind, value) for path, (kind, value) in values.items()}
        assert {read["bn"] + entry.pop("n"): entry for entry in read["e"]} == expected
        written = {"e": [{"n": path[len("/4242/"):], **entry} for path, entry in expected.items()], "bn": "/4242/"}
        assert codecs.decode(OLD_JSON, "/4242", json.dumps(written).encode()) == values

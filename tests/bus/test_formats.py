# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read, Write and Observe of the real agent in each content format (Core 7.4; INT 203, 204, 211, 212, 215, 220,
231 to 234, 237). Python's json and cbor2 read and write the payloads."""
from __future__ import annotations

import json
from typing import Any, Callable

import cbor2
import pytest

CBOR, SENML_JSON, SENML_CBOR, TLV, OLD_JSON, LWM2M_CBOR = 60, 110, 112, 11542, 11543, 11544
SENML_LABELS = {-2: "bn", 0: "n", 2: "v", 3: "vs", 4: "vb", 8: "vd"}


@pytest.fixture
def registered(server, gateway):
    gateway.account(server.uri("nosec"), lifetime=300)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("registered, LwM2M")
    return registration


# ---- Payloads: values by path ---------------------------------------------------------------

def senml_values(records: list[dict[str, Any]]) -> dict[str, Any]:
    base, values = "", {}
    for record in records:
        base = record.get("bn", base)
        value = [record[label] for label in ("v", "vs", "vb", "vd", "vlo") if label in record]
        assert len(value) == 1, record
        values[base + record.get("n", "")] = value[0]
    return values


def read_senml_cbor(payload: bytes) -> dict[str, Any]:
    return senml_values([{SENML_LABELS.get(label, label): value for label, value in record.items()}
                         for record in cbor2.loads(payload)])


def read_old_json(payload: bytes) -> dict[str, Any]:
    pack = json.loads(payload)
    names = {"sv": "vs", "bv": "vb", "ov": "vlo"}
    return senml_values([{"bn": pack["bn"]} | {names.get(label, label): value for label, value in entry.items()}
                         for entry in pack["e"]])


def read_maps(node: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(node, dict):
        return {path: node}
    values = {}
    for key, below in node.items():
        ids = key if isinstance(key, tuple) else (key,)
        values.update(read_maps(below, path + "".join(f"/{number}" for number in ids)))
    return values


READERS: dict[int, Callable[[bytes], dict[str, Any]]] = {
    SENML_JSON: lambda payload: senml_values(json.loads(payload)),
    SENML_CBOR: read_senml_cbor,
    OLD_JSON: read_old_json,
    LWM2M_CBOR: lambda payload: read_maps(cbor2.loads(payload)),
}


def label_of(value: Any, text: str = "vs", boolean: str = "vb") -> str:
    return boolean if isinstance(value, bool) else text if isinstance(value, str) else "v"


def write_senml_cbor(values: dict[str, Any]) -> bytes:
    numbers = {"v": 2, "vs": 3, "vb": 4}
    return cbor2.dumps([{0: path, numbers[label_of(value)]: value} for path, value in values.items()])


WRITERS: dict[int, Callable[[dict[str, Any]], bytes]] = {
    SENML_JSON: lambda values: json.dumps([{"n": path, label_of(value): value}
                                           for path, value in values.items()]).encode(),
    SENML_CBOR: write_senml_cbor,
    OLD_JSON: lambda values: json.dumps({"bn": "", "e": [{"n": path, label_of(value, "sv", "bv"): value}
                                                         for path, value in values.items()]}).encode(),
    LWM2M_CBOR: lambda values: cbor2.dumps({tuple(map(int, path.split("/")[1:])): value
                                            for path, value in values.items()}),
}


# ---- Tests ----------------------------------------------------------------------------------

@pytest.mark.parametrize("format", READERS)
def test_read(registered, format):
    """The same at every level, and the same as in plain CBOR, one by one (INT 231, 232)."""
    instance = registered.read("/1/0", accept=format).expect("2.05")
    assert instance.content_format == format
    values = READERS[format](instance.payload)
    assert (values["/1/0/0"], values["/1/0/1"], values["/1/0/7"]) == (101, 300, "U")
    assert values["/1/0/6"] in (True, False)
    assert READERS[format](registered.read("/1", accept=format).expect("2.05").payload) == values
    for path, value in values.items():
        single = registered.read(path, accept=format).expect("2.05")
        assert READERS[format](single.payload) == {path: value}
        assert cbor2.loads(registered.read(path, accept=CBOR).expect("2.05").payload) == value
    assert READERS[format](registered.read("/3/0/11", accept=format).payload) == {"/3/0/11/0": 0}
    assert READERS[format](registered.read("/3/0/11/0", accept=format).payload) == {"/3/0/11/0": 0}
    device = READERS[format](registered.read("/3/0", accept=format).payload)
    assert device["/3/0/11/0"] == 0 and device["/3/0/16"].startswith("U")


@pytest.mark.parametrize("format", WRITERS)
def test_write(registered, format):
    """Partial and replace, an instance and a resource (INT 233, 234, 220); nothing is half written."""
    def values(*numbers: int) -> list[Any]:
        whole = READERS[format](registered.read("/1/0", accept=format).payload)
        return [whole.get(f"/1/0/{number}") for number in numbers]

    def write(path: str, values: dict[str, Any], code: str, replace: bool = False) -> None:
        registered.write(path, payload=WRITERS[format](values), format=format, replace=replace).expect(code)

    write("/1/0", {"/1/0/2": 5, "/1/0/3": 50, "/1/0/6": True}, "2.04")
    assert values(1, 2, 3, 6) == [300, 5, 50, True]
    write("/1/0/2", {"/1/0/2": 6}, "2.04", replace=True)
    write("/1/0", {"/1/0/2": 7, "/1/0/3": "fifty"}, "4.00")
    write("/1/0", {"/1/0/2": 7, "/1/0/0": 9}, "4.05")
    write("/1/0", {"/1/0/2": 7, "/3/0/14": "+01:00"}, "4.00")
    assert values(0, 2, 3) == [101, 6, 50]
    write("/1/0", {"/1/0/1": 60, "/1/0/6": False, "/1/0/7": "U"}, "2.04", replace=True)
    assert values(0, 1, 6) == [101, 60, False]
    assert values(3) != [50]


def test_write_cbor(registered):
    """INT 212: one value without a path."""
    for path, value, code in (("/1/0/2", 5, "2.04"), ("/1/0/6", True, "2.04"), ("/1/0/2", "5", "4.00"),
                              ("/1/0/1", -1, "4.00"), ("/1/0", 5, "4.15")):
        registered.write(path, payload=cbor2.dumps(value), format=CBOR).expect(code)
    assert cbor2.loads(registered.read("/1/0/2", accept=CBOR).payload) == 5
    assert cbor2.loads(registered.read("/1/0/6", accept=CBOR).payload) is True


MALFORMED = [
    (CBOR, b""), (CBOR, b"\x18"), (SENML_JSON, b"{}"), (SENML_JSON, b"[{\"n\":\"/1/0/2\"}]"),
    (SENML_JSON, b"[" * 60000), (SENML_CBOR, b"\x9f"), (SENML_CBOR, b"\x9b" + b"\xff" * 8), (OLD_JSON, b"[]"),
    (LWM2M_CBOR, b"\xa1"), (LWM2M_CBOR, b"\xa1" * 60000),
]


def test_malformed(registered):
    """4.00, and the agent goes on."""
    for format, payload in MALFORMED:
        registered.write("/1/0/2", payload=payload, format=format).expect("4.00")
    registered.read("/1/0/2").expect("2.05")


@pytest.mark.parametrize("format", [SENML_JSON, SENML_CBOR])
def test_etch_is_for_composites(registered, format):
    """RFC 8790: 320 and 322 are no formats of a Read or a Write."""
    etch = {SENML_JSON: 320, SENML_CBOR: 322}[format]
    registered.write("/1/0/2", payload=WRITERS[format]({"/1/0/2": 5}), format=etch).expect("4.15")
    registered.read("/1/0/2", accept=etch).expect("4.06")


@pytest.mark.parametrize("format", READERS)
def test_observe(registered, format):
    """A notification has the format of the request."""
    observation = registered.observe("/1/0", accept=format)
    assert observation.response.content_format == format
    registered.write("/1/0/1", "400").expect("2.04")
    notification = observation.next(10).expect("2.05")
    assert notification.content_format == format
    assert READERS[format](notification.payload)["/1/0/1"] == 400


@pytest.mark.parametrize("version, format", [("1.0", TLV), ("1.1", SENML_CBOR)])
def test_without_accept(server, gateway, version, format):
    """INT 237 and Core 1.0, 6.4; a single resource is text in both."""
    gateway.configure(Agent={"lwm2m-version": version})
    gateway.account(server.uri("nosec"), lifetime=300)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("registered, LwM2M")
    assert registration.version == version
    for path in ("/1", "/3", "/3/0", "/3/0/11"):
        assert registration.read(path).expect("2.05").content_format == format
    assert registration.read("/1/0/1").expect("2.05").text == "300"

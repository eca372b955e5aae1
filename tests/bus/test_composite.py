# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several paths in one request, and Send, of the real agent: Core 6.3.8, 6.3.9, 6.4.4 to 6.4.6. The tests bear the
ids of the ETS (INT 229, 230, 235, 236, 257, 280, 281, 304 to 307, 310, 311)."""
from __future__ import annotations

import json
from typing import Any

import cbor2
import pytest
from client import BusClient, DBusFailure
from lwm2m_server import Server

SENML_JSON, SENML_CBOR, LWM2M_CBOR, TEXT = 110, 112, 11544, 0
LABELS = {-2: "bn", 0: "n", 2: "v", 3: "vs", 4: "vb", 8: "vd"}


def senml(payload: bytes, content_format: int) -> dict[str, Any]:
    records = json.loads(payload) if content_format == SENML_JSON else \
        [{LABELS.get(label, label): value for label, value in record.items()} for record in cbor2.loads(payload)]
    base, values = "", {}
    for record in records:
        base = record.get("bn", base)
        values[base + record.get("n", "")] = next(record[label] for label in ("v", "vs", "vb", "vd") if label in record)
    return values


def names(*paths: str) -> bytes:
    return json.dumps([{"n": path} for path in paths]).encode()


def values(given: dict[str, Any]) -> bytes:
    label = {bool: "vb", str: "vs", int: "v"}
    return json.dumps([{"n": path, label[type(value)]: value} for path, value in given.items()]).encode()


def fetch(registration, *paths: str, accept: int = SENML_JSON, **parts: Any):
    return registration.fetch_composite(names(*paths), SENML_JSON, accept=accept, **parts)


def patch(registration, given: dict[str, Any], **parts: Any):
    return registration.patch_composite(values(given), SENML_JSON, **parts)


@pytest.fixture
def registered(server, gateway):
    gateway.account(server.uri("nosec"), lifetime=300, send="yes")
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("registered, LwM2M")
    return registration


@pytest.mark.parametrize("accept", [SENML_JSON, SENML_CBOR])
def test_INT_280_successful_read_composite(registered, accept):
    """Exactly what is named."""
    response = fetch(registered, "/3/0/16", "/3/0/11/0", "/1/0", accept=accept).expect("2.05")
    assert response.content_format == accept
    found = senml(response.payload, accept)
    assert found["/3/0/16"] == "U" and found["/3/0/11/0"] == 0 and found["/1/0/1"] == 300
    assert all(path in ("/3/0/16", "/3/0/11/0") or path.startswith("/1/0/") for path in found)


def test_INT_229_read_composite(registered):
    """Paths that lie in each other are told once; LwM2M CBOR both ways."""
    found = senml(fetch(registered, "/3", "/1/0", "/1/0/1", "/3/0/11/0").expect("2.05").payload, SENML_JSON)
    assert {"/3/0/16", "/3/0/11/0", "/1/0/1"} <= set(found)
    paths = cbor2.dumps([[3, 0, 16], [1, 0, 1]])
    response = registered.fetch_composite(paths, LWM2M_CBOR).expect("2.05")
    assert response.content_format == LWM2M_CBOR


def test_INT_235_read_composite_of_the_root(registered):
    found = senml(fetch(registered, "/").expect("2.05").payload, SENML_JSON)
    assert {"/3/0/16", "/1/0/0"} <= set(found)
    assert not [path for path in found if path.split("/")[1] in ("0", "21", "23")]


def test_INT_236_partly_absent(registered):
    found = senml(fetch(registered, "/3339/0/5522", "/1/0/1").expect("2.05").payload, SENML_JSON)
    assert found == {"/1/0/1": 300}


def test_INT_281_partly_successful_read_composite(registered):
    found = senml(fetch(registered, "/1/0/1", "/1/0/7", "/1/0/8").expect("2.05").payload, SENML_JSON)
    assert found == {"/1/0/1": 300, "/1/0/7": "U"}


def test_security_is_refused(registered):
    assert fetch(registered, "/0").code == "4.01"
    assert patch(registered, {"/0/0/0": "coap://x"}).code == "4.01"


def test_read_composite_in_blocks(registered):
    """Block2 of 16 octets; two answers on their way do not mix (RFC 8132, 2.1)."""
    whole = senml(fetch(registered, "/1/0", "/3/0/16").payload, SENML_JSON)
    response = fetch(registered, "/1/0", "/3/0/16", szx=0).expect("2.05")
    assert len(response.blocks) > 3
    assert senml(response.payload, SENML_JSON) == whole


def test_read_composite_of_long_lists(registered):
    """Block1 and Block2 in one exchange (RFC 7959, 3.3)."""
    paths = ["/1/0/1", *(f"/3339/{number}/5522" for number in range(40)), "/3/0/16"]
    found = senml(fetch(registered, *paths, block1_szx=2).expect("2.05").payload, SENML_JSON)
    assert found == {"/1/0/1": 300, "/3/0/16": "U"}


def test_INT_230_257_write_composite(server, registered):
    """One message, two objects, and an Update for the lifetime."""
    assert patch(registered, {"/1/0/1": 61, "/1/0/6": False, "/1/0/2": 3}).code == "2.04"
    assert server.wait_event("update", 10).parameters == {"lt": "61"}
    assert senml(fetch(registered, "/1/0/1", "/1/0/2", "/1/0/6").payload, SENML_JSON) == \
        {"/1/0/1": 61, "/1/0/2": 3, "/1/0/6": False}


@pytest.mark.parametrize("path, value, code", [
    ("/1/0/0", 123, "4.05"), ("/3/0/16", "U", "4.05"), ("/1/0/8", 1, "4.05"), ("/1/0/99", 1, "4.04"),
    ("/77/0/1", 1, "4.04"), ("/1/9/1", 1, "4.04"), ("/1/0/2", "x", "4.00"), ("/1/0/1", -1, "4.00"),
])
def test_write_composite_is_all_or_nothing(registered, path, value, code):
    """INT 256 among them."""
    assert patch(registered, {"/1/0/3": 77, path: value}).code == code
    assert registered.read("/1/0/3").text == "0"


def test_write_composite_in_blocks(registered):
    given = {"/1/0/1": 70000, "/1/0/2": 5, "/1/0/3": 50, "/1/0/6": True}
    patch(registered, given, szx=0).expect("2.04")
    assert registered.read("/1/0/3").text == "50"


def test_INT_304_305_observe_composite(registered, gateway):
    observation = registered.observe_composite(names("/1/0/2", "/1/0/3"), SENML_JSON)
    assert observation.response.expect("2.05").observe is not None
    gateway.ctl("write", "/1/0/3=41")
    assert senml(observation.next(10).expect("2.05").payload, SENML_JSON) == {"/1/0/2": 0, "/1/0/3": 41}
    listed = gateway.ctl("observations", "--json")
    assert "/1/0/2" in listed and "/1/0/3" in listed
    answer = observation.cancel().expect("2.05")
    assert answer.observe is None and senml(answer.payload, SENML_JSON) == {"/1/0/2": 0, "/1/0/3": 41}
    gateway.ctl("write", "/1/0/3=42")
    assert registered.read("/1/0/3").text == "42"
    assert not observation.strays


def test_INT_310_attributes_change_while_observed(registered):
    observation = registered.observe_composite(names("/1/0/2", "/3/0/16"), SENML_JSON)
    observation.response.expect("2.05")
    registered.write_attributes("/3", pmax=1).expect("2.04")
    for _ in range(2):
        assert senml(observation.next(10).payload, SENML_JSON) == {"/1/0/2": 0, "/3/0/16": "U"}


def test_notification_in_blocks(registered, gateway):
    """The rest of a notification is fetched by FETCH with the same paths (RFC 7959, 2.6; RFC 8132)."""
    observation = registered.observe_composite(names("/"), SENML_JSON)
    observation.response.expect("2.05")
    gateway.ctl("write", "/1/0/3=41")
    found = senml(observation.next(10).expect("2.05").payload, SENML_JSON)
    assert found["/1/0/3"] == 41 and "/3/0/16" in found


# ---- Send ------------------------------------------------------------------------------------

def answering(server: Server, code: str) -> list[Any]:
    requests: list[Any] = []

    def on_request(request: Any) -> str:
        requests.append(request)
        return code
    server.on_request = on_request
    return requests


def test_INT_306_311_send(server, registered, gateway):
    """Exactly the values named, in one message to /dp."""
    requests = answering(server, "2.04")
    gateway.ctl("send", "/1/0/1", "/3/0/11/0")
    message = requests[0]
    assert (message.path, message.content_format) == ("/dp", SENML_CBOR)
    assert senml(message.payload, SENML_CBOR) == {"/1/0/1": 300, "/3/0/11/0": 0}


def test_INT_307_mute_send(server, registered, gateway):
    """Nothing is sent while /1/x/23 is true."""
    requests = answering(server, "2.04")
    assert registered.read("/1/0/23").text == "0"
    registered.write("/1/0/23", "1").expect("2.04")
    assert "muted" in gateway.ctl("send", "101", "/1/0/1", code=6)
    assert not requests
    registered.write("/1/0/23", "0").expect("2.04")
    gateway.ctl("send", "101", "/1/0/1")
    assert len(requests) == 1


def test_failure_is_told(server, registered, gateway):
    answering(server, "4.03")
    assert "4.03" in gateway.ctl("send", "/1/0/1", code=6)
    assert "/3339/0" in gateway.ctl("send", "/3339/0", code=5)


def test_server_that_forgot_us(server, registered, gateway):
    """4.04 makes us register again."""
    answering(server, "4.04")
    mark = server.mark()
    gateway.ctl("send", "/1/0/1", code=6)
    server.wait_event("register", 10, after=mark)


@pytest.mark.parametrize("name, content_format", [
    ("senml-cbor", SENML_CBOR), ("senml-json", SENML_JSON), ("lwm2m-cbor", LWM2M_CBOR)])
def test_send_by_dbus(server, registered, gateway, bus, name, content_format):
    requests = answering(server, "2.04")
    client = BusClient(bus.address)
    path = "/org/lwm2md1/server/101"
    client.call(path, "Server", "Send", "(asa{sv})", ["/1/0/1"], {"format": ("s", name)})
    assert requests[0].content_format == content_format
    for paths, options in (([], {}), (["x"], {}), (["/"], {}), (["/1"], {"format": ("s", "tlv")})):
        with pytest.raises(DBusFailure) as failure:
            client.call(path, "Server", "Send", "(asa{sv})", paths, options)
        assert failure.value.name == "org.lwm2md1.Error.BadValue"
    assert client.get(path, "Server", "Statistics")["sends"] == 1
    client.close()

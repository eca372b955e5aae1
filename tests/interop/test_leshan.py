# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent registered with, and managed by, Eclipse Leshan."""
from __future__ import annotations

import concurrent.futures
import json
import socket
import time
from typing import Any

import pytest

from gateway import eventually
from leshan_device import Device

pytestmark = pytest.mark.interop

TEXT, SENML_CBOR, TLV = 0, 112, 11542
MODES = ["nosec", "psk", "psk-cbc", "nosec6", "psk6"]
SUITES = {"nosec": 0, "psk": 0xC0A8, "psk-cbc": 0x00AE, "nosec6": 0, "psk6": 0xC0A8}


def resources(answer: dict[str, Any]) -> dict[int, Any]:
    """The values of an answer that is an instance, by resource."""
    assert answer["content"]["kind"] == "instance"
    return {r["id"]: r.get("value", r.get("values")) for r in answer["content"]["resources"]}


def observations(device: Any) -> list[Any]:
    """What the agent believes to be observed."""
    return json.loads(device.gateway.ctl("observations", "101", "--json"))


@pytest.mark.parametrize("mode", MODES)
def test_register(unregistered: Any, mode: str) -> None:
    device = unregistered
    if mode not in device.leshan.uris:
        pytest.skip("no IPv6 here")
    registration = device.register(device.leshan.uris[mode], lifetime=300)

    assert registration["lwM2mVersion"] == "1.1"
    assert registration["lifetime"] == 300
    assert registration["bindingMode"] == "U"
    assert not registration["queuemode"]
    assert registration["rootPath"] == "/"
    assert registration["secure"] == mode.startswith("psk")
    links = {link["url"] for link in registration["objectLinks"]}
    assert {"/1/0", "/3/0"} <= links
    assert not any(link == "/0" or link.startswith("/0/") for link in links)

    assert device.seen.read("/3/0/0", "TEXT")["content"]["value"] == "Example"
    server = eventually(lambda: device.server()["state"] == "registered" and device.server(), "state registered")
    assert server["location"].endswith(registration["registrationId"])
    assert server["cipher-suite"] == SUITES[mode]
    assert server["lwm2m-version"] == "1.1"


def test_register_as_version_1_0(unregistered: Any) -> None:
    device = unregistered
    device.configure(Agent={"lwm2m-version": "1.0"})
    registration = device.register(device.leshan.uris["nosec"])
    assert registration["lwM2mVersion"] == "1.0"
    assert registration["bindingMode"] == "U"
    assert device.seen.read("/1/0/1")["content"]["value"] == "300"


@pytest.mark.parametrize("format, number", [("TLV", TLV), (None, SENML_CBOR)])
def test_read_instance(device: Any, format: str | None, number: int) -> None:
    answer = device.seen.read("/3/0", format)
    assert (answer["status"], answer["contentFormat"]) == ("CONTENT(205)", number)
    values = resources(answer)
    assert (values[0], values[1], values[2]) == ("Example", "Gateway 17", "00042")
    assert abs(values[13] / 1000 - time.time()) < 30
    assert values[11] == {"0": "0"}
    assert values[16] == "U"
    assert 0 < int(values[10]) <= int(values[21])


def test_read_object(device: Any) -> None:
    answer = device.seen.read("/1", "TLV")
    assert (answer["content"]["kind"], answer["contentFormat"]) == ("obj", TLV)
    instance, = answer["content"]["instances"]
    values = resources({"content": instance})
    assert (instance["id"], values[0], values[1], values[7]) == (0, "101", "300", "U")
    assert resources(device.seen.read("/1/0"))[1] == "300"


@pytest.mark.parametrize("format, number", [("TEXT", TEXT), ("TLV", TLV)])
def test_read_resource(device: Any, format: str, number: int) -> None:
    answer = device.seen.read("/3/0/0", format)
    assert answer["contentFormat"] == number
    assert answer["content"] == {"id": 0, "kind": "singleResource", "type": "STRING", "value": "Example"}
    answer = device.seen.read("/3/0/13", format)
    assert (answer["contentFormat"], answer["content"]["type"]) == (number, "TIME")
    assert abs(answer["content"]["value"] / 1000 - time.time()) < 30


@pytest.mark.parametrize("path, status", [
    ("/3/0/99", "NOT_FOUND(404)"), ("/3/7", "NOT_FOUND(404)"), ("/9999/0", "NOT_FOUND(404)"),
    ("/0/0", "UNAUTHORIZED(401)"), ("/1/0/8", "METHOD_NOT_ALLOWED(405)"),
])
def test_read_of_what_is_not_readable(device: Any, path: str, status: str) -> None:
    answer = device.seen.read(path)
    assert answer["status"] == status
    assert "content" not in answer


@pytest.mark.parametrize("format", ["TLV", "TEXT"])
def test_write_lifetime(device: Any, format: str) -> None:
    mark = device.seen.mark()
    assert device.seen.write_resource("/1/0/1", "integer", 60, format)["status"] == "CHANGED(204)"
    event = device.seen.wait_event("UPDATED", after=mark)
    assert event["update"]["lifetime"] == 60
    assert event["registration"]["lifetime"] == 60
    assert device.seen.read("/1/0/1", format)["content"]["value"] == "60"
    assert device.server()["lifetime"] == 60


def test_write_some_resources_of_an_instance(device: Any) -> None:
    node = {"kind": "instance", "id": 0, "resources": [
        {"kind": "singleResource", "id": 2, "type": "integer", "value": "3"},
        {"kind": "singleResource", "id": 3, "type": "integer", "value": "7"}]}
    assert device.seen.write("/1/0", node, "TLV", replace=False)["status"] == "CHANGED(204)"
    values = resources(device.seen.read("/1/0", "TLV"))
    assert (values[1], values[2], values[3]) == ("300", "3", "7")


@pytest.mark.parametrize("path, type, value, format, status", [
    ("/3/0/0", "string", "Other", "TEXT", "METHOD_NOT_ALLOWED(405)"),
    ("/1/0/0", "integer", 5, "TLV", "METHOD_NOT_ALLOWED(405)"),
    ("/1/0/1", "integer", -1, "TEXT", "BAD_REQUEST(400)"),
])
def test_write_of_what_is_not_writable(device: Any, path: str, type: str, value: Any, format: str,
                                       status: str) -> None:
    before = device.seen.read(path, "TLV")["content"]
    mark = device.seen.mark()
    assert device.seen.write_resource(path, type, value, format)["status"] == status
    assert device.seen.read(path, "TLV")["content"] == before
    assert device.seen.events(mark) == []


def test_execute(device: Any) -> None:
    mark = device.seen.mark()
    assert device.seen.execute("/1/0/8")["status"] == "CHANGED(204)"
    event = device.seen.wait_event("UPDATED", after=mark)
    assert event["registration"]["lifetime"] == 300
    assert device.seen.execute("/3/0/0")["status"] == "METHOD_NOT_ALLOWED(405)"
    assert device.seen.execute("/1/0/99")["status"] == "NOT_FOUND(404)"


@pytest.mark.parametrize("active", [True, False], ids=["active", "passive"])
def test_observe_what_changes_by_itself(device: Any, active: bool) -> None:
    seen = device.seen
    assert seen.write_attributes("/3/0/13", pmin=1, pmax=2)["status"] == "CHANGED(204)"
    first = seen.observe("/3/0/13", "TLV")
    assert (first["status"], first["contentFormat"]) == ("CONTENT(205)", TLV)
    assert [o["paths"] for o in observations(device)] == [["/3/0/13"]]

    times, mark = [first["content"]["value"]], seen.mark()
    while len(times) < 3:
        event = seen.wait_event("NOTIFICATION", after=mark, timeout=10)
        assert (event["res"], event["response"]["contentFormat"]) == ("/3/0/13", TLV)
        times.append(event["response"]["content"]["value"])
        mark = event["number"]
    assert times == sorted(times) and times[-1] - times[0] >= 1000

    answer = seen.cancel("/3/0/13", active)
    assert answer.get("status") == ("CONTENT(205)" if active else None)
    eventually(lambda: observations(device) == [], "no observation left", 10)
    assert seen.observations() == []


def test_observe_what_is_written(device: Any) -> None:
    seen = device.seen
    assert seen.observe("/1/0/1", "TEXT")["content"]["value"] == "300"
    for value in ("60", "90"):
        mark = seen.mark()
        assert seen.write_resource("/1/0/1", "integer", value)["status"] == "CHANGED(204)"
        event = seen.wait_event("NOTIFICATION", after=mark)
        assert (event["response"]["content"]["value"], event["response"]["contentFormat"]) == (value, TEXT)
    assert seen.cancel("/1/0/1", True)["status"] == "CONTENT(205)"


def test_observe_an_instance(device: Any) -> None:
    seen = device.seen
    assert resources(seen.observe("/1/0", "TLV"))[1] == "300"
    mark = seen.mark()
    assert seen.write_resource("/1/0/1", "integer", 61)["status"] == "CHANGED(204)"
    event = seen.wait_event("NOTIFICATION", after=mark)
    assert resources(event["response"])[1] == "61"


def test_pmin_holds_a_notification_back(device: Any) -> None:
    seen = device.seen
    assert seen.write_attributes("/1/0/1", pmin=2)["status"] == "CHANGED(204)"
    seen.observe("/1/0/1", "TEXT")
    start, mark = time.monotonic(), seen.mark()
    for value in (70, 80):
        assert seen.write_resource("/1/0/1", "integer", value)["status"] == "CHANGED(204)"
    event = seen.wait_event("NOTIFICATION", after=mark)
    assert event["response"]["content"]["value"] == "80"
    assert time.monotonic() - start >= 1.5


def test_update_and_deregister_as_the_owner_asks(device: Any) -> None:
    mark = device.seen.mark()
    device.gateway.ctl("update", "101")
    event = device.seen.wait_event("UPDATED", after=mark)
    assert "objectLinks" not in event["update"]

    device.gateway.ctl("deregister", "101")
    event = device.seen.wait_event("DEREGISTRATION", after=mark)
    assert not event["expired"]
    assert device.seen.registration() is None
    assert device.server()["state"] == "idle"

    device.gateway.ctl("register", "101")
    device.seen.wait_event("REGISTRATION", after=event["number"])
    assert device.seen.read("/3/0/0")["content"]["value"] == "Example"


def test_deregister_at_the_end(device: Any) -> None:
    device.gateway.stop()
    assert not device.seen.wait_event("DEREGISTRATION")["expired"]
    assert device.seen.registration() is None


def test_register_again_after_a_power_cut(device: Any) -> None:
    first = device.seen.registration()["registrationId"]
    device.seen.observe("/1/0/1")
    mark = device.seen.mark()
    device.gateway.kill()
    device.gateway.start().wait_bus()
    second = device.seen.wait_event("REGISTRATION", after=mark)["registration"]
    assert second["registrationId"] != first
    assert device.seen.read("/3/0/0")["content"]["value"] == "Example"
    assert device.seen.observations() == [] and observations(device) == []


def start_and_fail(device: Any) -> dict[str, Any]:
    """The status of a server with which the gateway cannot register."""
    device.gateway.start().wait_bus()
    server = eventually(lambda: device.server()["last-error"] and device.server(), "a last error", 30)
    assert server["state"] == "waiting"
    assert device.seen.events() == [] and device.seen.registration() is None
    return server


@pytest.mark.parametrize("wrong", [{"key": b"\xee" * 16}, {"psk_identity": "nobody"}], ids=["key", "identity"])
def test_wrong_credentials(unregistered: Any, wrong: dict[str, Any]) -> None:
    """Leshan answers neither by an alert: it is silent from the Finished on."""
    device = unregistered
    device.configure(Network={"handshake-limit": 4})
    device.account(device.leshan.uris["psk"], **wrong)
    server = start_and_fail(device)
    assert server["last-error"] == "org.lwm2md1.Error.Timeout"
    assert "handshake" in server["last-error-text"] and "key may not be ours" in server["last-error-text"]
    assert server["statistics"]["handshakes-failed"] == 1


def test_without_the_security_that_the_server_asks_for(unregistered: Any) -> None:
    device = unregistered
    device.leshan.add_psk(device.gateway.endpoint, device.identity, device.key)
    device.account(device.leshan.uris["nosec"])
    server = start_and_fail(device)
    assert server["last-error"] == "org.lwm2md1.Error.Refused"
    assert "4.03" in server["last-error-text"]


def test_many_requests_at_once(device: Any) -> None:
    paths = ["/3/0/0", "/3/0/1", "/3/0/2", "/1/0/1", "/1/0/0", "/1/0/7", "/3/0/16", "/3/0/13"]
    with concurrent.futures.ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(device.seen.read, paths * 3))
    assert {answer["status"] for answer in answers} == {"CONTENT(205)"}
    values = [str(answer["content"]["value"]) for answer in answers]
    assert values[:7] == ["Example", "Gateway 17", "00042", "300", "101", "U", "U"]
    assert values[:7] == values[8:15] == values[16:23]


def test_server_that_offers_connection_ids(leshan_with_cid: Any, gateway: Any) -> None:
    device = Device(leshan_with_cid, gateway)
    assert device.register(leshan_with_cid.uris["psk"])["secure"]
    assert device.seen.read("/3/0/0")["content"]["value"] == "Example"
    assert device.seen.execute("/1/0/8")["status"] == "CHANGED(204)"
    device.seen.wait_event("UPDATED")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("mode, port", [("psk", "any"), ("psk-cbc", "any"), ("psk", "same")])
def test_session_outlives_the_agent(unregistered: Any, mode: str, port: str) -> None:
    """By its Session ID (RFC 5246, 7.4.1.2), or without any handshake from the port that Leshan knows it by."""
    device = unregistered
    device.configure(Agent={"deregister-on-stop": "no"}, Network={"local-port": free_port() if port == "same" else 0})
    first = device.register(device.leshan.uris[mode])
    mark = device.seen.mark()
    device.gateway.stop()
    assert device.seen.registration()["registrationId"] == first["registrationId"]
    assert device.seen.events(mark) == []

    device.gateway.start().wait_bus()
    device.seen.wait_event("REGISTRATION", after=mark)
    assert device.seen.read("/3/0/0")["content"]["value"] == "Example"
    server = eventually(lambda: device.server()["state"] == "registered" and device.server(), "state registered")
    assert server["resumed"]
    # A Register and a Read are two datagrams each way; whatever is more is handshake.
    assert (server["statistics"]["datagrams-in"] == 2) == (port == "same")

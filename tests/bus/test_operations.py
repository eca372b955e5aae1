# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read, Write, Execute and Observe of the real agent by the test server: Core 1.1, 6.3 and 6.4."""
from __future__ import annotations

import os
import platform
import time

import pytest
from gateway import eventually
from lwm2m_server import tlv as codec
from lwm2m_server.tlv import Tlv, find

TEXT, LINK, OPAQUE, SENML_CBOR, TLV = 0, 40, 42, 112, 11542


@pytest.fixture
def registered(server, gateway):
    gateway.account(server.uri("nosec"), lifetime=300)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("registered, LwM2M")
    return registration


def test_device_tells_the_truth(registered):
    """Object 3 speaks of this machine."""
    device = registered.read("/3/0", accept=TLV).expect("2.05").tlv
    assert abs(find(device, 13).integer - time.time()) < 5
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    assert abs(find(device, 21).integer - memory) < memory // 10
    release = platform.freedesktop_os_release()
    assert find(device, 3).text in {release.get("IMAGE_VERSION"), release.get("VERSION_ID"),
                                    release.get("BUILD_ID"), release.get("PRETTY_NAME")}
    offset = time.strftime("%z")
    assert find(device, 14).text == f"{offset[:3]}:{offset[3:]}"
    assert find(device, 16).text == "U"
    assert find(device, 11).children[0].integer == 0


@pytest.mark.parametrize("path, accept, code", [
    ("/3/0/0", TEXT, "4.04"), ("/3/0/16", TEXT, "2.05"), ("/3/0/16", TLV, "2.05"), ("/3", TLV, "2.05"),
    ("/3/0", None, "2.05"), ("/1", None, "2.05"), ("/3/0/11/0", TEXT, "2.05"), ("/3/0/11", TEXT, "4.06"),
    ("/3/0", TEXT, "4.06"), ("/3/0/16", OPAQUE, "4.06"), ("/3/0/16", 61, "4.06"), ("/3", LINK, "2.05"),
    ("/0", None, "4.01"), ("/0/0/5", None, "4.01"), ("/7", None, "4.04"), ("/3/1", None, "4.04"),
    ("/3/0/99", None, "4.04"), ("/3/0/4", None, "4.05"), ("/1/0/8", None, "4.05"),
])
def test_read(registered, path, accept, code):
    """Each level and format, and what is not there."""
    if path == "/3/0/0":
        code = "2.05" if find_or_none(registered.read("/3/0", accept=TLV).tlv, 0) else "4.04"
    assert registered.read(path, accept=accept).code == code


def find_or_none(records, number):
    return next((record for record in records if record.id == number), None)


def test_format_without_accept(registered):
    """SenML CBOR for an instance, text for a single resource (Core 7.4)."""
    assert registered.read("/3/0").content_format == SENML_CBOR
    assert registered.read("/1/0/1").content_format == TEXT


def test_write_replace_and_partial(registered):
    """INT 215, 226: POST keeps the rest, PUT of an instance replaces; read-only values refuse all."""
    registered.write("/1/0", [codec.resource(2, 5), codec.resource(3, 50)], replace=False).expect("2.04")
    server_object = registered.read("/1/0", accept=TLV).tlv
    assert (find(server_object, 2).integer, find(server_object, 3).integer) == (5, 50)
    assert find(server_object, 1).integer == 300
    registered.write("/1/0", [codec.resource(2, 7), codec.resource(0, 99)], replace=False).expect("4.05")
    assert registered.read("/1/0/2").text == "5", "nothing may be half written"
    registered.write("/1/0", [codec.resource(1, 60), codec.resource(6, True), codec.resource(7, "U")]).expect("2.04")
    replaced = registered.read("/1/0", accept=TLV).tlv
    assert find(replaced, 1).integer == 60
    assert find(replaced, 0).integer == 101, "what servers cannot write stays"


@pytest.mark.parametrize("path, value, format, code", [
    ("/1/0/1", "61", TEXT, "2.04"), ("/1/0/1", "sixty", TEXT, "4.00"), ("/1/0/1", "-1", TEXT, "4.00"),
    ("/1/0/1", "", TEXT, "4.00"), ("/1/0/6", "1", TEXT, "2.04"), ("/1/0/6", "2", TEXT, "4.00"),
    ("/1/0/0", "7", TEXT, "4.05"), ("/3/0/16", "U", TEXT, "4.05"), ("/1/0/8", "1", TEXT, "4.05"),
    ("/1/0/99", "1", TEXT, "4.04"), ("/1/7/1", "1", TEXT, "4.04"), ("/0/0/0", "coap://x", TEXT, "4.01"),
    ("/1/0/1", "61", 61, "4.15"), ("/1/0/1", "61", OPAQUE, "4.15"),
])
def test_write(registered, path, value, format, code):
    before = registered.read("/1/0/1").text
    assert registered.write(path, payload=value.encode(), format=format).code == code
    assert registered.read("/1/0/1").text == ("61" if code == "2.04" and path == "/1/0/1" else before)


@pytest.mark.parametrize("code, path, expected", [
    ("POST", "/3", "4.05"), ("DELETE", "/3/0", "4.05"), ("DELETE", "/1/0", "4.05"), ("PUT", "/3", "4.05"),
    ("POST", "/3/0/16", "4.05"), ("POST", "/3/0/99", "4.04"), ("POST", "/0/0", "4.01"), ("FETCH", "/3", "4.05"),
])
def test_not_offered(registered, code, path, expected):
    assert registered.request(code, path).code == expected


@pytest.mark.parametrize("arguments, code", [
    (None, "2.04"), ("0", "2.04"), ("1='b-c',2", "2.04"), ("0='U'", "2.04"), ("0='T'", "4.00"), ("1='b c'", "4.00"), ("0,0", "4.00"), ("x", "4.00"), ("0='a", "4.00"),
    ("10", "4.00"), ("0=a", "4.00"), (",", "4.00"),
])
def test_execute_arguments(registered, arguments, code):
    assert registered.execute("/1/0/8", arguments).code == code


def test_unknown_critical_option(registered):
    """RFC 7252, 5.4.1"""
    assert registered.request("GET", "/3/0", options=[(2049, b"x")]).code == "4.02"
    assert registered.request("GET", "/3/0", options=[(2050, b"x")]).code == "2.05"


def test_read_in_blocks(registered):
    """Block2 of 16 octets gives the same bytes as one message, at one ETag (RFC 7959, 2.4)."""
    response = registered.read("/3/0", accept=TLV, szx=0).expect("2.05")
    assert len(response.blocks) > 3
    assert len({block.first(4) for block in response.blocks}) == 1
    whole = registered.read("/3/0", accept=TLV)
    assert {record.id for record in response.tlv} == {record.id for record in whole.tlv}


def test_write_in_blocks(registered):
    """Block1 of 16 octets; a gap is 4.08 and changes nothing (RFC 7959, 2.5)."""
    records = [codec.resource(1, 70000), codec.resource(2, 3), codec.resource(3, 77),
               codec.resource(6, True), codec.resource(7, "U")]
    registered.write("/1/0", records, replace=False, szx=0).expect("2.04")
    assert registered.read("/1/0/3").text == "77"
    records[2] = codec.resource(3, 78)
    response = registered.write("/1/0", records, replace=False, szx=0, mutate=lambda blocks: blocks[1:])
    assert response.code == "4.08"
    assert registered.read("/1/0/3").text == "77"


def test_observe(registered, gateway):
    """INT 301–303: notified of changes, cancelled by Observe=1, no more afterwards."""
    observation = registered.observe("/1/0/3")
    assert observation.response.observe is not None
    gateway.ctl("write", "/1/0/3=41")
    first = observation.next(10)
    gateway.ctl("write", "/1/0/3=42")
    second = observation.next(10)
    assert (first.text, second.text) == ("41", "42")
    assert first.observe < second.observe
    assert "/1/0/3" in gateway.ctl("observations")
    cancelled = observation.cancel()
    assert cancelled.code == "2.05" and cancelled.observe is None
    assert "/1/0/3" not in gateway.ctl("observations")


def test_cancel_by_reset(registered, gateway):
    observation = registered.observe("/1/0/3")
    observation.cancel_by_reset()
    gateway.ctl("write", "/1/0/3=43")
    eventually(lambda: "/1/0/3" not in gateway.ctl("observations"), "cancelled by the Reset", 10)


def test_pmin_pmax(registered, gateway):
    """Not before pmin, not later than pmax (Core 7.3)."""
    registered.write_attributes("/1/0/3", pmin=1, pmax=3).expect("2.04")
    observation = registered.observe("/1/0/3")
    begin = time.monotonic()
    gateway.ctl("write", "/1/0/3=51")
    assert observation.next(10).text == "51"
    assert 0.9 <= time.monotonic() - begin < 3
    forced = observation.next(10)
    assert forced.text == "51"
    assert 3.5 < time.monotonic() - begin < 7
    registered.write_attributes("/1/0/3", pmin=-1).expect("4.00")
    registered.write_attributes("/1/0/3", pmin="x").expect("4.00")


def test_written_by_owner(registered, gateway, server):
    """What D-Bus writes, the server reads; what it may not write, it is told."""
    gateway.ctl("write", "/1/0/2=4", "/1/0/3=40")
    assert registered.read("/1/0/2").text == "4"
    assert "/1/0/3" in gateway.ctl("read", "/1/0/3") and "40" in gateway.ctl("read", "/1/0/3")
    assert "/1/0/0" in gateway.ctl("write", "/1/0/0=5", code=4)
    gateway.ctl("write", "/1/0/2=5", "/1/0/3=nonsense", code=1)
    assert registered.read("/1/0/2").text == "4"
    gateway.ctl("read", "/9/0", code=5)
    gateway.ctl("read", "/0/0/5", code=4)
    mark = server.mark()
    gateway.ctl("execute", "/1/0/8")
    server.wait_event("update", 10, after=mark)


def test_tlv_of_server_object(registered):
    """The bytes, not only what our own decoder makes of them."""
    response = registered.read("/1/0/1", accept=TLV).expect("2.05")
    assert response.payload == bytes([0xC2, 0x01, 0x01, 0x2C])
    assert isinstance(response.tlv[0], Tlv)

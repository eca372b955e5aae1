# SPDX-License-Identifier: LGPL-2.1-or-later
"""Discover, Write-Attributes and what they do to observations: Core 1.1, 6.3.2, 6.3.4, 6.4, 7.3.2. Tests named
INT are those of the enabler test specification."""
from __future__ import annotations

import time

import pytest
from client import BusClient
from gateway import eventually
from lwm2m_server.interaction import WaitTimeout

LINK, TLV = 40, 11542


@pytest.fixture
def registered(server, gateway):
    gateway.account(server.uri("nosec"), lifetime=300)
    gateway.start().wait_bus()
    registration = server.wait_registration(gateway.endpoint, 20)
    gateway.wait_log("registered, LwM2M")
    return registration


def discovered(registration, path, **parts):
    """Attributes by target, in order."""
    response = registration.read(path, accept=LINK, **parts).expect("2.05")
    assert response.content_format == LINK
    return {link.target: dict(link.attributes) for link in response.links}


def quiet(observation, seconds):
    with pytest.raises(WaitTimeout):
        observation.next(seconds)


def test_INT_221_attributes_of_security(registered):
    """Nothing of object 0 is a server's business."""
    registered.write_attributes("/0", pmin=10).expect("4.01")
    registered.write_attributes("/0/0/0", pmin=10).expect("4.01")
    registered.discover("/0").expect("4.01")


def test_INT_260_discover(registered):
    links = discovered(registered, "/3")
    assert list(links)[:2] == ["/3", "/3/0"]
    assert {"/3/0/4", "/3/0/11", "/3/0/13", "/3/0/16", "/3/0/21"} <= links.keys()
    assert links["/3/0/11"] == {"dim": "1"} and links["/3/0/4"] == {}
    assert not any(target.startswith("/3/0/11/") for target in links)

    registered.write_attributes("/3", pmin=10, pmax=60).expect("2.04")
    links = discovered(registered, "/3/0")
    assert list(links)[0] == "/3/0" and "/3" not in links
    assert links["/3/0"] == {}, "what is attached above is not shown here"
    registered.write_attributes("/3/0/21", lt=1, gt=6, st=1).expect("2.04")
    assert discovered(registered, "/3/0")["/3/0/21"] == {"gt": "6", "lt": "1", "st": "1"}
    assert discovered(registered, "/3/0/21") == {
        "/3/0/21": {"pmin": "10", "pmax": "60", "gt": "6", "lt": "1", "st": "1"}}
    assert discovered(registered, "/3")["/3"] == {"pmin": "10", "pmax": "60"}


def test_INT_261_attributes_on_several_levels(registered):
    registered.write_attributes("/3", pmin=10, pmax=60).expect("2.04")
    registered.write_attributes("/3/0", pmax=320).expect("2.04")
    registered.write_attributes("/3/0/11/0", pmax=100, epmin=1, epmax=20).expect("2.04")
    assert discovered(registered, "/3/0/11") == {
        "/3/0/11": {"dim": "1", "pmin": "10", "pmax": "320"},
        "/3/0/11/0": {"pmax": "100", "epmin": "1", "epmax": "20"}}
    registered.write_attributes("/3/0", pmax=None).expect("2.04")
    assert discovered(registered, "/3/0/11")["/3/0/11"]["pmax"] == "60"


def test_INT_264_discover_with_depth(registered):
    assert list(discovered(registered, "/3", queries=["depth=1"])) == ["/3", "/3/0"]
    two = discovered(registered, "/3", queries=["depth=2"])
    assert two == discovered(registered, "/3")
    three = discovered(registered, "/3", queries=["depth=3"])
    assert three.keys() - two.keys() == {"/3/0/11/0"}


@pytest.mark.parametrize("path, code", [
    ("/1", "2.05"), ("/1/0", "2.05"), ("/1/0/8", "2.05"), ("/7", "4.04"), ("/3/1", "4.04"), ("/3/0/99", "4.04"),
    ("/3/0/11/0", "4.05"), ("/0/0/5", "4.01"), ("/21", "4.01"), ("/", "4.00"),
])
def test_discover_answers(registered, path, code):
    assert registered.discover(path).code == code


@pytest.mark.parametrize("path, attributes, code", [
    ("/3/0/21", {"gt": 1, "lt": 1}, "4.00"), ("/3/0/21", {"gt": 10, "lt": 2, "st": 4}, "4.00"),
    ("/3/0/21", {"gt": 10, "lt": 2, "st": 3.9}, "2.04"), ("/3/0/21", {"st": -1}, "4.00"),
    ("/3/0/21", {"gt": -5.5}, "2.04"), ("/3/0/16", {"gt": 1}, "4.00"), ("/3/0", {"gt": 1}, "4.00"),
    ("/3", {"epmin": 3, "epmax": 2}, "4.00"), ("/3", {"pmin": 3, "pmax": 2}, "2.04"), ("/3", {"speed": 3}, "4.00"),
    ("/3/0/4", {"pmin": 3}, "4.05"), ("/3/7", {"pmin": 3}, "4.04"), ("/3", {"pmin": ""}, "4.00"),
])
def test_write_attributes_answers(registered, path, attributes, code):
    """All of a request or nothing of it."""
    before = discovered(registered, "/3")
    assert registered.write_attributes(path, **attributes).code == code
    assert (discovered(registered, "/3") == before) == (code != "2.04")


@pytest.mark.slow
def test_INT_301_observe_two(registered, gateway):
    """Each inside its window, with a value that changes all the time and one that does not."""
    registered.write_attributes("/3/0/13", pmin=1, pmax=3).expect("2.04")
    registered.write_attributes("/1/0/3", pmin=2, pmax=4).expect("2.04")
    begin = time.monotonic()
    clock, period = registered.observe("/3/0/13"), registered.observe("/1/0/3")
    assert clock.response.code == period.response.code == "2.05"
    clock.next(10)
    assert 0.9 <= time.monotonic() - begin < 5
    gateway.ctl("write", "/1/0/3=77")
    assert period.next(10).text == "77"
    assert 1.9 <= time.monotonic() - begin < 6
    begin = time.monotonic()
    assert period.next(10).text == "77"
    assert 3 <= time.monotonic() - begin < 6


def test_INT_302_cancel_by_reset(registered, gateway):
    kept, observation = registered.observe("/1/0/2"), registered.observe("/1/0/3")
    observation.cancel_by_reset()
    gateway.ctl("write", "/1/0/3=43")
    eventually(lambda: "/1/0/3" not in gateway.ctl("observations"), "cancelled by the Reset", 10)
    assert "/1/0/2" in gateway.ctl("observations")
    gateway.ctl("write", "/1/0/2=1")
    assert kept.next(10).text == "1"


def test_INT_303_cancel_by_observe_1(registered, gateway):
    observation = registered.observe("/1/0/3")
    gateway.ctl("write", "/1/0/3=41")
    assert observation.next(10).text == "41"
    cancelled = observation.cancel()
    assert cancelled.code == "2.05" and cancelled.observe is None
    gateway.ctl("write", "/1/0/3=42")
    quiet(observation, 1)


def test_INT_310_attributes_while_observed(registered):
    """The period changes, without a notification for that."""
    observation = registered.observe("/1/0/1")
    quiet(observation, 1)
    registered.write_attributes("/1", pmax=2).expect("2.04")
    begin = time.monotonic()
    assert observation.next(10).text == "300"
    assert time.monotonic() - begin < 4
    registered.write_attributes("/1", pmax=None).expect("2.04")
    quiet(observation, 3)


def test_INT_312_attributes_in_observe(registered):
    observation = registered.observe("/1/0/1", queries=["pmin=1", "pmax=2"])
    assert observation.response.code == "2.05" and observation.response.observe is not None
    begin = time.monotonic()
    assert observation.next(10).text == "300"
    assert 1 < time.monotonic() - begin < 4
    assert "pmax" not in discovered(registered, "/1/0/1")["/1/0/1"]


def test_INT_313_observe_before_attached(registered):
    registered.write_attributes("/1/0/1", pmax=60).expect("2.04")
    observation = registered.observe("/1/0/1", queries=["pmax=2"])
    begin = time.monotonic()
    assert observation.next(10).text == "300"
    assert time.monotonic() - begin < 4


def test_thresholds(registered, gateway, bus):
    """Only what passes gt or goes by st from what was told."""
    gateway.ctl("write", "/1/0/3=40")
    registered.write_attributes("/1/0/3", gt=45, st=10).expect("2.04")
    observation = registered.observe("/1/0/3")
    assert observation.response.text == "40"
    client = BusClient(bus.address)
    listed, = client.call("/org/lwm2md1/server/101", "Server", "ListObservations", "()")
    client.close()
    assert [(paths, attributes) for paths, _, attributes, _ in listed] == [
        (["/1/0/3"], {"pmin": 0, "pmax": 40, "gt": 45.0, "st": 10.0})]
    for value, is_told in ((44, False), (46, True), (50, False), (56, True), (44, True)):
        gateway.ctl("write", f"/1/0/3={value}")
        if is_told:
            assert observation.next(10).text == str(value)
    quiet(observation, 1)

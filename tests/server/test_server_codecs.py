# SPDX-License-Identifier: LGPL-2.1-or-later
"""The codecs against the examples that the standards print."""

from __future__ import annotations

import pytest

from lwm2m_server import Block, MalformedMessage, Message, Option, corelink, text, tlv

# Core 1.1, 7.4.3.1: a Read of /3/0.
DEVICE = [
    tlv.resource(0, "Open Mobile Alliance"),
    tlv.resource(1, "Lightweight M2M Client"),
    tlv.resource(2, "345000123"),
    tlv.resource(3, "1.0"),
    tlv.multiple(6, {0: 1, 1: 5}),
    tlv.multiple(7, {0: 3800, 1: 5000}),
    tlv.multiple(8, {0: 125, 1: 900}),
    tlv.resource(9, 100),
    tlv.resource(10, 15),
    tlv.multiple(11, {0: 0}),
    tlv.resource(13, 1367491215),
    tlv.resource(14, "+02:00"),
    tlv.resource(16, "U"),
]
DEVICE_HEX = (
    "c800144f70656e204d6f62696c6520416c6c69616e6365"
    "c801164c69676874776569676874204d324d20436c69656e74"
    "c80209333435303030313233"
    "c303312e30"
    "8606" "410001" "410105"
    "880708" "42000ed8" "42011388"
    "8708" "41007d" "42010384"
    "c10964"
    "c10a0f"
    "830b" "410000"
    "c40d5182428f"
    "c60e2b30323a3030"
    "c11055")
# Core 1.1, 7.4.3.2: a Read of /2 with two instances.
ACCESS = [
    tlv.instance(0, tlv.resource(0, 1), tlv.resource(1, 0), tlv.multiple(2, {127: 7}),
                 tlv.resource(3, 127)),
    tlv.instance(2, tlv.resource(0, 3), tlv.resource(1, 0),
                 tlv.multiple(2, {127: 7, 310: 1}), tlv.resource(3, 127)),
]
ACCESS_HEX = (
    "08000e" "c10001" "c10100" "8302" "417f07" "c1037f"
    "080212" "c10003" "c10100" "8702" "417f07" "61013601" "c1037f")
# Core 1.1, 7.4.3.3: object links.
LINKS = [tlv.multiple(0, {0: (66, 0), 1: (66, 1)}), tlv.resource(1, "8613800755500"),
         tlv.resource(2, 0x12345678)]
LINKS_HEX = ("88000c" "440000420000" "440100420001" "c8010d38363133383030373535353030"
             "c40212345678")


@pytest.mark.parametrize("records, octets", [
    (DEVICE, DEVICE_HEX), (ACCESS, ACCESS_HEX), (LINKS, LINKS_HEX)])
def test_tlv_examples(records: list[tlv.Tlv], octets: str) -> None:
    assert tlv.encode(records).hex() == octets
    assert tlv.decode(bytes.fromhex(octets)) == records


@pytest.mark.parametrize("octets", [
    "c1", "c101", "c20101", "c80102", "c8010161", "e1000161", "c1016100", "c90101", "41000100",
    "c10061c10062", "810161", "0600c10061c10062", "00", "8303c10061", "02000000", "0000c10061",
    "410061c10061", "080203" "410001", "c8000461626364",
    "d000000861" + "62" * 7,
])
def test_tlv_refuses(octets: str) -> None:
    with pytest.raises(tlv.TlvError):
        tlv.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("value, octets", [
    (0, "00"), (127, "7f"), (128, "0080"), (-128, "80"), (-129, "ff7f"), (32768, "00008000"),
    (1 << 31, "0000000080000000"), (True, "01"), (1.5, "3ff8000000000000"), ((3, 0), "00030000"),
    ("é", "c3a9"), (b"\0", "00")])
def test_tlv_values(value: object, octets: str) -> None:
    assert tlv.to_bytes(value).hex() == octets


@pytest.mark.parametrize("read, octets", [
    (tlv.as_integer, ""), (tlv.as_integer, "000000"), (tlv.as_boolean, "02"),
    (tlv.as_boolean, "0001"), (tlv.as_float, "0000"), (tlv.as_objlnk, "000000")])
def test_tlv_values_refused(read: object, octets: str) -> None:
    with pytest.raises(tlv.TlvError):
        read(bytes.fromhex(octets))  # type: ignore[operator]


@pytest.mark.parametrize("length, head", [
    (7, "c701"), (8, "c80108"), (255, "c801ff"), (256, "d0010100"), (65535, "d001ffff"),
    (65536, "d801010000")])
def test_tlv_lengths(length: int, head: str) -> None:
    data = tlv.encode([tlv.resource(1, bytes(length))])
    assert data[:len(head) // 2].hex() == head
    assert tlv.decode(data)[0].value == bytes(length)


def test_links_of_rfc_6690() -> None:
    body = ('</sensors>;ct=40;title="Sensor Index",</sensors/temp>;rt="temperature-c";if="sensor",'
            '<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby"')
    links = corelink.parse(body)
    assert [link.target for link in links] == [
        "/sensors", "/sensors/temp", "http://www.example.com/sensors/t123"]
    assert links[0].attributes == {"ct": "40", "title": "Sensor Index"}
    assert corelink.parse(corelink.serialize(links)) == links


def test_links_of_lwm2m() -> None:
    links = corelink.by_target(corelink.parse(
        b'</>;rt="oma.lwm2m";ct="110 112",</1>;ver=1.1,</1/0>,'
        b'</3/0/7>;dim=8;gt=50;lt=42.2;obs,</16>'))
    assert links["/"] == {"rt": "oma.lwm2m", "ct": "110 112"}
    assert links["/1"] == {"ver": "1.1"}
    assert links["/3/0/7"] == {"dim": "8", "gt": "50", "lt": "42.2", "obs": True}
    assert links["/16"] == {}


@pytest.mark.parametrize("body", [
    "/1", "<1", "</1>,", ",</1>", "</1>;", "</1>, </3>", "</1>;a=;b=1", "</1>;a=\"x", "</1>;a;a",
    "</1></3>", "</1 >"])
def test_links_refused(body: str) -> None:
    with pytest.raises(corelink.LinkError):
        corelink.parse(body)


def test_text() -> None:
    assert text.integer(b"-12") == -12 and text.real(b"1.5e3") == 1500 and text.boolean(b"1")
    assert text.objlnk(b"3:0") == (3, 0) and text.opaque(b"AAE=") == b"\0\1"
    assert text.encode(True) == b"1" and text.encode((3, 0)) == b"3:0"
    for read, data in ((text.integer, b" 1"), (text.integer, b"01"), (text.boolean, b"true"),
                       (text.real, b"1."), (text.objlnk, b"3")):
        with pytest.raises(text.TextError):
            read(data)


def test_message_of_rfc_7252() -> None:
    """RFC 7252, Appendix A, figure 16: GET coap://server/temperature, and its answer."""
    request = Message("CON", "0.01", 0x7D34, b"", [(Option.URI_PATH, b"temperature")])
    assert request.encode() == bytes.fromhex("40017d34bb") + b"temperature"
    answer = Message("ACK", "2.05", 0x7D34, b"", [], b"22.3 C")
    assert answer.encode() == bytes.fromhex("60457d34ff") + b"22.3 C"
    for message in (request, answer):
        assert Message.decode(message.encode()) == message


def test_message_options_of_every_size() -> None:
    message = Message("NON", "0.02", 1, b"12345678", [
        (n, bytes(length)) for n, length in ((1, 0), (13, 12), (26, 13), (300, 268), (300, 269),
                                             (60000, 1000))], b"x")
    assert Message.decode(message.encode()) == message


@pytest.mark.parametrize("octets", [
    "", "400100", "80010001", "49010001" + "00" * 9, "41010001", "40010001ff", "40010001f0",
    "400100010f", "40010001d0", "4001000112", "40000001ff61", "4001000113"])
def test_message_refused(octets: str) -> None:
    with pytest.raises(MalformedMessage):
        Message.decode(bytes.fromhex(octets))


def test_block_option_of_rfc_7959() -> None:
    assert Block(0, False, 0).encode() == b""
    assert Block(3, True, 2).encode() == b"\x3a"
    assert Block.decode(b"\x01\x0e") == Block(16, True, 6)
    assert Block(16, True, 6).offset == 16384

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short messages and secured packets taken apart for a reader: each field with its octets and their meaning."""
from __future__ import annotations

from dataclasses import dataclass, field

from demo_screen import Row
from lwm2m_server.coap import METHODS, MalformedMessage, Message, Option

DELIVER, SUBMIT, REPORT = 0, 1, 2  # TP-MTI; TS 23.040, 9.2.3.1
NAMES = {DELIVER: "SMS-DELIVER", SUBMIT: "SMS-SUBMIT", REPORT: "SMS-STATUS-REPORT"}
PROTOCOLS = {0x00: "none", 0x7D: "ME data download", 0x7F: "(U)SIM data download"}
CODINGS = {0x04: "8-bit data", 0xF5: "8-bit data, class 1: for the device", 0xF6: "8-bit data, class 2: for the card"}
CLEAR = 10  # octets of a packet that are not ciphered: CPL to TAR
COUNTED = 6  # CNTR and PCNTR
TEXT = 60  # a payload in a line


class Unreadable(ValueError):
    """Octets that are none of what is taken apart here."""


@dataclass
class Tpdu:
    """One short message. concatenation: reference, total, sequence."""

    name: str
    rows: list[Row] = field(default_factory=list)
    number: str = ""
    concatenation: tuple[int, int, int] | None = None
    secured: bool = False
    data: bytes = b""


class Reader:
    """Takes octets off the front, a row each."""

    def __init__(self, octets: bytes) -> None:
        self.octets, self.at = octets, 0
        self.rows: list[Row] = []

    def take(self, name: str, count: int, text: str = "") -> bytes:
        part = self.octets[self.at:self.at + count]
        if len(part) < count:
            raise Unreadable(f"ends in {name}: {self.octets.hex()}")
        self.at += count
        self.rows.append(Row(name, part, text))
        return part

    def explain(self, text: str) -> None:
        """What the last row means, where that depends on its octets."""
        self.rows[-1] = self.rows[-1]._replace(text=text)

    def peek(self) -> int:
        if self.at >= len(self.octets):
            raise Unreadable(f"ends early: {self.octets.hex()}")
        return self.octets[self.at]


def swapped(octets: bytes) -> str:
    """Semi-octets, the lower one first."""
    return "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets)


def _take_address(reader: Reader, name: str) -> str:
    count = reader.peek()
    octets = reader.take(name, 2 + (count + 1) // 2)
    number = ("+" if octets[1] & 0x70 == 0x10 else "") + swapped(octets[2:])[:count]
    reader.explain(number)
    return number


def _take_time(reader: Reader, name: str) -> None:
    octets = reader.take(name, 7)
    year, month, day, hour, minute, second = (swapped(octets)[i:i + 2] for i in range(0, 12, 2))
    quarters = (octets[6] & 7) * 10 + (octets[6] >> 4)
    sign = "-" if octets[6] & 8 else "+"
    reader.explain(f"20{year}-{month}-{day} {hour}:{minute}:{second} {sign}{quarters // 4:02}:{quarters % 4 * 15:02}")


def _take_validity(reader: Reader, first: int) -> None:
    """TS 23.040, 9.2.3.12; of the relative form, how long."""
    form = first >> 3 & 3
    if form == 2:
        value = reader.take("TP-VP", 1)[0]
        minutes = (value + 1) * 5 if value < 144 else 720 + (value - 143) * 30
        days = value - 166 if value < 197 else (value - 192) * 7
        reader.explain(f"valid for {minutes} min" if value < 168 else f"valid for {days} days")
    elif form:
        reader.take("TP-VP", 7, "until when it is valid")


def _first_octet(first: int, kind: int) -> str:
    words = [NAMES[kind]]
    if kind == DELIVER:
        words.append("no more waiting" if first & 0x04 else "more waiting")
    if first & 0x20:
        words.append("status report wanted" if kind == SUBMIT else "status report returned")
    if first & 0x40:
        words.append("has a user data header")
    return ", ".join(words)


def _take_element(reader: Reader, tpdu: Tpdu) -> None:
    kind, length = reader.peek(), (reader.octets[reader.at + 1:] or b"\xff")[0]
    octets = reader.take(f"element {kind:02X}", 2 + length)[2:]
    if kind == 0x00 and length == 3:
        tpdu.concatenation = octets[0], octets[1], octets[2]
        reader.explain(f"concatenation: message {octets[0]}, part {octets[2]} of {octets[1]}")
    elif kind == 0x08 and length == 4:
        tpdu.concatenation = octets[0] << 8 | octets[1], octets[2], octets[3]
        reader.explain(f"concatenation: message {tpdu.concatenation[0]}, part {octets[3]} of {octets[2]}")
    elif kind == 0x70:
        tpdu.secured = True
        reader.explain("a command packet follows")


def _take_user_data(reader: Reader, tpdu: Tpdu, header: bool) -> None:
    reader.take("TP-UDL", 1, f"{reader.peek()} octets of user data")
    if header:
        length = reader.take("UDHL", 1, f"{reader.peek()} octets of header")[0]
        end = reader.at + length
        while reader.at < end:
            _take_element(reader, tpdu)
    tpdu.data = reader.octets[reader.at:]


def dissect(octets: bytes) -> Tpdu:
    """A TPDU without the service centre's address. Unreadable for what is cut off or of another kind."""
    reader = Reader(octets)
    first = reader.take("first octet", 1)[0]
    kind = first & 3
    if kind not in NAMES:
        raise Unreadable(f"TP-MTI {kind}")
    reader.explain(_first_octet(first, kind))
    tpdu = Tpdu(NAMES[kind], reader.rows)
    if kind != DELIVER:
        reader.take("TP-MR", 1, "reference, for the modem to fill in" if kind == SUBMIT else "reference")
    if kind == REPORT:
        tpdu.number = _take_address(reader, "TP-RA")
        _take_time(reader, "TP-SCTS")
        _take_time(reader, "TP-DT")
        reader.take("TP-ST", 1, "delivered" if reader.peek() < 0x20 else "not delivered")
        return tpdu
    tpdu.number = _take_address(reader, "TP-DA" if kind == SUBMIT else "TP-OA")
    reader.take("TP-PID", 1, PROTOCOLS.get(reader.peek(), ""))
    reader.take("TP-DCS", 1, CODINGS.get(reader.peek(), ""))
    if kind == SUBMIT:
        _take_validity(reader, first)
    else:
        _take_time(reader, "TP-SCTS")
    _take_user_data(reader, tpdu, bool(first & 0x40))
    return tpdu


# ---- Secured packets: TS 102 225, 5.1; TS 31.115, 4.2

COUNTER_RULES = ("no counter", "any counter", "higher counters only", "the next counter only")
CHECKS = ("no check", "RC", "CC", "DS")


def _algorithm(octet: int, checksum: bool) -> str:
    """The nibbles of KIc and KID."""
    names = {0x2: "AES, CMAC" if checksum else "AES, CBC", 0x9: "3DES with three keys"}
    return f"{names.get(octet & 15, 'unknown')}, key set {octet >> 4}"


def clear_rows(packet: bytes) -> list[Row]:
    """What everybody can read of a packet, or of its first segment."""
    reader = Reader(packet)
    reader.take("CPL", 2, f"{int.from_bytes(packet[:2], 'big')} octets of packet follow")
    length = reader.take("CHL", 1)[0]
    reader.explain(f"{length} octets of header, {length - 13} of them CC")
    spi = reader.take("SPI", 2)
    reader.explain(f"{CHECKS[spi[0] & 3]}, {'ciphered' if spi[0] & 4 else 'not ciphered'}, "
                   f"{COUNTER_RULES[spi[0] >> 3 & 3]}, {'with' if spi[1] & 3 else 'no'} proof of receipt")
    reader.take("KIc", 1, _algorithm(reader.peek(), False))
    reader.take("KID", 1, _algorithm(reader.peek(), True))
    reader.take("TAR", 3, "the application that is meant")
    reader.take("ciphered", len(packet) - reader.at)
    return reader.rows


def plain_rows(plain: bytes, checksum: int) -> list[Row]:
    """What is under the cipher, whose checksum of so many octets was right."""
    reader = Reader(plain)
    counter = reader.take("CNTR", 5)
    reader.explain(f"counter {int.from_bytes(counter, 'big')}")
    padding = reader.take("PCNTR", 1, f"{reader.peek()} octets of padding")[0]
    reader.take("CC", checksum, "checksum, right")
    data = reader.take("CoAP", len(plain) - reader.at - padding)
    reader.explain(describe_data(data))
    return reader.rows


# ---- CoAP

def describe_data(data: bytes) -> str:
    try:
        return describe_message(Message.decode(data))
    except MalformedMessage as error:
        return f"no CoAP: {error}"


def describe_payload(payload: bytes) -> str:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return f"{len(payload)} octets"
    if not text.isprintable():
        return f"{len(payload)} octets"
    return f'"{text}"' if len(text) <= TEXT else f"{len(payload)} octets of text"


def describe_message(message: Message) -> str:
    """Type, method with path and queries or code with location, what is observed, and the payload."""
    methods = {code: name for name, code in METHODS.items()}
    words = [message.type, methods.get(message.code, message.code)]
    if message.is_request:
        words.append(message.path + ("?" + "&".join(message.queries) if message.queries else ""))
    elif message.first(Option.LOCATION_PATH) is not None:
        words.append(message.location)
    if message.observe is not None:
        words.append(f"Observe={message.observe}")
    if message.payload:
        words.append(describe_payload(message.payload))
    return " ".join(words)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""CoAP messages, options and blocks: RFC 7252, RFC 7641, RFC 7959."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

METHODS = {"GET": "0.01", "POST": "0.02", "PUT": "0.03", "DELETE": "0.04", "FETCH": "0.05",
           "PATCH": "0.06", "IPATCH": "0.07"}
TYPES = ("CON", "NON", "ACK", "RST")

TEXT, LINK, OPAQUE, TLV, JSON = 0, 40, 42, 11542, 11543


class Option(enum.IntEnum):
    """Option numbers of RFC 7252, 5.10, RFC 7641, 2, RFC 7959, 2 and 4, RFC 9175, 3.2."""

    IF_MATCH = 1
    URI_HOST = 3
    ETAG = 4
    IF_NONE_MATCH = 5
    OBSERVE = 6
    URI_PORT = 7
    LOCATION_PATH = 8
    URI_PATH = 11
    CONTENT_FORMAT = 12
    MAX_AGE = 14
    URI_QUERY = 15
    ACCEPT = 17
    LOCATION_QUERY = 20
    BLOCK2 = 23
    BLOCK1 = 27
    SIZE2 = 28
    PROXY_URI = 35
    PROXY_SCHEME = 39
    SIZE1 = 60
    REQUEST_TAG = 292


class MalformedMessage(ValueError):
    """Bytes that are no CoAP message; the text says why."""


def code_number(code: str | int) -> int:
    """'2.05' or 'GET' as the octet on the wire."""
    if isinstance(code, int):
        return code
    major, _, detail = METHODS.get(code, code).partition(".")
    return int(major) << 5 | int(detail)


def code_text(number: int) -> str:
    """The octet on the wire as '2.05'; methods are '0.01' to '0.07'."""
    return f"{number >> 5}.{number & 31:02d}"


def uint_bytes(value: int) -> bytes:
    """An option value of the format uint: no leading zero octets, RFC 7252, 3.2."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def uint(value: bytes) -> int:
    """The number an option value of the format uint stands for."""
    return int.from_bytes(value, "big")


class Block(NamedTuple):
    """The value of Block1 and Block2: RFC 7959, 2.2."""

    num: int
    more: bool
    szx: int

    @property
    def size(self) -> int:
        """Octets in a block; SZX 7 is reserved and counts as 6 here."""
        return 16 << min(self.szx, 6)

    @property
    def offset(self) -> int:
        """Where in the body this block begins."""
        return self.num * self.size

    def encode(self) -> bytes:
        """The option value."""
        return uint_bytes(self.num << 4 | bool(self.more) << 3 | self.szx)

    @classmethod
    def decode(cls, value: bytes) -> "Block":
        """From the option value."""
        number = uint(value)
        return cls(number >> 4, bool(number & 8), number & 7)


@dataclass
class Message:
    """One CoAP message. The code is text ('2.05'); options are (number, bytes), in their order."""

    type: str = "CON"
    code: str = "0.00"
    mid: int = 0
    token: bytes = b""
    options: list[tuple[int, bytes]] = field(default_factory=list)
    payload: bytes = b""

    def all(self, number: int) -> list[bytes]:
        """The values of every option of that number."""
        return [value for n, value in self.options if n == number]

    def first(self, number: int) -> bytes | None:
        """The value of the first option of that number."""
        return next(iter(self.all(number)), None)

    def number(self, number: int) -> int | None:
        """The first option of that number read as an unsigned integer."""
        value = self.first(number)
        return None if value is None else uint(value)

    def _block(self, number: int) -> Block | None:
        value = self.first(number)
        return None if value is None else Block.decode(value)

    @property
    def path(self) -> str:
        """Uri-Path as '/a/b'."""
        return "/" + "/".join(v.decode("utf-8", "replace") for v in self.all(Option.URI_PATH))

    @property
    def location(self) -> str:
        """Location-Path as '/rd/1'."""
        return "/" + "/".join(v.decode("utf-8", "replace") for v in self.all(Option.LOCATION_PATH))

    @property
    def queries(self) -> list[str]:
        """Each Uri-Query as text."""
        return [v.decode("utf-8", "replace") for v in self.all(Option.URI_QUERY)]

    @property
    def content_format(self) -> int | None:
        """Content-Format."""
        return self.number(Option.CONTENT_FORMAT)

    @property
    def accept(self) -> int | None:
        """Accept."""
        return self.number(Option.ACCEPT)

    @property
    def observe(self) -> int | None:
        """Observe."""
        return self.number(Option.OBSERVE)

    @property
    def block1(self) -> Block | None:
        """Block1."""
        return self._block(Option.BLOCK1)

    @property
    def block2(self) -> Block | None:
        """Block2."""
        return self._block(Option.BLOCK2)

    @property
    def is_request(self) -> bool:
        """Whether the code is a method."""
        return "0.01" <= self.code <= "0.31"

    @property
    def is_response(self) -> bool:
        """Whether the code is of class 2, 4 or 5."""
        return self.code[0] in "245"

    def encode(self) -> bytes:
        """The datagram, RFC 7252, 3. Options are sorted by number, equal ones keep their order."""
        out = bytearray([0x40 | TYPES.index(self.type) << 4 | len(self.token),
                         code_number(self.code)])
        out += self.mid.to_bytes(2, "big") + self.token
        last = 0
        for number, value in sorted(self.options, key=lambda option: option[0]):
            out += _encode_option(number - last, value)
            last = number
        if self.payload:
            out += b"\xff" + self.payload
        return bytes(out)

    @classmethod
    def decode(cls, data: bytes) -> "Message":
        """From a datagram. MalformedMessage for what RFC 7252, 3 calls a format error."""
        if len(data) < 4:
            raise MalformedMessage("shorter than a header")
        if data[0] >> 6 != 1:
            raise MalformedMessage(f"version {data[0] >> 6}")
        token_length = data[0] & 15
        if token_length > 8 or len(data) < 4 + token_length:
            raise MalformedMessage(f"token length {token_length}")
        message = cls(TYPES[data[0] >> 4 & 3], code_text(data[1]), int.from_bytes(data[2:4], "big"),
                      data[4:4 + token_length])
        if data[1] == 0 and len(data) > 4:
            raise MalformedMessage("empty message with more than a header")
        message.options, message.payload = _decode_options(data[4 + token_length:])
        return message


def _nibble(number: int) -> tuple[int, bytes]:
    if number < 13:
        return number, b""
    if number < 269:
        return 13, bytes([number - 13])
    return 14, (number - 269).to_bytes(2, "big")


def _encode_option(delta: int, value: bytes) -> bytes:
    delta_nibble, delta_more = _nibble(delta)
    length_nibble, length_more = _nibble(len(value))
    return bytes([delta_nibble << 4 | length_nibble]) + delta_more + length_more + value


def _extended(nibble: int, data: bytes, at: int) -> tuple[int, int]:
    if nibble == 15:
        raise MalformedMessage("reserved option delta or length 15")
    size = max(0, nibble - 12)
    if at + size > len(data):
        raise MalformedMessage("option cut off")
    base = {13: 13, 14: 269}.get(nibble, nibble)
    return base + int.from_bytes(data[at:at + size], "big"), at + size


def _decode_options(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    options, number, at = [], 0, 0
    while at < len(data):
        octet = data[at]
        at += 1
        if octet == 0xFF:
            if at == len(data):
                raise MalformedMessage("payload marker without payload")
            return options, data[at:]
        delta, at = _extended(octet >> 4, data, at)
        length, at = _extended(octet & 15, data, at)
        if at + length > len(data):
            raise MalformedMessage("option value cut off")
        number += delta
        options.append((number, data[at:at + length]))
        at += length
    return options, b""


def path_options(path: str) -> list[tuple[int, bytes]]:
    """'/3/0' as Uri-Path options; '/' is none."""
    return [(Option.URI_PATH, part.encode()) for part in path.split("/") if part]


def query_options(*queries: str) -> list[tuple[int, bytes]]:
    """Each text as a Uri-Query option."""
    return [(Option.URI_QUERY, query.encode()) for query in queries]

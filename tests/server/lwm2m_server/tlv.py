# SPDX-License-Identifier: LGPL-2.1-or-later
"""The TLV format of LwM2M (Content-Format 11542): Core 1.1, 7.4.3."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

INSTANCE, RESOURCE_INSTANCE, MULTIPLE, RESOURCE = 0, 1, 2, 3
KIND_NAMES = ("object instance", "resource instance", "multiple resource", "resource")

# What may stand inside an object instance and inside a multiple resource.
_CHILDREN = {INSTANCE: {MULTIPLE, RESOURCE}, MULTIPLE: {RESOURCE_INSTANCE}}


class TlvError(ValueError):
    """Bytes that are no TLV; the text says why."""


@dataclass
class Tlv:
    """One record. A nesting one (object instance, multiple resource) has children, else a value."""

    kind: int
    id: int
    value: bytes = b""
    children: list["Tlv"] = field(default_factory=list)

    @property
    def integer(self) -> int:
        """The value as an integer (also for time)."""
        return as_integer(self.value)

    @property
    def real(self) -> float:
        """The value as a float."""
        return as_float(self.value)

    @property
    def boolean(self) -> bool:
        """The value as a boolean."""
        return as_boolean(self.value)

    @property
    def text(self) -> str:
        """The value as a string."""
        return self.value.decode("utf-8")

    @property
    def objlnk(self) -> tuple[int, int]:
        """The value as an object link."""
        return as_objlnk(self.value)

    def child(self, number: int) -> "Tlv":
        """The child with that id; KeyError when there is none."""
        return find(self.children, number)


def find(records: list[Tlv], number: int) -> Tlv:
    """The record with that id; KeyError when there is none."""
    for record in records:
        if record.id == number:
            return record
    raise KeyError(f"no record {number} among {[r.id for r in records]}")


def instance(number: int, *children: Tlv) -> Tlv:
    """An object instance."""
    return Tlv(INSTANCE, number, children=list(children))


def multiple(number: int, values: dict[int, object]) -> Tlv:
    """A multiple resource of values by resource instance id."""
    return Tlv(MULTIPLE, number,
               children=[Tlv(RESOURCE_INSTANCE, i, to_bytes(v)) for i, v in values.items()])


def resource(number: int, value: object) -> Tlv:
    """A single resource."""
    return Tlv(RESOURCE, number, to_bytes(value))


def to_bytes(value: object) -> bytes:
    """bool, int, float (8 octets), str, bytes, (object, instance) as TLV value octets."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        size = next(n for n in (1, 2, 4, 8) if -(1 << 8 * n - 1) <= value < 1 << 8 * n - 1)
        return value.to_bytes(size, "big", signed=True)
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, tuple) and len(value) == 2:
        return struct.pack(">HH", *value)
    raise TypeError(f"no TLV form of {value!r}")


def as_integer(value: bytes) -> int:
    """1, 2, 4 or 8 octets, two's complement."""
    if len(value) not in (1, 2, 4, 8):
        raise TlvError(f"an integer of {len(value)} octets")
    return int.from_bytes(value, "big", signed=True)


def as_float(value: bytes) -> float:
    """4 or 8 octets."""
    if len(value) not in (4, 8):
        raise TlvError(f"a float of {len(value)} octets")
    return struct.unpack(">f" if len(value) == 4 else ">d", value)[0]


def as_boolean(value: bytes) -> bool:
    """One octet, 0 or 1."""
    if value not in (b"\0", b"\1"):
        raise TlvError(f"a boolean {value.hex()}")
    return value == b"\1"


def as_objlnk(value: bytes) -> tuple[int, int]:
    """Object and instance."""
    if len(value) != 4:
        raise TlvError(f"an object link of {len(value)} octets")
    return struct.unpack(">HH", value)


def encode(records: list[Tlv]) -> bytes:
    """The octets of a list of records."""
    return b"".join(_encode_one(record) for record in records)


def _encode_one(record: Tlv) -> bytes:
    value = encode(record.children) if record.kind in _CHILDREN else record.value
    length = len(value)
    octet = record.kind << 6
    number = bytes([record.id]) if record.id < 256 else record.id.to_bytes(2, "big")
    octet |= (len(number) - 1) << 5
    if length < 8:
        return bytes([octet | length]) + number + value
    size = (length.bit_length() + 7) // 8
    if size > 3:
        raise TlvError(f"a value of {length} octets")
    return bytes([octet | size << 3]) + number + length.to_bytes(size, "big") + value


def decode(data: bytes) -> list[Tlv]:
    """The records of a payload, strictly: TlvError for lengths that overrun, wrong nesting, kinds
    that do not go together, ids that occur twice, and lengths or ids in a longer form than
    needed."""
    records = _decode(data, {INSTANCE, RESOURCE_INSTANCE, MULTIPLE, RESOURCE})
    levels = {{MULTIPLE: RESOURCE}.get(record.kind, record.kind) for record in records}
    if len(levels) > 1:
        raise TlvError(f"{' and '.join(KIND_NAMES[k] for k in sorted(levels))} side by side")
    return records


def _decode(data: bytes, allowed: set[int]) -> list[Tlv]:
    records: list[Tlv] = []
    at = 0
    while at < len(data):
        record, at = _decode_one(data, at)
        if record.kind not in allowed:
            raise TlvError(f"a {KIND_NAMES[record.kind]} in the wrong place")
        if any(other.id == record.id for other in records):
            raise TlvError(f"id {record.id} twice")
        records.append(record)
    return records


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise TlvError(f"cut off at octet {len(data)}")
    return data[at:at + size], at + size


def _decode_one(data: bytes, at: int) -> tuple[Tlv, int]:
    octet = data[at]
    number, at = _take(data, at + 1, 2 if octet & 0x20 else 1)
    size = octet >> 3 & 3
    if size == 0:
        length = octet & 7
    else:
        if octet & 7:
            raise TlvError("length bits in the type octet beside a length field")
        field_, at = _take(data, at, size)
        length = int.from_bytes(field_, "big")
        if length < 8 or length < 1 << 8 * (size - 1):
            raise TlvError(f"length {length} in {size} octets")
    if len(number) == 2 and number[0] == 0:
        raise TlvError(f"id {number[1]} in two octets")
    value, at = _take(data, at, length)

    record = Tlv(octet >> 6, int.from_bytes(number, "big"))
    if record.kind in _CHILDREN:
        record.children = _decode(value, _CHILDREN[record.kind])
    else:
        record.value = value
    return record, at

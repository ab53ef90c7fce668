"""Protobuf's wire format by hand, as far as W&B's records need it.

The SDK ships message classes, but importing them costs half a second and parsing every record
with them costs three quarters of the reading time. Field numbers are those of
`wandb_internal.proto`, stable since SDK 0.10.
"""

from __future__ import annotations

import struct
from typing import Final

_DOUBLE: Final = struct.Struct("<d")
_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_FIXED32: Final = 5
_SIGN_BIT: Final = 1 << 63
_SHIFTS: Final = range(7, 64, 7)
_MORE: Final = 0x80
_NUM_TAG: Final = 0x08
_ENVELOPE: Final = frozenset({1, 16, 19, 200})  # num, control, uuid, _info: around every record


class WireError(ValueError):
    """Bytes that are no protobuf message; caught where the record is read."""


def varint(buffer: bytes, position: int) -> tuple[int, int]:
    """Read a variable-length integer: its value and the position after it."""
    value = buffer[position]
    position += 1
    if value < _MORE:
        return value, position
    value &= 0x7F
    for shift in _SHIFTS:
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return value, position
    msg = "an integer is longer than 64 bits"
    raise WireError(msg)


def encoded_varint(value: int) -> bytes:
    """Write a non-negative integer the way `varint` reads it."""
    encoded = bytearray()
    while value >= _MORE:
        encoded.append(value & 0x7F | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def record_body(payload: bytes) -> tuple[int, int, int]:
    """Find what a `wandb_internal.Record` carries: field number, start and end.

    Returns:
        `(0, 0, 0)` for a record that carries nothing.

    Raises:
        WireError: The bytes are no message.
        IndexError: The bytes end in mid-field.
    """
    position = 0
    size = len(payload)
    while position < size:
        tag = payload[position]
        position += 1
        if tag == _NUM_TAG:
            while payload[position] >= _MORE:
                position += 1
            position += 1
            continue
        if tag >= _MORE:
            tag, position = varint(payload, position - 1)
        if tag & 7 != _BYTES:
            position = _skipped(payload, position, tag & 7)
            continue
        length = payload[position]
        position += 1
        if length >= _MORE:
            length, position = varint(payload, position - 1)
        if position + length > size:
            msg = "a field is longer than its record"
            raise WireError(msg)
        if tag >> 3 not in _ENVELOPE:
            return tag >> 3, position, position + length
        position += length
    return 0, 0, 0


def _skipped(buffer: bytes, position: int, wire_type: int) -> int:
    """Give the position after a field that is not length-delimited."""
    if wire_type == _VARINT:
        return varint(buffer, position)[1]
    if wire_type == _FIXED64:
        return position + 8
    if wire_type == _FIXED32:
        return position + 4
    msg = f"wire type {wire_type} is in no W&B message"
    raise WireError(msg)


class Message:
    """A message taken apart into its fields, for the records that are rare.

    Raises:
        WireError: The bytes are no message.
    """

    __slots__ = ("_bytes", "_numbers")

    def __init__(self, raw: bytes) -> None:
        """Take `raw` apart at once; absent fields read as protobuf's defaults."""
        self._bytes: dict[int, list[bytes]] = {}
        self._numbers: dict[int, int] = {}
        position = 0
        try:
            while position < len(raw):
                tag, position = varint(raw, position)
                if tag & 7 == _BYTES:
                    length, position = varint(raw, position)
                    self._bytes.setdefault(tag >> 3, []).append(raw[position : position + length])
                    position += length
                else:
                    after = _skipped(raw, position, tag & 7)
                    self._numbers[tag >> 3] = (
                        varint(raw, position)[0]
                        if tag & 7 == _VARINT
                        else int.from_bytes(raw[position:after], "little")
                    )
                    position = after
        except IndexError:
            position = -1
        if position != len(raw):
            msg = "a message ends in mid-field"
            raise WireError(msg)

    def has(self, field: int) -> bool:
        """Say whether the field was written."""
        return field in self._bytes or field in self._numbers

    def number(self, field: int) -> int:
        """Give an integer field (signed 64 bits), 0 if absent."""
        value = self._numbers.get(field, 0) & (2 * _SIGN_BIT - 1)
        return value - 2 * _SIGN_BIT if value & _SIGN_BIT else value

    def double(self, field: int) -> float:
        """Give a floating-point field."""
        raw = (self._numbers.get(field, 0) & (2 * _SIGN_BIT - 1)).to_bytes(8, "little")
        return float(_DOUBLE.unpack(raw)[0])

    def chunks(self, field: int) -> list[bytes]:
        """Give every value of a length-delimited field."""
        return self._bytes.get(field, [])

    def text(self, field: int) -> str:
        """Give a string field, "" if absent; bytes that are no UTF-8 are replaced."""
        values = self._bytes.get(field)
        return values[-1].decode("utf-8", "replace") if values else ""

    def texts(self, field: int) -> tuple[str, ...]:
        """Give a repeated string field."""
        return tuple(value.decode("utf-8", "replace") for value in self.chunks(field))

    def message(self, field: int) -> Message:
        """Give a message field, an empty message if absent."""
        return Message(b"".join(self.chunks(field)))

    def messages(self, field: int) -> list[Message]:
        """Give a repeated message field."""
        return [Message(value) for value in self.chunks(field)]

    def timestamp_s(self, field: int) -> float | None:
        """Give a `google.protobuf.Timestamp` field in seconds since the Unix epoch."""
        if not self.has(field):
            return None
        stamp = self.message(field)
        return stamp.number(1) + stamp.number(2) / 1e9

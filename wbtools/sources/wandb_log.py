"""The framing of a `.wandb` file: a LevelDB-style log, read so that damage costs little.

After a 7-byte file header come blocks of 32 KiB. A block holds fragments: crc32 (4 bytes, little
endian, over the type byte and the data), length (2), type (1: full, first, middle, last), data.
Fewer than 7 bytes left in a block are padding. A record longer than the room left is cut into
fragments. Seen from SDK 0.10 to 0.31; nothing here opens a file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_HEADER: Final = b":W&B\xe1\xbe\x00"
BLOCK_BYTES: Final = 32 * 1024
FRAGMENT_HEADER: Final = struct.Struct("<IHB")
FULL: Final = 1
FIRST: Final = 2
MIDDLE: Final = 3
LAST: Final = 4

_DAMAGED: Final = 0
_BEGINNINGS: Final = frozenset({FULL, FIRST})
_MASK: Final = BLOCK_BYTES - 1
_HEADER_BYTES: Final = FRAGMENT_HEADER.size
_NO_HEADER: Final = bytes(_HEADER_BYTES)


class DamageKind(StrEnum):
    """What can be wrong with a run file."""

    MISSING = "missing"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NOT_A_RUN_FILE = "no W&B file header"
    CUT = "cut in mid-record"
    CHECKSUM = "checksum"
    TYPE = "unknown fragment type"
    LENGTH = "fragment longer than its block"
    ZEROS = "zeros where a record should be"
    ORPHAN = "fragment without the rest of its record"
    CONTENT = "record that is no protobuf message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One place of a run file that could not be used.

    Attributes:
        offset: Byte at which the trouble begins.
        n_bytes: Bytes that were given up there.
    """

    kind: DamageKind
    offset: int
    n_bytes: int


def payloads(data: bytes, damage: list[Damage]) -> Iterator[tuple[int, bytes]]:
    """Yield offset and content of every record that is whole, in the order of the file.

    After a damaged fragment the rest of its 32 KiB block is given up, because its length cannot
    be trusted; a record that runs on into the next block is lost with it. Nothing raises: random
    bytes give no record and one entry of damage.

    Args:
        data: The whole file.
        damage: Receives what was skipped; adjoining places become one entry.
    """
    begun: list[bytes] = []
    begun_at = 0
    after_damage = False
    for position, kind, content in _fragments(data, damage):
        if begun and kind in _BEGINNINGS:
            _note(damage, DamageKind.ORPHAN, begun_at, position - begun_at)
            begun = []
        if kind == FULL:
            after_damage = False
            yield position, content
        elif kind == FIRST:
            after_damage = False
            begun, begun_at = [content], position
        elif kind == _DAMAGED:
            after_damage = True
            begun = []
        elif begun:
            begun.append(content)
            if kind == LAST:
                yield begun_at, b"".join(begun)
                begun = []
        elif not after_damage:
            _note(damage, DamageKind.ORPHAN, position, len(content) + _HEADER_BYTES)
    if begun:
        _note(damage, DamageKind.CUT, begun_at, len(data) - begun_at)


def _fragments(data: bytes, damage: list[Damage]) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, type and content of each fragment; type 0 where one was damaged."""
    size = len(data)
    if size < len(FILE_HEADER):
        if not damage:
            kind = DamageKind.CUT if size else DamageKind.EMPTY
            damage.append(Damage(kind=kind, offset=0, n_bytes=size))
        return
    if not data.startswith(FILE_HEADER):
        _note(damage, DamageKind.NOT_A_RUN_FILE, 0, len(FILE_HEADER))
    view = memoryview(data)
    unpack = FRAGMENT_HEADER.unpack_from
    position = len(FILE_HEADER)
    while position < size:
        room = BLOCK_BYTES - (position & _MASK)
        if room < _HEADER_BYTES:
            position += room
            continue
        if size - position < _HEADER_BYTES:
            _note(damage, DamageKind.CUT, position, size - position)
            return
        checksum, length, kind = unpack(data, position)
        start = position + _HEADER_BYTES
        end = start + length
        if (
            length > room - _HEADER_BYTES
            or crc32(view[start - 1 : end]) != checksum
            or end > size
            or not FULL <= kind <= LAST
        ):
            lost = min(room, size - position)
            _note(damage, _trouble(data, position, room), position, lost)
            yield position, _DAMAGED, b""
            position += lost
        else:
            yield position, kind, data[start:end]
            position = end


def _trouble(data: bytes, position: int, room: int) -> DamageKind:
    """Name what is wrong with the fragment at `position`, `room` bytes before its block's end."""
    _, length, kind = FRAGMENT_HEADER.unpack_from(data, position)
    if data[position : position + _HEADER_BYTES] == _NO_HEADER:
        return DamageKind.ZEROS
    if not FULL <= kind <= LAST:
        return DamageKind.TYPE
    if length > room - _HEADER_BYTES:
        return DamageKind.LENGTH
    if position + _HEADER_BYTES + length > len(data):
        return DamageKind.CUT
    return DamageKind.CHECKSUM


def _note(damage: list[Damage], kind: DamageKind, offset: int, n_bytes: int) -> None:
    """Add an entry, or lengthen the last one if this place adjoins it."""
    if damage and damage[-1].offset + damage[-1].n_bytes == offset:
        last = damage.pop()
        kind, offset, n_bytes = last.kind, last.offset, last.n_bytes + n_bytes
    damage.append(Damage(kind=kind, offset=offset, n_bytes=n_bytes))

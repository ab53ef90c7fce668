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
LAST: Final = 4


_MASK: Final = BLOCK_BYTES - 1
_HEADER_BYTES: Final = FRAGMENT_HEADER.size
_LAST_START: Final = BLOCK_BYTES - _HEADER_BYTES
_NO_HEADER: Final = bytes(_HEADER_BYTES)
_SEEDS: Final = tuple(crc32(bytes([kind])) for kind in range(256))


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
    NAMES = "names too many or too long to keep"


ENDED_EARLY: Final = frozenset({DamageKind.CUT, DamageKind.EMPTY, DamageKind.MISSING})
"""What a run leaves behind that was killed, or is still at work: nothing of it was lost."""


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


@dataclass(slots=True, kw_only=True)
class LogPlace:
    """Up to where a file that may grow was read for good; what lies behind may be read otherwise.

    It lies at the beginning of a fragment, or of the whole record that is not complete yet.

    Attributes:
        position: The byte at which reading goes on; 0 before the file header.
        excused: The rest of a record may come there whose beginning was damaged.
        damage: What could not be used up to there.
    """

    position: int = 0
    excused: bool = False
    damage: tuple[Damage, ...] = ()


def payloads(
    data: bytes, damage: list[Damage], place: LogPlace | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield offset and content of every record that is whole, in the order of the file.

    After a damaged fragment the rest of its 32 KiB block is given up, because its length cannot
    be trusted; a record that runs on into the next block is lost with it. Nothing raises: random
    bytes give no record and one entry of damage.

    Args:
        data: The whole file.
        damage: Receives what was skipped; adjoining places become one entry.
        place: Where to begin; it is moved on once the last record was given. Who begins there
            with the longer file, and with the place's damage, comes to what one reading of the
            whole file comes to.
    """
    place = place or LogPlace()
    if not place.position and not _has_begun(data, damage):
        return
    size = len(data)
    pieces = _Pieces(damage, excused=place.excused)
    unpack = FRAGMENT_HEADER.unpack_from
    position = place.position or len(FILE_HEADER)
    while position <= size - _HEADER_BYTES:
        in_block = position & _MASK
        if in_block > _LAST_START:
            position += BLOCK_BYTES - in_block
            continue
        checksum, length, kind = unpack(data, position)
        start = position + _HEADER_BYTES
        end = start + length
        content = data[start:end]
        if (
            crc32(content, _SEEDS[kind]) != checksum
            or in_block + length > _LAST_START
            or end > size
            or not FULL <= kind <= LAST
        ):
            room = BLOCK_BYTES - in_block
            lost = min(room, size - position)
            if lost < room:  # what is written next may complete the fragment
                pieces.settle(place, position)
            _note(damage, _trouble(data, position), position, lost)
            pieces.forget()
            end = position + lost
        elif kind == FULL:
            if pieces.pending:
                pieces.end(position)
            yield position, content
        else:
            whole = pieces.take(kind, position, content)
            if whole is not None:
                yield whole
        position = end
    pieces.settle(place, position)
    if position < size and position & _MASK <= _LAST_START:
        _note(damage, DamageKind.CUT, position, size - position)
    pieces.end(size, DamageKind.CUT)


def _has_begun(data: bytes, damage: list[Damage]) -> bool:
    """Look at the file header; False if there is nothing behind it to look at."""
    size = len(data)
    if size < len(FILE_HEADER):
        if not damage:
            kind = DamageKind.CUT if size else DamageKind.EMPTY
            damage.append(Damage(kind=kind, offset=0, n_bytes=size))
        return False
    if not data.startswith(FILE_HEADER):
        _note(damage, DamageKind.NOT_A_RUN_FILE, 0, len(FILE_HEADER))
    return True


class _Pieces:
    """Fragments of one record, put together.

    Attributes:
        pending: Fragments came, or damage, and no record has begun since.
    """

    __slots__ = ("_at", "_begun", "_damage", "_excused", "_is_settled", "pending")

    def __init__(self, damage: list[Damage], *, excused: bool) -> None:
        self.pending = self._excused = excused
        self._damage = damage
        self._begun: list[bytes] = []
        self._at = 0
        self._is_settled = False

    def settle(self, place: LogPlace, position: int) -> None:
        """Move a place on, once, to the fragment at `position` or where its record has begun."""
        if self._is_settled:
            return
        self._is_settled = True
        place.position = self._at if self._begun else position
        place.excused = self._excused and not self._begun
        place.damage = tuple(self._damage)

    def forget(self) -> None:
        """Drop what was begun; the rest of it may still come, and that is no new damage."""
        self._begun = []
        self.pending = self._excused = True

    def end(self, position: int, kind: DamageKind = DamageKind.ORPHAN) -> None:
        """Note that another record begins, or that the file ends."""
        if self._begun:
            _note(self._damage, kind, self._at, position - self._at)
            self._begun = []
        self.pending = self._excused = False

    def take(self, kind: int, position: int, content: bytes) -> tuple[int, bytes] | None:
        """Take a fragment that is no full record; give the record that it completes."""
        if kind == FIRST:
            self.end(position)
            self._begun, self._at = [content], position
            self.pending = True
        elif self._begun:
            self._begun.append(content)
            if kind == LAST:
                whole = b"".join(self._begun)
                self._begun = []
                return self._at, whole
        elif not self._excused:
            _note(self._damage, DamageKind.ORPHAN, position, len(content) + _HEADER_BYTES)
        return None


def _trouble(data: bytes, position: int) -> DamageKind:
    """Name what is wrong with the fragment at `position`."""
    _, length, kind = FRAGMENT_HEADER.unpack_from(data, position)
    if data[position : position + _HEADER_BYTES] == _NO_HEADER:
        return DamageKind.ZEROS
    if not FULL <= kind <= LAST:
        return DamageKind.TYPE
    if length > BLOCK_BYTES - (position & _MASK) - _HEADER_BYTES:
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

"""What is kept of a run file as bytes, which are checked before anything in them is believed.

Behind a mark and the SHA-256 of all that follows come the length of a JSON text, that text, and
the pieces of which it tells the lengths: columns of numbers, little endian, and summary records.
Columns that are the same for several metrics, such as steps, are written once.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools import __version__
from wbtools.model import Series
from wbtools.sources.local.json_items import SummaryFold
from wbtools.sources.local.leveldb_log import Damage, DamageKind, LogPlace
from wbtools.sources.local.run_reading import MetricRows, RunReading
from wbtools.sources.local.run_records import RunRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MARK: Final = b"wbtools kept 1\n"
"""To be counted on whenever readings change, or how they are written."""
_LENGTH: Final = struct.Struct("<I")
_CHECKSUM_BYTES: Final = hashlib.sha256().digest_size
_STAMP_PARTS: Final = 5
_FLOATS: Final = "<f8"
_INTEGERS: Final = "<i8"
_ODD: Final = (
    *(KeyError, TypeError, ValueError, IndexError, AttributeError),
    *(OverflowError, RecursionError, struct.error),
)
"""What reading a text raises that says something else than it should."""

Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """What tells whether a run file is still the one that was read.

    Attributes:
        stamp: Its device, inode and size, and when it was modified and changed, in nanoseconds.
        is_sure: That is enough to tell; else it was so fresh that it may change without a trace.
        n_bytes: How much of its beginning the checksum is about.
        checksum: SHA-256 of those bytes.
    """

    stamp: Stamp
    is_sure: bool
    n_bytes: int
    checksum: bytes


def encoded_reading(name: str, file: KeptFile, reading: RunReading) -> bytes | None:
    """Write a reading; None where a value cannot be written.

    Args:
        name: Under which it is kept: it counts under no other.
        file: What was read, up to the reading's place.
        reading: Whose records were all messages.
    """
    pieces: list[bytes] = []
    places: dict[bytes, int] = {}

    def placed(column: bytes) -> int:
        if column not in places:
            places[column] = len(pieces)
            pieces.append(column)
        return places[column]

    summary = None
    if reading.with_summary:
        waiting = reading.facts.summary.waiting
        pieces += [message for _, message in waiting]
        offsets = [offset for offset, _ in waiting]
        summary = {"n_kept": reading.facts.summary.n_kept, "offsets": offsets}
    metrics = []
    for metric, rows in reading.rows.items():
        series = rows.series()
        columns = [
            placed(series.values.astype(_FLOATS, copy=False).tobytes()),
            placed(series.steps.astype(_INTEGERS, copy=False).tobytes()),
            placed(series.times_s.astype(_FLOATS, copy=False).tobytes()),
        ]
        metrics.append([metric, rows.finder.is_nested, *columns])
    return _framed(
        {
            **_head(name, file),
            "excused": reading.place.excused,
            "settled": _listed(reading.place.damage),
            "damage": _listed(reading.damage),
            "n_rows": reading.n_rows,
            "first_step": reading.first_step,
            "last_time_s": reading.last_time_s,
            "facts": reading.facts.state(),
            "summary": summary,
            "metrics": metrics,
        },
        pieces,
    )


def decoded_reading(name: str, content: bytes) -> tuple[KeptFile, RunReading] | None:
    """Read what `encoded_reading` wrote; None for anything else."""
    try:
        head, pieces = _unframed(name, content)
        file = _file(head)
        fold = SummaryFold()
        if head["summary"] is not None:
            offsets = _integers(head["summary"]["offsets"])
            fold = SummaryFold(
                zip(offsets, pieces[: len(offsets)], strict=True),
                _integer(head["summary"]["n_kept"]),
            )
        reading = RunReading(with_summary=head["summary"] is not None)
        reading.facts = RunRecords.restored(head["facts"], fold)
        for metric, is_nested, *columns in head["metrics"]:
            values, steps, times_s = (pieces[_integer(column)] for column in columns)
            series = Series(
                values=np.frombuffer(values, _FLOATS).astype(np.float64),
                steps=np.frombuffer(steps, _INTEGERS).astype(np.int64),
                times_s=np.frombuffer(times_s, _FLOATS).astype(np.float64),
            )
            if not len(series.values) == len(series.steps) == len(series.times_s):
                return None
            reading.rows[metric] = MetricRows(metric, series, is_nested=bool(is_nested))
        reading.n_rows = _integer(head["n_rows"])
        if head["first_step"] is not None:
            reading.first_step = _integer(head["first_step"])
        if head["last_time_s"] is not None:
            reading.last_time_s = float(head["last_time_s"])
        reading.place = LogPlace(
            position=file.n_bytes,
            excused=bool(head["excused"]),
            damage=tuple(_damage(head["settled"])),
        )
        reading.damage = _damage(head["damage"])
    except _ODD:
        return None
    return file, reading


def encoded_names(name: str, file: KeptFile, counts: dict[str, int]) -> bytes | None:
    """Write the number of reports by metric; None where a name cannot be written."""
    return _framed({**_head(name, file), "counts": counts}, [])


def decoded_names(name: str, content: bytes) -> tuple[KeptFile, dict[str, int]] | None:
    """Read what `encoded_names` wrote; None for anything else."""
    try:
        head, _ = _unframed(name, content)
        counts = {metric: _integer(n) for metric, n in head["counts"].items()}
        return _file(head), counts
    except _ODD:
        return None


def _head(name: str, file: KeptFile) -> dict[str, object]:
    return {
        "version": __version__,
        "name": name,
        "stamp": file.stamp,
        "is_sure": file.is_sure,
        "n_bytes": file.n_bytes,
        "checksum": file.checksum.hex(),
    }


def _file(head: dict[str, Any]) -> KeptFile:
    stamp = tuple(_integers(head["stamp"]))
    if len(stamp) != _STAMP_PARTS or not isinstance(head["is_sure"], bool):
        msg = "this tells no file"
        raise ValueError(msg)
    return KeptFile(
        stamp=stamp,
        is_sure=head["is_sure"],
        n_bytes=_integer(head["n_bytes"]),
        checksum=bytes.fromhex(head["checksum"]),
    )


def _framed(head: dict[str, object], pieces: Sequence[bytes]) -> bytes | None:
    try:
        text = json.dumps(
            {**head, "pieces": [len(piece) for piece in pieces]},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode("utf-8", "surrogatepass")
    except _ODD:
        return None
    content = b"".join([_LENGTH.pack(len(text)), text, *pieces])
    return b"".join([_MARK, hashlib.sha256(content).digest(), content])


def _unframed(name: str, content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Take apart what `_framed` put together.

    Raises:
        ValueError: It is something else, damaged, of another version, or kept under another name.
    """
    begin = len(_MARK) + _CHECKSUM_BYTES
    checked = memoryview(content)[begin:]
    checksum = content[len(_MARK) : begin]
    if not content.startswith(_MARK) or hashlib.sha256(checked).digest() != checksum:
        msg = "this is not what was kept"
        raise ValueError(msg)
    position = begin + _LENGTH.size
    end = position + _LENGTH.unpack_from(content, begin)[0]
    head = json.loads(content[position:end])
    if head["version"] != __version__ or head["name"] != name:
        msg = "this was kept by another version, or of another file"
        raise ValueError(msg)
    pieces = []
    for n in _integers(head["pieces"]):
        pieces.append(content[end : end + n])
        end += n
    if end != len(content):
        msg = "this is not all that was kept"
        raise ValueError(msg)
    return head, pieces


def _listed(damage: Iterable[Damage]) -> list[list[object]]:
    return [[str(entry.kind), entry.offset, entry.n_bytes] for entry in damage]


def _damage(listed: Iterable[Sequence[Any]]) -> list[Damage]:
    return [
        Damage(kind=DamageKind(kind), offset=_integer(offset), n_bytes=_integer(n_bytes))
        for kind, offset, n_bytes in listed
    ]


def _integers(values: Iterable[object]) -> list[int]:
    return [_integer(value) for value in values]


def _integer(value: object) -> int:
    if type(value) is not int:
        msg = f"{value!r} is no whole number"
        raise TypeError(msg)
    return value

"""Chunks of the tables, and the rows that are packed in them.

A chunk is one row of a query: whose it is, its axis, how many values, the packed values. Axes are
read once each, however many chunks share one. Unpacking needs no transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.archive import codec
from wbtools.model import Series
from wbtools.text.numbers import size

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Chunk = tuple[Any, ...]
Axes = dict[int, tuple["NDArray[np.int64]", "NDArray[np.float64]"]]

CHUNK: Final = """
    SELECT s.run, c.axis, c.n_rows, c.numbers FROM series s JOIN chunks c ON c.series = s.id"""
_BYTES_A_ROW: Final = 24  # value, step and time
# What was logged takes 3 bytes a row or more, since clocks are irregular: more than 50 times the
# packed bytes is no history. Small ones are unpacked whatever they are.
_MOST_TIMES: Final = 50
_UNSUSPECTED_BYTES: Final = 256 * 2**20


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Chunks in the order of their rows, and their axes.

    Attributes:
        chunks: Rows of `CHUNK`.
        axes: Number of rows, steps and times by the axis' table id.
    """

    chunks: Sequence[Chunk] = ()
    axes: Mapping[int, tuple[int, bytes, bytes]] = field(default_factory=dict)


def packed_rows(connection: sqlite3.Connection, chunks: Iterable[Chunk]) -> PackedRows:
    """Chunks of a query with their axes; runs inside the caller's transaction.

    Raises:
        ValueError: An axis is lacking, or the chunks promise more than a history can hold.
    """
    kept = list(chunks)
    axes = {}
    for axis in {chunk[1] for chunk in kept}:
        row = connection.execute(
            "SELECT n_rows, steps, times_s FROM axes WHERE id = ?", (axis,)
        ).fetchone()
        if row is None:
            msg = "a chunk has no steps"
            raise ValueError(msg)
        axes[axis] = row
    n_bytes = sum(len(numbers) for *_, numbers in kept)
    n_bytes += sum(len(steps) + len(times_s) for _, steps, times_s in axes.values())
    n_unpacked = _BYTES_A_ROW * sum(n for _, _, n, _ in kept)
    if n_unpacked > max(_UNSUSPECTED_BYTES, _MOST_TIMES * n_bytes):
        msg = f"{size(n_bytes)} of chunks promise {size(n_unpacked)}, which no history does"
        raise ValueError(msg)
    return PackedRows(kept, axes)


def chunk_rows(connection: sqlite3.Connection, series: int, place: int) -> list[Series]:
    """One chunk of a series, unpacked; runs inside the caller's transaction."""
    rows = connection.execute(CHUNK + " WHERE s.id = ? AND c.place = ?", (series, place))
    return list(unpacked(packed_rows(connection, rows)).values())


def by_run(rows: PackedRows) -> dict[int, PackedRows]:
    """The packed chunks by the runs' table ids, each to be unpacked alone."""
    parts: dict[int, list[Chunk]] = {}
    for chunk in rows.chunks:
        parts.setdefault(chunk[0], []).append(chunk)
    return {run: PackedRows(chunks, rows.axes) for run, chunks in parts.items()}


def unpacked(rows: PackedRows, axes: Axes | None = None) -> dict[int, Series]:
    """The rows by the table ids in the first column.

    Args:
        rows: As `packed_rows` gives them.
        axes: Steps and times that other metrics of the same runs have unpacked; added to.

    Raises:
        ValueError: A chunk is damaged.
    """
    known: Axes = {} if axes is None else axes
    parts: dict[int, list[Series]] = {}
    for owner, axis, n, numbers in rows.chunks:
        n_axis, steps, times_s = rows.axes[axis]
        if n != n_axis:
            msg = f"a chunk of {n} values has {n_axis} steps"
            raise ValueError(msg)
        if axis not in known:
            known[axis] = (
                codec.unpack_integers(steps, n),
                codec.unpack_floats(times_s, n, differences=True),
            )
        values = codec.unpack_floats(numbers, n, differences=False)
        series = Series(values=values, steps=known[axis][0], times_s=known[axis][1])
        parts.setdefault(owner, []).append(series)
    return {owner: some[0] if len(some) == 1 else end_to_end(some) for owner, some in parts.items()}


def end_to_end(parts: Sequence[Series]) -> Series:
    """Rows one after the other."""
    return Series(
        values=np.concatenate([part.values for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        times_s=np.concatenate([part.times_s for part in parts]),
    )

"""Chunks of the tables, and the rows that are packed in them.

A chunk is one row of a query: whose it is, its axis, how many values, the packed values. Axes are
read once each, however many chunks share one. Unpacking needs no transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.archive import codec
from wbtools.archive.rows import integer_of
from wbtools.errors import DataError
from wbtools.model import Series
from wbtools.text.numbers import size

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Chunk = tuple[Any, ...]
Axes = dict[int, tuple["NDArray[np.int64]", "NDArray[np.float64]"]]
Ends = dict[int, tuple[int, "NDArray[np.int64]", "NDArray[np.float64]"]]
"""Of an axis: how many rows it has, its last steps and times."""

CHUNK: Final = """
    SELECT s.run, c.axis, c.n_rows, c.numbers FROM series s JOIN chunks c ON c.series = s.id"""
_BYTES_A_ROW: Final = 24  # value, step and time
# Constant values at regular times are packed a thousand times smaller, so the packed bytes tell
# nothing: what is unpacked at once has a limit of its own.
_MOST_BYTES: Final = 8 * 2**30


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
        ValueError: An axis is lacking.
    """
    kept = list(chunks)
    axes = {}
    for axis in {chunk[1] for chunk in kept}:
        axes[axis] = _packed_axis(connection, axis)
    return PackedRows(kept, axes)


def lengths(rows: PackedRows) -> dict[int, int]:
    """How many rows there are by the table ids in the first column.

    Raises:
        ValueError: A chunk promises more than any holds.
        TypeError: A damaged file holds no number.
    """
    n_rows: dict[int, int] = {}
    for owner, _, n, _ in rows.chunks:
        if not 0 <= integer_of(n) <= codec.LONGEST_CHUNK:
            msg = f"a chunk holds at most {codec.LONGEST_CHUNK} numbers, not {n}"
            raise ValueError(msg)
        n_rows[owner] = n_rows.get(owner, 0) + n
    return n_rows


def check_lengths(rows: PackedRows, expected: Mapping[int, int]) -> None:
    """Compare the chunks with the numbers of rows that are noted for their series.

    Raises:
        ValueError: They differ.
    """
    found = lengths(rows)
    for owner, n_rows in expected.items():
        if found.get(owner, 0) != n_rows:
            msg = f"a series of {n_rows} rows has chunks of {found.get(owner, 0)}"
            raise ValueError(msg)


def refuse_too_many(n_rows: int, what: str, *, hint: str) -> None:
    """Refuse to unpack what no memory should be asked for, however small it is in the file.

    Args:
        n_rows: Places for rows, each of a value, a step and a time.
        what: What they are, for the message.
        hint: What to do instead.

    Raises:
        DataError: They would take too much.
    """
    n_bytes = _BYTES_A_ROW * n_rows
    if n_bytes > _MOST_BYTES:
        msg = f"{what} would take {size(n_bytes)} of memory; {size(_MOST_BYTES)} are the most"
        raise DataError(msg, hint)


def refuse_too_long(n_rows: int, metric: str) -> None:
    """As `refuse_too_many`, for the rows of one metric of one run."""
    what = f"{n_rows:,} rows of {metric[:80]!r} in one run"
    refuse_too_many(n_rows, what, hint="name the other metrics with --metric")


def last_rows(
    connection: sqlite3.Connection, series: int, n_rows: int, ends: Ends
) -> Series | None:
    """The last rows of a series, at most so many, of its last two chunks; None if it has none.

    Runs inside the caller's transaction. At most one chunk is unpacked at a time.

    Args:
        connection: To the archive.
        series: Its table id.
        n_rows: How many; more than 0.
        ends: The ends of axes that other series of the same run have; added to.

    Raises:
        ValueError: A chunk is damaged.
    """
    parts: list[Series] = []
    lacking = n_rows
    for _, axis, n, numbers in connection.execute(
        CHUNK + " WHERE s.id = ? ORDER BY c.place DESC LIMIT 2", (series,)
    ).fetchall():
        if axis not in ends:
            n_axis, packed_steps, packed_times = _packed_axis(connection, axis)
            steps, times_s = _unpacked_axis(packed_steps, packed_times, n_axis)
            ends[axis] = n_axis, steps[-n_rows:].copy(), times_s[-n_rows:].copy()
        n_axis, steps, times_s = ends[axis]
        _check_same_length(n, n_axis)
        values = codec.unpack_floats(numbers, n, differences=False)
        # A copy, since a part would keep the whole.
        rows = slice(-lacking, None)
        parts.append(Series(values=values[rows].copy(), steps=steps[rows], times_s=times_s[rows]))
        lacking -= len(parts[-1].values)
        if lacking <= 0:
            break
    return end_to_end(parts[::-1]) if parts else None


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
        _check_same_length(n, n_axis)
        if axis not in known:
            known[axis] = _unpacked_axis(steps, times_s, n)
        values = codec.unpack_floats(numbers, n, differences=False)
        series = Series(values=values, steps=known[axis][0], times_s=known[axis][1])
        parts.setdefault(owner, []).append(series)
    return {owner: end_to_end(some) for owner, some in parts.items()}


def end_to_end(parts: Sequence[Series]) -> Series:
    """Rows one after the other; those of a single part are not copied."""
    if len(parts) == 1:
        return parts[0]
    return Series(
        values=np.concatenate([part.values for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        times_s=np.concatenate([part.times_s for part in parts]),
    )


def _packed_axis(connection: sqlite3.Connection, axis: int) -> tuple[int, bytes, bytes]:
    """Number of rows, steps and times."""
    row: tuple[int, bytes, bytes] | None = connection.execute(
        "SELECT n_rows, steps, times_s FROM axes WHERE id = ?", (axis,)
    ).fetchone()
    if row is None:
        msg = "a chunk has no steps"
        raise ValueError(msg)
    return row


def _unpacked_axis(
    steps: bytes, times_s: bytes, n: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return codec.unpack_integers(steps, n), codec.unpack_floats(times_s, n, differences=True)


def _check_same_length(n: int, n_axis: int) -> None:
    if n != n_axis:
        msg = f"a chunk of {n} values has {n_axis} steps"
        raise ValueError(msg)

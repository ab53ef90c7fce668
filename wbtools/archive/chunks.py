"""Chunks of the tables, and the rows that are packed in them.

A chunk is one row of a query: whose it is, its axis, how many values, the packed values, how many
steps, the packed steps and times. Unpacking needs no transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.archive import codec
from wbtools.model import Series

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Chunk = tuple[Any, ...]
Axes = dict[int, tuple["NDArray[np.int64]", "NDArray[np.float64]"]]

CHUNK: Final = """
    SELECT s.run, c.axis, c.n_rows, c.numbers, x.n_rows, x.steps, x.times_s
    FROM series s JOIN chunks c ON c.series = s.id JOIN axes x ON x.id = c.axis"""


def chunk_rows(connection: sqlite3.Connection, series: int, place: int) -> list[Series]:
    """One chunk of a series, unpacked; runs inside the caller's transaction."""
    rows = connection.execute(CHUNK + " WHERE s.id = ? AND c.place = ?", (series, place))
    return list(unpacked(rows.fetchall()).values())


def by_run(chunks: Iterable[Chunk]) -> dict[int, list[Chunk]]:
    """The packed chunks by the runs' table ids, each to be unpacked alone."""
    parts: dict[int, list[Chunk]] = {}
    for chunk in chunks:
        parts.setdefault(chunk[0], []).append(chunk)
    return parts


def unpacked(chunks: Iterable[Chunk], axes: Axes | None = None) -> dict[int, Series]:
    """The rows by the table ids in the first column.

    Args:
        chunks: In the order of their rows.
        axes: Steps and times that other metrics of the same runs have unpacked; added to.

    Raises:
        ValueError: A chunk is damaged.
    """
    known: Axes = {} if axes is None else axes
    parts: dict[int, list[Series]] = {}
    for owner, axis, n, numbers, n_axis, steps, times_s in chunks:
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

"""Parquet exports of histories: columns into arrays, a part of a row group at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.errors import DataError
from wbtools.model import Series
from wbtools.sources.wandb_api import decoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from wbtools.sources.wandb_api.row_collector import RowCollector

_ROWS_AT_ONCE: Final = 2**16
_LARGEST_FLOAT_STEP: Final = 2.0**62


def add_export(data: bytes, gathered: RowCollector) -> None:
    """Take the metrics' columns of an export; one without a column has no rows in it.

    Args:
        data: The file. Its columns are flat (`a.b`) or structures (`a` with a field `b`).
        gathered: Gets either all rows of the file or, if it is damaged, none.

    Raises:
        DataError: The file is no Parquet, or damaged.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and few sweeps need it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = file.schema_arrow
        wanted = [metric for metric in gathered.metrics if any(_paths(schema, metric))]
        if not wanted or decoding.STEP not in schema.names:
            return
        found = [
            part
            for batch in file.iter_batches(
                _ROWS_AT_ONCE, columns=[decoding.STEP, decoding.TIME, *wanted], use_threads=False
            )
            for part in _parts(batch, wanted)
        ]
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"a history export of the server cannot be read: {error}"
        raise DataError(msg, "try again later") from error
    for metric, series, others in found:
        gathered.add(metric, series, others)


def _parts(
    batch: pa.RecordBatch, metrics: Sequence[str]
) -> Iterator[tuple[str, Series, NDArray[np.int64] | None]]:
    """Each metric's rows, those that hold no number apart."""
    steps, has_step = _steps(batch.column(decoding.STEP))
    times_s = _times_s(batch)
    for metric in metrics:
        without_number = has_step.copy()
        for path in _paths(batch.schema, metric):
            column = _column(batch, path)
            there = without_number & _there(column)
            # Most columns have a number in every row, and share their steps and times.
            every = bool(there.all())
            some_steps = steps if every else steps[there]
            some_times = times_s if every else times_s[there]
            if _is_number(column.type):
                values = column.to_numpy(zero_copy_only=False)[there].astype(np.float64, copy=False)
                without_number &= ~there
                yield metric, Series(values=values, steps=some_steps, times_s=some_times), None
            else:
                cells = zip(
                    column.to_pylist(),
                    there.tolist(),
                    steps.tolist(),
                    times_s.tolist(),
                    strict=True,
                )
                rows = [
                    {metric: cell, decoding.STEP: step, decoding.TIME: time}
                    for cell, held, step, time in cells
                    if held
                ]
                series = decoding.series_of(rows, metric)
                without_number &= ~np.isin(steps, series.steps)
                yield metric, series, some_steps


def _paths(fields: Iterable[pa.Field], name: str) -> Iterator[tuple[int, ...]]:
    """Where a name stands, flat first: places of a column and of the fields within it."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    nested = []
    for k, field in enumerate(fields):
        if field.name == name:
            yield (k,)
        elif name.startswith(f"{field.name}.") and pa.types.is_struct(field.type):
            nested.append((k, field.type, name[len(field.name) + 1 :]))
    for k, kind, rest in nested:
        yield from ((k, *inner) for inner in _paths(kind, rest))


def _column(batch: pa.RecordBatch, path: tuple[int, ...]) -> pa.Array:
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    first, *inner = path
    column = batch.column(first)
    # Where a structure is null, so are its fields.
    return pc.struct_field(column, inner) if inner else column


def _steps(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """`int64 [R]` and where they are steps; some exporters write them as floats."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    good = _there(column)
    if pa.types.is_integer(column.type):
        whole = column.fill_null(0).to_numpy(zero_copy_only=False)
        good &= whole <= np.iinfo(np.int64).max
    elif pa.types.is_floating(column.type):
        floats = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
        good &= (np.abs(floats) <= _LARGEST_FLOAT_STEP) & (np.trunc(floats) == floats)
        whole = np.where(good, floats, 0.0)
    else:
        good, whole = np.zeros(len(column), dtype=bool), np.zeros(len(column))
    return whole.astype(np.int64), good


def _times_s(batch: pa.RecordBatch) -> NDArray[np.float64]:
    """`float64 [R]` seconds since the epoch, NaN where there are none."""
    if decoding.TIME not in batch.schema.names:
        return np.full(batch.num_rows, np.nan)
    column = batch.column(decoding.TIME)
    if not _is_number(column.type):
        return np.full(batch.num_rows, np.nan)
    times_s: NDArray[np.float64] = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return times_s


def _there(column: pa.Array) -> NDArray[np.bool_]:
    valid: NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return valid.copy()


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa  # noqa: PLC0415 - as above

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

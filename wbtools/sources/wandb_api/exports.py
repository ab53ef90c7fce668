"""Parquet exports of histories: columns into arrays, a part of a row group at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.errors import DataError
from wbtools.model import Series
from wbtools.sources.wandb_api import decoding
from wbtools.sources.wandb_api.parquet_pages import PageCount, check_footer, check_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    import pyarrow as pa
    from numpy.typing import NDArray

    from wbtools.sources.wandb_api.row_collector import RowCollector

_ROWS_AT_ONCE: Final = 2**16
_VALUES_AT_ONCE: Final = 2**21
_BUFFER_BYTES: Final = 2**20
_MOST_LISTED: Final = 100_000
"""Columns, row groups and whatever else the description of a file may list."""
_LARGEST_FLOAT_STEP: Final = 2.0**62


def add_export(
    file: BinaryIO,
    gathered: RowCollector,
    *,
    most_values: int,
    go_on: Callable[[], object] = lambda: None,
) -> int:
    """Take the metrics' columns of an export; one without a column has no rows in it.

    Args:
        file: The file, open. Its columns are flat (`a.b`) or structures (`a` with a field `b`).
        gathered: Gets either all rows of the file or, if it is damaged or too large, none.
        most_values: Rows times metrics that may be taken.
        go_on: Called now and then; what it raises ends the reading.

    Returns:
        How many there were.

    Raises:
        DataError: The file is no Parquet, damaged, or holds more than that.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and few sweeps need it

    try:
        found = list(_found(file, gathered.metrics, most_values, go_on))
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        msg = f"a history export of the server cannot be read: {error}"
        raise DataError(msg, "try again later") from error
    for metric, series, others in found:
        gathered.add(metric, series, others)
    return sum(len(series.steps) + len(others) for _, series, others in found)


def _found(
    file: BinaryIO, metrics: Sequence[str], most_values: int, go_on: Callable[[], object]
) -> Iterator[tuple[str, Series, NDArray[np.int64]]]:
    """The rows of each metric, a part of the file at a time."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    check_footer(file)
    limits = {"thrift_container_size_limit": _MOST_LISTED}
    metadata = pq.ParquetFile(file, **limits).metadata
    schema = metadata.schema.to_arrow_schema()
    wanted = [metric for metric in metrics if any(_paths(schema, metric))]
    if not wanted or decoding.STEP not in schema.names:
        return
    names = [decoding.STEP, decoding.TIME, *wanted]
    paths = [metadata.schema.column(k).path for k in range(metadata.num_columns)]
    leaves = [
        k
        for k, path in enumerate(paths)
        if any(path == name or path.startswith(f"{name}.") for name in names)
    ]
    n_rows = max(1, min(_ROWS_AT_ONCE, _VALUES_AT_ONCE // len(leaves)))
    pages = PageCount(go_on)
    for k in leaves:
        check_pages(
            file,
            metadata,
            k,
            most_values=most_values // len(wanted),
            # pyarrow reads each text once where a path is that of one column alone.
            n_rows=n_rows if paths.count(paths[k]) > 1 else 1,
            pages=pages,
        )
    texts = [paths[k] for k in leaves if metadata.schema.column(k).physical_type == "BYTE_ARRAY"]
    # A text that stands in a million rows is read once; of long columns, a part at a time.
    whole = pq.ParquetFile(
        file,
        metadata=metadata,
        read_dictionary=texts,
        buffer_size=_BUFFER_BYTES,
        pre_buffer=False,
        **limits,
    )
    for batch in whole.iter_batches(n_rows, columns=names, use_threads=False):
        go_on()
        yield from _parts(batch, wanted)


def _parts(
    batch: pa.RecordBatch, metrics: Sequence[str]
) -> Iterator[tuple[str, Series, NDArray[np.int64]]]:
    """Each metric's rows, and the steps of those that hold no number."""
    steps, has_step = _steps(batch.column(decoding.STEP))
    times_s = _times_s(batch)
    for metric in metrics:
        without_number = has_step.copy()
        for path in _paths(batch.schema, metric):
            column = _column(batch, path)
            there = without_number & _there(column)
            values, is_number = _numbers(column)
            held = there & is_number
            without_number &= ~held
            # Most columns have a number in every row, and share their steps and times.
            every = bool(held.all())
            series = Series(
                values=values if every else values[held],
                steps=steps if every else steps[held],
                times_s=times_s if every else times_s[held],
            )
            yield metric, series, steps[there & ~is_number]


def _numbers(column: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """`float64 [R]` and where they are logged numbers; W&B writes some as words."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415

    if _is_number(column.type):
        values = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
        return values, np.ones(len(values), dtype=bool)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.dictionary_encode()
    values, known = np.full(len(column), np.nan), np.zeros(len(column), dtype=bool)
    kind = column.type
    if pa.types.is_dictionary(kind) and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    ):
        places = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for word, number in decoding.NOT_NUMBERS.items():
            place = pc.index(column.dictionary, pa.scalar(word, kind.value_type)).as_py()
            if place >= 0:
                values[places == place], known[places == place] = number, True
    return values, known


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

r"""What is archived as Parquet: values to the last bit, texts as they are, known types.

Half surrogate pairs, which no Parquet text can hold, become escapes such as `\ud83d`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wbtools.answers.archive.long_rows import LONG_COLUMNS, microseconds
from wbtools.answers.archive.run_columns import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.answers.archive.run_columns import RunColumn
    from wbtools.archive import ArchivedSeries

_ROWS_AT_ONCE: Final = 262_144
_TIME: Final = pa.timestamp("us", tz="UTC")
# Texts by number while they are written: a name of 10 kB stands once for all rows of its run.
_NAMES: Final = pa.dictionary(pa.int32(), pa.string())
_TEXTS: Final = LONG_COLUMNS[:3]
_LONG: Final = pa.schema(
    zip(
        LONG_COLUMNS,
        (_NAMES, _NAMES, _NAMES, pa.int64(), _TIME, pa.float64(), pa.bool_(), pa.bool_(), _TIME),
        strict=True,
    )
)
_LARGEST_DICTIONARY: Final = 64 * 2**20
_TYPES: Final = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime: _TIME,
    str: pa.string(),
}


def write_rows(file: BinaryIO, series: Iterable[ArchivedSeries]) -> None:
    """Write the long table of all rows, a quarter of a million at a time."""
    with pq.ParquetWriter(
        file,
        _LONG,
        compression="zstd",
        # Only texts: a dictionary of numbers would take all NaNs for one.
        use_dictionary=list(_TEXTS),
        dictionary_pagesize_limit=_LARGEST_DICTIONARY,
        # Readers then see plain texts, not Arrow's dictionaries.
        store_schema=False,
    ) as writer:
        waiting: list[ArchivedSeries] = []
        n_waiting = 0
        for history in series:
            waiting.append(history)
            n_waiting += len(history.rows.values)
            if n_waiting >= _ROWS_AT_ONCE:
                writer.write_table(_table(waiting), row_group_size=_ROWS_AT_ONCE)
                waiting, n_waiting = [], 0
        if n_waiting:
            writer.write_table(_table(waiting), row_group_size=_ROWS_AT_ONCE)


def write_runs(file: BinaryIO, columns: Sequence[RunColumn]) -> None:
    """Write the table of runs."""
    arrays = [
        pa.array(
            [_utf8(as_text(value)) for value in column.values]
            if column.kind is str
            else column.values,
            type=_TYPES[column.kind],
        )
        for column in columns
    ]
    names = [_utf8(column.name) for column in columns]
    pq.write_table(pa.table(arrays, names=names), file, compression="zstd", store_schema=False)


def _table(series: Sequence[ArchivedSeries]) -> pa.Table:
    n_rows = [len(history.rows.values) for history in series]
    at_us, known = microseconds(np.concatenate([history.rows.times_s for history in series]))
    return pa.table(
        [
            _repeated([history.run_id for history in series], n_rows),
            _repeated([history.run_name for history in series], n_rows),
            _repeated([history.metric for history in series], n_rows),
            np.concatenate([history.rows.steps for history in series]),
            pa.array(at_us, mask=~known, type=_TIME),
            np.concatenate([history.rows.values for history in series]),
            np.repeat([history.sampled for history in series], n_rows),
            np.repeat([history.complete for history in series], n_rows),
            pa.array([history.missing_since for history in series], type=_TIME).take(
                pa.array(np.repeat(np.arange(len(series)), n_rows))
            ),
        ],
        schema=_LONG,
    )


def _repeated(texts: Sequence[str], n_rows: Sequence[int]) -> pa.DictionaryArray:
    """Each text as often as it has rows."""
    place = {text: k for k, text in enumerate(dict.fromkeys(texts))}
    indices = np.repeat(np.array([place[text] for text in texts], dtype=np.int32), n_rows)
    return pa.DictionaryArray.from_arrays(indices, pa.array([*map(_utf8, place)], type=pa.string()))


def _utf8(text: str | None) -> str | None:
    return None if text is None else text.encode(errors="backslashreplace").decode()

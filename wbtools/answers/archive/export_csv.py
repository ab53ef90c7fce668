"""What is archived as CSV, in pieces, so that no table is ever held whole.

Numbers are written so that they can be read back to the last bit of a finite one (`repr`); `nan`,
`inf` and `-inf` as such. What is unknown is empty. Texts are made harmless for spreadsheets, as in
`wbtools.answers.csv_cells`; Parquet has them as they are.
"""

from __future__ import annotations

import csv
import io
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.archive.long_rows import LONG_COLUMNS, microseconds
from wbtools.answers.archive.run_columns import as_text
from wbtools.answers.csv_cells import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wbtools.answers.archive.run_columns import RunColumn
    from wbtools.archive import ArchivedSeries

_ROWS_AT_ONCE: Final = 65_536


def csv_rows(series: Iterable[ArchivedSeries]) -> Iterator[str]:
    """The long table of all rows: the head first, then at most 65,536 rows at a time."""
    yield _lines([LONG_COLUMNS])
    for history in series:
        for at in range(0, len(history.rows.values), _ROWS_AT_ONCE):
            yield _part(history, slice(at, at + _ROWS_AT_ONCE))


def csv_runs(columns: Sequence[RunColumn]) -> Iterator[str]:
    """The table of runs, a row at a time."""
    yield _lines([[cell(column.name) for column in columns]])
    for row in zip(*(column.values for column in columns), strict=True):
        yield _lines([[_cell(value) for value in row]])


def _part(history: ArchivedSeries, part: slice) -> str:
    at_us, known = microseconds(history.rows.times_s[part])
    moments = np.datetime_as_string(at_us.view("datetime64[us]"), unit="us").tolist()
    return _lines(
        zip(
            repeat(cell(history.run_id)),
            repeat(cell(history.run_name)),
            repeat(cell(history.metric)),
            history.rows.steps[part].tolist(),
            (f"{at}Z" if is_known else "" for at, is_known in zip(moments, known, strict=True)),
            history.rows.values[part].tolist(),
            repeat(_cell(history.sampled)),
            repeat(_cell(history.complete)),
            repeat(_cell(history.missing_since)),
            strict=False,
        )
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return cell(as_text(value) if isinstance(value, list | dict) else value)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()

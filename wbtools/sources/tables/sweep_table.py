"""CSV tables of sweeps: one row a sweep, with its number of runs, its best value and its hours.

People keep such tables of the stages of a search. They tell nothing of single runs, and so no
spread: a row is read as the sums that it is, never as a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.sources.tables.cells import known, whole
from wbtools.sources.tables.csv_file import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SWEEP: Final = ("sweep", "sweep_id")
_STAGE: Final = ("stage", "name")
_RUNS: Final = ("runs", "n_runs")
_FINISHED: Final = ("finished", "n_finished", "completed")
_HOURS: Final = ("runtime_hours", "runtime_h", "hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedSweep:
    """One row. Hostile text in `name`; None where the table does not say.

    Attributes:
        name: Its stage and its id.
        best: Best value of any of its runs, metric's own units.
        hours: Of all its runs.
    """

    name: str
    n_runs: int
    n_finished: int | None
    best: float | None
    hours: float | None


def read_sweep_table(path: Path, metric: str | None) -> tuple[SummedSweep, ...] | None:
    """Read a table of sweeps; None for any other table.

    Args:
        path: A CSV file as `read_table` takes it.
        metric: The column that holds each sweep's best value.

    Raises:
        UsageError: It is one, and no such column holds numbers.
        DataError: It cannot be read.
    """
    file = read_csv(path)
    rows, decimal_comma = file.rows, file.decimal_comma
    columns = {name.strip().lower(): name for name in reversed(list(rows[0]))}
    sweep, runs, finished, hours, stage = (
        next((columns[name] for name in names if name in columns), None)
        for names in (_SWEEP, _RUNS, _FINISHED, _HOURS, _STAGE)
    )
    if sweep is None or runs is None or finished is None:
        return None
    if len({row[sweep].strip() for row in rows}) < len(rows):
        return None

    def number(row: Mapping[str, str], column: str | None) -> float | None:
        value = None if column is None else known(row[column], decimal_comma=decimal_comma)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and value is not None else None

    best = columns.get((metric or "").strip().lower())
    if best is None or all(number(row, best) is None for row in rows):
        raise _no_metric(path, metric, [c for c in rows[0] if number(rows[0], c) is not None])
    return tuple(
        SummedSweep(
            name=row[sweep].strip()
            if stage is None
            else f"{row[stage].strip()} ({row[sweep].strip()})",
            n_runs=whole(number(row, runs)) or 0,
            n_finished=whole(number(row, finished)),
            best=number(row, best),
            hours=number(row, hours),
        )
        for row in rows
    )


def _no_metric(path: Path, metric: str | None, numeric: Sequence[str]) -> UsageError:
    msg = f"{path} is a table of sweeps, and "
    msg += "no --metric says which column" if metric is None else f"no column {metric!r}"
    return UsageError(
        f"{msg} holds their best values", f"numbers are in {', '.join(map(repr, numeric))}"
    )

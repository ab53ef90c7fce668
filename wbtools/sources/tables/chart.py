"""One chart as W&B's page exports it: a row a step, `RUN - METRIC` in the header, curves below.

Beside every column a chart writes two more, `__MIN` and `__MAX`: where they differ from it, a point
is the mean of several reports or of a group's runs, which no rule of early termination ever saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.sources.tables.cells import known
from wbtools.sources.tables.csv_file import read_csv
from wbtools.sources.timestamps import utc_time
from wbtools.sweepfile.kinds import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from wbtools.sources.tables.csv_file import CsvFile

_BETWEEN: Final = " - "
_LEAST: Final = "__MIN"
_GREATEST: Final = "__MAX"
_STEP: Final = frozenset({"step", "_step"})
_MOST_STEPS: Final = 2**53
_MOST_DRAWN: Final = frozenset({500, 1_500, 10_000})
"""Points that W&B's pages have drawn at most."""
_FEWEST_TO_JUDGE: Final = 50
_USUAL_SHARE: Final = 0.5
_CLOSE: Final = 1e-9
"""Of the value: so little, least and greatest may differ from it by rounding."""


class Clock(Enum):
    """What the times of a chart's rows count from."""

    UNIX = "the Unix epoch"
    RUN = "the start of each run"
    NONE = "nothing: there are none"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChartCurve:
    """One curve of a chart, hostile text in its names.

    Attributes:
        values: `float64 [n]` metric's own units, the rows in which the run has a value.
        steps: `int64 [n]` W&B's `_step`, or the row's place where the chart shows something else.
        times_s: `float64 [n]` seconds by the chart's clock; NaN without one.
        is_averaged: Whether any of its points is the mean of several values.
        is_sampled: Whether its steps look like some of many: as many as W&B draws at most, or at
            no usual distance.
    """

    metric: str
    run: str
    values: NDArray[np.float64]
    steps: NDArray[np.int64]
    times_s: NDArray[np.float64]
    is_averaged: bool
    is_sampled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One exported chart."""

    path: Path
    curves: tuple[ChartCurve, ...]
    clock: Clock
    as_of: datetime

    @property
    def runs(self) -> dict[str, None]:
        """The names of its runs, in its own order."""
        return dict.fromkeys(curve.run for curve in self.curves)

    @property
    def keys(self) -> list[tuple[str, str]]:
        """The metric and the run of each curve."""
        return [(curve.metric, curve.run) for curve in self.curves]


def is_chart(columns: Sequence[str]) -> bool:
    """Whether a header is that of an exported chart.

    Args:
        columns: Its names.
    """
    return len(columns) > 1 and all(_BETWEEN in name for name in columns[1:])


def read_chart(path: Path) -> Chart:
    """Read one exported chart.

    Raises:
        DataError: It cannot be read.
    """
    file = read_csv(path)
    axis = file.columns[0]
    steps, times_s, clock, order = _places(
        axis, [row[axis] for row in file.rows], _numbers(file, axis)
    )
    curves = []
    names = {*file.columns}
    columns = [column for column in file.columns[1:] if _twin(column) not in names]
    for column, (run, metric) in zip(columns, _runs_and_metrics(columns), strict=True):
        values = _numbers(file, column)
        present = np.array([bool(row[column].strip()) for row in file.rows])
        rows = order[present[order]]
        curves.append(
            ChartCurve(
                metric=metric,
                run=run,
                values=values[rows],
                steps=steps[rows],
                times_s=times_s[rows],
                is_sampled=axis.strip().lower() in _STEP and _is_sampled(steps[rows]),
                is_averaged=any(
                    _differ(values, _numbers(file, f"{column}{end}"))
                    for end in (_LEAST, _GREATEST)
                    if f"{column}{end}" in names
                ),
            )
        )
    return Chart(path=path, curves=tuple(curves), clock=clock, as_of=file.as_of)


def _runs_and_metrics(columns: Sequence[str]) -> list[tuple[str, str]]:
    """The run and the metric in each `RUN - METRIC`, either of which may hold ` - ` itself.

    What stands first is the run where that makes a full table of runs and metrics, with more runs
    than metrics; else all but what stands last is.
    """
    first = [column.split(_BETWEEN, 1) for column in columns]
    runs: dict[str, set[str]] = {}
    for run, metric in first:
        runs.setdefault(run, set()).add(metric)
    metrics = set().union(*runs.values())
    if len(runs) > max(len(metrics), 1) and all(of_run == metrics for of_run in runs.values()):
        return [(run.strip(), metric.strip()) for run, metric in first]
    last = [column.rpartition(_BETWEEN) for column in columns]
    return [(run.strip(), metric.strip()) for run, _, metric in last]


def _twin(column: str) -> str | None:
    """The column of which this one holds the least or the greatest values."""
    ends = [end for end in (_LEAST, _GREATEST) if column.endswith(end)]
    return column.removesuffix(ends[0]) if ends else None


def _numbers(file: CsvFile, column: str) -> NDArray[np.float64]:
    cells = [known(row[column], decimal_comma=file.decimal_comma) for row in file.rows]
    return np.array([float(cell) if is_number(cell) else np.nan for cell in cells])


def _is_sampled(steps: NDArray[np.int64]) -> bool:
    """Whether steps look like a sample: reports usually lie equally far apart."""
    if len(steps) in _MOST_DRAWN:
        return True
    if len(steps) < _FEWEST_TO_JUDGE:
        return False
    _, how_often = np.unique(np.diff(steps), return_counts=True)
    return bool(how_often.max() < _USUAL_SHARE * (len(steps) - 1))


def _differ(values: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    with np.errstate(invalid="ignore"):  # infinities are no means
        return bool((np.abs(values - others) > _CLOSE * np.abs(values)).any())


def _places(
    axis: str, cells: Sequence[str], numbers: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], Clock, NDArray[np.int64]]:
    """Step, time, clock and order of the rows, by what the chart has on its horizontal axis."""
    name = axis.strip().lower()
    unknown = np.full(len(cells), np.nan)
    by_place = np.arange(len(cells), dtype=np.int64)
    if not np.isfinite(numbers).all():
        moments = [utc_time(cell.strip()) for cell in cells]
        if not (name.startswith("wall time") and all(moments)):
            return by_place, unknown, Clock.NONE, by_place
        times_s = np.array([np.nan if moment is None else moment.timestamp() for moment in moments])
        return by_place, times_s, Clock.UNIX, np.argsort(times_s, kind="stable")
    order = np.argsort(numbers, kind="stable")
    if name in _STEP:
        steps = np.clip(numbers, 0, _MOST_STEPS).astype(np.int64)
        return steps, unknown, Clock.NONE, order
    places = np.empty_like(by_place)
    places[order] = by_place
    if name.startswith("relative time"):
        return places, numbers, Clock.RUN, order
    return places, unknown, Clock.NONE, order

"""How far each run's training had come, in its program's own units, by the series that it logged.

Evaluation every 50 steps with a searched batch size gives runs of 15, 7 and 3 reports that all
trained for 3 epochs. The logged epoch tells what counts of reports cannot: who came to the end, how
far the others were, and how many reports a full run of each configuration makes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.configured_length import EXCEPTIONS
from wbtools.model.progress import units_of_name
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves
    from wbtools.model.progress import ProgressUnit

_MOST_FALLING = 0.1  # share of falling values from which a series counts something else
_MOST_REPORTS = 2.0**31
_RARELY_ONE_MORE = 4  # runs that end at E - 1, for each one that ends at E
_ROUNDING = 0.01  # of the end: a loader that drops the last batch logs 2.99 of 3 epochs
_COMMON_END_SHARE = 0.8
_FEWEST_FOR_A_COMMON_END = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoggedProgress:
    """Units of training per run; NaN where a run logged none.

    Attributes:
        name: The logged series.
        units: What it may count, by its name.
        first: `float64 [N]` first logged value.
        last: `float64 [N]` highest logged value.
        interval: `float64 [N]` units from one report to the next; NaN below two reports.
        is_whole: Whether every logged value is a whole number.
    """

    __repr__ = brief_repr

    name: str
    units: tuple[ProgressUnit, ...]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    interval: NDArray[np.float64]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WayToTheEnd:
    """How far each run came on the way to its end. Units as logged, NaN where unknown.

    Attributes:
        end: `float64 [N]` where a full run ends.
        covered: `float64 [N]` units trained.
        interval: `float64 [N]` units between two reports; where a run has none of its own, the
            usual one.
    """

    end: NDArray[np.float64]
    covered: NDArray[np.float64]
    interval: NDArray[np.float64]

    @property
    def reached(self) -> NDArray[np.bool_]:
        """`bool [N]` runs of which not another report would have fitted in before their end."""
        room = np.fmax(self.interval * (1 - 1e-6), self.end * _ROUNDING)
        room = np.where(np.isnan(self.interval), self.end * _ROUNDING, room)
        return np.isfinite(self.end) & (self.covered > self.end - room)

    def reports_of_a_full_run(self, n_made: NDArray[np.int64]) -> NDArray[np.int64]:
        """`int64 [N]` the reports that each run would have come to; 0 where unknown.

        Args:
            n_made: `int64 [N]` reports made.
        """
        left = np.round((self.end - self.covered) / self.interval)
        left = np.clip(left, 1.0, _MOST_REPORTS)
        known = np.isfinite(left) & (n_made > 0)
        total = n_made + np.where(self.reached, 0, np.where(known, left, 0)).astype(np.int64)
        return np.where(self.reached | known, total, 0)


def logged_progress(progress: Curves, reports: Curves) -> LoggedProgress | None:
    """Read a series of progress beside the reports of the same runs; None if it counts nothing.

    Args:
        progress: Of a series that `progress_name` found.
        reports: Of the metric, rows in the same order.
    """
    n = len(reports.n_reports)
    first, last, interval = (np.full(n, np.nan) for _ in range(3))
    n_falling = n_steps = 0
    is_whole = True
    for row in range(n):
        logged = progress.values[row, : progress.n_reports[row]]
        if not len(logged):
            continue
        first[row], last[row] = logged[0], logged.max()
        is_whole = is_whole and bool((logged == np.floor(logged)).all())
        n_falling += int((np.diff(logged) < 0).sum())
        n_steps += len(logged) - 1
        interval[row] = _interval(
            logged,
            progress.steps[row, : len(logged)],
            reports.steps[row, : reports.n_reports[row]],
        )
    if np.isnan(last).all() or n_falling > _MOST_FALLING * n_steps:
        return None
    return LoggedProgress(
        name=progress.metric,
        units=units_of_name(progress.metric),
        first=first,
        last=last,
        interval=interval,
        is_whole=is_whole,
    )


def way_to_configured_end(progress: LoggedProgress, end: NDArray[np.float64]) -> WayToTheEnd | None:
    """How far runs came on the way to their configured ends; None if those are no ends.

    A number that runs went beyond is no length of theirs.

    Args:
        progress: As logged.
        end: `float64 [N]` a configured number of the same unit; NaN where a run has none.
    """
    with_end = np.isfinite(end) & np.isfinite(progress.last)
    usual = _usual(progress.interval)
    beyond = progress.last > end + np.fmax(usual, end * _ROUNDING)
    if not with_end.any() or beyond[with_end].sum() > EXCEPTIONS * with_end.sum():
        return None
    n_at = int((progress.last >= end)[with_end].sum())
    n_before = int((progress.last == end - 1)[with_end].sum())
    # Where nearly all that came so far end at E - 1, the others logged a last row more.
    ends_before = n_at * _RARELY_ONE_MORE <= n_before
    begins_at_zero = bool((progress.first[with_end] == 0).all())
    from_zero = progress.is_whole and ends_before and begins_at_zero
    return WayToTheEnd(
        end=end,
        covered=progress.last + (1.0 if from_zero else 0.0),
        interval=np.where(np.isnan(progress.interval), usual, progress.interval),
    )


def way_to_common_end(progress: LoggedProgress, finished: NDArray[np.bool_]) -> WayToTheEnd | None:
    """The same where no configuration says the end, and nearly all finished runs came to one.

    Args:
        progress: As logged.
        finished: `bool [N]` runs that ended with exit code 0.
    """
    last = progress.last[finished & np.isfinite(progress.last)]
    if len(last) < _FEWEST_FOR_A_COMMON_END:
        return None
    usual = _usual(progress.interval)
    common, _ = Counter(last.tolist()).most_common(1)[0]
    near = np.abs(last - common) <= max(common * _ROUNDING, 0.0)
    beyond = progress.last > common * (1 + _ROUNDING)  # running or cut off, they are on their way
    if near.sum() < _COMMON_END_SHARE * len(last) or beyond.any():
        return None
    begins = progress.first[np.isfinite(progress.first)]
    from_zero = progress.is_whole and bool((begins == 0).all())
    first = 1.0 if from_zero else 0.0
    return WayToTheEnd(
        end=np.where(np.isfinite(progress.last), common + first, np.nan),
        covered=progress.last + first,
        interval=np.where(np.isnan(progress.interval), usual, progress.interval),
    )


def _interval(
    logged: NDArray[np.float64], logged_at: NDArray[np.int64], at: NDArray[np.int64]
) -> float:
    """Units from one report to the next: the usual distance, or the mean one where most are 0."""
    if len(at) < 2 or (np.diff(logged_at) < 0).any():  # noqa: PLR2004 - a distance has two ends
        return float("nan")
    known = np.maximum(np.searchsorted(logged_at, at, side="right") - 1, 0)
    values = logged[known]
    usual = float(np.median(np.diff(values)))
    if usual > 0:
        return usual
    mean = float(values[-1] - values[0]) / (len(at) - 1)
    return mean if mean > 0 else float("nan")


def _usual(interval: NDArray[np.float64]) -> float:
    known = interval[np.isfinite(interval)]
    return float(np.median(known)) if len(known) else float("nan")


def common_rate(intervals: Sequence[float]) -> float | None:
    """What runs agree on as reports a unit, to one part in a hundred; None where they differ."""
    known = [interval for interval in intervals if interval > 0]
    if not known or max(known) > min(known) * (1 + _ROUNDING):
        return None
    return 1 / float(np.median(known))

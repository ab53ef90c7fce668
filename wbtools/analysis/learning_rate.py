"""The learning rate as runs logged it: which series it is, and what it was at each report.

The name's last words decide, whatever stands before them: `lr`, `learning_rate`, `learning-rate`,
`LearningRate`, `current_lr`, and behind that an optimizer's name or the number of a group of
parameters (`train/lr`, `optimizer.lr`, `lr-AdamW`, `lr-Adam/pg1`, `lr/group_0`, `x/lr0`). A factor,
a decay, a scale or a peak of it is none. Of several names the shortest counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.alignment import take_turns
from wbtools.model.curves import MOST_CONTEXT_VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.model import Curves

_NAME = re.compile(
    r"(^|[./])(cur(rent)?[_ -]?)?(lr|learning[_ -]?rate)"
    r"([/_. -](ada\w*|n?adamw?|radam|sgd\w*|rmsprop|lion|lamb|lars|lbfgs|muon))?"
    r"([/_. -]?(pg|(param_?)?group)?[_ -]?\d{1,3})?$",
    re.IGNORECASE,
)
_STALE_FROM = 0.25


def rate_name(sizes: Mapping[str, int]) -> str | None:
    """The series that holds the learning rate; None if no name says so, or it would be too long.

    Args:
        sizes: By logged name, how many values its curves hold as a matrix: runs times the longest
            series. More than `MOST_CONTEXT_VALUES` are not worth their memory.
    """
    found = [name for name, n in sizes.items() if _NAME.search(name) and n <= MOST_CONTEXT_VALUES]
    return min(found, key=lambda name: (len(name), name), default=None)


def rates_at_reports(rates: Curves, reports: Curves) -> NDArray[np.float64]:
    """`[N, T]` the learning rate at each report: the last one that was logged by its step.

    Where rows of the two take turns, it is that of the same turn, logged before or after. Before
    the first one was logged it is taken to be the first. A run's row is NaN where the rate
    was never logged, is negative anywhere, or was last logged long before the last report: more
    than a quarter of the run's steps, and before the report that precedes it.

    Args:
        rates: Of the learning rate, for the same runs.
        reports: Of the metric.
    """
    rates_by_report = np.full(reports.values.shape, np.nan)
    places = {run_id: row for row, run_id in enumerate(rates.run_ids)}
    for row, run_id in enumerate(reports.run_ids):
        place, n = places.get(run_id), int(reports.n_reports[row])
        if place is None or not n:
            continue
        values = rates.values[place, : rates.n_reports[place]]
        logged_at = rates.steps[place, : rates.n_reports[place]]
        at = reports.steps[row, :n]
        if not len(values) or (values < 0).any() or (np.diff(logged_at) < 0).any():
            continue
        known = np.searchsorted(logged_at, at, side="right") - 1
        behind = at[-1] - logged_at[max(known[-1], 0)]
        is_stale = behind > _STALE_FROM * (at[-1] - at[0]) and behind > at[-1] - at[max(n - 2, 0)]
        if take_turns(at, logged_at):
            rates_by_report[row, :n] = values
        elif n == 1 or not is_stale:
            rates_by_report[row, :n] = values[np.maximum(known, 0)]
    return rates_by_report

"""Curves to simulate on: of one task or one recorded sweep, brought to the length of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.causes import RAN_ITS_COURSE
from wbtools.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """R curves of one task; lower is better.

    Attributes:
        values: `float64 [R, H]` metric by report; NaN from `n_reports` on.
        n_reports: `int64 [R]` reports that were recorded.
        complete: `bool [R]` whether the run ran its course; the others were cut short, and nobody
            knows how they would have gone on.
        is_packaged: Whether it ships with wbtools.
        hours_per_run: Median hours of a completed run; None if unknown.
    """

    name: str
    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    complete: NDArray[np.bool_]
    is_packaged: bool = False
    hours_per_run: float | None = None

    @property
    def horizon(self) -> int:
        """H, the reports of a full run."""
        return int(self.values.shape[1])

    @property
    def n_complete(self) -> int:
        """How many curves ran their course."""
        return int(self.complete.sum())

    def only_complete(self) -> Bank:
        """The curves that ran their course."""
        keep = self.complete
        return replace(
            self,
            values=self.values[keep],
            n_reports=self.n_reports[keep],
            complete=self.complete[keep],
        )

    def stretched(self, n_steps: int) -> Bank:
        """The same curves in another number of reports: report r stands for the same share.

        A longer run repeats values, a shorter one leaves some out; none is invented. Of a run that
        was cut short before the first of few reports, nothing is left but that it began.
        """
        column = -(-np.arange(1, n_steps + 1) * self.horizon // n_steps) - 1
        made = self.n_reports * n_steps // self.horizon
        return replace(self, values=self.values[:, column], n_reports=made)


def bank_of_audit(done: Audit, name: str) -> Bank:
    """Take the curves of a recorded sweep; runs of another length than most are left out.

    Args:
        done: Its audit, which knows why every run ended.
        name: What the user calls the sweep.

    Raises:
        DataError: It has no curves, or nothing says how long a full run is.
    """
    metric = done.question.metric
    curves = done.sweep.curves.get(metric.name)
    if curves is None or not curves.n_reports.any():
        msg = f"{name} holds no curve of {metric.name}"
        raise DataError(msg, "name a sweep with curves, or leave --like away")
    horizon = done.budget.typical
    if not horizon:
        msg = f"nothing says how many reports a full run of {name} makes"
        raise DataError(msg, "name a sweep of which some runs finished, or leave --like away")
    made = np.minimum(curves.n_reports, horizon)
    own = np.where(done.budget.reports > 0, done.budget.reports, horizon)
    complete = np.array([row.termination.cause in RAN_ITS_COURSE for row in done.rows])
    keep = (made > 0) & (own == horizon)
    if not keep.any():
        msg = f"no run of {name} that reported {metric.name} was to make {horizon} reports"
        raise DataError(msg, "name another sweep, or leave --like away")
    values = np.full((len(made), horizon), np.nan)
    width = min(horizon, curves.values.shape[1])
    inside = np.arange(width) < made[:, None]
    values[:, :width][inside] = metric.goal.sign * curves.values[:, :width][inside]
    hours = [
        row.cost_full_h
        for row, whole in zip(done.rows, complete, strict=True)
        if whole and row.cost_full_h is not None
    ]
    return Bank(
        name=name,
        values=values[keep],
        n_reports=made[keep],
        complete=complete[keep],
        hours_per_run=float(np.median(hours)) if hours else None,
    )

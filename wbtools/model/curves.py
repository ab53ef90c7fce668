"""Learning curves of one metric as a left-packed matrix, checked once, where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.text.brief import one_line
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CONTEXT_VALUES: Final = 5_000_000
"""Runs times the longest series: what a series may hold that is only read beside a metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The logged rows of one metric of one run, in the order in which they were logged.

    Attributes:
        values: `float64 [n]` in the metric's own units; NaN and infinities kept as logged.
            Strings, booleans and nulls are no reports and are not in here.
        steps: `int64 [n]` W&B's `_step`.
        times_s: `float64 [n]` seconds since the Unix epoch by the client's clock; NaN if unknown.
    """

    values: NDArray[np.float64]
    steps: NDArray[np.int64]
    times_s: NDArray[np.float64]


NO_ROWS: Final = Series(values=np.empty(0), steps=np.empty(0, dtype=np.int64), times_s=np.empty(0))
"""The series of a metric that was never logged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """All reports of one metric: column k of a row is the (k+1)-th *finite* report of that run.

    That index is what W&B's Hyperband calls an iteration: not `_step` and not the epoch.

    Attributes:
        metric: The metric's logged name.
        run_ids: N ids, the rows of the arrays.
        values: `float64 [N, T]` metric's own units and direction; NaN from `n_reports` on.
        steps: `int64 [N, T]` `_step` of each report; 0 from `n_reports` on.
        times_s: `float64 [N, T]` seconds since the sweep's first run began, one clock for all
            runs; NaN where unknown and from `n_reports` on.
        n_reports: `int64 [N]` finite reports of each run.
        n_nonfinite: `int64 [N]` reports that were NaN or infinite.
        first_nonfinite_step: `int64 [N]` `_step` of the first of those; -1 if there is none.
        complete: False if a source could not give every report.

    Raises:
        ValueError: Shapes disagree, or a row is not left-packed with finite values.
    """

    metric: str
    run_ids: tuple[str, ...]
    values: NDArray[np.float64]
    steps: NDArray[np.int64]
    times_s: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    n_nonfinite: NDArray[np.int64]
    first_nonfinite_step: NDArray[np.int64]
    complete: bool = True

    def __post_init__(self) -> None:
        """Check shapes and packing, then make the arrays read-only."""
        n = len(self.run_ids)
        if self.values.shape != (n, *self.values.shape[1:2]):
            msg = f"values must be [{n}, T], not {self.values.shape}"
            raise ValueError(msg)
        for name in ("steps", "times_s"):
            if getattr(self, name).shape != self.values.shape:
                msg = f"{name} must have the shape of values, {self.values.shape}"
                raise ValueError(msg)
        for name in ("n_reports", "n_nonfinite", "first_nonfinite_step"):
            if getattr(self, name).shape != (n,):
                msg = f"{name} must be [{n}], not {getattr(self, name).shape}"
                raise ValueError(msg)
        inside = np.arange(self.values.shape[1]) < self.n_reports[:, None]
        if not np.array_equal(np.isfinite(self.values), inside):
            msg = "values must be finite for the first n_reports columns and NaN after them"
            raise ValueError(msg)
        for name in (
            "values",
            "steps",
            "times_s",
            "n_reports",
            "n_nonfinite",
            "first_nonfinite_step",
        ):
            getattr(self, name).flags.writeable = False

    def __repr__(self) -> str:
        """One line, as `<curves of acc: 36 runs, up to 27 reports>`."""
        return one_line(
            f"curves of {self.metric}",
            count(len(self.run_ids), "run"),
            f"up to {count(self.values.shape[1], 'report')}",
            "" if self.complete else "incomplete",
        )

    @property
    def n_made(self) -> NDArray[np.int64]:
        """`int64 [N]` reports of each run, finite or not."""
        return self.n_reports + self.n_nonfinite

    @property
    def is_silent(self) -> NDArray[np.bool_]:
        """`bool [N]` the run reported no number of the metric, not even NaN or an infinity."""
        return np.asarray(self.n_made == 0, dtype=bool)

    def of_runs(self, rows: Sequence[int], *, later_s: float = 0.0) -> Curves:
        """The curves of some runs alone.

        Args:
            rows: Which, in the order that they shall have.
            later_s: By how much the first of them began later than the first of all.
        """
        width = int(self.n_reports[rows].max(initial=0))
        return Curves(
            metric=self.metric,
            run_ids=tuple(self.run_ids[row] for row in rows),
            values=self.values[rows, :width],
            steps=self.steps[rows, :width],
            times_s=self.times_s[rows, :width] - later_s,
            n_reports=self.n_reports[rows],
            n_nonfinite=self.n_nonfinite[rows],
            first_nonfinite_step=self.first_nonfinite_step[rows],
            complete=self.complete,
        )

    @classmethod
    def pack(
        cls,
        metric: str,
        series: Sequence[tuple[str, Series]],
        *,
        origin_s: float = 0.0,
        complete: bool = True,
    ) -> Curves:
        """Left-pack the finite reports of each run.

        Args:
            metric: The metric's logged name.
            series: Run id and rows of each run, in the order that the rows shall have.
            origin_s: Seconds since the Unix epoch at which the sweep's first run began.
            complete: False if some reports are known to be missing.
        """
        finite = [np.isfinite(run_series.values) for _, run_series in series]
        counts = np.array([int(mask.sum()) for mask in finite], dtype=np.int64)
        width = int(counts.max(initial=0))
        values = np.full((len(series), width), np.nan)
        times_s = np.full((len(series), width), np.nan)
        steps = np.zeros((len(series), width), dtype=np.int64)
        first_bad = np.full(len(series), -1, dtype=np.int64)
        for row, ((_, run_series), mask) in enumerate(zip(series, finite, strict=True)):
            n = counts[row]
            values[row, :n] = run_series.values[mask]
            steps[row, :n] = run_series.steps[mask]
            times_s[row, :n] = run_series.times_s[mask] - origin_s
            if n < len(mask):
                first_bad[row] = run_series.steps[~mask][0]
        return cls(
            metric=metric,
            run_ids=tuple(run_id for run_id, _ in series),
            values=values,
            steps=steps,
            times_s=times_s,
            n_reports=counts,
            n_nonfinite=np.array([len(mask) for mask in finite], dtype=np.int64) - counts,
            first_nonfinite_step=first_bad,
            complete=complete,
        )

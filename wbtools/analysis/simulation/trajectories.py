"""Runs as they would go if nobody stopped them: what a policy is folded over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import SweepView
from wbtools.rules.running import best_so_far
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import ImprovementProbability


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectories:
    """N runs, each on its own clock. Lower is better: the goal's sign is already applied.

    Attributes:
        values: `float64 [N, R]` every report, left-packed, NaN for one that was not finite and
            from `n_reports` on. Rules count the finite ones.
        n_reports: `int64 [N]` reports, the non-finite ones included.
        report_s: `float64 [N, R]` seconds from the run's own start to each report, ascending;
            undefined from `n_reports` on.
        end_s: `float64 [N]` seconds from the run's own start to its own end, which is not before
            its last report.
        configs: N configurations; empty if nobody asks for them.
        horizon: Reports of a full run, if known.
        full: `bool [N]` runs that run their course if nobody stops them; the others crash or fail
            at their end. All without it.
        sign: The goal's sign, by which a rule turns what a person writes of the metric.
        p_improvement: What tells a rule how likely runs are to beat the best completed one, if
            anything does.
        packed: `float64 [N, R]` the finite reports alone, left-packed, NaN from `n_finite` on.
        n_finite: `int64 [N]` how many those are.

    Raises:
        ValueError: Shapes disagree, or a run's times do not ascend from above 0 to its end.
    """

    __repr__ = brief_repr

    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    report_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    configs: Sequence[Mapping[str, object]] = field(default=())
    horizon: int | None = None
    full: NDArray[np.bool_] | None = None
    sign: float = 1.0
    p_improvement: ImprovementProbability | None = None
    packed: NDArray[np.float64] = field(init=False)
    n_finite: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Check shapes and times."""
        n, width = self.values.shape
        if self.report_s.shape != (n, width):
            msg = f"report_s must have the shape of values, {(n, width)}"
            raise ValueError(msg)
        if self.n_reports.shape != (n,) or self.end_s.shape != (n,):
            msg = f"n_reports and end_s must be [{n}]"
            raise ValueError(msg)
        if self.full is not None and self.full.shape != (n,):
            msg = f"full must be [{n}]"
            raise ValueError(msg)
        if n and not 0 <= self.n_reports.min() <= self.n_reports.max() <= width:
            msg = "n_reports must lie between 0 and the width of values"
            raise ValueError(msg)
        inside = np.arange(width) < self.n_reports[:, None]
        times = np.where(inside, self.report_s, self.end_s[:, None])
        if not (np.isfinite(times).all() and np.isfinite(self.end_s).all()):
            msg = "times must be finite"
            raise ValueError(msg)
        ascending = np.diff(times, axis=1, prepend=0.0, append=self.end_s[:, None]) >= 0
        if not ascending.all():
            msg = "a run's times must ascend from 0 to its end"
            raise ValueError(msg)
        finite = inside & np.isfinite(self.values)
        in_front = np.argsort(~finite, axis=1, kind="stable")
        packed = np.take_along_axis(np.where(finite, self.values, np.nan), in_front, axis=1)
        object.__setattr__(self, "packed", packed)
        object.__setattr__(self, "n_finite", finite.sum(axis=1))

    @classmethod
    def at_equal_times(
        cls,
        values: NDArray[np.float64],
        n_reports: NDArray[np.int64] | None = None,
        *,
        report_s: float = 1.0,
        configs: Sequence[Mapping[str, object]] = (),
        horizon: int | None = None,
    ) -> Trajectories:
        """Runs of one pace, which end with their last report.

        Args:
            values: `float64 [N, R]` as above.
            n_reports: `int64 [N]`; without it, every run made R.
            report_s: Seconds a report.
            configs: As above.
            horizon: As above.
        """
        n, width = values.shape
        counts = np.full(n, width) if n_reports is None else n_reports
        return cls(
            values=values,
            n_reports=counts.astype(np.int64),
            report_s=np.broadcast_to((np.arange(width) + 1.0) * report_s, (n, width)),
            end_s=np.asarray(counts * report_s, dtype=np.float64),
            configs=configs,
            horizon=horizon,
        )

    @property
    def whole(self) -> SweepView:
        """All that the runs report if nobody stops them, as a rule sees it."""
        return SweepView(
            values=self.packed,
            n_reports=self.n_finite,
            active=np.ones(len(self.values), dtype=bool),
            n_nonfinite=self.n_reports - self.n_finite,
            configs=self.configs,
            horizon=self.horizon,
            sign=self.sign,
            p_improvement=self.p_improvement,
        )

    @property
    def best(self) -> NDArray[np.float64]:
        """`[N]` best value over the whole record; NaN for a run without a finite report."""
        return self.best_after(self.n_reports)

    def best_after(self, n_made: NDArray[np.int64]) -> NDArray[np.float64]:
        """`[N]` best of each run's first `n_made` reports; NaN where none of them was finite."""
        sample_completions = np.where(np.isnan(self.values), np.inf, self.values)
        best = best_so_far(sample_completions, n_made)
        return np.where(np.isinf(best), np.nan, best)

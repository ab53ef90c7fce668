"""Curves to simulate on: of one task or one recorded sweep, brought to the length of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.simulation.scenario import scenario
from wbtools.errors import DataError
from wbtools.text.numbers import S_PER_H

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.projection import Weights
    from wbtools.analysis.question import Question
    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.model import ImprovementProbability, Sweep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveLibrary:
    """R curves of one task; lower is better.

    Attributes:
        values: `float64 [R, H]` metric by report; NaN from `n_reports` on.
        n_reports: `int64 [R]` reports until the run ended by itself.
        n_seen: `int64 [R]` how many of them were recorded.
        is_packaged: Whether it ships with wbtools.
        hours_per_run: Median hours of a run that ran its course; None if unknown.
        n_cut: How many runs were cut short.
        ground: How these may have gone on; None where none was.
        rows: `int64 [R]` rows of the ground that these are; None likewise.
    """

    name: str
    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    n_seen: NDArray[np.int64]
    is_packaged: bool = False
    hours_per_run: float | None = None
    n_cut: int = 0
    ground: Scenario | None = None
    rows: NDArray[np.intp] | None = None

    @property
    def horizon(self) -> int:
        """H, the reports of a full run."""
        return int(self.values.shape[1])

    @property
    def natural_savings(self) -> float:
        """Share of the full cost that runs which ended by themselves before the end do not take."""
        n_reports = self.n_reports
        if self.ground is not None:
            n_reports = np.where(self.ground.cut[self.rows], self.horizon, n_reports)
        return 1 - float(n_reports.mean()) / self.horizon

    @property
    def sign(self) -> float:
        """The goal's sign, by which a rule turns what a person writes of the metric."""
        return 1.0 if self.ground is None else self.ground.seen.sign

    @property
    def p_improvement(self) -> ImprovementProbability | None:
        """What tells a rule how likely runs are to beat the best completed one, if anything."""
        return None if self.ground is None else self.ground.seen.p_improvement

    def configs_of(self, drawn: NDArray[np.intp]) -> Sequence[Mapping[str, object]]:
        """The configurations of curves that were drawn; empty where none is known."""
        if self.ground is None or self.rows is None or not len(self.ground.seen.configs):
            return ()
        return [self.ground.seen.configs[row] for row in self.rows[drawn].tolist()]

    def sample_completions(self, rng: np.random.Generator) -> CurveLibrary:
        """The same runs as they may have gone on; those cut short are drawn anew each time."""
        if self.ground is None or not self.n_cut:
            return self
        trajectories = self.ground.sample_completions(rng)
        return replace(
            self,
            values=trajectories.values[self.rows, : self.horizon],
            n_reports=trajectories.n_reports[self.rows],
        )

    def stretched(self, n_steps: int) -> CurveLibrary:
        """The same curves in another number of reports: report r stands for the same share.

        A longer run repeats values, a shorter one leaves some out; none is invented.
        """
        column = -(-np.arange(1, n_steps + 1) * self.horizon // n_steps) - 1
        n_reports = self.n_reports * n_steps // self.horizon
        n_seen = self.n_seen * n_steps // self.horizon
        return replace(self, values=self.values[:, column], n_reports=n_reports, n_seen=n_seen)


def curves_of_sweep(
    sweep: Sweep,
    question: Question,
    name: str,
    weights: Weights | None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CurveLibrary:
    """Take the curves of a recorded sweep; runs of another length than most are left out.

    Args:
        sweep: With the curves of the question's metric.
        question: Which metric, which rule stopped the runs, what a full run is.
        name: What the user calls it.
        weights: The learned model; without it, runs are projected by catching up.
        on_progress: Called with (parts of the projection done, parts in all).

    Raises:
        DataError: It has no curves, or runs were cut short and none ran its course.
    """
    sweep_scenario = scenario(sweep, question, weights, on_progress)
    horizon = Counter(sweep_scenario.horizon.tolist()).most_common(1)[0][0]
    rows = np.flatnonzero(sweep_scenario.horizon == horizon)
    width = sweep_scenario.seen.values.shape[1]
    values = np.full((len(rows), horizon), np.nan)
    values[:, : min(width, horizon)] = sweep_scenario.seen.values[rows, :horizon]
    if not np.isfinite(values).any():
        msg = f"{name} holds no finite {question.metric.name}"
        raise DataError(msg, "name another sweep, or leave --like out")
    n_seen = sweep_scenario.seen.n_reports[rows]
    hours = (
        sweep_scenario.seen.end_s[rows][sweep_scenario.full[rows] & (n_seen == horizon)] / S_PER_H
    )
    return CurveLibrary(
        name=name,
        values=values,
        n_reports=n_seen,
        n_seen=n_seen,
        hours_per_run=float(np.median(hours)) if len(hours) and sweep_scenario.is_timed else None,
        n_cut=int(sweep_scenario.cut[rows].sum()),
        ground=sweep_scenario,
        rows=rows,
    )

"""Where each run of a sweep stood when it ended: the table that every analysis reads.

Two metrics may be involved: the rule's, whose reports are what Hyperband counts, and the one by
which runs are ranked. Usually they are the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.budget import Budget, full_budget
from wbtools.analysis.diagnosis.guard_stops import asked_by_guard
from wbtools.analysis.diagnosis.logged_progress import LoggedProgress, logged_progress
from wbtools.analysis.diagnosis.timeline import Observations
from wbtools.model.progress import progress_name
from wbtools.sweepfile.kinds import finite_number
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from wbtools.analysis.question import Question
    from wbtools.model import Curves, Goal, Run, Sweep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunOutcomes:
    """N runs as they stood when they ended. Values in the ranking metric's own direction.

    Attributes:
        rule_curves: Curves of the rule's metric; None if the source holds no curves.
        rank_curves: Curves of the ranking metric; None likewise.
        budget: How many reports a full run makes, and who made them.
        progress: How far training had come by a logged epoch or the like; None if none was read.
        best: `float64 [N]` best value; NaN where there is none.
        best_at: `int64 [N]` report of the best value, from 1; 0 without a curve.
        last: `float64 [N]` last finite value; NaN without a curve.
        n_reports: `int64 [N]` finite reports of the rule's metric; -1 where no source says.
        n_made: `int64 [N]` the same, with NaN and infinite ones counted.
        end_s: `float64 [N]` last sign of life, seconds after the first run began; NaN if unknown.
        runtime_s: `float64 [N]` seconds at work; NaN if unknown, or if what is recorded cannot be.
        report_s: `float64 [N]` seconds a report, the run's own pace; NaN if unknown.
        startup_s: `float64 [N]` seconds at work that no report accounts for; NaN if unknown.
        asked_by_guard: `bool [N]` runs that `wbtools guard` asked W&B to stop.
    """

    __repr__ = brief_repr

    runs: tuple[Run, ...]
    rule_curves: Curves | None
    rank_curves: Curves | None
    budget: Budget
    progress: LoggedProgress | None
    best: NDArray[np.float64]
    best_at: NDArray[np.int64]
    last: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    n_made: NDArray[np.int64]
    end_s: NDArray[np.float64]
    runtime_s: NDArray[np.float64]
    report_s: NDArray[np.float64]
    startup_s: NDArray[np.float64]
    asked_by_guard: NDArray[np.bool_]

    @property
    def is_short(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that are known to have made fewer reports than a full run makes."""
        return (self.n_made >= 0) & (self.n_made < self.budget.reports) & ~self.budget.reached

    def reports_per_unit(self, row: int) -> float | None:
        """Reports a unit of training (an epoch), by the run's own pace or else by the budget."""
        if self.progress is not None and self.progress.interval[row] > 0:
            return float(1 / self.progress.interval[row])
        ratio = self.budget.reports_per_unit
        return None if ratio is None else float(ratio)

    def observations(self, goal: Goal) -> Observations | None:
        """What the rule could see, lower is better; None without curves.

        Reports whose time is unknown count as seen from the beginning, so that a run is then
        judged on everything that was ever reported.
        """
        curves = self.rule_curves
        if curves is None:
            return None
        times = np.where(np.isnan(curves.times_s), -np.inf, curves.times_s)
        times = np.maximum.accumulate(times, axis=1) if times.size else times
        return Observations(
            values=curves.values * goal.sign,
            times_s=times,
            n_reports=curves.n_reports,
            end_s=np.where(np.isnan(self.end_s), -np.inf, self.end_s),
        )


def run_outcomes(sweep: Sweep, question: Question) -> RunOutcomes:
    """Read off where each run stood; a metric of which no run has a value leaves only NaN."""
    runs = sweep.runs
    rule_curves = sweep.curves.get(question.metric.name)
    rank_curves = sweep.curves.get(question.rank_by.name)
    if rank_curves is not None:
        best, best_at, last = best_and_last(rank_curves, question.rank_by.goal)
    else:
        best = np.array([finite_number(run.summary.get(question.rank_by.name)) for run in runs])
        best_at = np.zeros(len(runs), dtype=np.int64)
        last = np.full(len(runs), np.nan)
    if rule_curves is not None:
        n_reports = rule_curves.n_reports
        n_made = rule_curves.n_made
    else:
        n_reports = np.array([-1 if run.n_reports is None else run.n_reports for run in runs])
        n_made = n_reports
    start_s, end_s = _clock(runs)
    if rule_curves is not None and rule_curves.values.shape[1]:
        last_report = np.fmax.reduce(rule_curves.times_s, axis=1)
        end_s = np.fmax(end_s, last_report)
    worked = np.array([finite_number(run.runtime_s) for run in runs])
    spans_s = np.where(np.isnan(worked), end_s - start_s, worked)
    # Clocks may be wrong, and no report was made in no time.
    runtime_s = np.where((spans_s > 0) | ((spans_s == 0) & (n_made <= 0)), spans_s, np.nan)
    report_s = _pace(runs, rule_curves, n_made, runtime_s)
    progress = _progress(sweep, question, rule_curves)
    by_guard = asked_by_guard(sweep)
    return RunOutcomes(
        runs=runs,
        rule_curves=rule_curves,
        rank_curves=rank_curves,
        budget=full_budget(
            runs,
            np.maximum(n_made, 0),
            progress=progress,
            option=question.budget,
            told_to_stop=by_guard,
        ),
        progress=progress,
        best=best,
        best_at=best_at,
        last=last,
        n_reports=n_reports,
        n_made=n_made,
        end_s=end_s,
        runtime_s=runtime_s,
        report_s=report_s,
        startup_s=np.maximum(runtime_s - np.maximum(n_made, 0) * report_s, 0.0),
        asked_by_guard=by_guard,
    )


def _progress(
    sweep: Sweep, question: Question, rule_curves: Curves | None
) -> LoggedProgress | None:
    """The series that was read beside the metrics because its name says what it counts."""
    sizes = {
        name: curves.values.size
        for name, curves in sweep.curves.items()
        if name not in {question.metric.name, question.rank_by.name}
    }
    name = progress_name(sizes, {key for run in sweep.runs for key in run.config})
    if name is None or rule_curves is None:
        return None
    return logged_progress(sweep.curves[name], rule_curves)


def _pace(
    runs: tuple[Run, ...],
    curves: Curves | None,
    n_made: NDArray[np.int64],
    runtime_s: NDArray[np.float64],
) -> NDArray[np.float64]:
    """`[N]` seconds a report: between the first and the last one, or over the whole runtime.

    The latter where there are fewer than two reports, no times, or a pause between two attempts.
    """
    overall = runtime_s / np.where(n_made > 0, n_made, np.nan)
    if curves is None or not curves.values.shape[1]:
        return overall
    last = np.maximum(curves.n_reports - 1, 0)
    rows = np.arange(len(runs))
    between = curves.times_s[rows, last] - curves.times_s[:, 0]
    steady = (last > 0) & (between > 0) & np.array([run.attempts == 1 for run in runs])
    finite_share = curves.n_reports / np.maximum(n_made, 1)
    return np.where(steady, between / np.maximum(last, 1) * finite_share, overall)


def best_and_last(
    curves: Curves, goal: Goal
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Best value, the report (from 1) at which it was first reached, and last value of each run.

    Each `[N]`, in the metric's own units and direction; NaN and 0 for a run without a report.
    """
    n, width = curves.values.shape
    has = curves.n_reports > 0
    if not width:
        return np.full(n, np.nan), np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    signed = np.where(np.isnan(curves.values), np.inf, curves.values * goal.sign)
    at = signed.argmin(axis=1)
    rows = np.arange(n)
    last = np.maximum(curves.n_reports - 1, 0)
    return (
        np.where(has, curves.values[rows, at], np.nan),
        np.where(has, at + 1, 0),
        np.where(has, curves.values[rows, last], np.nan),
    )


def _clock(runs: tuple[Run, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    starts = [run.created_at for run in runs if run.created_at is not None]
    if not starts:
        unknown = np.full(len(runs), np.nan)
        return unknown, unknown
    first = min(starts)

    def since(moment: datetime | None) -> float:
        return math.nan if moment is None else (moment - first).total_seconds()

    return (
        np.array([since(run.created_at) for run in runs]),
        np.array([since(run.heartbeat_at) for run in runs]),
    )

"""One side of a comparison: runs with their causes, values and costs, judged as an audit does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.censored import is_untold
from wbtools.analysis.diagnosis.evidence import find_causes
from wbtools.analysis.diagnosis.outcomes import RunOutcomes, run_outcomes_as_is
from wbtools.analysis.diagnosis.rule_verdicts import judge_by_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.causes import Cause
    from wbtools.analysis.question import Question
    from wbtools.model import Curves, Goal, Run, Sweep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepGroup:
    """N runs under one name, in the order in which they began, or the source's own.

    Attributes:
        name: What people call it; hostile text.
        source: The sweep that it is of, or is a part of, as the user named it; hostile text.
        causes: Why each run ended; empty where only sums are known.
        untold: `bool [N]` runs of which nothing tells how they ended nor how far they came; they
            are taken for completed.
        why_not: Why it has no values to compare; None where it has some.
        best: `float64 [N]` best finite value of each run, metric's own units; NaN without one.
        so_far: `float64 [N, T]` column k is the best of a run's first k + 1 finite reports, lower
            is better; a run's last value stands in all columns beyond its reports; NaN for a run
            without any. Without curves T is 1, and the one value is known at the run's end.
        n_finite: `int64 [N]` finite reports behind `so_far`.
        n_logged: `int64 [N]` the same, with NaN and infinite ones counted.
        reports: `float64 [N]` reports that each run made; NaN where no source says.
        hours: `float64 [N]` hours at work; NaN where no source says.
        has_curves: Whether values are known report by report.
        is_in_order: Whether the time of every run's beginning is known.
    """

    name: str
    source: str
    runs: tuple[Run, ...]
    causes: tuple[Cause, ...]
    untold: NDArray[np.bool_]
    why_not: str | None
    best: NDArray[np.float64]
    so_far: NDArray[np.float64]
    n_finite: NDArray[np.int64]
    n_logged: NDArray[np.int64]
    reports: NDArray[np.float64]
    hours: NDArray[np.float64]
    has_curves: bool
    is_in_order: bool

    def called(self, name: str) -> SweepGroup:
        """The same side under another name."""
        return replace(self, name=name)

    def part(self, name: str, rows: Sequence[int]) -> SweepGroup:
        """Some of the runs as a side of their own; the rows in ascending order."""
        at = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            name=name,
            runs=tuple(self.runs[row] for row in rows),
            causes=tuple(self.causes[row] for row in rows) if self.causes else (),
            untold=self.untold[at],
            best=self.best[at],
            so_far=self.so_far[at],
            n_finite=self.n_finite[at],
            n_logged=self.n_logged[at],
            reports=self.reports[at],
            hours=self.hours[at],
            is_in_order=all(self.runs[row].created_at is not None for row in rows),
        )


def sweep_group(name: str, source: str, sweep: Sweep, question: Question) -> SweepGroup:
    """Judge a sweep's runs as an audit does, and keep what a comparison needs.

    Args:
        name: What the side is called.
        source: The sweep as the user named it.
        sweep: With the curves of the rule's metric and of the one that ranks, or without any.
        question: What is asked; causes rest on its rule and its budget.
    """
    stood = run_outcomes_as_is(sweep, question)
    ruled = judge_by_rule(stood, stood.observations(question.metric.goal), question)
    causes = find_causes(sweep, stood, ruled, question)
    so_far, n_finite, n_logged = _so_far(stood, question.rank_by.goal)
    whole = SweepGroup(
        name=name,
        source=source,
        runs=sweep.runs,
        causes=tuple(one.cause for one in causes),
        untold=np.array(
            [
                is_untold(run, one.cause, made if made >= 0 else None)
                for run, one, made in zip(sweep.runs, causes, stood.n_made.tolist(), strict=True)
            ],
            dtype=bool,
        ),
        why_not=None
        if np.isfinite(stood.best).any()
        else f"no run has a finite value of {question.rank_by.name!r}",
        best=stood.best,
        so_far=so_far,
        n_finite=n_finite,
        n_logged=n_logged,
        reports=np.where(stood.n_made >= 0, stood.n_made, np.nan),
        hours=stood.runtime_s / 3600,
        has_curves=stood.rank_curves is not None,
        is_in_order=False,
    )
    return whole.part(name, _by_beginning(sweep.runs))


def _so_far(
    stood: RunOutcomes, goal: Goal
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    curves: Curves | None = stood.rank_curves
    if curves is None or not curves.values.shape[1]:
        has_value = np.isfinite(stood.best).astype(np.int64)
        return (stood.best * goal.sign)[:, None], has_value, np.ones_like(has_value)
    signed = np.where(np.isnan(curves.values), np.inf, curves.values * goal.sign)
    best = np.minimum.accumulate(signed, axis=1)
    best[curves.n_reports == 0] = np.nan
    return best, curves.n_reports, curves.n_reports + curves.n_nonfinite


def _by_beginning(runs: Sequence[Run]) -> list[int]:
    """Rows by the time of beginning, equal ones by id; as they come where any time is unknown."""
    moments = [run.created_at.timestamp() for run in runs if run.created_at is not None]
    if len(moments) < len(runs):
        return list(range(len(runs)))
    return sorted(range(len(runs)), key=lambda row: (moments[row], runs[row].id))

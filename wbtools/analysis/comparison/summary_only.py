"""A comparison of sweeps of which only sums are known, as a table of sweeps tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison.anytime import AnytimeComparison, AnytimeCurve, Unit
from wbtools.analysis.comparison.compare import CompareQuestion, Comparison, Contrast
from wbtools.analysis.comparison.group_summary import GroupSummary, share
from wbtools.analysis.comparison.stages import find_stages
from wbtools.analysis.comparison.sweep_group import SweepGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHY_NOT = "a table of sweeps holds no values of individual runs"
NOTE = (
    "The table has one row a sweep and nothing of single runs: gains have no interval, means "
    "cannot be tested, and best values over the same budget cannot be compared. Completed are the "
    "runs that the table calls finished; why the others ended it does not say."
)


def group_without_runs(name: str, source: str) -> SweepGroup:
    """A side without any run of which something is known."""
    return SweepGroup(
        name=name,
        source=source,
        diagnosis=None,
        rows=np.empty(0, dtype=np.int64),
        why_not=_WHY_NOT,
    )


def summary_of_row(
    *, n_runs: int, n_finished: int | None, best: float | None, hours: float | None
) -> GroupSummary:
    """One row's sums; None where it does not say."""
    return GroupSummary(
        n_runs=n_runs,
        completed=share(0, 0) if n_finished is None else share(min(n_finished, n_runs), n_runs),
        causes={},
        n_by_completion={},
        n_unknown_short=0,
        best=best,
        best_run=None,
        best_cause=None,
        mean=None,
        hours=hours,
        n_timed=n_runs if hours is not None else 0,
        reports=None,
        n_counted=0,
    )


def compare_summaries(
    sides: Sequence[SweepGroup], summaries: Sequence[GroupSummary], question: CompareQuestion
) -> Comparison:
    """Compare what sums alone can be compared by: best values, hours, and gain by stage."""
    goal = question.metric.goal
    return Comparison(
        question=question,
        sides=tuple(sides),
        summaries=tuple(summaries),
        contrasts=tuple(
            None if k == question.baseline else Contrast(why_not=_WHY_NOT)
            for k in range(len(sides))
        ),
        races=tuple(
            AnytimeComparison(
                unit=unit,
                equal_compute=None,
                set_by=None,
                lanes=tuple(AnytimeCurve(total=None, why_not=_WHY_NOT) for _ in sides),
            )
            for unit in Unit
        ),
        stages=find_stages(sides, summaries, goal) if question.in_stages else (),
        notes=(NOTE,),
    )

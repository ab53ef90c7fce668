"""A running sweep as stopping rules see it: the same curves and completions as an audit has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import RunState, SweepView

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.model import ImprovementProbability, Run


def running_view(
    diagnosis: Diagnosis,
    *,
    never: Collection[str] = (),
    p_improvement: ImprovementProbability | None = None,
) -> SweepView | None:
    """What can be known of a sweep now; None before any run has reported the rule's metric.

    Args:
        diagnosis: Of the sweep as it is at this moment.
        never: Ids of runs that are not to be judged; that they reported counts all the same.
        p_improvement: What projects, for rules that ask.
    """
    curves = diagnosis.curves
    if curves is None or not curves.values.size:
        return None
    runs = diagnosis.outcomes.runs
    longest = int(diagnosis.outcomes.budget.reports.max(initial=0))
    return SweepView(
        values=curves.values * diagnosis.sign,
        n_reports=curves.n_reports,
        active=np.array([may_be_stopped(run) and run.id not in never for run in runs], dtype=bool),
        n_nonfinite=curves.n_made - curves.n_reports,
        configs=[run.config for run in runs],
        horizon=longest or None,
        completed=diagnosis.full,
        sign=diagnosis.sign,
        p_improvement=None if p_improvement is None else _Remembering(p_improvement),
    )


def may_be_stopped(run: Run) -> bool:
    """Whether a run is at work, as far as W&B knows, and was not told to stop."""
    return run.state is RunState.RUNNING and not run.stopped


class _Remembering:
    """Projects the same runs of one view once: nested guards ask for them again."""

    def __init__(self, projects: ImprovementProbability) -> None:
        self._projects = projects
        self._known: dict[bytes, NDArray[np.float64]] = {}

    def __call__(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        key = asked.tobytes()
        if key not in self._known:
            self._known[key] = self._projects(view, asked)
        return self._known[key]

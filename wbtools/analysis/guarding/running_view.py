"""A running sweep as stopping rules see it: the same curves and completions as an audit has."""

from __future__ import annotations

from dataclasses import replace
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
    unsure: Collection[str] = (),
    p_improvement: ImprovementProbability | None = None,
) -> SweepView | None:
    """What can be known of a sweep now; None before any run has reported the rule's metric.

    A run whose curve is not known to be whole may be better or worse than it looks, and may have
    come further. It counts as one that made all reports, each the worst of all values: so every
    other run looks as good beside it as it can, and nobody is stopped for reports that are missing.
    Nothing is projected by it; where it alone has completed, everybody may be promising.

    Args:
        diagnosis: Of the sweep as it is at this moment.
        never: Ids of runs that are not to be judged; that they reported counts all the same.
        unsure: Ids of runs whose curves are not known to be whole; they are not judged either.
        p_improvement: What projects, for rules that ask.
    """
    curves = diagnosis.curves
    if curves is None or not curves.n_made.any():
        return None
    runs = diagnosis.outcomes.runs
    longest = int(diagnosis.outcomes.budget.reports.max(initial=0))
    is_unsure = np.array([run.id in unsure for run in runs], dtype=bool)
    values, width = curves.values * diagnosis.sign, curves.values.shape[1]
    known = np.isfinite(values) & ~is_unsure[:, None]
    width = width if known.any() else 0
    worst = np.max(values, initial=-np.inf, where=known)
    may_judge = [may_be_stopped(run) and run.id not in never for run in runs]
    return SweepView(
        values=np.where(is_unsure[:, None], worst, values),
        n_reports=np.where(is_unsure, width, curves.n_reports),
        active=np.array(may_judge, dtype=bool) & ~is_unsure,
        n_nonfinite=curves.n_made - curves.n_reports,
        configs=[run.config for run in runs],
        horizon=longest or None,
        completed=diagnosis.full,
        sign=diagnosis.sign,
        p_improvement=None
        if p_improvement is None
        else _WholeCurvesAlone(p_improvement, is_unsure),
    )


def may_be_stopped(run: Run) -> bool:
    """Whether a run is at work, as far as W&B knows, and was not told to stop."""
    return run.state is RunState.RUNNING and not run.stopped


class _WholeCurvesAlone:
    """Projects by curves that are known to be whole, and the same runs of one view once."""

    def __init__(self, projects: ImprovementProbability, is_unsure: NDArray[np.bool_]) -> None:
        self._projects = projects
        self._is_unsure = is_unsure
        self._known: dict[bytes, NDArray[np.float64]] = {}

    def __call__(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        key = asked.tobytes()
        if key not in self._known:
            self._known[key] = self._project(view, asked)
        return self._known[key]

    def _project(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        if not self._is_unsure.any():
            return self._projects(view, asked)
        completed = ~self._is_unsure & (False if view.completed is None else view.completed)
        n_reports = np.where(self._is_unsure, 0, view.n_reports)
        if not (completed & (n_reports > 0)).any():
            return np.where(asked, 1.0, 0.0)
        return self._projects(replace(view, n_reports=n_reports, completed=completed), asked)

"""A sweep's runs as projections see them: once, so that all commands tell the same of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.learning_rate import rate_name, rates_at_reports
from wbtools.analysis.projection import SweepSnapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.model import Sweep


def sweep_snapshot(sweep: Sweep, diagnosis: Diagnosis) -> SweepSnapshot:
    """The runs for the projection; another metric than the rule's has no known horizon."""
    outcomes, question = diagnosis.outcomes, diagnosis.question
    curves = outcomes.rank_curves
    n, sign = len(outcomes.runs), question.rank_by.goal.sign
    same = question.rank_by.name == question.metric.name
    return SweepSnapshot(
        values=np.empty((n, 0)) if curves is None else curves.values * sign,
        n_reports=np.zeros(n, dtype=np.int64) if curves is None else curves.n_reports,
        best=outcomes.best * sign,
        has_curves=curves is not None,
        full=diagnosis.full,
        stopped=diagnosis.might_have_gone_on,
        horizon=outcomes.budget.reports if same else np.zeros(n, dtype=np.int64),
        configs=[run.config for run in outcomes.runs],
        rates=_rates(sweep, diagnosis),
    )


def _rates(sweep: Sweep, diagnosis: Diagnosis) -> NDArray[np.float64] | None:
    """`[N, T]` the logged learning rate at each report; None if none was loaded."""
    question, rank_curves = diagnosis.question, diagnosis.outcomes.rank_curves
    judged = {question.metric.name, question.rank_by.name}
    sizes = {
        name: curves.values.size for name, curves in sweep.curves.items() if name not in judged
    }
    name = rate_name(sizes)
    if name is None or rank_curves is None:
        return None
    return rates_at_reports(sweep.curves[name], rank_curves)

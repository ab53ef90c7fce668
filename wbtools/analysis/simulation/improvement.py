"""How likely stopped runs are to beat the best completed one, for rules that ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection import Projector, SweepSnapshot
from wbtools.rules.running import best_so_far
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectedImprovement:
    """Answers by projecting as an audit does, with the best completed run for the bar.

    Attributes:
        projector: How runs are projected.
    """

    __repr__ = brief_repr

    projector: Projector

    def __call__(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        """`[N]` how likely each run asked about is to beat the best completed one.

        Raises:
            ValueError: The view does not know a completed run that made a report.
        """
        best = best_so_far(view.values, view.n_reports)
        full = np.isfinite(best) & (False if view.completed is None else view.completed)
        if not full.any():
            msg = "there is no completed run to project by"
            raise ValueError(msg)
        n = len(best)
        horizon = view.horizon or int(view.n_reports[full].max())
        field = SweepSnapshot(
            values=view.values,
            n_reports=view.n_reports,
            best=best,
            has_curves=True,
            full=full,
            stopped=asked,
            horizon=np.full(n, horizon, dtype=np.int64),
            configs=view.configs if len(view.configs) == n else [{} for _ in range(n)],
        )
        incumbent = float(best[full].min())
        chances = np.zeros(n)
        for row, projected in self.projector.predict(field, incumbent).items():
            chances[row] = projected.p_better(incumbent)
        return chances

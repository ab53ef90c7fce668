"""How far stopped runs would come, for rules that ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection import Method, SweepSnapshot, project
from wbtools.rules.running import best_so_far
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.projection import Weights
    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GemProjector:
    """Projects runs as an audit does, with the best completed run for the bar.

    Attributes:
        weights: The learned model; without it, runs are projected by catching up.
    """

    __repr__ = brief_repr

    weights: Weights | None = None

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
        method = Method.CATCH_UP if self.weights is None else Method.LEARNED
        projections = project(field, float(best[full].min()), method=method, weights=self.weights)
        chances = np.zeros(n)
        for row, projected in projections.items():
            chances[row] = projected.p_gem
        return chances

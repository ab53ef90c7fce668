"""What a projection says of the stopped runs of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wbtools.analysis.projection.applicability import OutOfDomain
    from wbtools.analysis.projection.projector import Method
    from wbtools.analysis.projection.reasons import Reasons
    from wbtools.analysis.projection.remaining_improvement import RemainingImprovement

    Floats = NDArray[np.float64]

N_DRAWS = 2000
EVEN = (np.arange(N_DRAWS) + 0.5) / N_DRAWS
"""`[N_DRAWS]` levels of equally likely values."""
SHARED_ERROR_FRACTION = 0.5
"""Share of a projection's error that all runs of a sweep have in common, for their projections rest
on the same completed runs: the middle between independent and equal errors, as P(any gem) of the
plain methods takes it. With independent ones the best of many draws is too good."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectedBest:
    """A stopped run's best over the full budget. Lower is better.

    Attributes:
        levels: `[L]` ascending, in (0, 1).
        quantiles: `[L]` its quantiles at those levels, ascending; none is worse than its best.
        interval: Levels between which nine tenths of the probability lie.
        draws: `[N_DRAWS]` equally likely values, ascending, of which `p_gem` beat the bar.
        p_gem: P(it is strictly better than the bar).
        gains: Of the completed runs that went further.
        reasons: Facts behind it; None for the plain methods.
        incumbent: The bar that `p_gem` is about; None leaves `p_better` to the draws.
    """

    levels: Floats
    quantiles: Floats
    interval: tuple[float, float]
    draws: Floats
    p_gem: float
    gains: RemainingImprovement
    reasons: Reasons | None = None
    incumbent: float | None = None

    def quantile(self, p: float) -> float:
        """The value that it is at most with probability `p`, in (0, 1)."""
        return float(np.interp(p, self.levels, self.quantiles))

    def p_better(self, bar: float) -> float:
        """P(it is strictly better than the bar).

        At the incumbent this is `p_gem`, which may rest on more than the distribution (the learned
        model blends several answers); elsewhere it is the share of the draws, kept on the same side
        of `p_gem` as the bar is of the incumbent.
        """
        share = float((self.draws < bar).mean())
        if self.incumbent is None:
            return share
        if bar == self.incumbent:
            return self.p_gem
        return min(share, self.p_gem) if bar < self.incumbent else max(share, self.p_gem)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projections(Mapping[int, ProjectedBest]):
    """Projections of the stopped runs of a sweep, by row.

    Attributes:
        by_row: For each run that was projected.
        method: Which method projected; not the one asked for where that had to step aside.
        outside: Why the learned model was not used although it was asked for; None if it was, or
            if another method was asked for.
    """

    __repr__ = brief_repr

    by_row: Mapping[int, ProjectedBest]
    method: Method
    outside: OutOfDomain | None = None

    def __getitem__(self, row: int) -> ProjectedBest:
        """The projection of a run."""
        return self.by_row[row]

    def __iter__(self) -> Iterator[int]:
        """Rows that were projected."""
        return iter(self.by_row)

    def __len__(self) -> int:
        """How many runs were projected."""
        return len(self.by_row)

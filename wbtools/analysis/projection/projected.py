"""What a projection says of one stopped run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    """

    levels: Floats
    quantiles: Floats
    interval: tuple[float, float]
    draws: Floats
    p_gem: float
    gains: RemainingImprovement
    reasons: Reasons | None = None

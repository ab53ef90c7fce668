"""How runs that ran their course went on: what a stopped run can be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RemainingImprovement:
    """What m runs that ran their course still did after a given report. Lower is better.

    Attributes:
        own: `float64 [m]` how much each still improved, 0 or more.
        final: `float64 [m]` its best over the horizon.
    """

    own: NDArray[np.float64]
    final: NDArray[np.float64]


def remaining_improvement(
    best: NDArray[np.float64],
    n_reports: NDArray[np.int64],
    full: NDArray[np.bool_],
    *,
    at: int,
    horizon: int | None,
) -> RemainingImprovement:
    """How the runs that ran their course went on after report `at`, up to the horizon.

    Args:
        best: `[N, T]` from `running_best`.
        n_reports: `int64 [N]`.
        full: `bool [N]` runs that ran their course.
        at: Reports, from 1; only runs with more of them count.
        horizon: Reports up to which they are followed; None for as far as they go.
    """
    rows = np.flatnonzero(full & (n_reports > at))
    last = best.shape[1] - 1 if horizon is None else min(max(horizon, at), best.shape[1]) - 1
    final = best[rows, last]
    return RemainingImprovement(own=best[rows, at - 1] - final, final=final)

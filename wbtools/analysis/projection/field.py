"""The runs of a sweep as a projection needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """The runs of a sweep as the projection needs them. Lower is better: sign applied.

    Attributes:
        values: `[N, T]` finite reports, NaN after the last one.
        n_reports: `int64 [N]` of the ranking metric.
        best: `[N]` best value of each run, NaN where unknown; from a table if there is no curve.
        has_curves: Whether `values` holds anything; a run table gives only `best`.
        full: `bool [N]` runs that ran their course.
        stopped: `bool [N]` runs that might have gone on.
        horizon: `int64 [N]` reports of the ranking metric in a full run, 0 if unknown.
        configs: N configurations.
        train_loss: `[N, T]` training loss by report, NaN where unknown; None if not logged.
    """

    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    best: NDArray[np.float64]
    has_curves: bool
    full: NDArray[np.bool_]
    stopped: NDArray[np.bool_]
    horizon: NDArray[np.int64]
    configs: Sequence[Mapping[str, object]]
    train_loss: NDArray[np.float64] | None = None


def running_best(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[N, T]` best value up to each report; the last one is carried on to the right.

    Args:
        values: `[N, T]` lower is better, NaN after a run's last report. Rows without a report
            stay infinite.
    """
    return np.minimum.accumulate(np.where(np.isnan(values), np.inf, values), axis=1)

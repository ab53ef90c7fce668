"""The runs of a sweep as a projection needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepSnapshot:
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
        rates: `[N, T]` learning rate at each report, as it was logged; NaN where unknown. None if
            no run logged it.
    """

    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    best: NDArray[np.float64]
    has_curves: bool
    full: NDArray[np.bool_]
    stopped: NDArray[np.bool_]
    horizon: NDArray[np.int64]
    configs: Sequence[Mapping[str, object]]
    rates: NDArray[np.float64] | None = None


def in_own_order(field: SweepSnapshot) -> tuple[SweepSnapshot, NDArray[np.int64]]:
    """The same runs in an order that only they decide, and the row that each had.

    Sums of floats depend on the order of their parts; so nothing else can depend on that of runs.
    """
    config_texts = [repr(sorted((name, repr(v)) for name, v in c.items())) for c in field.configs]
    _, words = np.unique(config_texts, return_inverse=True)
    filled = np.nan_to_num(field.values)
    first, total = (
        (filled[:, 0], filled.sum(axis=1)) if filled.shape[1] else (field.best, field.best)
    )
    order = np.lexsort((words, total, first, field.best, field.n_reports, field.full))
    return (
        replace(
            field,
            values=field.values[order],
            n_reports=field.n_reports[order],
            best=field.best[order],
            full=field.full[order],
            stopped=field.stopped[order],
            horizon=field.horizon[order],
            configs=[field.configs[row] for row in order.tolist()],
            rates=None if field.rates is None else field.rates[order],
        ),
        order,
    )

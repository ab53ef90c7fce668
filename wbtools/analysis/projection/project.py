"""Project every stopped run of a sweep, by one of several methods."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.catch_up import catch_up, natural_floor, steady_sd
from wbtools.analysis.projection.curve_fit import curve_fit
from wbtools.analysis.projection.learned import learned
from wbtools.analysis.projection.projected import EVEN, ProjectedBest
from wbtools.analysis.projection.remaining_improvement import (
    RemainingImprovement,
    remaining_improvement,
)
from wbtools.rules.running import running_best

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.projection.peer_slice import Floats
    from wbtools.analysis.projection.snapshot import SweepSnapshot
    from wbtools.analysis.projection.weights import Weights


class Method(StrEnum):
    """How a stopped run is projected."""

    LEARNED = "learned"
    CATCH_UP = "catch-up"
    EMPIRICAL_GAIN = "empirical-gain"
    CURVE_FIT = "curve-fit"
    LAST = "last"


def project(
    snapshot: SweepSnapshot,
    incumbent: float,
    *,
    method: Method,
    weights: Weights | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[int, ProjectedBest]:
    """Project every stopped run that made a report, by row.

    Of a sweep that lies outside of what the learned model knows (`Support.outside`), the learned
    method projects by catching up, or nothing.

    Args:
        snapshot: With curves and at least one run that ran its course.
        incumbent: What a gem must beat, lower is better.
        method: How.
        weights: The learned model, which `Method.LEARNED` needs.
        on_progress: Called with (parts of the projection done, parts in all).

    Raises:
        ValueError: The learned method was asked for without its weights.
    """
    best = running_best(snapshot.values)
    known: dict[tuple[int, int], RemainingImprovement] = {}
    rows = np.flatnonzero(snapshot.stopped & (snapshot.n_reports > 0)).tolist()

    def gains(row: int) -> RemainingImprovement:
        at, horizon = int(snapshot.n_reports[row]), int(snapshot.horizon[row])
        if (at, horizon) not in known:
            known[at, horizon] = remaining_improvement(
                best, snapshot.n_reports, snapshot.full, at=at, horizon=horizon or None
            )
        return known[at, horizon]

    if method is Method.LEARNED:
        if weights is None:
            msg = "the learned method needs its weights"
            raise ValueError(msg)
        outside = weights.support.outside(snapshot)
        if outside is None:
            return learned(snapshot, incumbent, weights, gains, on_progress)
        if outside.abstains:
            return {}
        method = Method.CATCH_UP
    plain = {
        Method.CATCH_UP: _by_catching_up,
        Method.EMPIRICAL_GAIN: _by_gains,
        Method.CURVE_FIT: _by_curve,
        Method.LAST: _by_last,
    }[method](snapshot)
    projections = {}
    for row in rows:
        run_gains = gains(row)
        draws = np.quantile(plain(row, run_gains), EVEN, method="inverted_cdf")
        projections[row] = ProjectedBest(
            levels=EVEN,
            quantiles=draws,
            interval=(0.05, 0.95),
            draws=draws,
            p_gem=float((draws < incumbent).mean()),
            gains=run_gains,
        )
    return projections


def _by_catching_up(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    wide = _spread(snapshot)
    floor = natural_floor(snapshot.values[np.isfinite(snapshot.values)])
    return lambda row, gains: catch_up(float(snapshot.best[row]), gains, spread=wide, floor=floor)


def _by_gains(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    def projected(row: int, gains: RemainingImprovement) -> Floats:
        still = gains.own if len(gains.own) else np.zeros(1)
        return np.sort(snapshot.best[row] - still)

    return projected


def _by_curve(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: curve_fit(
        snapshot.values[row, : snapshot.n_reports[row]], int(snapshot.horizon[row])
    )


def _by_last(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: np.array([float(snapshot.best[row])])


def _spread(snapshot: SweepSnapshot) -> float:
    """A positive scale of results: their spread, else a thousandth of them."""
    finals = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    if not len(finals):
        return 0.0
    return steady_sd(finals) or 1e-3 * float(np.abs(finals).max())

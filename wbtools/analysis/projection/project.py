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
    field: SweepSnapshot, bar: float, *, method: Method, weights: Weights | None = None
) -> dict[int, ProjectedBest]:
    """Project every stopped run that made a report, by row.

    Of a sweep that lies outside of what the learned model knows (`Support.outside`), the learned
    method projects by catching up, or nothing.

    Args:
        field: With curves and at least one run that ran its course.
        bar: What a gem must beat, lower is better.
        method: How.
        weights: The learned model, which `Method.LEARNED` needs.

    Raises:
        ValueError: The learned method was asked for without its weights.
    """
    best = running_best(field.values)
    known: dict[tuple[int, int], RemainingImprovement] = {}
    rows = np.flatnonzero(field.stopped & (field.n_reports > 0)).tolist()

    def gains(row: int) -> RemainingImprovement:
        at, horizon = int(field.n_reports[row]), int(field.horizon[row])
        if (at, horizon) not in known:
            known[at, horizon] = remaining_improvement(
                best, field.n_reports, field.full, at=at, horizon=horizon or None
            )
        return known[at, horizon]

    if method is Method.LEARNED:
        if weights is None:
            msg = "the learned method needs its weights"
            raise ValueError(msg)
        outside = weights.support.outside(field)
        if outside is None:
            return learned(field, bar, weights, gains)
        if outside.abstains:
            return {}
        method = Method.CATCH_UP
    plain = {
        Method.CATCH_UP: _by_catching_up,
        Method.EMPIRICAL_GAIN: _by_gains,
        Method.CURVE_FIT: _by_curve,
        Method.LAST: _by_last,
    }[method](field)
    projections = {}
    for row in rows:
        run_gains = gains(row)
        draws = np.quantile(plain(row, run_gains), EVEN, method="inverted_cdf")
        projections[row] = ProjectedBest(
            levels=EVEN,
            quantiles=draws,
            interval=(0.05, 0.95),
            draws=draws,
            p_gem=float((draws < bar).mean()),
            gains=run_gains,
        )
    return projections


def _by_catching_up(field: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    wide = _spread(field)
    floor = natural_floor(field.values[np.isfinite(field.values)])
    return lambda row, gains: catch_up(float(field.best[row]), gains, spread=wide, floor=floor)


def _by_gains(field: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    def projected(row: int, gains: RemainingImprovement) -> Floats:
        still = gains.own if len(gains.own) else np.zeros(1)
        return np.sort(field.best[row] - still)

    return projected


def _by_curve(field: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: curve_fit(
        field.values[row, : field.n_reports[row]], int(field.horizon[row])
    )


def _by_last(field: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: np.array([float(field.best[row])])


def _spread(field: SweepSnapshot) -> float:
    """A positive scale of results: their spread, else a thousandth of them."""
    finals = field.best[field.full & np.isfinite(field.best)]
    if not len(finals):
        return 0.0
    return steady_sd(finals) or 1e-3 * float(np.abs(finals).max())

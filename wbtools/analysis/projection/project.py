"""Project every stopped run of a sweep, by one of several methods."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.catch_up import catch_up, natural_floor
from wbtools.analysis.projection.curve_fit import curve_fit
from wbtools.analysis.projection.features import candidates
from wbtools.analysis.projection.field import in_own_order, running_best
from wbtools.analysis.projection.gains import Gains, gains_after
from wbtools.analysis.projection.reasons import Reasons, reasons
from wbtools.analysis.projection.weights import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.projection.cut import Floats
    from wbtools.analysis.projection.features import Candidates
    from wbtools.analysis.projection.field import Field
    from wbtools.analysis.projection.weights import Weights

N_DRAWS = 2000
_EVEN = (np.arange(N_DRAWS) + 0.5) / N_DRAWS
_BEYOND = 0.1
"""Mean step past the bar, in units, of a gem that lies beyond all quantiles."""


class Method(StrEnum):
    """How a stopped run is projected."""

    LEARNED = "learned"
    CATCH_UP = "catch-up"
    EMPIRICAL_GAIN = "empirical-gain"
    CURVE_FIT = "curve-fit"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projected:
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
    gains: Gains
    reasons: Reasons | None = None


def project(
    field: Field, bar: float, *, method: Method, weights: Weights | None = None
) -> dict[int, Projected]:
    """Project every stopped run that made a report, by row.

    Args:
        field: With curves and at least one run that ran its course.
        bar: What a gem must beat, lower is better.
        method: How.
        weights: The learned model, which `Method.LEARNED` needs.

    Raises:
        ValueError: The learned method was asked for without its weights.
    """
    best = running_best(field.values)
    known: dict[tuple[int, int], Gains] = {}
    rows = np.flatnonzero(field.stopped & (field.n_reports > 0)).tolist()

    def gains(row: int) -> Gains:
        at, horizon = int(field.n_reports[row]), int(field.horizon[row])
        if (at, horizon) not in known:
            known[at, horizon] = gains_after(
                best, field.n_reports, field.full, at=at, horizon=horizon or None
            )
        return known[at, horizon]

    if method is Method.LEARNED:
        if weights is None:
            msg = "the learned method needs its weights"
            raise ValueError(msg)
        return _learned(field, bar, weights, gains)
    plain = {
        Method.CATCH_UP: _by_catching_up,
        Method.EMPIRICAL_GAIN: _by_gains,
        Method.CURVE_FIT: _by_curve,
        Method.LAST: _by_last,
    }[method](field)
    made = {}
    for row in rows:
        own = gains(row)
        draws = np.quantile(plain(row, own), _EVEN, method="inverted_cdf")
        made[row] = Projected(
            levels=_EVEN,
            quantiles=draws,
            interval=(0.05, 0.95),
            draws=draws,
            p_gem=float((draws < bar).mean()),
            gains=own,
        )
    return made


def _by_catching_up(field: Field) -> Callable[[int, Gains], Floats]:
    wide = _spread(field)
    floor = natural_floor(field.values[np.isfinite(field.values)])
    return lambda row, gains: catch_up(float(field.best[row]), gains, spread=wide, floor=floor)


def _by_gains(field: Field) -> Callable[[int, Gains], Floats]:
    def projected(row: int, gains: Gains) -> Floats:
        still = gains.own if len(gains.own) else np.zeros(1)
        return np.sort(field.best[row] - still)

    return projected


def _by_curve(field: Field) -> Callable[[int, Gains], Floats]:
    return lambda row, _: curve_fit(
        field.values[row, : field.n_reports[row]], int(field.horizon[row])
    )


def _by_last(field: Field) -> Callable[[int, Gains], Floats]:
    return lambda row, _: np.array([float(field.best[row])])


def _spread(field: Field) -> float:
    """A positive scale of results: their spread, else a thousandth of them."""
    finals = field.best[field.full & np.isfinite(field.best)]
    if not len(finals):
        return 0.0
    return float(np.std(finals)) or 1e-3 * float(np.abs(finals).max())


def _learned(
    field: Field, bar: float, weights: Weights, gains: Callable[[int], Gains]
) -> dict[int, Projected]:
    field, order = in_own_order(field)
    found = candidates(field, bar)
    if not len(found.rows):
        return {}
    if found.names != weights.names:
        msg = "the weights were made for other features"
        raise ValueError(msg)
    further, p_gems = weights(found.values, found.gap)
    facts = reasons(field, found, bar)
    rows = order[found.rows].tolist()
    floor = natural_floor(field.values[np.isfinite(field.values)])
    made = {}
    for place, (own_place, row) in enumerate(zip(found.rows.tolist(), rows, strict=True)):
        best = float(field.best[own_place])
        p_gem = 1.0 if best < bar else float(p_gems[place])

        def values(gain: Floats, place: int = place, best: float = best) -> Floats:
            """Gains in units, descending, as values of the metric."""
            end = found.best[place] - gain * found.unit[place]
            ended: Floats = np.clip(np.exp(end) if found.is_log else end, min(floor, best), best)
            return ended

        quantiles = values(further[place])[::-1]
        made[row] = Projected(
            levels=1 - LEVELS[::-1],
            quantiles=quantiles,
            interval=(float(1 - weights.interval[1]), float(1 - weights.interval[0])),
            draws=values(_gains_with(p_gem, further[place], found, place)),
            p_gem=p_gem,
            gains=gains(row),
            reasons=facts[own_place],
        )
    return made


def _gains_with(p_gem: float, further: Floats, found: Candidates, place: int) -> Floats:
    """`[N_DRAWS]` gains in units, descending, of which a share `p_gem` reach past the bar.

    The quantiles' own share is stretched to `p_gem`; where they do not reach the bar, a short tail
    begins there.
    """
    gap = float(found.gap[place])
    made = np.interp(_EVEN[::-1], LEVELS, further)
    share = float((made > gap).mean())
    if gap < 0 or share == p_gem:
        return made
    n_past = round(p_gem * N_DRAWS)
    past, short = made[made > gap], made[made <= gap]
    if not len(past):
        past = gap - _BEYOND * np.log(_EVEN)
    if not len(short):
        short = np.array([gap])
    return np.concatenate((_resampled(past, n_past), _resampled(short, N_DRAWS - n_past)))


def _resampled(values: Floats, n: int) -> Floats:
    taken: Floats = values[((np.arange(n) + 0.5) / max(n, 1) * len(values)).astype(int)]
    return taken

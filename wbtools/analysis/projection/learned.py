"""Project by the model that was learned beforehand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.catch_up import natural_floor
from wbtools.analysis.projection.features import candidates
from wbtools.analysis.projection.projected import EVEN, N_DRAWS, ProjectedBest
from wbtools.analysis.projection.reasons import reasons
from wbtools.analysis.projection.snapshot import in_own_order
from wbtools.analysis.projection.weights import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.projection.features import Candidates
    from wbtools.analysis.projection.peer_slice import Floats
    from wbtools.analysis.projection.remaining_improvement import RemainingImprovement
    from wbtools.analysis.projection.snapshot import SweepSnapshot
    from wbtools.analysis.projection.weights import Weights

_BEYOND = 0.1
"""Mean step past the bar, in units, of a gem that lies beyond all quantiles."""
_FAR = 300
_LARGEST = float(np.finfo(float).max)


def learned(
    snapshot: SweepSnapshot,
    incumbent: float,
    weights: Weights,
    gains: Callable[[int], RemainingImprovement],
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[int, ProjectedBest]:
    """Project every stopped run that made a report, by row.

    Args:
        snapshot: With curves and at least one run that ran its course.
        incumbent: Lower is better.
        weights: The model.
        gains: Of the completed runs that went further than the run in a row.
        on_progress: Called with (parts of the projection done, parts in all).

    Raises:
        ValueError: The weights were made for other features.
    """
    floor = natural_floor(snapshot.values)
    snapshot, order = in_own_order(snapshot)
    shift = _shift(snapshot)
    found = candidates(_shifted(snapshot, -shift), math.ldexp(incumbent, -shift), on_progress)
    if not len(found.rows):
        return {}
    if found.names != weights.names:
        msg = "the weights were made for other features"
        raise ValueError(msg)
    further, p_gems = weights(found.values, found.gap)
    facts = reasons(snapshot, found, incumbent)
    projections = {}
    for place, own_row in enumerate(found.rows.tolist()):
        best = float(snapshot.best[own_row])
        p_gem = float(p_gems[place])
        if best < incumbent or incumbent <= floor:
            p_gem = float(best < incumbent)
        matched_gains = _gains_with(p_gem, further[place], found, place)
        ended, draws = (
            np.clip(_values(amounts, found, place, shift), min(floor, best), best)
            for amounts in (further[place], matched_gains)
        )
        row = int(order[own_row])
        projections[row] = ProjectedBest(
            levels=1 - LEVELS[::-1],
            quantiles=ended[::-1],
            interval=(float(1 - weights.interval[1]), float(1 - weights.interval[0])),
            draws=draws,
            p_gem=p_gem,
            gains=gains(row),
            reasons=facts[own_row],
        )
    return projections


def _shift(snapshot: SweepSnapshot) -> int:
    """The power of two that brings numbers near the limits of floats within reach; mostly 0."""
    known = np.abs(snapshot.best[np.isfinite(snapshot.best)])
    power = math.frexp(float(known.max(initial=0.0)))[1]
    return power if abs(power) > _FAR else 0


def _shifted(snapshot: SweepSnapshot, power: int) -> SweepSnapshot:
    if not power:
        return snapshot
    return replace(
        snapshot, values=np.ldexp(snapshot.values, power), best=np.ldexp(snapshot.best, power)
    )


def _values(further: Floats, found: Candidates, place: int, shift: int) -> Floats:
    """Further gains in units as values of the metric."""
    end = found.best[place] - further * found.unit[place]
    values: Floats = np.ldexp(np.exp(end) if found.is_log else end, shift)
    return np.clip(values, -_LARGEST, _LARGEST)


def _gains_with(p_gem: float, further: Floats, found: Candidates, place: int) -> Floats:
    """`[N_DRAWS]` gains in units, descending, of which a share `p_gem` reach past the bar.

    The quantiles' own share is stretched to `p_gem`; where they do not reach the bar, a short tail
    begins there.
    """
    gap = float(found.gap[place])
    gains = np.interp(EVEN[::-1], LEVELS, further)
    share = float((gains > gap).mean())
    if gap < 0 or share == p_gem:
        return gains
    n_past = round(p_gem * N_DRAWS)
    past, short = gains[gains > gap], gains[gains <= gap]
    if not len(past):
        past = gap - _BEYOND * np.log(EVEN)
    if not len(short):
        short = np.array([gap])
    return np.concatenate((_resampled(past, n_past), _resampled(short, N_DRAWS - n_past)))


def _resampled(values: Floats, n: int) -> Floats:
    taken: Floats = values[((np.arange(n) + 0.5) / max(n, 1) * len(values)).astype(int)]
    return taken

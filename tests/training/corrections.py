"""What is fitted on families that the members had not seen: intervals, P(gem), P(any gem)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.training.folds import family, weights_by_family
from wbtools.analysis.projection.weights import (
    BLENDED,
    LEVELS,
    MIDDLE,
    blended,
    log_odds,
    plain_odds,
    probability,
    standing,
    stretched,
)

if TYPE_CHECKING:
    from tests.training.simulate import Rows

_LEVEL = 0.9
_WIDEST, _NARROWEST = 3.0, 0.4
_ERRORS = 2.0
_BEFORE = {
    "linear": 0.15,
    "logarithmic": 0.15,
    "trees": 0.2,
    "run trees": 0.2,
    "share": 0.2,
    "standing": 1.0,
}
_HOLD_BLEND, _HOLD_ANY = 0.1, 1e-3
UNCORRECTED = {
    "widening": np.ones(len(LEVELS)),
    "interval": np.array([0.05, 0.95]),
    "blend": np.zeros(len(BLENDED)),
    "any_blend": np.zeros(2),
}


def corrections(rows: Rows, quantiles: np.ndarray, odds: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays that `UNCORRECTED` names.

    Args:
        rows: Of families that the members had not seen.
        quantiles: `[R, L]` what the members said of the further gain.
        odds: `[R, 4]` and of gems.
    """
    even, rooted = family_weights(rows.task, 0.0), family_weights(rows.task, 0.5)
    widening = np.array(
        [_stretch(quantiles, rows.gain, even, place) for place in range(len(LEVELS))]
    )
    wide = stretched(quantiles, widening)
    inputs = blended(wide, odds, rows.gap, _plain(rows))
    before = np.array([_BEFORE.get(name, 0.0) for name in BLENDED])
    blend = _logistic(inputs, rows.is_gem.astype(float), rooted, before, _HOLD_BLEND)
    p = probability(inputs @ blend)
    sweeps, first, which = np.unique(rows.sweep, return_index=True, return_inverse=True)
    none = np.exp(np.bincount(which, np.log1p(-np.minimum(p, 1 - 1e-9)), len(sweeps)))
    has = (np.bincount(which, rows.is_gem, len(sweeps)) > 0).astype(float)
    any_told = np.column_stack((log_odds(1 - none), np.ones(len(sweeps))))
    of_sweep = family_weights(rows.task[first], 0.5)
    return {
        "widening": widening,
        "interval": np.array([0.05, _upper(wide, rows)]),
        "blend": blend,
        "any_blend": _logistic(any_told, has, of_sweep, np.array([1.0, 0.0]), _HOLD_ANY),
    }


def _plain(rows: Rows) -> np.ndarray:
    """`[R, 3]` what plain methods say; standing is among the candidates of each sweep."""
    names, features = tuple(rows.names.tolist()), rows.features.astype(float)
    place = np.empty(len(features))
    order = np.argsort(rows.sweep, kind="stable")
    for sweep in np.split(order, np.flatnonzero(np.diff(rows.sweep[order])) + 1):
        place[sweep] = standing(names, features[sweep])
    return np.column_stack((plain_odds(names, features), place))


def family_weights(task: np.ndarray, power: float) -> np.ndarray:
    """`[R]` weights of mean 1, by which a family counts as its rows to a power.

    Args:
        task: `[R]` of each row; the tasks of a family count alike.
        power: 0 for families that count alike, 1 for rows that do.
    """
    return weights_by_family(task, lambda n_rows: {name: n**power for name, n in n_rows.items()})


def _stretch(quantiles: np.ndarray, gain: np.ndarray, w: np.ndarray, place: int) -> float:
    """By how much a quantile must move from the median to hold its share of the unseen tasks."""
    level, middle = float(LEVELS[place]), quantiles[:, MIDDLE]
    away = quantiles[:, place] - middle

    def share(factor: float, *, closed: bool) -> float:
        edge = np.maximum(middle + factor * away, 0.0)
        return float(np.average(gain <= edge + 1e-9 if closed else gain < edge - 1e-9, weights=w))

    if place == MIDDLE or share(1, closed=False) <= level <= share(1, closed=True):
        return 1.0
    low, high = _NARROWEST, _WIDEST
    for _ in range(30):
        factor = (low + high) / 2
        if place < MIDDLE:
            is_short = share(factor, closed=False) > level
        else:
            is_short = share(factor, closed=True) < level
        low, high = (factor, high) if is_short else (low, factor)
    return (low + high) / 2


def _upper(quantiles: np.ndarray, rows: Rows) -> float:
    """The level up to which, from 0.05 on, nine tenths of the truth lie in a family yet unseen.

    Families differ, and there are few: their mean less twice its standard error must hold it.
    """
    tasks, which = np.unique(rows.task, return_inverse=True)
    families, of_task = np.unique([family(str(task)) for task in tasks], return_inverse=True)
    of_row, w = of_task[which], family_weights(rows.task, 0.0)
    bottom = quantiles[:, LEVELS.tolist().index(0.05)]
    low, high = 0.8, 0.99
    for _ in range(30):
        level = (low + high) / 2
        top = np.array([np.interp(level, LEVELS, row) for row in quantiles])
        is_held = (rows.gain >= bottom - 1e-9) & (rows.gain <= top + 1e-9)
        held = np.bincount(of_row, w * is_held) / np.bincount(of_row, w)
        sure = held.mean() - _ERRORS * held.std(ddof=1) / np.sqrt(len(families))
        low, high = (level, high) if sure < _LEVEL else (low, level)
    return (low + high) / 2


def _logistic(
    inputs: np.ndarray, is_so: np.ndarray, w: np.ndarray, before: np.ndarray, hold: float
) -> np.ndarray:
    """Logistic regression by Newton's method, held near `before`."""
    blend, w = before.copy(), w / w.sum()
    for _ in range(50):
        p = probability(inputs @ blend)
        slope = inputs.T @ (w * (p - is_so)) + hold * (blend - before)
        curve = (inputs * (w * p * (1 - p))[:, None]).T @ inputs + hold * np.eye(len(blend))
        step = np.linalg.solve(curve, slope)
        blend -= step * min(1.0, 1.0 / float(np.abs(step).max()))  # far steps overshoot
        if np.abs(step).max() < 1e-8:
            break
    return blend

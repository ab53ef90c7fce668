"""Marginal curves: how a run is predicted to stand at each value of one parameter, others as are.

Partial dependence (Friedman 2001): the mean prediction over the runs' other values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.importance.imputed_outcomes import Floats
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

_N_POINTS: Final = 9
_MOST_RUNS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalPoint:
    """One point of a marginal curve.

    Attributes:
        level: The listed value; None of a range.
        value: The number; None of a category.
        standing: Share of the runs that such a run is predicted to beat.
        typical: The metric at that standing, its own units.
        typical_low: The metric at the end of the standing's interval where it is lower.
        typical_high: The metric at the other end.
    """

    __repr__ = brief_repr

    level: object
    value: float | None
    standing: Interval
    typical: float
    typical_low: float
    typical_high: float


def grid(parameter: VariedParameter) -> Floats:
    """Places at which the curve is computed: all listed values, or even steps over the range."""
    if parameter.levels:
        return parameter.level_places
    places = np.linspace(0.0, 1.0, _N_POINTS)
    if parameter.scale is None or not parameter.whole:
        return places
    whole = {round(parameter.value(place)) for place in places.tolist()}
    return np.array([parameter.scale.encode(value) for value in sorted(whole)])


def partial_dependence(
    predict: Callable[[Floats], Floats], places: Floats, column: int, at: Floats
) -> Floats:
    """`[G]` mean prediction with one column set to each of G places.

    Args:
        predict: Of `[n, D]` places.
        places: `[N, D]` of the runs; of many, an even selection.
        column: Which.
        at: `[G]`.
    """
    rows = np.unique(np.linspace(0, len(places) - 1, _MOST_RUNS).astype(int))
    stacked = np.repeat(places[rows][None], len(at), axis=0)
    stacked[:, :, column] = at[:, None]
    predicted = predict(stacked.reshape(-1, places.shape[1]))
    return np.asarray(predicted.reshape(len(at), len(rows)).mean(axis=1))

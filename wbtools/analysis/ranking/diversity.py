"""The best configurations that also differ, by Gower's distance in the space that was searched.

Gower 1971, "A general coefficient of similarity and some of its properties": the mean over the
parameters of distances between 0 and 1. A number counts by its place in its range, on a logarithmic
scale where the range is one; a listed number by its place in the list; any other value is the same
or not. A parameter that only one of the two has counts 1, as in Hutter and Osborne 2013, "A kernel
for hierarchical parameter spaces"; one that neither has does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import canonical
from wbtools.sweepfile.space import Choice, Range, observed_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.sweepfile.space import Axis

LEAST: Final = 0.1
"""Mean distance, as a share of the space, from which on two configurations differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One chosen configuration.

    Attributes:
        distances: To each of those chosen before, in [0, 1].
    """

    row: Row
    distances: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverse:
    """The choice.

    Attributes:
        picks: The best first.
        n_asked: How many there were to be.
        n_close: Better configurations that were passed over, being too near to a chosen one.
        names: The parameters that distances were taken over.
    """

    picks: tuple[Pick, ...]
    n_asked: int
    n_close: int
    least: float
    names: tuple[str, ...]


def choose(
    rows: Sequence[Row],
    configs: Sequence[Mapping[str, object]],
    space: Mapping[str, Axis],
    n: int,
    *,
    least: float = LEAST,
) -> Diverse:
    """Go down the leaderboard and take what is far enough from all that was taken.

    So no choice is worse than it must be, and none is near another.

    Args:
        rows: With a rank, the best first.
        configs: The parameters of each.
        space: What was searched; a parameter that is not in it is taken as it was tried.
        n: How many.
        least: Smallest distance between two.
    """
    metric = Gower(configs, space)
    picks: list[Pick] = []
    chosen: list[Mapping[str, object]] = []
    n_close = 0
    for row, config in zip(rows, configs, strict=True):
        if len(picks) == n:
            break
        distances = tuple(metric.distance(config, chosen_config) for chosen_config in chosen)
        if any(distance < least for distance in distances):
            n_close += 1
            continue
        picks.append(Pick(row=row, distances=distances))
        chosen.append(config)
    return Diverse(picks=tuple(picks), n_asked=n, n_close=n_close, least=least, names=metric.names)


class Gower:
    """The distance between configurations of one space.

    Attributes:
        names: The parameters that vary.
    """

    def __init__(self, configs: Sequence[Mapping[str, object]], space: Mapping[str, Axis]) -> None:
        """Scale every parameter that varies."""
        self._axes: dict[str, Axis] = {}
        for name in dict.fromkeys(name for config in configs for name in config):
            held = [config[name] for config in configs if name in config]
            if len(held) == len(configs) and len(set(map(canonical, held))) == 1:
                continue
            self._axes[name] = _axis(name, held, space)
        self.names = tuple(self._axes)

    def distance(self, left: Mapping[str, object], right: Mapping[str, object]) -> float:
        """In [0, 1]; 0 for configurations without any parameter that varies."""
        total, n = 0.0, 0
        for name, axis in self._axes.items():
            if name not in left and name not in right:
                continue
            n += 1
            if name in left and name in right:
                total += _apart(left[name], right[name], axis)
            else:
                total += 1.0
        return total / n if n else 0.0


def _apart(left: object, right: object, axis: Axis) -> float:
    """On the axis's own scale, no more than all of it; what has no place there differs or not."""
    gap = abs(axis.encode(left) - axis.encode(right))
    return float(canonical(left) != canonical(right)) if math.isnan(gap) else min(gap, 1.0)


def _axis(name: str, held: Sequence[object], space: Mapping[str, Axis]) -> Axis:
    """The range or the choices that were searched, else those that were tried."""
    axis = space.get(name)
    if isinstance(axis, Range | Choice):
        return axis
    return observed_axis(name, held)

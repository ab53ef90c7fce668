"""What a figure of parameters says: where the best runs lie, if that is no luck, or what matters.

Somewhere the best runs always lie close together. Where they do so is said only if as many runs,
chosen at random, would rarely come so close on any of the parameters that are looked at.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.parameter_axes import MOST_NAMED
from wbtools.text.numbers import count, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.importance import Importance
    from wbtools.answers.figures.parameter_axes import ParameterAxis, ParameterView

_BY_LUCK: Final = 0.05
"""How often the title of a sweep in which nothing matters may say where the best runs lie."""

_MOST_SETS: Final = 5000
"""Of a category's values, to look through."""


def finding_words(view: ParameterView, importance: Importance | None, *, most: int = 1) -> str:
    """Where the best runs lie, such as `The best 3 of 36 runs have lr between 0.01 and 0.02`.

    Where that may well be luck, which parameters matter as far as that is shown.

    Args:
        view: The runs and parameters.
        importance: Of the same sweep; None where it is not known.
        most: Parameters to name at most where the best runs lie.
    """
    if ranges := _ranges(view):
        n = int(view.top().sum())
        return f"The best {n} of {len(view.rows)} runs have {' and '.join(ranges[:most])}"
    if importance is not None:
        return matters_words(view, importance)
    return f"No parameter sets the best of {count(len(view.rows), 'run')} apart"


def matters_words(view: ParameterView, importance: Importance) -> str:
    """Which of the parameters matter, as far as that is shown."""
    known = {
        found.name for found in importance.parameters if found.association.strength is not None
    }
    if not known:
        return f"Nothing can be said of which parameter matters for {view.metric}"
    surely = {found.name for found in importance.parameters if found.association.stands}
    named = [axis.label for axis in view.axes if axis.name in surely]
    if not named:
        return f"No parameter is shown to matter for {view.metric}"
    verb = "matters" if len(named) == 1 else "matter"
    return f"{listed(named)} {verb} for {view.metric}"


def _ranges(view: ParameterView) -> list[str]:
    """Where the best runs lie on each parameter on which that is no luck (Bonferroni)."""
    top = view.top()
    return [
        f"{axis.label} {words}"
        for axis in view.axes
        if _chance(axis, top) * len(view.axes) <= _BY_LUCK and (words := axis.among(top))
    ]


def _chance(axis: ParameterAxis, top: NDArray[np.bool_]) -> float:
    """How likely as many runs, chosen at random, lie as close together as these do."""
    if axis.is_absent[top].any():
        return 1.0
    n, chosen = len(top), int(top.sum())
    _, at, sizes = np.unique(axis.places[~axis.is_absent], return_inverse=True, return_counts=True)
    taken = at[top[~axis.is_absent]]
    if axis.parameter.ordered:
        inside = int(sizes[taken.min() : taken.max() + 1].sum())
        return _n_within(sizes.tolist(), chosen, inside) / comb(n, chosen)
    kinds = np.unique(taken)
    if len(kinds) > MOST_NAMED or comb(len(sizes), len(kinds)) > _MOST_SETS:
        return 1.0
    inside = int(sizes[kinds].sum())
    totals = [sum(some) for some in combinations(sizes.tolist(), len(kinds))]
    found = sum(comb(total, chosen) for total in totals if total <= inside)
    return min(found / comb(n, chosen), 1.0)


def _n_within(sizes: list[int], chosen: int, most: int) -> int:
    """Choices of `chosen` runs between the first and last of which, ties included, few others lie.

    Args:
        sizes: How many runs there are at each place, in order.
        chosen: How many are chosen.
        most: How many runs may lie there, the chosen ones included.
    """
    found = 0
    for first, least in enumerate(sizes):
        inside = 0
        for last in range(first, len(sizes)):
            inside += sizes[last]
            if inside > most:
                break
            # The chosen ones are here, and some are at the first and at the last place.
            found += comb(inside, chosen)
            if last > first:
                found -= comb(inside - least, chosen) + comb(inside - sizes[last], chosen)
                found += comb(inside - least - sizes[last], chosen)
    return found

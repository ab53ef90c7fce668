"""Marks as a page holds them: many in the room of few, which `static/unpack.js` undoes.

A page of 500 runs with 200 reports each has a hundred thousand points in its curves, and as many
dots as runs in every panel. Written out they would take several megabytes. So the values of curves
are whole numbers of a unit that is far finer than a line is wide, each as its difference to the one
before; and dots without words stand together, as columns.
"""

from __future__ import annotations

import math
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_UNITS_A_SPREAD: Final = 4000
_MIDDLE: Final = (0.05, 0.95)
_LARGEST: Final = 2**52
_MOST_DIGITS: Final = 200
_FEWEST: Final = 2
_OF_DOTS: Final = frozenset({"type", "cat", "em", "run", "x", "y"})

Json = dict[str, Any]


def packed_panel(panel: Json, place_of: Mapping[str, int]) -> Json:
    """A panel with its marks packed.

    Args:
        panel: As `figure_json` has it.
        place_of: The place of each run in the page's list of them.
    """
    unit = None if panel["y"]["scale"] == "log" else _unit(panel["marks"])
    marks: list[Json] = []
    for is_dot, group in groupby(panel["marks"], key=_is_plain_dot):
        together = list(group)
        if is_dot and len(together) >= _FEWEST:
            marks.append(_dots(together, place_of))
        else:
            marks += [_curve(mark, unit) if mark["type"] == "curve" else mark for mark in together]
    return panel | {"marks": marks}


def _is_plain_dot(mark: Json) -> bool:
    return mark["type"] == "dot" and mark.keys() <= _OF_DOTS


def _dots(marks: Sequence[Json], place_of: Mapping[str, int]) -> Json:
    """Columns: `kind` is each dot's place in `kinds`, `run` the place of its run, -1 for none."""
    looks = [(mark["cat"], mark.get("em")) for mark in marks]
    kinds = list(dict.fromkeys(looks))
    return {
        "type": "dots",
        "kinds": kinds,
        "kind": [kinds.index(look) for look in looks],
        "run": [place_of.get(mark.get("run", ""), -1) for mark in marks],
        "x": [mark["x"] for mark in marks],
        "y": [mark["y"] for mark in marks],
    }


def _curve(mark: Json, unit: int | None) -> Json:
    """The curve with `dy` in place of `y`; as it is where its values are too large for that."""
    values = [value for value in mark["y"] if value is not None]
    if unit is None or len(values) < _FEWEST or max(map(abs, values)) * 10.0**unit > _LARGEST:
        return mark
    counts = [None if value is None else round(value * 10.0**unit) for value in mark["y"]]
    known = [0, *(n for n in counts if n is not None)]
    steps = (later - before for before, later in pairwise(known))
    packed = {key: value for key, value in mark.items() if key != "y"}
    return packed | {"digits": unit, "dy": [None if n is None else next(steps) for n in counts]}


def _unit(marks: Sequence[Json]) -> int | None:
    """How many digits after the point tell the values of curves apart; None without curves.

    By the spread of the middle values, as a run that diverged is not to decide for all others.
    """
    values = np.array([*_values(marks)])
    if not len(values):
        return None
    low, high = np.quantile(values, _MIDDLE, method="nearest").tolist()
    spread = (high - low) or float(np.abs(values).max()) or 1.0
    digits = math.log10(_UNITS_A_SPREAD) - math.log10(spread)
    return math.ceil(digits) if abs(digits) <= _MOST_DIGITS else None


def _values(marks: Sequence[Json]) -> Iterator[float]:
    for mark in marks:
        if mark["type"] == "curve":
            yield from (value for value in mark["y"] if value is not None)

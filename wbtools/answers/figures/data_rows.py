"""A figure's data as a table: a row a point, with the run it is of, for other programs to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    AxisScale,
    BarMark,
    CurveMark,
    DotMark,
    IntervalMark,
    RibbonMark,
    RuleMark,
    TextMark,
)

if TYPE_CHECKING:
    from wbtools.answers.figures.figure_data import Axis, FigureData, Mark

HEADER: Final = (
    "panel",
    "mark",
    "category",
    "run_id",
    "label",
    "x",
    "y",
    "low",
    "high",
    "x_name",
    "y_name",
)
_Row = tuple[object, ...]
_Point = tuple[float | None, float | None, float | None, float | None]


def data_rows(data: FigureData) -> tuple[tuple[str, ...], list[_Row]]:
    """The figure's data: names of columns, and a row for every point that is drawn.

    A curve has a row a point, gaps left out; a ribbon likewise, with its edges as `low` and `high`.
    An interval lies along the axis whose value is its estimate. A bar lies at `y` from `low` to
    `high`, which is its end and its `x`. A rule has only the value it stands at, and `low` and
    `high` where it does not go across the whole panel. `x_name` and `y_name` are the names of the
    positions on an axis of names.

    Returns:
        Header, and rows of as many cells; None where a cell is empty.
    """
    rows: list[_Row] = []
    for place, panel in enumerate(data.panels, start=1):
        for mark in panel.marks:
            category = getattr(mark, "category", None)
            first = (
                panel.title or place,
                _KINDS[type(mark)],
                None if category is None else category.label,
                getattr(mark, "run_id", None),
                mark.text if isinstance(mark, TextMark) else mark.label or None,
            )
            for point in _points(mark):
                names = _name(panel.x, point[0]), _name(panel.y, point[1])
                rows.append((*first, *point, *names))
    return HEADER, rows


_KINDS: Final[dict[type, str]] = {
    CurveMark: "curve",
    DotMark: "dot",
    IntervalMark: "interval",
    BarMark: "bar",
    RuleMark: "rule",
    RibbonMark: "ribbon",
    TextMark: "text",
}


def _points(mark: Mark) -> list[_Point]:
    match mark:
        case CurveMark():
            points = zip(mark.x.tolist(), mark.y.tolist(), strict=True)
            return [(x, y, None, None) for x, y in points if not np.isnan(y)]
        case RibbonMark():
            edges = mark.x.tolist(), mark.low.tolist(), mark.high.tolist()
            return [(x, None, low, high) for x, low, high in zip(*edges, strict=True)]
        case IntervalMark():
            at, middle = mark.at, mark.estimate
            x, y = (middle, at) if mark.is_horizontal else (at, middle)
            return [(x, y, _known(mark.low), _known(mark.high))]
        case BarMark():
            return [(mark.end, mark.at, mark.start, mark.end)]
        case RuleMark():
            if mark.is_horizontal:
                return [(None, mark.at, mark.start, mark.end)]
            return [(mark.at, None, mark.start, mark.end)]
        case _:
            return [(mark.x, mark.y, None, None)]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _name(axis: Axis, position: float | None) -> str | None:
    """What stands at the nearest position of an axis of names."""
    if axis.scale is not AxisScale.NAMES or position is None:
        return None
    nearest = round(position)
    return axis.names[nearest] if 0 <= nearest < len(axis.names) else None

"""Curves of more points than a page can show, thinned so that they look the same.

Of the points that fall into one column of the drawing the first, the last, the lowest and the
highest are kept (M4: Jugel and others, "M4: A visualization-oriented time series data aggregation",
VLDB 2014), so that a line through them covers the same room.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import AxisScale, CurveMark, FigureData

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.answers.figures.figure_data import Mark, Panel

_COLUMNS: Final = 1000
"""More than a page's figure is pixels wide."""
_MOST_POINTS: Final = 5 * _COLUMNS
_NOTE: Final = (
    "Curves of more than {most:,} points are thinned to what can be seen: wbtools plot {name} "
    "--data writes all."
)


def thinned(figure: FigureData) -> FigureData:
    """The figure with its long curves thinned, and a note that says so; else as it is."""
    panels = tuple(
        replace(panel, marks=tuple(_mark(mark, panel) for mark in panel.marks))
        for panel in figure.panels
    )
    if not any(_is_long(mark) for panel in figure.panels for mark in panel.marks):
        return figure
    note = _NOTE.format(most=_MOST_POINTS, name=figure.name)
    return replace(figure, panels=panels, notes=(*figure.notes, note))


def _is_long(mark: Mark) -> bool:
    return isinstance(mark, CurveMark) and len(mark.x) > _MOST_POINTS


def _mark(mark: Mark, panel: Panel) -> Mark:
    if not isinstance(mark, CurveMark) or not _is_long(mark):
        return mark
    is_log = panel.x.scale is AxisScale.LOG
    kept = _kept(np.log(np.maximum(mark.x, np.finfo(float).tiny)) if is_log else mark.x, mark.y)
    return replace(mark, x=mark.x[kept], y=mark.y[kept])


def _kept(at: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which points are kept, ascending.

    Args:
        at: `[n]` Where they stand across the drawing, in any unit.
        y: `[n]` NaN leaves a gap, and one of a column's gaps is kept.
    """
    ends = np.linspace(at.min(), at.max(), _COLUMNS + 1)
    column = np.searchsorted(ends[1:-1], at, side="right")
    place = np.arange(len(at), dtype=np.float64)
    is_known = np.isfinite(y).astype(np.float64)
    kept: list[NDArray[np.intp]] = []
    for values in (place, -place, y, -y, is_known):
        order = np.lexsort((values, column))
        kept.append(order[np.diff(column[order], prepend=-1) > 0])
    return np.unique(np.concatenate(kept))

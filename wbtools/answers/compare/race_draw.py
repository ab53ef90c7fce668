"""Draw best values so far against compute, a colour a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.answers.figures.style import caption, new_figure, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from wbtools.answers.compare.race_figure import AnytimeFigure, Panel

# Okabe and Ito 2008, "Color universal design": told apart by color-blind readers too.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#9a8c00")
_EQUAL_COLOR = "#b4bcc4"
_LARGEST_DRAWN = 1e300  # matplotlib's own sums of larger ones overflow


def drawn(data: AnytimeFigure, *, size_in: tuple[float, float] = (9.0, 4.5)) -> Figure:
    """Draw a comparison as a figure that pyplot does not know of.

    Args:
        data: From `wbtools.answers.compare.race_figure.anytime_figure`.
        size_in: Width and height in inches.
    """
    return new_figure(size_in, lambda sheet: _compose(sheet, data))


def _compose(sheet: Figure, data: AnytimeFigure) -> None:
    grid = sheet.subplots(1, max(len(data.panels), 1), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, data.panels, strict=False):
        _draw_panel(axes, panel)
    grid[0].set_ylabel(data.y_label)
    write_title(grid[0], data.title)
    if data.panels:
        grid[-1].legend(fontsize=7.5, frameon=False, loc="best")
    caption(sheet, data.captions)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_xlabel(panel.x_label)
    if panel.equal is not None:
        axes.axvline(panel.equal, color=_EQUAL_COLOR, linewidth=0.8, linestyle=":", zorder=1)
        axes.annotate(
            panel.equal_label,
            (panel.equal, 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3),
            textcoords="offset points",
            fontsize=7,
            color="#5a6570",
            rotation=90,
        )
    for line in panel.lines:
        color = _COLORS[line.place % len(_COLORS)]
        label: str | None = line.label
        if len(line.x):
            axes.step(line.x, _within(line.y), where="post", color=color, label=label, zorder=3)
            label = None
        if len(line.band_x):
            axes.fill_between(
                line.band_x,
                _within(line.low),
                _within(line.high),
                color=color,
                alpha=0.12,
                linewidth=0,
                zorder=1.5,
            )
            axes.plot(
                line.band_x,
                _within(line.typical),
                color=color,
                linewidth=1.0,
                linestyle=(0, (4, 2)),
                label=label,
                zorder=2,
            )


def _within(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(values, -_LARGEST_DRAWN, _LARGEST_DRAWN)

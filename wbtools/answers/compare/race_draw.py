"""Draw best values so far against compute, a colour a side."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from wbtools.answers.figure_style import (
    caption,
    figure_style,
    format_named,
    new_figure,
    save,
    write_title,
)

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from wbtools.answers.compare.race_figure import AnytimeFigure, Panel

# Okabe and Ito 2008, "Color universal design": told apart by color-blind readers too.
_COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
    "#9a8c00",
)
_EQUAL_COLOR = "#b4bcc4"
_LARGEST_DRAWN = 1e300  # matplotlib's own sums of larger ones overflow


def draw_anytime(
    data: AnytimeFigure,
    path: Path | BinaryIO,
    *,
    file_format: str | None = None,
    size_in: tuple[float, float] = (9.0, 4.5),
    dots_per_inch: int = 150,
) -> None:
    """Draw a comparison into a file; the same data make the same bytes.

    Args:
        data: From `wbtools.answers.compare.race_figure.anytime_figure`.
        path: Where to write; the suffix names the format.
        file_format: `png`, `svg` or `pdf`, where there is no suffix to name it.
        size_in: Width and height in inches.
        dots_per_inch: Of a PNG.

    Raises:
        UsageError: The suffix names no format that can be drawn.
    """
    kind = format_named(path, file_format)
    with figure_style():
        save(_sheet(data, size_in), path, kind, dots_per_inch)


def drawn(data: AnytimeFigure, *, size_in: tuple[float, float] = (9.0, 4.5)) -> Figure:
    """Draw a comparison as a figure that pyplot does not know of.

    Args:
        data: From `wbtools.answers.compare.race_figure.anytime_figure`.
        size_in: Width and height in inches.
    """
    with figure_style():
        sheet = _sheet(data, size_in)
        # Ticks are made when they are drawn: in this style, not in what holds later.
        sheet.draw_without_rendering()
    return sheet


def _sheet(data: AnytimeFigure, size_in: tuple[float, float]) -> Figure:
    sheet = new_figure(size_in)
    grid = sheet.subplots(1, max(len(data.panels), 1), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, data.panels, strict=False):
        _draw_panel(axes, panel)
    grid[0].set_ylabel(data.y_label)
    write_title(grid[0], data.title)
    if data.panels:
        grid[-1].legend(fontsize=7.5, frameon=False, loc="best")
    caption(sheet, data.captions)
    return sheet


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

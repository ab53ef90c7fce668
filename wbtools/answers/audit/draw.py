"""Draw the picture of a sweep with matplotlib, without pyplot and without a display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.answers.figures.style import caption, new_figure, write_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from wbtools.answers.audit.figure import AuditFigure

_COLORS = {
    RunKind.FULL: "#7d8894",
    RunKind.HYPERBAND: "#d98a4b",
    RunKind.GUARD: "#c4607f",
    RunKind.OTHERWISE: "#9a7bb8",
    RunKind.UNKNOWN: "#a89a4f",
    RunKind.RUNNING: "#5b9bd5",
    RunKind.GEM: "#0b6e4f",
    RunKind.CHOSEN: "#0b6e4f",
}
_FARTHEST = 1000.0  # times the picture's height; what lies beyond is drawn as if it lay there
_FAINTEST = 0.01
_BUNDLE_INK = 60.0  # lines on top of each other that come near a full colour
_LABEL_STEP = 10.0
_PLOT_POINTS = 270.0  # height of the plot, about, to keep labels apart
_BAND_COLOR = "#b4bcc4"
_BAR_COLOR = "#22303c"


def drawn(data: AuditFigure, *, size_in: tuple[float, float] = (9.0, 5.0)) -> Figure:
    """Draw a sweep's picture as a figure that pyplot does not know of.

    Args:
        data: From `wbtools.answers.audit.figure.figure`.
        size_in: Width and height in inches.
    """
    return new_figure(size_in, lambda sheet: _compose(sheet, data))


def _compose(sheet: Figure, data: AuditFigure) -> None:
    axes = sheet.add_subplot()
    axes.set_xlabel(data.x_label)
    axes.set_ylabel(data.y_label)
    ends = [int(line.x[-1]) for line in data.lines] + [fan.horizon for fan in data.fans]
    most = max(ends, default=1)
    axes.set_xlim(0, most * 1.08 + 0.5)
    axes.set_ylim(*data.y_range)
    _draw_bands(axes, data, most)
    _draw_fans(axes, data)
    for kind in RunKind:
        _draw_kind(axes, data, kind)
    _draw_labels(axes, data)
    if data.incumbent is not None:
        (level,) = _within([data.incumbent.value], data)
        axes.axhline(level, color=_BAR_COLOR, linewidth=0.9, linestyle="--", zorder=3)
        axes.annotate(
            data.incumbent.label.replace(", ", ",\n"),
            (1.0, min(max(level, data.y_range[0]), data.y_range[1])),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=7.5,
            color=_BAR_COLOR,
            zorder=6,
        )
    _legend(axes, data)
    write_title(axes, data.title)
    caption(sheet, data.captions)


def _within(values: Sequence[float] | NDArray[np.float64], data: AuditFigure) -> list[float]:
    """Values as they can be drawn: what is very far away is brought nearer."""
    low, high = data.y_range
    far = min((high - low) * _FARTHEST, 1e305)
    drawn: list[float] = np.clip(values, low - far, high + far).tolist()
    return drawn


def _draw_bands(axes: Axes, data: AuditFigure, most: int) -> None:
    half = max(most * 0.018, 0.3)
    for band in data.bands:
        axes.axvline(band.report, color=_BAND_COLOR, linewidth=0.8, linestyle=":", zorder=1)
        axes.annotate(
            band.label,
            (band.report, 0.0 if data.is_upward else 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3 if data.is_upward else -3),
            textcoords="offset points",
            va="bottom" if data.is_upward else "top",
            fontsize=7,
            color="#5a6570",
            rotation=90,
            zorder=6,
        )
        if band.threshold is not None:
            axes.plot(
                [band.report - half, band.report + half],
                _within([band.threshold, band.threshold], data),
                color="#b3261e",
                linewidth=2.0,
                solid_capstyle="butt",
                zorder=5,
            )


def _draw_fans(axes: Axes, data: AuditFigure) -> None:
    color = _COLORS[RunKind.GEM]
    for fan in data.fans:
        best, low, median, high = _within([fan.best, fan.low, fan.median, fan.high], data)
        reports = [fan.report, fan.horizon]
        axes.fill_between(
            reports, [best, low], [best, high], color=color, alpha=0.12, linewidth=0, zorder=1.5
        )
        axes.plot(
            reports, [best, median], color=color, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3.5
        )


def _draw_kind(axes: Axes, data: AuditFigure, kind: RunKind) -> None:
    """One collection a class of runs: ten thousand lines cost as little as one."""
    is_gem = kind in HIGHLIGHTED
    lines = [line for line in data.lines if line.kind is kind]
    order = 4 if is_gem else 2
    for single in (False, True):
        some = [line for line in lines if line.is_single is single]
        if not some:
            continue
        faint = min(0.3, max(_FAINTEST, _BUNDLE_INK / len(some)))
        axes.add_collection(
            LineCollection(
                [
                    list(zip(line.x.tolist(), _within(line.y, data), strict=True))
                    for line in some
                    if len(line.x) > 1
                ],
                colors=_COLORS[kind],
                linewidths=1.8 if is_gem else 0.9,
                alpha=(0.95 if is_gem else 0.65) if single else faint,
                zorder=order,
                rasterized=not single,
            )
        )
        marked = [line for line in some if line.is_cut or len(line.x) == 1]
        axes.scatter(
            [line.x[-1] for line in marked],
            _within([float(line.y[-1]) for line in marked], data),
            s=26 if is_gem else 11,
            color=_COLORS[kind],
            alpha=1.0 if single else faint,
            marker="o",
            linewidths=0,
            zorder=order + 0.5,
            rasterized=not single,
        )


def _draw_labels(axes: Axes, data: AuditFigure) -> None:
    """Label the runs that have one, the highest first, each a line below the one before."""
    low, high = data.y_range
    labelled = sorted((line for line in data.lines if line.label), key=lambda line: -line.y[-1])
    ceiling = float("inf")
    for line in labelled:
        (end,) = _within([float(line.y[-1])], data)
        at = min(max((end - low) / (high - low), 0.0), 1.0) * _PLOT_POINTS
        placed = min(at, ceiling)
        ceiling = placed - _LABEL_STEP
        axes.annotate(
            line.label,
            (float(line.x[-1]), min(max(end, low), high)),
            xytext=(5, 3 + placed - at),
            textcoords="offset points",
            fontsize=8 if line.kind in HIGHLIGHTED else 7,
            fontweight="bold" if line.kind in HIGHLIGHTED else "normal",
            color=_COLORS[line.kind],
            zorder=7,
        )


def _legend(axes: Axes, data: AuditFigure) -> None:
    present = [kind for kind in RunKind if any(line.kind is kind for line in data.lines)]
    handles = [
        Line2D([], [], color=_COLORS[kind], linewidth=1.8, label=kind.value) for kind in present
    ]
    if any(band.threshold is not None for band in data.bands):
        handles.append(Line2D([], [], color="#b3261e", linewidth=2.0, label="threshold"))
    if handles:
        axes.legend(
            handles=handles,
            loc="lower left" if data.is_upward else "upper left",
            bbox_to_anchor=(1.0, 0.0 if data.is_upward else 1.0),
            fontsize=7.5,
            frameon=False,
        )

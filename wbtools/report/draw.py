"""Draw the picture of a sweep with matplotlib, without pyplot and without a display."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wbtools.errors import UsageError
from wbtools.report.figure import CurveKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wbtools.report.figure import AuditFigure, RunLine

FORMATS = ("png", "svg", "pdf")
_COLORS = {
    CurveKind.FULL: "#7d8894",
    CurveKind.STOPPED: "#d98a4b",
    CurveKind.OTHER: "#b9a7c9",
    CurveKind.GEM: "#0b6e4f",
}
_FAINTEST = 0.01
_BUNDLE_INK = 60.0  # lines on top of each other that come near a full colour
_LABEL_STEP = 10.0
_PLOT_POINTS = 270.0  # height of the plot, about, to keep labels apart
_BAND_COLOR = "#b4bcc4"
_BAR_COLOR = "#22303c"
_STYLE: Any = {
    "svg.hashsalt": "wbtools",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "path.simplify": True,
}
_WITHOUT_TIME = {
    "png": {"Software": "wbtools"},
    "svg": {"Date": None, "Creator": "wbtools"},
    "pdf": {"CreationDate": None, "Creator": "wbtools", "Producer": None},
}


def draw(
    data: AuditFigure,
    path: Path | BinaryIO,
    *,
    file_format: str | None = None,
    size_in: tuple[float, float] = (9.0, 5.0),
    dots_per_inch: int = 150,
) -> None:
    """Draw a sweep's picture into a file; the same data make the same bytes.

    Args:
        data: From `wbtools.report.figure.figure`.
        path: Where to write; the suffix names the format.
        file_format: `png`, `svg` or `pdf`, where there is no suffix to name it.
        size_in: Width and height in inches.
        dots_per_inch: Of a PNG.

    Raises:
        UsageError: The suffix names no format that can be drawn.
    """
    kind = _format(path, file_format)
    with rc_context(_STYLE), warnings.catch_warnings():
        # A name in a script that the font does not know is drawn as boxes; that is all right.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        sheet = Figure(figsize=size_in, layout="constrained")
        FigureCanvasAgg(sheet)
        _compose(sheet.add_subplot(), data)
        if data.captions:
            sheet.supxlabel(
                "\n".join(data.captions), fontsize=7, color="#5a6570", x=0.01, ha="left"
            )
        sheet.savefig(path, format=kind, dpi=dots_per_inch, metadata=_WITHOUT_TIME[kind])


def _format(path: Path | BinaryIO, file_format: str | None) -> str:
    named = file_format or (path.suffix.lstrip(".") if isinstance(path, Path) else "png")
    kind = named.lower()
    if kind not in FORMATS:
        msg = f"a figure cannot be drawn as {named!r}"
        raise UsageError(msg, f"let the file's name end in {', '.join('.' + f for f in FORMATS)}")
    return kind


def _compose(axes: Axes, data: AuditFigure) -> None:
    axes.set_title(data.title, loc="left", fontsize=10)
    axes.set_xlabel(data.x_label)
    axes.set_ylabel(data.y_label)
    most = max((int(line.x[-1]) for line in data.lines), default=1)
    axes.set_xlim(0, most * 1.06 + 0.5)
    axes.set_ylim(*data.y_range)
    _draw_bands(axes, data, most)
    for kind in CurveKind:
        _draw_kind(axes, [line for line in data.lines if line.kind is kind], kind)
    _draw_labels(axes, data)
    if data.bar is not None:
        axes.axhline(data.bar.value, color=_BAR_COLOR, linewidth=0.9, linestyle="--", zorder=3)
        axes.annotate(
            data.bar.label,
            (1.0, data.bar.value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            color=_BAR_COLOR,
            zorder=6,
        )
    _legend(axes, data)


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
                [band.threshold, band.threshold],
                color="#b3261e",
                linewidth=2.0,
                solid_capstyle="butt",
                zorder=5,
            )


def _draw_kind(axes: Axes, lines: list[RunLine], kind: CurveKind) -> None:
    """One collection a class of runs: ten thousand lines cost as little as one."""
    is_gem = kind is CurveKind.GEM
    order = 4 if is_gem else 2
    for single in (False, True):
        some = [line for line in lines if line.is_single is single]
        if not some:
            continue
        faint = min(0.3, max(_FAINTEST, _BUNDLE_INK / len(some)))
        axes.add_collection(
            LineCollection(
                [list(zip(line.x, line.y, strict=True)) for line in some if len(line.x) > 1],
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
            [line.y[-1] for line in marked],
            s=26 if is_gem else 11,
            color=_COLORS[kind],
            alpha=1.0 if single else faint,
            marker="o",
            linewidths=0,
            zorder=order + 0.5,
            rasterized=not single,
        )


def _draw_labels(axes: Axes, data: AuditFigure) -> None:
    """Label the highlighted runs, the highest first, each at least a line below the one before."""
    low, high = data.y_range
    labelled = sorted((line for line in data.lines if line.label), key=lambda one: -one.y[-1])
    ceiling = float("inf")
    for line in labelled:
        at = float((line.y[-1] - low) / (high - low)) * _PLOT_POINTS
        placed = min(at, ceiling)
        ceiling = placed - _LABEL_STEP
        axes.annotate(
            line.label,
            (line.x[-1], line.y[-1]),
            xytext=(5, 3 + placed - at),
            textcoords="offset points",
            fontsize=8,
            fontweight="bold",
            color=_COLORS[line.kind],
            zorder=7,
        )


def _legend(axes: Axes, data: AuditFigure) -> None:
    present = [kind for kind in CurveKind if any(line.kind is kind for line in data.lines)]
    handles = [
        Line2D([], [], color=_COLORS[kind], linewidth=1.8, label=kind.value) for kind in present
    ]
    if any(band.threshold is not None for band in data.bands):
        handles.append(Line2D([], [], color="#b3261e", linewidth=2.0, label="threshold"))
    if handles:
        axes.legend(
            handles=handles,
            loc="lower right" if data.is_upward else "upper right",
            fontsize=7.5,
            frameon=False,
        )

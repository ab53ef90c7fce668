"""Marks as matplotlib draws them: alike ones at once, thousands of faint ones as pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.markers import MarkerStyle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

from wbtools.answers.figures.figure_data import (
    AxisScale,
    BarMark,
    CurveMark,
    DotMark,
    Emphasis,
    IntervalMark,
    RibbonMark,
    RuleMark,
    TextMark,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.patheffects import AbstractPathEffect
    from numpy.typing import NDArray

    from wbtools.answers.figures.draw_axes import Extent
    from wbtools.answers.figures.figure_data import Mark, Panel

MARKERS: Final = {
    "circle": "o",
    "times": "x",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "star": "*",
    "plus": "+",
    "wye": "1",
}
_WIDTH: Final = {Emphasis.FAINT: 0.6, Emphasis.NORMAL: 0.9, Emphasis.STRONG: 1.8}
_ALPHA: Final = {Emphasis.FAINT: 0.3, Emphasis.NORMAL: 0.65, Emphasis.STRONG: 0.95}
_DOT_ALPHA: Final = {Emphasis.FAINT: 0.35, Emphasis.NORMAL: 0.9, Emphasis.STRONG: 1.0}
_AREA: Final = {Emphasis.FAINT: 6.0, Emphasis.NORMAL: 13.0, Emphasis.STRONG: 42.0}
_BAR_ALPHA: Final = {Emphasis.FAINT: 0.3, Emphasis.NORMAL: 0.6, Emphasis.STRONG: 0.9}
_PIXELS_FROM: Final = 200  # faint curves of one colour: above it, one picture is smaller
_FAINTEST: Final = 0.01
_BUNDLE_INK: Final = 60.0  # curves on top of each other that come near a full colour
_BAR_HEIGHT: Final = 0.5
_DASHES: Final = (0, (4, 2))
_FIRST_ORDER: Final = 2.0
_RIM_PT: Final = 2.2
_APART_PT: Final = 2.4  # runs at one place, from the innermost on
_FARTHEST_PT: Final = 9.0
_GOLDEN_ANGLE: Final = 2.399963


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words that want a place beside a point.

    Attributes:
        x: Of the point, in the panel's units.
        y: Likewise.
    """

    x: float
    y: float
    text: str
    color: str
    is_strong: bool


def halo() -> list[AbstractPathEffect]:
    """A white rim around words, which keeps them readable on lines."""
    return [withStroke(linewidth=_RIM_PT, foreground="white")]


def draw_marks(axes: Axes, panel: Panel, extent: Extent) -> list[Label]:
    """Draw a panel's marks: alike ones at once, those whose last comes last on top.

    Args:
        axes: Set up already.
        panel: What is drawn.
        extent: How far the axes reach; what lies far beyond is drawn nearer.

    Returns:
        The labels that are still to be placed; those of rules across the panel are not among them.
    """
    pencil = _Pencil(axes, extent, _largest_area(axes, panel), _beside_each_other(panel))
    groups: dict[Hashable, list[Mark]] = {}
    for mark in sorted(panel.marks, key=lambda mark: not _is_faint_curve(mark)):
        looks = _looks(mark)
        group = groups.pop(looks, [])  # so that the order is that of the last of each
        group.append(mark)
        groups[looks] = group
    for place, group in enumerate(groups.values()):
        pencil.draw(group, _FIRST_ORDER + place / len(groups))
    return [label for mark in panel.marks if (label := _label(mark, extent)) is not None]


def _largest_area(axes: Axes, panel: Panel) -> float:
    """Of a shape, in square points: no higher than two of an axis's names."""
    if panel.y.scale is not AxisScale.NAMES:
        return np.inf
    height_pt = 72 * axes.bbox.height / axes.figure.dpi
    return max((2 * height_pt / max(len(panel.y.names), 1)) ** 2, 1.0)


def _beside_each_other(panel: Panel) -> dict[int, tuple[float, float]]:
    """How many points a dot is moved, by its identity, where several runs have one place.

    The last stays where it is; the others stand around it.
    """
    at_place: dict[tuple[float, float], dict[str, int]] = {}
    moved = {}
    for mark in reversed(panel.marks):
        if isinstance(mark, DotMark) and mark.run_id is not None:
            runs = at_place.setdefault((mark.x, mark.y), {})
            k = runs.setdefault(mark.run_id, len(runs))
            if k:
                away = min(_APART_PT * k**0.5 + 1.0, _FARTHEST_PT)
                angle = k * _GOLDEN_ANGLE
                moved[id(mark)] = (away * np.cos(angle), away * np.sin(angle))
    return moved


def _is_faint_curve(mark: Mark) -> bool:
    return isinstance(mark, CurveMark) and mark.emphasis is Emphasis.FAINT


def _looks(mark: Mark) -> Hashable:
    """What marks have in common that are drawn at once."""
    looks = ("category", "emphasis", "is_dashed", "is_horizontal")
    return type(mark), *(getattr(mark, name, None) for name in looks)


class _Pencil:
    """What draws on one pair of axes."""

    def __init__(
        self,
        axes: Axes,
        extent: Extent,
        largest_area: float,
        moved: dict[int, tuple[float, float]],
    ) -> None:
        self._axes, self._extent, self._largest_area = axes, extent, largest_area
        self._moved = moved

    def draw(self, marks: Sequence[Mark], order: float) -> None:
        """Draw marks that look alike."""
        self._curves([mark for mark in marks if isinstance(mark, CurveMark)], order)
        self._dots([mark for mark in marks if isinstance(mark, DotMark)], order)
        self._intervals([mark for mark in marks if isinstance(mark, IntervalMark)], order)
        self._bars([mark for mark in marks if isinstance(mark, BarMark)], order)
        for mark in marks:
            if isinstance(mark, RuleMark):
                self._rule(mark)
            elif isinstance(mark, RibbonMark):
                self._ribbon(mark)
            elif isinstance(mark, TextMark):
                self._words(mark)

    def _curves(self, curves: list[CurveMark], order: float) -> None:
        if not curves:
            return
        first = curves[0]
        alpha, is_many = _ALPHA[first.emphasis], False
        if first.emphasis is Emphasis.FAINT:
            alpha = min(alpha, max(_FAINTEST, _BUNDLE_INK / len(curves)))
            is_many = len(curves) > _PIXELS_FROM
        self._axes.add_collection(
            LineCollection(
                [self._path(curve) for curve in curves if len(curve.x) > 1],
                colors=first.category.color,
                linewidths=_WIDTH[first.emphasis],
                linestyles=[_DASHES] if first.is_dashed else "solid",
                alpha=alpha,
                zorder=order,
                rasterized=is_many,
            ),
            autolim=False,
        )
        ends = [_end(curve) for curve in curves if curve.ends_with_shape or _n_known(curve) == 1]
        known = [end for end in ends if end is not None]
        if known:
            at_x, at_y = zip(*known, strict=True)
            self._points(at_x, at_y, first, order, rasterized=is_many)

    def _dots(self, dots: list[DotMark], order: float) -> None:
        if dots:
            moved = [self._moved.get(id(dot), (0.0, 0.0)) for dot in dots]
            x, y = [dot.x for dot in dots], [dot.y for dot in dots]
            self._points(x, y, dots[0], order, moved=moved)

    def _path(self, curve: CurveMark) -> NDArray[np.float64]:
        x, y = self._extent.along_x(curve.x), self._extent.along_y(curve.y)
        if curve.is_step and len(x) > 1:
            x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        return np.column_stack((x, y))

    def _points(
        self,
        x: Sequence[float],
        y: Sequence[float],
        like: CurveMark | DotMark | IntervalMark | BarMark,
        order: float,
        *,
        rasterized: bool = False,
        moved: Sequence[tuple[float, float]] = (),
    ) -> None:
        marker = MARKERS[like.category.shape]
        is_open = like.category.shape in {"times", "plus", "wye"}
        is_curve = isinstance(like, CurveMark)
        area = _AREA[like.emphasis] * (1.5 if like.category.shape == "star" else 1.0)
        area = min(area, self._largest_area)
        points = self._axes.scatter(
            self._extent.along_x(x),
            self._extent.along_y(y),
            s=area,
            color=like.category.color,
            marker=marker,
            alpha=min(1.0, _DOT_ALPHA[like.emphasis]),
            linewidths=1.1 if is_open else 0,
            zorder=order + (0.5 if is_curve else 0.0),
            rasterized=rasterized,
        )
        if any(offset != (0.0, 0.0) for offset in moved):
            style = MarkerStyle(marker)
            shape = style.get_path().transformed(style.get_transform())
            size_pt = np.sqrt(area)
            points.set_clip_on(False)  # a place at the edge may have neighbours beyond it
            points.set_paths(
                [
                    shape.transformed(Affine2D().translate(dx / size_pt, dy / size_pt))
                    for dx, dy in moved
                ]
            )

    def _intervals(self, intervals: list[IntervalMark], order: float) -> None:
        if not intervals:
            return
        first = intervals[0]
        at = np.array([mark.at for mark in intervals])
        low = np.array([mark.low for mark in intervals])
        high = np.array([mark.high for mark in intervals])
        middle = np.array([mark.estimate for mark in intervals])
        is_known = ~(np.isnan(low) | np.isnan(high))
        extent = self._extent
        along = extent.along_x if first.is_horizontal else extent.along_y
        draw = self._axes.hlines if first.is_horizontal else self._axes.vlines
        draw(
            at[is_known],
            along(low)[is_known],
            along(high)[is_known],
            color=first.category.color,
            linewidth=2.0 if first.emphasis is Emphasis.STRONG else 1.3,
            alpha=0.5 if first.emphasis is Emphasis.FAINT else 1.0,
            zorder=order,
        )
        x, y = (middle, at) if first.is_horizontal else (at, middle)
        self._points(x.tolist(), y.tolist(), first, order + 0.01)

    def _bars(self, bars: list[BarMark], order: float) -> None:
        if not bars:
            return
        first = bars[0]
        half = _BAR_HEIGHT / 2
        boxes = []
        for bar in bars:
            start, end = self._extent.along_x([bar.start, bar.end])
            low, high = bar.at - half, bar.at + half
            boxes.append([(start, low), (end, low), (end, high), (start, high)])
        self._axes.add_collection(
            PolyCollection(
                boxes,
                facecolors=first.category.color,
                alpha=_BAR_ALPHA[first.emphasis],
                linewidths=0,
                zorder=order,
            ),
            autolim=False,
        )
        ended = [bar for bar in bars if bar.ends_with_shape]
        if ended:
            self._points([bar.end for bar in ended], [bar.at for bar in ended], first, order + 1.0)

    def _rule(self, rule: RuleMark) -> None:
        """Across the panel as a thin line below the marks; a piece of one as a thick one above."""
        is_whole = rule.start is None and rule.end is None
        extent = self._extent
        across, along = (
            (extent.along_y, extent.along_x)
            if rule.is_horizontal
            else (extent.along_x, extent.along_y)
        )
        edges = extent.x if rule.is_horizontal else extent.y
        start = edges[0] if rule.start is None else rule.start
        end = edges[1] if rule.end is None else rule.end
        at = np.repeat(across([rule.at]), 2)
        ends = along([start, end])
        x, y = (ends, at) if rule.is_horizontal else (at, ends)
        self._axes.plot(
            x,
            y,
            color=rule.category.color,
            linewidth=0.9 if is_whole else 2.0,
            linestyle=(_DASHES if rule.is_horizontal else (0, (1, 2))) if rule.is_dashed else "-",
            solid_capstyle="butt",
            zorder=1.8 if is_whole else 4.0,
            scalex=False,
            scaley=False,
        )

    def _ribbon(self, ribbon: RibbonMark) -> None:
        self._axes.fill_between(
            self._extent.along_x(ribbon.x),
            self._extent.along_y(ribbon.low),
            self._extent.along_y(ribbon.high),
            color=ribbon.category.color,
            alpha=0.16,
            linewidth=0,
            zorder=1.5,
        )

    def _words(self, words: TextMark) -> None:
        (x,), (y,) = self._extent.along_x([words.x]), self._extent.along_y([words.y])
        self._axes.annotate(
            words.text,
            (x, y),
            xytext=(-3 if words.is_right else 3, 0),
            textcoords="offset points",
            ha="right" if words.is_right else "left",
            va="center",
            fontsize=6,
            color="#5a6570",
            zorder=5,
            path_effects=halo(),
            annotation_clip=True,
        )


def _n_known(curve: CurveMark) -> int:
    return int((~np.isnan(curve.y)).sum())


def _end(curve: CurveMark) -> tuple[float, float] | None:
    known = np.flatnonzero(~np.isnan(curve.y))
    return (float(curve.x[known[-1]]), float(curve.y[known[-1]])) if len(known) else None


def _label(mark: Mark, extent: Extent) -> Label | None:
    """The words at a mark's end; a rule across the panel has its own at the edge."""
    text = getattr(mark, "label", "")
    if not text or isinstance(mark, TextMark):
        return None
    point: tuple[float, float] | None
    match mark:
        case CurveMark():
            point = _end(mark)
        case RibbonMark():
            point = (float(mark.x[-1]), float(mark.high[-1])) if len(mark.x) else None
        case IntervalMark():
            point = (mark.estimate, mark.at) if mark.is_horizontal else (mark.at, mark.estimate)
        case BarMark():
            point = (mark.end, mark.at)
        case RuleMark():
            if mark.end is None:
                return None
            point = (mark.end, mark.at) if mark.is_horizontal else (mark.at, mark.end)
        case DotMark():
            point = (mark.x, mark.y)
    if point is None or not np.isfinite(point).all():
        return None
    (x,), (y,) = extent.along_x([point[0]]), extent.along_y([point[1]])
    return Label(
        x=min(max(float(x), extent.x[0]), extent.x[1]),
        y=min(max(float(y), extent.y[0]), extent.y[1]),
        text=text,
        color=mark.category.color,
        is_strong=getattr(mark, "emphasis", None) is Emphasis.STRONG,
    )

"""Axes for matplotlib: how far they reach, logarithms, names, and ticks that people read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    BarMark,
    CurveMark,
    IntervalMark,
    RibbonMark,
    RuleMark,
)
from wbtools.answers.layout import truncate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis as DrawnAxis
    from numpy.typing import ArrayLike, NDArray

    from wbtools.answers.figures.figure_data import Mark, Panel

_LARGEST: Final = 1e300
"""Differences and sums of such values are still numbers."""
_SMALLEST_SPAN: Final = 1e-290
_FARTHEST: Final = 1000.0  # times the panel's height; what lies beyond is drawn as if it lay there
_MARGIN: Final = 0.05
_MOST_LOG_TICKS: Final = 7
_NAMES_SHARE: Final = 0.45  # of a panel's width that names beside it may take
_NAME_CELLS: Final = (20, 40)
_NAME_CELLS_BELOW: Final = 18
_LEAST_FONT: Final = 5.0
_STEEP_FROM: Final = 0.9  # of an axis's width that names side by side may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """From where to where a panel reaches, in its own units."""

    x: tuple[float, float]
    y: tuple[float, float]
    is_log_x: bool
    is_log_y: bool

    @classmethod
    def of(cls, panel: Panel) -> Extent:
        """As far as the axes say, or else as the marks do."""
        return cls(
            x=_limits(panel.x, _joined(map(_along_x, panel.marks))),
            y=_limits(panel.y, _joined(map(_along_y, panel.marks))),
            is_log_x=panel.x.scale is AxisScale.LOG,
            is_log_y=panel.y.scale is AxisScale.LOG,
        )

    def along_x(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values as they can be drawn: what is very far away is brought nearer."""
        return _within(values, self.x, is_log=self.is_log_x)

    def along_y(self, values: ArrayLike) -> NDArray[np.float64]:
        """The same of the other axis."""
        return _within(values, self.y, is_log=self.is_log_y)


def set_up_axes(axes: Axes, panel: Panel, extent: Extent, font: float) -> None:
    """Scales, limits, ticks and names, before anything is drawn."""
    axes.set_xscale("log" if extent.is_log_x else "linear")
    axes.set_yscale("log" if extent.is_log_y else "linear")
    for axis, drawn, limits, values in (
        (panel.x, axes.xaxis, extent.x, _along_x),
        (panel.y, axes.yaxis, extent.y, _along_y),
    ):
        drawn.set_label_text(truncate(axis.label, 70), fontsize=font)
        points = [mark for mark in panel.marks if not isinstance(mark, IntervalMark | RuleMark)]
        _set_ticks(drawn, axis, limits, _joined(map(values, points)))
    first, last = extent.x
    axes.set_xlim(*((last, first) if panel.x.is_reversed else (first, last)))
    first, last = extent.y
    axes.set_ylim(*((last, first) if panel.y.is_reversed else (first, last)))
    if panel.y.ticks == ():  # no axis, but a height: lines across say what it is
        axes.spines[["left", "bottom"]].set_visible(False)
    if panel.x.scale is AxisScale.NAMES:
        _set_names_below(axes, panel.x, font)
    if panel.y.scale is AxisScale.NAMES:
        _set_names_beside(axes, panel.y, font)


def _set_ticks(
    drawn: DrawnAxis, axis: Axis, limits: tuple[float, float], values: NDArray[np.float64]
) -> None:
    if axis.ticks is not None:
        inside = [tick for tick in axis.ticks if limits[0] <= tick[0] <= limits[1]]
        _fix(drawn, [at for at, _ in inside], [text for _, text in inside])
    elif axis.scale is AxisScale.LOG:
        ticks = log_ticks(*limits)
        _fix(drawn, ticks, [f"{tick:g}" for tick in ticks])
    elif axis.scale is AxisScale.LINEAR:
        known = values[np.isfinite(values)]
        is_whole = len(known) > 0 and bool((known == np.round(known)).all())
        drawn.set_major_locator(
            MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=is_whole)
        )


def _fix(drawn: DrawnAxis, at: list[float], texts: list[str]) -> None:
    drawn.set_major_locator(FixedLocator(at))
    drawn.set_major_formatter(FixedFormatter(texts))
    drawn.set_minor_locator(NullLocator())


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten where few lie between, else powers of ten, some left out."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            tick
            for power in range(first, last + 1)
            for digit in digits
            if low <= (tick := _power(digit, power)) <= high
        ]
        if len(ticks) <= _MOST_LOG_TICKS:
            break
    return ticks[:: math.ceil(len(ticks) / _MOST_LOG_TICKS) or 1]


def _power(digit: int, power: int) -> float:
    try:
        return float(f"{digit}e{power}")
    except OverflowError:  # pragma: no cover - `float` of a text gives inf instead
        return math.inf


def _set_names_beside(axes: Axes, axis: Axis, font: float) -> None:
    """One below the other; where they are more than can be read, every second or third."""
    axes.tick_params(axis="y", length=0)
    n = max(len(axis.names), 1)
    height_pt = 72 * axes.bbox.height / axes.figure.dpi
    size = min(font - 1, max(0.9 * height_pt / n, _LEAST_FONT))
    step = max(math.ceil(1.1 * size * n / height_pt), 1)
    width_pt = 72 * axes.bbox.width / axes.figure.dpi
    fewest, most = _NAME_CELLS
    cells = max(fewest, min(most, int(_NAMES_SHARE * width_pt / (0.55 * size))))
    axes.set_yticks(
        range(0, len(axis.names), step),
        [truncate(name, cells) for name in axis.names[::step]],
        fontsize=size,
    )


def _set_names_below(axes: Axes, axis: Axis, font: float) -> None:
    """Side by side, or at a slant where they are too long for that."""
    names = [truncate(name, _NAME_CELLS_BELOW) for name in axis.names]
    axes.tick_params(axis="x", length=0)
    width_pt = 72 * axes.bbox.width / axes.figure.dpi
    longest_pt = max((len(name) for name in names), default=0) * (font - 1) * 0.6
    is_steep = longest_pt * len(names) > _STEEP_FROM * width_pt
    axes.set_xticks(
        range(len(names)),
        names,
        fontsize=font - 1,
        rotation=35 if is_steep else 0,
        ha="right" if is_steep else "center",
        rotation_mode="anchor",
    )


def _limits(axis: Axis, every: NDArray[np.float64]) -> tuple[float, float]:
    """Where an axis begins and ends; always apart, and above 0 where it is logarithmic."""
    is_log = axis.scale is AxisScale.LOG
    if axis.limits is not None:
        low, high = axis.limits
        if not (is_log and low <= 0) and low < high:
            return low, high
    if axis.scale is AxisScale.NAMES:
        return -0.6, max(len(axis.names), 1) - 0.4
    values = np.clip(every[np.isfinite(every)], -_LARGEST, _LARGEST)
    if is_log:
        values = values[values > 0]
    if not len(values):
        return (1.0, 10.0) if is_log else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if is_log:
        factor = max((high / low) ** _MARGIN, 1.05) if high / low < _LARGEST else 10.0
        return max(low / factor, 5e-324), min(high * factor, _LARGEST * 10)
    room = (high - low) * _MARGIN
    if high - low < _SMALLEST_SPAN:
        room = max(abs(high) * _MARGIN, _SMALLEST_SPAN) if high else 1.0
    return low - room, high + room


def _joined(parts: Iterable[Sequence[float] | NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate((np.empty(0), *(np.asarray(part, dtype=float) for part in parts)))


def _within(values: ArrayLike, limits: tuple[float, float], *, is_log: bool) -> NDArray[np.float64]:
    low, high = limits
    every: NDArray[np.float64] = np.asarray(values, dtype=float)
    if is_log:
        every = np.where(every > 0, every, np.nan)
        nearer: NDArray[np.float64] = np.clip(
            every, max(low / _FARTHEST, 5e-324), min(high * _FARTHEST, 1e305)
        )
        return nearer
    far = min((high - low) * _FARTHEST, 1e305)
    near: NDArray[np.float64] = np.clip(every, low - far, high + far)
    return near


def _along_x(mark: Mark) -> Sequence[float] | NDArray[np.float64]:
    match mark:
        case IntervalMark():
            ends = (mark.low, mark.estimate, mark.high)
            return ends if mark.is_horizontal else (mark.at,)
        case BarMark():
            return mark.start, mark.end
        case RuleMark():
            return _ends_of(mark) if mark.is_horizontal else (mark.at,)
        case CurveMark() | RibbonMark():
            return mark.x
        case _:
            return (mark.x,)


def _along_y(mark: Mark) -> Sequence[float] | NDArray[np.float64]:
    match mark:
        case IntervalMark():
            ends = (mark.low, mark.estimate, mark.high)
            return (mark.at,) if mark.is_horizontal else ends
        case BarMark():
            return (mark.at,)
        case RuleMark():
            return (mark.at,) if mark.is_horizontal else _ends_of(mark)
        case RibbonMark():
            return np.concatenate((mark.low, mark.high))
        case CurveMark():
            return mark.y
        case _:
            return (mark.y,)


def _ends_of(rule: RuleMark) -> Sequence[float]:
    return [end for end in (rule.start, rule.end) if end is not None]

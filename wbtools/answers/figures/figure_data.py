"""What a figure shows, as plain data: the seam between what is true and how it looks.

A figure is one panel or several, and a panel is two axes and marks on them. matplotlib draws it
(`draw.py`), a report's page draws it in the browser, `data_rows.py` writes it as a table; none of
them knows what a run, a band or a gem is. Tests look at the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wbtools.answers.figures.palette import Category


class AxisScale(StrEnum):
    """How an axis places its values."""

    LINEAR = "linear"
    LOG = "log"
    NAMES = "names"  # the positions 0, 1, …, each with a name


class Emphasis(StrEnum):
    """How much a mark stands out; its category's colour stays the same."""

    FAINT = "faint"
    NORMAL = "normal"
    STRONG = "strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a panel. Texts are safe to show.

    Attributes:
        label: What it measures, with its unit.
        scale: How values are placed; `NAMES` has a name for each position.
        names: Of a `NAMES` axis, from the first position (0) on.
        limits: Lower and upper end; None where the marks decide.
        ticks: Positions and texts, where the plain numbers would not say it.
        is_reversed: Whether it runs from right to left, or from top to bottom.
    """

    label: str
    scale: AxisScale = AxisScale.LINEAR
    names: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] | None = None
    is_reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveMark:
    """A line through points.

    Attributes:
        run_id: Of the run it is of; None where it is of no single run.
        label: Written at its end; empty for none.
        category: Its colour, and the shape of its end.
        x: `float64 [n]` ascending where `is_step`.
        y: `float64 [n]` NaN leaves a gap.
        ends_with_shape: Whether its last point is marked with the category's shape: a stop.
        is_step: Whether a value holds until the next point, instead of leading there straight.
        is_dashed: Whether it is drawn dashed: estimated, not recorded.
    """

    run_id: str | None = None
    label: str = ""
    category: Category
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    emphasis: Emphasis = Emphasis.NORMAL
    ends_with_shape: bool = False
    is_step: bool = False
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DotMark:
    """A point, drawn with its category's shape.

    Attributes:
        run_id: Of the run it is of; None where it is of no single run.
        sweep: The place of that run's sweep, where the figure is of several.
        label: Written beside it; empty for none.
    """

    run_id: str | None = None
    sweep: int = 0
    label: str = ""
    category: Category
    x: float
    y: float
    emphasis: Emphasis = Emphasis.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalMark:
    """An interval with its estimate: a bar from `low` to `high` and the category's shape between.

    Attributes:
        at: Where on the other axis it stands.
        low: Lower end, NaN where the estimate has none.
        estimate: The median or mean.
        high: Upper end, NaN likewise.
        is_horizontal: Whether it lies along the x axis (`at` is a y), else along the y axis.
        run_id: Of the run it is of; None where it is of no single run.
        sweep: The place of that run's sweep, where the figure is of several.
        label: Written beside it; empty for none.
    """

    at: float
    low: float
    estimate: float
    high: float
    category: Category
    is_horizontal: bool = False
    run_id: str | None = None
    sweep: int = 0
    label: str = ""
    emphasis: Emphasis = Emphasis.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class BarMark:
    """A horizontal bar on one position of a `NAMES` axis, half a step high at most.

    Attributes:
        at: The y position.
        start: Where it begins on the x axis.
        end: Where it ends.
        ends_with_shape: Whether its end is marked with the category's shape: a stop.
    """

    at: float
    start: float
    end: float
    category: Category
    run_id: str | None = None
    label: str = ""
    emphasis: Emphasis = Emphasis.NORMAL
    ends_with_shape: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMark:
    """A straight line at one value: a band, a bar to beat, a threshold.

    Attributes:
        at: The value.
        is_horizontal: Whether `at` is a y; else it is an x.
        start: Where it begins on the other axis; None at the panel's edge.
        end: Where it ends; None likewise.
        label: Written at its end: on top of a vertical line, right of a horizontal one.
        is_dashed: Whether it is drawn dashed.
    """

    at: float
    category: Category
    is_horizontal: bool = False
    start: float | None = None
    end: float | None = None
    label: str = ""
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RibbonMark:
    """The area between two lines.

    Attributes:
        x: `float64 [n]` ascending.
        low: `float64 [n]` lower edge.
        high: `float64 [n]` upper edge.
    """

    category: Category
    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMark:
    """Words at a point, in grey."""

    x: float
    y: float
    text: str
    is_right: bool = False
    """Whether the words end at the point, instead of beginning there."""


Mark: TypeAlias = CurveMark | DotMark | IntervalMark | BarMark | RuleMark | RibbonMark | TextMark


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """Two axes and what is drawn on them, the last mark on top.

    Attributes:
        title: What this panel of several is about; empty where the figure has one.
        selects: By which axes a reader of the page may select runs: `x`, `y`, both, or `names`,
            where each position of a `NAMES` x axis is an axis of its own (parallel coordinates).
    """

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    title: str = ""
    selects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureData:
    """A figure. Every text in it is safe to show.

    Attributes:
        name: As `wbtools plot` calls it: `curves`.
        title: What it shows, as a finding: a sentence without a full stop.
        setting: Of what and how: the sweep, the metric, how many runs; stands below in grey.
        panels: From left to right, and from top to bottom.
        n_columns: How many panels stand side by side.
        legend: The categories to explain, in this order.
        notes: Sentences on what is not shown, or how: small print at the foot.
        description: The figure in words, for who does not see it: two or three sentences.
    """

    name: str
    title: str
    setting: str = ""
    panels: tuple[Panel, ...]
    n_columns: int = 1
    legend: tuple[Category, ...] = ()
    notes: tuple[str, ...] = field(default=())
    description: str = ""

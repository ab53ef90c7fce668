"""What the picture of a comparison shows, as plain data; `race_draw` draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison.anytime import FRACTIONS
from wbtools.answers.compare.words import compute
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.comparison import AnytimeComparison, AnytimeCurve, Comparison

MOST_LANES = 8
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneLine:
    """One side. Values in the metric's own units.

    Attributes:
        label: Safe to show.
        place: Of the side among all, which is what its colour says.
        x: `float64 [n]` compute spent at each improvement, and at the end; empty where the order
            of runs is unknown.
        y: `float64 [n]` best so far, as recorded, from then on.
        band_x: `float64 [m]` compute at which resampled sweeps have a value.
        typical: `float64 [m]` their median.
        low: `float64 [m]` lower end of their 95 % interval.
        high: `float64 [m]` upper end of the same.
    """

    label: str
    place: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    band_x: NDArray[np.float64]
    typical: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """One unit of compute.

    Attributes:
        equal: Compute up to which all sides are compared; None without.
        equal_label: The same in words.
    """

    x_label: str
    lines: tuple[LaneLine, ...]
    equal: float | None
    equal_label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnytimeFigure:
    """The picture: a panel a unit of compute in which some side can be drawn."""

    title: str
    y_label: str
    panels: tuple[Panel, ...]
    captions: tuple[str, ...]


def anytime_figure(comparison: Comparison) -> AnytimeFigure:
    """Read off what there is to draw."""
    metric = sanitize(comparison.question.metric.name, limit=_LONGEST_NAME)
    panels = tuple(panel for race in comparison.races if (panel := _panel(comparison, race)).lines)
    lines = [line for panel in panels for line in panel.lines]
    captions = []
    if any(len(line.x) for line in lines):
        captions.append("lines: as recorded, runs in the order in which they began")
    if any(len(line.band_x) for line in lines):
        captions.append("dashes and bands: median and 95 % of sweeps resampled from the same runs")
    if len(comparison.sides) > MOST_LANES:
        captions.append(
            f"the first {MOST_LANES} of {count(len(comparison.sides), 'side')} are drawn"
        )
    if not panels:
        captions = ["no side says both what its runs reached and what they used"]
    return AnytimeFigure(
        title=f"best {metric} so far ({comparison.question.metric.goal}) against compute",
        y_label=metric,
        panels=panels,
        captions=tuple(captions),
    )


def _panel(comparison: Comparison, race: AnytimeComparison) -> Panel:
    lines = [
        _line(sanitize(side.name, limit=_LONGEST_NAME), k, lane, race)
        for k, (side, lane) in enumerate(zip(comparison.sides, race.lanes, strict=True))
        if k < MOST_LANES and lane.total is not None
    ]
    equal = race.equal_compute
    return Panel(
        x_label=f"{race.unit} used by all runs together",
        lines=tuple(line for line in lines if len(line.x) or len(line.band_x)),
        equal=equal,
        equal_label="" if equal is None else f"equal compute: {compute(equal, race.unit)}",
    )


def _line(label: str, place: int, lane: AnytimeCurve, race: AnytimeComparison) -> LaneLine:
    steps = list(lane.improvements)
    if steps and lane.total is not None:
        steps.append((lane.total, steps[-1][1]))
    banded = [
        (fraction * (race.equal_compute or 0.0), point.typical, point.low, point.high)
        for fraction, point in zip(FRACTIONS, lane.points, strict=False)
        if point.typical is not None
    ]
    x, y = np.array(steps, dtype=np.float64).reshape(-1, 2).T
    band_x, typical, low, high = np.array(banded, dtype=np.float64).reshape(-1, 4).T
    return LaneLine(
        label=label, place=place, x=x, y=y, band_x=band_x, typical=typical, low=low, high=high
    )

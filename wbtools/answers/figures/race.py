"""Best value so far against compute: a line a side, or the one line of a single sweep."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.comparison import Unit
from wbtools.analysis.comparison.anytime import FRACTIONS
from wbtools.answers.compare.words import compute, scale_of
from wbtools.answers.figures.audit_words import best_of
from wbtools.answers.figures.clock import unit_of_time
from wbtools.answers.figures.figure_data import (
    Axis,
    CurveMark,
    DotMark,
    FigureData,
    Panel,
    RibbonMark,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, MOST_SERIES, series
from wbtools.text.numbers import S_PER_H, count, listed, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.comparison import AnytimeComparison, AnytimeCurve, Comparison
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.answers.figures.palette import Category
    from wbtools.text.numbers import Scale

_LONGEST_METRIC: Final = 40
_LONGEST_NAME: Final = 28
_MOST_NAMED: Final = 4
_FIRST: Final = 0.05
_WIDE: Final = 2.0
_MARGIN: Final = 0.05
_WIDER: Final = 1.5
"""Resampled intervals are too narrow: how much wider those of differences are taken."""
_EQUAL: Final = "equal compute"


def race_figure(comparison: Comparison) -> FigureData:
    """Read off how fast each side found its best, in reports and in time.

    Args:
        comparison: Of several sides, or of one.
    """
    sides = [
        series(place, sanitize(side.name, limit=_LONGEST_NAME))
        for place, side in enumerate(comparison.sides[:MOST_SERIES])
    ]
    scale = scale_of(comparison)
    panels = [panel for race in comparison.races if (panel := _panel(comparison, race, sides))]
    by_stage = None if panels else _by_stage(comparison, sides)
    marks = [mark for panel in panels for mark in panel.marks]
    notes = []
    if any(isinstance(mark, CurveMark) and not mark.is_dashed for mark in marks):
        notes.append("Lines: as recorded, runs in the order in which they began.")
    if any(isinstance(mark, RibbonMark) for mark in marks):
        notes.append("Dashes and bands: median and 95 % of sweeps drawn anew from the same runs.")
    if any(panel.y.limits is not None for panel in panels):
        notes.append(f"Values of the first {percent(_FIRST)} of the compute may lie outside.")
    if len(comparison.sides) > MOST_SERIES:
        notes.append(
            f"The first {MOST_SERIES} of {count(len(comparison.sides), 'side')} are drawn."
        )
    if by_stage is not None:
        notes.append("A step a stage, at its end: when within it its best value came is not known.")
    title = (
        _title(comparison, scale)
        if panels
        else _title_by_stage(comparison, sides, scale)
        if by_stage is not None
        else "When each side found its best is not known: nothing says it of single runs"
    )
    panels += [] if by_stage is None else [by_stage]
    metric = comparison.question.metric
    names = listed((side.label for side in sides), most=_MOST_NAMED)
    return FigureData(
        name="race",
        title=title,
        setting=f"{names} · {metric.goal} {sanitize(metric.name, limit=_LONGEST_METRIC)}"
        f" · {count(sum(each.n_runs for each in comparison.summaries), 'run')}",
        panels=tuple(panels),
        n_columns=max(len(panels), 1),
        notes=tuple(notes),
        description=(
            f"Best {sanitize(metric.name, limit=_LONGEST_METRIC)} so far against the compute that "
            f"all runs of a side together had used. {title}."
        ),
    )


def _panel(comparison: Comparison, race: AnytimeComparison, sides: list[Category]) -> Panel | None:
    """One unit of compute; None where no side can be drawn."""
    totals = [lane.total for lane in race.lanes[: len(sides)] if lane.total is not None]
    if not totals:
        return None
    factor, word = 1.0, str(race.unit)
    if race.unit is Unit.HOURS:
        in_s, word = unit_of_time(max(totals) * S_PER_H)
        factor = S_PER_H / in_s
    lanes = [
        mark
        for category, lane in zip(sides, race.lanes, strict=False)
        for mark in _lane(category, lane, race, factor)
    ]
    if len(comparison.sides) == 1:  # the title names it
        lanes = [replace(mark, label="") for mark in lanes]
    if not lanes:
        return None
    lines = [mark for mark in lanes if isinstance(mark, CurveMark)]
    ribbons: list[Mark] = [mark for mark in lanes if isinstance(mark, RibbonMark)]
    rule: list[Mark] = []
    if race.equal_compute is not None:
        rule = [
            RuleMark(at=race.equal_compute * factor, category=BAND, label=_EQUAL, is_dashed=True)
        ]
    metric = sanitize(comparison.question.metric.name, limit=_LONGEST_METRIC)
    return Panel(
        x=Axis(label=f"{word} used by all runs"),
        y=Axis(label=f"{best_of(metric)} so far", limits=_limits(lanes, max(totals) * factor)),
        marks=(*rule, *ribbons, *lines),
    )


def _by_stage(comparison: Comparison, sides: list[Category]) -> Panel | None:
    """Best so far when each stage ended, where nothing is known of its runs; None without hours."""
    sign = comparison.question.metric.goal.sign
    ends = [
        (stage.hours_so_far, summary.best)
        for stage, summary in zip(comparison.stages, comparison.summaries, strict=False)
    ][: len(sides)]
    known = [(at, best) for at, best in ends if at is not None and best is not None]
    if len(known) < len(ends) or not known:
        return None
    x, best = np.array(known, dtype=np.float64).T
    so_far = CurveMark(
        category=BAND, x=x, y=np.minimum.accumulate(best * sign) * sign, is_step=True
    )
    dots = [
        DotMark(category=category, label=category.label, x=float(at), y=float(value))
        for category, at, value in zip(sides, x, best, strict=True)
    ]
    metric = sanitize(comparison.question.metric.name, limit=_LONGEST_METRIC)
    return Panel(
        x=Axis(label=f"{Unit.HOURS} used by all stages so far"),
        y=Axis(label=f"best {metric} of each stage"),
        marks=(so_far, *dots),
    )


def _title_by_stage(comparison: Comparison, sides: list[Category], scale: Scale) -> str:
    sign = comparison.question.metric.goal.sign
    values = [summary.best for summary in comparison.summaries[: len(sides)]]
    first = min(range(len(values)), key=lambda k: (values[k] or 0.0) * sign)
    spent = [stage.hours_so_far for stage in comparison.stages[: len(sides)]]
    by = [compute(each, Unit.HOURS) for each in (spent[first], spent[-1])]
    found = f"{sides[first].label} found the best, {scale.show(values[first])}"
    return f"{found}, within {by[0]} of {by[1]}"


def _lane(
    category: Category, lane: AnytimeCurve, race: AnytimeComparison, factor: float
) -> Iterator[CurveMark | RibbonMark]:
    """A side as recorded, and as sweeps that are drawn anew from its runs."""
    steps = list(lane.improvements)
    if lane.total is None:
        return
    banded = [
        (fraction * (race.equal_compute or 0.0) * factor, point.typical, point.low, point.high)
        for fraction, point in zip(FRACTIONS, lane.points, strict=False)
        if point.typical is not None
    ]
    if banded:
        x, typical, low, high = np.array(banded, dtype=np.float64).T
        yield RibbonMark(category=category, x=x, low=low, high=high)
        label = "" if steps else category.label
        yield CurveMark(category=category, x=x, y=typical, label=label, is_dashed=True)
    if steps:
        steps.append((lane.total, steps[-1][1]))
        x, y = np.array(steps, dtype=np.float64).T
        yield CurveMark(
            category=category,
            x=x * factor,
            y=y,
            label=category.label,
            is_step=True,
            ends_with_shape=True,
        )


def _limits(marks: list[CurveMark | RibbonMark], total: float) -> tuple[float, float] | None:
    """Ends of the y axis, where the first values alone would make all others one line."""
    every: list[float] = []
    later: list[float] = []
    for mark in marks:
        for values in (mark.y,) if isinstance(mark, CurveMark) else (mark.low, mark.high):
            every += values.tolist()
            is_later = np.append(mark.x[1:], np.inf) >= _FIRST * total
            later += values[is_later].tolist()
    low, high = min(later), max(later)
    margin = _MARGIN * (high - low)
    is_wide = max(every) - min(every) > _WIDE * (high - low)
    return (low - margin, high + margin) if is_wide and high > low else None


def _title(comparison: Comparison, scale: Scale) -> str:
    """Who is ahead at the same compute, or when the single sweep found its best."""
    races = [race for race in comparison.races if any(lane.total for lane in race.lanes)]
    equal = [race for race in races if race.equal_compute is not None]
    if not equal:
        return _single_title(comparison, races, scale)
    race = equal[0]
    sign = comparison.question.metric.goal.sign
    ends = {}
    for k, lane in enumerate(race.lanes):
        last = lane.points[-1] if lane.points else None
        value = (
            None if last is None else last.typical if last.typical is not None else last.recorded
        )
        if value is not None:
            ends[k] = value * sign
    spent = compute(race.equal_compute, race.unit)
    if not ends:
        return f"After {spent} each, no side has a value"
    first = min(ends, key=lambda k: ends[k])
    order = sorted(ends, key=lambda k: ends[k])
    if not all(_is_ahead(race, comparison.question.baseline, first, k) for k in order[1:]):
        values = (f"{_name(comparison, k)} {scale.show(ends[k] * sign)}" for k in order)
        return f"After {spent} each, no side is surely ahead: {listed(values, most=_MOST_NAMED)}"
    point = race.lanes[first].points[-1]
    words = scale.show(ends[first] * sign)
    if point.typical is not None and point.low is not None and point.high is not None:
        words += f" ({scale.show(point.low)} … {scale.show(point.high)})"
    return f"After {spent} each, {_name(comparison, first)} is ahead: {words}"


def _name(comparison: Comparison, side: int) -> str:
    return sanitize(comparison.sides[side].name, limit=_LONGEST_NAME)


def _is_ahead(race: AnytimeComparison, baseline: int, first: int, other: int) -> bool:
    """Whether the end of one side is better than another's beyond luck.

    Their difference is known where one of them is the baseline; else their intervals must be apart.
    """
    ahead, behind = (race.lanes[k].points[-1] for k in (first, other))
    if baseline in (first, other):
        point = behind if first == baseline else ahead
        middle, low, high = point.difference, point.difference_low, point.difference_high
        if middle is None or low is None or high is None:
            return False
        return middle - _WIDER * (middle - low) > 0 or middle + _WIDER * (high - middle) < 0
    ends = (ahead.low, ahead.high, behind.low, behind.high)
    if any(end is None for end in ends):
        return False
    first_low, first_high, other_low, other_high = (float(end) for end in ends if end is not None)
    return first_high < other_low or other_high < first_low


def _single_title(comparison: Comparison, races: list[AnytimeComparison], scale: Scale) -> str:
    for race in races:
        for side, lane in zip(comparison.sides, race.lanes, strict=True):
            if lane.improvements and lane.total:
                at, value = lane.improvements[-1]
                name = sanitize(side.name, limit=_LONGEST_NAME)
                return (
                    f"{name} found its best, {scale.show(value)}, after "
                    f"{percent(at / lane.total)} of its {compute(lane.total, race.unit)}"
                )
    return "When the best value was found is not known"

"""What sweep files will cost, and how many runs reach each band, with where 90 % may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    DotMark,
    FigureData,
    IntervalMark,
    Panel,
)
from wbtools.answers.figures.palette import Category
from wbtools.answers.forecast.sweeps import Band, bands_of
from wbtools.answers.forecast.words import verdict_words, whole
from wbtools.model.forecast import LEVEL
from wbtools.text.numbers import count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.model.forecast import Forecast, SweepForecast
    from wbtools.model.interval import Interval

_PERCENT: Final = 100.0
_MOST_SWEEPS: Final = 12
_MOST_BANDS: Final = 12
_LONGEST_NAME: Final = 28
_EXPECTED: Final = Category("cost-expected", "expected", "#0072b2", "#56b4e9", "square")
_FULL: Final = Category("cost-full", "all runs to their end", "#6f7b87", "#93a0ac", "circle")
_RISK: Final = Category("cost-risk", "best run stopped early", "#d55e00", "#f0924a", "diamond")


def forecast_figure(forecast: Forecast) -> FigureData:
    """Read off time and risk of each sweep; of a single one also who reaches its bands.

    Args:
        forecast: Of one sweep file or several.
    """
    sweeps = forecast.sweeps[:_MOST_SWEEPS]
    names = tuple(sanitize(sweep.plan.source, limit=_LONGEST_NAME) for sweep in sweeps)
    cost = _costs(sweeps, names)
    panels = [
        panel
        for panel in (
            cost,
            _bands(sweeps[0]) if len(sweeps) == 1 else None,
            _risks(sweeps, names),
        )
        if panel is not None
    ]
    marks = [mark for panel in panels for mark in panel.marks]
    drawn = {mark.category.key for mark in marks if isinstance(mark, IntervalMark | DotMark)}
    notes = [f"Bars: {percent(LEVEL)} of the simulated sweeps."] if panels else []
    if len(sweeps) < len(forecast.sweeps):
        notes.append(f"The first {len(sweeps)} of {len(forecast.sweeps)} sweeps are drawn.")
    title = sanitize(_title(forecast), limit=0)
    return FigureData(
        name="forecast",
        title=title,
        setting=f"{' · '.join(names[:3])}{' …' if names[3:] else ''} · "
        f"{count(forecast.n_agents, 'agent')}",
        panels=tuple(panels),
        n_columns=max(len(panels), 1),
        legend=tuple(each for each in (_EXPECTED, _FULL, _RISK) if each.key in drawn),
        notes=tuple(notes),
        description=f"What {count(len(sweeps), 'sweep file')} will cost and may lose. {title}.",
    )


def _title(forecast: Forecast) -> str:
    words = verdict_words(forecast).removesuffix(".")
    return f"{words[0].upper()}{words[1:]}"


def _horizontal(at: int, found: Interval, category: Category, factor: float = 1.0) -> IntervalMark:
    return IntervalMark(
        at=at,
        low=found.low * factor,
        estimate=found.estimate * factor,
        high=found.high * factor,
        category=category,
        is_horizontal=True,
    )


def _costs(sweeps: tuple[SweepForecast, ...], names: tuple[str, ...]) -> Panel | None:
    """Hours of all runs together, or reports where hours are not known."""
    is_timed = any(sweep.full_hours is not None for sweep in sweeps)
    marks: list[Mark] = []
    for at, sweep in enumerate(sweeps):
        full = sweep.full_hours if is_timed else sweep.full_reports
        expected = sweep.hours if is_timed else sweep.reports
        if full is not None:
            marks.append(DotMark(category=_FULL, x=full, y=at))
        if expected is not None:
            marks.append(_horizontal(at, expected, _EXPECTED))
    if not marks:
        return None
    what = "hours of all runs together" if is_timed else "reports of all runs"
    return Panel(x=Axis(label=what), y=_rows(names), marks=tuple(marks), title="cost")


def _bands(sweep: SweepForecast) -> Panel | None:
    """How many runs reach each band and the end."""
    rows = [*bands_of(sweep)[:_MOST_BANDS], Band(sweep=sweep, number=None)]
    known = [(band, band.n_runs) for band in rows if band.n_runs is not None]
    if not known:
        return None
    names = tuple(
        f"the end ({whole(band.reports)})"
        if band.number is None
        else f"band {band.number} ({whole(band.reports)})"
        for band, _ in known
    )
    marks = tuple(
        _horizontal(at, n_runs, _EXPECTED)
        for at, (_, n_runs) in enumerate(known)
        if n_runs is not None
    )
    return Panel(
        x=Axis(label="runs that get there"),
        y=Axis(label="band (reports)", scale=AxisScale.NAMES, names=names, is_reversed=True),
        marks=marks,
        title="who reaches which band",
    )


def _risks(sweeps: tuple[SweepForecast, ...], names: tuple[str, ...]) -> Panel | None:
    """How often the best run is stopped."""
    marks = tuple(
        _horizontal(at, sweep.best_stopped.share, _RISK, _PERCENT)
        for at, sweep in enumerate(sweeps)
        if sweep.best_stopped is not None
    )
    if not marks:
        return None
    return Panel(
        x=Axis(label="% of simulated sweeps", limits=(0.0, _PERCENT)),
        y=_rows(names),
        marks=marks,
        title="best run stopped before its end",
    )


def _rows(names: tuple[str, ...]) -> Axis:
    return Axis(label="", scale=AxisScale.NAMES, names=names, is_reversed=True)

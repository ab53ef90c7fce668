"""Configurations by their means over seeds, with intervals; or value against cost or size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.ranking.pareto import AgainstSource
from wbtools.answers.figures.clock import unit_of_time
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
)
from wbtools.answers.figures.palette import Category
from wbtools.answers.layout import truncate
from wbtools.answers.rank.tradeoff import against_title, front_words
from wbtools.answers.rank.verdict import verdict_words
from wbtools.answers.rank.words import runs_words
from wbtools.text.numbers import S_PER_H, count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.analysis.ranking.leaderboard import Figure
    from wbtools.analysis.ranking.pareto import Tradeoff
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.rank.rows import RankedConfiguration
    from wbtools.stats.student import Summary

_MOST: Final = 25
_MOST_METRICS: Final = 3
_MOST_LABELLED: Final = 8
_LONGEST_LABEL: Final = 36
_LONGEST_METRIC: Final = 40
_BELOW: Final = 0.25
"""Of a row, how far runs lie below the mean's bar, which would hide them."""
_WIDE: Final = 30.0
_FIRST: Final = Category("board-first", "the first", "#00704f", "#2cc79a", "star")
_OPEN: Final = Category(
    "board-open", "cannot be told apart from it", "#0072b2", "#56b4e9", "circle"
)
_BEHIND: Final = Category("board-behind", "worse than it at 5 %", "#d55e00", "#f0924a", "square")
_UNTESTED: Final = Category("board-untested", "cannot be tested", "#6f7b87", "#93a0ac", "diamond")
_PROJECTED: Final = Category("board-projected", "projected", "#b0527f", "#e09dc1", "triangle")
_FRONT: Final = Category("board-front", "on the Pareto front", "#00704f", "#2cc79a", "star")
_BEATEN: Final = Category("board-beaten", "beaten by another", "#6f7b87", "#93a0ac", "circle")


def leaderboard_figure(ranking: RankAnswer) -> FigureData:
    """Read off the means of the configurations, or these against what they are set against.

    Args:
        ranking: With a `tradeoff`, value against that; else a row a configuration.
    """
    if ranking.tradeoff is not None:
        return _against(ranking, ranking.tradeoff)
    return _board(ranking)


def _board(ranking: RankAnswer) -> FigureData:
    ranked = ranking.shown.of(ranking.board.ranked)
    shown = ranked[:_MOST]
    metrics = ranking.question.metrics[:_MOST_METRICS]
    longest = _LONGEST_LABEL // len(metrics)
    names = tuple(
        truncate(name, longest) for name in _names(shown, with_sweep=len(ranking.sources) > 1)
    )
    panels = [
        Panel(
            x=Axis(label=sanitize(metric.name, limit=_LONGEST_METRIC)),
            y=Axis(label="", scale=AxisScale.NAMES, names=names, is_reversed=True),
            marks=tuple(_rows(shown, k)),
            title=f"{metric.goal} {sanitize(metric.name, limit=_LONGEST_METRIC)}"
            if len(metrics) > 1
            else "",
        )
        for k, metric in enumerate(metrics)
    ]
    notes = []
    if any(c.row.lead is not None and c.row.lead.summary.n > 1 for c in shown):
        notes.append("Bars: 95 % of the mean over a configuration's runs, the faint dots.")
    if any(c.row.projected is not None for c in shown):
        notes.append("Projected: 90 % of what the best stopped run might have reached.")
    if len(ranked) > len(shown):
        notes.append(f"The first {len(shown)} of {len(ranked)} with a rank are drawn.")
    if without := len(ranking.board.rows) - len(ranked):
        verb = "has" if without == 1 else "have"
        notes.append(f"{count(without, 'configuration')} {verb} no full run, and no rank.")
    title = _sentence(verdict_words(ranking, ranking.shown.scale, ranking.shown.labels))
    kinds = [_category(c) for c in shown]
    return FigureData(
        name="leaderboard",
        title=title,
        setting=_setting(ranking),
        panels=tuple(panels) if shown else (),
        n_columns=max(len(panels), 1),
        legend=tuple(
            kind for kind in (_FIRST, _OPEN, _BEHIND, _UNTESTED, _PROJECTED) if kind in kinds
        ),
        notes=tuple(notes),
        description=(
            f"A row for each of {count(len(shown), 'configuration')}, the best on top: its mean, "
            f"the mean's interval and its runs. {title}."
        ),
    )


def _rows(shown: Sequence[RankedConfiguration], metric: int) -> Iterator[Mark]:
    """The runs of each configuration, and its mean with its interval on them."""
    for at, c in enumerate(shown):
        category, figure = _category(c), c.row.figures[metric]
        emphasis = Emphasis.STRONG if category is _FIRST else Emphasis.NORMAL
        if figure is None:
            if metric == 0 and c.row.projected is not None:
                hope = c.row.projected
                yield IntervalMark(
                    at=at,
                    low=hope.low,
                    estimate=hope.estimate,
                    high=hope.high,
                    category=category,
                    is_horizontal=True,
                )
            continue
        counted = c.configuration.counted
        if figure.summary.n > 1:
            for run in counted:
                if (value := run.values[metric]) is not None:
                    yield DotMark(
                        run_id=run.run.id,
                        sweep=run.stage,
                        category=category,
                        x=value,
                        y=at + _BELOW,
                        emphasis=Emphasis.FAINT,
                    )
        yield _mean(figure, at, category, emphasis, counted)


def _mean(
    figure: Figure,
    at: int,
    category: Category,
    emphasis: Emphasis,
    counted: Sequence[RunMeasurement],
) -> Mark:
    summary = figure.summary
    single = counted[0] if len(counted) == 1 else None
    return IntervalMark(
        at=at,
        low=_or_nan(summary.low),
        estimate=summary.mean,
        high=_or_nan(summary.high),
        category=category,
        is_horizontal=True,
        run_id=None if single is None else single.run.id,
        sweep=0 if single is None else single.stage,
        emphasis=emphasis,
    )


def _against(ranking: RankAnswer, tradeoff: Tradeoff) -> FigureData:
    """Value against cost or size: means with both intervals, and a line over the front."""
    ranked = [c for c in ranking.shown.of(ranking.board.rows) if c.is_on_front is not None]
    front = sorted(
        (c for c in ranked if c.is_on_front),
        key=lambda c: c.against.mean if c.against is not None else 0.0,
    )
    at = [c.against.mean for c in ranked if c.against is not None]
    name, factor = against_title(tradeoff.against), 1.0
    if tradeoff.against.source is AgainstSource.COST:
        in_s, unit = unit_of_time(max(at, default=0.0) * S_PER_H)
        factor = S_PER_H / in_s
        name = f"{unit} a run"
    labelled = {id(c.row) for c in front[:_MOST_LABELLED]}
    marks: list[Mark] = []
    for c in sorted(ranked, key=lambda c: bool(c.is_on_front)):
        marks += _point(c, factor, label=_label(c) if id(c.row) in labelled else "")
    points = [
        (c.against.mean * factor, c.row.lead.summary.mean)
        for c in front
        if c.against and c.row.lead
    ]
    x, y = np.array(points, dtype=np.float64).reshape(-1, 2).T
    line = CurveMark(category=_FRONT, x=x, y=y, is_step=True, emphasis=Emphasis.FAINT)
    is_wide = bool(at) and min(at) > 0 and max(at) / min(at) > _WIDE
    metric = ranking.question.metrics[0]
    marked = [mark for mark in marks if isinstance(mark, IntervalMark)]
    has_bars = any(np.isfinite([mark.low, mark.high]).all() for mark in marked)
    notes = ["Bars: 95 % of the means."] if has_bars else []
    notes += ["The front is of the means; their spread is not weighed."]
    if without := len(ranking.board.rows) - len(ranked):
        verb = "lacks" if without == 1 else "lack"
        notes.append(f"{count(without, 'configuration')} {verb} a value or {name}: not drawn.")
    title = front_words(tradeoff).removesuffix(".")
    kinds = [_FRONT if c.is_on_front else _BEATEN for c in ranked]
    return FigureData(
        name="leaderboard",
        title=title,
        setting=_setting(ranking),
        panels=(
            Panel(
                x=Axis(label=name, scale=AxisScale.LOG if is_wide else AxisScale.LINEAR),
                y=Axis(label=sanitize(metric.name, limit=_LONGEST_METRIC)),
                marks=(line, *marks),
            ),
        )
        if ranked
        else (),
        legend=tuple(kind for kind in (_FRONT, _BEATEN) if kind in kinds),
        notes=tuple(notes),
        description=(
            f"Every configuration by {name} and its mean "
            f"{sanitize(metric.name, limit=_LONGEST_METRIC)}; a line joins the front. {title}."
        ),
    )


def _point(c: RankedConfiguration, factor: float, *, label: str) -> list[Mark]:
    """A configuration with the intervals of both means."""
    lead, against = c.row.lead, c.against
    if lead is None or against is None:
        return []
    category = _FRONT if c.is_on_front else _BEATEN
    emphasis = Emphasis.STRONG if c.is_on_front else Emphasis.NORMAL
    counted = c.configuration.counted
    single = counted[0] if len(counted) == 1 else None
    value: Summary = lead.summary
    upright = IntervalMark(
        at=against.mean * factor,
        low=_or_nan(value.low),
        estimate=value.mean,
        high=_or_nan(value.high),
        category=category,
        run_id=None if single is None else single.run.id,
        sweep=0 if single is None else single.stage,
        label=label,
        emphasis=emphasis,
    )
    if against.low is None or against.high is None or against.low == against.high:
        return [upright]
    across = IntervalMark(
        at=value.mean,
        low=max(against.low, _least(c)) * factor,
        estimate=against.mean * factor,
        high=against.high * factor,
        category=category,
        is_horizontal=True,
        emphasis=emphasis,
    )
    return [across, upright]


def _least(c: RankedConfiguration) -> float:
    """No run takes less than no time, whatever the mean's interval by Student's t says."""
    tradeoff = c.shown.ranking.tradeoff
    is_cost = tradeoff is not None and tradeoff.against.source is AgainstSource.COST
    return 0.0 if is_cost else -np.inf


def _category(c: RankedConfiguration) -> Category:
    if c.row.lead is None:
        return _PROJECTED
    if c.row.rank == 1:
        return _FIRST
    if c.row.is_behind is None:
        return _UNTESTED
    return _BEHIND if c.row.is_behind else _OPEN


def _names(shown: Sequence[RankedConfiguration], *, with_sweep: bool) -> list[str]:
    """What rows are called: what tells them apart first, and without what all of them share."""
    every = [c.label.split(" ") for c in shown]
    shared = set.intersection(*map(set, every)) if len(every) > 1 else set()
    kept = [[word for word in words if word not in shared] for words in every]
    values: dict[str, set[str]] = {}
    for words in kept:
        for word in words:
            values.setdefault(word.partition("=")[0], set()).add(word)
    # What differs between most rows comes first, for the end may be cut.
    shorter = [
        " ".join(sorted(words, key=lambda word: -len(values[word.partition("=")[0]])))
        for words in kept
    ]
    if not all(shorter):
        shorter = [c.label for c in shown]
    return [
        _label(c, words, with_sweep=with_sweep) for c, words in zip(shown, shorter, strict=True)
    ]


def _label(c: RankedConfiguration, words: str = "", *, with_sweep: bool = False) -> str:
    """What a configuration is called, and of several sweeps which one ran it."""
    sweep = f"{sanitize(c.sweep_id, limit=12)}: " if with_sweep else ""
    members = c.configuration.members
    alone = f"run {runs_words(members)} · " if len(members) == 1 else ""
    return sanitize(f"{sweep}{alone}{words or c.label}", limit=_LONGEST_LABEL)


def _setting(ranking: RankAnswer) -> str:
    sweeps = listed((sanitize(source.name, limit=40) for source in ranking.sources), most=3)
    metric = ranking.question.metrics[0]
    return (
        f"{sweeps} · {metric.goal} {sanitize(metric.name, limit=_LONGEST_METRIC)} · "
        f"{count(ranking.n_counted, 'run')} of {count(len(ranking.board.rows), 'configuration')} "
        "counted"
    )


def _sentence(words: str) -> str:
    """With a capital where it begins with a word, and not with a parameter's name."""
    is_word = words.startswith(("no ", "run ", "runs "))
    return f"{words[0].upper()}{words[1:]}" if is_word else words


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value

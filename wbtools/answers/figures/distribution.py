"""The best values of all runs, side by side by how the runs ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.audit.words import RunNames, bar_words, scale_of
from wbtools.answers.figures.audit_words import best_of, kinds_of, setting_of
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAR, Category
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind, kind_of
from wbtools.answers.figures.value_range import ValueRange
from wbtools.errors import DataError
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.figures.figure_data import Mark

_LONGEST: Final = 100
_BINS: Final = 60
_HALF_ROW: Final = 0.34
_STEP: Final = 0.09
_QUARTILES: Final = Category("quartiles", "median and quartiles", "#22303c", "#e3e8ec", "diamond")
_BOUND: Final = "A stopped run stands where it was when it was stopped: a bound."
_FEWEST: Final = 5
"""Runs from which on quartiles say something."""


def distribution_figure(audit: Audit) -> FigureData:
    """Lay out each run's best value as a dot, in a row for how it ended, beside the bar.

    Raises:
        DataError: No run has a value of the metric that ranks.
    """
    rows = [row for row in audit.rows if row.best is not None]
    metric = sanitize(audit.question.rank_by.name, limit=_LONGEST)
    if not rows:
        msg = f"no run has a value of {metric}, so there is nothing to draw"
        raise DataError(msg, "name another metric with --metric or --rank-by")
    values = np.array([row.best for row in rows], dtype=float)
    bar = [] if audit.incumbent is None else [audit.incumbent.value]
    shown = ValueRange.of([np.array([value]) for value in values], bar)
    n_of_kind = Counter(map(kind_of, rows))
    kinds = [kind for kind in RunKind if n_of_kind[kind]]
    marks: list[Mark] = _bar(audit)
    for place, kind in enumerate(kinds):
        some = [row for row in rows if kind_of(row) is kind]
        marks += _dots(audit, some, place, shown)
        if len(some) >= _FEWEST:
            low, middle, high = np.quantile([row.best for row in some], (0.25, 0.5, 0.75)).tolist()
            marks.append(
                IntervalMark(
                    at=place + _HALF_ROW + 0.08,
                    low=low,
                    estimate=middle,
                    high=high,
                    category=_QUARTILES,
                    is_horizontal=True,
                )
            )
    marks.sort(key=lambda mark: getattr(mark, "emphasis", None) is Emphasis.STRONG)
    looks = kinds_of(audit)
    used = {looks[row.run.id] for row in rows}
    has_quartiles = any(isinstance(mark, IntervalMark) for mark in marks)
    missing = len(audit.rows) - len(rows)
    return FigureData(
        name="distribution",
        title=_title(audit, rows),
        setting=setting_of(audit),
        panels=(
            Panel(
                x=Axis(label=best_of(metric), limits=(shown.low, shown.high)),
                y=Axis(
                    label="",
                    scale=AxisScale.NAMES,
                    names=tuple(f"{kind.value}: {n_of_kind[kind]}" for kind in kinds),
                    is_reversed=True,
                ),
                marks=tuple(marks),
                selects=("x",),
            ),
        ),
        legend=(
            *(kind.category for kind in RunKind if kind in used and kind not in kinds),
            *([_QUARTILES] if has_quartiles else []),
        ),
        notes=(
            *shown.hidden_words([np.array([value]) for value in values], scale_of(audit)),
            *([f"{count(missing, 'run')} without any value not drawn."] if missing else []),
            *([_BOUND] if any(row.projection is not None for row in rows) else []),
        ),
        description=(
            f"One dot a run, {count(len(rows), 'run')}, at its best {metric}, in a row for each "
            "way in which runs ended."
        ),
    )


def _bar(audit: Audit) -> list[Mark]:
    if audit.incumbent is None:
        return []
    words = bar_words(audit, RunNames(audit), scale_of(audit))
    return [RuleMark(at=audit.incumbent.value, category=BAR, label=words, is_dashed=True)]


def _dots(audit: Audit, rows: list[RunAudit], place: int, shown: ValueRange) -> list[Mark]:
    """A row's dots; those of like values are put above and below one another."""
    looks, names = kinds_of(audit), RunNames(audit)
    named = {row.run.id for row in rows if looks[row.run.id] in HIGHLIGHTED or row.rank == 1}
    unit = max(shown.high / _BINS - shown.low / _BINS, 5e-324)
    values = [0.0 if row.best is None else row.best for row in rows]
    bins = [int(np.clip(value / unit - shown.low / unit, -1, _BINS + 1)) for value in values]
    fullest = max(Counter(bins).values(), default=1)
    step = min(_STEP, 2 * _HALF_ROW / fullest)
    seen: Counter[int] = Counter()
    marks: list[Mark] = []
    for row, value, where in zip(rows, values, bins, strict=True):
        n = seen[where]
        seen[where] += 1
        aside = (n + 1) // 2 * (1 if n % 2 else -1)
        kind = looks[row.run.id]
        marks.append(
            DotMark(
                run_id=row.run.id,
                label=f"run {names.short(row.run)}" if row.run.id in named else "",
                category=kind.category,
                x=value,
                y=place + aside * step,
                emphasis=Emphasis.STRONG if kind in HIGHLIGHTED else Emphasis.NORMAL,
            )
        )
    return marks


def _title(audit: Audit, rows: list[RunAudit]) -> str:
    """The best of all; and between what half of the runs lie that ran their course."""
    scale, names = scale_of(audit), RunNames(audit)
    best = min(rows, key=lambda row: row.rank or len(rows) + 1)
    words = (
        f"The best of {count(len(rows), 'run')} is {scale.show(best.best)} "
        f"({names.of(best.run.id)})"
    )
    full = [row.best for row in rows if row.completion is Completion.FULL and row.best is not None]
    if len(full) < _FEWEST:
        return words
    low, high = np.quantile(full, (0.25, 0.75)).tolist()
    whom = "them" if len(full) == len(rows) else f"the {len(full)} completed"
    return f"{words}; half of {whom} lie between {scale.show(low)} and {scale.show(high)}"

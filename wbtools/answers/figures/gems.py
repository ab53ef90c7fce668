"""The first gems: how far each came, where it would have got to, and what it had to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.gems import LEVEL
from wbtools.answers.audit.words import RunNames, bar_words, scale_of
from wbtools.answers.figures.audit_words import chance_of, gem_finding, setting_of
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
    TextMark,
)
from wbtools.answers.figures.palette import BAR, Category
from wbtools.answers.figures.value_range import zoomed_range
from wbtools.errors import DataError
from wbtools.text.numbers import count, percent, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.figures.figure_data import Mark

_MOST_ROWS: Final = 12
_LONGEST: Final = 100
_REACHED: Final = Category("reached", "best when it ended", "#5a6570", "#a9b3bd")
_PROJECTED: Final = Category(
    "projected", f"projected in full, {percent(LEVEL)} interval", "#00704f", "#2cc79a", "diamond"
)
_CHANCES: Final = (
    "At the right: the chance that the run would have beaten the bar, had it gone on; and that a "
    "fresh run of its configuration does."
)
_ROOM_FOR_WORDS: Final = 0.45
"""Of the values' span, on the right."""


def gems_figure(audit: Audit) -> FigureData:
    """Lay out the likeliest gems, one below the other, with their chances in words.

    Raises:
        DataError: No stopped run can be ranked.
    """
    gems = [row for row in audit.gems if row.best is not None]
    if not gems:
        msg = f"there are no gems to draw: {_why_none(audit)}"
        raise DataError(msg, "`wbtools audit-terminations` says more")
    rows = gems[:_MOST_ROWS]
    names, scale = RunNames(audit), scale_of(audit)
    values: list[float] = []
    marks: list[Mark] = []
    for place, row in enumerate(rows):
        marks += _marks_of(row, place)
        values += _values_of(row)
    if audit.incumbent is not None:
        values.append(audit.incumbent.value)
        words = bar_words(audit, names, scale)
        marks.insert(
            0, RuleMark(at=audit.incumbent.value, category=BAR, label=words, is_dashed=True)
        )
    shown = zoomed_range(values)
    edge = min(shown.high + (shown.high - shown.low) * _ROOM_FOR_WORDS, 1e301)
    marks += [
        TextMark(x=edge, y=float(place), text=_words_of(audit, row), is_right=True)
        for place, row in enumerate(rows)
    ]
    metric = sanitize(audit.question.rank_by.name, limit=_LONGEST)
    finding = gem_finding(audit)
    is_known = any(row.completion is not Completion.UNKNOWN for row in rows)
    whom = "stopped runs" if is_known else "runs that may have been cut short"
    is_projected = any(map(_is_projected, rows))
    what = "the interval of what it would have reached in full, " if is_projected else ""
    return FigureData(
        name="gems",
        title=f"{finding[0].upper()}{finding[1:]}",
        setting=setting_of(audit),
        panels=(
            Panel(
                x=Axis(label=metric, limits=(shown.low, edge), ticks=shown.ticks()),
                y=Axis(
                    label=f"{whom}, the likeliest gem first",
                    scale=AxisScale.NAMES,
                    names=tuple(f"run {names.short(row.run)}" for row in rows),
                    is_reversed=True,
                ),
                marks=tuple(marks),
            ),
        ),
        legend=(_REACHED, *([_PROJECTED] if is_projected else [])),
        notes=_notes(audit, rows, len(gems)),
        description=(
            f"One row a run, {len(rows)} of {len(gems)} ({whom}): its best {metric} when it "
            f"ended, {what}and its chances in words."
        ),
    )


def _why_none(audit: Audit) -> str:
    ends = audit.n_by_completion()
    if not audit.outcome.n_candidates:
        if ends[Completion.UNKNOWN]:
            return "nothing says whether a run was cut short"
        return (
            "no run has been cut short so far"
            if ends[Completion.RUNNING]
            else ("no run was cut short")
        )
    if audit.incumbent is None:
        return "no run completed, so there is no bar that a gem could beat"
    return "no stopped run can be ranked"


def _marks_of(row: RunAudit, place: int) -> list[Mark]:
    marks: list[Mark] = []
    projection = row.projection
    if projection is not None and projection.median is not None:
        marks.append(
            IntervalMark(
                at=float(place),
                low=float("nan") if projection.low is None else projection.low,
                estimate=projection.median,
                high=float("nan") if projection.high is None else projection.high,
                category=_PROJECTED,
                is_horizontal=True,
                run_id=row.run.id,
            )
        )
    if row.best is not None:
        marks.append(
            DotMark(
                run_id=row.run.id,
                category=_REACHED,
                x=row.best,
                y=float(place),
                emphasis=Emphasis.NORMAL,
            )
        )
    return marks


def _values_of(row: RunAudit) -> list[float]:
    projection = row.projection
    ends = () if projection is None else (projection.low, projection.median, projection.high)
    return [value for value in (row.best, *ends) if value is not None]


def _is_projected(row: RunAudit) -> bool:
    return row.projection is not None and row.projection.median is not None


def _words_of(audit: Audit, row: RunAudit) -> str:
    """`71 %, run again 70 %`."""
    chance = chance_of(audit, row)
    if not chance:
        return "cannot be told"
    p_repeat = None if row.projection is None else row.projection.p_repeat
    again = "" if p_repeat is None else f", run again {probability(p_repeat, may_be_sure=False)}"
    return f"{chance}{again}"


def _notes(audit: Audit, rows: list[RunAudit], n_all: int) -> tuple[str, ...]:
    notes = [_CHANCES] if any(chance_of(audit, row).endswith("%") for row in rows) else []
    if len(rows) < n_all:
        notes.append(f"{count(n_all - len(rows), 'stopped run')} less likely not drawn.")
    return tuple(notes)

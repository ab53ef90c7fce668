"""How much each parameter matters: its association with the result, and what forests lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.importance.association import Measure
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, Category
from wbtools.answers.short_names import short_names
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.importance import Importance
    from wbtools.analysis.importance.assess import ParameterImportance

_MOST: Final = 15
_LONGEST_NAME: Final = 28
_LONGEST_METRIC: Final = 40
_SURE: Final = Category(
    "association-significant", "significant at 5 % (Holm)", "#00704f", "#2cc79a", "diamond"
)
_UNSURE: Final = Category("association-open", "not significant", "#6f7b87", "#93a0ac", "circle")
_LOST: Final = Category("permutation", "random forests", "#0072b2", "#56b4e9", "square")


def importance_figure(importance: Importance) -> FigureData:
    """Read off the association of each parameter with its interval, and what forests lose without.

    Args:
        importance: Of one sweep.
    """
    shown = importance.parameters[:_MOST]
    names = short_names([found.name for found in importance.parameters])
    labels = [sanitize(names[found.name], limit=_LONGEST_NAME) for found in shown]
    metric = sanitize(importance.audit.question.rank_by.name, limit=_LONGEST_METRIC)
    panels = [_associations(shown, labels)]
    notes = ["A positive correlation: larger values do better."]
    if importance.forest_means_something:
        panels.append(_lost(shown, labels))
    else:
        why = importance.no_forest_because or "not shown to beat guessing"
        notes.append(f"No importances by random forests: {sanitize(why)}.")
    unknown = [
        label
        for label, found in zip(labels, shown, strict=True)
        if found.association.strength is None
    ]
    if unknown:
        notes.append(f"No association is given for {listed(unknown)}.")
    if len(shown) < len(importance.parameters):
        n_all = len(importance.parameters)
        notes.append(f"Of {n_all} parameters, the {len(shown)} most important are shown.")
    if any(found.association.measure is Measure.CORRELATION_RATIO for found in shown):
        notes.append("Correlation ratios, as of categories, have no sign: 0 or more.")
    if any(found.association.bounds is not None for found in shown):
        notes.append("Bars hold whatever the stopped runs would have reached.")
    is_known = [found.association.stands for found in shown if found.association.strength]
    title = _title(importance, metric)
    return FigureData(
        name="importance",
        title=title,
        setting=f"{sanitize(importance.audit.sweep.ref.sweep_id, limit=40)} · {metric} · "
        f"{count(importance.n, 'run')} with a value · 95 % intervals",
        panels=tuple(panels),
        n_columns=len(panels),
        legend=tuple(
            category for category, value in ((_SURE, True), (_UNSURE, False)) if value in is_known
        ),
        notes=tuple(notes),
        description=(
            f"A row for each of {count(len(shown), 'parameter')}, the most important on top, with "
            f"the interval of its correlation with {metric}. {title}."
        ),
    )


def _title(importance: Importance, metric: str) -> str:
    names = short_names([found.name for found in importance.parameters])
    known = [found for found in importance.parameters if found.association.strength is not None]
    surely = [names[found.name] for found in known if found.association.stands]
    if not known:
        return f"Nothing can be said of which parameter matters for {metric}"
    if not surely:
        return f"None of {count(len(known), 'parameter')} is shown to matter for {metric}"
    verb = "matters" if len(surely) == 1 else "matter"
    among = f"Of {count(len(known), 'parameter')}, " if len(surely) < len(known) else ""
    return f"{among}{listed(surely, most=4)} {verb} for {metric} (significant, Holm-corrected)"


def _names(labels: list[str]) -> Axis:
    return Axis(label="", scale=AxisScale.NAMES, names=tuple(labels), is_reversed=True)


def _associations(shown: tuple[ParameterImportance, ...], labels: list[str]) -> Panel:
    marks = [
        IntervalMark(
            at=at,
            low=strength.low,
            estimate=strength.estimate,
            high=strength.high,
            category=_SURE if found.association.stands else _UNSURE,
            is_horizontal=True,
            emphasis=Emphasis.STRONG if found.association.stands else Emphasis.NORMAL,
        )
        for at, found in enumerate(shown)
        if (strength := found.association.strength) is not None
    ]
    return Panel(
        x=Axis(label="correlation", limits=(-1.0, 1.0)),
        y=_names(labels),
        marks=(RuleMark(at=0.0, category=BAND), *marks),
        title="association",
    )


def _lost(shown: tuple[ParameterImportance, ...], labels: list[str]) -> Panel:
    marks = [
        IntervalMark(
            at=at,
            low=lost.low,
            estimate=lost.estimate,
            high=lost.high,
            category=_LOST,
            is_horizontal=True,
            emphasis=Emphasis.STRONG if lost.low > 0 else Emphasis.NORMAL,
        )
        for at, found in enumerate(shown)
        if (lost := found.permutation) is not None
    ]
    return Panel(
        x=Axis(label="share of what is explained"),
        y=_names(labels),
        marks=(RuleMark(at=0.0, category=BAND), *marks),
        title="forests lose without it",
    )

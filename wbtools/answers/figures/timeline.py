"""Who ran when: a bar a run on one clock, and when each reached the bands of the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.words import RunNames
from wbtools.answers.figures.audit_words import finding_of, kinds_of, setting_of
from wbtools.answers.figures.clock import WorkingTimes, unit_of_time
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    BarMark,
    DotMark,
    Emphasis,
    FigureData,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, Category
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.errors import DataError
from wbtools.text.numbers import S_PER_H, count, hours, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.figures.figure_data import Mark

_ARRIVAL: Final = Category("arrival", "reached a band", "#22303c", "#e3e8ec")
_MANY: Final = 60
"""Runs from which on bars are so low that arrivals are drawn small."""
_NO_TIMES: Final = "the source does not say when the runs were at work, so there is no timeline"


def timeline_figure(audit: Audit, run: RunAudit | None = None) -> FigureData:
    """Lay out when each run was at work, how it ended, and when it reached the rule's bands.

    Args:
        audit: The answer.
        run: The one run that is asked for: then the runs stand out that had come as far when it
            ended, which are those that it was judged against.

    Raises:
        DataError: Nothing says when any run was at work, as in run tables.
    """
    times = WorkingTimes.of(audit)
    known = times.is_known
    if not known.any():
        raise DataError(
            _NO_TIMES, "read the runs from W&B or from their folders: a run table holds no times"
        )
    order = [int(row) for row in np.argsort(times.start_s, kind="stable") if known[row]]
    span_s = float(times.end_s[known].max() - min(times.start_s[known].min(), 0.0))
    in_s, unit = unit_of_time(span_s)
    names, kinds = RunNames(audit), kinds_of(audit, run)
    arrivals = _arrivals(audit, times)
    emphasis = _emphasis(audit, run, kinds, arrivals, times)
    bars: list[Mark] = []
    dots: list[Mark] = []
    for place, row in enumerate(order):
        each = audit.rows[row]
        kind = kinds[each.run.id]
        bars.append(
            BarMark(
                at=place,
                start=float(times.start_s[row]) / in_s,
                end=float(times.end_s[row]) / in_s,
                category=kind.category,
                run_id=each.run.id,
                emphasis=emphasis[row],
                ends_with_shape=kind is not RunKind.FULL,
            )
        )
        is_small = run is None or len(order) > _MANY or emphasis[row] is Emphasis.FAINT
        size = Emphasis.FAINT if is_small else Emphasis.NORMAL
        dots += [
            DotMark(
                run_id=each.run.id, category=_ARRIVAL, x=at_s / in_s, y=float(place), emphasis=size
            )
            for _, at_s in arrivals[row]
        ]
    used = {kinds[audit.rows[row].run.id] for row in order}
    legend = [kind.category for kind in RunKind if kind in used]
    return FigureData(
        name="timeline",
        title=_title(audit, run, times, span_s),
        setting=setting_of(audit),
        panels=(
            Panel(
                x=Axis(label=f"{unit} since the sweep began"),
                y=Axis(
                    label="run, in the order in which they began",
                    scale=AxisScale.NAMES,
                    names=tuple(names.short(audit.rows[row].run) for row in order),
                    is_reversed=True,
                ),
                marks=(*_moment(audit, run, times, in_s), *bars, *dots),
                selects=("x",),
            ),
        ),
        legend=(*legend, *([_ARRIVAL] if dots else [])),
        notes=_notes(audit, arrivals, n_missing=len(audit.rows) - len(order)),
        description=(
            f"One bar a run, {count(len(order), 'run')}, from its begin to its end, in {unit}; "
            "dots mark when it reached a band of the rule."
        ),
    )


def _arrivals(audit: Audit, times: WorkingTimes) -> list[list[tuple[int, float]]]:
    """Of each run, the bands it reached and when, in seconds."""
    rule = audit.verdicts.rule
    curves = audit.sweep.curves.get(audit.question.metric.name)
    if rule is None or curves is None:
        return [[] for _ in audit.rows]
    reached = []
    for row, n in enumerate(curves.n_reports.tolist()):
        at_bands = [
            (band, float(curves.times_s[row, band - 1])) for band in rule.bands if band <= n
        ]
        is_timed = bool(times.is_known[row])
        reached.append([each for each in at_bands if is_timed and np.isfinite(each[1])])
    return reached


def _emphasis(
    audit: Audit,
    run: RunAudit | None,
    kinds: dict[str, RunKind],
    arrivals: list[list[tuple[int, float]]],
    times: WorkingTimes,
) -> list[Emphasis]:
    """The run that is asked for, and whom it was judged against: who had reached its band then."""
    if run is None:
        return [
            Emphasis.STRONG if kinds[row.run.id] in HIGHLIGHTED else Emphasis.NORMAL
            for row in audit.rows
        ]
    asked = next(k for k, row in enumerate(audit.rows) if row.run.id == run.run.id)
    band = None if run.explanation is None else run.explanation.band
    end_s = float(times.end_s[asked])
    emphasis = []
    for reached in arrivals:
        is_peer = any(at == band and at_s <= end_s for at, at_s in reached)
        emphasis.append(Emphasis.NORMAL if is_peer else Emphasis.FAINT)
    emphasis[asked] = Emphasis.STRONG
    return emphasis


def _moment(audit: Audit, run: RunAudit | None, times: WorkingTimes, in_s: float) -> list[RuleMark]:
    """When the run that is asked for ended."""
    if run is None:
        return []
    asked = next(k for k, row in enumerate(audit.rows) if row.run.id == run.run.id)
    if not times.is_known[asked]:
        return []
    name = RunNames(audit).short(run.run)
    return [
        RuleMark(
            at=float(times.end_s[asked]) / in_s,
            category=BAND,
            label=f"run {name} ends",
            is_dashed=True,
        )
    ]


def _title(audit: Audit, run: RunAudit | None, times: WorkingTimes, span_s: float) -> str:
    if run is not None:
        explanation = run.explanation
        if explanation is None or explanation.band is None:
            return finding_of(audit, run)
        stopped = "was stopped" if run.termination.cause is Cause.HYPERBAND else "ended"
        return (
            f"When run {RunNames(audit).short(run.run)} {stopped}, {explanation.n_peers} of "
            f"{count(len(audit.rows), 'run')} had reached report {explanation.band}, itself "
            "included"
        )
    at_once = times.most_at_once
    runs = "One run at a time" if at_once == 1 else f"Up to {at_once} runs at once"
    judged = [
        row.explanation.n_peers
        for row in audit.rows
        if row.termination.cause is Cause.HYPERBAND and row.explanation is not None
    ]
    words = f"{runs} over {hours(span_s / S_PER_H)}"
    if not judged:
        return words
    few, many = min(judged), max(judged)
    against = count(few, "run") if few == many else f"{few} to {count(many, 'run')}"
    stops = "its one stop" if len(judged) == 1 else f"its {len(judged)} stops"
    return f"{words}; Hyperband judged {stops} among {against}"


def _reports(bands: list[int]) -> str:
    """`report 2`, `reports 2, 6 and 18`."""
    return f"report{'' if len(bands) == 1 else 's'} {listed(map(str, bands))}"


def _notes(
    audit: Audit, arrivals: list[list[tuple[int, float]]], *, n_missing: int
) -> tuple[str, ...]:
    notes = []
    bands = sorted({band for reached in arrivals for band, _ in reached})
    if bands:
        notes.append(
            f"Dots: when a run reached {_reports(bands)}, where the rule compares "
            "it with all that came as far by then."
        )
    elif audit.verdicts.why_not is not None:
        notes.append(f"No bands: {sanitize(audit.verdicts.why_not, limit=0)}.")
    if n_missing:
        notes.append(f"{count(n_missing, 'run')} of unknown times not drawn.")
    return tuple(notes)

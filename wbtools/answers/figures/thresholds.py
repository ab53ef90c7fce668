"""What the rule compared at each band: the values of all that came so far, and its threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.words import RunNames, rule_scale_of
from wbtools.answers.figures.audit_words import finding_of, kinds_of, setting_of
from wbtools.answers.figures.clock import unit_of_time
from wbtools.answers.figures.figure_data import (
    Axis,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    Panel,
)
from wbtools.answers.figures.palette import THRESHOLD, Category
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.answers.figures.value_range import ValueRange
from wbtools.errors import DataError
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.model import Curves

_MOST_BANDS: Final = 6
_MOST_COLUMNS: Final = 3
_LONGEST: Final = 100
_WENT_ON: Final = Category("went-on", "went on", "#6f7b87", "#93a0ac")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Band:
    """The M runs that reached a band, in the order in which they did.

    Attributes:
        rows: `int [M]` of the audit.
        times_s: `float64 [M]` when; NaN where unknown.
        values: `float64 [M]` at the band.
        thresholds: `float64 [M]` after each arrival.
        n_stopped: Runs that the rule stopped there.
    """

    report: int
    rows: NDArray[np.int64]
    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    n_stopped: int


def thresholds_figure(audit: Audit, run: RunAudit | None = None) -> FigureData:
    """Lay out, a panel a band, who came with which value, who fell, and how the threshold moved.

    Args:
        audit: The answer.
        run: The one run that is asked for: it stands out, and only its bands are shown.

    Raises:
        DataError: There is no rule that could be judged, or no run came to a band.
    """
    bands = _bands(audit, run)
    shown = bands[:_MOST_BANDS]
    is_timed = all(np.isfinite(band.times_s).all() for band in shown)
    last_s = max(float(band.times_s[-1]) for band in shown) if is_timed else 0.0
    in_s, unit = unit_of_time(last_s)
    x_label = f"{unit} since the sweep began" if is_timed else "runs, in order"
    y_label = f"{sanitize(audit.question.metric.name, limit=_LONGEST)} at the band"
    kinds = kinds_of(audit, run)
    named = {run_id for run_id, kind in kinds.items() if kind in HIGHLIGHTED}
    names = RunNames(audit)
    panels, used = [], set()
    for band in shown:
        x = band.times_s / in_s if is_timed else np.arange(1.0, len(band.rows) + 1)
        marks: list[Mark] = [CurveMark(category=THRESHOLD, x=x, y=band.thresholds, is_step=True)]
        for at, row, value in zip(
            x.tolist(), band.rows.tolist(), band.values.tolist(), strict=True
        ):
            each = audit.rows[row]
            category = _category(each, band.report, kinds[each.run.id])
            used.add(category)
            is_named = each.run.id in named and (run is not None or _ended_at(each, band.report))
            marks.append(
                DotMark(
                    run_id=each.run.id,
                    label=f"run {names.short(each.run)}" if is_named else "",
                    category=category,
                    x=at,
                    y=value,
                    emphasis=_emphasis(kinds[each.run.id], category),
                )
            )
        marks.sort(key=lambda mark: getattr(mark, "emphasis", None) is Emphasis.STRONG)
        limits = ValueRange.of(
            [np.array([value]) for value in band.values], band.thresholds.tolist()
        )
        panels.append(
            Panel(
                title=f"band {band.report}",
                x=Axis(label=x_label),
                y=Axis(label=y_label, limits=(limits.low, limits.high)),
                marks=tuple(marks),
                selects=("y",),
            )
        )
    order = [_WENT_ON, *(kind.category for kind in RunKind)]
    return FigureData(
        name="thresholds",
        title=_title(audit, run, bands),
        setting=setting_of(audit),
        panels=tuple(panels),
        n_columns=min(len(panels), _MOST_COLUMNS),
        legend=(*(category for category in order if category in used), THRESHOLD),
        notes=_notes(audit, bands, shown),
        description=(
            f"{count(len(panels), 'panel')}, one a band of the rule: a dot for each run that "
            "reached it, in the order in which they did, and the threshold as a line of steps."
        ),
    )


def _bands(audit: Audit, run: RunAudit | None) -> list[_Band]:
    rule = audit.verdicts.rule
    curves = audit.sweep.curves.get(audit.question.metric.name)
    if rule is None or curves is None:
        why = audit.verdicts.why_not or "without curves no early-termination rule can be judged"
        msg = f"there are no thresholds to draw: {sanitize(why, limit=0)}"
        hint = "give the rule with --early-terminate, if there was one"
        if curves is None:
            hint = "read the runs from W&B or from their folders: a run table holds no curves"
        raise DataError(msg, hint)
    most = int(curves.n_reports.max(initial=0))
    if run is not None:
        asked = next(k for k, row in enumerate(audit.rows) if row.run.id == run.run.id)
        most = int(curves.n_reports[asked])
    bands = [_band(audit, curves, band) for band in rule.bands if band <= most]
    if not bands:
        whom = "no run" if run is None else f"run {RunNames(audit).short(run.run)} never"
        first = f"report {rule.bands[0]}, the first band"
        msg = f"there are no thresholds to draw: {whom} came to {first}"
        raise DataError(msg, "`wbtools plot curves` shows how far runs came")
    return bands


def _band(audit: Audit, curves: Curves, report: int) -> _Band:
    rule, sign = audit.verdicts.rule, audit.question.metric.goal.sign
    rows = np.flatnonzero(curves.n_reports >= report)
    times = curves.times_s[rows, report - 1]
    order = np.argsort(times, kind="stable")
    rows, times = rows[order], times[order]
    values = curves.values[rows, report - 1]
    thresholds = values if rule is None else rule.thresholds((values * sign).tolist()) * sign
    stopped = [
        row
        for row in rows.tolist()
        if audit.rows[row].termination.cause is Cause.HYPERBAND
        and _ended_at(audit.rows[row], report)
    ]
    return _Band(
        report=report,
        rows=rows,
        times_s=times,
        values=values,
        thresholds=thresholds,
        n_stopped=len(stopped),
    )


def _ended_at(row: RunAudit, report: int) -> bool:
    """Whether it is the last band that the run reached."""
    return row.explanation is not None and row.explanation.band == report


def _category(row: RunAudit, report: int, kind: RunKind) -> Category:
    if kind is RunKind.CHOSEN:
        return kind.category
    is_end = _ended_at(row, report) and kind is not RunKind.FULL
    return kind.category if is_end else _WENT_ON


def _emphasis(kind: RunKind, category: Category) -> Emphasis:
    is_lit = kind in HIGHLIGHTED and category == kind.category
    return Emphasis.STRONG if is_lit else Emphasis.NORMAL


def _title(audit: Audit, run: RunAudit | None, bands: list[_Band]) -> str:
    if run is None:
        parts = [
            f"{band.n_stopped} of {len(band.rows)} at report {band.report}"
            for band in bands
            if band.n_stopped
        ]
        parts[:1] = [part.replace(" at ", " runs at ", 1) for part in parts[:1]]
        return f"Hyperband stopped {listed(parts)}" if parts else "Hyperband stopped no run"
    explanation, rule = run.explanation, audit.verdicts.rule
    if explanation is None or rule is None or explanation.set_by is None:
        return finding_of(audit, run)
    names = RunNames(audit)
    value = explanation.judged(strict=rule.strict_used).value
    shown, threshold = rule_scale_of(audit).apart(value, explanation.threshold)
    others = f"among {count(explanation.n_peers, 'run')}"
    return (
        f"Run {names.short(run.run)} had {shown} at report {explanation.band}, the threshold was "
        f"{threshold}, set by {names.of(explanation.set_by)} {others}"
    )


def _notes(audit: Audit, bands: list[_Band], shown: list[_Band]) -> tuple[str, ...]:
    notes = []
    rule = audit.verdicts.rule
    if rule is not None and not rule.strict_used:
        notes.append(
            "In lenient mode the rule compares a run's best value so far with the threshold; "
            "dots are values at the band itself."
        )
    if len(shown) < len(bands):
        notes.append(f"{count(len(bands) - len(shown), 'band')} beyond these not drawn.")
    return tuple(notes)

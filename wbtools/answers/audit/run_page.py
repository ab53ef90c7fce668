"""The page about one run: the answer, its curve, what the rule says, what it might have become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.guard_words import write_guard_stop
from wbtools.answers.audit.run_future import write_future
from wbtools.answers.audit.run_row import reports_made
from wbtools.answers.audit.run_rule import write_rule
from wbtools.answers.audit.run_verdict import run_verdict
from wbtools.answers.audit.terminal_curve import Level, Mark, draw_curve
from wbtools.answers.audit.words import (
    RunNames,
    as_of_parts,
    bar_words,
    is_one_metric,
    numbering_words,
    of_metric,
    scale_of,
    unit_of,
)
from wbtools.text.numbers import S_PER_H, Scale, count, hours
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page
    from wbtools.model import Checkpoint

_WIDEST_CURVE = 76
_CURVE_LINES = 12
_FEW = 8


def write_run(page: Page, audit: Audit, row: RunAudit, checkpoint: Checkpoint | None) -> None:
    """Write what an audit knows about one of its runs, and from where that can go on."""
    names = RunNames(audit)
    _head(page, audit, row, names, checkpoint)
    _curve(page, audit, row)
    write_guard_stop(page, audit, row)
    write_rule(page, audit, row, names)
    write_future(page, audit, row, checkpoint)
    page.gap()
    page.say(numbering_words(audit), style="dim")


def _head(
    page: Page, audit: Audit, row: RunAudit, names: RunNames, checkpoint: Checkpoint | None
) -> None:
    run, scale = row.run, scale_of(audit)
    page.title(
        [
            *dict.fromkeys([names.of(run.id), sanitize(run.name)]),
            f"id {sanitize(run.id, limit=40)}",
            f"sweep {sanitize(audit.sweep.ref.sweep_id)}",
        ],
        between=" · ",
    )
    ended, answer = row.termination, run_verdict(audit, row, names, checkpoint)
    page.verdict("", f"{answer[0].upper()}{answer[1:]}.")
    page.points(
        f"Why: {sanitize(ended.because, limit=0)} ({ended.confidence.name.lower()} confidence)."
    )
    page.gap()
    exit_code = "unknown" if run.exit_code is None else str(run.exit_code)
    worked = None if run.runtime_s is None else run.runtime_s / S_PER_H
    pace = None if row.report_s is None else row.report_s / S_PER_H
    reports, counted = reports_made(row), of_metric(audit, audit.question.metric)
    page.flow(
        [
            f"W&B state {run.state}",
            f"exit code {exit_code}",
            f"reports {'unknown' if reports == UNKNOWN else reports + counted}",
            *([f"{row.n_nonfinite} more were not finite"] if row.n_nonfinite else []),
            *([f"at work {hours(worked)}"] if worked is not None else []),
            *([f"{hours(pace)} a report"] if pace is not None else []),
            *([f"{run.attempts} attempts"] if run.attempts > 1 else []),
            *(as_of_parts(audit) if ended.cause is Cause.RUNNING else []),
        ]
    )
    page.flow(_standing(audit, row, scale, names))


def _translated(audit: Audit, report: int) -> str:
    """A report of the metric that ranks in epochs; where it is not the rule's, whose it is."""
    if not is_one_metric(audit):
        return of_metric(audit, audit.question.rank_by)
    epoch, unit = audit.budget.in_units(report), unit_of(audit.budget)
    return "" if epoch is None or unit is None else f" ({unit} {epoch:g})"


def _standing(audit: Audit, row: RunAudit, scale: Scale, names: RunNames) -> list[str]:
    metric = sanitize(audit.question.rank_by.name)
    if row.best is None:
        return [f"no finite value of {metric}", bar_words(audit, names, scale)]
    best, incumbent, last = scale.apart(
        row.best, None if audit.incumbent is None else audit.incumbent.value, row.last
    )
    words = [f"{metric}: best {best}"]
    if row.best_at is not None:
        words[0] += f" at report {row.best_at}{_translated(audit, row.best_at)}"
    if row.last is not None:
        words.append(f"last {last}")
    words.append(f"rank {row.rank} of {count(audit.values.n, 'run')} by best value")
    if audit.incumbent is None:
        return [*words, bar_words(audit, names, scale)]
    if audit.incumbent.run_id == row.run.id:
        return [*words, "it sets the bar"]
    ahead = (audit.incumbent.value - row.best) * audit.question.rank_by.goal.sign
    whom = "--target" if audit.incumbent.run_id is None else names.of(audit.incumbent.run_id)
    how = "better" if ahead > 0 else "worse"
    if ahead == 0:
        return [*words, f"bar {incumbent}, set by {whom}: it is just as good"]
    return [
        *words,
        f"bar {incumbent}, set by {whom}: it is {scale.signed(abs(ahead)).lstrip('+')} {how}",
    ]


def _curve(page: Page, audit: Audit, row: RunAudit) -> None:
    """Write the run's curve with the bar, the bands and their thresholds; nothing without one."""
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        return
    place = curves.run_ids.index(row.run.id)
    values = curves.values[place, : int(curves.n_reports[place])]
    if not len(values):
        return
    scale = scale_of(audit)
    levels = []
    if audit.incumbent is not None:
        levels.append(
            Level(value=audit.incumbent.value, label=f"bar {scale.show(audit.incumbent.value)}")
        )
    marks = _marks(audit, row)
    ticks = [mark.value for mark in marks if mark.value is not None]
    shown = np.array([*values, *(level.value for level in levels), *ticks])
    low, high = float(shown.min()), float(shown.max())
    lines = draw_curve(
        values,
        last=(row.budget if is_one_metric(audit) else None) or len(values),
        levels=levels,
        marks=marks,
        low=low,
        high=high,
        low_label=scale.show(low),
        high_label=scale.show(high),
        width=min(page.width, _WIDEST_CURVE),
        height=_CURVE_LINES,
        unicode=page.unicode,
    )
    if not lines:
        return
    page.gap()
    page.verbatim(lines)
    by = "report" if is_one_metric(audit) else "its own report"
    legend = f"{sanitize(audit.question.rank_by.name)} by {by}"
    if marks:
        tick = "┿" if page.unicode else "+"
        legend += f"; upright lines: bands, {tick} the threshold at the run's end"
    page.say(legend, style="dim")


def _marks(audit: Audit, row: RunAudit) -> list[Mark]:
    rule, explanation = audit.verdicts.rule, row.explanation
    if rule is None or not is_one_metric(audit):
        return []
    most = max(row.budget or 0, row.n_reports or 0)
    bands = [band for band in rule.bands if band <= most]
    return [
        Mark(
            report=band,
            label=str(band),
            value=explanation.threshold
            if explanation is not None and explanation.band == band
            else None,
        )
        for band in bands[-_FEW:]
    ]

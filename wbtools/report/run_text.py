"""The page about one run: why it ended, what the rule says of it, what it might have become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.causes import RAN_ITS_COURSE
from wbtools.analysis.explain import Ruling
from wbtools.analysis.projection import empirical_gains, running_best
from wbtools.report.layout import Cell, Column, Page
from wbtools.report.numbers import Scale, count, hours, percent, probability
from wbtools.report.run_tables import (
    band_words,
    cause_words,
    confidence_words,
    reports_made,
    ruling_words,
)
from wbtools.report.safe_text import UNKNOWN, visible
from wbtools.report.terminal_curve import Level, Mark, draw_curve
from wbtools.report.words import (
    RunNames,
    bar_words,
    is_prior,
    numbering_words,
    rule_scale_of,
    scale_of,
    unit_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.explain import Explanation, Judgement

_WIDEST_CURVE = 76
_CURVE_LINES = 12
_HEADING = "bold"
_FEW = 8


def render_run_text(
    audit: Audit, row: RunAudit, *, width: int = 80, color: bool = False, unicode: bool = True
) -> str:
    """Write what an audit knows about one run.

    Args:
        audit: The whole answer.
        row: The run, one of `audit.rows`.
        width: Terminal cells; no line is longer.
        color: Whether to write ANSI codes.
        unicode: Whether the terminal knows more than ASCII.
    """
    page = Page(width=width, color=color, unicode=unicode)
    names = RunNames(audit)
    _head(page, audit, row, names)
    _curve(page, audit, row)
    _rule(page, audit, row, names)
    _future(page, audit, row)
    page.gap()
    page.say(numbering_words(audit), style="dim")
    return str(page)


def _head(page: Page, audit: Audit, row: RunAudit, names: RunNames) -> None:
    run, scale = row.run, scale_of(audit)
    page.flow(
        [
            names.of(run.id),
            visible(run.name),
            f"id {visible(run.id, limit=40)}",
            f"sweep {visible(audit.sweep.ref.sweep_id)}",
        ],
        style=_HEADING,
    )
    ended = row.termination
    page.say(
        f"{cause_words(ended.cause)} (confidence {confidence_words(ended.confidence)}): "
        f"{visible(ended.because, limit=0)}",
        hang=2,
    )
    exit_code = "unknown" if run.exit_code is None else str(run.exit_code)
    worked = None if run.runtime_s is None else run.runtime_s / 3600
    pace = None if row.report_s is None else row.report_s / 3600
    made = reports_made(row)
    page.flow(
        [
            f"state {run.state}",
            f"exit code {exit_code}",
            f"reports {'unknown' if made == UNKNOWN else made}",
            *([f"{row.n_nonfinite} more were not finite"] if row.n_nonfinite else []),
            *([f"at work {hours(worked)}"] if worked is not None else []),
            *([f"{hours(pace)} a report"] if pace is not None else []),
            *([f"{run.attempts} attempts"] if run.attempts > 1 else []),
        ]
    )
    page.flow(_standing(audit, row, scale, names))


def _standing(audit: Audit, row: RunAudit, scale: Scale, names: RunNames) -> list[str]:
    metric = visible(audit.question.rank_by.name)
    if row.best is None:
        return [f"no finite value of {metric}", bar_words(audit, names, scale)]
    best, bar, last = scale.apart(
        row.best, None if audit.bar is None else audit.bar.value, row.last
    )
    words = [f"{metric}: best {best}"]
    if row.best_at is not None:
        epoch = audit.budget.in_units(row.best_at)
        unit = unit_of(audit.budget)
        translated = "" if epoch is None or unit is None else f" ({unit} {epoch:g})"
        words[0] += f" at report {row.best_at}{translated}"
    if row.last is not None:
        words.append(f"last {last}")
    words.append(f"rank {row.rank} of {audit.values.n}")
    if audit.bar is None:
        return [*words, bar_words(audit, names, scale)]
    if audit.bar.run_id == row.run.id:
        return [*words, "it sets the bar"]
    ahead = (audit.bar.value - row.best) * audit.question.rank_by.goal.sign
    whom = "--target" if audit.bar.run_id is None else names.of(audit.bar.run_id)
    how = "better" if ahead > 0 else "worse"
    if ahead == 0:
        return [*words, f"bar {bar}, set by {whom}: it is just as good"]
    return [
        *words,
        f"bar {bar}, set by {whom}: it is {scale.signed(abs(ahead)).lstrip('+')} {how}",
    ]


def _curve(page: Page, audit: Audit, row: RunAudit) -> None:
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        return
    place = curves.run_ids.index(row.run.id)
    values = curves.values[place, : int(curves.n_reports[place])]
    if not len(values):
        return
    scale = scale_of(audit)
    levels = []
    if audit.bar is not None:
        levels.append(Level(value=audit.bar.value, label=f"bar {scale.show(audit.bar.value)}"))
    marks = _marks(audit, row)
    ticks = [mark.value for mark in marks if mark.value is not None]
    shown = np.array([*values, *(level.value for level in levels), *ticks])
    low, high = float(shown.min()), float(shown.max())
    lines = draw_curve(
        values,
        last=row.budget or len(values),
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
    legend = f"{visible(audit.question.rank_by.name)} by report"
    if marks:
        tick = "┿" if page.unicode else "+"
        legend += f"; upright lines: bands, {tick} the threshold at the run's end"
    page.say(legend, style="dim")


def _marks(audit: Audit, row: RunAudit) -> list[Mark]:
    rule, question, seen = audit.ruled.rule, audit.question, row.explanation
    if rule is None or question.metric.name != question.rank_by.name:
        return []
    most = max(row.budget or 0, row.n_reports or 0)
    bands = [band for band in rule.bands if band <= most]
    return [
        Mark(
            report=band,
            label=str(band),
            value=seen.threshold if seen is not None and seen.band == band else None,
        )
        for band in bands[-_FEW:]
    ]


def _rule(page: Page, audit: Audit, row: RunAudit, names: RunNames) -> None:
    page.gap()
    page.say("What the rule says", style=_HEADING)
    seen, rule = row.explanation, audit.ruled.rule
    if seen is None or rule is None:
        page.say(f"Nothing: {visible(audit.ruled.why_not or 'unknown', limit=0)}.", indent=2)
        return
    if seen.band is None:
        first = f", the first is at {rule.bands[0]}" if rule.bands else ""
        page.say(f"It reached no band{first}, so the rule never looked at it.", indent=2)
        return
    scale = rule_scale_of(audit)
    for sentence in _band_sentences(audit, seen, row, scale, names):
        page.say(sentence, indent=2, hang=2)
    page.gap()
    _modes(page, audit, seen, scale)
    page.say(_ambiguity(seen.judged(strict=rule.strict), seen), indent=2, hang=2)


def _band_sentences(
    audit: Audit, seen: Explanation, row: RunAudit, scale: Scale, names: RunNames
) -> list[str]:
    unit = unit_of(audit.budget)
    where = f"band {band_words(row)}" if unit is None else f"band {seen.band}"
    if unit is not None and seen.band_epoch is not None:
        where += f" ({unit} {seen.band_epoch:g})"
    if seen.band_step is not None:
        where += f", logged as step {seen.band_step}"
    whom = "by this run itself" if seen.set_by == row.run.id else f"by {names.of(seen.set_by)}"
    threshold, low, high = scale.apart(seen.threshold, seen.threshold_low, seen.threshold_high)
    moved = "" if low == high else f", between {low} and {high} while the run was in the band"
    return [
        f"Highest band reached: {where}.",
        (
            f"Threshold {threshold} at its end{moved}; set {whom}, "
            f"{count(seen.n_peers, 'run')} there by then, itself included."
        ),
    ]


def _modes(page: Page, audit: Audit, seen: Explanation, scale: Scale) -> None:
    rule = audit.ruled.rule
    columns = [
        Column(title="mode", keep=0),
        Column(title="compares", keep=2),
        Column(title="value", keep=0, right=True),
        Column(title="threshold", keep=1, right=True),
        Column(title="margin", keep=0, right=True),
        Column(title="says", keep=0),
        Column(title="stop at", keep=3, right=True),
        Column(title="earlier bands", keep=4, right=True),
    ]
    rows = []
    for strict in (True, False):
        judged = seen.judged(strict=strict)
        value, threshold = scale.apart(judged.value, seen.threshold)
        is_used = rule is not None and rule.strict is strict
        rows.append(
            [
                Cell(("strict" if strict else "lenient") + (" *" if is_used else "")),
                Cell("value at the band" if strict else "best so far"),
                Cell(value),
                Cell(threshold),
                Cell(
                    scale.signed(seen.margin(strict=strict, sign=audit.question.metric.goal.sign))
                ),
                Cell(ruling_words(judged.ruling), _ruling_style(judged.ruling)),
                Cell(f"{judged.n_stop} of {seen.n_moments}"),
                Cell(str(judged.n_stop_before)),
            ]
        )
    page.table(columns, rows)
    why = "as written" if audit.ruled.strict_written is not None else "strict is not written"
    page.say(
        f"* the mode that is shown elsewhere ({why}); stop at: moments of this band at which the "
        "rule would have stopped the run; earlier bands: the same before this band.",
        indent=2,
        hang=2,
        style="dim",
    )


def _ruling_style(ruling: Ruling) -> str:
    return {Ruling.STOP: "red", Ruling.AMBIGUOUS: "yellow"}.get(ruling, "")


def _ambiguity(judged: Judgement, seen: Explanation) -> str:
    moments = count(seen.n_moments, "moment")
    if judged.ruling is Ruling.AMBIGUOUS and not judged.n_stop:
        return (
            "Ambiguous: the rule said stop right before the run reached this band, "
            "so the order may have been on its way."
        )
    if judged.ruling is Ruling.AMBIGUOUS:
        return (
            f"Ambiguous: the answer changes within the {moments} of this band, "
            "and when W&B looked is not recorded."
        )
    if judged.ruling is Ruling.STOP:
        return f"The rule would have stopped it, whenever W&B looked ({moments} of this band)."
    return f"The rule would have kept it, whenever W&B looked ({moments} of this band)."


def _future(page: Page, audit: Audit, row: RunAudit) -> None:
    one, scale = row.projection, scale_of(audit)
    page.gap()
    page.say("What it might have become", style=_HEADING)
    if one is None:
        page.say("Nothing is projected: only runs that were stopped might have gone on.", indent=2)
        return
    if row.gem_rank is not None:
        page.say(f"Place {row.gem_rank} of {len(audit.gems)} among the stopped runs.", indent=2)
    if one.median is not None and one.low is not None and one.high is not None:
        low, high = scale.apart(one.low, one.high)
        horizon = "" if one.horizon is None else f" over {count(one.horizon, 'report')}"
        page.say(
            f"Projected best{horizon}: {scale.show(one.median)}, {percent(one.level)} between "
            f"{low} and {high}.",
            indent=2,
            hang=2,
        )
        page.say(_support(audit, row, scale), indent=2, hang=2)
    elif one.abstained_because is not None:
        page.say(f"No projection: {visible(one.abstained_because, limit=0)}.", indent=2, hang=2)
    odds = f"P(gem, had it gone on) = {probability(one.p_gem)}"
    if is_prior(row):
        odds += ", a prior: the share of gems in other people's sweeps"
    elif one.p_repeat is not None:
        odds += f", P(a fresh run beats the bar) = {probability(one.p_repeat)}"
    page.say(f"{odds}.", indent=2, hang=2)
    noise = audit.outcome
    if one.p_repeat is not None and noise.seed_noise is not None:
        page.say(
            f"Seed noise {scale.signed(noise.seed_noise).lstrip('+')}, from "
            f"{visible(noise.seed_noise_from)}.",
            indent=2,
            hang=2,
        )
    left = row.cost_remaining_reports
    remaining = "" if left is None else f"{count(left, 'report')} were left"
    if row.cost_remaining_h is not None:
        remaining += f" ({hours(row.cost_remaining_h)})"
    full = "" if row.cost_full_h is None else f"a full rerun takes {hours(row.cost_full_h)}"
    cost = "; ".join(filter(None, (remaining, full))) or "unknown"
    page.say(f"Cost: {cost}.", indent=2, hang=2)


def _support(audit: Audit, row: RunAudit, scale: Scale) -> str:
    """What the runs that ran their course still gained from the same report on."""
    one = row.projection
    n = 0 if one is None else one.n_support
    if not n:
        return "No completed run went further, so the width is a guess from the runs' spread."
    gains = _gains(audit, row)
    runs = count(n, "completed run")
    if gains is None or len(gains) != n:
        return f"It rests on what {runs} still gained after report {row.n_reports}."
    low, high = scale.apart(float(gains.min()), float(gains.max()))
    amount = low if low == high else f"{low} … {high}"
    return f"{runs} gained {amount} after report {row.n_reports}."


def _gains(audit: Audit, row: RunAudit) -> NDArray[np.float64] | None:
    """The gains that the projection used, in the metric's own units."""
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        return None
    at = int(curves.n_reports[curves.run_ids.index(row.run.id)])
    full = np.array([one.termination.cause in RAN_ITS_COURSE for one in audit.rows])
    best = running_best(curves.values * audit.question.rank_by.goal.sign)
    return empirical_gains(best, curves.n_reports, full, at) if at else None

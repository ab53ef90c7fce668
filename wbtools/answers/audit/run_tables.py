"""The two tables of an audit: the likeliest gems, and why every run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Completion, Decision
from wbtools.answers.audit.gem_words import beyond_the_bar, is_prior
from wbtools.answers.audit.words import RunNames, unit_of
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.termination_words import cause_words
from wbtools.findings import Confidence
from wbtools.text.numbers import Scale, hours, percent, probability, small
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit

REASON = "reason"
P_GEM = "P(gem)"
P_REPEAT = "P(repeat)"
GAIN_PER_H = "gain/h"
_PROMISING = 0.5
_NAME_CELLS = 12
_REASON_CELLS = 36
_CAUSE_STYLES = {
    Cause.UNEXPLAINED: "bold yellow",
    Cause.FAILED: "red",
    Cause.CRASHED: "red",
    Cause.LOST: "red",
}
_CONFIDENCES = {Confidence.LOW: "low", Confidence.MEDIUM: "medium", Confidence.HIGH: "high"}


def confidence_words(confidence: Confidence) -> str:
    """`low`, `medium` or `high`."""
    return _CONFIDENCES[confidence]


def reports_made(row: RunAudit) -> str:
    """`10/22`; `10` where the budget is unknown."""
    if row.n_reports is None:
        return UNKNOWN
    return f"{row.n_reports}/{row.budget}" if row.budget else str(row.n_reports)


def band_words(row: RunAudit) -> str:
    """`10 (5)`: the band in reports, and in epochs where those are known."""
    explanation = row.explanation
    if explanation is None or explanation.band is None:
        return UNKNOWN
    return (
        str(explanation.band)
        if explanation.band_epoch is None
        else f"{explanation.band} ({explanation.band_epoch:g})"
    )


def ruling_words(ruling: Decision) -> str:
    """`stop`, `keep`, `ambiguous`; a dash before the first band."""
    return UNKNOWN if ruling is Decision.NO_BAND else str(ruling)


def _name(row: RunAudit) -> str:
    """The name, unless it is the number again, as in run tables."""
    return UNKNOWN if row.run.name == row.run.number_or_id else sanitize(row.run.name)


def gem_table(
    audit: Audit, rows: Sequence[RunAudit], names: RunNames, scale: Scale
) -> tuple[list[TextColumn], list[list[Cell]]]:
    """The stopped runs, the likeliest gem first."""
    levels = {row.projection.level for row in rows if row.projection is not None}
    columns = [
        TextColumn(title="gem", keep=0, right=True),
        TextColumn(title="run", keep=0, right=True),
        TextColumn(title="name", keep=8, least=_NAME_CELLS),
        TextColumn(title="stopped at", keep=3, right=True),
        TextColumn(title="best", keep=0, right=True),
        TextColumn(title="bar", keep=7, right=True),
        TextColumn(title="projected", keep=4, right=True),
        TextColumn(title=percent(max(levels, default=0.9)), keep=6),
        TextColumn(title=P_GEM, keep=0, right=True),
        TextColumn(title=P_REPEAT, keep=5, right=True),
        TextColumn(title="full re-run", keep=2, right=True),
        TextColumn(title=GAIN_PER_H, keep=9, right=True),
    ]
    above = {row.run.id for row in beyond_the_bar(audit)}
    return columns, [_gem_row(audit, row, names, scale, row.run.id in above) for row in rows]


def _gem_row(
    audit: Audit,
    row: RunAudit,
    names: RunNames,
    scale: Scale,
    is_beyond: bool,  # noqa: FBT001 - private, one caller
) -> list[Cell]:
    projection = row.projection
    best, incumbent = scale.apart(
        row.best, None if audit.incumbent is None else audit.incumbent.value
    )
    style = ""
    if projection is not None and not is_prior(row):
        style = "bold green" if is_beyond or projection.p_gem >= _PROMISING else ""
    gem = probability(None if projection is None else projection.p_gem)
    interval = UNKNOWN
    if projection is not None and projection.low is not None and projection.high is not None:
        ends = scale.apart(projection.low, projection.high)
        interval = UNKNOWN if UNKNOWN in ends else " … ".join(ends)
    return [
        Cell(str(row.gem_rank), style),
        Cell(names.short(row.run), style),
        Cell(_name(row)),
        Cell(reports_made(row)),
        Cell(best, style),
        Cell(incumbent),
        Cell(scale.show(None if projection is None else projection.median)),
        Cell(interval),
        Cell(f"({gem})" if is_prior(row) else gem, style),
        Cell(
            probability(None if projection is None else projection.p_repeat, may_be_sure=False),
            style,
        ),
        Cell(hours(row.cost_full_h)),
        Cell(small(row.gain_per_h)),
    ]


def end_table(
    audit: Audit, rows: Sequence[RunAudit], names: RunNames, scale: Scale, rule_scale: Scale
) -> tuple[list[TextColumn], list[list[Cell]]]:
    """How every run ended, and the rule's numbers in the mode that is shown."""
    unit = unit_of(audit.budget)
    columns = [
        TextColumn(title="rank", keep=6, right=True),
        TextColumn(title="run", keep=0, right=True),
        TextColumn(title="name", keep=12, least=_NAME_CELLS),
        TextColumn(title="cause", keep=0),
        TextColumn(title="best", keep=5, right=True),
        TextColumn(title="reports", keep=7, right=True),
        TextColumn(title=f"band ({unit})" if unit else "band", keep=4, right=True),
        TextColumn(title="value", keep=2, right=True),
        TextColumn(title="threshold", keep=2, right=True),
        TextColumn(title="peers", keep=8, right=True),
        TextColumn(title="margin", keep=1, right=True),
        TextColumn(title="rule says", keep=9),
        TextColumn(title="set by", keep=10, right=True),
        TextColumn(title="confidence", keep=3),
        TextColumn(title=REASON, keep=11, least=_REASON_CELLS, wraps=True),
    ]
    table = [_end_row(audit, row, names, scale, rule_scale) for row in rows]
    first: dict[str, str] = {}
    for row, cells in zip(rows, table, strict=True):
        whom = first.setdefault(cells[-1].text, names.short(row.run))
        if whom != names.short(row.run):
            cells[-1] = Cell(f"as run {whom}")
    return columns, table


def _end_row(
    audit: Audit, row: RunAudit, names: RunNames, scale: Scale, rule_scale: Scale
) -> list[Cell]:
    rule, explanation = audit.verdicts.rule, row.explanation
    value = threshold = margin = None
    says = UNKNOWN
    if rule is not None and explanation is not None:
        judged = explanation.judged(strict=rule.strict)
        value, threshold, says = judged.value, explanation.threshold, ruling_words(judged.ruling)
        margin = explanation.margin(strict=rule.strict, sign=audit.question.metric.goal.sign)
    value_text, threshold_text = rule_scale.apart(value, threshold)
    cause = row.termination.cause
    style = "green" if cause.completion is Completion.FULL else _CAUSE_STYLES.get(cause, "")
    set_by = UNKNOWN
    if explanation is not None and explanation.set_by is not None:
        set_by = names.of(explanation.set_by).removeprefix("run ")
    return [
        Cell(UNKNOWN if row.rank is None else str(row.rank)),
        Cell(names.short(row.run)),
        Cell(_name(row)),
        Cell(cause_words(cause), style),
        Cell(scale.show(row.best)),
        Cell(reports_made(row)),
        Cell(band_words(row)),
        Cell(value_text),
        Cell(threshold_text),
        Cell(
            str(explanation.n_peers) if explanation is not None and explanation.n_peers else UNKNOWN
        ),
        Cell(rule_scale.signed(margin)),
        Cell(says),
        Cell(set_by),
        Cell(confidence_words(row.termination.confidence)),
        Cell(sanitize(row.termination.because, limit=0)),
    ]

"""The rule's part of the page about one run: where it looked, at what, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Decision
from wbtools.answers.audit.run_row import band_words, ruling_words
from wbtools.answers.audit.words import RunNames, of_metric, rule_scale_of, unit_of
from wbtools.answers.layout import Cell, Page, TextColumn
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.explain import Explanation, ModeVerdict


def write_rule(page: Page, audit: Audit, row: RunAudit, names: RunNames) -> None:
    """Write what the rule says of the run, in both modes, and with which numbers."""
    page.heading("What the rule says")
    explanation, rule = row.explanation, audit.verdicts.rule
    if explanation is None or rule is None:
        page.say(f"Nothing: {sanitize(audit.verdicts.why_not or 'unknown', limit=0)}.", indent=2)
        return
    if explanation.band is None:
        first = f", the first is at {rule.bands[0]}" if rule.bands else ""
        page.say(f"It reached no band{first}, so the rule never looked at it.", indent=2)
        return
    scale = rule_scale_of(audit)
    page.points(*_band_sentences(audit, explanation, row, scale, names))
    page.gap()
    _modes(page, audit, explanation, scale)
    page.points(_ambiguity(explanation.judged(strict=rule.strict), explanation))


def _band_sentences(
    audit: Audit, explanation: Explanation, row: RunAudit, scale: Scale, names: RunNames
) -> list[str]:
    unit = unit_of(audit.budget)
    where = f"band {band_words(explanation)}" if unit is None else f"band {explanation.band}"
    if unit is not None and explanation.band_epoch is not None:
        where += f" ({unit} {explanation.band_epoch:g})"
    if explanation.band_step is not None:
        where += f", logged as step {explanation.band_step}"
    counted = of_metric(audit, audit.question.metric)
    if counted:
        where += f"; it counts reports{counted}"
    whom = "this run itself" if explanation.set_by == row.run.id else names.of(explanation.set_by)
    threshold, low, high = scale.apart(
        explanation.threshold, explanation.threshold_low, explanation.threshold_high
    )
    moved = "" if low == high else f", between {low} and {high} while the run was in the band"
    return [
        f"Highest band reached: {where}.",
        (
            f"Threshold when it ended: {threshold}{moved}, set by {whom}; "
            f"{count(explanation.n_peers, 'run')} had reached the band, this one included."
        ),
    ]


def _modes(page: Page, audit: Audit, explanation: Explanation, scale: Scale) -> None:
    rule = audit.verdicts.rule
    columns = [
        TextColumn(title="mode", keep=0),
        TextColumn(title="compares", keep=2),
        TextColumn(title="value", keep=0, right=True),
        TextColumn(title="threshold", keep=1, right=True),
        TextColumn(title="margin", keep=0, right=True),
        TextColumn(title="says", keep=0),
        TextColumn(title="stop at", keep=3, right=True),
        TextColumn(title="earlier bands", keep=4, right=True),
    ]
    rows = []
    for strict in (True, False):
        judged = explanation.judged(strict=strict)
        value, threshold = scale.apart(judged.value, explanation.threshold)
        margin = explanation.margin(strict=strict, sign=audit.question.metric.goal.sign)
        is_used = rule is not None and rule.strict is strict
        rows.append(
            [
                Cell(("strict" if strict else "lenient") + (" *" if is_used else "")),
                Cell("value at the band" if strict else "best so far"),
                Cell(value),
                Cell(threshold),
                Cell(scale.signed(margin)),
                Cell(ruling_words(judged), _ruling_style(judged.ruling)),
                Cell(f"{judged.n_stop} of {explanation.n_moments}"),
                Cell(str(judged.n_stop_before)),
            ]
        )
    page.table(columns, rows)
    why = "as written" if audit.verdicts.strict_written is not None else "strict is not written"
    page.points(
        f"* the mode in use ({why}); stop at: the moments in this band at which the rule would "
        "have stopped the run; earlier bands: such moments in the bands before.",
        style="dim",
    )


def _ruling_style(ruling: Decision) -> str:
    return {Decision.STOP: "red", Decision.AMBIGUOUS: "yellow"}.get(ruling, "")


def _ambiguity(judged: ModeVerdict, explanation: Explanation) -> str:
    moments = count(explanation.n_moments, "moment")
    if judged.ruling is Decision.AMBIGUOUS and not judged.n_stop:
        return (
            "Ambiguous: the rule said stop right before the run reached this band, "
            "so the order may have been on its way."
        )
    if judged.ruling is Decision.AMBIGUOUS:
        return (
            f"Ambiguous: the answer changes within the {moments} of this band, "
            "and when W&B looked is not recorded."
        )
    if judged.ruling is Decision.STOP:
        return f"The rule would have stopped it, whenever W&B looked ({moments} of this band)."
    return f"The rule would have kept it, whenever W&B looked ({moments} of this band)."

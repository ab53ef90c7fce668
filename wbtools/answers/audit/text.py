"""The answer about a whole sweep as terminal text: what it was, whether to act, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.gem_words import FELL_BACK, gem_words, is_prior
from wbtools.answers.audit.run_tables import (
    GAIN_PER_H,
    P_GEM,
    P_REPEAT,
    REASON,
    end_table,
    gem_table,
)
from wbtools.answers.audit.words import (
    RunNames,
    bar_words,
    budget_words,
    compute_words,
    fit_words,
    guess_words,
    is_one_metric,
    numbering_words,
    rule_scale_of,
    run_to_zoom,
    scale_of,
    source_parts,
    spread_words,
    title_parts,
)
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.table_words import table_parts
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page

_MOST_REASONS = 2
_SEVERITY = {
    Severity.ERROR: ("error", "bold red"),
    Severity.WARNING: ("warning", "yellow"),
    Severity.INFO: ("info", "cyan"),
}
_HEADING = "bold"


def render_text(audit: Audit, page: Page, *, limit: int = 10) -> str:
    """Write an audit as a page of text.

    Args:
        audit: The answer.
        page: What to write it on, empty.
        limit: Rows of each table (one or two more are shown rather than counted); 0 for all.
    """
    names = RunNames(audit)
    _head(page, audit, names)
    _gems(page, audit, names, limit)
    _ends(page, audit, names, limit)
    _findings(page, audit, names, limit)
    page.gap()
    page.say(numbering_words(audit), style="dim")
    return str(page)


def _head(page: Page, audit: Audit, names: RunNames) -> None:
    scale = scale_of(audit)
    page.flow(title_parts(audit), style=_HEADING)
    page.flow(table_parts(audit.sweep.origin, audit.sweep.table))
    page.flow([*source_parts(audit), budget_words(audit), compute_words(audit)])
    page.flow([bar_words(audit, names, scale), spread_words(audit, names, scale)])


def _gems(page: Page, audit: Audit, names: RunNames, limit: int) -> None:
    scale, gems = scale_of(audit), audit.gems
    page.gap()
    page.flow(["Is there a gem?"], style=_HEADING)
    page.say(" ".join(gem_words(audit, names, scale)), indent=2)
    if not gems:
        return
    page.gap()
    shown = limit_rows(gems, limit)
    titles = page.table(
        *gem_table(audit, shown, names, scale), below=rows_left(len(gems) - len(shown))
    )
    page.say(_legend(audit, shown, titles), indent=2, hang=2, style="dim")
    fell_back = audit.outcome.fell_back_because
    if fell_back is not None:
        page.say(f"{FELL_BACK}: {sanitize(fell_back, limit=0)}.", indent=2, hang=2)
    reasons: dict[str, list[RunAudit]] = {}
    for row in gems:
        why = None if row.projection is None else row.projection.abstained_because
        if why is not None:
            reasons.setdefault(why, []).append(row)
    for why, rows in reasons.items():
        whom = "any run" if len(rows) == len(gems) > 1 else names.of_all(rows)
        page.say(f"No projection for {whom}: {sanitize(why, limit=0)}.", indent=2, hang=2)


def _ends(page: Page, audit: Audit, names: RunNames, limit: int) -> None:
    page.gap()
    page.flow(["Why they ended", fit_words(audit)], style=_HEADING)
    guess = guess_words(audit)
    if guess is not None:
        page.say(guess, indent=2, hang=2)
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    shown = limit_rows(ranked, limit)
    titles = page.table(
        *end_table(audit, shown, names, scale_of(audit), rule_scale_of(audit)),
        below=rows_left(len(ranked) - len(shown)),
    )
    if not is_one_metric(audit):
        ranking, rule = audit.question.rank_by.name, audit.question.metric.name
        page.say(
            f"(rank and best: {sanitize(ranking)}; the other numbers: {sanitize(rule)})",
            indent=2,
            hang=2,
            style="dim",
        )
    if REASON not in titles:
        _unexplained(page, audit, shown, names)


def _legend(audit: Audit, shown: Sequence[RunAudit], titles: Sequence[str]) -> str:
    """What the gem table's probabilities mean."""
    words = [f"{P_GEM}: it would have beaten the bar, had it gone on"]
    if P_REPEAT in titles:
        words.append(f"{P_REPEAT}: a fresh run of its configuration does")
    if GAIN_PER_H in titles:
        words.append(f"{GAIN_PER_H}: what a fresh run is expected to gain over the bar, an hour")
    if any(is_prior(row) for row in shown):
        words.append("in parentheses: a prior, not projected")
    if not is_one_metric(audit):
        ranking, rule = audit.question.rank_by.name, audit.question.metric.name
        words.append(f"values: {sanitize(ranking)}, reports: {sanitize(rule)}")
    return f"({'; '.join(words)})"


def _unexplained(page: Page, audit: Audit, shown: Sequence[RunAudit], names: RunNames) -> None:
    """What to look at where no cause is known, on terminals without room for a reason each."""
    reasons: dict[str, list[RunAudit]] = {}
    for row in shown:
        if row.termination.cause is Cause.UNEXPLAINED:
            reasons.setdefault(row.termination.because, []).append(row)
    for because, rows in list(reasons.items())[:_MOST_REASONS]:
        whom = names.of_all(rows)
        page.say(f"Unexplained, {whom}: {sanitize(because, limit=0)}.", indent=2, hang=2)
    zoom = run_to_zoom(audit)
    if zoom is not None:
        more = f"(--run {sanitize(zoom.number_or_id)} tells the reason of one run)"
        page.say(more, indent=2, hang=2, style="dim")


def _findings(page: Page, audit: Audit, names: RunNames, limit: int) -> None:
    if not audit.findings:
        return
    page.gap()
    page.flow(["Findings"], style=_HEADING)
    ranked = sorted(audit.findings, key=lambda finding: (-finding.severity, -finding.confidence))
    shown = limit_rows(ranked, limit)
    for finding in shown:
        word, style = _SEVERITY[finding.severity]
        page.say(f"{word} {finding.code}: {_title(finding, names)}", style=style, indent=2, hang=4)
        if finding.hint:
            page.say(sanitize(finding.hint, limit=0), indent=6)
    others = rows_left(len(ranked) - len(shown), "finding")
    if others:
        page.say(others, indent=2, hang=2, style="dim")


def _title(finding: Finding, names: RunNames) -> str:
    title = sanitize(finding.title, limit=400)
    if finding.subject != "sweep":
        known = names.knows(finding.subject)
        title = f"{names.of(finding.subject) if known else sanitize(finding.subject)}: {title}"
    if finding.location:
        title += f" ({sanitize(finding.location)})"
    if finding.confidence < Confidence.HIGH:
        title += f" [{finding.confidence.name.lower()} confidence]"
    return title

"""The page about a whole sweep: what it was, whether to act, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.gem_words import FELL_BACK, gem_words, is_prior
from wbtools.answers.audit.run_row import run_rows
from wbtools.answers.audit.runs import REASON
from wbtools.answers.audit.tables import GAIN_PER_H, GEM_COLUMNS, P_GEM, P_REPEAT, end_columns
from wbtools.answers.audit.words import (
    RunNames,
    bar_words,
    budget_words,
    compute_words,
    fit_words,
    guess_words,
    is_one_metric,
    numbering_words,
    run_to_zoom,
    scale_of,
    source_parts,
    spread_words,
    title_parts,
)
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.limits import limit_rows
from wbtools.answers.table_words import table_parts
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page

_MOST_REASONS = 2


def write_audit(page: Page, audit: Audit) -> None:
    """Write an audit: whether there is a gem, why every run ended, what was found."""
    names = RunNames(audit)
    _head(page, audit, names)
    _gems(page, audit, names)
    _ends(page, audit, names)
    if audit.findings:
        page.heading("Findings")
        write_findings(page, worst_first(audit.findings), names.subject)
    page.gap()
    page.say(numbering_words(audit), style="dim")


def _head(page: Page, audit: Audit, names: RunNames) -> None:
    scale = scale_of(audit)
    page.title(title_parts(audit))
    page.flow(table_parts(audit.sweep.origin, audit.sweep.table))
    page.flow([*source_parts(audit), budget_words(audit), compute_words(audit)])
    page.flow([bar_words(audit, names, scale), spread_words(audit, names, scale)])


def _gems(page: Page, audit: Audit, names: RunNames) -> None:
    scale, gems = scale_of(audit), audit.gems
    page.heading("Is there a gem?")
    page.say(" ".join(gem_words(audit, names, scale)), indent=2)
    if not gems:
        return
    page.gap()
    titles = page.rows(GEM_COLUMNS, run_rows(audit, gems))
    page.points(_legend(audit, limit_rows(gems, page.limit), titles), style="dim")
    fell_back = audit.outcome.fell_back_because
    if fell_back is not None:
        page.points(f"{FELL_BACK}: {sanitize(fell_back, limit=0)}.")
    reasons: dict[str, list[RunAudit]] = {}
    for row in gems:
        why = None if row.projection is None else row.projection.abstained_because
        if why is not None:
            reasons.setdefault(why, []).append(row)
    for why, rows in reasons.items():
        whom = "any run" if len(rows) == len(gems) > 1 else names.of_all(rows)
        page.points(f"No projection for {whom}: {sanitize(why, limit=0)}.")


def _ends(page: Page, audit: Audit, names: RunNames) -> None:
    page.heading("Why they ended", fit_words(audit))
    guess = guess_words(audit)
    if guess is not None:
        page.points(guess)
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    rows = run_rows(audit, ranked)
    titles = page.rows(end_columns(audit, rows), rows)
    if not is_one_metric(audit):
        ranking, rule = audit.question.rank_by.name, audit.question.metric.name
        page.points(
            f"(rank and best: {sanitize(ranking)}; the other numbers: {sanitize(rule)})",
            style="dim",
        )
    if REASON not in titles:
        _unexplained(page, audit, limit_rows(ranked, page.limit), names)


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
        page.points(f"Unexplained, {whom}: {sanitize(because, limit=0)}.")
    zoom = run_to_zoom(audit)
    if zoom is not None:
        more = f"(--run {sanitize(zoom.number_or_id)} tells the reason of one run)"
        page.points(more, style="dim")

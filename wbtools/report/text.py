"""The answer about a whole sweep as terminal text: what it was, whether to act, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wbtools.analysis.causes import Cause
from wbtools.findings import Confidence, Finding, Severity
from wbtools.report.layout import Page
from wbtools.report.run_tables import REASON, end_table, gem_table
from wbtools.report.safe_text import visible
from wbtools.report.words import (
    RunNames,
    bar_words,
    budget_words,
    compute_words,
    fit_words,
    gem_words,
    guess_words,
    is_prior,
    numbering_words,
    rule_scale_of,
    run_to_zoom,
    scale_of,
    source_parts,
    spread_words,
    title_parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit

_SPARE_ROWS = 2
"""Rows beyond the limit that are shown all the same: a line that counts them is no shorter."""
_MOST_REASONS = 2
_SEVERITY = {
    Severity.ERROR: ("error", "bold red"),
    Severity.WARNING: ("warning", "yellow"),
    Severity.INFO: ("info", "cyan"),
}
_HEADING = "bold"
_T = TypeVar("_T")


def render_text(
    audit: Audit,
    *,
    limit: int | None = 10,
    width: int = 80,
    color: bool = False,
    unicode: bool = True,
    command: str = "",
) -> str:
    """Write an audit as a page of text.

    Args:
        audit: The answer.
        limit: Rows of each table (one or two more are shown rather than counted); 0 or None for
            all.
        width: Terminal cells; no line is longer.
        color: Whether to write ANSI codes.
        unicode: Whether the terminal knows more than ASCII.
        command: The command line that was typed, without options; named in hints if given.
    """
    page = Page(width=width, color=color, unicode=unicode)
    names = RunNames(audit)
    _head(page, audit, names)
    _gems(page, audit, names, limit, command)
    _ends(page, audit, names, limit, command)
    _findings(page, audit, names, limit)
    page.gap()
    page.say(numbering_words(audit), style="dim")
    return str(page)


def _head(page: Page, audit: Audit, names: RunNames) -> None:
    scale = scale_of(audit)
    page.flow(title_parts(audit), style=_HEADING)
    page.flow([*source_parts(audit), budget_words(audit.budget), compute_words(audit)])
    page.flow([bar_words(audit, names, scale), spread_words(audit, names, scale)])


def _gems(page: Page, audit: Audit, names: RunNames, limit: int | None, command: str) -> None:
    scale, gems = scale_of(audit), audit.gems
    page.gap()
    page.flow(["Is there a gem?"], style=_HEADING)
    page.say(" ".join(gem_words(audit, names, scale)), indent=2)
    if not gems:
        return
    page.gap()
    shown = _first(gems, limit)
    page.table(*gem_table(audit, shown, names, scale))
    _count_rest(page, len(gems) - len(shown), command)
    if any(is_prior(row) for row in shown):
        page.say("(in parentheses: a prior, not projected)", indent=2, style="dim")
    reasons: dict[str, list[RunAudit]] = {}
    for row in gems:
        why = None if row.projection is None else row.projection.abstained_because
        if why is not None:
            reasons.setdefault(why, []).append(row)
    for why, rows in reasons.items():
        whom = "any run" if len(rows) == len(gems) > 1 else names.of_all(rows)
        page.say(f"No projection for {whom}: {visible(why, limit=0)}.", indent=2, hang=2)


def _ends(page: Page, audit: Audit, names: RunNames, limit: int | None, command: str) -> None:
    page.gap()
    page.flow(["Why they ended", fit_words(audit)], style=_HEADING)
    guess = guess_words(audit)
    if guess is not None:
        page.say(guess, indent=2, hang=2)
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    shown = _first(ranked, limit)
    titles = page.table(*end_table(audit, shown, names, scale_of(audit), rule_scale_of(audit)))
    _count_rest(page, len(ranked) - len(shown), command)
    if REASON not in titles:
        _unexplained(page, audit, shown, names, command)


def _unexplained(
    page: Page, audit: Audit, shown: Sequence[RunAudit], names: RunNames, command: str
) -> None:
    """What to look at where no cause is known, on terminals without room for a reason each."""
    reasons: dict[str, list[RunAudit]] = {}
    for row in shown:
        if row.termination.cause is Cause.UNEXPLAINED:
            reasons.setdefault(row.termination.because, []).append(row)
    for because, rows in list(reasons.items())[:_MOST_REASONS]:
        whom = names.of_all(rows)
        page.say(f"Unexplained, {whom}: {visible(because, limit=0)}.", indent=2, hang=2)
    zoom = run_to_zoom(audit)
    if zoom is not None:
        more = f"{command} --run {zoom.number}".strip()
        page.say(f"({more} tells the reason of one run)", indent=2, hang=2, style="dim")


def _findings(page: Page, audit: Audit, names: RunNames, limit: int | None) -> None:
    if not audit.findings:
        return
    page.gap()
    page.flow(["Findings"], style=_HEADING)
    ranked = sorted(audit.findings, key=lambda one: (-one.severity, -one.confidence))
    shown = _first(ranked, limit)
    for one in shown:
        word, style = _SEVERITY[one.severity]
        page.say(f"{word} {one.code}: {_title(one, names)}", style=style, indent=2, hang=4)
        if one.hint:
            page.say(visible(one.hint, limit=0), indent=6)
    _count_rest(page, len(ranked) - len(shown), "", of="finding")


def _title(one: Finding, names: RunNames) -> str:
    title = visible(one.title, limit=400)
    if one.subject != "sweep":
        known = names.knows(one.subject)
        title = f"{names.of(one.subject) if known else visible(one.subject)}: {title}"
    if one.location:
        title += f" ({visible(one.location)})"
    if one.confidence < Confidence.HIGH:
        title += f" [{one.confidence.name.lower()} confidence]"
    return title


def _first(rows: Sequence[_T], limit: int | None) -> Sequence[_T]:
    if not limit or len(rows) <= limit + _SPARE_ROWS:
        return rows
    return rows[:limit]


def _count_rest(page: Page, n: int, command: str, *, of: str = "") -> None:
    if not n:
        return
    more = f"{n} more" if not of else f"{n} more {of if n == 1 else of + 's'}"
    how = f"{command} --limit 0".strip()
    page.say(f"… and {more} ({how} shows all)", indent=2, hang=2, style="dim")

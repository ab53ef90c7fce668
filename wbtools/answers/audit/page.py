"""The page about a whole sweep: what it was, whether to act, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.audit.checkpoint_words import checkpoint_sentences
from wbtools.answers.audit.gem_words import (
    FELL_BACK,
    LOSS,
    QUESTION,
    abstentions,
    gem_words,
    is_prior,
    run_to_zoom,
    silent_words,
)
from wbtools.answers.audit.run_row import run_rows
from wbtools.answers.audit.runs import REASON
from wbtools.answers.audit.stop_words import fit_words, guess_words, mode_words, stops_words
from wbtools.answers.audit.tables import AGAIN, COST, GONE_ON, LEFT, end_columns, gem_columns
from wbtools.answers.audit.unrankable_words import later_words
from wbtools.answers.audit.words import (
    RunNames,
    as_of_parts,
    budget_words,
    compute_words,
    is_one_metric,
    numbering_words,
    scale_of,
    source_parts,
    spread_words,
    surprises,
    title_parts,
)
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.limits import limit_rows
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page
    from wbtools.model import Checkpoint

_CHANCES = {GONE_ON: "had the run gone on", AGAIN: "if its configuration is run again"}
_DOT = " · "


def write_audit(
    page: Page, audit: Audit, checkpoints: Mapping[str, Checkpoint], *, all_runs: bool = False
) -> None:
    """Write an audit: whether there is a gem, why every run ended, what was found.

    Args:
        page: Where to.
        audit: The answer.
        checkpoints: From which runs can go on, by the run's id.
        all_runs: Whether to write the table of all runs as well.
    """
    names = RunNames(audit)
    *what, ends = title_parts(audit)
    page.title(what, between=_DOT)
    page.flow([ends, compute_words(audit), *as_of_parts(audit)], between=_DOT)
    answer = " ".join(gem_words(audit, names, scale_of(audit), checkpoints))
    page.verdict(QUESTION, answer)
    page.points(*later_words(audit))
    page.points(*table_parts(audit.sweep.origin, audit.sweep.table), *surprises(audit))
    page.points(silent_words(audit))
    write_gems(page, audit, names, answer, checkpoints)
    page.heading("Why they ended", fit_words(audit, names))
    zoom = run_to_zoom(audit)
    pointers = [
        *([] if all_runs else ["all runs: --all-runs"]),
        *([] if zoom is None else [f"one run: --run {sanitize(zoom.number_or_id)}"]),
    ]
    write_ends(
        page, audit, names, [_DOT.join(stops_words(audit, names)), *pointers], all_runs=all_runs
    )
    if audit.findings:
        page.heading("Findings")
        write_findings(page, worst_first(audit.findings), names.subject)
    page.heading("What this rests on")
    write_sources(page, audit, names)


def write_gems(
    page: Page,
    audit: Audit,
    names: RunNames,
    answer: str,
    checkpoints: Mapping[str, Checkpoint],
) -> None:
    """Write the table of the likeliest gems, what its columns mean, and what has no projection.

    Args:
        page: Where to.
        audit: The answer.
        names: What runs are called.
        answer: The verdict, which stands above: what it says is not said again.
        checkpoints: From which runs can go on, by the run's id.
    """
    gems = audit.gems
    if audit.outcome.p_any is None or not (gems or audit.outcome.cannot_rank):
        return
    if gems:
        shown = limit_rows(gems, page.limit)
        page.gap()
        titles = page.rows(
            gem_columns(audit, shown),
            run_rows(audit, gems, checkpoints),
            about=_about(gems[len(shown) :]),
        )
        page.points(_legend(audit, shown, titles, tells_loss=LOSS in answer), style="dim")
        page.points(*checkpoint_sentences(audit, names, shown, checkpoints))
    fell_back = audit.outcome.fell_back_because
    if fell_back is not None:
        page.points(f"{FELL_BACK}: {sanitize(fell_back, limit=0)}.")
    for why, rows in abstentions(audit).items():
        if sanitize(why, limit=0) in answer:
            continue
        whom = "any run" if len(rows) == len(gems) > 1 else names.of_all(rows)
        page.points(f"No projection for {whom}: {sanitize(why, limit=0)}.")


def _about(hidden: Sequence[RunAudit]) -> str:
    """What the runs beyond the limit would reach at most."""
    projections = [row.projection for row in hidden if row.projection is not None]
    chances = [projection.p_repeat for projection in projections if projection.p_repeat is not None]
    if not chances or len(chances) < len(hidden):
        return ""
    most = probability(max(chances), may_be_sure=False)
    return "" if most.startswith(">") else f"none above {most.lstrip('<')} if run again"


def _legend(
    audit: Audit, shown: Sequence[RunAudit], titles: Sequence[str], *, tells_loss: bool
) -> str:
    """What the percentages mean."""
    chances = [words for title, words in _CHANCES.items() if title in titles]
    words = []
    if chances:
        hours = ", and the time it takes" if {LEFT, COST} <= {*titles} else ""
        words.append(f"chance of beating the bar{hours}: {', or '.join(chances)}")
    if any(is_prior(row) for row in shown):
        words.append("in parentheses: the share in other people's sweeps")
    if tells_loss:
        words.append(
            "expected loss: by how much the best of all stopped runs would have beaten it, had "
            "they gone on"
        )
    if not is_one_metric(audit):
        ranking, rule = audit.question.rank_by.name, audit.question.metric.name
        words.append(f"values: {sanitize(ranking)}, reports: {sanitize(rule)}")
    return f"({'; '.join(words)})" if words else ""


def write_ends(
    page: Page, audit: Audit, names: RunNames, stops: Sequence[str], *, all_runs: bool
) -> None:
    """Write why runs ended: how many by what, those that nothing explains, and perhaps all.

    Args:
        page: Where to, below a heading.
        audit: The answer.
        names: What runs are called.
        stops: How many were stopped where, and what may stand beside it.
        all_runs: Whether to write the table of all runs as well.
    """
    guess = guess_words(audit)
    if guess is not None:
        page.points(guess)
    page.flow(stops, indent=2)
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    titles = []
    if all_runs:
        rows = run_rows(audit, ranked)
        page.gap()
        titles = page.rows(end_columns(audit, rows), rows, limit=0)
        if not is_one_metric(audit):
            ranking, rule = audit.question.rank_by.name, audit.question.metric.name
            page.points(
                f"(rank and best: {sanitize(ranking)}; the other numbers: {sanitize(rule)})",
                style="dim",
            )
    if REASON not in titles:
        _unexplained(page, ranked, names)


def _unexplained(page: Page, ranked: Sequence[RunAudit], names: RunNames) -> None:
    """What to look at where no cause is known."""
    reasons: dict[str, list[RunAudit]] = {}
    for row in ranked:
        if row.termination.cause is Cause.UNEXPLAINED:
            reasons.setdefault(row.termination.because, []).append(row)
    (because, first), *others = reasons.items() or [("", [])]
    if first:
        why = because.replace("it was", "each was", 1) if len(first) > 1 else because
        page.points(f"Unexplained, {names.of_all(first)}: {sanitize(why, limit=0)}.")
    others_too = [row for _, rows in others for row in rows]
    if others_too:
        page.points(f"Unexplained too: {names.of_all(others_too)}.")


def write_sources(page: Page, audit: Audit, names: RunNames) -> None:
    """Write where the metric, the rule and the budget were read, and how runs are numbered."""
    parts = [
        *source_parts(audit),
        spread_words(audit, names, scale_of(audit)),
        mode_words(audit),
        numbering_words(audit),
        budget_words(audit) if audit.budget.typical else "",
    ]
    page.flow(filter(None, parts), indent=2)

"""What is said where which stopped runs were gems cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.findings import FIRST_REPORTS
from wbtools.analysis.rankability import N_TOGETHER
from wbtools.answers.audit.words import POSSIBLE, bar_reference, of_metric
from wbtools.text.numbers import count, probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.rankability import Rankability
    from wbtools.answers.audit.words import RunNames
    from wbtools.text.numbers import Scale


def unrankable_words(
    audit: Audit, found: Rankability, names: RunNames, scale: Scale, *, beyond: int
) -> list[str]:
    """How many were gems, that nobody knows which, why, and what a re-run at random is worth.

    Args:
        audit: The answer.
        found: Its rankability.
        names: What runs are called.
        scale: How values are written.
        beyond: How many runs are better than the bar already; they were told before.
    """
    others, p_random = "other " if beyond else "", found.p_random or 0.0
    whom = f"of the {count(found.n_runs, f'{others}stopped run')}"
    expected = round(found.n_runs * p_random)
    if expected:
        how_many = f"About {expected} {whom}"
    elif beyond:
        among_others = 1 - (1 - p_random) ** found.n_runs
        how_many = f"With a chance of {probability(among_others)}, one {whom}"
    else:
        p_any = audit.outcome.p_any or 0.0
        word = "Possibly" if p_any >= POSSIBLE else "Unlikely"
        how_many = f"{word}: {probability(p_any)} that one {whom}"
    bar = bar_reference(audit, names, scale)
    why = standing_words(audit, found)
    return [
        f"{how_many} would have beaten {bar}, but which cannot be told: {why}.",
        *_rerun_at_random(found),
    ]


def _rerun_at_random(found: Rankability) -> list[str]:
    """What a fresh run of one of the configurations is worth, and of a few; empty if unknown."""
    p = found.p_repeat_random
    if p is None:
        return []
    several = ""
    if found.n_runs > N_TOGETHER:
        p_any = probability(1 - (1 - p) ** N_TOGETHER, may_be_sure=False)
        several = f", and at least one of any {N_TOGETHER} with a chance of {p_any}"
    chance = probability(p, may_be_sure=False)
    return [f"One taken at random, run again, beats the bar with a chance of {chance}{several}."]


def standing_words(audit: Audit, found: Rankability) -> str:
    """`standing at report 3 says next to nothing about the end (rank correlation 0.06 among …)`."""
    if found.reports is None or found.correlation is None:
        return "standing at the stop says next to nothing about the end"
    first, last, most = found.reports
    at, mean = f"report {first}", ""
    if first != last:
        at, mean = f"reports {first} to {last} (most often {most})", "mean "
    return (
        f"standing at {at}{of_metric(audit, audit.question.rank_by)} says next to nothing about "
        f"the end ({mean}rank correlation {found.correlation:.2f} among "
        f"{count(found.n_completed, 'completed run')})"
    )


def later_words(audit: Audit) -> list[str]:
    """From when on standing tells, and what to compare instead; nothing where runs are ranked."""
    found = audit.outcome.rankability
    if found is None or not audit.outcome.cannot_rank:
        return []
    begins = "At no report that could be measured does standing tell."
    if found.tells_from_report is not None:
        metric = of_metric(audit, audit.question.rank_by)
        begins = f"Standing begins to tell at report {found.tells_from_report}{metric}."
    if any(finding.code == FIRST_REPORTS for finding in audit.findings):
        return [begins]
    instead = "Compare runs by a mean over their last reports first: there is less luck in it"
    return [f"{begins} {instead} than in a best value."]


def is_unrankable(audit: Audit, row: RunAudit) -> bool:
    """Whether nothing tells a stopped run from the others."""
    return audit.outcome.cannot_rank and row.projection is not None and row.gem_rank is None


def lottery_words(audit: Audit, rows: Sequence[RunAudit]) -> list[str]:
    """For who runs a stopped run again: that none is known to be worth more than another."""
    found = audit.outcome.rankability
    if found is None or not any(is_unrankable(audit, row) for row in rows):
        return []
    p_repeat = probability(found.p_repeat_random, may_be_sure=False)
    chance = f"one at random, run again, beats the bar with a chance of {p_repeat}"
    return [f"which stopped runs were gems cannot be told: {chance}"]

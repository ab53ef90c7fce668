"""Is there a gem? The answer in sentences, and who is better than the bar already."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.question import RuleStatus
from wbtools.text.numbers import Scale, count, hours, percent, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.audit.words import RunNames

NOTHING = "Nothing worth re-running is expected."
FELL_BACK = "Projected by catching up, not by the learned model"
_POSSIBLE = 0.15
_VERDICTS = (
    (0.75, "Very likely."),
    (0.6, "Likely."),
    (0.4, "About even."),
    (_POSSIBLE, "Possible."),
    (0.0, NOTHING),
)
"""By P(at least one), the first that it reaches."""
_RERUNS = 3
_ROUND = 1.0
_LEAST = 0.005


def beyond_the_bar(audit: Audit) -> list[RunAudit]:
    """The candidates and running runs that are better than the bar already, best first."""
    above = [row for row in audit.rows if is_beyond_the_bar(audit, row)]
    return sorted(above, key=lambda row: row.rank or 0)


def is_beyond_the_bar(audit: Audit, row: RunAudit) -> bool:
    """Whether a run is a candidate or still running, and better than the bar already."""
    if audit.incumbent is None or row.best is None:
        return False
    might_go_on = row.gem_rank is not None or row.completion is Completion.RUNNING
    sign = audit.question.rank_by.goal.sign
    return might_go_on and row.best * sign < audit.incumbent.value * sign


def is_prior(row: RunAudit) -> bool:
    """Whether the run's probability comes from other people's sweeps, not from its own data."""
    projection = row.projection
    return (
        projection is not None
        and projection.abstained_because is not None
        and projection.p_gem != 1
    )


def is_worth_rerunning(audit: Audit) -> bool:
    """Whether re-running candidates may bring something, as the answer says in words."""
    return (audit.outcome.p_any or 0.0) >= _POSSIBLE


def gem_words(audit: Audit, names: RunNames, scale: Scale) -> list[str]:
    """Whether there is a gem at all: the answer first, then the numbers behind it."""
    outcome = audit.outcome
    above = beyond_the_bar(audit)
    running = [row for row in above if row.completion is Completion.RUNNING]
    stopped = [row for row in above if row.completion is not Completion.RUNNING]
    sentences = []
    if stopped:
        beat = "already beats" if len(stopped) == 1 else "already beat"
        values = _against_the_bar(audit, stopped, scale)
        sentences.append(f"Yes: {names.of_all(stopped)} {beat} the bar ({values}).")
    if running:
        sentences.append(
            f"Still running and already better than the bar: {names.of_all(running)} "
            f"({_against_the_bar(audit, running, scale)})."
        )
    if not outcome.n_candidates:
        return sentences or [_nobody_stopped(audit), *_silent_words(audit)]
    verdict = _verdict(audit)
    if outcome.p_any is None:
        return [*sentences, verdict, *_silent_words(audit)]
    if not stopped and not (running and verdict == NOTHING):
        sentences.append(verdict)
    sentences.append(_numbers(audit, outcome.p_any))
    if stopped or outcome.p_any >= _POSSIBLE:
        sentences += _recovery_words(audit)
    return [*sentences, *_silent_words(audit)]


def _silent_words(audit: Audit) -> list[str]:
    """How many runs the answer says nothing of."""
    if not audit.n_silent:
        return []
    whom = f"{audit.n_silent} of {count(len(audit.rows), 'run')}"
    them = "it" if audit.n_silent == 1 else "them"
    metric = sanitize(audit.question.metric.name)
    return [f"{whom} logged nothing under {metric}: nothing can be said of {them}."]


def _against_the_bar(audit: Audit, rows: list[RunAudit], scale: Scale) -> str:
    best, incumbent = scale.apart(
        rows[0].best, None if audit.incumbent is None else audit.incumbent.value
    )
    return f"{best}, bar {incumbent}" if len(rows) == 1 else f"the best {best}, bar {incumbent}"


def _nobody_stopped(audit: Audit) -> str:
    n_by_completion = audit.n_by_completion()
    n_unknown = n_by_completion[Completion.UNKNOWN]
    if n_unknown:
        whom = "any run" if n_unknown == len(audit.rows) > 1 else count(n_unknown, "run")
        several = 1 < n_unknown < len(audit.rows)
        were, its = ("were", "their") if several else ("was", "its")
        return f"Nobody can tell: nothing says whether {whom} {were} stopped before {its} time."
    if n_by_completion[Completion.RUNNING]:
        return "No run was stopped before its time so far."
    if n_by_completion[Completion.FULL] == len(audit.rows):
        if audit.question.rule.status is RuleStatus.NONE:
            whom = count(len(audit.rows), "run")
            whom = whom if len(audit.rows) == 1 else f"all {whom}"
            own = "itself" if len(audit.rows) == 1 else "themselves"
            return f"No: the sweep has no early termination, and {whom} ended by {own}."
        return "No: no run was stopped before its time, so there is nothing to re-run."
    if n_by_completion[Completion.FAILED] or audit.n_silent:
        return "No run with a value was stopped before its time."
    return "No run was stopped before its time, so there is nothing to re-run."


def _verdict(audit: Audit) -> str:
    p_any = audit.outcome.p_any
    if p_any is None:
        return "Nobody can tell: no run ran its course, so there is no bar to beat."
    return next((words for least, words in _VERDICTS if p_any >= least), NOTHING)


def _numbers(audit: Audit, p_any: float) -> str:
    outcome = audit.outcome
    n_expected = outcome.expected_gems or 0.0
    expected = f"{n_expected:.{1 if n_expected >= _ROUND else 2}f}"
    if n_expected < _LEAST:
        expected = "<0.01"
    words = f"P(at least one) = {probability(p_any)}, expected number {expected}"
    priors = sum(is_prior(row) for row in audit.gems)
    if priors:
        which = "all" if priors == outcome.n_candidates else f"{priors} of"
        words += (
            f" ({which} {count(outcome.n_candidates, 'candidate')} by a prior: the share of "
            "gems in other people's sweeps)"
        )
    return f"{words}."


def _recovery_words(audit: Audit) -> list[str]:
    """What re-running a few would bring back, and what those few cost together."""
    judged = [row for row in audit.gems if not is_prior(row)]
    useful = {
        recovery.k: recovery
        for recovery in audit.outcome.recovery
        if recovery.k < len(judged) and math.isfinite(recovery.share)
    }
    if not useful:
        return []
    recovery = useful.get(_RERUNS) or useful[max(useful)]
    which = "first" if recovery.k == 1 else f"first {recovery.k}"
    of = f"{len(judged)}" if len(judged) == len(audit.gems) else f"the {len(judged)} projected"
    costs = [row.cost_full_h for row in judged[: recovery.k]]
    known = [cost for cost in costs if cost is not None]
    cost = f" ({hours(sum(known))})" if len(known) == len(costs) else ""
    share = percent(recovery.share)
    return [f"Re-running the {which} of {of}{cost} would recover {share} of what may be lost."]

"""Gather, for every run of a sweep, what tells why it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.causes import find_cause
from wbtools.analysis.diagnosis.evidence import TerminationEvidence
from wbtools.analysis.diagnosis.habits import sweep_habits, ways_of_ending
from wbtools.analysis.diagnosis.outcomes import RunOutcomes, best_and_last
from wbtools.analysis.question import Question, RuleStatus
from wbtools.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wbtools.analysis.diagnosis.rule_verdicts import RuleVerdicts
    from wbtools.analysis.diagnosis.termination import Termination
    from wbtools.model import GuardDecision, Sweep


def find_causes(
    sweep: Sweep, outcomes: RunOutcomes, ruled: RuleVerdicts, question: Question
) -> list[Termination]:
    """Find the likeliest cause of every run's end, in the sweep's order.

    What a single run cannot tell, the sweep may: whether an exit code is this program's way of
    ending when it is told to stop shows in all the runs that ended with it.
    """
    runs = sweep.runs
    rulings = [ruled.ruling(row) for row in range(len(runs))]
    ways = ways_of_ending(outcomes, rulings)
    report_s = outcomes.report_s
    since_best = _reports_since_best(outcomes, question)
    bands = _bands(ruled, question)
    before_a_band = [n + 1 in bands for n in outcomes.n_reports.tolist()]
    habits = sweep_habits(outcomes, since_best, before_a_band)
    may_stop = question.rule.status is not RuleStatus.NONE and not ruled.cannot_run
    budget = outcomes.budget
    has_configured_end = budget.key is not None
    began = min((run.created_at for run in runs if run.created_at is not None), default=None)

    def evidence(row: int) -> TerminationEvidence:
        run, n_made = runs[row], int(outcomes.n_made[row])
        decision = sweep.guard_stops.get(run.id)
        return TerminationEvidence(
            run=run,
            n_reports=n_made if n_made >= 0 else None,
            budget=int(budget.reports[row]),
            reached=bool(budget.reached[row]),
            is_end_certain=has_configured_end or budget.source == "option",
            has_configured_end=has_configured_end,
            reports_since_best=since_best[row],
            reports_per_epoch=outcomes.reports_per_unit(row) or 1.0,
            age_s=_seconds_since(run.created_at, sweep.as_of),
            silence_s=_seconds_since(run.heartbeat_at, sweep.as_of),
            report_interval_s=float(report_s[row]) if np.isfinite(report_s[row]) else None,
            ruling=rulings[row],
            is_before_a_band=before_a_band[row],
            is_at_a_band=n_made in bands,
            has_rule=may_stop,
            habits=habits,
            way=ways[row],
            guard_stop=decision,
            silent_before_guard_s=_silent_s(decision, began, float(outcomes.end_s[row])),
        )

    return [find_cause(evidence(row)) for row in range(len(runs))]


def _seconds_since(moment: datetime | None, as_of: datetime) -> float | None:
    return None if moment is None else (as_of - moment).total_seconds()


def _silent_s(decision: GuardDecision | None, began: datetime | None, end_s: float) -> float | None:
    """How long a run had shown no sign of life when a guard decided to stop it.

    Args:
        decision: Of the guard; None if there is none.
        began: When the first run did.
        end_s: The run's last sign of life, in seconds after that; NaN if unknown.
    """
    if decision is None or began is None or not np.isfinite(end_s):
        return None
    return (decision.decided_at - began).total_seconds() - end_s


def _bands(ruled: RuleVerdicts, question: Question) -> Sequence[int]:
    """The rule's bands, which do not take curves to be known."""
    if ruled.rule is not None:
        return ruled.rule.bands
    if question.rule.settings is None:
        return ()
    try:
        return question.rule.settings.resolved().bands
    except DataError:
        return ()


def _reports_since_best(outcomes: RunOutcomes, question: Question) -> list[int | None]:
    """Reports of the rule's metric after its best one, None where a run has no curve."""
    curves = outcomes.rule_curves
    if curves is None:
        return [None] * len(outcomes.runs)
    _, best_at, _ = best_and_last(curves, question.metric.goal)
    return [
        n - at if at else None
        for n, at in zip(curves.n_reports.tolist(), best_at.tolist(), strict=True)
    ]

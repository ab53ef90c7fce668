"""Gather, for every run of a sweep, what tells why it ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.causes import TerminationEvidence, find_cause
from wbtools.analysis.diagnosis.outcomes import RunOutcomes, best_and_last
from wbtools.analysis.diagnosis.termination import Decision
from wbtools.analysis.question import Question, RuleStatus
from wbtools.model import RunState

if TYPE_CHECKING:
    from wbtools.analysis.diagnosis.rule_verdicts import RuleVerdicts
    from wbtools.analysis.diagnosis.termination import Termination
    from wbtools.model import Run, Sweep


def find_causes(
    sweep: Sweep, outcomes: RunOutcomes, ruled: RuleVerdicts, question: Question
) -> list[Termination]:
    """Find the likeliest cause of every run's end, in the sweep's order.

    What a single run cannot tell, the sweep may: whether an exit code is this program's way of
    ending when it is told to stop shows in all the runs that ended with it.
    """
    runs = sweep.runs
    rulings = [ruled.ruling(row) for row in range(len(runs))]
    ends = [
        _way_of_ending(run) if is_short else None
        for run, is_short in zip(runs, outcomes.is_short.tolist(), strict=True)
    ]
    with_code = Counter(end for end in ends if end is not None)
    by_rule = Counter(
        end
        for end, ruling in zip(ends, rulings, strict=True)
        if end is not None and ruling in {Decision.STOP, Decision.AMBIGUOUS}
    )
    report_s = outcomes.report_s
    since_best = _reports_since_best(outcomes, question)
    per_epoch = float(outcomes.budget.reports_per_unit or 1)
    flags_speak = any(run.stopped and not run.state.is_going for run in runs)
    may_stop = question.rule.status is not RuleStatus.NONE and not ruled.cannot_run

    def evidence(row: int) -> TerminationEvidence:
        run, n_made, end = runs[row], int(outcomes.n_made[row]), ends[row]
        silence = None
        if run.heartbeat_at is not None:
            silence = (sweep.as_of - run.heartbeat_at).total_seconds()
        return TerminationEvidence(
            run=run,
            n_reports=n_made if n_made >= 0 else None,
            budget=int(outcomes.budget.reports[row]),
            reports_since_best=since_best[row],
            reports_per_epoch=per_epoch,
            silence_s=silence,
            report_interval_s=float(report_s[row]) if np.isfinite(report_s[row]) else None,
            ruling=rulings[row],
            has_rule=may_stop,
            flags_speak=flags_speak,
            n_same_code=0 if end is None else with_code[end],
            n_same_code_ruled=0 if end is None else by_rule[end],
        )

    return [find_cause(evidence(row)) for row in range(len(runs))]


def _way_of_ending(run: Run) -> tuple[RunState, int | None] | None:
    """What runs that ended alike share; None where nothing of a run's end is recorded."""
    if run.exit_code is None and run.state is not RunState.FAILED:
        return None
    return (RunState.FAILED, None) if run.exit_code is None else (RunState.UNKNOWN, run.exit_code)


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

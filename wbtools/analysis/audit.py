"""The audit: why every run of a sweep ended, and which stopped run deserved to live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.diagnose import Diagnosis, diagnose
from wbtools.analysis.diagnosis.findings import judge_first_reports, judge_terminations
from wbtools.analysis.diagnosis.repeated_reports import judge_repeats
from wbtools.analysis.diagnosis.rule_search import RuleGuess, search_rule
from wbtools.analysis.diagnosis.termination import (
    PERHAPS_BY_RULE,
    PERHAPS_BY_UNKNOWN_RULE,
    Cause,
    Completion,
    Termination,
)
from wbtools.analysis.gems import Outcome, judge_gems, rank_gems
from wbtools.analysis.projection import Projector
from wbtools.analysis.question import Question, RuleStatus
from wbtools.analysis.sweep_snapshot import sweep_snapshot
from wbtools.errors import DataError
from wbtools.stats.spread import Spread, finite_or_none, spread
from wbtools.text.brief import brief_repr, one_line
from wbtools.text.numbers import S_PER_H

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.analysis.diagnosis.explain import Explanation, RuleFit
    from wbtools.analysis.diagnosis.outcomes import RunOutcomes
    from wbtools.analysis.diagnosis.rule_verdicts import RuleVerdicts
    from wbtools.analysis.gems import Projection
    from wbtools.analysis.projection import Method, Weights
    from wbtools.findings import Finding
    from wbtools.model import GuardDecision, Run, Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAudit:
    """One run of the answer. Values are of the metric that ranks, in its own units and direction.

    Attributes:
        rank: Place by best value among all runs with one, from 1; None without a value.
        n_reports: Finite reports made; None where no source says.
        budget: Reports of a full run; None if unknown.
        best: Best value; None if the run has none.
        best_at: Report of that metric at which it was reached, from 1; None without a curve.
        last: Last finite value; None without a curve.
        explanation: The rule's view; None where no rule can be judged.
        projection: For stopped runs only.
        gem_rank: Place among the stopped runs, the likeliest gem first, from 1. Where they cannot
            be ranked only those have one that are better than the bar already.
        report_s: Seconds a report, from the run's own pace; None if unknown.
        cost_remaining_reports: Reports that were left of its budget.
        cost_remaining_h: The same in hours.
        cost_full_h: Hours of a full rerun, its start-up included.
        startup_h: Hours at work that no report accounts for; None if unknown.
        guard_stop: On what `wbtools guard` last asked W&B to stop it; None if no journal says so.
        has_run_file: False where only the configuration is left that an agent took.
    """

    run: Run
    rank: int | None
    n_reports: int | None
    n_nonfinite: int
    budget: int | None
    best: float | None
    best_at: int | None
    last: float | None
    termination: Termination
    explanation: Explanation | None
    projection: Projection | None
    gem_rank: int | None
    report_s: float | None
    cost_remaining_reports: int | None
    cost_remaining_h: float | None
    cost_full_h: float | None
    startup_h: float | None = None
    guard_stop: GuardDecision | None = None
    has_run_file: bool = True

    def __repr__(self) -> str:
        """One line, as `<run 5 (ivory-sweep-5): hyperband, 3 of 27 reports, best 0.51>`."""
        of = "" if self.budget is None else f" of {self.budget}"
        return one_line(
            f"run {self.run.called}",
            self.termination.cause,
            "" if self.n_reports is None else f"{self.n_reports}{of} reports",
            "no value" if self.best is None else f"best {self.best:.6g}",
            "" if self.gem_rank is None else f"gem {self.gem_rank}",
        )

    @property
    def completion(self) -> Completion:
        """How far the run came."""
        return self.termination.completion

    @property
    def gain_per_h(self) -> float | None:
        """Expected gain over the bar for an hour of a full rerun; None where either is unknown."""
        gain = None if self.projection is None else self.projection.expected_gain
        if gain is None or not self.cost_full_h:
            return None
        return finite_or_none(gain / self.cost_full_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """What a gem must beat: the best run that ran its course, or a target."""

    value: float
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """What the sweep used of what all its runs would have cost in full; None where unknown.

    Runs that ended only: reports where the budget is known, hours where the runtime is. A run of
    unknown budget or pace counts in full as what it used.

    Attributes:
        n_untimed: Runs that ended and whose runtime is not known: they are in no hours.
    """

    used_reports: int | None
    full_reports: int | None
    used_h: float | None
    full_h: float | None
    n_untimed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The whole answer about one sweep.

    Attributes:
        rows: One a run, in the sweep's order.
        verdicts: The rule's view of every run, and which mode was used.
        strict_fit: How many observed stops the strict mode explains; None without a rule.
        lenient_fit: The same for the lenient mode.
        guess: Settings that would explain the stops, where the rule is unknown.
        values: Mean and spread of the best values.
        n_silent: Ended runs without a single report of the rule's metric.
    """

    sweep: Sweep
    question: Question
    rows: tuple[RunAudit, ...]
    incumbent: Incumbent | None
    outcome: Outcome
    budget: Budget
    verdicts: RuleVerdicts
    strict_fit: RuleFit | None
    lenient_fit: RuleFit | None
    guess: RuleGuess | None
    values: Spread
    n_silent: int
    compute: Compute
    findings: tuple[Finding, ...]

    __repr__ = brief_repr

    @property
    def gems(self) -> list[RunAudit]:
        """The stopped runs that can be ranked, the likeliest gem first."""
        ranked = [row for row in self.rows if row.gem_rank is not None]
        return sorted(ranked, key=lambda row: row.gem_rank or 0)

    def count(self, *causes: Cause) -> int:
        """How many runs ended by one of these causes."""
        return sum(row.termination.cause in causes for row in self.rows)

    def n_by_completion(self) -> dict[Completion, int]:
        """How many runs came how far."""
        return {each: sum(row.completion is each for row in self.rows) for each in Completion}


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def audit(
    sweep: Sweep,
    question: Question,
    *,
    method: Method | None = None,
    weights: Weights | None = None,
    needs_values: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Audit a sweep.

    Args:
        sweep: With `curves` of the rule's metric and of the one that ranks, or without any curve;
            and with those of the learning rate, if it was logged.
        question: What is asked.
        method: How stopped runs are projected; by the learned model if its weights are given,
            otherwise by catching up.
        weights: The learned model, for the learned method.
        needs_values: Whether to refuse a sweep in which no run has a value of the metric; the
            answer then says why its runs ended, and has no bar and no gems.
        on_progress: Called with (parts of the projection done, parts in all).

    Raises:
        DataError: The sweep has no runs, or no run has a value of the metric.
    """
    if not sweep.runs:
        msg = f"the sweep {sweep.ref} has no runs"
        raise DataError(msg, "check that the path or the sweep id is the one you meant")
    diagnosis = diagnose(sweep, question)
    if needs_values:
        diagnosis.require_values()
    outcomes, verdicts = diagnosis.outcomes, diagnosis.verdicts
    incumbent = _bar(diagnosis)
    sign = question.rank_by.goal.sign
    snapshot = sweep_snapshot(sweep, diagnosis)
    projections, outcome = judge_gems(
        snapshot,
        None if incumbent is None else incumbent.value * sign,
        sign=sign,
        projector=Projector.choose(weights, method),
        on_progress=on_progress,
    )
    ranked = rank_gems(projections, snapshot.best)
    if outcome.cannot_rank and incumbent is not None:
        ranked = [row for row in ranked if snapshot.best[row] < incumbent.value * sign]
    cut_off = diagnosis.caused_by(*PERHAPS_BY_RULE) & ~diagnosis.silent
    guess = None
    if question.rule.status is RuleStatus.UNKNOWN and diagnosis.observations is not None:
        short = diagnosis.caused_by(*PERHAPS_BY_UNKNOWN_RULE)
        guess = search_rule(diagnosis.observations, short, diagnosis.full)
    return Audit(
        sweep=sweep,
        question=question,
        rows=_rows(sweep, diagnosis, projections, ranked),
        incumbent=incumbent,
        outcome=outcome,
        budget=outcomes.budget,
        verdicts=verdicts,
        strict_fit=verdicts.fit(cut_off, strict=True),
        lenient_fit=verdicts.fit(cut_off, strict=False),
        guess=guess,
        values=spread([run.id for run in sweep.runs], outcomes.best),
        n_silent=int(diagnosis.silent.sum()),
        compute=_compute(outcomes, ~diagnosis.came_to(Completion.RUNNING)),
        findings=(
            *sweep.findings,
            *judge_repeats(sweep, diagnosis),
            *judge_terminations(diagnosis, sweep.findings),
            *judge_first_reports(diagnosis, outcome.rankability),
        ),
    )


def _bar(diagnosis: Diagnosis) -> Incumbent | None:
    question, outcomes = diagnosis.question, diagnosis.outcomes
    if question.target is not None:
        return Incumbent(value=question.target, run_id=None)
    rows = np.flatnonzero(diagnosis.full & np.isfinite(outcomes.best))
    if not len(rows):
        return None
    row = int(rows[np.argmin(outcomes.best[rows] * question.rank_by.goal.sign)])
    return Incumbent(value=float(outcomes.best[row]), run_id=outcomes.runs[row].id)


def _rows(
    sweep: Sweep,
    diagnosis: Diagnosis,
    projections: Mapping[int, Projection],
    ranked: Sequence[int],
) -> tuple[RunAudit, ...]:
    outcomes, sign = diagnosis.outcomes, diagnosis.question.rank_by.goal.sign
    places = {int(row): place for place, row in enumerate(ranked, start=1)}
    order = np.argsort(outcomes.best * sign, kind="stable")
    rank = {int(row): k for k, row in enumerate(order, start=1) if np.isfinite(outcomes.best[row])}
    report_h, startup_h = outcomes.report_s / S_PER_H, outcomes.startup_s / S_PER_H
    nonfinite = outcomes.n_made - outcomes.n_reports

    def run_audit(row: int) -> RunAudit:
        budget = int(outcomes.budget.reports[row]) or None
        n_made = int(outcomes.n_made[row]) if outcomes.n_made[row] >= 0 else None
        pace_h = finite_or_none(report_h[row])
        full_h = None if budget is None else finite_or_none(startup_h[row] + budget * report_h[row])
        left = max(budget - n_made, 0) if budget is not None and n_made is not None else None
        return RunAudit(
            run=outcomes.runs[row],
            rank=rank.get(row),
            n_reports=int(outcomes.n_reports[row]) if outcomes.n_reports[row] >= 0 else None,
            n_nonfinite=int(nonfinite[row]),
            budget=budget,
            best=finite_or_none(outcomes.best[row]),
            best_at=int(outcomes.best_at[row]) or None,
            last=finite_or_none(outcomes.last[row]),
            termination=diagnosis.terminations[row],
            explanation=diagnosis.verdicts.explanations[row],
            projection=projections.get(row),
            gem_rank=places.get(row),
            report_s=finite_or_none(outcomes.report_s[row]),
            cost_remaining_reports=left,
            cost_remaining_h=left * pace_h if left is not None and pace_h is not None else None,
            cost_full_h=full_h,
            startup_h=finite_or_none(startup_h[row]),
            guard_stop=sweep.guard_stops.get(outcomes.runs[row].id),
        )

    return tuple(run_audit(row) for row in range(len(outcomes.runs)))


def _compute(outcomes: RunOutcomes, ended: NDArray[np.bool_]) -> Compute:
    n_made, budget = outcomes.n_made, outcomes.budget.reports
    counted = ended & (n_made >= 0) & (budget > 0)
    timed = ended & np.isfinite(outcomes.runtime_s)
    full = np.maximum(budget, n_made)
    paced = counted & np.isfinite(outcomes.report_s) & (n_made < budget)
    # A full run cost what it cost; and so it is taken of one of which no report tells the pace.
    full_s = np.where(paced, outcomes.startup_s + full * outcomes.report_s, outcomes.runtime_s)
    return Compute(
        used_reports=int(n_made[counted].sum()) if counted.any() else None,
        full_reports=int(full[counted].sum()) if counted.any() else None,
        used_h=float(outcomes.runtime_s[timed].sum() / S_PER_H) if timed.any() else None,
        full_h=float(full_s[timed].sum() / S_PER_H) if (timed & counted).any() else None,
        n_untimed=int((ended & ~timed).sum()),
    )

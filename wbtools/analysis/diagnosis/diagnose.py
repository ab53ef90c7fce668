"""The diagnosis of a sweep: where every analysis of its runs starts.

How far each run came, what the rule says of it and why it ended is found out here, once, so that no
two commands can call the same run by different names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.budget import with_longest
from wbtools.analysis.diagnosis.gather_evidence import find_causes
from wbtools.analysis.diagnosis.outcomes import run_outcomes
from wbtools.analysis.diagnosis.rule_verdicts import judge_by_rule
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.errors import DataError
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import S_PER_H

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.outcomes import RunOutcomes
    from wbtools.analysis.diagnosis.rule_verdicts import RuleVerdicts
    from wbtools.analysis.diagnosis.termination import Cause, Termination
    from wbtools.analysis.diagnosis.timeline import Observations
    from wbtools.analysis.question import Question
    from wbtools.model import Curves, Sweep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosis:
    """What became of a sweep's N runs, in the sweep's order.

    Attributes:
        question: The metric, its goal and the rule.
        outcomes: Where each run stood when it ended.
        observations: What the rule could see; None without curves.
        verdicts: The rule's view of every run.
        terminations: Why each run ended.
    """

    __repr__ = brief_repr

    question: Question
    outcomes: RunOutcomes
    observations: Observations | None
    verdicts: RuleVerdicts
    terminations: tuple[Termination, ...]

    @property
    def curves(self) -> Curves | None:
        """The curves of the rule's metric; None without any."""
        return self.outcomes.rule_curves

    @property
    def sign(self) -> float:
        """What makes lower values of the rule's metric better."""
        return self.question.metric.goal.sign

    @property
    def completions(self) -> tuple[Completion, ...]:
        """How far each run came."""
        return tuple(termination.completion for termination in self.terminations)

    def came_to(self, *completions: Completion) -> NDArray[np.bool_]:
        """`bool [N]` whether a run came so far."""
        return np.array([completion in completions for completion in self.completions], dtype=bool)

    def caused_by(self, *causes: Cause) -> NDArray[np.bool_]:
        """`bool [N]` whether a run ended by one of these causes."""
        return np.array([each.cause in causes for each in self.terminations], dtype=bool)

    @property
    def full(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that ran their course: they set the bar, and others are measured by them.

        Runs whose end is unknown are not among them, though their values count.
        """
        return self.came_to(Completion.FULL)

    @property
    def might_have_gone_on(self) -> NDArray[np.bool_]:
        """`bool [N]` ended runs that had something left, had nobody and nothing ended them.

        They may be gems. Of those whose end is unknown it takes a budget that they did not use up,
        and no exit code 0: a program that finished had, as far as anybody knows, no more to do.
        """
        ended_early = [completion.ended_early for completion in self.completions]
        finished = np.array([run.has_finished for run in self.outcomes.runs], dtype=bool)
        is_short = self.came_to(Completion.UNKNOWN) & self.outcomes.is_short & ~finished
        return np.asarray(np.array(ended_early, dtype=bool) | is_short)

    @property
    def silent(self) -> NDArray[np.bool_]:
        """`bool [N]` ended runs that reported nothing at all of the rule's metric."""
        return np.asarray(self.outcomes.n_made == 0) & ~self.came_to(Completion.RUNNING)

    @property
    def ended_by_itself(self) -> NDArray[np.bool_]:
        """`bool [N]` runs that ran their course, or that an error of their own ended.

        What the others would have reported yet, whoever replays them has to draw.
        """
        return self.came_to(Completion.FULL, Completion.FAILED)

    def hours_of(self, reports: NDArray[np.int64]) -> float | None:
        """Hours that so many reports of each run took at its pace; None if no pace is known.

        Args:
            reports: `int64 [N]`.
        """
        known = np.isfinite(self.outcomes.report_s) & (reports > 0)
        if not known.any():
            return None
        return math.fsum(reports[known] * self.outcomes.report_s[known]) / S_PER_H

    def require_values(self) -> None:
        """Refuse a sweep in which nothing can be ranked.

        Raises:
            DataError: No run has a finite value of the metric that ranks.
        """
        if not np.isfinite(self.outcomes.best).any():
            msg = f"no run has a finite value of the metric {self.question.rank_by.name!r}"
            raise DataError(msg, "name another with --metric, or with --rank-by")


def diagnose(sweep: Sweep, question: Question) -> Diagnosis:
    """Find out how far each run of a sweep came, what the rule says of it, and why it ended.

    Args:
        sweep: With `curves` of the rule's metric and of the one that ranks, or without any curve.
        question: What is asked; causes rest on its rule and its budget.
    """
    outcomes = run_outcomes(sweep, question)
    observations = outcomes.observations(question.metric.goal)
    verdicts = judge_by_rule(outcomes, observations, question)
    terminations = tuple(find_causes(sweep, outcomes, verdicts, question))
    full = np.array([each.completion is Completion.FULL for each in terminations], dtype=bool)
    budget = with_longest(outcomes.budget, outcomes.n_made, full)
    return Diagnosis(
        question=question,
        outcomes=replace(outcomes, budget=budget),
        observations=observations,
        verdicts=verdicts,
        terminations=terminations,
    )

"""What a guard of a running sweep saw and did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.model import DecisionStatus
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from datetime import datetime

    from wbtools.analysis.guarding.at_risk import RunAtRisk
    from wbtools.analysis.question import Question
    from wbtools.errors import WbtoolsError
    from wbtools.model import GuardDecision, GuardWay, Run, Sweep

_WORTH_KEEPING: Final = 0.5


class GuardEnd(StrEnum):
    """Why a guard ended: the sweep is over, one look was to be taken, somebody or an error."""

    SWEEP_OVER = "sweep_over"
    ONE_LOOK = "one_look"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRun:
    """A run that W&B's own rule stops, now or at its next band.

    Attributes:
        run: The run.
        risk: Where it stands against the rule; lower values are better there.
        sign: What makes those values the metric's own.
        p_better: The chance that it would beat the best completed run, were it to go on; None
            where nothing can be told.
    """

    run: Run
    risk: RunAtRisk
    sign: float
    p_better: float | None

    @property
    def value(self) -> float:
        """What is compared, in the metric's own units."""
        return self.risk.value * self.sign

    @property
    def threshold(self) -> float:
        """What it must reach, in the metric's own units."""
        return self.risk.threshold * self.sign

    @property
    def should_live(self) -> bool:
        """Whether it would more likely than not beat the best completed run."""
        return self.p_better is not None and self.p_better >= _WORTH_KEEPING


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRun:
    """A decision, and the run that it is about.

    Attributes:
        decision: As it stands now.
        run: None where the server has it no more.
    """

    decision: GuardDecision
    run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardOutcome:
    """What a guard saw and did.

    Attributes:
        sweep: As the last look found it.
        question: By which metric its runs are judged, and which rule W&B itself applies.
        rule: The guard's own rule, in the grammar.
        acts: Whether runs were stopped; else it was only said which would be.
        way: How it reached the runs, or that it watched W&B's own rule.
        decisions: By their moments, one a run and answer; how each stands now. Where runs are
            stopped, those of earlier guards of this sweep too.
        completed: Ids of the runs that have run their course, though some were to be stopped.
        n_at_work: Runs that are at work.
        best: Best value of a completed run, metric's own units; NaN without one.
        saved_h: Hours that the stopped runs would have gone on for, at their own pace, as far as
            their full lengths are known; None where no run's is.
        at_risk: Whom W&B's own rule stops next.
        stopped_by_wandb: Of a sweep that was watched, whom that rule has stopped.
        n_looks: Looks that succeeded.
        n_failed: Looks that did not, or after which nothing could be done.
        began_at: When it began, aware UTC.
        ended_at: When it ended, aware UTC.
        ended_by: Why.
        error: What ended it, if it failed.
    """

    __repr__ = brief_repr

    sweep: Sweep
    question: Question
    rule: str
    acts: bool
    way: GuardWay
    decisions: tuple[GuardDecision, ...]
    completed: frozenset[str]
    n_at_work: int
    best: float
    saved_h: float | None
    at_risk: tuple[WatchedRun, ...]
    stopped_by_wandb: tuple[Run, ...]
    n_looks: int
    n_failed: int
    began_at: datetime
    ended_at: datetime
    ended_by: GuardEnd
    error: WbtoolsError | None = None

    @property
    def decided(self) -> tuple[DecidedRun, ...]:
        """The decisions with their runs."""
        runs = {run.id: run for run in self.sweep.runs}
        return tuple(
            DecidedRun(decision=decision, run=runs.get(decision.run_id))
            for decision in self.decisions
        )

    def with_status(self, *statuses: DecisionStatus, earlier: bool = False) -> frozenset[str]:
        """Ids of the runs of which a decision stands so.

        Args:
            statuses: Any of these.
            earlier: Whether guards before this one decided it.
        """
        return frozenset(
            each.run_id
            for each in self.decisions
            if each.status in statuses and (each.decided_at < self.began_at) is earlier
        )

    @property
    def would_stop(self) -> bool:
        """Whether a dry run found somebody to stop."""
        return bool(self.with_status(DecisionStatus.DRY_RUN))

    @property
    def was_interrupted(self) -> bool:
        """Whether somebody ended it before the sweep was over."""
        return self.ended_by is GuardEnd.INTERRUPTED

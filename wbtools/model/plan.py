"""What a replication is to reach, and what was expected of it: written before, checked after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from wbtools.model.metric import Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What replicas have to reach on one metric, in its own units.

    Attributes:
        success: At least as good is a success.
        acceptable: At least as good is acceptable; not better than `success`. None where no float
            is: the seed noise around `success` is larger.
        source: In words, where the two come from.
    """

    __repr__ = brief_repr

    metric: str
    goal: Goal
    success: float
    acceptable: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the audit promised for a fresh run of the configuration.

    Attributes:
        median: Projected best over the full budget; None where the audit abstained.
        low: Lower end of the interval that holds `level` of the probability.
        high: Upper end of the same.
        p_repeat: P(a fresh run beats `bar`); None where the audit abstained.
        p_gone_on: P(the run would have beaten `bar`, had it gone on); None likewise.
        bar: What it was compared with; None without a bar.
    """

    median: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    p_repeat: float | None = None
    p_gone_on: float | None = None
    bar: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedFrom:
    """From where a run is continued.

    Attributes:
        checkpoint: How people call it; hostile text.
        epoch: Epochs that were complete in it; None if nothing says.
        step: Optimizer steps or rounds, likewise.
        resume_name: The parameter that tells the program where it is; None where none does.
        is_same_run: Whether it is the same run of W&B's, resumed, and no new one.
        n_reports: Finite reports of the plan's metric that the run had made by then; None if
            unknown. Of the same run it tells what came later.
        is_doubted: Whether something spoke against the checkpoint.
        run_id: Of the run that left it, which may itself have gone on with the one that is
            replicated; None for that one.
    """

    checkpoint: str
    epoch: float | None = None
    step: int | None = None
    resume_name: str | None = None
    is_same_run: bool = False
    n_reports: int | None = None
    is_doubted: bool = False
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationPlan:
    """A replication as it was asked for.

    Attributes:
        sweep: The sweep's id.
        run_id: Of the run that is replicated.
        metric: The one by which runs are judged.
        changed: Names that replicas were to have different, seeds and folds included.
        varied: Those of them that tell the replicas from each other: seeds and folds.
        n_replicas: How many were asked for.
        fallback: The run to fall back to; None if none was named.
        cost_h: Hours of all replicas at the run's own pace; None if unknown.
        expectation: None for a run that was not stopped.
        seed_noise: Standard deviation between runs of one configuration; None if unknown.
        continues: From where the run goes on; None for replicas, which start from scratch.
        enqueued: Ids of the runs that agents of the sweep were given; empty for scripts.
    """

    __repr__ = brief_repr

    sweep: str
    run_id: str
    metric: str
    goal: Goal
    criteria: tuple[Criterion, ...]
    changed: tuple[str, ...] = ()
    varied: tuple[str, ...] = ()
    n_replicas: int = 1
    fallback: str | None = None
    cost_h: float | None = None
    expectation: Expectation | None = None
    seed_noise: float | None = None
    continues: ContinuedFrom | None = None
    enqueued: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What became of a replication, for the track record of the audit's projections.

    Attributes:
        verdict: `success`, `acceptable`, `failure` or `undecided`.
        n_replicas: Replicas, or continuations, that ran to their end.
        mean: Of their best values, metric's own units; None without any.
        p_repeat: What the audit had promised for a fresh run; None where it had not.
        n_beat: Replicas that were better than the bar of the promise; None without a promise.
        n_within: Replicas inside the projected interval; None without one.
        level: Probability that the interval was to hold.
        is_continued: Whether the run itself went on, and was not run again.
        p_gone_on: What the audit had promised for that; None where it had not.
    """

    __repr__ = brief_repr

    sweep: str
    run_id: str
    metric: str
    verdict: str
    n_replicas: int
    mean: float | None = None
    p_repeat: float | None = None
    n_beat: int | None = None
    n_within: int | None = None
    level: float | None = None
    is_continued: bool = False
    p_gone_on: float | None = None

    @property
    def promised(self) -> float | None:
        """The probability that was promised for what was done: to go on, or to run it again."""
        return self.p_gone_on if self.is_continued else self.p_repeat

"""A replication's whole answer, as numbers: what `verify` shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model.configuration import canonical, other_parameters
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.termination import Completion
    from wbtools.analysis.verification.curve_match import CurveMatch, Judged, ReplicationOutcome
    from wbtools.analysis.verification.folds import FoldSpread
    from wbtools.analysis.verification.joined_curve import JoinedRun
    from wbtools.model import Expectation, ReplicationPlan, Run, Verified
    from wbtools.stats.student import Chance, Summary

_FEWEST_EQUAL: Final = 3
"""Reports beneath which two runs may be equal by chance, as where both are right every time."""


def _no_reports() -> NDArray[np.float64]:
    """A curve of which nothing is known."""
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedReplica:
    """One replica.

    Attributes:
        best: Best value of the metric that ranks; None without one.
        completion: How far it came.
        curve_match: Against the original.
        differences: Configuration names that differ and were not meant to.
        changed: Those that differ as they were meant to, seeds among them: it is another run, and
            no report has to equal the original's.
        is_other: Whether it has another configuration than planned, seeds and folds apart: it is no
            replica, and counts for nothing.
        differs_despite_seed: Whether it records the original's seed and differs from it from the
            first report on, by more than rounding, though nothing was meant to be different.
        is_repeat: Whether another replica with its seed equals it bit for bit: they count once.
        curve: `[n]` finite reports, in the metric's units.
        n_nonfinite: Reports that were NaN or infinite.
        joined: How the curve begins with the original's, where it is the run itself that went on:
            `curve_match` is then over the reports that both made. None for a replica.
        best_since: Of a continued run, the best of what it added to the original; None without any.
        is_beside: Whether it is shown beside those that are judged: a continued run beside
            replicas, or a replica beside continued runs.
    """

    __repr__ = brief_repr

    run: Run
    n_reports: int
    best: float | None
    completion: Completion
    seed: object
    curve_match: CurveMatch
    differences: tuple[str, ...]
    changed: tuple[str, ...] = ()
    is_other: bool = False
    differs_despite_seed: bool = False
    is_repeat: bool = False
    curve: NDArray[np.float64] = field(default_factory=_no_reports, compare=False)
    n_nonfinite: int = 0
    joined: JoinedRun | None = None
    best_since: float | None = None
    is_beside: bool = False

    @property
    def best_before(self) -> int | None:
        """The report of its best value, from 1, where that is the original's own; else None."""
        if self.joined is None or self.best is None or self.best == self.best_since:
            return None
        return int(np.flatnonzero(self.curve == self.best)[0]) + 1

    @property
    def equals_despite_seed(self) -> bool:
        """Whether it equals the original bit for bit though its seed, or more, is another."""
        match = self.curve_match
        enough = match.n_compared >= _FEWEST_EQUAL and self.joined is None
        return bool(self.changed) and enough and match.first_difference is None

    @property
    def is_doubted(self) -> bool:
        """Whether its program or its configuration may not be what it was meant to be."""
        is_odd = self.joined is not None and self.joined.is_doubted
        by_its_seed = self.differs_despite_seed or self.equals_despite_seed
        return by_its_seed or is_odd or bool(self.differences)

    @property
    def began_anew(self) -> bool:
        """Whether it was to go on with the original, and began with report 1."""
        return self.joined is not None and self.joined.is_anew

    @property
    def ended(self) -> bool:
        """Whether its values count as those of a full run, and it has some.

        Those of what began anew, though it was to go on, are of no run that was asked for.
        """
        return self.completion.counts and self.n_reports > 0 and not self.began_anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparator:
    """What the replicas are compared with.

    Attributes:
        name: In words, hostile texts still in them.
        run: Where it is one run of the sweep.
        summary: Of its values.
        chance: That the replicas' configuration is really better; None without ended replicas.
    """

    __repr__ = brief_repr

    name: str
    run: Run | None
    summary: Summary
    chance: Chance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer about one run.

    Attributes:
        plan: As kept, or made up for the occasion.
        plan_is_kept: Whether it was written when the run was replicated.
        group: The W&B group that was looked for; None where replicas were named.
        replicas: The runs that were looked at, whether they are replicas or not.
        budget: Reports of a full run; None if unknown.
        within: Of the distinct replicas, those inside the projected interval; None without one.
        beat: Of the distinct replicas, those that beat the bar of the projection; None likewise.
        goal_is_inferred: Whether nobody said the goal of the plan's metric: its name did.
        is_complete: Whether no report is known to be missing, of the original or of a replica.
        folds: The replicas by folds; None where they are of fewer than two.
        original_curve: `[n]` finite reports of the run, in the metric's units.
        is_continued: Whether the verdict is over the run itself, gone on with.
    """

    __repr__ = brief_repr

    run: Run
    original_reports: int
    plan: ReplicationPlan
    plan_is_kept: bool
    group: str | None
    replicas: tuple[CheckedReplica, ...]
    judged: tuple[Judged, ...]
    comparator: Comparator | None
    verdict: ReplicationOutcome
    budget: int | None
    within: int | None = None
    beat: int | None = None
    goal_is_inferred: bool = False
    is_complete: bool = True
    folds: FoldSpread | None = None
    original_curve: NDArray[np.float64] = field(default_factory=_no_reports, compare=False)
    is_continued: bool = False

    @property
    def counted(self) -> tuple[CheckedReplica, ...]:
        """Those that are judged, and of the planned configuration: replicas, or continued runs."""
        return tuple(
            replica for replica in self.replicas if not (replica.is_other or replica.is_beside)
        )

    @property
    def beside(self) -> tuple[CheckedReplica, ...]:
        """Those of the other kind, over which the verdict is not."""
        return tuple(
            replica for replica in self.replicas if replica.is_beside and not replica.is_other
        )

    @property
    def noun(self) -> str:
        """What one of those that are judged is called."""
        return "continued run" if self.is_continued else "replica"

    @property
    def n_left_out(self) -> int:
        """Runs that were looked at and have another configuration."""
        return sum(replica.is_other for replica in self.replicas)

    @property
    def ended(self) -> tuple[CheckedReplica, ...]:
        """The replicas that ran to their end and have a value."""
        return tuple(
            replica for replica in self.counted if replica.ended and replica.best is not None
        )

    @property
    def distinct(self) -> tuple[CheckedReplica, ...]:
        """Those of them over which the verdict is: repeats of a seed count once."""
        return tuple(replica for replica in self.ended if not replica.is_repeat)

    @property
    def other_parameters(self) -> tuple[str, ...]:
        """Parameters that the replicas were meant to have, and have, otherwise than the run."""
        changed = dict.fromkeys(name for replica in self.counted for name in replica.changed)
        return other_parameters(tuple(changed), self.plan.varied)

    @property
    def mixed_parameters(self) -> tuple[str, ...]:
        """Those of `other_parameters` in which the replicas differ from each other."""
        return tuple(
            name
            for name in self.other_parameters
            if len({canonical(replica.run.config.get(name)) for replica in self.counted}) > 1
        )

    @property
    def expectation(self) -> Expectation | None:
        """What the audit promised."""
        return self.plan.expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """How good the audit's promises were, over everything that was verified.

    Attributes:
        members: What was verified and has an ended replica.
        n_within: Replicas inside their projected interval.
        n_intervals: Replicas that had one.
        n_beat: Replicas that beat the bar of the promise.
        n_promised: Replicas with a promise.
        expected_beat: The sum of what was promised for them.
    """

    __repr__ = brief_repr

    members: tuple[Verified, ...]
    n_within: int
    n_intervals: int
    n_beat: int
    n_promised: int
    expected_beat: float


def track_record(verified: tuple[Verified, ...]) -> TrackRecord:
    """Sum up."""
    members = tuple(member for member in verified if member.n_replicas)
    with_interval = [member for member in members if member.n_within is not None]
    promised = [
        member for member in members if member.n_beat is not None and member.promised is not None
    ]
    return TrackRecord(
        members=members,
        n_within=sum(member.n_within or 0 for member in with_interval),
        n_intervals=sum(member.n_replicas for member in with_interval),
        n_beat=sum(member.n_beat or 0 for member in promised),
        n_promised=sum(member.n_replicas for member in promised),
        expected_beat=sum((member.promised or 0.0) * member.n_replicas for member in promised),
    )

"""A run and what continues it as one curve: its parts, and what differs where they meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.verification.curve_match import CurveMatch
    from wbtools.model import Run

LARGE_JUMP: Final = 3.0
"""A step at a joint is large beyond so many times the largest of those before: so are of honest
ones at most 4 % with three steps before, 2 % with five and 1 % with nine."""


class JointEvidence(StrEnum):
    """What says where a continuation begins."""

    COUNTER = "counter"
    CHECKPOINT = "checkpoint"
    OVERLAP = "overlap"
    STEP = "step"
    ASSUMED = "assumed"
    NO_REPORTS = "no_reports"
    """What is continued holds no report."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvePart:
    """What one run logged of a metric.

    Attributes:
        values: `[n]` finite reports, metric's own units.
        steps: `int64 [n]` `_step` of each.
        counter: The logged name that counts training; empty where nothing does.
        progress: `[n]` its value at each report; NaN where unknown, None without a counter.
    """

    __repr__ = brief_repr

    values: NDArray[np.float64]
    steps: NDArray[np.int64]
    counter: str = ""
    progress: NDArray[np.float64] | None = None

    def before(self, n: int) -> CurvePart:
        """The first `n` reports."""
        progress = None if self.progress is None else self.progress[:n]
        return CurvePart(
            values=self.values[:n], steps=self.steps[:n], counter=self.counter, progress=progress
        )

    def behind(self, n: int) -> CurvePart:
        """The reports after the first `n`."""
        progress = None if self.progress is None else self.progress[n:]
        return CurvePart(
            values=self.values[n:], steps=self.steps[n:], counter=self.counter, progress=progress
        )

    def and_then(self, later: CurvePart) -> CurvePart:
        """Both, one after the other."""
        both = self.progress, later.progress
        progress = None if both[0] is None or both[1] is None else (both[0], both[1])
        return CurvePart(
            values=np.concatenate([self.values, later.values]),
            steps=np.concatenate([self.steps, later.steps]),
            counter="" if progress is None else self.counter,
            progress=None if progress is None else np.concatenate(progress),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Where a continuation begins, and what differs there. Reports from 1, metric's own units.

    Attributes:
        after: Reports of what came before that stand in front of the continuation's first; what it
            made beyond them is left out of the joined curve.
        evidence: What says so.
        counter: The logged name that counts training, where that says so; else empty.
        n_missing: Reports between the two that neither holds.
        is_unrecorded: Whether the checkpoint shows that what was continued had made these, and that
            W&B had not written them when it was stopped.
        match: Over the reports that both made.
        jump: Difference of the continuation's first report from the one before; None without one,
            or where reports between the two are missing.
        usual_jump: The largest such difference among up to ten reports before; None with too few.
        is_anew: Whether the continuation began with report 1, as if there were no checkpoint.
        counter_restarts: Whether the count of training begins again though the curve does not.
        falls_back: Whether it jumps, and back to where the original began, as fresh weights do.
    """

    __repr__ = brief_repr

    after: int
    evidence: JointEvidence
    counter: str = ""
    n_missing: int = 0
    is_unrecorded: bool = False
    match: CurveMatch
    jump: float | None = None
    usual_jump: float | None = None
    is_anew: bool = False
    counter_restarts: bool = False
    falls_back: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether both made some reports, and these are equal bit for bit."""
        return self.match.n_compared > 0 and self.match.first_difference is None

    @property
    def has_large_jump(self) -> bool:
        """Whether the curve jumps at the joint as it does nowhere shortly before."""
        if self.jump is None or self.usual_jump is None or self.is_equal or self.is_anew:
            return False
        return abs(self.jump) > LARGE_JUMP * self.usual_jump

    @property
    def has_gap(self) -> bool:
        """Whether reports are missing of which nothing says that they were made."""
        return self.n_missing > 0 and not self.is_unrecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPart:
    """One run in a joined curve.

    Attributes:
        n_reports: Of its reports, those that are in the curve.
        first: Which report of the whole its first is, from 1: reports that nobody made count.
    """

    __repr__ = brief_repr

    run: Run
    n_reports: int
    first: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRun:
    """A run and what continues it, one after the other.

    Attributes:
        parts: The original first.
        joints: One fewer.
        is_same_run: Whether they are one run of W&B's, which was resumed.
        changed: Names of the configuration that were to be different from there on.
    """

    __repr__ = brief_repr

    parts: tuple[JoinedPart, ...]
    joints: tuple[Joint, ...]
    is_same_run: bool = False
    changed: tuple[str, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether the last of them made no report."""
        return len(self.parts) > 1 and not self.parts[-1].n_reports

    @property
    def is_anew(self) -> bool:
        """Whether one of them began anew, so that nothing went on."""
        return any(joint.is_anew for joint in self.joints)

    @property
    def is_doubted(self) -> bool:
        """Whether something speaks against it at a joint; a jump does if nothing was changed."""
        return any(
            joint.is_anew or joint.has_gap or (joint.has_large_jump and not self.changed)
            for joint in self.joints
        )

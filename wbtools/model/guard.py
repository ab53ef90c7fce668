"""What `wbtools guard` did to a sweep: its sessions, what it looked at, and what it decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wbtools.model.metric import Goal

GUARD_TAG: Final = "wbtools-guard"
"""How the tags begin that `--annotate` puts on runs; behind a colon where it stopped them."""


GEM_TAG: Final = "wbtools-gem"
"""The tag that `--tag-gems` puts on runs that an audit advises to run again."""
LONGEST_TAG: Final = 64
"""Characters of a tag, W&B's own limit."""


class GuardWay(StrEnum):
    """How a guard reaches the runs of a sweep."""

    TERMINATOR = "terminator"
    """From outside: it polls the sweep and asks W&B to stop runs."""
    SCHEDULER = "scheduler"
    """As the optimizer of W&B's own scheduler."""
    WATCH = "watch"
    """It watches what W&B's own early termination does."""


class DecisionStatus(StrEnum):
    """How far a decision got."""

    SPARED = "spared"
    """The rule inside would have stopped the run; a guard around it did not."""
    DRY_RUN = "dry_run"
    """The rule would have stopped the run, and nobody was asked to."""
    DECIDED = "decided"
    """Written down; W&B was not asked yet."""
    ASKING = "asking"
    """W&B is being asked, or was and the guard was killed before it knew the answer."""
    ASKED = "asked"
    """W&B took the request."""
    ENDED = "ended"
    """W&B took the request, and the run has ended since."""
    WITHDRAWN = "withdrawn"
    """W&B was never asked: the guard was killed before, W&B refused, or the run ended by itself."""

    @property
    def was_asked(self) -> bool:
        """Whether W&B was asked to stop the run, as far as is known."""
        return self in {DecisionStatus.ASKING, DecisionStatus.ASKED, DecisionStatus.ENDED}

    @property
    def is_under_way(self) -> bool:
        """Whether W&B was asked, and the run has not been seen to end since."""
        return self in {DecisionStatus.ASKING, DecisionStatus.ASKED}

    @property
    def is_stop(self) -> bool:
        """Whether the run is to be stopped, or was: no dry run, and not taken back."""
        return self.was_asked or self is DecisionStatus.DECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardDecision:
    """What a guard decided about one run at one moment, with the numbers that it rested on.

    Attributes:
        run_id: W&B's run id.
        decided_at: When, aware UTC.
        rule: The whole rule, in the grammar of `--rule`.
        metric: The metric's name as logged; hostile text.
        goal: Of that metric.
        n_reports: Finite reports that the run had made by then.
        band: The band that decided; 0 where the rule has none.
        value: What was compared, in the metric's own units; None where the run had no number.
        threshold: What it was compared with, in the metric's own units; None where the rule
            compares with nothing.
        n_peers: Runs whose values set the threshold, itself included.
        by: The part of the rule that decided, such as `hyperband(min_iter=10,eta=3)`.
        n_asked: How often W&B was asked to stop the run.
        asked_at: When it last was, aware UTC.
    """

    run_id: str
    decided_at: datetime
    rule: str
    metric: str
    goal: Goal
    n_reports: int
    band: int
    value: float | None
    threshold: float | None
    n_peers: int
    by: str
    status: DecisionStatus
    n_asked: int = 0
    asked_at: datetime | None = None

    @property
    def judged_at(self) -> int:
        """The report at which it was judged: the band, where the rule has any."""
        return self.band or self.n_reports

    @property
    def is_seen_later(self) -> bool:
        """Whether the run had made more reports when it was looked at."""
        return self.n_reports > self.judged_at

    def marked(self, status: DecisionStatus, *, at: datetime, asked: bool = False) -> GuardDecision:
        """The same decision as it stands now.

        Args:
            status: How far it got.
            at: When, aware UTC.
            asked: Whether W&B was asked just then.
        """
        if not asked:
            return replace(self, status=status)
        return replace(self, status=status, n_asked=self.n_asked + 1, asked_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBasis:
    """What was known of one run when decisions were taken.

    Attributes:
        n_reports: Its finite reports.
        n_nonfinite: Its reports that were NaN or infinite.
        active: Whether it was at work.
        completed: Whether it had come to its end.
        is_whole: Whether its curve was known to be whole; otherwise it counted as one of the worst.
    """

    n_reports: int
    n_nonfinite: int
    active: bool
    completed: bool
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLook:
    """One look at a sweep: what was known, and what was decided on it.

    Attributes:
        at: When, aware UTC.
        basis: Every run of the sweep, by run id.
        decisions: In the order in which they were taken.
    """

    at: datetime
    basis: Mapping[str, RunBasis]
    decisions: tuple[GuardDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSession:
    """One guard at work on a sweep, from its start to its end.

    Attributes:
        rule: The whole rule, in the grammar of `--rule`.
        metric: The metric's name as logged; hostile text.
        goal: Of that metric.
        acts: Whether it stops runs; False for a dry run.
        began_at: Aware UTC.
        ended_at: Aware UTC; None while it is at work, and for one that was killed.
    """

    rule: str
    metric: str
    goal: Goal
    way: GuardWay
    acts: bool
    began_at: datetime
    ended_at: datetime | None = None

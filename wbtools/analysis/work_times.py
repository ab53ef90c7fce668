"""When runs were at work, as far as their records say: what was written then may be theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from wbtools.analysis.checkpoint_progress import AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wbtools.model import Run

_BEFORE: Final = timedelta(seconds=5)
_CLOCKS: Final = timedelta(minutes=10)
"""By which the clocks of a server and a machine may differ; the rest was there before the run."""
_AFTER_BY_TIME: Final = timedelta(seconds=30)
"""The SDK writes the end of a record late; what is later is anybody's."""
_AFTER_EXIT: Final = timedelta(seconds=5)
"""After an exit code was recorded."""
_AFTER_RIVAL: Final = timedelta(seconds=15)
_NONE: Final = timedelta()


class WorkTimes:
    """When a run was at work, as far as it is known."""

    def __init__(self, run: Run, as_of: datetime) -> None:
        """By its start, its last sign of life and its runtime; one that is going works `as_of`."""
        self.start = run.created_at
        ends = [] if run.heartbeat_at is None else [run.heartbeat_at]
        if run.created_at is not None and run.runtime_s is not None:
            ends.append(_later(run.created_at, run.runtime_s))
        self.end = max(ends, default=None)
        if run.state.is_going:
            self.end = as_of
        self._has_exited = run.exit_code is not None

    @property
    def is_known(self) -> bool:
        """Whether both its ends are."""
        return self.start is not None and self.end is not None

    def was_before(self, moment: datetime) -> bool:
        """Whether a moment was before its start, however the clocks differ."""
        return self.start is not None and moment < self.start - _CLOCKS

    def may_have_written(self, moment: datetime | None) -> bool:
        """Whether it was at work at a moment, or just before; False where nothing says."""
        return self.holds(moment, _BEFORE, AFTER)

    def wrote_by_time(self, moment: datetime | None) -> bool:
        """The same where nothing else than the time says that the run wrote something."""
        after = _AFTER_EXIT if self._has_exited else _AFTER_BY_TIME
        return self.holds(moment, _BEFORE, after)

    def overlap(self, other: WorkTimes) -> bool:
        """Whether another run was at work while it was; False where nothing says."""
        if self.start is None or self.end is None or other.start is None or other.end is None:
            return False
        return other.start <= self.end + AFTER and self.start <= other.end + AFTER

    def holds(
        self, moment: datetime | None, before: timedelta = _NONE, after: timedelta = _NONE
    ) -> bool:
        """Whether a run was at work at a moment, give or take; False where nothing says."""
        if self.start is None or self.end is None or moment is None:
            return False
        return self.start - before <= moment <= self.end + after


def _later(moment: datetime, seconds: float) -> datetime:
    try:
        return moment + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return moment


class OtherRuns:
    """When other runs were at work, worked out once for each."""

    def __init__(self, as_of: datetime) -> None:
        """Those that are going work `as_of`."""
        self._as_of = as_of
        self._times: dict[str, WorkTimes] = {}

    def at_work(self, rivals: Sequence[Run], moment: datetime, *, is_inside: bool) -> list[Run]:
        """Those that were at work at a moment, too.

        Args:
            rivals: Other runs.
            moment: When a checkpoint was written.
            is_inside: Whether the run itself certainly was; else they may have saved at their ends.
        """
        slack = _NONE if is_inside else _AFTER_RIVAL
        for other in rivals:
            if other.id not in self._times:
                self._times[other.id] = WorkTimes(other, self._as_of)
        return [other for other in rivals if self._times[other.id].holds(moment, slack, slack)]

"""What a guard decided, written down in the archive before it is acted on.

So a guard that is killed at any moment leaves nothing half done: what it had decided and not asked
for is taken back by the next one, which judges anew; what it had asked for is not asked for again.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wbtools.errors import UsageError
from wbtools.model import DecisionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepKey
    from wbtools.model import GuardDecision, GuardLook, GuardSession


def asked_before(session: Session, key: SweepKey) -> frozenset[str]:
    """Ids of the runs of a sweep that earlier guards had told to stop, and not seen to end."""
    with suppress(UsageError), session.archive(write=False) as archive:
        latest = _latest_stops(archive.guard_looks(key))
        return frozenset(run_id for run_id, each in latest.items() if each.status.is_under_way)
    return frozenset()


class Journal:
    """The decisions of one guard, and those that earlier ones left open.

    Attributes:
        latest: By run id, the last decision to stop each run, whoever made it, as it stands now;
            no dry runs.
        spared: What guards before this one spared.
        last_guard: The guard that began last before this one; None for the first.
    """

    def __init__(self, session: Session, key: SweepKey, guard: GuardSession) -> None:
        """Begin; the sweep must have been fetched.

        Raises:
            DataError: The archive cannot be written now.
        """
        self._session = session
        self._key = key
        self._guard_session = guard
        with session.archive(write=True) as archive:
            self.last_guard = next(iter(reversed(archive.guard_sessions(key))), None)
            looks = archive.guard_looks(key)
            self._guard = archive.begin_guard(key, guard)
        self.spared = [
            decision
            for look in looks
            for decision in look.decisions
            if decision.status is DecisionStatus.SPARED
        ]
        self.latest = _latest_stops(looks)

    @property
    def stops(self) -> dict[str, GuardDecision]:
        """Those of them that were not taken back."""
        return {
            run_id: decision for run_id, decision in self.latest.items() if decision.status.is_stop
        }

    def keep(self, look: GuardLook) -> None:
        """Write down what is decided, and on what it rests.

        Raises:
            DataError: The archive cannot be written now; nothing is to be done then.
        """
        with self._session.archive(write=True) as archive:
            if not archive.guard_sessions(self._key):  # its folder was deleted meanwhile
                self._guard = archive.begin_guard(self._key, self._guard_session)
            archive.keep_look(self._guard, look)
        self.latest |= {
            decision.run_id: decision for decision in look.decisions if decision.status.is_stop
        }

    def mark(self, run_id: str, status: DecisionStatus, *, asked: bool = False) -> None:
        """Write down what became of the last decision to stop a run.

        Args:
            run_id: The run.
            status: How it stands now.
            asked: Whether W&B was asked just now.

        Raises:
            DataError: The archive cannot be written now.
        """
        at = datetime.now(UTC)
        with self._session.archive(write=True) as archive:
            archive.mark_decision(self._key, run_id, status, at=at, asked=asked)
        self.latest[run_id] = self.latest[run_id].marked(status, at=at, asked=asked)

    def end(self) -> None:
        """Write down that the guard is at its end.

        Raises:
            DataError: The archive cannot be written now.
        """
        with self._session.archive(write=True) as archive:
            archive.end_guard(self._guard, datetime.now(UTC))


def _latest_stops(looks: Iterable[GuardLook]) -> dict[str, GuardDecision]:
    """By run id, the last decision to stop each run, those that were taken back included."""
    return {
        decision.run_id: decision
        for look in looks
        for decision in look.decisions
        if decision.status.is_stop or decision.status is DecisionStatus.WITHDRAWN
    }

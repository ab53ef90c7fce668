"""`GuardJournal`: what guards of a sweep looked at and decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.archive.guard_rows import (
    ASKED_STATUSES,
    GET_DECISIONS,
    GET_SESSIONS,
    GET_STOPS,
    basis_of,
    decision_of,
    session_of,
)
from wbtools.archive.rows import integer_of, known_moment_of
from wbtools.archive.transactions import ArchiveFile
from wbtools.model import GuardLook

if TYPE_CHECKING:
    from wbtools.archive.records import SweepKey
    from wbtools.model import GuardDecision, GuardSession


class GuardJournal(ArchiveFile):
    """The part of an archive that guards write."""

    def guard_sessions(self, key: SweepKey) -> tuple[GuardSession, ...]:
        """All guards that ever worked on a sweep, in the order in which they began."""
        with self._reading():
            rows = self._connection.execute(GET_SESSIONS, (self._id(key),)).fetchall()
            return tuple(map(session_of, rows))

    def guard_looks(self, key: SweepKey) -> tuple[GuardLook, ...]:
        """All looks of all guards of a sweep with their decisions, oldest first."""
        with self._reading():
            sweep = self._id(key)
            decisions: dict[int, list[GuardDecision]] = {}
            for row in self._connection.execute(GET_DECISIONS, (sweep,)):
                decisions.setdefault(integer_of(row[0]), []).append(decision_of(row))
            looks = self._connection.execute(
                "SELECT l.id, l.at, l.basis FROM guards g JOIN guard_looks l ON l.guard = g.id"
                " WHERE g.sweep = ? ORDER BY l.id",
                (sweep,),
            )
            return tuple(
                GuardLook(
                    at=known_moment_of(at),
                    basis=basis_of(basis),
                    decisions=tuple(decisions.get(id_, ())),
                )
                for id_, at, basis in looks
            )

    def _guard_stops(self, sweep: int) -> dict[str, GuardDecision]:
        """The last decision of each run on which W&B was asked to stop it, by run id."""
        rows = self._connection.execute(GET_STOPS, (sweep, *ASKED_STATUSES)).fetchall()
        decisions = map(decision_of, rows)
        return {decision.run_id: decision for decision in decisions}

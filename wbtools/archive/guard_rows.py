"""A guard's sessions, looks and decisions as the tables hold them, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.rows import (
    integer_of,
    json_text,
    known_moment_of,
    moment_of,
    moment_text,
    object_of,
    text_of,
)
from wbtools.model import (
    DecisionStatus,
    Goal,
    GuardDecision,
    GuardSession,
    GuardWay,
    RunBasis,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.archive.rows import Value

_DECISION: Final = (
    "run_id, decided_at, rule, metric, goal, n_reports, band, value, threshold, n_peers,"
    " decided_by, status, n_asked, asked_at"
)
_MARKS: Final = ", ".join("?" for _ in _DECISION.split(","))

# Column names are this module's own; values are always bound.
PUT_SESSION: Final = (
    "INSERT INTO guards (sweep, rule, metric, goal, way, acts, began_at, ended_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
GET_SESSIONS: Final = (
    "SELECT rule, metric, goal, way, acts, began_at, ended_at FROM guards WHERE sweep = ?"
    " ORDER BY id"
)
PUT_DECISION: Final = f"INSERT INTO guard_decisions (look, {_DECISION}) VALUES (?, {_MARKS})"  # noqa: S608
GET_DECISIONS: Final = (
    f"SELECT look, {_DECISION} FROM guard_decisions WHERE look IN"  # noqa: S608
    " (SELECT l.id FROM guard_looks l JOIN guards g ON g.id = l.guard WHERE g.sweep = ?)"
    " ORDER BY id"
)
# Of each run that the sweep has, the last decision on which W&B was asked.
GET_STOPS: Final = (
    f"SELECT look, {_DECISION} FROM guard_decisions WHERE id IN"  # noqa: S608
    " (SELECT max(d.id) FROM guards g JOIN guard_looks l ON l.guard = g.id"
    " JOIN guard_decisions d ON d.look = l.id"
    " JOIN runs r ON r.sweep = g.sweep AND r.run_id = d.run_id"
    " WHERE g.sweep = ? AND d.status IN (?, ?, ?) GROUP BY d.run_id)"
)
ASKED_STATUSES: Final = tuple(str(status) for status in DecisionStatus if status.was_asked)
# The last decision to stop a run on which something was, or would have been, done: what a rehearsal
# found, or what a guard spared, has nothing to wait for.
MARK_DECISION: Final = (
    "UPDATE guard_decisions SET status = ?, n_asked = n_asked + ?,"
    " asked_at = coalesce(?, asked_at) WHERE id = (SELECT max(d.id) FROM guards g"
    " JOIN guard_looks l ON l.guard = g.id JOIN guard_decisions d ON d.look = l.id"
    " WHERE g.sweep = ? AND d.run_id = ? AND d.status IN (?, ?, ?, ?))"
)
OPEN_STATUSES: Final = tuple(str(status) for status in DecisionStatus if status.is_stop)


def session_row(session: GuardSession) -> tuple[Value, ...]:
    """The columns of `PUT_SESSION`, without the sweep."""
    return (
        session.rule,
        session.metric,
        str(session.goal),
        str(session.way),
        int(session.acts),
        moment_text(session.began_at),
        moment_text(session.ended_at),
    )


def session_of(row: Sequence[Any]) -> GuardSession:
    """The session in one row of `GET_SESSIONS`."""
    rule, metric, goal, way, acts, began_at, ended_at = row
    return GuardSession(
        rule=text_of(rule),
        metric=text_of(metric),
        goal=Goal(goal),
        way=GuardWay(way),
        acts=bool(integer_of(acts)),
        began_at=known_moment_of(began_at),
        ended_at=moment_of(ended_at),
    )


def basis_text(basis: Mapping[str, RunBasis]) -> str:
    """What a look knew of each run, as the table holds it."""
    facts = {
        run_id: (
            *(of.n_reports, of.n_nonfinite),
            *(int(of.active), int(of.completed), int(of.is_whole)),
        )
        for run_id, of in basis.items()
    }
    return json_text(facts)


def basis_of(text: str | bytes) -> dict[str, RunBasis]:
    """What `basis_text` wrote.

    Raises:
        TypeError, ValueError: A damaged file holds something else.
    """
    return {run_id: _of_run(*map(integer_of, facts)) for run_id, facts in object_of(text).items()}


def _of_run(
    n_reports: int, n_nonfinite: int, active: int, completed: int, is_whole: int
) -> RunBasis:
    return RunBasis(
        n_reports=n_reports,
        n_nonfinite=n_nonfinite,
        active=bool(active),
        completed=bool(completed),
        is_whole=bool(is_whole),
    )


def decision_row(decision: GuardDecision) -> tuple[Value, ...]:
    """The columns of `PUT_DECISION`, without the look; SQLite keeps NaN as no value."""
    return (
        decision.run_id,
        moment_text(decision.decided_at),
        decision.rule,
        decision.metric,
        str(decision.goal),
        decision.n_reports,
        decision.band,
        decision.value,
        decision.threshold,
        decision.n_peers,
        decision.by,
        str(decision.status),
        decision.n_asked,
        moment_text(decision.asked_at),
    )


def decision_of(row: Sequence[Any]) -> GuardDecision:
    """The decision in one row of `GET_DECISIONS`, its look left out."""
    (
        run_id,
        decided_at,
        rule,
        metric,
        goal,
        n_reports,
        band,
        value,
        threshold,
        n_peers,
        decided_by,
        status,
        n_asked,
        asked_at,
    ) = row[1:]
    return GuardDecision(
        run_id=text_of(run_id),
        decided_at=known_moment_of(decided_at),
        rule=text_of(rule),
        metric=text_of(metric),
        goal=Goal(goal),
        n_reports=integer_of(n_reports),
        band=integer_of(band),
        value=_optional_value(value),
        threshold=_optional_value(threshold),
        n_peers=integer_of(n_peers),
        by=text_of(decided_by),
        status=DecisionStatus(status),
        n_asked=integer_of(n_asked),
        asked_at=moment_of(asked_at),
    )


def _optional_value(value: object) -> float | None:
    """A value of a metric, which may be infinite.

    Raises:
        TypeError: A damaged file holds something else.
    """
    if value is None or isinstance(value, float):
        return value
    msg = f"no number where one belongs: {str(value)[:40]!r}"
    raise TypeError(msg)

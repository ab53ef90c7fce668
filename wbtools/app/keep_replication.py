"""Keep what a replication is to reach, and what became of it, for `verify` and its track record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.verify import outcome_of
from wbtools.archive import keep_outcome, keep_plan

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan


def keep_plans(scripts: Replicated, session: Session) -> list[ReplicationPlan | None]:
    """Keep the plans of what is verifiable.

    Returns:
        For each of `scripts.verifiable`, the plan that it replaces; None without another one.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    pairs = scripts.verifiable
    if not pairs:
        return []
    folder = session.place(write=True).path
    return [keep_plan(folder, plan) for _, plan in pairs]


def keep_verification(verification: Verification, session: Session) -> None:
    """Keep what became of a replication.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    keep_outcome(session.place(write=True).path, outcome_of(verification))

"""Keep what a replication is to reach, and what became of it, for `verify` and its track record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.verify import outcome_of
from wbtools.archive import keep_outcome, keep_plan, kept_outcome

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan, Run, Verified


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


def verified_before(audit: Audit, run: Run, session: Session) -> Verified | None:
    """What `verify` said last of a run's replicas, by the metric that ranks; None where nothing."""
    folder = session.place(write=False).path
    outcome = kept_outcome(folder, audit.sweep.ref.sweep_id, run.id)
    is_comparable = outcome is not None and outcome.metric == audit.question.rank_by.name
    return outcome if is_comparable else None

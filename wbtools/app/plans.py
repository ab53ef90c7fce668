"""Plans kept for `verify`, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.archive import keep_outcome, keep_plan, kept_plan, outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.session import Session
    from wbtools.model import ReplicationPlan, Verified


def keep(plans: Sequence[ReplicationPlan], access: Session) -> list[ReplicationPlan | None]:
    """Keep the plans in the archive.

    Returns:
        For each the plan of the same run that it replaces; None without another one.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    folder = access.place(write=True).path
    replaced: list[ReplicationPlan | None] = []
    for plan in plans:
        before = kept_plan(folder, plan.sweep, plan.run_id)
        keep_plan(folder, plan)
        replaced.append(None if before == plan else before)
    return replaced


def plan_for(sweep: str, run_id: str, access: Session) -> ReplicationPlan | None:
    """The plan that was kept for a run."""
    return kept_plan(access.place(write=False).path, sweep, run_id)


def keep_result(outcome: Verified, access: Session) -> None:
    """Keep what became of a replication.

    Raises:
        DataError: The archive's folder cannot be written.
    """
    keep_outcome(access.place(write=True).path, outcome)


def all_results(access: Session) -> list[Verified]:
    """Everything that was verified."""
    return list(outcomes(access.place(write=False).path))

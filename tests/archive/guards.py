"""A guard's journal for these tests."""

from datetime import timedelta

from tests.guards import BEGAN, RULE, guard_stop
from wbtools.model import DecisionStatus, Goal, GuardLook, GuardSession, GuardWay, RunBasis

SESSION = GuardSession(
    rule=RULE,
    metric="val/acc",
    goal=Goal.MAXIMIZE,
    way=GuardWay.TERMINATOR,
    acts=True,
    began_at=BEGAN,
)


def decision(run_id, *, minutes=1, **more):
    """A decision that W&B was not asked about yet."""
    status = {"status": DecisionStatus.DECIDED, "n_asked": 0, "asked_at": None}
    return guard_stop(run_id, decided_at=BEGAN + timedelta(minutes=minutes), **(status | more))


def look(*decisions, minutes=1):
    basis = {
        decision.run_id: RunBasis(
            n_reports=decision.n_reports, n_nonfinite=1, active=True, completed=False
        )
        for decision in decisions
    }
    return GuardLook(at=BEGAN + timedelta(minutes=minutes), basis=basis, decisions=decisions)

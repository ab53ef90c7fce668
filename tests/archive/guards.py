"""A guard's journal for these tests."""

from datetime import UTC, datetime, timedelta

from wbtools.model import (
    DecisionStatus,
    Goal,
    GuardDecision,
    GuardLook,
    GuardSession,
    GuardWay,
    RunBasis,
)

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = "top(hyperband(min_iter=10,eta=3),k=3)"
SESSION = GuardSession(
    rule=RULE,
    metric="val/acc",
    goal=Goal.MAXIMIZE,
    way=GuardWay.TERMINATOR,
    acts=True,
    began_at=BEGAN,
)


def decision(run_id, *, minutes=1, **more):
    fields = {
        "rule": RULE,
        "metric": "val/acc",
        "goal": Goal.MAXIMIZE,
        "n_reports": 10,
        "band": 10,
        "value": 0.55,
        "threshold": 0.61,
        "n_peers": 9,
        "by": "hyperband(min_iter=10,eta=3)",
        "status": DecisionStatus.DECIDED,
    }
    return GuardDecision(
        run_id=run_id, decided_at=BEGAN + timedelta(minutes=minutes), **(fields | more)
    )


def look(*decisions, minutes=1):
    basis = {
        decision.run_id: RunBasis(
            n_reports=decision.n_reports, n_nonfinite=1, active=True, completed=False
        )
        for decision in decisions
    }
    return GuardLook(at=BEGAN + timedelta(minutes=minutes), basis=basis, decisions=decisions)

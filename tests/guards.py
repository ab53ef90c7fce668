"""What a guard decided, for tests of several rooms."""

from datetime import UTC, datetime

from wbtools.model import DecisionStatus, Goal, GuardDecision

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = "top(hyperband(min_iter=10,eta=3),k=3)"


def guard_stop(run_id: str, *, decided_at: datetime = BEGAN, **more) -> GuardDecision:
    """A decision on which W&B was asked, and after which the run ended."""
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
        "status": DecisionStatus.ENDED,
        "n_asked": 1,
        "asked_at": decided_at,
    }
    return GuardDecision(run_id=run_id, decided_at=decided_at, **(fields | more))

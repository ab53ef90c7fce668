"""From a look at a running sweep to what a rule decides of its runs, with all its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wbtools.model import DecisionStatus, GuardDecision, GuardLook, RunBasis
from wbtools.rules.reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.live.running_sweep import Look
    from wbtools.model import SweepView
    from wbtools.rules.rule import StoppingRule


def decide(rule: StoppingRule, look: Look, *, acts: bool) -> list[GuardDecision]:
    """What a rule decides of the runs at work: whom it stops, and whom its guards spare.

    Args:
        rule: With or without guards.
        look: With a view.
        acts: Whether what is decided will be done; otherwise stops are those of a dry run.

    Raises:
        DataError: The rule's settings cannot run.
    """
    view = look.view
    if view is None:
        return []
    question, sign = look.question, view.sign
    stopping = DecisionStatus.DECIDED if acts else DecisionStatus.DRY_RUN
    return [
        GuardDecision(
            run_id=look.sweep.runs[why.row].id,
            decided_at=look.at,
            rule=str(rule),
            metric=question.metric.name,
            goal=question.metric.goal,
            n_reports=int(view.n_reports[why.row]),
            band=why.band,
            value=_known(why.value * sign),
            threshold=_known(why.threshold * sign),
            n_peers=why.n_peers,
            by=why.by.alone,
            status=stopping if why.stops else DecisionStatus.SPARED,
        )
        for why in reasons(rule, view)
    ]


def written_down(look: Look, decisions: Collection[GuardDecision]) -> GuardLook:
    """A look as the journal keeps it: how many reports of each run the decisions rest on."""
    view = look.view
    basis = {} if view is None else _basis(look, view)
    return GuardLook(at=look.at, basis=basis, decisions=tuple(decisions))


def _basis(look: Look, view: SweepView) -> dict[str, RunBasis]:
    return {
        run.id: RunBasis(
            n_reports=int(view.n_reports[row]),
            n_nonfinite=0 if view.n_nonfinite is None else int(view.n_nonfinite[row]),
            active=bool(view.active[row]),
            completed=view.completed is not None and bool(view.completed[row]),
            is_whole=run.id not in look.unsure,
        )
        for row, run in enumerate(look.sweep.runs)
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""What a guard says while it works: a line an event, its moment first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model import GUARD_TAG, DecisionStatus
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from datetime import datetime

    from wbtools.model import GuardDecision, Run

_LONGEST_NAME = 60
_LONGEST_TAG = 64  # of W&B's tags


def event(at: datetime, text: str) -> str:
    """An event with its moment, as this machine's clock has it."""
    return f"{at.astimezone():%H:%M:%S} {text}"


def called(run: Run) -> str:
    """What a run is called in one line."""
    return sanitize(run.called, limit=_LONGEST_NAME)


def compared(decision: GuardDecision) -> str:
    """What a rule compared: `0.61 at report 10, 0.55 needed, set by 9 runs`."""
    n_reports = f"at report {decision.n_reports}"
    if decision.value is None or decision.threshold is None:
        return n_reports
    value, threshold = Scale.of([decision.value, decision.threshold]).apart(
        decision.value, decision.threshold
    )
    by = f", set by {count(decision.n_peers, 'run')}" if decision.n_peers > 1 else ""
    at = (
        n_reports
        if decision.band in {0, decision.n_reports}
        else (f"{n_reports}, judged at {decision.band}")
    )
    return f"{value} {at}; {threshold} was needed{by}"


def tag_of(decision: GuardDecision) -> str:
    """The decision as a tag of the run."""
    numbers = ""
    if decision.value is not None and decision.threshold is not None:
        numbers = f" {decision.value:.4g} needed {decision.threshold:.4g}"
    word = f"{GUARD_TAG} spared" if decision.status is DecisionStatus.SPARED else GUARD_TAG
    return f"{word}: report {decision.n_reports}{numbers}"[:_LONGEST_TAG]

"""What a guard says while it works: a line an event, its moment first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wbtools.model import GUARD_TAG, LONGEST_TAG, DecisionStatus
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.app.opening.session import Session
    from wbtools.model import GuardDecision, Run

_LONGEST_NAME = 60


def tell(session: Session, text: str) -> None:
    """Tell the user of an event, with its moment as this machine's clock has it."""
    session.observer.note(f"{datetime.now(UTC).astimezone():%H:%M:%S} {text}")


def called(run: Run) -> str:
    """What a run is called in one line."""
    return sanitize(run.called, limit=_LONGEST_NAME)


def compared(decision: GuardDecision) -> str:
    """What a rule compared: `0.61 at report 10, 0.55 needed, set by 9 runs`."""
    if decision.value is None or decision.threshold is None:
        return f"at report {decision.n_reports}"
    value, threshold = Scale.of([decision.value, decision.threshold]).apart(
        decision.value, decision.threshold
    )
    by = f", set by {count(decision.n_peers, 'run')}" if decision.n_peers > 1 else ""
    seen = f" (seen at report {decision.n_reports})" if decision.is_seen_later else ""
    return f"{value} at report {decision.judged_at}{seen}; {threshold} was needed{by}"


def tag_of(decision: GuardDecision) -> str:
    """The decision as a tag of the run."""
    numbers = ""
    if decision.value is not None and decision.threshold is not None:
        numbers = f" {decision.value:.4g} needed {decision.threshold:.4g}"
    return f"{tag_word(decision)} report {decision.judged_at}{numbers}"[:LONGEST_TAG]


def tag_word(decision: GuardDecision) -> str:
    """How every tag of such a decision begins."""
    return f"{GUARD_TAG}{' spared' if decision.status is DecisionStatus.SPARED else ''}:"

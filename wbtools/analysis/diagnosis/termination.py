"""The words of a diagnosis: what the rule says of a run, why it ended, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wbtools.findings import Confidence


class Decision(StrEnum):
    """What the rule says of a run, over all moments in which the run may have been ended."""

    STOP = "stop"
    KEEP = "keep"
    AMBIGUOUS = "ambiguous"
    NO_BAND = "no_band"

    @property
    def may_stop(self) -> bool:
        """Whether the rule stops the run, at every moment or at some."""
        return self in {Decision.STOP, Decision.AMBIGUOUS}


class Completion(StrEnum):
    """How far a run came, and so what its best value says of a full run of its configuration.

    `full`: it ran its course; nobody cut it short.
    `censored`: something other than itself ended it before its time. It would have come to its
    best value or a better one, nobody knows which.
    `running`: it may still be at work, and is censored until it ends.
    `failed`: an error ended it; its value is a bound as that of a censored run, but its end is no
    rule's doing.
    `unknown`: the source does not say how it ended, as in most run tables. Its value counts as that
    of a full run, for nothing says that it was cut short.
    """

    FULL = "full"
    CENSORED = "censored"
    RUNNING = "running"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def counts(self) -> bool:
        """Whether its value is a full run's, as far as anybody knows, and may stand in a mean."""
        return self in {Completion.FULL, Completion.UNKNOWN}

    @property
    def ended_early(self) -> bool:
        """Whether it ended before its time, so that its value is a bound for good."""
        return self in {Completion.CENSORED, Completion.FAILED}


class Cause(StrEnum):
    """What happened to a run.

    `hyperband`: W&B's own early termination stopped it; `guard`: `wbtools guard` did.
    `unexplained`: its end is recorded, and nothing accounts for it.
    """

    COMPLETED = "completed"
    HYPERBAND = "hyperband"
    GUARD = "guard"
    OWN_EARLY_STOP = "own_early_stop"
    CRASHED = "crashed"
    FAILED = "failed"
    KILLED = "killed"
    PREEMPTED = "preempted"
    LOST = "lost"
    RUNNING = "running"
    UNEXPLAINED = "unexplained"
    UNKNOWN = "unknown"

    @property
    def completion(self) -> Completion:
        """What the cause makes of the run's values."""
        return _COMPLETIONS.get(self, Completion.CENSORED)

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong: an error, a preemption, or an end that nothing recorded.

        What a rule stopped, what somebody killed, and what nothing accounts for did not fail,
        though it was cut short.
        """
        return self in {Cause.CRASHED, Cause.FAILED, Cause.PREEMPTED, Cause.LOST}


_COMPLETIONS = {
    Cause.COMPLETED: Completion.FULL,
    Cause.OWN_EARLY_STOP: Completion.FULL,
    Cause.RUNNING: Completion.RUNNING,
    Cause.CRASHED: Completion.FAILED,
    Cause.FAILED: Completion.FAILED,
    Cause.UNKNOWN: Completion.UNKNOWN,
}


PERHAPS_BY_RULE: Final = (Cause.HYPERBAND, Cause.UNEXPLAINED, Cause.UNKNOWN)
"""Of runs that ended early with no other cause in evidence; a rule stops none without a report."""
PERHAPS_BY_UNKNOWN_RULE: Final = (*PERHAPS_BY_RULE, Cause.FAILED, Cause.KILLED, Cause.LOST)
"""The same where the rule is unknown: a stop then looks like an error, a kill or a loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """A cause, how sure we are, and a sentence that says on what it rests and what to look at."""

    cause: Cause
    confidence: Confidence
    because: str

    @property
    def completion(self) -> Completion:
        """How far the run came."""
        return self.cause.completion


def surely(cause: Cause, because: str) -> Termination:
    """A cause that the evidence leaves no doubt about."""
    return Termination(cause=cause, confidence=Confidence.HIGH, because=because)


def likely(cause: Cause, because: str) -> Termination:
    """A cause that the evidence speaks for, and nothing against."""
    return Termination(cause=cause, confidence=Confidence.MEDIUM, because=because)


def perhaps(cause: Cause, because: str) -> Termination:
    """The least unlikely cause."""
    return Termination(cause=cause, confidence=Confidence.LOW, because=because)

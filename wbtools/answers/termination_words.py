"""What a run's end is called, in every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPLETIONS = {
    Completion.FULL: "completed",
    Completion.CENSORED: "cut short",
    Completion.FAILED: "failed",
    Completion.RUNNING: "still running",
    Completion.UNKNOWN: "of unknown end",
}
_CAUSES = {Cause.KILLED: "interrupted", Cause.UNKNOWN: "unknown end"}
_ENDS = {
    Cause.COMPLETED: "completed",
    Cause.OWN_EARLY_STOP: "stopped by their own early stopping",
    Cause.RUNNING: "still running",
    Cause.HYPERBAND: "stopped by Hyperband",
    Cause.GUARD: "stopped by wbtools guard",
    Cause.UNEXPLAINED: "cut short (unexplained)",
    Cause.UNKNOWN: "of unknown end",
    Cause.KILLED: "interrupted",
    Cause.CRASHED: "crashed",
    Cause.FAILED: "failed",
    Cause.PREEMPTED: "preempted",
    Cause.LOST: "lost",
}


def cause_words(cause: Cause) -> str:
    """The cause as people write it."""
    return _CAUSES.get(cause, cause.value.replace("_", " "))


def end_word(cause: Cause) -> str:
    """How a run ended, as in `stopped by Hyperband`; of an own early stop, how several did."""
    return _ENDS[cause]


def end_words(n_by_cause: Mapping[Cause, int]) -> list[str]:
    """How many runs ended how, as in `4 completed` and `32 stopped by Hyperband`."""
    return [f"{n} {words}" for cause, words in _ENDS.items() if (n := n_by_cause.get(cause, 0))]


def completion_word(completion: Completion) -> str:
    """How far one run came, as people write it."""
    return _COMPLETIONS[completion]


def completion_words(n_by_completion: Mapping[Completion, int]) -> list[str]:
    """How many runs came how far, as in `17 completed` and `8 cut short`."""
    return [
        f"{n} {words}"
        for completion, words in _COMPLETIONS.items()
        if (n := n_by_completion.get(completion, 0))
    ]


def unknown_end_words(n_unknown: int, n_short: int, n_runs: int) -> str:
    """How runs whose end is unknown are treated, in a sentence.

    Args:
        n_unknown: How many there are, at least one.
        n_short: Of these, those that are known to have made fewer reports than a full run.
        n_runs: All runs.
    """
    whom = "the runs" if n_unknown == n_runs > 1 else count(n_unknown, "run")
    treated = "it counts as a full run" if n_unknown == 1 else "they count as full runs"
    fewer = ""
    if n_short:
        which = "all" if n_short == n_unknown else str(n_short)
        who = "it" if n_unknown == 1 else f"{which} of them"
        fewer = f", though {who} made fewer reports"
    return f"How {whom} ended is not known: {treated}{fewer}."

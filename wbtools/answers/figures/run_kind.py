"""The kinds of runs that figures tell apart, each by a colour and a shape of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.figures.palette import Category

if TYPE_CHECKING:
    from wbtools.analysis.audit import RunAudit


class RunKind(StrEnum):
    """The kind of a run, which is what its colour and shape say."""

    FULL = "completed"
    HYPERBAND = "stopped by Hyperband"
    GUARD = "stopped by wbtools guard"
    OTHERWISE = "ended otherwise"
    UNKNOWN = "of unknown end"
    RUNNING = "still running"
    GEM = "likeliest gem"
    CHOSEN = "the run asked for"

    @property
    def category(self) -> Category:
        """Its colour and shape."""
        return _CATEGORIES[self]


_CATEGORIES: Final = {
    kind: Category(key, kind.value, *look)
    for kind, key, *look in (
        (RunKind.FULL, "full", "#6f7b87", "#93a0ac", "circle"),
        (RunKind.HYPERBAND, "hyperband", "#d55e00", "#f0924a", "times"),
        (RunKind.GUARD, "guard", "#b0527f", "#e09dc1", "square"),
        (RunKind.OTHERWISE, "otherwise", "#7d62a8", "#b7a1dd", "plus"),
        (RunKind.UNKNOWN, "unknown", "#8f7a00", "#d9c14a", "diamond"),
        (RunKind.RUNNING, "running", "#0072b2", "#56b4e9", "triangle"),
        (RunKind.GEM, "gem", "#00704f", "#2cc79a", "star"),
        (RunKind.CHOSEN, "chosen", "#00704f", "#2cc79a", "star"),
    )
}
_BY_CAUSE: Final = {Cause.HYPERBAND: RunKind.HYPERBAND, Cause.GUARD: RunKind.GUARD}
_BY_COMPLETION: Final = {
    Completion.FULL: RunKind.FULL,
    Completion.RUNNING: RunKind.RUNNING,
    Completion.UNKNOWN: RunKind.UNKNOWN,
}
HIGHLIGHTED: Final = frozenset({RunKind.GEM, RunKind.CHOSEN})


def kind_of(row: RunAudit) -> RunKind:
    """The kind of a run that is neither asked for nor a gem."""
    by_rule = _BY_CAUSE.get(row.termination.cause)
    return by_rule or _BY_COMPLETION.get(row.completion, RunKind.OTHERWISE)

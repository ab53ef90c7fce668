"""The classes of runs that the picture of a sweep tells apart by colour."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Completion

if TYPE_CHECKING:
    from wbtools.analysis.audit import RunAudit


class CurveKind(StrEnum):
    """The class of a run, which is what its colour says."""

    FULL = "completed"
    HYPERBAND = "stopped by Hyperband"
    GUARD = "stopped by wbtools guard"
    OTHERWISE = "ended otherwise"
    UNKNOWN = "of unknown end"
    RUNNING = "still running"
    GEM = "likeliest gem"
    CHOSEN = "the run asked for"


_BY_CAUSE = {Cause.HYPERBAND: CurveKind.HYPERBAND, Cause.GUARD: CurveKind.GUARD}
_BY_COMPLETION = {
    Completion.FULL: CurveKind.FULL,
    Completion.RUNNING: CurveKind.RUNNING,
    Completion.UNKNOWN: CurveKind.UNKNOWN,
}
HIGHLIGHTED = frozenset({CurveKind.GEM, CurveKind.CHOSEN})


def kind_of(row: RunAudit) -> CurveKind:
    """The class of a run that is neither asked for nor a gem."""
    by_rule = _BY_CAUSE.get(row.termination.cause)
    return by_rule or _BY_COMPLETION.get(row.completion, CurveKind.OTHERWISE)

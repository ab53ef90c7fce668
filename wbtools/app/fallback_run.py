"""The run to fall back to where a replication fails: a named one, or the best that ran in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.app.opening.run_names import select_run
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit

AUTO: Final = "auto"


def choose_fallback(audit: Audit, row: RunAudit, text: str | None) -> RunAudit | None:
    """The run that `--fallback` means; None where it is not given, or there is none.

    Args:
        audit: Of the sweep.
        row: The run that is replicated.
        text: A run, or `auto`: the best other one that ran its course.

    Raises:
        UsageError: The text means no run, several runs, or the replicated run itself.
    """
    if text is None:
        return None
    if text != AUTO:
        chosen = select_run(audit, text)
        if chosen.run.id == row.run.id:
            msg = f"run {row.run.number_or_id} cannot be its own fallback"
            raise UsageError(msg, "name another run, or --fallback auto")
        return chosen
    if audit.incumbent is None or audit.incumbent.run_id in {None, row.run.id}:
        others = [
            other
            for other in audit.rows
            if other.completion is Completion.FULL
            and other.rank is not None
            and other.run.id != row.run.id
        ]
        return min(others, key=lambda other: other.rank or 0, default=None)
    return next(other for other in audit.rows if other.run.id == audit.incumbent.run_id)

"""Runs that went on with a run before, and were stopped too: the next one goes on from theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.analysis.verification.continued_runs import continued_id
from wbtools.app.replicas import find_runs
from wbtools.errors import Interrupted, WbtoolsError
from wbtools.replication.changes import group_of
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Run

_LONGEST_CHAIN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierContinuation:
    """A run that says that it continues another one.

    Attributes:
        run: As recorded.
        n_reports: Finite reports of its own; None if unknown.
    """

    run: Run
    n_reports: int | None

    @property
    def called(self) -> str:
        """Its name and its id: by its number it is no run of the sweep."""
        name, run_id = sanitize(self.run.name), sanitize(self.run.id)
        return run_id if name == run_id else f"{name} ({run_id})"


def earlier_continuations(
    source: SweepSource, original: Run, metric: str
) -> Sequence[EarlierContinuation]:
    """The runs that continue a run, directly or by way of others, the newest first.

    Those whose program takes no mark are not known, and where a server does not answer none is.

    Args:
        source: Of the run's sweep.
        original: The run.
        metric: Whose reports are counted.
    """
    try:
        sweeps = find_runs(source, group_of(original.id), (metric,))
    except Interrupted:
        raise
    except WbtoolsError:
        return ()
    members = {
        run.id: EarlierContinuation(
            run=run,
            n_reports=int(sweep.curves[metric].n_reports[k]) if metric in sweep.curves else None,
        )
        for sweep in sweeps
        for k, run in enumerate(sweep.runs)
    }
    known = {original.id}
    for _ in range(_LONGEST_CHAIN):
        known |= {key for key, each in members.items() if continued_id(original, each.run) in known}
    found = [each for key, each in members.items() if key in known and key != original.id]
    return sorted(found, key=_begun, reverse=True)


def _begun(each: EarlierContinuation) -> float:
    return 0.0 if each.run.created_at is None else each.run.created_at.timestamp()

"""Which runs of a sweep failed, and so are to run again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.analysis.audit import RunAudit
from wbtools.analysis.diagnosis.termination import Cause, Completion, perhaps
from wbtools.model import Run
from wbtools.model.configuration import configuration_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.analysis.audit import Audit
    from wbtools.model import Sweep


class FailureKind(StrEnum):
    """How a run failed: by its cause (`Cause.is_failure`), or otherwise."""

    ENDED_BADLY = "ended_badly"
    NEVER_REPORTED = "never_reported"
    NO_RUN_FILE = "no_run_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """A run that failed, and how."""

    row: RunAudit
    kind: FailureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRuns:
    """The runs of a sweep that failed.

    Attributes:
        runs: In the audit's order; those that left no run file come last.
        repeated: Rows of those whose configuration, seed and all, another run completed.
        n_cut_short: By cause, the runs that did not fail, and did not run their course either.
        unexplained: Rows of those of them whose end nothing accounts for: they may have been
            killed from outside.
    """

    runs: tuple[FailedRun, ...]
    repeated: tuple[RunAudit, ...]
    n_cut_short: Counter[Cause]
    unexplained: tuple[RunAudit, ...]


def find_failed(audit: Audit, taken: Mapping[str, Mapping[str, object]]) -> FailedRuns:
    """Those that crashed, failed, were preempted or lost, never reported, or left no run file.

    Args:
        audit: Of the sweep.
        taken: Configurations that agents took and that left no run file, by the id of the run.
    """
    runs: list[FailedRun] = []
    n_cut_short: Counter[Cause] = Counter()
    unexplained: list[RunAudit] = []
    logged = _logged(audit.sweep)
    for row in audit.rows:
        kind = _kind(row, has_logged=row.run.id in logged)
        if kind is not None:
            runs.append(FailedRun(row=row, kind=kind))
        elif row.completion is not Completion.FULL:
            n_cut_short[row.termination.cause] += 1
            if row.termination.cause is Cause.UNEXPLAINED:
                unexplained.append(row)
    runs += (
        FailedRun(row=_without_file(run_id, config), kind=FailureKind.NO_RUN_FILE)
        for run_id, config in taken.items()
    )
    completed = {
        configuration_key(row.run.config)
        for row in audit.rows
        if row.completion is Completion.FULL and row.run.config
    }
    return FailedRuns(
        runs=tuple(runs),
        repeated=tuple(
            failed.row for failed in runs if configuration_key(failed.row.run.config) in completed
        ),
        n_cut_short=n_cut_short,
        unexplained=tuple(unexplained),
    )


def _logged(sweep: Sweep) -> frozenset[str]:
    """The ids of the runs that are known to have logged anything, whatever it is."""
    reported = {
        run_id
        for curves in sweep.curves.values()
        for run_id, n in zip(curves.run_ids, curves.n_reports + curves.n_nonfinite, strict=True)
        if n
    }
    return frozenset(
        run.id
        for run in sweep.runs
        if run.id in reported or any(not name.startswith("_") for name in run.summary)
    )


def _kind(row: RunAudit, *, has_logged: bool) -> FailureKind | None:
    """How a run failed; None where it did not."""
    cause = row.termination.cause
    if cause.is_failure:
        return FailureKind.ENDED_BADLY
    is_silent = row.n_reports == 0 and not has_logged and not row.run.has_finished
    may_be_silent = cause not in {Cause.HYPERBAND, Cause.GUARD, Cause.RUNNING}
    return FailureKind.NEVER_REPORTED if is_silent and may_be_silent else None


def _without_file(run_id: str, config: Mapping[str, object]) -> RunAudit:
    """A run of which only the configuration is left that its agent took."""
    return RunAudit(
        run=Run(id=run_id, name=run_id, number=None, number_from=None, config=config),
        rank=None,
        n_reports=0,
        n_nonfinite=0,
        budget=None,
        best=None,
        best_at=None,
        last=None,
        termination=perhaps(
            Cause.LOST,
            "an agent took its configuration; its program ended before W&B began, or its run was "
            "moved away",
        ),
        explanation=None,
        projection=None,
        gem_rank=None,
        report_s=None,
        cost_remaining_reports=None,
        cost_remaining_h=None,
        cost_full_h=None,
        has_run_file=False,
    )

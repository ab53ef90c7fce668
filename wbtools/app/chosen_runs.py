"""Which runs are replicated: those that `--run` names, and those that failed, with the reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wbtools.analysis.audit import RunAudit
from wbtools.analysis.diagnosis.termination import Cause, Completion, perhaps
from wbtools.app.opening.run_names import means_failed, select_run
from wbtools.errors import UsageError
from wbtools.model import Run
from wbtools.model.configuration import configuration_key
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.analysis.audit import Audit

_FAILURES: Final = {
    Cause.CRASHED: "crashed",
    Cause.FAILED: "failed",
    Cause.PREEMPTED: "preempted",
    Cause.LOST: "lost (killed, or the machine went away)",
}
_NEVER_REPORTED: Final = "never reported"
_MOST_NAMED: Final = 20
_NO_FILE: Final = "left no run file"
_NOT_AMONG: Final = {
    Cause.HYPERBAND: "stopped by Hyperband",
    Cause.KILLED: "killed from outside",
    Cause.UNEXPLAINED: "of unexplained end",
    Cause.UNKNOWN: "of unknown end",
    Cause.RUNNING: "still running",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRuns:
    """Runs that are to run again.

    Attributes:
        rows: Each once.
        failures: In words, why a run is among those that failed, by its id.
        remarks: How many failures there are of each kind, and which runs are not among them.
    """

    rows: tuple[RunAudit, ...]
    failures: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def choose_runs(
    audit: Audit,
    texts: Sequence[str],
    origin: str,
    taken: Callable[[], Mapping[str, Mapping[str, object]]],
    *,
    can_start: bool,
) -> ChosenRuns:
    """Find what `--run` names; `failed` means all runs that failed, unless a run is called so.

    Args:
        audit: Of the sweep.
        texts: What `--run` names, in order.
        origin: What the runs are of, in words.
        taken: Asked for configurations that agents took and that left no run file, by the id of
            the run.
        can_start: Whether anything names the program of these; they are left out otherwise.

    Raises:
        UsageError: A text means no run, or several; or no run failed.
    """
    rows: list[RunAudit] = []
    failures: dict[str, str] = {}
    remarks: list[str] = []
    for text in texts:
        if not means_failed([row.run for row in audit.rows], text):
            rows.append(select_run(audit, text))
            continue
        failed = _failed(audit, origin, taken(), can_start=can_start)
        rows += failed.rows
        failures |= failed.failures
        remarks += failed.remarks
    return ChosenRuns(
        rows=tuple({row.run.id: row for row in rows}.values()),
        failures=failures,
        remarks=tuple(remarks),
    )


def _failed(
    audit: Audit, origin: str, taken: Mapping[str, Mapping[str, object]], *, can_start: bool
) -> ChosenRuns:
    """Those that crashed, failed, were preempted or lost, never reported, or left no run file."""
    metric = audit.question.metric.name
    kinds: Counter[str] = Counter()
    rows: list[RunAudit] = []
    reasons: dict[str, str] = {}
    others: Counter[Cause] = Counter()
    for row in audit.rows:
        kind = _kind(row)
        if kind is None:
            others[row.termination.cause] += 1
            continue
        kinds[kind] += 1
        rows.append(row)
        why = row.termination.because
        said = kind if kind != _NEVER_REPORTED else f"{kind} {metric}"
        reasons[row.run.id] = f"{said}: {why}"
    for run_id, config in taken.items() if can_start else ():
        kinds[_NO_FILE] += 1
        row = _without_file(run_id, config)
        rows.append(row)
        reasons[run_id] = f"{_NO_FILE}: {row.termination.because}"
    counted = [f"{others[cause]} {words}" for cause, words in _NOT_AMONG.items() if others[cause]]
    left_out = ", ".join(counted)
    unstartable = ""
    if taken and not can_start:
        unstartable = (
            f"{count(len(taken), 'configuration')} left no run file, and nothing names their "
            "program: --sweep-file or --program takes them in"
        )
    if not rows:
        msg = f"no run of {origin} failed: {count(len(audit.rows), 'run')}"
        hint = unstartable or "name runs by --run ID"
        raise UsageError(f"{msg}, {left_out}" if left_out else msg, hint)
    summary = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    remarks = [f"{count(len(rows), 'run')} to run again: {summary}"]
    repeated = _completed_elsewhere(audit, rows)
    if repeated:
        remarks.append(
            f"{count(len(repeated), 'of them has', 'of them have')} a configuration that another "
            f"run completed: {', '.join(repeated[:_MOST_NAMED])}"
        )
    remarks += [f"not among them: {left_out}"] if left_out else []
    remarks += [unstartable] if unstartable else []
    return ChosenRuns(rows=tuple(rows), failures=reasons, remarks=tuple(remarks))


def _completed_elsewhere(audit: Audit, rows: Sequence[RunAudit]) -> list[str]:
    """What the failed runs are called whose configuration, seed and all, came to its end."""
    completed = {
        configuration_key(row.run.config)
        for row in audit.rows
        if row.completion is Completion.FULL and row.run.config
    }
    return [row.run.number_or_id for row in rows if configuration_key(row.run.config) in completed]


def _kind(row: RunAudit) -> str | None:
    """What kind of failure it is; None where it is none."""
    kind = _FAILURES.get(row.termination.cause)
    if kind is not None:
        return kind
    is_silent = row.n_reports == 0 and row.termination.cause is not Cause.HYPERBAND
    return _NEVER_REPORTED if is_silent and row.completion is not Completion.RUNNING else None


def _without_file(run_id: str, config: Mapping[str, object]) -> RunAudit:
    """A run of which only the configuration is left that its agent took."""
    return RunAudit(
        run=Run(id=run_id, name=run_id, number=None, number_from=None, config=config, attempts=0),
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
    )

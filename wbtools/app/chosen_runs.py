"""Which runs are replicated: those that `--run` names, and those that failed, with the reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from wbtools.analysis.failed_runs import FailureKind, find_failed
from wbtools.answers.termination_words import cause_words, end_words
from wbtools.app.opening.run_names import means_failed, name_of, select_run
from wbtools.errors import UsageError
from wbtools.text.numbers import count
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.failed_runs import FailedRun

_KINDS: Final = {
    FailureKind.NEVER_REPORTED: "never reported",
    FailureKind.NO_RUN_FILE: "left no run file",
}
_MOST_NAMED: Final = 20


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
    lost: Callable[[], Mapping[str, Mapping[str, object]]],
    *,
    can_start: bool,
    is_of_sweep: bool,
) -> ChosenRuns:
    """Find what `--run` names; `failed` means all runs that failed, unless a run is called so.

    Args:
        audit: Of the sweep.
        texts: What `--run` names, in order.
        origin: What the runs are of, in words.
        lost: Asked for configurations that agents took and that left no run file, names dotted,
            by the id of the run.
        can_start: Whether anything names the program of these; they are left out otherwise.
        is_of_sweep: Whether runs outside sweeps were not looked at.

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
        failed = _failed(audit, origin, lost(), can_start=can_start, is_of_sweep=is_of_sweep)
        rows += failed.rows
        failures |= failed.failures
        remarks += failed.remarks
    return ChosenRuns(
        rows=tuple({row.run.id: row for row in rows}.values()),
        failures=failures,
        remarks=tuple(remarks),
    )


def _failed(
    audit: Audit,
    origin: str,
    lost: Mapping[str, Mapping[str, object]],
    *,
    can_start: bool,
    is_of_sweep: bool,
) -> ChosenRuns:
    """All runs that failed, with what is to be said of them."""
    failed = find_failed(audit, lost if can_start else {})
    cut_short = ", ".join(end_words(failed.n_cut_short))
    unstartable = ""
    if lost and not can_start:
        unstartable = (
            f"{count(len(lost), 'configuration')} left no run file, and nothing names their "
            "program: --sweep-file or --program takes them in"
        )
    if not failed.runs:
        msg = f"no run of {origin} failed: {count(len(audit.rows), 'run')}"
        outside = "; --all takes the runs outside sweeps of a folder" if is_of_sweep else ""
        hint = (
            unstartable or _naming(audit, failed.unexplained) or f"name runs with --run ID{outside}"
        )
        raise UsageError(f"{msg}, {cut_short}" if cut_short else msg, hint)
    kinds = Counter(map(_kind_words, failed.runs))
    summary = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    remarks = [f"{count(len(failed.runs), 'run')} that failed: {summary}"]
    if failed.repeated:
        names = ", ".join(row.run.number_or_id for row in failed.repeated[:_MOST_NAMED])
        remarks.append(
            f"{count(len(failed.repeated), 'of them has', 'of them have')} a configuration that "
            f"another run completed: {names}"
        )
    remarks += [f"not among them: {cut_short}"] if cut_short else []
    remarks += filter(None, [_naming(audit, failed.unexplained), unstartable])
    metric = audit.question.metric.name if audit.question.is_judged else "a number"
    return ChosenRuns(
        rows=tuple(run.row for run in failed.runs),
        failures={run.row.run.id: _reason(run, metric) for run in failed.runs},
        remarks=tuple(remarks),
    )


def _naming(audit: Audit, rows: Sequence[RunAudit]) -> str:
    """How runs are named whose end nothing accounts for; empty where there are none."""
    if not rows:
        return ""
    words = [option("run", name_of(audit, row.run)) for row in rows[:_MOST_NAMED]]
    names = command_line([*chain.from_iterable(words)])
    more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    return f"nothing accounts for the end of {count(len(rows), 'run')}: {names}{more} takes them in"


def _kind_words(failed: FailedRun) -> str:
    return _KINDS.get(failed.kind) or cause_words(failed.row.termination.cause)


def _reason(failed: FailedRun, metric: str) -> str:
    words = _kind_words(failed)
    if failed.kind is FailureKind.NEVER_REPORTED:
        words = f"{words} {metric}"
    return f"{words}: {failed.row.termination.because}"

"""What was decided where run files share an id, as findings WBT112, WBT113 and WBT118.

Of each kind there is one finding, however many runs it is about. Texts hold file names and run ids
as other people wrote them; whoever renders a finding escapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.sources.local.repeated_rows import JoinedRows

_MOST_NAMED: Final = 20
_COUNT_ONCE: Final = (
    "steps that an attempt logged again after going back to a checkpoint count once"
)
_UNTOLD: Final = (
    "W&B's offline mode counts steps from 0 again, and no epoch is logged with every report"
    " that would tell which ones repeat what an earlier start had reached"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartedRun:
    """A run that was started several times.

    Attributes:
        run_id: Its id.
        paths: Its files.
        rows: Those of the metric by which runs are judged; None where none was read.
    """

    run_id: str
    paths: Sequence[Path]
    rows: JoinedRows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """A run file that is there twice.

    Attributes:
        run_id: Of both.
        left_out: The one that is not read.
        kept: The other.
    """

    run_id: str
    left_out: Path
    kept: Path


def repeated_run_ids(paths: Mapping[str, Sequence[Path]]) -> Finding:
    """Different runs have one id.

    Args:
        paths: By id, a file of each of its runs; one id or more.
    """
    files = [path for of_id in paths.values() for path in of_id]
    title = f"{len(paths)} ids have {len(files)} different runs; they are kept apart"
    if len(paths) == 1:
        title = f"{len(files)} different runs have the id {next(iter(paths))}; they are kept apart"
    return Finding(
        code="WBT112",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        subject=_subject(list(paths)),
        title=title,
        evidence={"run_ids": list(paths), "n_runs": len(files), "files": _shown(files)},
        hint="they overlap in time, have other settings, or the earlier one had finished and"
        " nothing was resumed",
    )


def copied_runs(copies: Sequence[CopiedFile]) -> Finding:
    """Run files are there twice; one or more."""
    n = len(copies)
    run_ids = list(dict.fromkeys(copy.run_id for copy in copies))
    title = f"{n} copies of {count(len(run_ids), 'run')} were left out"
    if n == 1:
        title = f"a copy of the run {run_ids[0]} was left out"
    return Finding(
        code="WBT118",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        subject=_subject(run_ids),
        title=title,
        evidence={
            "n_copies": n,
            "run_ids": run_ids,
            "files": _shown([copy.left_out for copy in copies]),
            "kept": _shown([copy.kept for copy in copies]),
        },
        hint=f"both files{'' if n == 1 else ' of each'} say that the run began at the same moment; "
        "the longer one was read",
    )


def restarted_runs(runs: Sequence[RestartedRun], metric: str | None = None) -> Iterator[Finding]:
    """Runs were started several times: one finding for all whose reports were counted alike.

    Args:
        runs: Those that were.
        metric: The one by which runs are judged; None where none was read.
    """
    groups: dict[tuple[bool, str | None, bool], list[RestartedRun]] = {}
    for run in runs:
        rows = run.rows
        made_again = rows is not None and rows.n_again > 0
        untold = rows is not None and rows.restarts and rows.counter is None and not made_again
        counter = rows.counter if rows is not None and made_again else None
        groups.setdefault((made_again, counter, untold), []).append(run)
    for (made_again, counter, untold), members in groups.items():
        title, hint = _started(members), _COUNT_ONCE
        evidence: dict[str, object] = {}
        if made_again:
            title, hint, evidence = _made_again(members, metric, counter)
        elif untold:
            title += f", and all reports of {metric} count, also those that "
            title += "it made again, if any" if len(members) == 1 else "they made again, if any"
            hint = _UNTOLD
        files = [path for run in members for path in run.paths]
        run_ids = [run.run_id for run in members]
        yield Finding(
            code="WBT113",
            severity=Severity.INFO,
            confidence=Confidence.MEDIUM,
            subject=_subject(run_ids),
            title=title,
            evidence={
                "run_ids": run_ids,
                "n_starts": len(files),
                "files": _shown(files),
                **evidence,
            },
            hint=hint,
        )


def _started(runs: Sequence[RestartedRun]) -> str:
    if len(runs) == 1:
        (run,) = runs
        return f"the run {run.run_id} was started {len(run.paths)} times; its files were joined"
    n_starts = sum(len(run.paths) for run in runs)
    return f"{len(runs)} runs were started {n_starts} times in all; the files of each were joined"


def _made_again(
    runs: Sequence[RestartedRun], metric: str | None, counter: str | None
) -> tuple[str, str, dict[str, object]]:
    """Title, hint and evidence of runs whose logged counter tells which reports they repeated."""
    again = {run.run_id: run.rows.n_again for run in runs if run.rows is not None}
    shifted = {run.run_id: run.rows.first_shifted for run in runs if run.rows is not None}
    it, n = "it" if len(runs) == 1 else "they", sum(again.values())
    title = f"{_started(runs)}, and {count(n, 'report')} of {metric} that {it} made again "
    title += f"{'counts' if n == 1 else 'count'} once, as the logged {counter} tells"
    hint = "a rule that counts every row, as W&B's server does, takes "
    if len(runs) == 1:
        hint += f"each report from number {shifted[runs[0].run_id]} on for one that came "
        hint += f"{count(n, 'report')} later"
    else:
        most = count(max(again.values()), "report")
        hint += f"what came behind them for reports that came later, by {most} at most"
    evidence = {
        "n_reports_again": n,
        "first_shifted_report": dict(list(shifted.items())[:_MOST_NAMED]),
        "counter": counter,
    }
    return title, hint, evidence


def _shown(paths: Sequence[Path]) -> list[str]:
    return [str(path) for path in paths[:_MOST_NAMED]]


def _subject(run_ids: Sequence[str]) -> str:
    return run_ids[0] if len(run_ids) == 1 else "sweep"

"""Processes of one distributed run that W&B took for runs: one of them logs the metric.

Each process of a distributed training that calls `wandb.init` makes a run of its own, or one more
file of the same run. They share group and configuration, begin within seconds and end together, and
usually the first one alone evaluates. The others are no runs that anybody could rank, stop or
repeat, so whoever asks about a metric is given the sweep without them, and is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import OtherProcess, RunState
from wbtools.model.configuration import configuration_key, is_rank
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from wbtools.model import Run, Sweep

BEGUN_TOGETHER_S: Final = 60.0
"""How many seconds apart the processes of one run may begin."""
_ENDED_TOGETHER_S: Final = 120.0
_MOST_NAMED: Final = 20


def without_other_processes(sweep: Sweep, metric: str) -> Sweep:
    """The sweep without the processes of distributed runs that do not log a metric.

    Such a process has the W&B group and the configuration of a run that logs it, which process it
    is left aside; it began within a minute of it and, unless it finished, ended at most two minutes
    before it.

    Args:
        sweep: With the curves of the metric; any other is given back as it is.
        metric: The one by which runs are judged.
    """
    curves = sweep.curves.get(metric)
    if curves is None:
        return sweep
    leaders: dict[tuple[str, str], list[Run]] = {}
    silent: list[Run] = []
    for run, is_silent in zip(sweep.runs, curves.is_silent.tolist(), strict=True):
        if not run.group or run.created_at is None:
            continue
        if not is_silent:
            leaders.setdefault(_key(run), []).append(run)
        elif metric not in run.summary:
            silent.append(run)
    leader_of = {
        run.id: leader.id
        for run in silent
        if (leader := _leader(run, leaders.get(_key(run), ()))) is not None
    }
    if not leader_of:
        return sweep
    kept = [row for row, run in enumerate(sweep.runs) if run.id not in leader_of]
    runs = tuple(sweep.runs[row] for row in kept)
    later_s = _first_s(runs) - _first_s(sweep.runs)
    return replace(
        sweep,
        runs=runs,
        curves={
            name: series.of_runs(kept, later_s=later_s) for name, series in sweep.curves.items()
        },
        curves_with_repeats={
            name: series.of_runs(kept, later_s=later_s)
            for name, series in sweep.curves_with_repeats.items()
        },
        other_processes=tuple(
            OtherProcess(run=run, leader_id=leader_of[run.id])
            for run in sweep.runs
            if run.id in leader_of
        ),
        findings=(*sweep.findings, _processes_with_own_ids(leader_of, metric)),
    )


def _key(run: Run) -> tuple[str, str]:
    return run.group or "", configuration_key(run.config, ignoring=is_rank)


def _leader(run: Run, leaders: Sequence[Run]) -> Run | None:
    """The run that began nearest to another one, and that did not outlive it by much."""
    near = [
        (distance_s, leader.id, leader)
        for leader in leaders
        if (distance_s := abs(_seconds(leader.created_at, run.created_at))) <= BEGUN_TOGETHER_S
        and _ended_with(run, leader)
    ]
    return min(near)[2] if near else None


def _ended_with(run: Run, leader: Run) -> bool:
    """Whether a silent run lived about as long as another one; a run that died alone is a run."""
    if run.state is RunState.FINISHED or run.state.is_going:
        return True
    if run.heartbeat_at is None or leader.heartbeat_at is None:
        return run.state is leader.state
    return _seconds(leader.heartbeat_at, run.heartbeat_at) >= -_ENDED_TOGETHER_S


def _seconds(before: datetime | None, after: datetime | None) -> float:
    return 0.0 if before is None or after is None else (after - before).total_seconds()


def _first_s(runs: Sequence[Run]) -> float:
    return min(run.created_at.timestamp() for run in runs if run.created_at is not None)


def _processes_with_own_ids(leader_of: dict[str, str], metric: str) -> Finding:
    n, sizes = len(leader_of), Counter(leader_of.values())
    return _finding(
        _title(count(n, "run"), n, len(sizes), "group", metric),
        {
            "metric": metric,
            "n_processes": n,
            "n_distributed_runs": len(sizes),
            "run_ids": list(leader_of)[:_MOST_NAMED],
        },
    )


def processes_with_one_id(paths: Sequence[Path], run_ids: Sequence[str], metric: str) -> Finding:
    """Say that run files are other processes of runs whose id they have.

    Args:
        paths: The files.
        run_ids: The runs.
        metric: What they do not log.
    """
    n = len(paths)
    return _finding(
        _title(count(n, "run file"), n, len(run_ids), "id", metric),
        {
            "metric": metric,
            "n_processes": n,
            "n_distributed_runs": len(run_ids),
            "files": [str(path) for path in paths[:_MOST_NAMED]],
            "run_ids": list(run_ids[:_MOST_NAMED]),
        },
    )


def _title(what: str, n: int, n_runs: int, shared: str, metric: str) -> str:
    are = "is another process" if n == 1 else "are the other processes"
    whose = "a distributed run" if n_runs == 1 else f"{n_runs} distributed runs"
    return (
        f"{what} {are} of {whose} (same {shared} and configuration, begun together, only one logs "
        f"{metric}), left out"
    )


def _finding(title: str, evidence: dict[str, object]) -> Finding:
    return Finding(
        code="WBT127",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        subject="sweep",
        title=title,
        evidence=evidence,
        hint="let the process of rank 0 alone call wandb.init, and W&B shows one run for each",
    )

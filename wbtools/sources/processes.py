"""Processes of one distributed run that W&B took for runs: one of them logs the metric.

Each process of a distributed training that calls `wandb.init` makes a run of its own, or one more
file of the same run. They share group and configuration, begin within seconds and end together in
the same way, and usually the first one alone evaluates. The others are no runs that anybody could
rank, stop or repeat, so whoever asks about a metric is given the sweep without them, and is told.

Replicas of one configuration may begin together, too. One that failed, died or ended early beside a
run that went on is a run that lacks the metric, and stays one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import OtherProcess
from wbtools.model.configuration import canonical, configuration_key, is_rank
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from wbtools.model import Run, Sweep

BEGUN_TOGETHER_S: Final = 60.0
"""How many seconds apart the processes of one run may begin."""
_ENDED_TOGETHER_S: Final = 120.0
_ENDED_TOGETHER_SHARE: Final = 0.1
"""Of the time of the run that logs the metric, if that is less."""
_SLACK_S: Final = 5.0
"""However short that time is: reports and clocks are seconds apart."""
_MOST_NAMED: Final = 20


def without_other_processes(sweep: Sweep, metric: str) -> Sweep:
    """The sweep without the processes of distributed runs that do not log a metric.

    Such a process has the W&B group and the configuration of a run that logs it, which process it
    is left aside; it began within a minute of it, came to the same end, and its last sign of life
    is at most two minutes, and at most a tenth of that run's time, from that run's (five seconds
    always do). Where both finished, and their ranks or their hosts tell them apart, it may have
    left no later sign.

    Args:
        sweep: With the curves of the metric; any other is given back as it is.
        metric: The one by which runs are judged.
    """
    curves = sweep.curves.get(metric)
    if curves is None:
        return sweep
    key_of = _keys(sweep.runs)
    leaders: dict[tuple[str, str], list[Run]] = {}
    silent: list[Run] = []
    for run, is_silent in zip(sweep.runs, curves.is_silent.tolist(), strict=True):
        if run.id not in key_of:
            continue
        if not is_silent:
            leaders.setdefault(key_of[run.id], []).append(run)
        elif metric not in run.summary:
            silent.append(run)
    others = [
        OtherProcess(run=run, leader_id=leader.id)
        for run in silent
        if (leader := _leader(run, leaders.get(key_of[run.id], ()))) is not None
    ]
    if not others:
        return sweep
    left_out = {other.run.id for other in others}
    kept = [row for row, run in enumerate(sweep.runs) if run.id not in left_out]
    return replace(
        sweep.of_runs(kept),
        other_processes=tuple(others),
        findings=(*sweep.findings, _processes_with_own_ids(others, sweep.runs, metric)),
    )


def _keys(runs: Sequence[Run]) -> dict[str, tuple[str, str]]:
    """By run id, what the processes of one run share; nothing for a run that can be none of them.

    `rank` may be LoRA's: names like it say which process only where they number the runs of one
    group and configuration from 0, and take no other values in the sweep.
    """
    alike: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.group and run.created_at is not None:
            key = (run.group, configuration_key(run.config, ignoring=is_rank))
            alike.setdefault(key, []).append(run)
    numbering = _numbering(runs)
    return {
        run.id: (group, configuration_key(run.config, ignoring=names.__contains__))
        for (group, _), members in alike.items()
        for names in (numbering & _numbering(members),)
        for run in members
    }


def _numbering(runs: Sequence[Run]) -> set[str]:
    """The rank-like names whose values are 0, 1, … without a gap."""
    values: dict[str, set[str]] = {}
    for run in runs:
        for name in filter(is_rank, run.config):
            values.setdefault(name, set()).add(_rank(run, name))
    return {name for name, found in values.items() if found == set(map(str, range(len(found))))}


def _rank(run: Run, name: str) -> str:
    return canonical(run.config.get(name)).removeprefix("'")


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
    """Whether a silent run ended as another one did and when it did; if not, it is a run."""
    if _end(run) != _end(leader):
        return False
    if run.has_finished and _are_told_apart(run, leader):
        return True  # a process that logs nothing leaves no sign of life but its exit
    if run.heartbeat_at is None or leader.heartbeat_at is None:
        return False
    apart_s = abs(_seconds(leader.heartbeat_at, run.heartbeat_at))
    lasted_s = _seconds(leader.created_at, leader.heartbeat_at)
    return apart_s <= max(_SLACK_S, min(_ENDED_TOGETHER_S, _ENDED_TOGETHER_SHARE * lasted_s))


def _end(run: Run) -> str:
    """How a run ended; one interrupt leaves its processes in different states."""
    if run.has_finished:
        return "finished"
    return "going" if run.state.is_going else "interrupted"


def _are_told_apart(run: Run, leader: Run) -> bool:
    """Whether ranks or hosts say that two runs are two processes of one."""
    if run.host and leader.host and run.host != leader.host:
        return True
    names = filter(is_rank, run.config)
    return any(_rank(run, name) != _rank(leader, name) for name in names)


def _seconds(before: datetime | None, after: datetime | None) -> float:
    return 0.0 if before is None or after is None else (after - before).total_seconds()


def _processes_with_own_ids(
    others: Sequence[OtherProcess], runs: Sequence[Run], metric: str
) -> Finding:
    n, sizes = len(others), Counter(other.leader_id for other in others)
    by_id = {run.id: run for run in runs}
    are_told = all(_are_told_apart(other.run, by_id[other.leader_id]) for other in others)
    return _finding(
        _title(count(n, "run"), n, len(sizes), "group", metric),
        {
            "metric": metric,
            "n_processes": n,
            "n_distributed_runs": len(sizes),
            "run_ids": [other.run.id for other in others[:_MOST_NAMED]],
        },
        Confidence.HIGH if are_told else Confidence.MEDIUM,
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
        Confidence.HIGH,
    )


def _title(what: str, n: int, n_runs: int, shared: str, metric: str) -> str:
    are = "is another process" if n == 1 else "are the other processes"
    whose = "a distributed run" if n_runs == 1 else f"{n_runs} distributed runs"
    return (
        f"{what} {are} of {whose} (same {shared} and configuration, begun together, only one logs "
        f"{metric}), left out"
    )


def _finding(title: str, evidence: dict[str, object], confidence: Confidence) -> Finding:
    return Finding(
        code="WBT127",
        severity=Severity.INFO,
        confidence=confidence,
        subject="sweep",
        title=title,
        evidence=evidence,
        hint="call wandb.init only in the process of rank 0, so that W&B shows one run for each",
    )

"""Sweeps from local W&B run files, without network and without the SDK."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING

from wbtools.model import Curves, Run, RunState, Sweep, SweepRef
from wbtools.model.progress import LIBRARY_NAMES
from wbtools.sources.local.fallbacks import completed
from wbtools.sources.local.findings import (
    file_findings,
    unidentified_files,
    unreadable_folder,
)
from wbtools.sources.local.leveldb_log import ENDED_EARLY, DamageKind
from wbtools.sources.local.merging import Attempt, RecordedRun, join
from wbtools.sources.local.run_file import metric_names, read_run_file
from wbtools.sources.local.run_folders import LocalSweep, find_sweeps
from wbtools.sources.local.taken_configurations import lost_runs, lost_sweeps
from wbtools.sources.run_numbers import label_runs
from wbtools.sources.timestamps import time_of
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wbtools.findings import Finding
    from wbtools.sources.local.kept_reads import KeptReads
    from wbtools.sources.local.local_file import LocalFile
    from wbtools.sources.local.run_reading import RunFile
    from wbtools.sources.run_numbers import RunLabel

__all__ = [
    "LocalSweep",
    "candidate_metrics",
    "curve_sizes",
    "find_sweeps",
    "id_of",
    "load",
]


def load(
    local_sweep: LocalSweep,
    metrics: Sequence[str],
    *,
    with_summary: bool = True,
    as_of: datetime | None = None,
    on_file: Callable[[int, int], None] | None = None,
    kept: KeptReads | None = None,
) -> Sweep:
    """Read a sweep: every run file once, one at a time.

    Args:
        local_sweep: One of `find_sweeps`.
        metrics: The metrics whose curves are wanted, by the names that W&B shows.
        with_summary: False leaves the runs' summaries empty, and takes half the time.
        as_of: The moment up to which the files speak; now by default, as they may still grow.
        on_file: Called with the number of files read and the number of all files.
        kept: What was read of files before, which is not read again.
    """
    read = read_run_file if kept is None else kept.read_run_file
    attempts = []
    findings: list[Finding] = [unreadable_folder(path) for path in local_sweep.unreadable]
    if local_sweep.sweep_id is not None and local_sweep.unidentified:
        findings.append(unidentified_files([file.path for file in local_sweep.unidentified]))
    how_often = Counter(file.run_id for file in local_sweep.files)
    if local_sweep.sweep_id is not None and local_sweep.lost:
        findings.append(lost_runs(local_sweep.lost, local_sweep.n_runs))
    if local_sweep.sweep_id is not None and local_sweep.lost_sweeps:
        findings.append(lost_sweeps(local_sweep.lost_sweeps))
    for n, file in enumerate(local_sweep.files, start=1):
        progress = LIBRARY_NAMES if metrics and how_often[file.run_id] > 1 else ()
        run = completed(
            read(file.path, (*metrics, *progress), with_summary=with_summary),
            file.folder,
            file.sweep_config,
            with_summary=with_summary,
        )
        attempts.append(Attempt(file=file, run=run))
        if on_file is not None:
            on_file(n, len(local_sweep.files))
    findings.extend(file_findings((attempt.file.path, attempt.run) for attempt in attempts))
    recorded, decisions = join(attempts, next(iter(metrics), None))
    recorded.sort(
        key=lambda recorded_run: (
            _start_s(recorded_run) is None,
            _start_s(recorded_run) or 0.0,
            recorded_run.id,
        )
    )
    origin_s = next(
        (s for recorded_run in recorded if (s := _start_s(recorded_run)) is not None), None
    )
    complete = all(
        _is_complete(attempt.run) for recorded_run in recorded for attempt in recorded_run.attempts
    )
    curves, curves_with_repeats = {}, {}
    for metric in dict.fromkeys(metrics):
        joined = [(recorded_run.id, recorded_run.rows(metric)) for recorded_run in recorded]
        if origin_s is None:
            times = (float(rows.counted.times_s.min(initial=math.inf)) for _, rows in joined)
            origin_s = min((at for at in times if math.isfinite(at)), default=0.0)
        pack = partial(Curves.pack, metric, origin_s=origin_s, complete=complete)
        curves[metric] = pack([(run_id, rows.rows) for run_id, rows in joined])
        if any(rows.n_again for _, rows in joined):
            curves_with_repeats[metric] = pack([(run_id, rows.counted) for run_id, rows in joined])
    return Sweep(
        ref=_ref(local_sweep, attempts),
        runs=_runs(recorded, local_sweep),
        curves=curves,
        curves_with_repeats=curves_with_repeats,
        as_of=as_of or datetime.now(UTC),
        origin=f"{count(len(attempts), 'local run file')} of {count(len(recorded), 'run')}"
        f" in {local_sweep.root}",
        findings=(*findings, *decisions),
    )


def candidate_metrics(
    local_sweep: LocalSweep, limit_files: int = 50, *, kept: KeptReads | None = None
) -> dict[str, int]:
    """Count, for each numeric metric, the runs with at least one finite report, most first.

    At most `limit_files` files are read, spread evenly over the sweep: with more files than that
    the counts are those of a sample. What was `kept` of files before is not read again.
    """
    names_of = metric_names if kept is None else kept.metric_names
    runs_of: dict[str, set[str]] = {}
    for file in sample_of(local_sweep, limit_files):
        for name, n_reports in names_of(file.path).items():
            if n_reports:
                runs_of.setdefault(name, set()).add(file.run_id)
    counts = {name: len(runs) for name, runs in runs_of.items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def sample_of(local_sweep: LocalSweep, limit_files: int = 50) -> Sequence[LocalFile]:
    """The run files that `candidate_metrics` reads: all, or some that are spread over the sweep."""
    files = local_sweep.files
    return files[:: max(1, -(-len(files) // max(1, limit_files)))]


def curve_sizes(
    local_sweep: LocalSweep, limit_files: int = 3, *, kept: KeptReads | None = None
) -> dict[str, int]:
    """Runs times the longest series of each numeric metric, by the largest files alone.

    What was `kept` of files before is not read again.
    """
    names_of = metric_names if kept is None else kept.metric_names
    files = sorted(local_sweep.files, key=lambda file: _size(file.path), reverse=True)
    longest: dict[str, int] = {}
    for file in files[:limit_files]:
        for name, n_reports in names_of(file.path).items():
            longest[name] = max(n_reports, longest.get(name, 0))
    return {name: n * local_sweep.n_runs for name, n in longest.items()}


def _size(path: Path) -> int:
    """Bytes of a file; 0 for one that cannot be looked at, which says so when it is read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_complete(file: RunFile) -> bool:
    """Say whether no history row of a file can have been lost on the way."""
    return all(damage.kind in {*ENDED_EARLY, DamageKind.NAMES} for damage in file.damage)


def id_of(local_sweep: LocalSweep) -> str:
    """The sweep's id; runs outside sweeps go by the name of their folder."""
    return local_sweep.sweep_id or local_sweep.root.resolve().name


def _ref(local_sweep: LocalSweep, attempts: Sequence[Attempt]) -> SweepRef:
    """Name the sweep as a user would; runs outside sweeps go by their folder."""
    return SweepRef(
        sweep_id=id_of(local_sweep),
        entity=next((attempt.run.entity for attempt in attempts if attempt.run.entity), None),
        project=next((attempt.run.project for attempt in attempts if attempt.run.project), None),
        path=str(local_sweep.root),
    )


def _runs(recorded: Sequence[RecordedRun], local_sweep: LocalSweep) -> tuple[Run, ...]:
    labels = label_runs(
        (
            (
                run.id,
                _last_known(run, "display_name") or local_sweep.names.get(run.id),
                time_of(_start_s(run)),
            )
            for run in recorded
        ),
        named_elsewhere={run.id for run in recorded if run.is_named_elsewhere},
    )
    return tuple(starmap(_run, zip(recorded, labels, strict=True)))


def _run(recorded: RecordedRun, label: RunLabel) -> Run:
    files = [attempt.run for attempt in recorded.attempts]
    last = files[-1]
    signs_s = [file.last_timestamp_s for file in files if file.last_timestamp_s is not None]
    return Run(
        id=recorded.id,
        name=label.name,
        number=label.number,
        number_from=label.number_from,
        state=_state(last),
        created_at=time_of(_start_s(recorded)),
        heartbeat_at=time_of(max(signs_s, default=None)),
        runtime_s=_runtime_s(files),
        exit_code=last.exit_code,
        config=recorded.config(),
        summary=recorded.summary(),
        program=_last_known(recorded, "program"),
        argv=next((file.argv for file in reversed(files) if file.argv is not None), None),
        git_commit=_last_known(recorded, "git_commit"),
        host=_last_known(recorded, "host"),
        gpu=_last_known(recorded, "gpu"),
        tags=next((file.tags for file in reversed(files) if file.tags), ()),
        group=_last_known(recorded, "group"),
        job_type=_last_known(recorded, "job_type"),
        sdk_version=_last_known(recorded, "sdk_version"),
        attempts=len(files),
    )


def _state(last: RunFile) -> RunState:
    """Name the state as W&B's server would, from what the last attempt left behind.

    A run that announced its preemption is preempted unless it exits with 0. Without an exit
    record nobody can tell a crash from a run that is still going.
    """
    if last.exited:
        if last.exit_code == 0:
            return RunState.FINISHED
        return RunState.PREEMPTED if last.preempting else RunState.FAILED
    return RunState.PREEMPTING if last.preempting else RunState.UNKNOWN


def _runtime_s(files: Sequence[RunFile]) -> float | None:
    """Add up the attempts, each from its start to its last sign of life; None if one is not so."""
    spans_s = [
        file.last_timestamp_s - file.started_at_s
        for file in files
        if file.last_timestamp_s is not None and file.started_at_s is not None
    ]
    return sum(spans_s) if spans_s and min(spans_s) >= 0 else None


def _start_s(recorded: RecordedRun) -> float | None:
    starts_s = [attempt.run.started_at_s for attempt in recorded.attempts]
    return min((at for at in starts_s if at is not None), default=None)


def _last_known(recorded: RecordedRun, name: str) -> str | None:
    """Give a text of the latest attempt that has it."""
    texts = (getattr(attempt.run, name) for attempt in reversed(recorded.attempts))
    return next((str(text) for text in texts if text), None)

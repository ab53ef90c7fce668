"""Run files joined into runs: one run may have been started several times, or copied.

Files of one run id are put in the order of their start. A later file goes on with an earlier one if
they do not overlap in time and the later one was resumed, as W&B's server says. Where nothing was
resumed (offline, nothing ever is), a run goes on only if it was cut off: if the earlier file ended
with exit code 0, the later one is another run, unless it logs that it begins further on; and so it
is if values differ that the sweep searched (`searched_names.py`). In two `wandb/` folders the whole
configuration has to be the same. A file with the very same start is a copy: the longer one counts.
Files that began together with one configuration, of which only one logs the metric, are the
processes of one distributed run: the others are left out. Anything else is another run that happens
to have the same id, and gets a suffix: `abc~2`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import same_value
from wbtools.sources.local.repeat_findings import (
    CopiedFile,
    RestartedRun,
    copied_runs,
    repeated_run_ids,
    restarted_runs,
)
from wbtools.sources.local.repeated_rows import JoinedRows, goes_on_training, joined_rows
from wbtools.sources.local.searched_names import names_that_agents_set, names_that_vary
from wbtools.sources.processes import BEGUN_TOGETHER_S, processes_with_one_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from wbtools.findings import Finding
    from wbtools.sources.local.local_file import LocalFile
    from wbtools.sources.local.run_reading import RunFile

_STAMP: Final = re.compile(r"run-(\d{8}_\d{6})-")
_CLOCK_SLACK_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One start of a run: its file, and what the file says."""

    file: LocalFile
    run: RunFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """A run with all its attempts, in the order of their start.

    Attributes:
        id: The run id, with a suffix where another run has the same.
    """

    id: str
    attempts: tuple[Attempt, ...]

    @property
    def is_named_elsewhere(self) -> bool:
        """Whether a server may have given the run a name that no file holds."""
        return any(attempt.file.is_named_elsewhere for attempt in self.attempts)

    def rows(self, metric: str) -> JoinedRows:
        """Give the rows of a metric over all attempts."""
        return joined_rows([attempt.run for attempt in self.attempts], metric)

    def config(self) -> Mapping[str, object]:
        """Give the configuration; a later attempt's value wins."""
        return {k: v for attempt in self.attempts for k, v in attempt.run.config.items()}

    def summary(self) -> Mapping[str, object]:
        """Give the summary; a later attempt's value wins."""
        return {k: v for attempt in self.attempts for k, v in attempt.run.summary.items()}


def join(
    attempts: Iterable[Attempt], metric: str | None = None
) -> tuple[list[RecordedRun], list[Finding]]:
    """Join run files into runs, and say where that took a decision.

    Args:
        attempts: Of one sweep.
        metric: The one by which the runs are judged, if they were read with any.
    """
    by_id: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_id.setdefault(attempt.run.run_id, []).append(attempt)
    taken = set(by_id)
    swept = _swept(by_id)
    runs: list[RecordedRun] = []
    copies: list[CopiedFile] = []
    repeated: dict[str, list[Path]] = {}
    restarted: list[RestartedRun] = []
    other_processes: dict[str, list[Attempt]] = {}
    for run_id, members in by_id.items():
        alone = _in_order(members)
        if metric is not None and len(members) > 1:
            alone, others = _processes(alone, metric)
            if others:
                other_processes[run_id] = others
        chains = _chains(alone, swept, copies)
        if len(chains) > 1:
            repeated[run_id] = [chain[0].file.path for chain in chains]
        for chain in chains:
            unique = run_id if chain is chains[0] else _free(run_id, taken)
            run = RecordedRun(id=unique, attempts=tuple(chain))
            runs.append(run)
            if len(chain) > 1:
                paths = [attempt.file.path for attempt in chain]
                rows = None if metric is None else run.rows(metric)
                restarted.append(RestartedRun(run_id=unique, paths=paths, rows=rows))
    findings = [copied_runs(copies)] if copies else []
    if repeated:
        findings.append(repeated_run_ids(repeated))
    findings.extend(restarted_runs(restarted, metric))
    if metric is not None and other_processes:
        files = [attempt.file.path for others in other_processes.values() for attempt in others]
        findings.append(processes_with_one_id(files, list(other_processes), metric))
    return runs, findings


def _swept(by_id: Mapping[str, Sequence[Attempt]]) -> frozenset[str]:
    """The names that were searched, looked for where ids repeat; none outside sweeps."""
    attempts = [attempt for members in by_id.values() for attempt in members]
    if len(attempts) == len(by_id) or all(attempt.file.sweep_id is None for attempt in attempts):
        return frozenset()
    return (
        names_that_agents_set(attempt.file for attempt in attempts)
        or names_that_vary([members[0].run.config for members in by_id.values()])
        or names_that_vary([attempt.run.config for attempt in attempts])
    )


def _processes(attempts: list[Attempt], metric: str) -> tuple[list[Attempt], list[Attempt]]:
    """Part the files that log the metric from those of other processes of the same run."""
    logging = [attempt for attempt in attempts if len(attempt.run.series[metric].values)]
    others = [
        attempt
        for attempt in attempts
        if not len(attempt.run.series[metric].values)
        and any(_is_process_of(attempt.run, leader.run) for leader in logging)
    ]
    return [attempt for attempt in attempts if attempt not in others], others


def _is_process_of(silent: RunFile, leader: RunFile) -> bool:
    """Whether both began together, and neither is what went on when the other one had failed."""
    if silent.started_at_s is None or leader.started_at_s is None:
        return False
    if abs(silent.started_at_s - leader.started_at_s) > BEGUN_TOGETHER_S:
        return False
    first, second = sorted((silent, leader), key=lambda file: file.started_at_s or 0.0)
    at_once = first.last_timestamp_s is not None and first.last_timestamp_s > (
        second.started_at_s or 0.0
    )
    ran_its_course = silent.exited and silent.exit_code == 0 and silent.n_rows > 0
    return silent.config == leader.config and (at_once or ran_its_course)


def _in_order(attempts: list[Attempt]) -> list[Attempt]:
    """Sort by start; by the local time in the folders' names if some starts are unknown."""
    if all(attempt.run.started_at_s is not None for attempt in attempts):
        return sorted(
            attempts, key=lambda attempt: (attempt.run.started_at_s or 0.0, str(attempt.file.path))
        )
    return sorted(attempts, key=lambda attempt: (_stamp(attempt.file), str(attempt.file.path)))


def _stamp(file: LocalFile) -> str:
    match = _STAMP.search(file.folder.name) if file.folder is not None else None
    return match[1] if match else ""


def _chains(
    attempts: list[Attempt], swept: Collection[str], copies: list[CopiedFile]
) -> list[list[Attempt]]:
    """Divide the files of one run id into runs."""
    chains: list[list[Attempt]] = []
    for attempt in attempts:
        for chain in chains:
            if _same_start(chain[-1].run, attempt.run):
                kept = max(
                    chain[-1],
                    attempt,
                    key=lambda candidate: (candidate.run.n_rows, candidate.run.exited),
                )
                left_out = attempt if kept is chain[-1] else chain[-1]
                copies.append(
                    CopiedFile(
                        run_id=attempt.run.run_id,
                        left_out=left_out.file.path,
                        kept=kept.file.path,
                    )
                )
                chain[-1] = kept
                break
            if _goes_on(chain[-1], attempt, swept):
                chain.append(attempt)
                break
        else:
            chains.append([attempt])
    return chains


def _same_start(run: RunFile, other: RunFile) -> bool:
    return (
        run.started_at_s is not None
        and run.started_at_s == other.started_at_s
        and run.config == other.config
    )


def _goes_on(earlier: Attempt, later: Attempt, swept: Collection[str]) -> bool:
    """Say whether `later` is the same run, started again."""
    before, after = earlier.run, later.run
    if (
        before.last_timestamp_s is not None
        and after.started_at_s is not None
        and before.last_timestamp_s > after.started_at_s + _CLOCK_SLACK_S
    ):
        return False
    if after.resumed:
        return True
    same_home = earlier.file.home == later.file.home
    if not after.has_run and same_home:
        return True  # it was killed before it could say anything
    if before.exit_code == 0 and not before.preempting:
        return same_home and before.config == after.config and goes_on_training(before, after)
    if same_home:
        return not _differ(before.config, after.config, swept)
    return before.config == after.config


def _differ(left: Mapping[str, object], right: Mapping[str, object], names: Iterable[str]) -> bool:
    return any(
        name in left and name in right and not same_value(left[name], right[name]) for name in names
    )


def _free(run_id: str, taken: set[str]) -> str:
    n = 2
    while f"{run_id}~{n}" in taken:
        n += 1
    taken.add(f"{run_id}~{n}")
    return f"{run_id}~{n}"

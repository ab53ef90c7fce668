"""Run files joined into runs: one run may have been started several times, or copied.

Files of one run id are put in the order of their start. A later file goes on with an earlier one
if they do not overlap in time and lie in one `wandb/` folder, or in two but the later one was
resumed, or the earlier one did not finish and both have the same configuration. A file with the
very same start is a copy: the longer one counts. Anything else is another run that happens to
have the same id, and gets a suffix: `abc~2`.

Histories are put one after the other. If an attempt begins at step 0 it is kept whole: W&B's
offline mode counts from 0 again after every start. If it begins later, but at a step that the run
had already reached, it went on from a checkpoint, and its steps up to that point are left out: so
does W&B, which takes no row whose step does not rise ("steps must be monotonically increasing").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model import Series
from wbtools.sources.local.findings import copied_run, merged_run, repeated_run_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.findings import Finding
    from wbtools.sources.local.run_file import RunFile
    from wbtools.sources.local.run_folders import LocalFile

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

    def series(self, metric: str) -> Series:
        """Give the rows of a metric over all attempts."""
        return _joined([attempt.run for attempt in self.attempts], metric)

    def config(self) -> Mapping[str, object]:
        """Give the configuration; a later attempt's value wins."""
        return {k: v for attempt in self.attempts for k, v in attempt.run.config.items()}

    def summary(self) -> Mapping[str, object]:
        """Give the summary; a later attempt's value wins."""
        return {k: v for attempt in self.attempts for k, v in attempt.run.summary.items()}


def join(attempts: Iterable[Attempt]) -> tuple[list[RecordedRun], list[Finding]]:
    """Join run files into runs, and say where that took a decision."""
    by_id: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_id.setdefault(attempt.run.run_id, []).append(attempt)
    taken = set(by_id)
    runs: list[RecordedRun] = []
    findings: list[Finding] = []
    for run_id, members in by_id.items():
        chains = _chains(_in_order(members), findings)
        if len(chains) > 1:
            findings.append(repeated_run_id(run_id, [chain[0].file.path for chain in chains]))
        for chain in chains:
            unique = run_id if chain is chains[0] else _free(run_id, taken)
            runs.append(RecordedRun(id=unique, attempts=tuple(chain)))
            if len(chain) > 1:
                findings.append(merged_run(unique, [attempt.file.path for attempt in chain]))
    return runs, findings


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


def _chains(attempts: list[Attempt], findings: list[Finding]) -> list[list[Attempt]]:
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
                findings.append(copied_run(attempt.run.run_id, left_out.file.path, kept.file.path))
                chain[-1] = kept
                break
            if _goes_on(chain[-1], attempt):
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


def _goes_on(earlier: Attempt, later: Attempt) -> bool:
    """Say whether `later` is the same run, started again."""
    before, after = earlier.run, later.run
    if (
        before.last_timestamp_s is not None
        and after.started_at_s is not None
        and before.last_timestamp_s > after.started_at_s + _CLOCK_SLACK_S
    ):
        return False
    if earlier.file.home == later.file.home or after.resumed:
        return True
    return before.exit_code != 0 and before.config == after.config


def _free(run_id: str, taken: set[str]) -> str:
    n = 2
    while f"{run_id}~{n}" in taken:
        n += 1
    taken.add(f"{run_id}~{n}")
    return f"{run_id}~{n}"


def _joined(runs: Sequence[RunFile], metric: str) -> Series:
    """Put the rows of all attempts one after the other, without the steps logged twice."""
    if len(runs) == 1:
        return runs[0].series[metric]
    parts: list[Series] = []
    reached = -1
    for run in runs:
        rows = run.series[metric]
        if not run.first_step:
            reached = -1
        elif run.first_step <= reached:
            fresh = rows.steps > reached
            rows = Series(
                values=rows.values[fresh], steps=rows.steps[fresh], times_s=rows.times_s[fresh]
            )
        reached = max(reached, int(rows.steps.max(initial=-1)))
        parts.append(rows)
    return Series(
        values=np.concatenate([part.values for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        times_s=np.concatenate([part.times_s for part in parts]),
    )

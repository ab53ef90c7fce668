"""Runs and sweeps as recorded, whatever source they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.text.brief import one_line
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.findings import Finding
    from wbtools.model.curves import Curves
    from wbtools.model.guard import GuardDecision


class RunState(StrEnum):
    """W&B's own words for the state of a run, and `unknown` where no source says."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CRASHED = "crashed"
    KILLED = "killed"
    PREEMPTING = "preempting"
    PREEMPTED = "preempted"
    UNKNOWN = "unknown"

    @property
    def is_going(self) -> bool:
        """Whether W&B takes the run to be at work, or about to be."""
        return self in {RunState.PENDING, RunState.RUNNING, RunState.PREEMPTING}

    @property
    def has_failed(self) -> bool:
        """Whether W&B takes an error to have ended the run: it failed or crashed."""
        return self in {RunState.FAILED, RunState.CRASHED}

    @property
    def ended_abnormally(self) -> bool:
        """Whether it failed, crashed or was killed: bayes imputes a value for such a run."""
        return self.has_failed or self is RunState.KILLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, every text in it written by other people and therefore hostile.

    Attributes:
        id: W&B's run id; unique within a `Sweep` (a repeated id gets a `~2`, `~3`, … suffix).
        name: Display name, or the id where no source holds a name.
        number: What `--run 8` means, from 0; None where no number means this run alone.
        number_from: `name` (trailing number of the display name), `table` (a run-number column)
            or `order` (place by creation, from 1); None without a number.
        state: As the source tells it. Evidence, not a verdict: see `wbtools.analysis`.
        created_at: When the run began, aware UTC; None if unknown.
        heartbeat_at: Last sign of life, aware UTC; None if unknown.
        runtime_s: Seconds the run was at work, pauses between attempts not counted.
        exit_code: The exit code that was recorded; None if none was.
        stopped: W&B's `stopped` flag; None where the source does not hold it.
        should_stop: W&B's `shouldStop` flag; None where the source does not hold it.
        config: Configuration, nested keys joined with dots.
        summary: Last summary, nested keys joined with dots.
        n_reports: How many reports the run is said to have made, where the source holds no
            curve (a run table); None elsewhere.
        attempts: How many run files (starts of the process) were merged into this run.
    """

    id: str
    name: str
    number: int | None
    number_from: str | None
    state: RunState = RunState.UNKNOWN
    created_at: datetime | None = None
    heartbeat_at: datetime | None = None
    runtime_s: float | None = None
    exit_code: int | None = None
    stopped: bool | None = None
    should_stop: bool | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    summary: Mapping[str, object] = field(default_factory=dict)
    program: str | None = None
    argv: tuple[str, ...] | None = None
    git_commit: str | None = None
    host: str | None = None
    gpu: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    job_type: str | None = None
    sdk_version: str | None = None
    n_reports: int | None = None
    attempts: int = 1

    @property
    def has_finished(self) -> bool:
        """Whether it ended with exit code 0, or W&B says so."""
        return self.exit_code == 0 or self.state is RunState.FINISHED

    def __repr__(self) -> str:
        """One line, as `<run 5 (ivory-sweep-5): finished>`."""
        return one_line(f"run {self.called}", self.state)

    @property
    def called(self) -> str:
        """Its number and its name, as far as it has both; hostile text."""
        named = self.name != self.number_or_id
        return f"{self.number_or_id} ({self.name})" if named else self.number_or_id

    @property
    def number_or_id(self) -> str:
        """What the run is called in answers: its number, or its id where it has none."""
        return self.id if self.number is None else str(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRef:
    """Where a sweep came from: the words a user could type to name it again.

    Attributes:
        sweep_id: W&B's sweep id, or the file's stem for a run table.
        path: The local path, where the source is one.
        base_url: The server, where the source is one.
    """

    sweep_id: str
    entity: str | None = None
    project: str | None = None
    path: str | None = None
    base_url: str | None = None

    def __str__(self) -> str:
        """The reference as the command line takes it."""
        if self.path is not None:
            return self.path
        return "/".join(part for part in (self.entity, self.project, self.sweep_id) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReading:
    """How a run table was read.

    Attributes:
        format: Which tool wrote it, in words: "Optuna's trials".
        tells_parameters: Whether the format marks parameters; else columns are judged by their
            names and numbers.
        not_parameters: Columns that hold results, and no configuration; hostile text.
    """

    format: str
    tells_parameters: bool
    not_parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherProcess:
    """A run that is one more process of another run, and so no run of the sweep's.

    Attributes:
        run: As recorded.
        leader_id: The id of the run whose other process it is.
    """

    run: Run
    leader_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A sweep as recorded: runs in order of creation, and their curves by metric name.

    Attributes:
        runs: All runs, by creation (unknown times last, then by id).
        curves: `Curves` by metric name, rows in the order of `runs`; empty for a run table.
        curves_with_repeats: The same with the reports that runs made again after they had gone
            back, all of which W&B's server counts; only of metrics of which there are any.
        other_processes: What was left out of `runs` as processes of distributed runs that do not
            log the metric.
        as_of: The moment up to which the recording speaks, aware UTC.
        origin: One sentence that says what was read, for people.
        configuration: The sweep's own configuration, the YAML text that W&B holds; None where the
            source does not hold it.
        findings: What was wrong with the recording itself (damage, repeated ids, …).
        table: How a run table was read; None for other sources.
        guard_stops: By run id, the decision on which `wbtools guard` last asked W&B to stop the
            run; empty where the source holds no journal of a guard.
    """

    ref: SweepRef
    runs: tuple[Run, ...]
    curves: Mapping[str, Curves] = field(default_factory=dict)
    curves_with_repeats: Mapping[str, Curves] = field(default_factory=dict)
    other_processes: tuple[OtherProcess, ...] = ()
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))
    origin: str = ""
    configuration: str | None = None
    findings: tuple[Finding, ...] = ()
    table: TableReading | None = None
    guard_stops: Mapping[str, GuardDecision] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line, as `<sweep ab12cd34: 36 runs, curves of acc, lr>`."""
        curves = f"curves of {', '.join(self.curves)}" if self.curves else "no curves"
        return one_line(f"sweep {self.ref.sweep_id}", count(len(self.runs), "run"), curves)

    @property
    def is_complete(self) -> bool:
        """Whether no report of its curves is known to be missing."""
        return all(curves.complete for curves in self.curves.values())

    def of_runs(self, rows: Sequence[int]) -> Sweep:
        """The sweep with some of its runs alone, times counted from the first of these.

        Args:
            rows: Which, in the order that they shall have.
        """
        runs = tuple(self.runs[row] for row in rows)
        later_s = _later_s(runs, self.runs)
        return replace(
            self,
            runs=runs,
            curves={name: of.of_runs(rows, later_s=later_s) for name, of in self.curves.items()},
            curves_with_repeats={
                name: of.of_runs(rows, later_s=later_s)
                for name, of in self.curves_with_repeats.items()
            },
            guard_stops={
                run.id: self.guard_stops[run.id] for run in runs if run.id in self.guard_stops
            },
        )


def _later_s(runs: Sequence[Run], among: Sequence[Run]) -> float:
    """By how much the first of some runs began later than the first of all; 0 if nothing tells."""
    starts, all_starts = (
        [run.created_at for run in part if run.created_at is not None] for part in (runs, among)
    )
    return (min(starts) - min(all_starts)).total_seconds() if starts else 0.0

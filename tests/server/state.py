"""What the server knows: projects, runs, sweeps, agents. No HTTP, no GraphQL."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from tests.server.history import History, RowHistory
from tests.server.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.artifacts import Artifact

ENDED = frozenset({"finished", "failed", "crashed", "killed", "preempted"})
_WORDS = ("amber", "brisk", "calm", "dusty", "eager", "fresh", "gentle", "hardy", "icy", "jolly")


@dataclass(slots=True, kw_only=True)
class Run:
    """One run, with everything that was ever said about it."""

    id: str
    name: str
    entity: str
    project: str
    number: int
    display_name: str = ""
    state: str = "running"
    created_at: float = 0.0
    heartbeat_at: float = 0.0
    updated_at: float = 0.0
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    history: History = field(default_factory=RowHistory)
    events: list[dict[str, Any]] = field(default_factory=list)
    output: dict[int, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)
    sweep: str | None = None
    agent: str | None = None
    tags: list[str] = field(default_factory=list)
    group: str | None = None
    job_type: str | None = None
    notes: str | None = None
    description: str | None = None
    commit: str | None = None
    host: str | None = None
    program: str | None = None
    username: str = "tester"
    exit_code: int | None = None
    stopped: bool = False
    should_stop: bool = False
    stop_told_through: list[str] = field(default_factory=list)
    stop_report: int | None = None
    preempting: bool = False

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in ENDED


@dataclass(slots=True, kw_only=True)
class Sweep:
    """A sweep: its configuration as YAML text and as data."""

    id: str
    name: str
    entity: str
    project: str
    config_text: str
    state: str = "PENDING"
    display_name: str | None = None
    description: str | None = None
    prior_runs_filters: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    n_proposed: int = 0
    waiting: list[str] = field(default_factory=list)  # runs that were enqueued
    run_count_expected: int | None = None

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as W&B's client would read it; nothing where it could not."""
        with contextlib.suppress(yaml.YAMLError):
            config = yaml.safe_load(self.config_text)
            return config if isinstance(config, dict) else {}
        return {}

    @property
    def has_scheduler(self) -> bool:
        """Whether a local scheduler proposes its runs, and not the server."""
        return bool((self.config.get("scheduler") or {}).get("engine"))


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent that registered itself for a sweep."""

    id: str
    name: str
    host: str
    sweep: Sweep
    created_at: float
    heartbeat_at: float
    runs: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Project:
    """A project, its runs, sweeps and reports by name, in order of creation."""

    id: str
    entity: str
    name: str
    created_at: float
    runs: dict[str, Run] = field(default_factory=dict)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    n_runs_ever: int = 0


@dataclass(slots=True)
class State:
    """The whole world of one server."""

    switches: Switches = field(default_factory=Switches)
    username: str = "tester"
    entity: str = "tester"
    projects: dict[tuple[str, str], Project] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)

    def now(self) -> float:
        """Seconds since the epoch."""
        return (self.switches.clock or time.time)()

    def project(self, entity: str | None, name: str | None) -> Project | None:
        """The project, if there is one."""
        return self.projects.get((entity or self.entity, name or "uncategorized"))

    def make_project(self, entity: str | None, name: str | None) -> Project:
        """The project, made if it is not there."""
        key = (entity or self.entity, name or "uncategorized")
        if key not in self.projects:
            self.projects[key] = Project(
                id=f"project-{len(self.projects) + 1}",
                entity=key[0],
                name=key[1],
                created_at=self.now(),
            )
        return self.projects[key]

    def make_run(self, project: Project, name: str, *, sweep: str | None = None) -> Run:
        """A new run of a project, with a name as W&B would give it."""
        project.n_runs_ever += 1
        number = project.n_runs_ever
        if sweep is not None:
            number = 1 + sum(run.sweep == sweep for run in project.runs.values())
        word = _WORDS[number % len(_WORDS)]
        now = self.now()
        run = Run(
            id=f"run:{project.entity}:{project.name}:{name}",
            name=name,
            entity=project.entity,
            project=project.name,
            number=number,
            display_name=f"{word}-{'sweep' if sweep else 'lake'}-{number}",
            created_at=now,
            heartbeat_at=now,
            updated_at=now,
            sweep=sweep,
            username=self.username,
        )
        project.runs[name] = run
        return run

    def runs(self) -> Iterator[Run]:
        """Every run of every project."""
        for project in self.projects.values():
            yield from project.runs.values()

    def run_by_id(self, storage_id: str) -> Run | None:
        """The run with this storage id."""
        return next((run for run in self.runs() if run.id == storage_id), None)

    def sweep(self, entity: str, project: str, name: str) -> Sweep:
        """The sweep, which must be there."""
        return self.projects[entity, project].sweeps[name]

    def sweep_runs(self, sweep: Sweep) -> list[Run]:
        """Runs of a sweep, in order of creation."""
        project = self.projects[sweep.entity, sweep.project]
        return [run for run in project.runs.values() if run.sweep == sweep.name]

    def touch(self, run: Run) -> None:
        """A sign of life."""
        run.heartbeat_at = run.updated_at = self.now()

    def bury_the_silent(self) -> None:
        """Running runs without a recent heartbeat are crashed, or killed if they were to stop."""
        limit = self.now() - self.switches.heartbeat_timeout_s
        for run in self.runs():
            if run.state == "running" and run.heartbeat_at < limit:
                run.state = "killed" if run.should_stop or run.stopped else "crashed"


def stamp(seconds: float, timespec: str = "seconds") -> str:
    """A moment as W&B writes it, or finer."""
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec=timespec)}Z"

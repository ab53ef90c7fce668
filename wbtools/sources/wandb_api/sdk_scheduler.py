"""W&B's own local scheduler with a guard inside: the one module that knows `wandb.sdk.sweeps`.

What `wandb sweep-scheduler` does (SDK 0.31): W&B's binary runs the loop and speaks to the server;
this process holds the engine, which proposes runs, and says which of them to stop. Here a guard
says it, alone. Only `changes` imports this module (a contract in `pyproject.toml`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from wbtools.errors import DataError, WbtoolsError
from wbtools.text.sanitize import sanitize
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from types import ModuleType
    from typing import TextIO

    from wandb.sdk.sweeps.scheduler.optimizer import Optimizer, RunWithMetrics
    from wandb.sdk.sweeps.sweep_info import SweepInfo

Stops = Callable[[Sequence[str]], Collection[str]]
"""Ids of running runs in, ids of those to stop now out."""

P = ParamSpec("P")
T = TypeVar("T")

_LEAST: Final = (0, 31)
_PACKAGES: Final = {"wandb": "sweeps", "optuna": "optuna", "ax": "ax"}
"""What each engine imports, which is also the name of the extra of W&B's client that brings it."""
_ARGUMENTS: Final = (
    "entity", "project", "sweep_id", "make_optimizer", "batch_size", "poll_interval",
)  # fmt: skip
_WITHOUT: Final = "`wbtools guard SWEEP --rule RULE` without --scheduler needs no scheduler"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerEnd:
    """How a scheduler ended.

    Attributes:
        why: In the SDK's words.
        was_interrupted: Whether the user ended it, with Ctrl-C.
    """

    why: str
    was_interrupted: bool


def run_guarded_scheduler(
    entity: str,
    project: str,
    sweep_id: str,
    *,
    stops: Stops,
    tell: Callable[[str], None],
    batch_size: int,
    poll_interval_s: float,
) -> SchedulerEnd:
    """Drive a sweep until its scheduler ends, stopping the runs that `stops` says.

    What the SDK, its engine and the sweep's own functions print goes to stderr. The first Ctrl-C
    ends the scheduler after its step, and the sweep can be taken up again.

    Args:
        entity: Whose sweep it is.
        project: In which project.
        sweep_id: Its short id.
        stops: Asked whenever something has changed, with the ids of the runs that may be stopped,
            in a thread of the SDK and never twice at a time. What it raises stops nobody; it is
            told, and the scheduler goes on.
        tell: Told in words which engine and which rule hold, and what went wrong.
        batch_size: How many runs are kept under way.
        poll_interval_s: Seconds between two looks of W&B's scheduler.

    Returns:
        Why it ended.

    Raises:
        DataError: This SDK, this server or this sweep has no such scheduler, or it failed.
    """
    sdk = _sdk()
    aloud, speak = _on(sys.stdout, tell), _on(sys.stdout, stops)

    def make(sweep: SweepInfo) -> Optimizer:
        engine = _engine(sdk, sweep, aloud)
        guard = _Guard(engine=engine, stops=speak, tell=aloud, killed=sdk.killed)
        return _guarded(sdk, sweep, guard)

    try:
        with contextlib.redirect_stdout(sys.stderr):
            ended = sdk.client.run_scheduler(
                entity=entity,
                project=project,
                sweep_id=sweep_id,
                make_optimizer=make,
                batch_size=batch_size,
                poll_interval=poll_interval_s,
            )
    except WbtoolsError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises; its text may hold the key
        raise _failure(error, f"{entity}/{project}/{sweep_id}") from None
    was_interrupted = ended.reason == type(ended).REASON_SHUTDOWN
    return SchedulerEnd(why=str(sdk.describe_done(ended)[0]), was_interrupted=was_interrupted)


@dataclass(slots=True, kw_only=True)
class _Guard:
    """Says which runs stop, and lets the engine know of them.

    Attributes:
        killed: W&B's word for the state of a run that was stopped.
        stopped: The engine's ids of the runs that were.
        strange: W&B's ids that were to stop and had not been asked about.
    """

    engine: Optimizer
    stops: Stops
    tell: Callable[[str], None]
    killed: Any
    stopped: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)
    ends_trial: Callable[[str, RunWithMetrics], bool] = field(init=False)

    def __post_init__(self) -> None:
        self.ends_trial = _ends_trial(self.engine)

    def tell_run(self, run_id: str, data: RunWithMetrics) -> None:
        """Hand a report on, but for stopped runs, whose trials the engine has closed."""
        if run_id not in self.stopped:
            self.engine.tell_run(run_id, data)

    def prune_runs(self, run_ids: Sequence[str], runs: Sequence[RunWithMetrics]) -> Sequence[str]:
        """The engine's ids of the runs to stop; an error stops nobody."""
        asked = {run.wandb_run_id: run_id for run_id, run in zip(run_ids, runs, strict=True)}
        data = dict(zip(run_ids, runs, strict=True))
        try:
            chosen = set(self.stops(list(asked)))
        except Exception as error:  # noqa: BLE001 - the scheduler would give the sweep up
            self.tell(f"no run is stopped at this look: {_words(error)}")
            return []
        for name in sorted(chosen - asked.keys() - self.strange):
            self.tell(f"run {sanitize(name)} is not stopped: the scheduler does not offer it")
        self.strange |= chosen - asked.keys()
        out = [run_id for name, run_id in asked.items() if name in chosen]
        for run_id in out:
            self._end(run_id, data[run_id])
        self.stopped |= set(out)
        return out

    def _end(self, run_id: str, data: RunWithMetrics) -> None:
        """Close a run's trial: as stopped early, or as killed where the engine has no such word."""
        with contextlib.suppress(Exception):  # what fails in one way may do in the other
            if self.ends_trial(run_id, data):
                return
        try:
            self.engine.tell_run(run_id, dataclasses.replace(data, state=self.killed))
        except Exception as error:  # noqa: BLE001 - the run is stopped all the same
            name = sanitize(data.wandb_run_id)
            self.tell(f"{self.engine.engine} did not take in that {name} stops: {_words(error)}")


def _ends_trial(engine: Optimizer) -> Callable[[str, RunWithMetrics], bool]:
    """How an engine closes a trial as stopped early; false where it did not."""
    if engine.engine == "optuna":
        return _through_pruner(engine)
    if engine.engine == "ax":
        return _through_client(engine)
    return lambda _run_id, _data: False


def _through_pruner(engine: Any) -> Callable[[str, RunWithMetrics], bool]:  # noqa: ANN401 - an OptunaOptimizer
    """Let the study's pruner say what the guard said: the engine then closes the trial itself."""
    from optuna.pruners import BasePruner  # noqa: PLC0415 - the engine has loaded it

    marked: set[str] = set()

    class GuardPruner(BasePruner):
        def prune(self, study: object, trial: Any) -> bool:  # noqa: ANN401, ARG002 - Optuna's
            return str(trial.number) in marked

    engine.study.pruner = GuardPruner()

    def end(run_id: str, data: RunWithMetrics) -> bool:
        marked.add(run_id)
        return bool(engine.prune_run(run_id, data))

    return end


def _through_client(engine: Any) -> Callable[[str, RunWithMetrics], bool]:  # noqa: ANN401 - an AxOptimizer
    def end(run_id: str, _data: RunWithMetrics) -> bool:
        engine.client.mark_trial_early_stopped(trial_index=int(run_id))
        return True

    return end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sdk:
    """What is used of the SDK's scheduler."""

    client: ModuleType
    make_optimizer: Callable[[SweepInfo], Optimizer]
    base: type
    describe_done: Callable[[Any], tuple[str, bool]]
    killed: Any


def _sdk() -> _Sdk:
    """W&B's scheduler, loaded now: that takes a second.

    Raises:
        DataError: The installed SDK has none, or another one.
    """
    version = metadata.version("wandb")
    hint = f"`pip install --upgrade wandb`; {_WITHOUT}"
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _LEAST:
        msg = f"W&B's client {version} has no local scheduler: it came with 0.31"
        raise DataError(msg, hint)
    try:
        from wandb.sdk.sweeps.run_state import RunState  # noqa: PLC0415
        from wandb.sdk.sweeps.scheduler import client, ipc, optimizer  # noqa: PLC0415

        inspect.signature(client.run_scheduler).bind(**dict.fromkeys(_ARGUMENTS))
        for name in ("tell_run", "prune_runs"):
            inspect.signature(getattr(optimizer.Optimizer, name)).bind(None, None, None)
        return _Sdk(
            client=client,
            make_optimizer=optimizer.make_optimizer,
            base=optimizer.Optimizer,
            describe_done=ipc.describe_done,
            killed=RunState.KILLED,
        )
    except (ImportError, AttributeError, TypeError) as error:
        msg = f"the local scheduler of W&B's client {version} is another one: {_words(error)}"
        raise DataError(
            msg, f"wbtools knows that of 0.31: `pip install 'wandb==0.31.*'`; {_WITHOUT}"
        ) from error


def _guarded(sdk: _Sdk, sweep: SweepInfo, guard: _Guard) -> Optimizer:
    """An optimizer that hands every question on: to the guard, or else to the engine."""
    methods = {
        name: staticmethod(getattr(guard, name, None) or getattr(guard.engine, name))
        for name, _ in inspect.getmembers(sdk.base, inspect.isfunction)
        if not name.startswith("_")
    }
    optimizer: Optimizer = type("GuardedOptimizer", (sdk.base,), dict(methods))(sweep)
    return optimizer


def _engine(sdk: _Sdk, sweep: SweepInfo, tell: Callable[[str], None]) -> Optimizer:
    """The engine that the sweep's file names; which rule holds is told before its code runs.

    Raises:
        DataError: There is none, it is not installed, or it cannot be set up.
    """
    config = sweep.config if isinstance(sweep.config, Mapping) else {}
    block = config.get("scheduler")
    name = block.get("engine") if isinstance(block, Mapping) else None
    if not isinstance(block, Mapping) or not name:
        msg = (
            "the sweep's file has no `scheduler` block with an engine: W&B proposes its runs itself"
        )
        raise DataError(msg, _WITHOUT)
    package = _PACKAGES.get(name) if isinstance(name, str) else None
    if package is None:
        engines = ", ".join(_PACKAGES)
        msg = f"there is no scheduler engine {format_value(name)}: it is one of {engines}"
        raise DataError(msg)
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:  # without one it is a folder that has the name
        more = " (it asks for numpy below 2)" if name == "wandb" else ""
        msg = f"the engine {name} needs the package {package}, which is not installed"
        raise DataError(msg, f"`pip install 'wandb[{package}]'`{more}; {_WITHOUT}")
    source = _source(block)
    tell(f"W&B's scheduler proposes runs with {name}; the guard's rule alone says which stop")
    if "early_terminate" in config:
        tell("`early_terminate` is not read here; W&B's server may still obey it")
    if "run_cap" in config:
        tell(
            "stopped runs do not count towards `run_cap`; once it is reached the scheduler ends,"
            " and runs that are still under way go on without the guard"
        )
    if source is not None:
        tell(f"the sweep's own code runs: {sanitize(source)}")
    try:
        engine = sdk.make_optimizer(sweep)
    except Exception as error:  # noqa: BLE001 - as above, and the sweep's own code may
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename) == source]
        msg = f"the engine {name} cannot be set up: {_words(error)}"
        where = f"{sanitize(source)}, line {lines[-1]}" if lines else None
        raise DataError(msg, where) from None
    pruner = type(getattr(getattr(engine, "study", None), "pruner", None)).__name__
    if pruner not in {"NoneType", "NopPruner"}:
        tell(f"the study's {sanitize(pruner)} is not asked")
    return engine


def _source(block: Mapping[str, Any]) -> Path | None:
    """The file of the sweep's own functions, which the engine would run.

    Raises:
        DataError: It is not in the working folder: nobody here has chosen it.
    """
    if block["engine"] == "wandb" or not (block.get("optimizer") or block.get("search_space")):
        return None
    named, folder = Path(str(block.get("source") or "")), Path.cwd()
    path = folder / named
    if ".." in named.parts or not path.is_relative_to(folder) or not path.is_file():
        msg = f"the sweep's own code is not in this folder: {format_value(block.get('source'))}"
        hint = "its `scheduler.source` is run; go to the folder that has it, if you know the code"
        raise DataError(msg, hint)
    return path


def _failure(error: Exception, path: str) -> DataError:
    """What the SDK's scheduler failed of, and what to do."""
    text = _words(error)
    if "does not support" in text:
        msg = (
            "W&B's client says that the server has no local scheduler"
            " (its feature SWEEPS_LOCAL_SCHEDULER)"
        )
        return DataError(msg, f"{_WITHOUT}; the client says it too where a server refuses the key")
    if "sweep not found" in text:
        return DataError(f"W&B's client finds no sweep {sanitize(path)}")
    msg = f"W&B's scheduler failed: {text}"
    return DataError(msg, "the same command takes the sweep up again")


def _words(error: Exception) -> str:
    """An error in a line."""
    if isinstance(error, WbtoolsError):
        return error.message
    text = sanitize(" ".join(str(error).split()))
    ours = type(error).__module__.split(".")[0] == "wandb"
    return text if ours and text else f"{type(error).__name__}: {text}"


def _on(stream: TextIO, function: Callable[P, T]) -> Callable[P, T]:
    """The function with its own standard output: the SDK's goes to stderr meanwhile."""

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with contextlib.redirect_stdout(stream):
            return function(*args, **kwargs)

    return call

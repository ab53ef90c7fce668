"""Slurm's batch scripts as pure text: what a job asks for, what it sets up, what its tasks do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME: Final = 60
_WORD: Final = re.compile(r"[A-Za-z0-9][\w.,@+-]*", re.ASCII)
_PATTERN: Final = re.compile(r"[\w./%+,:=@-]+")
_OPTION: Final = re.compile(r"--(?P<long>[a-z][a-z0-9-]*)(?:[= ].*)?|-(?P<short>[A-Za-z])(?!-).*")
_LONG_OF_SHORT: Final = {
    "A": "account",
    "a": "array",
    "c": "cpus-per-task",
    "G": "gpus",
    "J": "job-name",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
}
_GPU_OPTIONS: Final = frozenset({"gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"})
_MEMORY_OPTIONS: Final = frozenset({"mem", "mem-per-cpu", "mem-per-gpu"})
_OPTION_AND_VALUE: Final = 2
_USUAL_LARGEST_ARRAY: Final = 1001
"""Slurm's default `MaxArraySize`: an array's indices are below it (slurm.conf, 22.05)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmOptions:
    """What a job asks Slurm for, and what a task does before its work; None leaves it to Slurm.

    Attributes:
        time_limit_min: Minutes a task.
        mem_gb: GiB a task (node).
        array_limit: Tasks that may run at the same time.
        log: Slurm's pattern for the files of a task's output, such as `logs/%x-%A_%a.log`.
        directives: More options of sbatch, such as `--gres=gpu:1`; they may name the job.
        setup: Lines of bash before a task's work, as the user wrote them.

    Raises:
        UsageError: A name, a pattern, an option or a line is none, or two of them say the same.
    """

    time_limit_min: int | None = None
    gpus: int | None = None
    cpus: int | None = None
    mem_gb: int | None = None
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    array_limit: int | None = None
    log: str | None = None
    directives: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what Slurm would not understand, or understand as something else."""
        for name in ("partition", "account", "qos"):
            word = getattr(self, name)
            if word is not None and not _WORD.fullmatch(word):
                msg = f"--{name} {word!r} is no name of Slurm's"
                raise UsageError(msg, "give letters, digits, -, _ and . ; several with commas")
        if self.log is not None and not _PATTERN.fullmatch(self.log):
            msg = f"--slurm-output {self.log!r} is no pattern for a file's name"
            raise UsageError(msg, "write one without spaces and quotes, as logs/%x-%A_%a.log")
        for line in self.directives:
            if not line.isprintable() or not _OPTION.fullmatch(line) or not _is_one(line):
                msg = f"{line!r} is no option of sbatch"
                raise UsageError(msg, "write one each, as --sbatch=--gres=gpu:1")
        for line in self.setup:
            _check_setup(line)
        self._refuse_conflicts()

    def _refuse_conflicts(self) -> None:
        requested = set(self._requests())
        for line in self.directives:
            name = directive_name(line)
            if name == "array":
                msg = f"--sbatch {line!r}: which tasks there are is decided by what is to run"
                raise UsageError(msg, "leave it out; --array-limit bounds the tasks at one time")
            if name in requested or (name == "gres" and "gpu" in line and self.gpus is not None):
                msg = f"--sbatch {line!r} says again what another option says"
                raise UsageError(msg, "leave one of the two out")

    def _requests(self) -> Iterator[str]:
        """The names of sbatch's options that the other options take."""
        if self.gpus is not None:
            yield from _GPU_OPTIONS
        if self.mem_gb is not None:
            yield from _MEMORY_OPTIONS
        names = {
            "time": self.time_limit_min,
            "cpus-per-task": self.cpus,
            "partition": self.partition,
            "account": self.account,
            "qos": self.qos,
            "output": self.log,
        }
        yield from (name for name, value in names.items() if value is not None)


def directive_name(line: str) -> str:
    """The long name of an option of sbatch, such as `partition` of `-p gpu`."""
    option = _OPTION.fullmatch(line)
    if option is None:
        return ""
    short = option["short"]
    return option["long"] or _LONG_OF_SHORT.get(short, short)


def _directive(line: str) -> str:
    """An option as sbatch reads it from a script: a value with spaces or `#` in quotes."""
    name, equals, value = line.partition("=")
    is_bare = not any(character in line for character in "\"'\\")
    if equals and is_bare and not name.count(" ") and re.search(r"[\s#]", value):
        return f'{name}="{value}"'
    return line


def _is_one(line: str) -> bool:
    """Whether a line holds one option, with or without a value."""
    try:
        return len(shlex.split(_directive(line))) <= _OPTION_AND_VALUE
    except ValueError:
        return False


def _check_setup(line: str) -> None:
    if not line.strip() or not line.isprintable():
        msg = f"--setup {line!r} is no line of a shell script"
        raise UsageError(msg, "give one line; repeat --setup for more")
    if line.lstrip().startswith("#SBATCH"):
        msg = f"--setup {line!r} comes too late for sbatch"
        raise UsageError(msg, "pass it as --sbatch=OPTION")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmJob:
    """A job: an array of tasks, or one task.

    Attributes:
        name: Shown in the queue; odd characters are replaced.
        n_tasks: Tasks of the array, numbered from 0; None for a job that is no array.
        comments: Lines of comments at the top.
        before: Lines of bash that stand before the user's own, in the folder where sbatch began.
        body: Lines of bash that do the work; `$SLURM_ARRAY_TASK_ID` is the task.

    Raises:
        UsageError: All tasks would write over one file.
    """

    name: str
    n_tasks: int | None
    options: SlurmOptions = field(default_factory=SlurmOptions)
    comments: Sequence[str] = ()
    before: Sequence[str] = ()
    body: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse tasks whose output could not be told apart."""
        is_shared = not re.search(r"%\d*[ajJ]", self.log.replace("%%", ""))
        is_named = {"output", "open-mode"} & self._given
        if is_shared and (self.n_tasks or 1) > 1 and not is_named:
            msg = f"--slurm-output {self.log!r}: {self.n_tasks} tasks would write over one file"
            raise UsageError(msg, "write %A_%a in it: the job's and the task's number")

    def __str__(self) -> str:
        """The script.

        Lines of the user run before `set -u`, as what activates an environment often reads
        variables that are not set; one that fails ends the task.
        """
        setup = self.options.setup
        strictness = ["set -eo pipefail", *self.before, *setup, "set -u"]
        return "\n".join(
            [
                "#!/bin/bash",
                *(f"#SBATCH {line}" for line in self._directives()),
                *self.comments,
                *(strictness if setup else ["set -euo pipefail", *self.before]),
                *self.body,
                "",
            ]
        )

    @property
    def log(self) -> str:
        """The pattern of the tasks' output."""
        own = "%x-%j.log" if self.n_tasks is None else "%x-%A_%a.log"
        return self.options.log or own

    def _directives(self) -> Iterator[str]:
        options, given = self.options, self._given
        if "job-name" not in given:
            name = _ODD.sub("-", self.name)[:_LONGEST_NAME].strip("-")
            yield f"--job-name={name or 'sweep'}"
        if self.n_tasks is not None:
            at_once = f"%{options.array_limit}" if options.array_limit else ""
            yield f"--array=0-{self.n_tasks - 1}{at_once}"
        if "output" not in given:
            yield f"--output={self.log}"
        requests = {
            "time": options.time_limit_min,
            "gpus-per-node": options.gpus,
            "cpus-per-task": options.cpus,
            "mem": None if options.mem_gb is None else f"{options.mem_gb}G",
            "partition": options.partition,
            "account": options.account,
            "qos": options.qos,
        }
        yield from (f"--{name}={value}" for name, value in requests.items() if value is not None)
        yield from map(_directive, options.directives)

    @property
    def _given(self) -> set[str]:
        """The names of the user's own directives."""
        return {directive_name(line) for line in self.options.directives}

    @property
    def log_folder(self) -> str | None:
        """The folder of the tasks' output, which sbatch does not make; None where it need not."""
        parent = PurePosixPath(self.log).parent
        return None if str(parent) == "." or "%" in str(parent) else str(parent)

    @property
    def is_large(self) -> bool:
        """Whether a cluster with Slurm's own default refuses an array of this size."""
        return self.n_tasks is not None and self.n_tasks > _USUAL_LARGEST_ARRAY


def agents_job(
    name: str,
    sweep: str | None,
    *,
    n_agents: int,
    options: SlurmOptions | None = None,
    count: int | None = None,
) -> SlurmJob:
    """An array of `wandb agent`.

    Args:
        name: The job's name.
        sweep: `entity/project/id`; None takes it as the script's argument.
        n_agents: Agents at work side by side.
        options: What it asks Slurm for.
        count: Runs that each agent starts before it ends; None goes on to the sweep's end.
    """
    limit = f"--count {count} " if count is not None else ""
    target = '"$sweep"' if sweep is None else shlex.quote(sweep)
    ask = ['sweep="${1:?usage: sbatch SCRIPT ENTITY/PROJECT/SWEEP_ID}"'] if sweep is None else []
    return SlurmJob(
        name=name,
        n_tasks=n_agents,
        options=options or SlurmOptions(),
        before=ask,
        body=[f"exec wandb agent {limit}{target}"],
    )

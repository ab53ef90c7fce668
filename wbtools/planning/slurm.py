"""Slurm's batch scripts as pure text: what a job asks for, what it sets up, what its tasks do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.planning.slurm_lines import (
    GPU_OPTIONS,
    MEMORY_OPTIONS,
    check_setup,
    directive_name,
    directive_value,
    is_one_option,
    script_directive,
    script_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME: Final = 60
_WORD: Final = re.compile(r"[A-Za-z0-9][\w.,@+-]*", re.ASCII)
_PATTERN: Final = re.compile(r"[\w./%+,:=@-]+")
_NOWHERE: Final = "/dev/null"
_USUAL_LARGEST_ARRAY: Final = 1001
"""Slurm's default `MaxArraySize`: an array's indices are below it (slurm.conf, 22.05)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmOptions:
    """What a job asks Slurm for, and what a task does before its work; None leaves it to Slurm.

    A task of an array is a job to Slurm, on one node unless `directives` say otherwise.

    Attributes:
        time_limit_min: Minutes a task.
        gpus: GPUs a node (`--gpus-per-node`).
        cpus: CPUs a task (`--cpus-per-task`).
        mem_gb: GiB of memory a node (`--mem`).
        partition: Where it may run; several names with commas.
        account: Who is charged for it.
        qos: Its quality of service.
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
                msg = f"--{name} {word!r} cannot be a name in Slurm"
                raise UsageError(msg, "give letters, digits, -, _ and . ; several with commas")
        if self.log is not None and not _PATTERN.fullmatch(self.log):
            msg = f"--slurm-output {self.log!r} is not a pattern for a file name"
            raise UsageError(msg, "write one without spaces or quotes, such as logs/%x-%A_%a.log")
        for line in self.directives:
            if not is_one_option(line):
                msg = f"{line!r} is not an option of sbatch"
                raise UsageError(msg, "write one option each time, as --sbatch=--gres=gpu:1")
        for line in self.setup:
            check_setup(line)
        self._refuse_conflicts()

    def _refuse_conflicts(self) -> None:
        requested = set(self._requests())
        for line in self.directives:
            name = directive_name(line)
            if name == "array":
                msg = f"--sbatch {line!r}: what is to run decides which tasks there are"
                raise UsageError(
                    msg, "leave it out; --array-limit limits how many tasks run at a time"
                )
            if name in requested or (name == "gres" and "gpu" in line and self.gpus is not None):
                msg = f"--sbatch {line!r} repeats another option"
                raise UsageError(msg, "leave one of the two out")

    def _requests(self) -> Iterator[str]:
        """The names of sbatch's options that the other options take."""
        if self.gpus is not None:
            yield from GPU_OPTIONS
        if self.mem_gb is not None:
            yield from MEMORY_OPTIONS
        names = {
            "time": self.time_limit_min,
            "cpus-per-task": self.cpus,
            "partition": self.partition,
            "account": self.account,
            "qos": self.qos,
            "output": self.log,
        }
        yield from (name for name, value in names.items() if value is not None)


def _is_one_file(pattern: str) -> bool:
    """Whether all tasks of an array write to one file: nothing in it is a task's own.

    Source: sbatch(1), "filename pattern", Slurm 22.05: `%a`, `%j` and `%J` differ between tasks,
    and a backslash keeps all as it is written.
    """
    return "\\" in pattern or not re.search(r"%\d*[ajJ]", pattern.replace("%%", ""))


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
        UsageError: All tasks would overwrite one file.
    """

    name: str
    n_tasks: int | None
    options: SlurmOptions = field(default_factory=SlurmOptions)
    comments: Sequence[str] = ()
    before: Sequence[str] = ()
    body: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse tasks whose output could not be told apart."""
        appends = self._given.get("open-mode", "").startswith("a")
        for name, pattern in self._outputs.items() if (self.n_tasks or 1) > 1 else ():
            if pattern != _NOWHERE and not appends and _is_one_file(pattern):
                option = f"--{name}" if name in self._given else "--slurm-output"
                msg = f"{option} {pattern!r}: {self.n_tasks} tasks would overwrite one file"
                raise UsageError(msg, "write %A_%a in it: the job's and the task's number")

    def __str__(self) -> str:
        """The script.

        Lines of the user run before `set -u`, as what activates an environment often reads
        variables that are not set; one that fails ends the task.
        """
        setup = [*map(script_line, self.options.setup)]
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
        default = "%x-%j.log" if self.n_tasks is None else "%x-%A_%a.log"
        return self.options.log or self._given.get("output") or default

    @property
    def _outputs(self) -> dict[str, str]:
        """The patterns of what the tasks write, by the option of sbatch that sets each."""
        error = self._given.get("error")
        return {"output": self.log, **({"error": error} if error else {})}

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
        yield from map(script_directive, options.directives)

    @property
    def _given(self) -> dict[str, str]:
        """The values of the user's own directives by their names; of several the last."""
        return {directive_name(line): directive_value(line) for line in self.options.directives}

    @property
    def log_folders(self) -> tuple[str, ...]:
        """The folders of the tasks' output that sbatch does not make."""
        folders = [str(PurePosixPath(pattern).parent) for pattern in self._outputs.values()]
        return tuple(
            folder for folder in dict.fromkeys(folders) if folder != "." and "%" not in folder
        )

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
    target = '"$wbtools_sweep"' if sweep is None else shlex.quote(sweep)
    ask = (
        ['wbtools_sweep="${1:?usage: sbatch SCRIPT ENTITY/PROJECT/SWEEP_ID}"']
        if sweep is None
        else []
    )
    return SlurmJob(
        name=name,
        n_tasks=n_agents,
        options=options or SlurmOptions(),
        before=ask,
        body=[f"exec wandb agent {limit}{target}"],
    )

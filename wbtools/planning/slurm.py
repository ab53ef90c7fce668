"""Slurm array jobs as pure text: agents of a sweep, or one task a configuration."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayJob:
    """An array job.

    Attributes:
        name: Shown in the queue; odd characters are replaced.
        n_tasks: Tasks, numbered from 0.
        directives: More lines for `#SBATCH`, such as `--gres=gpu:1`.
        body: Lines of bash that do the work; `$SLURM_ARRAY_TASK_ID` is the task.
    """

    name: str
    n_tasks: int
    directives: tuple[str, ...] = ()
    body: Sequence[str] = ()

    def __str__(self) -> str:
        """The script.

        Raises:
            UsageError: A directive is none.
        """
        name = _ODD.sub("-", self.name)[:_LONGEST_NAME].strip("-") or "sweep"
        lines = [
            f"--job-name={name}",
            f"--array=0-{self.n_tasks - 1}",
            "--output=%x-%A_%a.log",
            *self.directives,
        ]
        for line in self.directives:
            if not line.startswith("-") or not line.isprintable():
                msg = f"{line!r} is no option of sbatch"
                raise UsageError(msg, "write --sbatch=--gres=gpu:1")
        head = ["#!/bin/bash", *(f"#SBATCH {line}" for line in lines), "set -euo pipefail"]
        return "\n".join([*head, *self.body, ""])


def agents_job(
    name: str,
    sweep: str | None,
    *,
    n_agents: int,
    directives: tuple[str, ...] = (),
    count: int | None = None,
) -> str:
    """An array of `wandb agent`.

    Args:
        name: The job's name.
        sweep: `entity/project/id`; None takes it as the script's argument.
        n_agents: Agents at work side by side.
        directives: As in `ArrayJob`.
        count: Runs that each agent starts before it ends; None goes on to the sweep's end.
    """
    limit = f"--count {count} " if count is not None else ""
    target = '"$sweep"' if sweep is None else shlex.quote(sweep)
    ask = ['sweep="${1:?usage: sbatch SCRIPT ENTITY/PROJECT/SWEEP_ID}"'] if sweep is None else []
    body = [*ask, f"exec wandb agent {limit}{target}"]
    return str(ArrayJob(name=name, n_tasks=n_agents, directives=directives, body=body))

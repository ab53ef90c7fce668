"""`--to slurm`: the lines of a batch script, in which each task of an array is a replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.replication.posix import Variables
from wbtools.replication.script import (
    SHELLCHECK,
    all_words,
    case_lines,
    checkpoint_lines,
    file_lines,
    head_lines,
    replica_lines,
    set_up,
)

if TYPE_CHECKING:
    from wbtools.replication.script import Replication


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLines:
    """What a batch script says beside what it asks Slurm for.

    Attributes:
        n_tasks: Tasks of an array; None where there is one replica, which needs no array.
        comments: The top of the script.
        body: Lines of bash.
    """

    n_tasks: int | None
    comments: tuple[str, ...]
    body: tuple[str, ...]


def task_lines(replication: Replication) -> TaskLines:
    """Write the tasks.

    Raises:
        DataError: A name or a value cannot be said in the program's style.
    """
    variables = Variables()
    n = len(replication.replicas)
    shared = set_up(replication, all_words(replication), variables)
    if n == 1:
        body = checkpoint_lines(replication.replicas, variables) + replica_lines(
            replication.replicas[0], variables, group=replication.shared_group
        )
    else:
        place, group = "${SLURM_ARRAY_TASK_ID:?submit this with sbatch}", replication.shared_group
        body = case_lines(place, replication, variables, group=group)
    return TaskLines(
        n_tasks=n if n > 1 else None,
        comments=(*head_lines(replication), SHELLCHECK),
        body=(*variables.lines, *shared, *file_lines(replication), "", *body),
    )

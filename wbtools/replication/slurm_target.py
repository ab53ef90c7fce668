"""`--to slurm`: a batch script, as an array with one task a replica."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.replication.posix import Variables, comment
from wbtools.replication.script import (
    all_words,
    file_lines,
    head_lines,
    job_name,
    replica_lines,
    set_up,
)

if TYPE_CHECKING:
    from wbtools.replication.script import Replication

_PARTITION: Final = re.compile(r"[A-Za-z0-9][\w.,+-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a task asks Slurm for; None leaves it to the cluster.

    Attributes:
        array_limit: Tasks that may run at the same time.

    Raises:
        UsageError: An amount is not positive, or a partition is no name.
    """

    time_limit_min: int | None = None
    gpus: int | None = None
    mem_gb: int | None = None
    partition: str | None = None
    array_limit: int | None = None

    def __post_init__(self) -> None:
        """Refuse what Slurm would not understand, or understand as something else."""
        if self.partition is not None and not _PARTITION.fullmatch(self.partition):
            msg = f"--partition {self.partition!r} is no name of a partition"
            raise UsageError(msg, "give letters, digits, -, _ and . ; several with commas")


def slurm_script(replication: Replication, resources: Resources) -> str:
    """Write the batch script.

    Raises:
        DataError: A name or a value cannot be said in the program's style.
    """
    variables = Variables()
    n = len(replication.replicas)
    shared = set_up(replication, all_words(replication), variables)
    if n == 1:
        body = replica_lines(replication.replicas[0], variables)
    else:
        body = ['case "${SLURM_ARRAY_TASK_ID:?submit this with sbatch}" in']
        for k, replica in enumerate(replication.replicas):
            label = f"  {comment(replica.label)}" if replica.label else ""
            body += [f"{k}){label}", *replica_lines(replica, variables, indent="  "), "  ;;"]
        body += ['*) echo "no task ${SLURM_ARRAY_TASK_ID}" >&2; exit 2 ;;', "esac"]
    lines = [
        "#!/bin/bash",
        *_directives(replication, resources),
        *head_lines(replication),
        *shared[:2],
        *variables.lines,
        *shared[2:],
        *file_lines(replication),
        "",
        *body,
    ]
    return "\n".join(lines) + "\n"


def _directives(replication: Replication, resources: Resources) -> list[str]:
    n = len(replication.replicas)
    at_once = f"%{resources.array_limit}" if resources.array_limit else ""
    asked = {
        "job-name": job_name(replication.group),
        "array": f"0-{n - 1}{at_once}" if n > 1 else None,
        "time": resources.time_limit_min,
        "gpus-per-node": resources.gpus,
        "mem": None if resources.mem_gb is None else f"{resources.mem_gb}G",
        "partition": resources.partition,
    }
    return [f"#SBATCH --{name}={text}" for name, text in asked.items() if text is not None]

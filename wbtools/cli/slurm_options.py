"""The options of every command that writes a script for Slurm."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.planning.slurm import SlurmJob, SlurmOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmArguments:
    """What a line says of a job for Slurm; the names are those of `SlurmOptions`."""

    TITLE: ClassVar[str] = "Slurm"

    time_limit_min: Annotated[
        int | None,
        typer.Option(
            "--time-limit", metavar="MINUTES", min=1, help="End a task after so many minutes."
        ),
    ] = None
    gpus: Annotated[
        int | None,
        typer.Option("--gpus", metavar="NUMBER", min=0, help="Ask for so many GPUs per node."),
    ] = None
    cpus: Annotated[
        int | None,
        typer.Option("--cpus", metavar="NUMBER", min=1, help="Ask for so many CPUs per task."),
    ] = None
    mem_gb: Annotated[
        int | None,
        typer.Option("--mem", metavar="GIB", min=1, help="Ask for so much memory per node."),
    ] = None
    partition: Annotated[
        str | None,
        typer.Option("--partition", metavar="NAME", help="Run in this partition of the cluster."),
    ] = None
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="Charge this account.")
    ] = None
    qos: Annotated[
        str | None, typer.Option("--qos", metavar="NAME", help="Ask for this quality of service.")
    ] = None
    array_limit: Annotated[
        int | None,
        typer.Option(
            "--array-limit",
            metavar="NUMBER",
            min=1,
            help="Let at most so many tasks run at the same time.",
        ),
    ] = None
    log: Annotated[
        str | None,
        typer.Option(
            "--slurm-output",
            metavar="PATTERN",
            help="Write each task's output there, as logs/%x-%A_%a.log; the folder must exist.",
        ),
    ] = None
    directives: Annotated[
        list[str] | None,
        typer.Option(
            "--sbatch",
            metavar="OPTION",
            help="Pass any other option to sbatch, as --sbatch=--gres=gpu:1; repeatable.",
        ),
    ] = None
    setup: Annotated[
        list[str] | None,
        typer.Option(
            "--setup",
            metavar="LINE",
            help="Run this line of bash before a task's work, such as 'module load cuda' or "
            "'source venv/bin/activate'; repeatable.",
        ),
    ] = None

    @property
    def is_given(self) -> bool:
        """Whether the line says anything of Slurm."""
        return bool(self._given)

    @property
    def _given(self) -> dict[str, Any]:
        """What the line says, by name."""
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if value is not None and value != []
        }

    def options(self) -> SlurmOptions:
        """The same as a job takes it.

        Raises:
            UsageError: Slurm cannot take something, or two options say the same.
        """
        from wbtools.planning.slurm import SlurmOptions

        return SlurmOptions(**self._given)

    def refuse_without(self, script: str) -> None:
        """Refuse options of Slurm where no script for it is written.

        Args:
            script: How one is asked for, such as `--to slurm`.

        Raises:
            UsageError: Some are given.
        """
        from wbtools.errors import UsageError

        if self.is_given:
            msg = "options of Slurm are given, but no job for it is written"
            raise UsageError(msg, f"pass {script}, or leave them out")


def job_notes(job: SlurmJob) -> Iterator[str]:
    """What may keep a job from starting, as notes."""
    from pathlib import Path

    from wbtools.text.sanitize import sanitize

    for folder in job.log_folders:
        if not Path(folder).is_dir():
            yield f"note: make the folder {sanitize(folder)} first: Slurm loses output without it"
    if job.is_large:
        yield (
            f"note: an array of {job.n_tasks} tasks is more than Slurm takes by default "
            "(`scontrol show config` says MaxArraySize)"
        )

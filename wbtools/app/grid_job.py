"""The job that works through a grid's configurations: a Slurm array."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.planning.slurm import SlurmJob, SlurmOptions

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.app.expand_grid import GridFiles
    from wbtools.sweepfile.grid import GridSpec

_CONFIG_WORD: Final = "{config}"
DEFAULT_COMMAND: Final = "python train.py --config {config}"


def array_script(
    grid: GridFiles,
    spec: GridSpec,
    folder: Path,
    command: str = DEFAULT_COMMAND,
    *,
    n_tasks: int | None = None,
    slurm: SlurmOptions | None = None,
) -> SlurmJob:
    """A Slurm array over the configurations; with fewer tasks than those, each takes its share.

    Args:
        grid: The grid.
        spec: For the job's name.
        folder: Where the configurations lie.
        command: What to run, `{config}` standing for the file.
        n_tasks: Tasks of the array; None makes one a configuration.
        slurm: What the job asks Slurm for.

    Raises:
        UsageError: The command has no `{config}`, or is not a line that a shell can read.
    """
    n = min(n_tasks or len(grid.configs), len(grid.configs))
    # The user's own lines, or --chdir, may change the folder that a relative path leads from.
    start = "" if folder.is_absolute() else '"${SLURM_SUBMIT_DIR:-$PWD}"/'
    body = [
        "wbtools_failed=0",
        "wbtools_names=(",
        *(f"  {shlex.quote(configuration.name)}" for configuration in grid.configs),
        ")",
        f"for ((k = SLURM_ARRAY_TASK_ID; k < ${{#wbtools_names[@]}}; k += {n})); do",
        '  wbtools_config="$wbtools_folder/${wbtools_names[k]}.yaml"',
        f"  {_command(command)} || wbtools_failed=1",
        "done",
        'exit "$wbtools_failed"',
    ]
    return SlurmJob(
        name=spec.prefix,
        n_tasks=n,
        options=slurm or SlurmOptions(),
        before=[f"wbtools_folder={start}{shlex.quote(str(folder))}"],
        body=body,
    )


def _command(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        msg = f"--command {command!r} is not a line that a shell can read: {error}"
        raise UsageError(msg, f"such as {DEFAULT_COMMAND!r}") from None
    if not any(_CONFIG_WORD in word for word in words):
        msg = f"--command {command!r} does not say where the configuration goes"
        raise UsageError(msg, f"such as {DEFAULT_COMMAND!r}")
    return " ".join(
        '"$wbtools_config"'.join(
            shlex.quote(part) if part else "" for part in word.split(_CONFIG_WORD)
        )
        if word
        else "''"
        for word in words
    )

"""The job that works through a grid's configurations: a Slurm array."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import read_program
from wbtools.errors import UsageError
from wbtools.planning.slurm import SlurmJob, SlurmOptions
from wbtools.sources.programs.config_reads import read_program_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.app.expand_grid import GridFiles
    from wbtools.sweepfile.grid import GridSpec

_CONFIG_WORD: Final = "{config}"
DEFAULT_COMMAND: Final = "python train.py --config {config}"
_ARGUMENTS: Final = re.compile(
    r"argv|arg_?pars|--\w|\b(absl|click|docopt|fire|hydra|parse_args|typer|tyro)\b|from_cli|environ",
    re.IGNORECASE,
)
"""What a program that reads arguments, or the environment, is likely to mention."""


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


def unread_config(command: str) -> Iterator[str]:
    """Say it where a program of the command reads W&B's configuration, and no file of a grid's.

    Args:
        command: As for `array_script`; programs are looked for in the present folder.
    """
    for word in _words(command):
        data = read_program(Path(word)) if word.endswith(".py") else None
        if data is None:
            continue
        source = data.decode("utf-8", "replace")
        text = read_program_text(source)
        if text is not None and text.reads_config and not _ARGUMENTS.search(source):
            yield (
                f"{word} reads W&B's configuration and no arguments, so it may not read the file "
                "that {config} stands for: let it, or write a W&B sweep with --to sweep"
            )


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        msg = f"--command {command!r} is not a line that a shell can read: {error}"
        raise UsageError(msg, f"such as {DEFAULT_COMMAND!r}") from None


def _command(command: str) -> str:
    words = _words(command)
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

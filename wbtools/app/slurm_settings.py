"""What the project's settings say of a job for Slurm, where the user says nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from wbtools.errors import UsageError
from wbtools.planning.slurm import SlurmOptions
from wbtools.sources.settings_file import project_settings

_NAMES: Final = {
    "partition": "partition", "account": "account", "qos": "qos", "gpus": "gpus", "cpus": "cpus",
    "mem": "mem_gb", "time-limit": "time_limit_min", "array-limit": "array_limit",
    "output": "log", "sbatch": "directives", "setup": "setup",
}  # fmt: skip
"""The fields of `SlurmOptions` by the keys of the settings."""


def with_settings(options: SlurmOptions | None) -> SlurmOptions:
    """The options of a job that is written, filled in from the project's settings.

    What the user says wins, also where it says the same by another name: `--sbatch=--gres=gpu:2`
    takes the place of `gpus`. Whatever is filled in is told, and stands in the script.

    Args:
        options: What the user says; None for nothing.

    Raises:
        UsageError: The settings cannot be read, or Slurm would not take them.
    """
    settings, given = project_settings(), options or SlurmOptions()
    values: dict[str, Any] = {}
    for name in _NAMES:
        value = settings.values.get(f"slurm.{name}")
        if value is not None:
            values[name] = tuple(value) if isinstance(value, list) else value
    try:
        SlurmOptions(**{_NAMES[name]: value for name, value in values.items()})
    except UsageError as error:
        msg = f"the settings in {settings.place}, [slurm]: {error.message}"
        raise UsageError(msg, "correct the file") from None
    filled = given
    for name, value in values.items():
        if getattr(given, _NAMES[name]) not in {None, ()}:
            continue
        try:
            filled = replace(filled, **{_NAMES[name]: value})
        except UsageError:  # the user's own options say it already
            continue
        settings.tell(f"slurm.{name}")
    return filled

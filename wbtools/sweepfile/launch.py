"""Files for `wandb launch-sweep`: how they are known, and what of them reaches W&B's server.

As `launch_sweep` of the SDK (wandb/cli/cli.py) does it: the blocks `launch` and `scheduler` are its
own and are taken out; a scheduler that is a job may bring the method.
"""

from __future__ import annotations

from typing import Any, Final

SCHEDULER_KEYS: Final = (
    "job", "num_workers", "resource", "resource_args", "settings", "docker_image",
    "template_variables",
)  # fmt: skip
"""What W&B Launch looks for in a file's `scheduler` block."""
_STARTED: Final = ("job", "image_uri")


def is_for_launch(top: dict[Any, Any]) -> bool:
    """Whether a sweep file is for `wandb launch-sweep`.

    A block `scheduler` with an `engine` is the server's own.

    Args:
        top: The file's mapping.
    """
    block = top.get("scheduler", {})
    if not isinstance(block, dict) or "engine" in block:
        return False
    return "launch" in top or starts_a_job(top) or not block.keys().isdisjoint(SCHEDULER_KEYS)


def starts_a_job(top: dict[Any, Any]) -> bool:
    """Whether a file names what Launch is to start: a job or an image."""
    return any(isinstance(top.get(key), str) and top[key] for key in _STARTED)


def scheduler_job(top: dict[Any, Any]) -> object:
    """The job that takes the place of W&B's scheduler; None without one."""
    block = top.get("scheduler")
    return (block.get("job") or None) if isinstance(block, dict) and is_for_launch(top) else None


def sent(top: dict[Any, Any]) -> dict[Any, Any]:
    """The file as W&B's server gets it.

    Args:
        top: The file's mapping, which stays as it is.
    """
    if not is_for_launch(top):
        return top
    left = {key: value for key, value in top.items() if key not in ("launch", "scheduler")}
    settings = top.get("scheduler", {}).get("settings")
    ordered = settings.get("method") if isinstance(settings, dict) else None
    method, is_job = left.get("method"), scheduler_job(top) is not None
    if is_job and method and method != "custom":
        return left
    if is_job or ordered:
        left["method"] = ordered or method or "custom"
    return left

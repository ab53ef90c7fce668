"""Register a sweep with W&B where its file, the environment or the user says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wbtools.sources.wandb_api import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def create_sweep(
    config: Mapping[str, Any],
    *,
    entity: str | None = None,
    project: str | None = None,
    prior_runs: Sequence[str] = (),
    note: Callable[[str], None],
) -> str:
    """Register a sweep, and give its `entity/project/id`; only by the user's explicit word.

    Args:
        config: The sweep file as data.
        entity: Whose it is; None leaves it to the environment, the file or W&B.
        project: Likewise.
        prior_runs: Ids of runs to attach.
        note: Told what is created, and where.

    Raises:
        SignInError: Nobody is signed in.
        DataError: W&B refuses, or cannot be reached.
    """
    return changes.create_sweep(
        config,
        entity=entity or os.environ.get("WANDB_ENTITY") or config.get("entity"),
        project=project or os.environ.get("WANDB_PROJECT") or config.get("project"),
        prior_runs=prior_runs,
        note=note,
    )

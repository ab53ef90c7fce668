"""Register a sweep with W&B through its own SDK."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wbtools.errors import DataError
from wbtools.sources.wandb_api.credentials import credentials_for, settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A registered sweep.

    Attributes:
        path: `entity/project/id`, as `wandb agent` takes it.
    """

    sweep_id: str
    path: str


def create_sweep(
    config: Mapping[str, Any],
    *,
    entity: str | None = None,
    project: str | None = None,
    prior_runs: Sequence[str] = (),
) -> Created:
    """Register a sweep; what the SDK prints goes to stderr.

    Args:
        config: The sweep file as data.
        entity: Whose it is; None leaves it to the file, the environment or W&B.
        project: Likewise.
        prior_runs: Ids of runs to attach.

    Raises:
        SignInError: Nobody is signed in.
        DataError: W&B refuses, or cannot be reached.
    """
    credentials_for(settings().base_url)  # the SDK would ask, or say it less clearly
    import wandb  # noqa: PLC0415 - nearly a second, and only this needs it
    from wandb.errors import Error  # noqa: PLC0415

    entity = entity or os.environ.get("WANDB_ENTITY") or config.get("entity")
    project = project or os.environ.get("WANDB_PROJECT") or config.get("project")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            sweep_id = wandb.sweep(
                dict(config), entity=entity, project=project, prior_runs=list(prior_runs) or None
            )
    except (Error, ValueError, OSError) as error:
        msg = f"W&B did not register the sweep: {' '.join(str(error).split())}"
        raise DataError(msg, "look at the entity, the project, and who is signed in") from None
    parts = (os.environ.get("WANDB_ENTITY"), os.environ.get("WANDB_PROJECT"), sweep_id)
    return Created(sweep_id=sweep_id, path="/".join(part for part in parts if part))

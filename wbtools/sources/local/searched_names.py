"""Which values tell that an agent handed out another configuration under an id that was used.

Agents leave what they set in `wandb/sweep-ID/config-RUN.yaml`. Where that is gone, it is what
varies between the runs of the sweep, and where all have one id (`WANDB_RUN_ID` was fixed), whatever
differs, but for what a program writes itself and differently at every start.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import is_rank, leaf, same_value
from wbtools.sources.local.fallbacks import side_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.sources.local.local_file import LocalFile

_OF_ONE_START: Final = re.compile(
    r"(start|initial|init|last|current|from)_?(epoch|(global_?)?step|iter|iteration|round|episode)s?"
    r"|.*(resum|restart|checkpoint|ckpt).*"
    r"|(.*_)?(path|dir|directory|folder|file|filename)"
    r"|(.*_)?(job|task|process|proc|run|exp|experiment)_?(id|name|index|number)"
    r"|slurm_.*|job|attempts?|try|tries|retry|retries|pid|(.*_)?(port|host|hostname|node|nodename)"
    r"|(.*_)?(timestamp|datetime|date|start_time)|time|started_at|created_at|command|(git_)?commit"
    r"|(n_|num_)?(gpus?|devices?|workers|nodes)|gpu_ids?|world_size|.*cuda_visible_devices"
)
"""The last part of a name that a program gives another value at every start."""


def names_that_agents_set(files: Iterable[LocalFile]) -> frozenset[str]:
    """What an agent's file says that it set; nothing where no such file can be read.

    Args:
        files: Of one sweep.
    """
    paths = (file.sweep_config for file in files)
    configs = (side_config(None, path) for path in paths if path is not None)
    return frozenset(next((config for config in configs if config), {}))


def names_that_vary(configs: Sequence[Mapping[str, object]]) -> frozenset[str]:
    """The names that configurations share with different values, but for those of one start."""
    names = {name for config in configs for name in config if not _is_of_one_start(name)}
    values = {name: [config[name] for config in configs if name in config] for name in names}
    return frozenset(
        name
        for name, known in values.items()
        if any(not same_value(left, right) for left, right in pairwise(known))
    )


def _is_of_one_start(name: str) -> bool:
    return is_rank(name) or _OF_ONE_START.fullmatch(leaf(name)) is not None

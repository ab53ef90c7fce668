"""When two configurations are the same: one table of equality, one definition of a replicate.

A value is the same as another one if both have the same `canonical` text: whole numbers exactly,
whatever their type and size (3 is 3.0, and 2**53 is not 2**53 + 1); other numbers to nine
significant digits, as tables round what W&B keeps exactly; True is no number, and NaN is NaN. Lists
are compared value by value, mappings name by name in any order.

Replicates are runs whose configurations differ in nothing but a random seed, or a fold of the data.
"""

from __future__ import annotations

import hashlib
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

SEED_KEYS: Final = (
    "seed",
    "random_seed",
    "rng_seed",
    "manual_seed",
    "global_seed",
    "random_state",
    "seed_everything",
)
"""Names under which programs keep their random seed, the likeliest first."""
FOLD_KEYS: Final = (
    "fold",
    "fold_idx",
    "fold_index",
    "fold_id",
    "cv_fold",
    "val_fold",
    "data_fold",
)
"""Names that say which fold, the likeliest first; `n_folds`, `k_fold` and `folder` do not."""
RANK_KEYS: Final = (
    "rank",
    "local_rank",
    "global_rank",
    "node_rank",
    "world_rank",
    "process_index",
    "process_id",
    "proc_id",
    "worker_id",
)
"""Names under which the processes of a distributed run keep which one they are."""
RESUME_KEYS: Final = (
    "resume_from_checkpoint",
    "resume",
    "resume_from",
    "resume_path",
    "resume_checkpoint",
    "resume_ckpt",
    "resume_ckpt_path",
    "resume_checkpoint_path",
    "resume_training",
    "resume_run",
    "resume_file",
    "resume_model",
    "resume_state",
    "resume_dir",
    "resume_folder",
    "auto_resume",
    "ckpt_path",
    "from_checkpoint",
    "load_checkpoint",
    "load_ckpt",
    "load_from",
    "load_from_checkpoint",
    "restore",
    "restore_from",
    "restore_path",
    "restore_checkpoint",
    "restore_ckpt",
    "restore_file",
    "continue_from",
    "continue_training",
    "init_from",
    "init_model",
    "input_model",
    "xgb_model",
    "start_epoch",
    "initial_epoch",
    "start_step",
)
"""Names by which programs are told to go on from a checkpoint, or from where; the likeliest first.

`checkpoint` and `ckpt_dir` alone do not: as often they say where to write, or which weights to
begin with."""
CHECKPOINT_KEYS: Final = (
    "checkpoint_path",
    "checkpoint",
    "ckpt",
    "checkpoint_file",
    "ckpt_file",
    "load_path",
    "load",
    "init_checkpoint",
    "model_checkpoint",
    "checkpoint_dir",
    "ckpt_dir",
)
"""Names that tell it too where the program loads what they name; the likeliest first."""
CONTINUES_KEY: Final = "wbtools/continues"
"""The configuration's name of the id of the run that a run continues."""
LABEL_KEYS: Final = (
    "run_name",
    "run_id",
    "exp_name",
    "experiment_name",
    "output_dir",
    "output_path",
    "out_dir",
    "outdir",
    "log_dir",
    "logdir",
    "logging_dir",
    "tensorboard_dir",
    "save_dir",
    "save_path",
    "run_dir",
    "exp_dir",
    "experiment_dir",
    "results_dir",
    "work_dir",
    "workdir",
    "working_dir",
    "default_root_dir",
)
"""Names that say what a run is called, or where it writes: often with an id, a date or a host."""
_EARLY_STOP: Final = re.compile(
    r"early_?stop(ping)?\Z|early_?stop(ping)?[._](enabled?|use|active)\Z"
)
_DIGITS: Final = 9


def canonical(value: object) -> str:
    """A text that values share if, and only if, they are the same (see above)."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, str):
        return f"'{value}"
    if isinstance(value, list | tuple):
        return repr([canonical(entry) for entry in value])
    if isinstance(value, dict):
        return repr(sorted((str(name), canonical(entry)) for name, entry in value.items()))
    return f"{type(value).__name__}:{value!r}"


def _of_float(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if value.is_integer():
        return str(int(value))
    rounded = float(f"{value:.{_DIGITS}g}")
    return str(int(rounded)) if rounded.is_integer() else repr(rounded)


def same_value(left: object, right: object) -> bool:
    """Whether two values of a configuration are the same (see above)."""
    return canonical(left) == canonical(right)


def configuration_key(
    config: Mapping[str, object], *, ignoring: Callable[[str], bool] | None = None
) -> str:
    """A digest that equal configurations share, whatever the order of their names.

    Args:
        config: Values by dotted name.
        ignoring: Whether a name makes no other configuration; without it, every name does.
    """
    values = {name: config[name] for name in config if ignoring is None or not ignoring(name)}
    text = repr(sorted((name, canonical(value)) for name, value in values.items()))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def leaf(name: str) -> str:
    """The last part of a dotted name, in lower case and with `_` for `-`."""
    return name.rpartition(".")[2].lower().replace("-", "_")


@lru_cache(maxsize=4096)
def is_seed(name: str) -> bool:
    """Whether the last part of a dotted name is that of a random seed."""
    return leaf(name) in SEED_KEYS


@lru_cache(maxsize=4096)
def is_fold(name: str) -> bool:
    """Whether the last part of a dotted name says which fold of the data."""
    return leaf(name) in FOLD_KEYS


@lru_cache(maxsize=4096)
def is_rank(name: str) -> bool:
    """Whether the last part of a dotted name says which process of a distributed run."""
    return leaf(name) in RANK_KEYS


@lru_cache(maxsize=4096)
def is_resume(name: str) -> bool:
    """Whether the last part of a dotted name tells a program to go on, or from where."""
    return leaf(name) in RESUME_KEYS


@lru_cache(maxsize=4096)
def is_label(name: str) -> bool:
    """Whether the last part of a dotted name says what a run is called, or where it writes."""
    return leaf(name) in LABEL_KEYS


def is_early_stop(name: str) -> bool:
    """Whether a dotted name says that the trainer stops a run early by itself."""
    return _EARLY_STOP.search(name.lower().replace("-", "_")) is not None


def other_parameters(changed: Collection[str], varied: Collection[str] = ()) -> tuple[str, ...]:
    """Changed names that make another configuration: no seeds, folds or early stopping.

    Args:
        changed: Dotted names.
        varied: Names that tell replicas from each other.
    """
    return tuple(
        name for name in changed if not tells_replicates(name, varied) and not is_early_stop(name)
    )


def tells_replicates(name: str, seed_keys: Collection[str] = ()) -> bool:
    """Whether runs that differ in this name only are replicates of one configuration.

    Args:
        name: A dotted name.
        seed_keys: Names that do so beside those of seeds and folds, as the user says.
    """
    return name in seed_keys or is_seed(name) or is_fold(name)

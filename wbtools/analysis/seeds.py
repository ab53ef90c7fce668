"""Names under which programs keep their random seed, and their fold of the data."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from wbtools.analysis.budget import leaf

SEED_KEYS: Final = (
    "seed",
    "random_seed",
    "rng_seed",
    "manual_seed",
    "global_seed",
    "random_state",
    "seed_everything",
)
"""The likeliest first."""
_FOLD_KEYS: Final = ("fold", "cv_fold", "data_fold", "fold_id", "fold_idx", "fold_index")


@lru_cache(maxsize=4096)
def is_seed(name: str) -> bool:
    """Whether the last part of a dotted name is one of them; `-` counts as `_`."""
    return leaf(name) in SEED_KEYS


@lru_cache(maxsize=4096)
def is_fold(name: str) -> bool:
    """Whether the last part of a dotted name says which fold; `n_folds` and `folder` do not."""
    return leaf(name) in _FOLD_KEYS

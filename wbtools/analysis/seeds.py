"""Names under which programs keep their random seed."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

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


@lru_cache(maxsize=4096)
def is_seed(name: str) -> bool:
    """Whether the last part of a dotted name is one of them; `-` counts as `_`."""
    return name.rpartition(".")[2].lower().replace("-", "_") in SEED_KEYS

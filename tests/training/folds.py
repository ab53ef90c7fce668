"""Families of tasks: what is left out together, and how much each counts.

A family is a task of curves-dev, all tasks of TaskSet, or all tasks of one public project, so that
no sibling of a task is trained on where it is left out. Families of like kind (rewards, images,
text) lie in different folds, so that leaving one out leaves others of its kind. Synthetic priors
are in no fold: nobody is judged by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PRIOR = "prior"
TASKSET = "taskset"
FOLDS: tuple[tuple[str, ...], ...] = (
    ("cartpole_pg", "s193"),
    ("charlm_gru", "s187"),
    ("digits_mlp", "s49"),
    ("friedman_lgbm", "s46"),
    ("parity_mlp", "s47"),
    ("spirals_mlp", "s60"),
    (TASKSET, "s106"),
    ("s128",),
)
PRIOR_SHARE = 0.65
"""Of all that is learned from, how much are synthetic priors."""
_MANY_RUNS = 150
_RUNS = {
    "s46": 113,
    "s47": 125,
    "s49": 38,
    "s60": 22,
    "s106": 141,
    "s128": 40,
    "s187": 48,
    "s193": 24,
}
"""Runs behind a family with fewer than `_MANY_RUNS`: it counts as much less."""


def family(task: str) -> str:
    """The family of a task, by its name."""
    if task.startswith("imdb_"):
        return TASKSET
    if task.startswith(PRIOR):
        return PRIOR
    head = task.split("_", maxsplit=1)[0]
    return head if head[:1] == "s" and head[1:].isdigit() else task


def fold(task: str) -> int:
    """The fold of a task; -1 of a prior.

    Raises:
        ValueError: The task's family is in no fold.
    """
    name = family(task)
    if name == PRIOR:
        return -1
    for place, families in enumerate(FOLDS):
        if name in families:
            return place
    msg = f"no fold holds the family {name!r} of the task {task!r}"
    raise ValueError(msg)


def row_shares(task: np.ndarray) -> np.ndarray:
    """`[R]` weights of mean 1: families by their runs, the tasks of a family alike.

    Args:
        task: `[R]` of each row.
    """

    def total(n_rows: dict[str, int]) -> dict[str, float]:
        runs = {name: _RUNS.get(name, _MANY_RUNS) for name in n_rows if name != PRIOR}
        return {**runs, PRIOR: PRIOR_SHARE / (1 - PRIOR_SHARE) * sum(runs.values())}

    return weights_by_family(task, total)


def weights_by_family(
    task: np.ndarray, total: Callable[[dict[str, int]], Mapping[str, float]]
) -> np.ndarray:
    """`[R]` weights of mean 1, the tasks of a family alike.

    Args:
        task: `[R]` of each row.
        total: How much each family counts, from the number of its rows.
    """
    names, which, n_rows = np.unique(task, return_inverse=True, return_counts=True)
    families = [family(str(name)) for name in names]
    of_family: dict[str, int] = dict.fromkeys(families, 0)
    for name, n in zip(families, n_rows.tolist(), strict=True):
        of_family[name] += n
    counts = total(of_family)
    of_task = np.array([counts[name] / families.count(name) for name in families])
    weights = (of_task / n_rows)[which]
    return weights / weights.mean()

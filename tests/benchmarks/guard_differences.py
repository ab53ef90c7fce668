"""Rules compared in pairs at the same saving, over families of tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.training.folds import family, weights_by_family
from wbtools.stats.differences import percentile_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.9
SAVED = 0
"""Which of the measures is the compute saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over families, with the ends of its bootstrap interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def family_weights(tasks: Sequence[str]) -> np.ndarray:
    """`[T]` weights of sum 1: families alike, and the tasks of a family."""
    weights = weights_by_family(np.array(tasks), lambda n_rows: dict.fromkeys(n_rows, 1.0))
    return weights / weights.sum()


def drawn_weights(tasks: Sequence[str], n_draws: int, seed: int = 0) -> np.ndarray:
    """`[B, T]` weights of sum 1: families drawn anew, and the tasks of each family drawn.

    Where there is but one family its tasks alone are drawn.
    """
    rng = np.random.default_rng(seed)
    names = np.array([family(task) for task in tasks])
    members = [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]
    weights = np.zeros((n_draws, len(tasks)))
    for row in weights:
        for which in rng.integers(0, len(members), len(members)).tolist():
            rows = members[which]
            np.add.at(row, rng.choice(rows, len(rows)), 1 / len(rows) / len(members))
    return weights


def mean_of(measures: np.ndarray, tasks: Sequence[str], draws: np.ndarray) -> list[Estimate]:
    """Each measure's mean.

    Args:
        measures: `[T, M]` of a rule by task.
        tasks: T names.
        draws: `[B, T]` as `drawn_weights` gives them.
    """
    return _estimates(family_weights(tasks) @ measures, draws @ measures)


def less_ladder(
    guard: np.ndarray, ladder: np.ndarray, tasks: Sequence[str], draws: np.ndarray
) -> list[Estimate]:
    """What a guard measures, less what a ladder of rules does at the same saving.

    Between two steps the ladder's measures are those of a coin that chooses between both. In every
    draw the saving is matched anew. All is NaN where no step saves as much as the guard.

    Args:
        guard: `[T, M]` by task.
        ladder: `[K, T, M]` of each step, on the same sweeps.
        tasks: T names.
        draws: `[B, T]` as `drawn_weights` gives them.
    """
    weights = family_weights(tasks)
    found = np.array([_gap(w @ guard, w @ ladder) for w in (weights, *draws)])
    if (weights @ guard)[SAVED] > (weights @ ladder)[:, SAVED].max():
        found[:] = np.nan
    return _estimates(found[0], found[1:])


def place_on(ladder: np.ndarray, saved: float) -> tuple[int, int]:
    """The two steps between which a saving lies, the laxer first; twice the same at an end.

    A ladder need not save less at each of its steps: it is taken in the order of what they save.

    Args:
        ladder: `[K]` what the steps save.
        saved: What is saved.
    """
    laxer = np.flatnonzero(ladder <= saved)
    stricter = np.flatnonzero(ladder > saved)
    if not len(laxer) or not len(stricter):
        at = int(np.argmin(ladder) if len(stricter) else np.argmax(ladder))
        return at, at
    return int(laxer[np.argmax(ladder[laxer])]), int(stricter[np.argmin(ladder[stricter])])


def at_saving(ladder: np.ndarray, saved: float) -> np.ndarray:
    """`[M]` what a ladder measures at a saving; at its nearest end where it saves no such share.

    Args:
        ladder: `[K, M]` of each step.
        saved: Share of the compute.
    """
    low, high = place_on(ladder[:, SAVED], saved)
    width = ladder[high, SAVED] - ladder[low, SAVED]
    share = 0.0 if width == 0 else (saved - ladder[low, SAVED]) / width
    return ladder[low] + share * (ladder[high] - ladder[low])


def _gap(guard: np.ndarray, ladder: np.ndarray) -> np.ndarray:
    return guard - at_saving(ladder, float(guard[SAVED]))


def _estimates(values: np.ndarray, drawn: np.ndarray) -> list[Estimate]:
    found = []
    for at, value in enumerate(values.tolist()):
        low, high = percentile_interval(drawn[:, at], LEVEL) or (np.nan, np.nan)
        found.append(Estimate(value=value, low=low, high=high))
    return found

"""Replicas and the runs that they are compared with, by what they reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.verification.curve_match import seed_noise
from wbtools.model.configuration import canonical, is_seed
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.termination import Completion
    from wbtools.analysis.verification.joined_curve import JoinedRun
    from wbtools.model import Goal, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """One run with its curves.

    Attributes:
        curves: `[n]` finite reports by metric name.
        is_complete: Whether no report is known to be missing.
        n_nonfinite: Reports that were NaN or infinite, by metric name.
        joined: How its curves begin with those of the run that it continues; None for a replica.
    """

    __repr__ = brief_repr

    run: Run
    curves: Mapping[str, NDArray[np.float64]]
    completion: Completion
    is_complete: bool
    n_nonfinite: Mapping[str, int] = field(default_factory=dict)
    joined: JoinedRun | None = None

    @property
    def seed(self) -> object:
        """The seed that its configuration records; None without one."""
        return seed_of(self.run)

    def curve(self, metric: str) -> NDArray[np.float64]:
        """`[n]` its finite reports of a metric."""
        return self.curves.get(metric, np.empty(0))


def seed_of(run: Run) -> object:
    """The seed that a run's configuration records; None without one."""
    return next((run.config[name] for name in run.config if is_seed(name)), None)


def best_of(curve: NDArray[np.float64], goal: Goal) -> float | None:
    """The best value of `[n]` reports, metric's own units; None without one."""
    return float((curve * goal.sign).min() * goal.sign) if len(curve) else None


def best_values(runs: Sequence[MeasuredRun], metric: str, goal: Goal) -> list[float]:
    """The best values of the runs that have one."""
    found = (best_of(run.curve(metric), goal) for run in runs)
    return [value for value in found if value is not None]


def without_copies(runs: Sequence[MeasuredRun], metric: str) -> list[MeasuredRun]:
    """The runs, each seed's curve once: a bit-identical repeat is no further evidence."""
    distinct: dict[object, MeasuredRun] = {}
    for run in runs:
        by_seed = (canonical(run.seed), run.curve(metric).tobytes())
        distinct.setdefault(run.run.id if run.seed is None else by_seed, run)
    return list(distinct.values())


def noise_between_seeds(runs: Sequence[MeasuredRun], metric: str) -> NDArray[np.float64] | None:
    """The spread between runs with different seeds, one each; see `seed_noise`."""
    one_a_seed: dict[str, NDArray[np.float64]] = {}
    for run in runs:
        one_a_seed.setdefault(canonical(run.seed), run.curve(metric))
    return seed_noise(list(one_a_seed.values()))


def paired_by_seed(
    runs: Sequence[MeasuredRun], others: Sequence[MeasuredRun], metric: str, goal: Goal
) -> tuple[list[float], list[float]] | None:
    """Best values of runs that share a seed, side by side.

    None unless every seed is one run's alone and has its partner.
    """
    by_seed = {canonical(run.seed): run for run in runs if run.seed is not None}
    others_by_seed = {canonical(run.seed): run for run in others if run.seed is not None}
    if set(by_seed) != set(others_by_seed):
        return None
    if len(by_seed) < len(runs) or len(others_by_seed) < len(others):
        return None
    x = best_values(list(by_seed.values()), metric, goal)
    y = best_values([others_by_seed[seed] for seed in by_seed], metric, goal)
    return (x, y) if len(x) == len(y) > 1 else None

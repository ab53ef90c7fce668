"""Median stopping, as Google Vizier has it.

Source: Golovin et al., "Google Vizier: a service for black-box optimization" (KDD 2017), section
3.2.1: a run is stopped at report s if its best value so far is strictly worse than the median, over
the completed runs, of their running averages up to report s. A run is completed here if it ran its
course; those that a rule stopped are not.

Optuna's `MedianPruner` takes the completed runs' values *at* report s in place of their running
averages; given running averages it decides the same (the tests show it), its `n_min_trials` being
`min_runs`, its `n_warmup_steps` `grace` and its `interval_steps` `interval`, with steps counted
from 1. Ray Tune's rule averages over all runs, still active ones too.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule, shares_of
from wbtools.rules.running import best_so_far, running_best, running_mean
from wbtools.rules.tracking import RuleTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView

_SHARES = (0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Median(StoppingRule):
    """Stop what is worse than the median of the completed runs.

    Attributes:
        grace: Finite report from which on a run is judged.
        interval: Reports from one judgement of a run to its next.
        min_runs: Completed runs that must have got as far; with fewer nobody is stopped.
    """

    word: ClassVar[str] = "median"
    example: ClassVar[str] = "median(grace=5)"
    counts_reports: ClassVar[tuple[str, ...]] = ("grace", "interval")
    counts_runs: ClassVar[tuple[str, ...]] = ("min_runs",)
    rarely: ClassVar[tuple[str, ...]] = ("interval", "min_runs")
    grace: int = 5
    interval: int = 1
    min_runs: int = 1

    def __post_init__(self) -> None:
        """Check the numbers."""
        self.require_counts("grace", "interval", "min_runs")

    def is_due(self, n_reports: int) -> bool:
        """Whether a run is judged at this report."""
        return n_reports >= self.grace and (n_reports - self.grace) % self.interval == 0

    @property
    def first_stop(self) -> int | None:
        """The report from which on it judges."""
        return self.grace

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        when = "" if self.interval == 1 else f" and then every {self.interval} reports"
        fewest = "" if self.min_runs == 1 else f", of which there must be {self.min_runs}"
        return (
            "A run is stopped if its best value so far is worse than the median of the completed "
            f"runs' averages up to the same report{fewest}; it is judged from report {self.grace} "
            f"on{when}."
        )

    def decide(self, view: SweepView) -> Verdict:
        """Judge the active runs; without `view.completed`, who is not active counts as completed.

        The verdict's band is the report at which a run was judged.
        """
        n = len(view.values)
        value, threshold = np.full(n, np.nan), np.full(n, np.nan)
        band, n_peers = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        completed = ~view.active if view.completed is None else view.completed
        due = [at for at in np.unique(view.n_reports[view.active]).tolist() if self.is_due(at)]
        if due:
            mean = running_mean(view.values, view.n_reports)
            best = best_so_far(view.values, view.n_reports)
        for at in due:
            peers = completed & (view.n_reports >= at)
            if peers.sum() < self.min_runs:
                continue
            judged = view.active & (view.n_reports == at)
            value[judged], threshold[judged] = best[judged], np.median(mean[peers, at - 1])
            band[judged], n_peers[judged] = at, peers.sum()
        return Verdict(
            stop=view.active & (value > threshold),
            value=value,
            threshold=threshold,
            band=band,
            n_peers=n_peers,
        )

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Keep the completed runs' averages in order."""
        return _MedianTracker(self, recorded)

    @classmethod
    def grid(cls, horizon: int) -> Sequence[Median]:
        """From a tenth and from a fifth of a full run on."""
        return [cls(grace=grace) for grace in shares_of(horizon, *_SHARES)]


class _MedianTracker(RuleTracker):
    """Each completed run leaves its running averages, in order, one list a report."""

    def __init__(self, rule: Median, recorded: SweepView) -> None:
        width = recorded.values.shape[1]
        self._min_runs = rule.min_runs
        self._means: list[list[float]] = running_mean(recorded.values, recorded.n_reports).tolist()
        self._best: list[list[float]] = running_best(recorded.values).tolist()
        self._sorted: list[list[float]] = [[] for _ in range(width)]
        self._n_finite = [0] * len(recorded.values)
        self._is_due = [False, *(rule.is_due(n) for n in range(1, width + 1))]

    def saw(self, row: int, *, finite: bool) -> bool:
        self._n_finite[row] += finite
        return finite

    def completed(self, row: int) -> None:
        for at in range(self._n_finite[row]):
            insort(self._sorted[at], self._means[row][at])

    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            n = self._n_finite[row]
            if not self._is_due[n]:
                continue
            peers = self._sorted[n - 1]
            half, odd = divmod(len(peers), 2)
            if len(peers) < self._min_runs:
                continue
            middle = peers[half] if odd else (peers[half - 1] + peers[half]) / 2
            if self._best[row][n - 1] > middle:
                stopped.append(row)
        return stopped

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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.running import best_so_far, running_mean

if TYPE_CHECKING:
    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """A rule that can run.

    Attributes:
        grace: Finite report from which on a run is judged.
        interval: Reports from one judgement of a run to its next.
        min_runs: Completed runs that must have got as far.
    """

    grace: int = 5
    interval: int = 1
    min_runs: int = 1

    def is_due(self, n_reports: int) -> bool:
        """Whether a run is judged at this report."""
        return n_reports >= self.grace and (n_reports - self.grace) % self.interval == 0

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

"""Patience: stop a run that no longer improves, as trainers' early stopping does.

Source: Prechelt, "Early stopping, but when?" (1998), and the callback that most frameworks have
(Keras' `EarlyStopping`, Lightning's). A rule of each run alone: no other run is looked at.

Two differences from those. The callbacks keep a best value that small steps, each below
`min_delta`, never move; here the best of the last `n` reports is compared with the best before
them, which is the same where `min_delta` is 0. Optuna's `PatientPruner` waits one report longer,
takes its `min_delta` as a tolerance (a run may become worse by that much), and lets ties live: with
`min_delta` 0 and no ties its patience n - 1 is this rule's n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.running import best_so_far

if TYPE_CHECKING:
    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """A rule that can run.

    Attributes:
        n: Finite reports without improvement after which a run is stopped.
        min_delta: An improvement is more than this; the metric's own units.
    """

    n: int
    min_delta: float = 0.0

    def decide(self, view: SweepView) -> Verdict:
        """Stop the active runs whose last `n` reports brought no improvement.

        The verdict's value is the best of the last `n` reports, its threshold what they had to
        beat; `n_peers` is 1, the run itself.
        """
        judged = view.n_reports > self.n
        n_before = np.maximum(view.n_reports - self.n, 0)
        at = np.arange(view.values.shape[1])
        recent = (at < view.n_reports[:, None]) & (at >= n_before[:, None])
        lately = np.where(recent, view.values, np.inf).min(axis=1, initial=np.inf)
        value = np.where(judged, lately, np.nan)
        threshold = np.where(judged, best_so_far(view.values, n_before) - self.min_delta, np.nan)
        return Verdict(
            stop=view.active & judged & (value >= threshold),
            value=value,
            threshold=threshold,
            band=np.where(judged, view.n_reports, 0),
            n_peers=judged.astype(np.int64),
        )

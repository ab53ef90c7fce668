"""Asynchronous successive halving (ASHA) in the form that stops runs.

Source: Li et al., "A system for massively parallel hyperparameter tuning" (MLSys 2020), one bracket
(no early-stopping rate). The paper pauses a run at a rung and promotes it once it is among the
best 1/eta there; the stopping form, which Ray Tune, syne-tune (`type="stopping"`) and Optuna's
`SuccessiveHalvingPruner` use, decides once, when the run arrives: it goes on if it is among the
best 1/eta of those that have arrived so far, itself included.

Differences from W&B's Hyperband, which is a rank rule on bands too: of n arrivals the best
max(1, int(n / eta)) pass, one fewer than W&B keeps from n = eta on; a run is judged at its rung and
never again, where W&B judges it at every poll with that moment's threshold; and always by the value
*at* the rung, as W&B's `strict: true` does. Optuna and this rule let everybody live who ties with
the last that passes; syne-tune lets runs live until eta of them have arrived, which this rule does
not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.bands import refuse_unless_ascending

if TYPE_CHECKING:
    from wbtools.model import SweepView

_MOST_RUNGS = 1_000
_MOST_REPORTS = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asha:
    """A rule that can run.

    Attributes:
        rungs: Numbers of finite reports at which runs are judged, ascending, without repeats.
        eta: The best 1/eta of the arrivals pass.

    Raises:
        ValueError: The rungs do not ascend, or one comes twice.
    """

    rungs: tuple[int, ...]
    eta: float

    def __post_init__(self) -> None:
        """Check the rungs."""
        refuse_unless_ascending(self.rungs, "rungs")

    @classmethod
    def from_first(cls, min_iter: int, eta: float) -> Asha:
        """Rungs at `min_iter` times powers of eta."""
        rungs: list[int] = []
        rung = float(min_iter)
        while rung <= _MOST_REPORTS and len(rungs) < _MOST_RUNGS:
            rungs.append(int(rung))
            rung *= eta
        return cls(rungs=tuple(sorted(set(rungs))), eta=eta)

    def rank(self, n_peers: int) -> int:
        """The place, from 0, of the last value that passes among `n_peers` sorted ones."""
        return max(1, int(n_peers / self.eta)) - 1

    def decide(self, view: SweepView) -> Verdict:
        """Judge the active runs that stand at a rung: those that made just so many reports."""
        n = len(view.values)
        value, threshold = np.full(n, np.nan), np.full(n, np.nan)
        band, n_peers = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        for rung in np.intersect1d(view.n_reports[view.active], self.rungs).tolist():
            judged = view.n_reports == rung
            at_rung = view.values[view.n_reports >= rung, rung - 1]
            place = self.rank(len(at_rung))
            value[judged] = view.values[judged, rung - 1]
            threshold[judged] = np.partition(at_rung, place)[place]
            band[judged], n_peers[judged] = rung, len(at_rung)
        return Verdict(
            stop=view.active & (value > threshold),
            value=value,
            threshold=threshold,
            band=band,
            n_peers=n_peers,
        )

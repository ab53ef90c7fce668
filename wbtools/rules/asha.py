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
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule, first_of, shares_of, wrong_setting
from wbtools.rules.tracking import BandTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView
    from wbtools.rules.tracking import RuleTracker

_MOST_RUNGS = 1_000
_MOST_REPORTS = 10**12
_FIRST_SHARE = 0.05
_ETAS = (2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class Asha(StoppingRule):
    """Stop what is not among the best on arriving at a rung: asynchronous successive halving.

    Attributes:
        min_iter: First rung, in finite reports.
        eta: Factor between rungs; the best 1/eta of the arrivals pass a rung.
        at: Rungs in place of those that the settings give, for a sweep whose reports are counted
            in other units; ascending, without repeats.
    """

    word: ClassVar[str] = "asha"
    example: ClassVar[str] = "asha(min_iter=1,eta=3)"
    unwritten: ClassVar[tuple[str, ...]] = ("at",)
    min_iter: int = 1
    eta: float = 3
    at: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        self.require_counts("min_iter")
        self.require_numbers("eta")
        if not self.eta > 1:
            raise wrong_setting(self, "eta", "a number above 1")

    @cached_property
    def rungs(self) -> tuple[int, ...]:
        """Numbers of finite reports at which runs are judged: `min_iter` times powers of eta."""
        if self.at is not None:
            return self.at
        rungs: list[int] = []
        rung: float = self.min_iter
        while rung <= _MOST_REPORTS and len(rungs) < _MOST_RUNGS:
            rungs.append(int(rung))
            rung *= self.eta
        return tuple(sorted(set(rungs)))

    def rank(self, n_peers: int) -> int:
        """The place, from 0, of the last value that passes among `n_peers` sorted ones."""
        return max(1, int(n_peers / self.eta)) - 1

    @property
    def bands(self) -> tuple[int, ...]:
        """The rungs."""
        return self.rungs

    @property
    def first_stop(self) -> int | None:
        """The first rung."""
        return self.rungs[0]

    @property
    def goes_by_order(self) -> bool:
        """It ranks."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        return (
            f"A run is stopped when it arrives at report {first_of(self.rungs)} "
            f"and its value there is not among the best 1/{self.eta:g} of those that have arrived."
        )

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

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Keep each rung's values in order."""
        return _AshaTracker(self.rungs, self.rank, recorded)

    @classmethod
    def grid(cls, horizon: int) -> Sequence[Asha]:
        """The first rung at a twentieth of a full run, eta 2 to 4."""
        (first,) = shares_of(horizon, _FIRST_SHARE)
        return [cls(min_iter=first, eta=eta) for eta in _ETAS]


class _AshaTracker(BandTracker):
    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            index = self._index[row]
            if index < 0 or self._n_finite[row] != self._bands[index]:
                continue
            if self._at_bands[row][index] > self._thresholds[index]:
                stopped.append(row)
        return stopped

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
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule, shares_of, wrong_setting
from wbtools.rules.running import best_so_far, running_best
from wbtools.rules.tracking import LonelyTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView
    from wbtools.rules.tracking import RuleTracker

_SHARES = (0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Patience(StoppingRule):
    """Stop what no longer improves.

    Attributes:
        n: Finite reports without improvement after which a run is stopped.
        min_delta: An improvement is more than this; the metric's own units.
    """

    word: ClassVar[str] = "patience"
    example: ClassVar[str] = "patience(n=5,min_delta=0.001)"
    counts_reports: ClassVar[tuple[str, ...]] = ("n",)
    compares_reports: ClassVar[bool] = True
    rarely: ClassVar[tuple[str, ...]] = ("min_delta",)
    n: int = 10
    min_delta: float = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        self.require_counts("n")
        self.require_numbers("min_delta")
        if self.min_delta < 0:
            raise wrong_setting(self, "min_delta", "a number from 0")

    @property
    def first_stop(self) -> int | None:
        """One report after those in which it might have improved."""
        return self.n + 1

    @property
    def goes_by_order(self) -> bool:
        """It needs values for `min_delta`."""
        return not self.min_delta

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        more = f" by more than {self.min_delta:g}" if self.min_delta else ""
        last = "report" if self.n == 1 else f"{self.n} reports"
        return f"A run is stopped if its best value has not improved{more} in its last {last}."

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

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """What is said of each run is known beforehand."""
        n_runs, width = recorded.values.shape
        stop = np.zeros((n_runs, width + 1), dtype=bool)
        if width > self.n:
            filled = np.where(np.isnan(recorded.values), np.inf, recorded.values)
            windows = np.lib.stride_tricks.sliding_window_view(filled[:, 1:], self.n, axis=1)
            before = running_best(recorded.values)[:, : width - self.n] - self.min_delta
            stop[:, self.n + 1 :] = windows.min(axis=2) >= before
        return LonelyTracker(stop)

    @classmethod
    def grid(cls, horizon: int) -> Sequence[Patience]:
        """A tenth and a fifth of a full run."""
        return [cls(n=n) for n in shares_of(horizon, *_SHARES)]

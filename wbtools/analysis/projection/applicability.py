"""What kind of sweep the learned model knows, and what lies too far outside of it.

Four traits of a sweep, none of which depends on the metric's scale or direction. Their ranges over
the sweeps that the model was fitted on travel with its weights. Beyond them a learned answer would
be extrapolation that nobody has measured:

* Runs that can hardly be told apart (a counter, a flag, a constant): nothing is projected, as no
  curve tells anything about a run.
* A budget more than ten times as long, or as short, as any seen; curves that hardly move (an
  evaluation that is logged again and again); results over more than twice as many orders of
  magnitude: the plain catch-up projects in place of the model, as it rests on nothing but the
  sweep's own completed runs.

Shares are too large a third of the way from the largest that was seen to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.text.brief import brief_repr
from wbtools.text.numbers import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.projection.snapshot import SweepSnapshot

TRAITS = ("horizon", "ties", "stillness", "decades")
_LONGER, _WIDER, _ON_THE_WAY = 10.0, 2.0, 1 / 3
_MOST_COLUMNS = 200
_FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfDomain:
    """Why a sweep is unlike all that the model was fitted on.

    Attributes:
        because: In words, without a full stop.
        abstains: Whether nothing is projected; otherwise the plain catch-up is used.
    """

    because: str
    abstains: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ApplicabilityDomain:
    """Ranges of the traits over the sweeps that a model was fitted on.

    Attributes:
        low: `[4]` least of each of `TRAITS`.
        high: `[4]` most.
    """

    __repr__ = brief_repr

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def outside(self, snapshot: SweepSnapshot) -> OutOfDomain | None:
        """Say why a sweep lies outside, the gravest reason first; None if it does not."""
        horizon, ties, stillness, decades = traits(snapshot).tolist()
        shortest = float(self.low[0])
        longest, most_ties, most_stillness, most_decades = self.high.tolist()
        if ties > _on_the_way(most_ties):
            because = (
                f"{percent(ties)} of all pairs of runs have exactly the same value at the same "
                f"report, at most {percent(most_ties)} in the sweeps that the model was learned "
                "from, so curves tell next to nothing about runs"
            )
            return OutOfDomain(because=because, abstains=True)
        if not shortest / _LONGER <= horizon <= longest * _LONGER:
            because = (
                f"a full run makes {horizon:,.0f} reports, {shortest:.0f} to {longest:.0f} in the "
                "sweeps that the model was learned from"
            )
        elif stillness > _on_the_way(most_stillness):
            because = (
                f"{percent(stillness)} of all reports repeat the one before, at most "
                f"{percent(most_stillness)} in the sweeps that the model was learned from"
            )
        elif decades > _WIDER * most_decades:
            because = (
                f"results differ by {decades:.0f} orders of magnitude, at most {most_decades:.1f} "
                "in the sweeps that the model was learned from"
            )
        else:
            return None
        return OutOfDomain(because=because, abstains=False)


def _on_the_way(share: float) -> float:
    """A part of the way from a share to 1."""
    return share + _ON_THE_WAY * (1 - share)


def traits(snapshot: SweepSnapshot) -> NDArray[np.float64]:
    """`[4]` the traits of a sweep, in the order of `TRAITS`.

    `horizon`: reports of a full run, the median over stopped runs. `ties`: how often two runs have
    exactly the same value at the same report. `stillness`: how often two successive reports are
    exactly the same. `decades`: orders of magnitude between the 10th and the 90th percentile of the
    runs' absolute bests. What too few values tell is 0.
    """
    n_reports = snapshot.n_reports
    horizon = np.where(snapshot.horizon > 0, snapshot.horizon, n_reports.max(initial=1))
    width = snapshot.values.shape[1]
    equal, pairs = 0.0, 0.0
    spaced = np.linspace(0, width - 1, min(width, _MOST_COLUMNS)).astype(int)
    for column in spaced.tolist():
        there = snapshot.values[n_reports > column, column]
        _, counts = np.unique(there, return_counts=True)
        equal += float((counts * (counts - 1)).sum())
        pairs += len(there) * (len(there) - 1)
    jumps = np.diff(snapshot.values, axis=1)
    n_jumps = np.isfinite(jumps).sum()
    sizes = np.abs(snapshot.best[np.isfinite(snapshot.best) & (snapshot.best != 0)])
    decades = 0.0
    if len(sizes) >= _FEWEST:
        low, high = np.log10(np.quantile(sizes, (0.1, 0.9)))
        decades = float(high - low)
    return np.array(
        [
            float(np.median(horizon[snapshot.stopped])) if snapshot.stopped.any() else 1.0,
            equal / pairs if pairs >= _FEWEST else 0.0,
            float((jumps == 0).sum() / n_jumps) if n_jumps >= _FEWEST else 0.0,
            decades,
        ]
    )

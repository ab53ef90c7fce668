"""Which runs diverged, beyond what is noise of their own and of the sweep.

A noisy curve falls back all the time, and comes back. What tells divergence is a fall that is
deeper than those that were made good again, and that the whole end of the run shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.model import Curves

FEWEST_REPORTS: Final = 5
"""Of a shorter curve the end is one report, and the noise before it has hardly been seen."""
_MOST_LEVELS: Final = 20
"""Longer curves are read in so many parts, each its median."""
_END: Final = 5
"""The beginning and the end of a run are a fifth of it each."""
_REAL_PROGRESS: Final = 0.5
_GIVEN_BACK: Final = 0.9
"""A run diverged that gained at least half of what is usual, and lost nine tenths of it again,"""
_STILL_LOST: Final = 0.5
"""if no part of its end holds as much as half of the gain."""
_BEYOND_NOISE: Final = 2.0
_FEW_LEVELS: Final = 10
"""So short a curve does not show its own noise: that of the sweep counts too,"""
_NOISY_RUN: Final = 0.9
"""which is that of its noisier runs, one in ten left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """What the curves of a sweep show.

    Attributes:
        judged: `bool [N]` runs with five reports or more.
        usual_gain: First value less the best one, the median of those runs, metric's own units.
        diverged: `bool [N]`; none where the usual gain is 0.
    """

    judged: NDArray[np.bool_]
    usual_gain: float
    diverged: NDArray[np.bool_]


def divergence(curves: Curves, sign: float) -> Divergence:
    """Tell the runs that diverged.

    Args:
        curves: Of the metric, N runs.
        sign: 1 where lower is better, -1 where higher is.
    """
    judged = curves.n_reports >= FEWEST_REPORTS
    rows = np.flatnonzero(judged).tolist()
    signed = [curves.values[row, : curves.n_reports[row]] * sign for row in rows]
    gains = [float(values[0] - values.min()) for values in signed]
    usual = float(np.median(gains)) if gains else 0.0
    diverged = np.zeros(len(judged), dtype=bool)
    if usual > 0:
        levels = [_levels(values) for values in signed]
        loss, noise = np.array(
            [
                _loss_and_noise(run_levels, float(values[0]), usual)
                for run_levels, values in zip(levels, signed, strict=True)
            ]
        ).T
        short = np.array([len(run_levels) < _FEW_LEVELS for run_levels in levels])
        of_all = float(np.quantile(noise, _NOISY_RUN))
        noise = np.where(short, np.maximum(noise, of_all), noise)
        diverged[rows] = (loss > 0) & (loss >= _BEYOND_NOISE * noise)
    return Divergence(judged=judged, usual_gain=usual, diverged=diverged)


def _levels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The reports themselves, or of a long curve the medians of its parts in order."""
    if len(values) <= _MOST_LEVELS:
        return values
    return np.array([np.median(part) for part in np.array_split(values, _MOST_LEVELS)])


def _loss_and_noise(levels: NDArray[np.float64], first: float, usual: float) -> tuple[float, float]:
    """What a run lost for good since its best, 0 if nothing, and the noise of its curve before.

    Args:
        levels: Lower is better; five or more.
        first: The first report.
        usual: The gain that is usual in the sweep.
    """
    n_end = max(1, len(levels) // _END)
    begin, end = levels[:n_end], levels[-n_end:]
    best, at_last = float(levels.min()), float(np.median(end))
    gain = max(first, float(begin.max())) - best
    fell = gain >= _REAL_PROGRESS * usual and at_last - best >= _GIVEN_BACK * gain
    rose = at_last - float(np.median(begin)) >= usual
    for happened, line in ((fell, best + _STILL_LOST * gain), (rose, float(begin.max()))):
        if happened and end.min() > line:
            n_before = int(np.flatnonzero(levels <= line)[-1]) + 1
            return at_last - best, _largest_recovered(levels[:n_before])
    return 0.0, _largest_recovered(levels)


def _largest_recovered(levels: NDArray[np.float64]) -> float:
    """The largest worsening that was made good again: the most prominent peak of a curve."""
    before = np.minimum.accumulate(levels)
    after = np.minimum.accumulate(levels[::-1])[::-1]
    return float(np.minimum(levels - before, levels - after).max())

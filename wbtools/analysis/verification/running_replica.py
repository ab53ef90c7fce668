"""A replica that is still at work, report by report against the original."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.stats.spread import ROUNDING, finite_or_none, mean, sd
from wbtools.stats.student import LEVEL, t_at, t_interval
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Goal

_IN_A_ROW: Final = 3
"""Reports outside on one side that make a replica ahead or behind."""
_FEWEST_SEEDS: Final = 3
_APART: Final = 1.96 * 2**0.5
"""Standard deviations between seeds within which two seeds differ in 95 % of reports."""
_LEVEL_REPORTS: Final = 9
_FEWEST_REPORTS: Final = 10
_MOST_REPORTS: Final = 50
_ALARM: Final = 0.05
_TAIL: Final = 5.0
_MAD: Final = 1.4826
"""Standard deviations of normal values in one median absolute deviation."""


class Standing(StrEnum):
    """How a report stands to the original's at the same place."""

    EQUAL = "equal"
    ON_TRACK = "on_track"
    STRAYS = "strays"
    """Outside of what other seeds reach, and less than three reports in a row."""
    AHEAD = "ahead"
    BEHIND = "behind"
    BETTER = "better"
    """By how much means nothing, as the noise between seeds is not known."""
    WORSE = "worse"
    """Likewise."""
    BEYOND = "beyond"
    """The original made no such report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedReport:
    """One report of a replica.

    Attributes:
        report: Which, from 1.
        value: In the metric's own units, as are all others.
        best: The best until then.
        original: The original's at the same report; None where it made no such one.
        gain: By how much it is better than that; None likewise.
        low: Lower end of what holds 95 % of the reports of another seed; None where the noise
            between seeds is not known.
        high: Upper end of the same.
        is_spike: Whether it is worse than the reports before by far more than reports scatter.
    """

    __repr__ = brief_repr

    report: int
    value: float
    best: float
    standing: Standing
    original: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    is_spike: bool = False


@np.errstate(over="ignore")  # 1e308 is a value too
def compared_reports(
    original: NDArray[np.float64],
    replica: NDArray[np.float64],
    goal: Goal,
    *,
    seeds: Sequence[NDArray[np.float64]] = (),
    usual_noise: float | None = None,
    after: int = 0,
) -> list[ComparedReport]:
    """Hold the latest reports of a replica against the original's.

    Args:
        original: `[n]` finite reports.
        replica: `[m]` likewise.
        goal: Of the metric.
        seeds: One curve a seed, finite reports, the original's among them and the replica's not.
        usual_noise: Standard deviation between seeds of best values, for reports that fewer than
            three seeds made; None if unknown.
        after: Reports of the replica that were compared before.
    """
    best = np.minimum.accumulate(replica * goal.sign) * goal.sign
    compared: list[ComparedReport] = []
    ranges = [
        _range_of_a_seed(k, original[k], seeds, usual_noise)
        for k in range(min(len(original), len(replica)))
    ]
    sides = [
        0 if ends is None else int(value > ends[1]) - int(value < ends[0])
        for ends, value in zip(ranges, replica[: len(ranges)].tolist(), strict=True)
    ]
    for k in range(after, len(replica)):
        value = float(replica[k])
        is_spike = _is_spike(replica[: k + 1] * goal.sign, len(original))
        if k >= len(original):
            compared.append(
                ComparedReport(
                    report=k + 1,
                    value=value,
                    best=float(best[k]),
                    standing=Standing.BEYOND,
                    is_spike=is_spike,
                )
            )
            continue
        gain = float((original[k] - value) * goal.sign)
        low, high = ranges[k] or (None, None)
        compared.append(
            ComparedReport(
                report=k + 1,
                value=value,
                best=float(best[k]),
                standing=_standing(gain, None if ranges[k] is None else sides[: k + 1], goal),
                original=float(original[k]),
                gain=finite_or_none(gain),
                low=low,
                high=high,
                is_spike=is_spike,
            )
        )
    return compared


def _range_of_a_seed(
    k: int, original: float, seeds: Sequence[NDArray[np.float64]], usual_noise: float | None
) -> tuple[float, float] | None:
    """What holds report `k` of another seed with a probability of 95 %.

    Of three seeds or more it is Student's t prediction interval: their mean and their standard
    deviation are estimates, and of three seeds it is 5.0 of these wide to either side. Of the usual
    noise, which is taken as known, it is that of the difference from the original.
    """
    there = np.array([curve[k] for curve in seeds if len(curve) > k])
    scatter = float(sd(there)) if len(there) >= _FEWEST_SEEDS else 0.0
    if scatter > 0:
        error = scatter * (1 + 1 / len(there)) ** 0.5
        ends = t_interval(float(mean(there)), error, len(there) - 1, level=LEVEL)
    elif usual_noise:
        ends = original - _APART * usual_noise, original + _APART * usual_noise
    else:
        return None
    return ends if np.isfinite(ends).all() else None


def _standing(gain: float, sides: list[int] | None, goal: Goal) -> Standing:
    if gain == 0:
        return Standing.EQUAL
    if sides is None:
        return Standing.BETTER if gain > 0 else Standing.WORSE
    if sides[-1] == 0:
        return Standing.ON_TRACK
    if sides[-_IN_A_ROW:] != [sides[-1]] * _IN_A_ROW:
        return Standing.STRAYS
    return Standing.AHEAD if sides[-1] * goal.sign < 0 else Standing.BEHIND


def _is_spike(values: NDArray[np.float64], n_expected: int) -> bool:
    """Whether the last of `[n]` values, lower is better, lies far above those before.

    How far is its distance from the median of the nine before; how far they usually lie is the
    median absolute deviation of up to fifty such distances before, of ten at least. The limit is
    what Student's t with 5 degrees of freedom, for tails heavier than a normal's, passes with a
    probability of 5 % over the reports of a whole curve.

    Args:
        values: `[n]` finite.
        n_expected: Reports of a whole curve, at least.
    """
    lately = values[-_MOST_REPORTS - _LEVEL_REPORTS - 1 :]
    if len(lately) <= _FEWEST_REPORTS + _LEVEL_REPORTS:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(lately[:-1], _LEVEL_REPORTS)
    distances = lately[_LEVEL_REPORTS:] - np.median(windows, axis=1)
    before = distances[:-1]
    usual = float(np.median(np.abs(before - np.median(before))))
    limit = t_at(1 - _ALARM / max(n_expected, len(values)), _TAIL) * _MAD * usual
    is_known = usual > ROUNDING * np.abs(lately).max()
    return bool(distances[-1] > (limit if is_known else np.abs(before).max()))

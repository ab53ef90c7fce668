"""A replica that is still at work, report by report against the original."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.stats.spread import finite_or_none
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.model import Goal

APART: Final = 2 * 2**0.5
"""Standard deviations between seeds beyond which two seeds differ: two of their difference's."""
_FEWEST_CHANGES: Final = 4
_MOST_CHANGES: Final = 10
_SPIKE: Final = 5.0
"""Times the usual change from report to report that make a spike; a rule of thumb."""


class Standing(StrEnum):
    """How a report stands to the original's at the same place."""

    EQUAL = "equal"
    ON_TRACK = "on_track"
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
        in_noise: That gain in standard deviations between seeds; None where they are not known.
        is_spike: Whether it is worse than the report before by far more than reports change.
    """

    __repr__ = brief_repr

    report: int
    value: float
    best: float
    standing: Standing
    original: float | None = None
    gain: float | None = None
    in_noise: float | None = None
    is_spike: bool = False


@np.errstate(over="ignore")  # 1e308 is a value too
def compared_reports(
    original: NDArray[np.float64],
    replica: NDArray[np.float64],
    goal: Goal,
    *,
    noise: NDArray[np.float64] | None = None,
    usual_noise: float | None = None,
    after: int = 0,
) -> list[ComparedReport]:
    """Hold the latest reports of a replica against the original's.

    Args:
        original: `[n]` finite reports.
        replica: `[m]` likewise.
        goal: Of the metric.
        noise: `[k]` standard deviation between seeds at each report, NaN where unknown.
        usual_noise: The same of best values, for reports where `noise` knows nothing; None if
            unknown.
        after: Reports of the replica that were compared before.
    """
    best = np.minimum.accumulate(replica * goal.sign) * goal.sign
    compared: list[ComparedReport] = []
    for k in range(after, len(replica)):
        value = float(replica[k])
        is_spike = _is_spike(replica[: k + 1] * goal.sign)
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
        there = float(noise[k]) if noise is not None and k < len(noise) else float("nan")
        scatter = there if there > 0 else usual_noise
        in_noise = finite_or_none(gain / scatter) if scatter else None
        compared.append(
            ComparedReport(
                report=k + 1,
                value=value,
                best=float(best[k]),
                standing=_standing(gain, in_noise),
                original=float(original[k]),
                gain=finite_or_none(gain),
                in_noise=in_noise,
                is_spike=is_spike,
            )
        )
    return compared


def _standing(gain: float, in_noise: float | None) -> Standing:
    if gain == 0:
        return Standing.EQUAL
    if in_noise is None:
        return Standing.BETTER if gain > 0 else Standing.WORSE
    if abs(in_noise) <= APART:
        return Standing.ON_TRACK
    return Standing.AHEAD if in_noise > 0 else Standing.BEHIND


def _is_spike(values: NDArray[np.float64]) -> bool:
    """Whether the last of `[n]` values, lower is better, leaps up from the one before.

    It does if it is worse by more than five times the median change between the reports before, of
    which the last ten count; where most of those are none, by more than the largest of them.
    """
    changes = np.diff(values[-_MOST_CHANGES - 2 :])
    if len(changes) <= _FEWEST_CHANGES:
        return False
    before = np.abs(changes[:-1])
    usual = float(np.median(before))
    limit = _SPIKE * usual if usual > 0 else float(before.max())
    return bool(changes[-1] > limit)

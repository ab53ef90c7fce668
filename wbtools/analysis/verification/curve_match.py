"""Whether a replication held: report by report against the original, then against its criteria."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model.configuration import is_label, is_rank, is_seed, same_value, tells_replicates
from wbtools.stats.spread import finite_or_none, sd
from wbtools.stats.student import Summary, summarize, values_needed
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import Criterion

_FEWEST_FOR_NOISE = 2
_ROUNDING = 1e-6


class ReplicationOutcome(StrEnum):
    """What became of a replication, in rising order of how good that is."""

    FAILURE = "failure"
    UNDECIDED = "undecided"
    ACCEPTABLE = "acceptable"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveMatch:
    """One replica against the original, over the reports that both made.

    Attributes:
        n_compared: Reports that both made.
        first_difference: The first report that differs in any bit, from 1; None if none does.
        largest: Largest absolute difference, metric's own units; None with nothing to compare, or
            where it is larger than a float.
        largest_at: Its report, from 1.
        in_noise: That difference in standard deviations between seeds at that report; None where
            fewer than two replicas with different seeds tell.
    """

    __repr__ = brief_repr

    n_compared: int
    first_difference: int | None = None
    largest: float | None = None
    largest_at: int | None = None
    in_noise: float | None = None


@np.errstate(over="ignore")  # 1e308 is a value too
def curve_match(
    original: NDArray[np.float64],
    replica: NDArray[np.float64],
    noise: NDArray[np.float64] | None = None,
) -> CurveMatch:
    """Compare two curves report by report.

    Args:
        original: `[n]` finite reports.
        replica: `[m]` likewise.
        noise: `[k]` standard deviation between seeds at each report, NaN where unknown.
    """
    n = min(len(original), len(replica))
    if n == 0:
        return CurveMatch(n_compared=0)
    gaps = np.abs(original[:n] - replica[:n])
    differing = np.flatnonzero(gaps > 0)
    at = int(np.argmax(gaps))
    sd = float(noise[at]) if noise is not None and at < len(noise) else float("nan")
    return CurveMatch(
        n_compared=n,
        first_difference=int(differing[0]) + 1 if len(differing) else None,
        largest=finite_or_none(gaps[at]),
        largest_at=at + 1,
        in_noise=finite_or_none(gaps[at] / sd) if np.isfinite(sd) and sd > 0 else None,
    )


def starts_apart(original: NDArray[np.float64], replica: NDArray[np.float64]) -> bool:
    """Whether the first reports differ by more than machines round differently.

    Args:
        original: `[n]` finite reports.
        replica: `[m]` likewise.
    """
    if not (len(original) and len(replica)):
        return False
    return not math.isclose(original[0], replica[0], rel_tol=_ROUNDING)


def is_meant_to_equal(
    original: Mapping[str, object], replica: Mapping[str, object], changed: Sequence[str]
) -> bool:
    """Whether both configurations record the same seed, and none of the changes that were meant.

    Args:
        original: Values by dotted name.
        replica: Likewise.
        changed: Names that replicas were to have different.
    """
    seeds = [name for name in dict.fromkeys((*original, *replica)) if is_seed(name)]
    return bool(seeds) and all(
        name in original and name in replica and same_value(original[name], replica[name])
        for name in dict.fromkeys((*seeds, *changed))
    )


def meant_changes(
    original: Mapping[str, object], replica: Mapping[str, object], changed: Sequence[str]
) -> tuple[str, ...]:
    """Names of meant changes that were made: their values differ, or neither run records them.

    Args:
        original: Values by dotted name.
        replica: Likewise.
        changed: Names that replicas were to have different.
    """
    return tuple(
        name
        for name in changed
        if not (name in original and name in replica and same_value(original[name], replica[name]))
    )


def seed_noise(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """`[k]` standard deviation (n - 1) at each report between runs that differ in their seed.

    Args:
        curves: One run each, finite reports.

    Returns:
        NaN where too few runs made a report; None where there are too few runs.
    """
    if len(curves) < _FEWEST_FOR_NOISE:
        return None
    width = max(map(len, curves))
    noise = np.full(width, np.nan)
    for k in range(width):
        there = [curve[k] for curve in curves if len(curve) > k]
        if len(there) >= _FEWEST_FOR_NOISE:
            noise[k] = sd(np.array(there))
    return noise


def config_differences(
    original: Mapping[str, object], replica: Mapping[str, object], expected: Sequence[str]
) -> tuple[str, ...]:
    """Names whose values differ and were not meant to; a name that one lacks differs too.

    What a run is called and where it writes is no difference.
    """
    names = dict.fromkeys((*original, *replica))
    return tuple(
        name
        for name in names
        if not (name in expected or is_label(name))
        and (
            (name in original) != (name in replica)
            or not same_value(original.get(name), replica.get(name))
        )
    )


def contradictions(
    original: Mapping[str, object], replica: Mapping[str, object], expected: Sequence[str]
) -> tuple[str, ...]:
    """Names whose values make a run another configuration, and so no replica.

    Seeds, folds, the places of processes, what runs are called, where they write and names of W&B's
    own (`_wandb`) make none, nor does a name that one of the two does not record, as launchers add
    some and old recordings lack some; but two that share no name at all are of different programs.
    """
    telling = [
        {
            name
            for name in config
            if not (
                name.startswith("_") or tells_replicates(name) or is_rank(name) or is_label(name)
            )
        }
        for config in (original, replica)
    ]
    if all(telling) and not telling[0] & telling[1]:
        return tuple(name for name in original if name in telling[0])
    return tuple(
        name
        for name in config_differences(original, replica, expected)
        if name in telling[0] and name in telling[1]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The replicas on one metric.

    Attributes:
        summary: Of their best values; None without any.
        why: The reason, in words.
        seeds_needed: Where their interval leaves it undecided, the fewest in all with which it
            would not, were mean and deviation what they seem; None elsewhere, or if none is enough.
    """

    __repr__ = brief_repr

    criterion: Criterion
    summary: Summary | None
    verdict: ReplicationOutcome
    why: str
    seeds_needed: int | None = None

    @property
    def reaches(self) -> bool:
        """Whether the 95 % interval of the mean reaches what is acceptable."""
        return self.summary is not None and _reaches(self.summary, self.criterion)


def judge(
    criterion: Criterion, values: Sequence[float], n_expected: int, *, is_continued: bool = False
) -> Judged:
    """Hold the replicas against a criterion.

    Their mean decides. Below acceptable it is undecided as long as the 95 % interval of the mean
    still reaches there, or not all replicas have ended; and below a success, where nothing says
    what is acceptable.

    Args:
        criterion: What they have to reach.
        values: The best value of every replica that ran to its end, metric's own units.
        n_expected: How many replicas there are to be.
        is_continued: Whether it is the run itself that went on, in words.
    """
    noun = "continued run" if is_continued else "replica"
    if not values:
        return Judged(
            criterion=criterion,
            summary=None,
            verdict=ReplicationOutcome.UNDECIDED,
            why=f"no {noun} has run to its end",
        )
    summary, sign = summarize(values), criterion.goal.sign
    mean = summary.mean * sign
    what = "its best" if is_continued and len(values) == 1 else "the mean"
    needed = None
    verdict, why = ReplicationOutcome.FAILURE, f"{what} is worse than acceptable"
    if mean <= criterion.success * sign:
        verdict, why = ReplicationOutcome.SUCCESS, f"{what} reaches a success"
    elif criterion.acceptable is None:
        verdict = ReplicationOutcome.UNDECIDED
        why = f"{what} is worse than a success, and nothing says what is acceptable"
    elif mean <= criterion.acceptable * sign:
        verdict, why = ReplicationOutcome.ACCEPTABLE, f"{what} is acceptable, but no success"
    elif len(values) < n_expected:
        verdict = ReplicationOutcome.UNDECIDED
        why = f"{len(values)} of {n_expected} {noun}s have ended, worse than acceptable so far"
    elif _reaches(summary, criterion):
        verdict = ReplicationOutcome.UNDECIDED
        why = f"{what} is worse than acceptable, but its 95 % interval reaches what is acceptable"
        needed = values_needed(mean - criterion.acceptable * sign, summary.sd or 0.0)
    return Judged(
        criterion=criterion, summary=summary, verdict=verdict, why=why, seeds_needed=needed
    )


def _reaches(summary: Summary, criterion: Criterion) -> bool:
    if summary.low is None or summary.high is None or criterion.acceptable is None:
        return False
    sign = criterion.goal.sign
    return min(summary.low * sign, summary.high * sign) <= criterion.acceptable * sign


def overall(judged: Sequence[Judged]) -> ReplicationOutcome:
    """The worst of all metrics; undecided without any."""
    order = list(ReplicationOutcome)
    return min(
        (metric_result.verdict for metric_result in judged),
        key=order.index,
        default=ReplicationOutcome.UNDECIDED,
    )

"""Few numbers and what they allow to say: means, intervals, chances, by Student's t.

Welch 1947, "The generalization of Student's problem when several different population variances are
involved"; degrees of freedom by Welch and Satterthwaite.

The closed forms stand on scipy.special, which loads in 0.3 s. `scipy.stats.ttest_ind` would load in
1.3 s and double the time of `rank` and `compare`, and it loses variances that leave the range of a
float when squared: of values around 1e200 it says p = 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.stats.spread import finite_or_none, mean, sd, variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL = 0.95
"""Probability that an interval holds what it is of, unless another one is asked for."""
_POWER = 0.8
_MOST_SEEDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Mean, spread and interval of some values, in their own units.

    Attributes:
        sd: Standard deviation (n - 1); None for fewer than two values.
        low: Lower end of the 95 % interval of the mean; None likewise.
        high: Upper end of the same.
    """

    n: int
    mean: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None


def summarize(values: Sequence[float]) -> Summary:
    """Sum up one value or more."""
    x = np.asarray(values, dtype=np.float64)
    average = float(mean(x))
    if len(x) < 2:  # noqa: PLR2004 - one value has no spread
        return Summary(n=len(x), mean=average)
    scatter = float(sd(x))
    low, high = t_interval(average, scatter / math.sqrt(len(x)), len(x) - 1)
    return Summary(n=len(x), mean=average, sd=scatter, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How likely one configuration is really better than another.

    Attributes:
        p: Probability, by the t distribution of the difference of means; None of one value each,
            or where the spread or the difference overflows.
        how: `paired`, `Welch`, or `one run` (the other's spread is taken to be this one's).
        difference: Of the means; positive where this one is better. None where it overflows.
        n: Values of this one.
        n_other: Values of the other.
        seeds_needed: Seeds of each with which a difference as large as this one would show, at
            95 % and with a power of 80 %; None where it shows already or no number is enough.
    """

    p: float | None
    how: str
    difference: float | None
    n: int
    n_other: int
    seeds_needed: int | None = None


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def chance_better(
    replicas: Sequence[float], other: Sequence[float], *, sign: float, paired: bool = False
) -> Chance:
    """Say how likely the first is really better.

    Args:
        replicas: One value a replica.
        other: One value a run of the other configuration.
        sign: The goal's.
        paired: Whether values at the same place share a seed.
    """
    x, y = (
        -sign * np.asarray(replicas, dtype=np.float64),
        -sign * np.asarray(other, dtype=np.float64),
    )
    difference = float(mean(x) - mean(y))
    if paired and len(x) == len(y) > 1:
        gaps = x - y
        spread = float(sd(gaps))
        error, dof, how = spread / math.sqrt(len(x)), float(len(x) - 1), "paired"
    elif len(x) > 1 and len(y) > 1:
        (error, dof), how = welch_error(x, y), "Welch"
        spread = math.sqrt(float(variance(x)) + float(variance(y)))
    elif max(len(x), len(y)) > 1:
        many = x if len(x) > 1 else y
        scatter = float(sd(many))
        error, dof, how = scatter * math.sqrt(1 + 1 / len(many)), float(len(many) - 1), "one run"
        spread = scatter * math.sqrt(2)
    else:
        error, dof, how, spread = math.nan, math.nan, "one run", math.nan
    if not (math.isfinite(error) and math.isfinite(difference)):
        known = finite_or_none(difference)
        return Chance(p=None, how=how, difference=known, n=len(x), n_other=len(y))
    p = p_below(difference / error, dof) if error > 0 else float(np.sign(difference) / 2 + 0.5)
    shows = p >= LEVEL or p <= 1 - LEVEL
    return Chance(
        p=p,
        how=how,
        difference=difference,
        n=len(x),
        n_other=len(y),
        seeds_needed=None
        if shows
        else _seeds_needed(abs(difference), spread, paired=how == "paired"),
    )


def _seeds_needed(difference: float, spread: float, *, paired: bool) -> int | None:
    """The fewest seeds of each, spread being that of one difference between the two."""
    if difference <= 0:
        return None
    for n in range(2, _MOST_SEEDS + 1):
        dof = n - 1 if paired else 2 * (n - 1)
        if difference >= (t_at(LEVEL, dof) + t_at(_POWER, dof)) * spread / math.sqrt(n):
            return n
    return None


def values_needed(gap: float, spread: float) -> int | None:
    """The fewest values whose 95 % interval does not reach so far from their mean.

    Args:
        gap: From the mean, positive.
        spread: Standard deviation of the values, in the same units.

    Returns:
        None where a thousand are not enough.
    """
    for n in range(2, _MOST_SEEDS + 1):
        if t_at((1 + LEVEL) / 2, n - 1) * spread / math.sqrt(n) < gap:
            return n
    return None


def welch_error(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Standard error of the difference of two means, in the values' units, and its freedom.

    Args:
        x: `[N]` values, two or more.
        y: `[M]` values, two or more; their variance may be another.

    Returns:
        The error and its degrees of freedom; these are NaN where the error is 0 or overflows.
    """
    a, b = float(variance(x)) / len(x), float(variance(y)) / len(y)
    error = math.sqrt(a + b)
    if not 0 < error < math.inf:
        return error, math.nan
    # Shares of the error, so that neither tiny nor huge variances leave the range of a float.
    a, b = a / (a + b), b / (a + b)
    return error, 1 / (a**2 / (len(x) - 1) + b**2 / (len(y) - 1))


def t_interval(
    estimate: float, error: float, dof: float, *, level: float = LEVEL
) -> tuple[float, float]:
    """The interval that holds what was estimated, by Student's t.

    Args:
        estimate: In its own units.
        error: Its standard error, in the same units.
        dof: Degrees of freedom of that error.
        level: Probability between the two ends.
    """
    half = t_at((1 + level) / 2, dof) * error
    return estimate - half, estimate + half


def t_at(p: float, dof: float) -> float:
    """The value below which a t of so many degrees of freedom lies with probability `p`."""
    from scipy.special import stdtrit  # noqa: PLC0415 - 0.3 s that most commands spare

    return float(stdtrit(dof, p))


def p_below(t: float, dof: float) -> float:
    """The probability that a t of so many degrees of freedom lies below `t`."""
    from scipy.special import stdtr  # noqa: PLC0415 - as above

    return float(stdtr(dof, t))

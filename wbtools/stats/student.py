"""Few numbers and what they allow to say: means, intervals, chances, by Student's t.

Welch 1947, "The generalization of Student's problem when several different population variances are
involved"; degrees of freedom by Welch and Satterthwaite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
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
    mean = float(x.mean())
    if len(x) < 2:  # noqa: PLR2004 - one value has no spread
        return Summary(n=len(x), mean=mean)
    sd = float(x.std(ddof=1))
    half = t_at((1 + LEVEL) / 2, len(x) - 1) * sd / math.sqrt(len(x))
    return Summary(n=len(x), mean=mean, sd=sd, low=mean - half, high=mean + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How likely one configuration is really better than another.

    Attributes:
        p: Probability, by the t distribution of the difference of means; None where nothing tells.
        how: `paired`, `Welch`, or `one run` (the other's spread is taken to be this one's).
        difference: Of the means; positive where this one is better.
        n: Values of this one.
        n_other: Values of the other.
        seeds_needed: Seeds of each with which a difference as large as this one would show, at
            95 % and with a power of 80 %; None where it shows already or no number is enough.
    """

    p: float | None
    how: str
    difference: float
    n: int
    n_other: int
    seeds_needed: int | None = None


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
    difference = float(x.mean() - y.mean())
    if paired and len(x) == len(y) > 1:
        gaps = x - y
        error, dof, how = float(gaps.std(ddof=1)) / math.sqrt(len(x)), float(len(x) - 1), "paired"
        spread = float(gaps.std(ddof=1))
    elif len(x) > 1 and len(y) > 1:
        a, b = float(x.var(ddof=1)) / len(x), float(y.var(ddof=1)) / len(y)
        error, how = math.sqrt(a + b), "Welch"
        parts = a**2 / (len(x) - 1) + b**2 / (len(y) - 1)
        dof = (a + b) ** 2 / parts if parts > 0 else float(len(x) + len(y) - 2)
        spread = math.sqrt(float(x.var(ddof=1)) + float(y.var(ddof=1)))
    elif max(len(x), len(y)) > 1:
        many = x if len(x) > 1 else y
        sd = float(many.std(ddof=1))
        error, dof, how = sd * math.sqrt(1 + 1 / len(many)), float(len(many) - 1), "one run"
        spread = sd * math.sqrt(2)
    else:
        return Chance(p=None, how="one run", difference=difference, n=1, n_other=1)
    p = _p_below(difference / error, dof) if error > 0 else float(np.sign(difference) / 2 + 0.5)
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


def t_at(p: float, dof: float) -> float:
    """The value below which a t of so many degrees of freedom lies with probability `p`."""
    from scipy.special import stdtrit  # noqa: PLC0415 - half a second that only `verify` needs

    return float(stdtrit(dof, p))


def _p_below(t: float, dof: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415 - as above

    return float(stdtr(dof, t))

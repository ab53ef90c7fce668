"""How sure scores are: a bootstrap over sweeps within tasks, and two methods compared in pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.training.score_metrics import AIMS, HIGHER, LOWER, macro

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.training.score_metrics import Joined

BETTER = "better beyond its interval"
NOT_WORSE = "not worse"
WORSE = "worse beyond its interval"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What a method scored on a benchmark.

    Attributes:
        sweeps: Their names, in order.
        overall: Each metric, macro over tasks.
        by_task: The same by task.
        drawn: `[n]` each metric on n draws of sweeps.
    """

    sweeps: tuple[str, ...]
    overall: dict[str, float]
    by_task: dict[str, dict[str, float]]
    drawn: dict[str, np.ndarray]

    def interval(self, name: str) -> tuple[float, float]:
        """5th and 95th percentile of a metric over the draws."""
        return percentiles(self.drawn.get(name, np.empty(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A metric of method a less that of method b, on the same draws of sweeps.

    Attributes:
        metric: Its name.
        a: What a scored.
        b: What b scored.
        difference: a less b; of a metric that aims at a number, of the distances from it.
        low: 5th percentile of the difference over the draws.
        high: 95th percentile.
        share_better: Share of the draws in which a is strictly better.
        verdict: `BETTER`, `NOT_WORSE` or `WORSE` of a; `UNKNOWN` where there is nothing to compare.
    """

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    share_better: float
    verdict: str


def draws(joined: Joined, n: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Rows of sweeps, drawn anew within each task; the same for every method on a benchmark."""
    rng = np.random.default_rng(seed)
    groups = list(joined.by_task().values())
    for _ in range(n):
        yield np.concatenate([rows[rng.integers(0, len(rows), len(rows))] for rows in groups])


def score(joined: Joined, n_draws: int = 0) -> Scores:
    """Score a method's predictions, on all sweeps and on draws of them."""
    overall, by_task = macro(joined)
    drawn = [macro(joined.take(rows))[0] for rows in draws(joined, n_draws)]
    return Scores(
        sweeps=tuple(joined.sweeps["id"].tolist()),
        overall=overall,
        by_task=by_task,
        drawn={name: np.array([scores[name] for scores in drawn]) for name in overall},
    )


def compare(a: Scores, b: Scores) -> list[Difference]:
    """Compare two methods metric by metric, in pairs.

    What is measured where a method ranks (`hit@3_ranked`) is compared if one of them abstains
    anywhere, each on the sweeps that it ranks.

    Raises:
        ValueError: They were not scored on the same draws of the same sweeps.
    """
    if a.sweeps != b.sweeps or len(a.drawn["mae"]) != len(b.drawn["mae"]):
        msg = "two methods are compared on the same draws of the same sweeps"
        raise ValueError(msg)
    all_rank = not a.overall["abstain"] and not b.overall["abstain"]
    names = [name for name in AIMS if not (all_rank and name.endswith("_ranked"))]
    return [_difference(name, a, b) for name in names]


def _difference(name: str, a: Scores, b: Scores) -> Difference:
    point = float(_loss(name, a.overall[name]) - _loss(name, b.overall[name]))
    drawn = _loss(name, a.drawn[name]) - _loss(name, b.drawn[name])
    drawn = drawn[~np.isnan(drawn)]
    low, high = percentiles(drawn)
    if math.isnan(low):
        verdict = UNKNOWN
    else:
        verdict = BETTER if high < 0 else WORSE if low > 0 else NOT_WORSE
    if AIMS[name] == HIGHER:
        point, low, high = -point, -high, -low
    return Difference(
        metric=name,
        a=a.overall[name],
        b=b.overall[name],
        difference=point,
        low=low,
        high=high,
        share_better=float((drawn < 0).mean()) if len(drawn) else math.nan,
        verdict=verdict,
    )


def _loss(name: str, value: float | np.ndarray) -> np.ndarray:
    """A metric turned so that lower is better; a ratio's distance from 1 is that of logarithms."""
    aim, values = AIMS[name], np.asarray(value, float)
    if aim == LOWER:
        return values
    if aim == HIGHER:
        return -values
    if name == "gem_ratio":
        return np.abs(np.log(np.maximum(values, 1e-9)))
    return np.abs(values - float(aim))


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """5th and 95th percentile of the known values; NaN without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.percentile(known, (5, 95))
    return float(low), float(high)

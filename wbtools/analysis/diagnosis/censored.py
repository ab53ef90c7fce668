"""What every run of a sweep says about its configuration, stopped runs as censored.

A stopped run's best value is a bound: it would have become that or better. Two runs are ordered
only where the interval of the one lies wholly beyond that of the other (Gehan 1965, "A generalized
Wilcoxon test for comparing arbitrarily singly-censored samples").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit
    from wbtools.analysis.gems import Projection
    from wbtools.model import Run

_N_SHUFFLES: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class CensoredRun:
    """One run that has a value, lower being better.

    Attributes:
        worst: Its best value so far, after the goal's sign: it became that or better.
        likely: The middle of what it would have become; `worst` if nothing tells.
        best: What it would at best have become; minus infinity if nothing tells.
        censored: Its value is no full run's: see `Completion.counts`.
        value: The best value in the metric's own direction.
        least: What it would surely have become, as surely as `best`; None if nothing tells.
    """

    run: Run
    worst: float
    likely: float
    best: float
    censored: bool
    value: float
    least: float | None = None

    @property
    def config(self) -> Mapping[str, object]:
        """Its configuration, names dotted."""
        return self.run.config


@dataclass(frozen=True)
class CensoredOutcomes:
    """All runs that have a value, the best first.

    Attributes:
        n_silent: Runs without any value; they say nothing.
    """

    tried: tuple[CensoredRun, ...]
    n_silent: int

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """`[N]` runs that are surely worse minus runs that are surely better; higher is better."""
        return gehan_scores(
            np.array([run.worst for run in self.tried]), np.array([run.best for run in self.tried])
        )

    @property
    def n_censored(self) -> int:
        """Runs whose values are bounds."""
        return sum(run.censored for run in self.tried)

    def top(self, share: float, fewest: int) -> list[CensoredRun]:
        """The best runs, and the stopped ones that would likely have come to belong to them.

        Args:
            share: Part of all runs.
            fewest: At least so many, if there are.
        """
        n = self.n_top(share, fewest)
        bar = self.tried[n - 1].worst
        late = [run for run in self.tried[n:] if run.censored and run.likely < bar]
        return [*self.tried[:n], *late]

    def n_top(self, share: float, fewest: int) -> int:
        """How many of the runs are the best ones by the values that they reached."""
        return min(len(self.tried), max(fewest, round(share * len(self.tried))))

    def p_no_worse(self, members: Sequence[int]) -> float:
        """How often a random group of that size stands as badly as these runs do.

        Args:
            members: Places in `tried`.
        """
        scores, size = self.scores, len(members)
        observed = scores[list(members)].sum()
        rng = np.random.default_rng(0)
        shuffled = rng.permuted(np.tile(scores, (_N_SHUFFLES, 1)), axis=1)
        drawn = shuffled[:, :size].sum(axis=1)
        return float((1 + (drawn <= observed).sum()) / (1 + _N_SHUFFLES))


def gehan_scores(worst: NDArray[np.float64], best: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[N]` runs that are surely worse minus runs that are surely better, in n log n.

    Without censoring this is `n + 1 - 2 rank`, so that whatever is made of ranks can be made of it.

    Args:
        worst: `[N]` the worse end of what each run is or would have become; lower is better.
        best: `[N]` the better end, at most `worst`.
    """
    worse = len(worst) - np.searchsorted(np.sort(best), worst, side="right")
    better = np.searchsorted(np.sort(worst), best, side="left")
    return np.asarray(worse - better, dtype=np.float64)


def censored_outcomes(audit: Audit) -> CensoredOutcomes:
    """Order the runs of an audit."""
    sign = audit.question.rank_by.goal.sign
    tried = []
    for row in audit.rows:
        if row.best is None:
            continue
        worst = row.best * sign
        censored = not row.completion.counts
        likely, best, least = worst, worst, None
        if censored:
            likely, best, least = _projected(row.projection, worst, sign)
        tried.append(
            CensoredRun(
                run=row.run,
                worst=worst,
                likely=likely,
                best=best,
                censored=censored,
                value=row.best,
                least=least,
            )
        )
    tried.sort(key=lambda run: run.worst)
    return CensoredOutcomes(tried=tuple(tried), n_silent=len(audit.rows) - len(tried))


def _projected(
    projection: Projection | None, worst: float, sign: float
) -> tuple[float, float, float | None]:
    """What a stopped run would likely, at best and surely have become; lower is better."""
    if projection is None or projection.median is None:
        return worst, -np.inf, None
    ends = [end * sign for end in (projection.low, projection.high) if end is not None]
    least = min(worst, max(ends)) if ends else None
    return min(worst, projection.median * sign), min(worst, *ends), least

"""The runs that have a value, stopped ones as censored: completed many times over by projections.

A stopped run's best value is a bound. Where the audit projects what it would have become, its value
is drawn from that distribution, anew in each imputation, and what differs between imputations is
part of every interval (Rubin 1987, "Multiple Imputation for Nonresponse in Surveys"). Where it
cannot be projected it stays a bound, and counts as better or worse only than those of which that is
sure (Gehan 1965).

Results are ranked: a run's standing is the share of the others that it beats, 0 to 1. So a few
diverged runs decide nothing, and neither units nor a logarithm of the metric changes anything.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.censored import gehan_scores
from wbtools.analysis.projection import SHARED_ERROR_FRACTION
from wbtools.stats.imputation import even_normals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun

    Floats = NDArray[np.float64]

N_IMPUTATIONS: Final = 16
_Z: Final = NormalDist().inv_cdf(0.95)
_FEW_BOUNDS: Final = 0.1
"""Share of the runs beyond which what nobody knows decides what they seem to say."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImputedOutcomes:
    """N runs with a value; lower is better. In an order that is theirs, not the source's.

    Attributes:
        worst: `[N]` best value so far: they became that or better.
        likely: `[N]` the middle of what they would have become.
        best: `[N]` what they would at best (19 in 20) have become; minus infinity if nothing tells.
        least: `[N]` what they would at least (19 in 20) have become; `worst` if nothing tells.
        censored: `[N]` they were cut short.
        sign: Gives values back in the metric's own direction.
    """

    tried: tuple[CensoredRun, ...]
    worst: Floats
    likely: Floats
    best: Floats
    least: Floats
    censored: NDArray[np.bool_]
    sign: float

    @property
    def configs(self) -> list[Mapping[str, object]]:
        """Their configurations."""
        return [run.config for run in self.tried]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.tried)

    @cached_property
    def projected(self) -> NDArray[np.bool_]:
        """`[N]` cut short, and something tells what they would have become."""
        return self.censored & np.isfinite(self.best)

    @cached_property
    def bounds(self) -> NDArray[np.bool_]:
        """`[N]` cut short, and nothing tells."""
        return self.censored & ~np.isfinite(self.best)

    @property
    def many_bounds(self) -> bool:
        """Whether nothing tells what more than a tenth of all runs would have become."""
        return bool(self.bounds.sum() > _FEW_BOUNDS * self.n)

    @cached_property
    def imputed(self) -> Floats:
        """`[M, N]` values, M times completed; the best so far of runs that stay bounds.

        A projection is drawn from two halves of normal distributions that meet at its middle, as
        wide as its interval says, but never worse than the best so far, which is certain. Half of
        its error is that of all projections of the imputation: see `SHARED_ERROR_FRACTION`.
        """
        rng = np.random.default_rng(0)
        m = N_IMPUTATIONS if self.projected.any() else 1
        own_errors = rng.standard_normal((m, self.n))
        # Evenly over the distribution: 16 free draws of what all have in common would be a bias.
        common = rng.permutation(even_normals(m))[:, None]
        z = (
            math.sqrt(SHARED_ERROR_FRACTION) * common
            + math.sqrt(1 - SHARED_ERROR_FRACTION) * own_errors
        ) / _Z
        likely = self.middle
        better = likely - np.where(self.projected, self.best, likely)
        worse = np.where(self.projected, self.least, likely) - likely
        return np.minimum(likely + z * np.where(z < 0, better, worse), self.worst)

    @cached_property
    def middle(self) -> Floats:
        """`[N]` the middle of what projected runs would have become; of others the best so far."""
        return np.where(self.projected, self.likely, self.worst)

    @cached_property
    def standings(self) -> Floats:
        """`[M, N]` share of the other runs that each beats, in each imputation; 1 is best."""
        return np.array([self._standing(values) for values in self.imputed])

    @cached_property
    def values(self) -> Floats:
        """`[M, N]` completed values in the metric's own direction."""
        return self.imputed * self.sign

    def typical(self, standing: Floats) -> Floats:
        """The values of runs that stand so, metric's own direction."""
        every = self._every
        at = (1 - np.clip(standing, 0, 1)) * (len(every) - 1)
        return np.interp(at, np.arange(len(every)), every) * self.sign

    @cached_property
    def _every(self) -> Floats:
        return np.sort(self.imputed, axis=None)

    def _standing(self, values: Floats) -> Floats:
        best = np.where(self.bounds, -np.inf, values)
        scores = gehan_scores(values, best)
        return np.asarray((scores / max(self.n - 1, 1) + 1) / 2)


def imputed_outcomes(outcomes: CensoredOutcomes, sign: float) -> ImputedOutcomes:
    """The runs of an audit in an order of their own, so that theirs in the source changes nothing.

    Args:
        outcomes: The runs that have a value.
        sign: The goal's.
    """
    tried = sorted(outcomes.tried, key=lambda run: (run.worst, run.likely, _text(run), run.run.id))
    return ImputedOutcomes(
        tried=tuple(tried),
        worst=np.array([run.worst for run in tried]),
        likely=np.array([run.likely for run in tried]),
        best=np.array([run.best if run.censored else run.worst for run in tried]),
        least=np.array([run.worst if run.least is None else run.least for run in tried]),
        censored=np.array([run.censored for run in tried], dtype=bool),
        sign=sign,
    )


def _text(run: CensoredRun) -> str:
    return json.dumps(dict(run.config), sort_keys=True, default=str)

"""Hidden gems: which stopped runs would have beaten the bar, how sure we are, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection import Method, Projector, SweepSnapshot, Weights
from wbtools.analysis.projection.catch_up import natural_floor
from wbtools.analysis.projection.weights import log_odds, probability
from wbtools.analysis.rankability import Rankability, judge_rankability
from wbtools.analysis.seed_noise import if_run_again, seed_noise
from wbtools.stats.spread import finite_or_none
from wbtools.text.brief import brief_repr, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.projection.applicability import OutOfDomain
    from wbtools.analysis.projection.reasons import Reasons

LEVEL = 0.9
PRIOR_P_GEM = 0.011
"""Share of stopped runs that are gems, measured on 7,128 replayed sweeps of trained curves."""

_MOST_DRAWN = 200  # candidates in the simulation of re-runs; the others add next to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The projected best over the full budget, metric's own units; or why there is none.

    Attributes:
        horizon: Reports of the full budget; None if unknown.
        median: Middle of the projected best; None when abstained.
        low: Lower end of the interval that holds `level` of the probability.
        high: Upper end of the same.
        p_gem: P(the best over the full budget beats the bar), had the run gone on. When abstained,
            a prior that rests on other people's sweeps, or 1 for a run that is above the bar.
        p_repeat: P(a fresh run of the same configuration beats the bar), seed noise included; None
            when abstained.
        expected_gain: Expected improvement over the bar of re-running it, 0 where it falls short;
            None when abstained.
        n_support: Completed runs that went further.
        gain_low: Least that those gained after the same report; None without any.
        gain_high: Most that those gained.
        reasons: Facts behind it; None when abstained, and for the plain methods.
        abstained_because: None, or the reason in words.
    """

    horizon: int | None
    level: float = LEVEL
    median: float | None = None
    low: float | None = None
    high: float | None = None
    p_gem: float
    p_repeat: float | None = None
    expected_gain: float | None = None
    method: Method = Method.LEARNED
    n_support: int = 0
    gain_low: float | None = None
    gain_high: float | None = None
    reasons: Reasons | None = None
    abstained_because: str | None = None

    def __repr__(self) -> str:
        """One line, as `<projection: 0.55, 0.53 to 0.57, P(gem) 0.34>`."""
        if self.median is None or self.low is None or self.high is None:
            return one_line("projection", f"none: {self.abstained_because}")
        ends = f"{self.low:.4g} to {self.high:.4g}"
        return one_line("projection", f"{self.median:.4g}", ends, f"P(gem) {self.p_gem:.2g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What re-running the first k of the ranked candidates is expected to bring back.

    Attributes:
        share: Their share, in [0, 1], of the expected gain of the best of all over the bar, had
            they gone on; errors taken as independent.
    """

    k: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The sweep as a whole: is there a gem at all?

    Attributes:
        p_any: P(at least one stopped run is a gem). Projections of one sweep rest on the same
            completed runs, so their errors are neither independent nor the same. The learned
            model was taught how far to trust the product; for the plain methods it is the middle
            between independent and equal errors. None without a bar: nobody can tell.
        expected_gems: Expected number of gems; None likewise.
        n_candidates: Stopped runs with a value: those that might be gems.
        n_abstained: Of these, those for which only a prior could be given.
        seed_noise: Standard deviation between runs of one configuration, metric's own units;
            None if nothing tells, or if it is larger than a float.
        seed_noise_from: In words, what that number rests on; empty if nothing tells.
        recovery: For k = 1, 2, 3, 5, …; empty if nothing is expected to be recovered, or if no run
            can be said to be likelier than another.
        fell_back_because: Why the learned model was not used although it was asked for, in words;
            None if it was, or if another method was asked for.
        rankability: Whether standing at the stop tells anything of the end; None without curves.
    """

    __repr__ = brief_repr

    p_any: float | None
    expected_gems: float | None
    n_candidates: int
    n_abstained: int
    seed_noise: float | None
    seed_noise_from: str
    recovery: tuple[Recovery, ...]
    fell_back_because: str | None = None
    rankability: Rankability | None = None

    @property
    def cannot_rank(self) -> bool:
        """Whether which stopped runs were gems cannot be told, by the sweep's own evidence."""
        return self.rankability is not None and self.rankability.is_impossible


def judge_gems(
    field: SweepSnapshot,
    incumbent: float | None,
    *,
    sign: float,
    projector: Projector | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[int, Projection], Outcome]:
    """Project every stopped run and sum up.

    Args:
        field: The runs, lower is better.
        incumbent: What a gem must beat, lower is better; None if no run ran its course.
        sign: The goal's sign, to give values back in the metric's own direction.
        projector: How to project; by catching up if it is not given.
        seed: Of the simulations; the answer is a function of the arguments.
        on_progress: Called with (parts of the projection done, parts in all).

    Returns:
        A projection by row for every stopped run with a value, and the outcome for the sweep.
        Without a bar there is nothing to beat, and so no projection.
    """
    if incumbent is None:
        return {}, _without_a_bar(field)
    rng = np.random.default_rng(seed)
    noise, noise_from = seed_noise(field)
    floor = natural_floor(field.values)
    projector = projector or Projector()
    found = projector.predict(field, incumbent, on_progress=on_progress)
    method, outside = found.method, found.outside
    fell_back = None if outside is None or outside.abstains else outside.because
    projections: dict[int, Projection] = {}
    draws: dict[int, NDArray[np.float64]] = {}
    for row in _candidates(field):
        horizon = int(field.horizon[row]) or None
        best = float(field.best[row])
        above = best < incumbent
        if row not in found:
            projections[row] = Projection(
                horizon=horizon,
                p_gem=1.0 if above else PRIOR_P_GEM,
                method=method,
                abstained_because=_abstention(field, outside),
            )
            continue
        projected = found[row]
        draws[row] = projected.draws
        p_repeat, expected_gain = if_run_again(
            projected.draws,
            best=best,
            bar=incumbent,
            noise=noise,
            seen=_share_seen(field, row),
            floor=floor,
        )
        low, median, high = sorted(
            projected.quantile(at) * sign
            for at in (projected.interval[0], 0.5, projected.interval[1])
        )
        projections[row] = Projection(
            horizon=horizon,
            median=median,
            low=low,
            high=high,
            p_gem=projected.p_better(incumbent),
            p_repeat=p_repeat,
            expected_gain=finite_or_none(expected_gain),
            method=method,
            n_support=len(projected.gains.own),
            gain_low=float(projected.gains.own.min()) if len(projected.gains.own) else None,
            gain_high=float(projected.gains.own.max()) if len(projected.gains.own) else None,
            reasons=projected.reasons,
        )
    ranked = rank_gems(projections, field.best)
    p_gems = [projections[row].p_gem for row in ranked]
    ranking = judge_rankability(
        field,
        found,
        incumbent,
        method=method,
        p_repeat={row: projections[row].p_repeat or 0.0 for row in found if row in projections},
    )
    can_rank = ranking is None or not ranking.is_impossible
    in_order = [draws[row] for row in ranked if row in draws] if can_rank else []
    return projections, Outcome(
        p_any=_p_any(p_gems, projector.weights if method is Method.LEARNED and found else None),
        fell_back_because=fell_back,
        expected_gems=sum(p_gems),
        n_candidates=len(projections),
        n_abstained=sum(
            projection.abstained_because is not None for projection in projections.values()
        ),
        seed_noise=finite_or_none(noise) if noise_from else None,
        seed_noise_from=noise_from,
        recovery=_recovery(in_order, incumbent, rng),
        rankability=ranking,
    )


def _candidates(field: SweepSnapshot) -> list[int]:
    """Stopped runs with a value to judge by: of those that logged none, nothing is promised."""
    return np.flatnonzero(field.stopped & np.isfinite(field.best)).tolist()


def _share_seen(field: SweepSnapshot, row: int) -> float:
    """The share of its budget that a run used; of the longest completed run's if unknown."""
    n, longest = int(field.n_reports[row]), int(field.n_reports[field.full].max(initial=0))
    return n / max(int(field.horizon[row]) or longest, n, 1)


def _without_a_bar(field: SweepSnapshot) -> Outcome:
    n_candidates = len(_candidates(field))
    noise, noise_from = seed_noise(field)
    return Outcome(
        p_any=None if n_candidates else 0.0,
        expected_gems=None if n_candidates else 0.0,
        n_candidates=n_candidates,
        n_abstained=n_candidates,
        seed_noise=finite_or_none(noise) if noise_from else None,
        seed_noise_from=noise_from,
        recovery=(),
        rankability=judge_rankability(field, {}, math.inf),
    )


def _p_any(p_gems: Sequence[float], weights: Weights | None) -> float:
    """P(at least one)."""
    if max(p_gems, default=0.0) in {0.0, 1.0}:
        return max(p_gems, default=0.0)
    independent = 1.0 - math.prod(1.0 - p for p in p_gems)
    if weights is None:
        return (max(p_gems) + independent) / 2
    factor, constant = weights.any_blend.tolist()
    odds = log_odds(np.array([independent])) * factor + constant
    return min(max(float(probability(odds)[0]), *p_gems), sum(p_gems))


def rank_gems(projections: Mapping[int, Projection], best: NDArray[np.float64]) -> list[int]:
    """Rows of the stopped runs, the likeliest gem first; the better best so far breaks ties.

    Args:
        projections: By row.
        best: `[N]` lower is better.
    """
    return sorted(
        projections,
        key=lambda row: (
            -projections[row].p_gem,
            best[row] if np.isfinite(best[row]) else math.inf,
            row,
        ),
    )


def _abstention(field: SweepSnapshot, outside: OutOfDomain | None) -> str | None:
    if not field.full.any():
        return "no run ran to its end, so nothing shows how much runs still gain"
    if not field.has_curves:
        return "there are no curves, so nothing shows how much runs still gain"
    return None if outside is None else outside.because


def _recovery(
    ranked: Sequence[NDArray[np.float64]], incumbent: float, rng: np.random.Generator
) -> tuple[Recovery, ...]:
    """What the first k hold of the expected loss: E[best gain of k] / E[best gain of all].

    Gains over the bar, had the runs gone on; runs without a projection are left out.
    """
    if not ranked:
        return ()
    gain = np.array(
        [np.maximum(incumbent - rng.permutation(draws), 0.0) for draws in ranked[:_MOST_DRAWN]]
    )
    upto = np.maximum.accumulate(gain, axis=0).mean(axis=1)
    if upto[-1] <= 0:
        return ()
    return tuple(
        Recovery(k=k, share=float(upto[k - 1] / upto[-1]))
        for k in (1, 2, 3, 5, 10)
        if k <= len(upto)
    )

"""A Gaussian process over configuration and training time, for the runs of one sweep.

What a run shows at a few of its reports is a sum of: what its configuration is worth at that time
(parameter by parameter, and all of them together), what is its own, a common rise, and noise.
The few settings are those under which the sweep's own curves are likeliest (Rasmussen and Williams
2006, section 5.4.1), chosen from a short list; then parameters that tell nothing are dropped and
telling ones count more. So a run that was stopped after one report is judged by what its
configuration's neighbours became. Values enter as normal scores, which makes it blind to the scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.config_distance import DistanceParameter, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

_SEEN_AT = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765)
_MOST_SEEN = 4
_REACH, _OWN_REACH = 0.7, 0.4
"""Correlation lengths over log time, as shares of the log budget."""
_PARAMETER_REACH = 0.35
_TRENDS = 4.0
_JITTER = 1e-4
_BACKBONE = 150
_BLOCK = 75
"""Beyond that many runs the candidates are judged in blocks, beside those that went furthest."""
_LEAST_BETTER = 0.5
_SCORE_TAIL = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GPHyperparameters:
    """Variances of the parts, and how much each parameter counts.

    Attributes:
        each: Of the sum over parameters.
        together: Of all parameters at once.
        own: Of what is the run's own.
        noise: Of a single report.
        weights: `[P]`, sum 1.
    """

    each: float
    together: float
    own: float
    noise: float
    weights: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GPPosterior:
    """What the process expects of M candidates at the end of their budget, in normal scores.

    Attributes:
        mean: `[M]`.
        sd: `[M]`.
        by_config: `[M]` mean without what is the run's own.
        value: `[M]` `mean` as a value of the metric, within what the sweep has seen.
        incumbent: The bar.
        settings: Under which the sweep's curves are likeliest.
        n_parameters: How many parameters vary.
    """

    mean: Floats
    sd: Floats
    by_config: Floats
    value: Floats
    incumbent: float
    settings: GPHyperparameters
    n_parameters: int


def gp_posterior(
    best: Floats,
    n_reports: Rows,
    configs: Sequence[Mapping[str, object]],
    candidates: Rows,
    *,
    horizon: int,
    incumbent: float,
    on_progress: Callable[[int, int], None] | None = None,
) -> GPPosterior:
    """Fit the process to a sweep and look at the candidates' end.

    Args:
        best: `[N, T]` from `running_best`.
        n_reports: `int64 [N]`.
        configs: N configurations.
        candidates: `int64 [M]` rows, each with a report.
        horizon: Reports of a full run.
        incumbent: Lower is better.
        on_progress: Called with (parts done, parts in all): the fit, then blocks of candidates.
    """
    known = parameters(configs)
    reached = np.flatnonzero(n_reports > 0)
    order = reached[np.lexsort((best[reached, -1], -n_reports[reached]))]
    backbone = order[:_BACKBONE]
    rest = np.setdiff1d(candidates, backbone)
    observations = _Seen.of(best, n_reports, reached, horizon)
    first = np.intersect1d(candidates, backbone)
    n_parts = 1 + bool(len(first)) + math.ceil(len(rest) / _BLOCK)
    if on_progress is not None:
        on_progress(0, n_parts)
    settings = _fitted(observations.only(backbone), known)
    ends: dict[int, tuple[float, float, float]] = {}
    blocks = [(first, backbone)] if len(first) else []
    for at in range(0, len(rest), _BLOCK):
        block = rest[at : at + _BLOCK]
        blocks.append((block, np.concatenate((backbone, block))))
    for n_before, (rows, among) in enumerate(blocks, start=1):
        if on_progress is not None:
            on_progress(n_before, n_parts)
        ends.update(
            zip(rows.tolist(), _ends(observations.only(among), known, settings, rows), strict=True)
        )
    mean, sd, by_config = np.array([ends[row] for row in candidates.tolist()]).reshape(-1, 3).T
    return GPPosterior(
        mean=mean,
        sd=sd,
        by_config=by_config,
        value=np.interp(mean, observations.scores, observations.levels),
        incumbent=float(np.interp(incumbent, observations.levels, observations.scores)),
        settings=settings,
        n_parameters=len(known),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """Observations: `run`, `time` (log reports by log budget), `score`, each `[O]`."""

    run: Rows
    time: Floats
    score: Floats
    end: float
    levels: Floats
    scores: Floats

    @classmethod
    def of(cls, best: Floats, n_reports: Rows, rows: Rows, horizon: int) -> _Seen:
        runs, reports = [], []
        for row in rows.tolist():
            n = int(n_reports[row])
            at = [*(report for report in _SEEN_AT if report < n), n]
            if len(at) > _MOST_SEEN:
                at = [at[0], at[len(at) // 2], at[-2], at[-1]]
            runs += [row] * len(at)
            reports += at
        run, report = np.array(runs), np.array(reports)
        values = best[run, report - 1]
        levels, counts = np.unique(values, return_counts=True)
        middle = (np.cumsum(counts) - counts / 2) / len(values)
        inverse = NormalDist().inv_cdf
        scores = np.array([inverse(p) for p in np.clip(middle, _SCORE_TAIL, 1 - _SCORE_TAIL)])
        log_budget = max(float(np.log(horizon)), 1.0)
        return cls(
            run=run,
            time=np.log(report) / log_budget,
            score=np.interp(values, levels, scores),
            end=float(np.log(horizon)) / log_budget,
            levels=levels,
            scores=scores,
        )

    def only(self, rows: Rows) -> _Seen:
        keep = np.isin(self.run, rows)
        return _Seen(
            run=self.run[keep],
            time=self.time[keep],
            score=self.score[keep],
            end=self.end,
            levels=self.levels,
            scores=self.scores,
        )


def _near(a: Floats, b: Floats, reach: float) -> Floats:
    near: Floats = np.exp(-(np.subtract.outer(a, b) ** 2) / (2 * reach * reach))
    return near


def _own(a: Floats, b: Floats) -> Floats:
    """A run's own part: half of it stays for good."""
    return 0.5 * _near(a, b, _OWN_REACH) + 0.5


def _trend(a: Floats, b: Floats) -> Floats:
    return _TRENDS * (1 + np.multiply.outer(a, b))


def _alike(
    known: Sequence[DistanceParameter], rows: Rows, others: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """`[P, A, B]` likeness by parameter, and `[A, B]` by all of them."""
    if not known:
        ones = np.ones((1, len(rows), len(others)), dtype=np.float32)
        return ones, ones[0]
    gaps = np.array([parameter.gaps(rows, others) for parameter in known])
    each = np.exp(-gaps / (2 * _PARAMETER_REACH**2)).astype(np.float32)
    return each, np.exp(-6 * gaps.mean(axis=0)).astype(np.float32)


def _worth(
    settings: GPHyperparameters, alike: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> NDArray[np.float32]:
    each, together = alike
    worth: NDArray[np.float32] = np.tensordot(
        (settings.each * settings.weights).astype(np.float32), each, 1
    )
    return worth + np.float32(settings.together) * together


def _fitted(observations: _Seen, known: Sequence[DistanceParameter]) -> GPHyperparameters:
    """The likeliest settings."""
    rows, places = np.unique(observations.run, return_inverse=True)
    alike = _alike(known, rows, rows)
    of_time = _near(observations.time, observations.time, _REACH).astype(np.float32)
    own_covariance = (
        _own(observations.time, observations.time)
        * np.equal.outer(observations.run, observations.run)
    ).astype(np.float32)
    trend = _trend(observations.time, observations.time).astype(np.float32)
    score = observations.score.astype(np.float32)
    among = np.ix_(places, places)

    def evidence(settings: GPHyperparameters) -> float:
        cov = (
            _worth(settings, alike)[among] * of_time
            + np.float32(settings.own) * own_covariance
            + trend
        )
        cov[np.diag_indices_from(cov)] += np.float32(settings.noise + _JITTER)
        try:
            root = np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            return -np.inf
        return float(-0.5 * score @ np.linalg.solve(cov, score) - np.log(np.diag(root)).sum())

    n = len(alike[0])
    flat = np.full(n, 1 / n)
    tried = [
        GPHyperparameters(each=each, together=together, own=own_part, noise=noise, weights=flat)
        for each, together in ((0.6, 0.2), (0.2, 0.6), (0.1, 0.1), (0.9, 0.0))
        for own_part, noise in ((0.5, 0.02), (0.15, 0.02), (0.5, 0.15))
    ]
    found = [evidence(settings) for settings in tried]
    best, most = tried[int(np.argmax(found))], max(found)
    for place in range(n) if n > 1 else ():
        for factor in (0.0, 3.0):
            weights = best.weights.copy()
            weights[place] *= factor
            if not weights.sum():
                continue
            other = GPHyperparameters(
                each=best.each,
                together=best.together,
                own=best.own,
                noise=best.noise,
                weights=weights / weights.sum(),
            )
            value = evidence(other)
            if value > most + _LEAST_BETTER:
                best, most = other, value
    return best


def _ends(
    observations: _Seen, known: Sequence[DistanceParameter], settings: GPHyperparameters, rows: Rows
) -> list[tuple[float, float, float]]:
    """Mean, standard deviation and mean by configuration alone, for each of `rows`."""
    runs, places = np.unique(observations.run, return_inverse=True)
    worth = _worth(settings, _alike(known, runs, runs))
    same = np.equal.outer(observations.run, observations.run)
    cov = worth[np.ix_(places, places)] * _near(observations.time, observations.time, _REACH)
    cov = (
        cov
        + settings.own * same * _own(observations.time, observations.time)
        + _trend(observations.time, observations.time)
    )
    cov[np.diag_indices_from(cov)] += settings.noise + _JITTER
    end = np.full(len(rows), observations.end)
    worth_of_rows = worth[np.ix_(np.searchsorted(runs, rows), places)]
    by_config = worth_of_rows * _near(end, observations.time, _REACH) + _trend(
        end, observations.time
    )
    across = by_config + settings.own * np.equal.outer(rows, observations.run) * _own(
        end, observations.time
    )
    solved = np.linalg.solve(cov, np.column_stack((observations.score, across.T)))
    before = (
        np.diag(worth)[np.searchsorted(runs, rows)]
        + settings.own
        + _TRENDS * (1 + observations.end**2)
    )
    explained = (across.T * solved[:, 1:]).sum(axis=0)
    sd = np.sqrt(np.maximum(before - explained, 1e-6))
    return list(
        zip(
            (across @ solved[:, 0]).tolist(),
            sd.tolist(),
            (by_config @ solved[:, 0]).tolist(),
            strict=True,
        )
    )

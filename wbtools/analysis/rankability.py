"""Whether standing at the stop tells anything of the end, measured on a sweep's own completed runs.

Where it does not, no ranking of the stopped runs is better than a lottery, and the honest answer is
how likely any of them was a gem. That takes three things together, for each alone misleads:

* The rank correlation between best so far at the stop and best over the horizon lies between -.2
  and .2 among completed runs (a reversed order tells something too).
* Among all runs that came so far it lies between -.5 and .5, each with 95 % confidence, by Fisher's
  z. Completed runs are those that a rule let go on: at the stop they are more alike than all, which
  hides a correlation. So the ends are corrected for the restricted range (Thorndike 1949, case 2):
  r u / sqrt(1 + r² (u² - 1)), where u is how much more all runs spread at the stop, in normal
  scores.
* The candidates' log-odds of being a gem hardly spread: their standard deviation is below .5, so
  that most chances are alike up to a factor of 1.6.

Over several stops the first holds for the mean, and the first two at the stops of at least nine
tenths of the candidates, each by itself: a mean hides a stop that tells.

Of 294 replayed sweeps 9 had a correlation below .2 whose interval among completed runs stayed below
.5; in truth it was .4 to .9 among the stopped runs of 8 of them. The correction leaves two, and the
learned model's log-odds, whose standard deviation was .7 or more in each of the 9, leave none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.projection.peer_slice import rank, spread
from wbtools.analysis.projection.projector import Method
from wbtools.analysis.projection.weights import log_odds
from wbtools.rules.running import running_best
from wbtools.stats.correlation import fisher_z, rank_correlation
from wbtools.stats.imputation import even_normals
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.projection.projected import ProjectedBest
    from wbtools.analysis.projection.snapshot import SweepSnapshot

    Floats = NDArray[np.float64]

N_TOGETHER: Final = 3
"""Re-runs whose joint chance is told."""
_FEWEST: Final = 8
_NIL, _TELLS, _FLAT = 0.2, 0.5, 0.5
_Z: Final = 1.6449  # of a 90 % interval
_MOST_REPORTS: Final = 100
_NEARLY_ALL: Final = 0.9
_FAR: Final = 3.0
_FIRST_THREE: Final = 3
_WITH_ODDS: Final = frozenset({Method.LEARNED, Method.CATCH_UP})
_N_SCORES: Final = 1000
_SCORES: Final = even_normals(_N_SCORES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rankability:
    """Whether standing when runs were stopped tells anything of the end.

    Attributes:
        is_impossible: Whether the stopped runs cannot be ranked: there is evidence that standing
            tells nothing, and the candidates' odds hardly differ.
        reports: The reports after which candidates were stopped, from the first to the last, and
            the most common (of equally common ones the last); None without any.
        correlation: Rank correlation between best so far at the stop and best over the horizon
            among completed runs; over several stops the mean by how many were stopped there. None
            where fewer than 8 completed runs went on from most stops.
        correlation_low: Lower end of a 90 % interval of the same among all runs that came so far.
        correlation_high: Upper end.
        n_completed: Completed runs that it rests on; over several stops the mean.
        log_odds_sd: Standard deviation of the candidates' log-odds of being a gem; None with fewer
            than two of them, or by a method that hardly tells them apart.
        n_runs: Candidates that it rests on: those with a projection that are not better than the
            bar already.
        p_random: Chance that one of these at random was a gem; None without any.
        p_repeat_random: Chance that a fresh run of one of their configurations, at random, beats
            the bar; None without any.
        p_any_of_3: Chance that three of these at random hold at least one, taken as independent,
            for their number is known as an expectation only; None with fewer than three.
        tells_from_report: First report from which on the correlation is at least .5; None if it
            never is before the end, or where too few runs completed.
        n_stopped: Stopped runs that made a report.
        n_before_training: Of these, those that were stopped on a first report that looks like an
            evaluation before training.
    """

    __repr__ = brief_repr

    is_impossible: bool
    reports: tuple[int, int, int] | None
    correlation: float | None
    correlation_low: float | None
    correlation_high: float | None
    n_completed: int
    log_odds_sd: float | None
    n_runs: int
    p_random: float | None
    p_repeat_random: float | None
    p_any_of_3: float | None
    tells_from_report: int | None
    n_stopped: int
    n_before_training: int


def judge_rankability(
    snapshot: SweepSnapshot,
    projections: Mapping[int, ProjectedBest],
    incumbent: float,
    *,
    method: Method = Method.LEARNED,
    p_repeat: Mapping[int, float] = MappingProxyType({}),
) -> Rankability | None:
    """Whether the projected runs that are not better than the bar already can be ranked.

    Args:
        snapshot: Lower is better.
        projections: By row, of stopped runs.
        incumbent: The bar.
        method: What projected; the plain methods hardly tell odds apart, so that no evidence
            follows from their odds.
        p_repeat: P(a fresh run of the configuration beats the bar) by row.

    Returns:
        None without curves.
    """
    if not snapshot.has_curves:
        return None
    others = [row for row in projections if snapshot.best[row] >= incumbent]
    return rankability(
        snapshot,
        {row: projections[row].p_better(incumbent) for row in others},
        odds_can_differ=method in _WITH_ODDS,
        p_repeat=[p_repeat[row] for row in others if row in p_repeat],
    )


@np.errstate(over="ignore", invalid="ignore")  # values may be as large as floats go
def rankability(
    snapshot: SweepSnapshot,
    p_gem: Mapping[int, float],
    *,
    odds_can_differ: bool = True,
    p_repeat: Sequence[float] = (),
) -> Rankability:
    """Measure on the runs that ran their course whether the others can be ranked.

    Args:
        snapshot: Lower is better.
        p_gem: P(gem) by row, of the candidates with a projection of their own that are not better
            than the bar already.
        odds_can_differ: Whether what projected can tell their odds apart.
        p_repeat: P(a fresh run of the configuration beats the bar) of these.
    """
    n_reports = snapshot.n_reports
    stops = n_reports[[row for row in p_gem if n_reports[row] > 0]]
    by_report = _correlations(snapshot, stops)
    at_stops = _at_the_stops(by_report, stops)
    correlation = None if at_stops is None else at_stops.value
    low, high = (None, None) if at_stops is None else at_stops.interval_among_all()
    sd = None
    if odds_can_differ and len(p_gem) > 1:
        sd = float(log_odds(np.array(list(p_gem.values()))).std())
    p_random = float(np.mean(list(p_gem.values()))) if p_gem else None
    stopped = snapshot.stopped & (n_reports > 0)
    return Rankability(
        is_impossible=(
            correlation is not None
            and sd is not None
            and abs(correlation) < _NIL
            and sd < _FLAT
            and _share_without_order(by_report, stops) >= _NEARLY_ALL
        ),
        reports=_places(stops),
        correlation=correlation,
        correlation_low=low,
        correlation_high=high,
        n_completed=0 if at_stops is None else at_stops.n,
        log_odds_sd=sd,
        n_runs=len(p_gem),
        p_random=p_random,
        p_repeat_random=float(np.mean(p_repeat)) if p_repeat else None,
        p_any_of_3=(
            1 - (1 - p_random) ** N_TOGETHER
            if p_random is not None and len(p_gem) >= N_TOGETHER
            else None
        ),
        tells_from_report=_tells_from(by_report),
        n_stopped=int(stopped.sum()),
        n_before_training=(
            int((stopped & (n_reports == 1)).sum()) if _begins_before_training(snapshot) else 0
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Correlation:
    """Of standing at a report with the end, among n completed runs.

    Attributes:
        wider: How much more all runs that came so far spread at it, 1 or more.
    """

    value: float
    n: int
    wider: float

    def interval_among_all(self) -> tuple[float, float]:
        """Fisher's 90 % interval, corrected for the restricted range of completed runs."""
        low, high = _interval(self.value, self.n)
        return _among_all(low, self.wider), _among_all(high, self.wider)


def _among_all(r: float, wider: float) -> float:
    if not math.isfinite(wider):
        return math.copysign(1.0, r)
    return r * wider / math.sqrt(1 + r * r * (wider * wider - 1))


def _interval(correlation: float, n: int) -> tuple[float, float]:
    """Fisher's 90 % interval of a rank correlation."""
    z, error = fisher_z(correlation, n)
    return math.tanh(z - _Z * error), math.tanh(z + _Z * error)


def _correlations(snapshot: SweepSnapshot, stops: NDArray[np.int64]) -> dict[int, _Correlation]:
    """Rank correlation with the end by report.

    At reports after which candidates were stopped, and at up to a hundred others before the end;
    those that rest on fewer than 8 runs, or on runs that all end alike, are left out.
    """
    full = np.flatnonzero(snapshot.full & (snapshot.n_reports > 0))
    if len(full) < _FEWEST:
        return {}
    n_reports = snapshot.n_reports
    best = running_best(snapshot.values)
    last = int(n_reports[full].max())
    spaced = np.linspace(1, last, min(last, _MOST_REPORTS)).astype(int)
    reports = np.unique(np.concatenate([spaced, _thinned(stops)]))
    found = {}
    for report in reports[reports < last].tolist():
        further = full[n_reports[full] > report]
        then, end = best[further, report - 1], best[further, -1]
        if len(further) < _FEWEST or not np.ptp(end):
            continue
        wider = _wider(best[n_reports >= report, report - 1], then)
        value = _rank_correlation(then, end)
        found[report] = _Correlation(value=value, n=len(further), wider=wider)
    return found


def _wider(every: Floats, some: Floats) -> float:
    """How much more all values spread than some of them, in normal scores; 1 at least."""
    places = (rank(np.concatenate([every, some]), every) * (_N_SCORES - 1)).round().astype(int)
    scores = _SCORES[places]
    wide, narrow = float(scores[: len(every)].std()), float(scores[len(every) :].std())
    if not narrow:
        return math.inf if wide else 1.0
    return max(wide / narrow, 1.0)


def _thinned(stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most a hundred of the stops, as they are distributed."""
    if len(stops) <= _MOST_REPORTS:
        return stops
    spaced = (np.arange(_MOST_REPORTS) + 0.5) * len(stops) / _MOST_REPORTS
    thinned: NDArray[np.int64] = np.sort(stops)[spaced.astype(int)]
    return thinned


def _at_the_stops(
    by_report: Mapping[int, _Correlation], stops: NDArray[np.int64]
) -> _Correlation | None:
    """The mean over the stops; None where most of them tell nothing."""
    thinned = _thinned(stops).tolist()
    known = [by_report[stop] for stop in thinned if stop in by_report]
    if not known or 2 * len(known) < len(thinned):
        return None
    return _Correlation(
        value=float(np.mean([each.value for each in known])),
        n=int(np.mean([each.n for each in known])),
        wider=float(np.mean([each.wider for each in known])),
    )


def _share_without_order(by_report: Mapping[int, _Correlation], stops: NDArray[np.int64]) -> float:
    """The share of the stops at which standing is known to tell next to nothing."""
    without = {
        report
        for report, each in by_report.items()
        if abs(each.value) < _NIL and max(map(abs, each.interval_among_all())) < _TELLS
    }
    return float(np.mean([stop in without for stop in _thinned(stops).tolist()]))


def _places(stops: NDArray[np.int64]) -> tuple[int, int, int] | None:
    """The first stop, the last and the most common."""
    if not len(stops):
        return None
    reports, counts = np.unique(stops, return_counts=True)
    most = int(reports[counts == counts.max()][-1])
    return int(reports[0]), int(reports[-1]), most


def _tells_from(by_report: Mapping[int, _Correlation]) -> int | None:
    """The first report from which on standing tells of the end."""
    first = None
    for report in sorted(by_report, reverse=True):
        if by_report[report].value < _TELLS:
            break
        first = report
    return first


def _begins_before_training(snapshot: SweepSnapshot) -> bool:
    """Whether the first report looks like an evaluation before training.

    It says nothing about the second, with the same limits as for the stops, though the second tells
    of the third; and all first reports are much alike, or they stand far above all later ones.
    Successive reports are compared, as runs that were stopped have no end. Measured on public text
    RNNs with a report before training, and on 21 tasks without one.
    """
    further = snapshot.n_reports >= _FIRST_THREE
    if further.sum() < _FEWEST:
        return False
    first, second, third = snapshot.values[further, :_FIRST_THREE].T
    correlation = _rank_correlation(first, second)
    _, high = _interval(correlation, len(first))
    tells_nothing = not np.ptp(first) or (correlation < _NIL and high < _TELLS)
    if not tells_nothing or _rank_correlation(second, third) < _TELLS:
        return False
    differ = spread(snapshot.values[snapshot.n_reports > 0, 0])
    is_worst = first > np.nanmax(snapshot.values[further, 1:], axis=1)
    stands_above = is_worst.mean() >= _NEARLY_ALL and np.median(first - second) >= _FAR * differ
    return bool(stands_above) or differ <= spread(second) / _FAR


def _rank_correlation(x: Floats, y: Floats) -> float:
    return rank_correlation(rank(x, x), rank(y, y))

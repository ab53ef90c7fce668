"""Whether standing at the stop tells anything of the end, measured on a sweep's own completed runs.

Where it does not, no ranking of the stopped runs is better than a lottery, and the honest answer is
how likely any of them was a gem. That takes three things together, for each alone misleads:

* The rank correlation between best so far at the stop and best over the horizon is below .2 among
  completed runs.
* Its 90 % interval stays below .5. The interval is Fisher's: z = artanh(r) with a standard error of
  1.03 / sqrt(n - 3) for ranks (Fieller, Hartley and Pearson 1957), so that 13 completed runs are
  needed at r = 0, and 25 at r = .18.
* The candidates' log-odds of being a gem hardly spread. Completed runs are those that a rule let
  go on, and among them standing correlates less than among all: in 14 replayed sweeps of nil
  correlation the model told gems from others with an AUC of .94 by configurations. Its log-odds had
  a standard deviation of .7 or more in each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.projection.peer_slice import rank, spread
from wbtools.rules.running import running_best
from wbtools.stats.correlation import rank_correlation
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.projection.snapshot import SweepSnapshot

    Floats = NDArray[np.float64]

N_TOGETHER: Final = 3
"""Re-runs whose joint chance is told."""
_FEWEST: Final = 8
_NIL, _TELLS, _FLAT = 0.2, 0.5, 0.5
_Z: Final = 1.6449  # of a 90 % interval
_RANK_ERROR: Final = 1.03
_LEAST_P: Final = 1e-3
_MOST_REPORTS: Final = 100
_NEARLY_ALL: Final = 0.9
_FAR: Final = 3.0
_FIRST_THREE: Final = 3


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
        correlation_low: Lower end of its 90 % interval.
        correlation_high: Upper end.
        n_completed: Completed runs that it rests on; over several stops the mean.
        log_odds_sd: Standard deviation of the candidates' log-odds of being a gem, by their own
            data; None with fewer than two of them.
        n_ranked: Candidates that it rests on: those with a projection that are not better than the
            bar already.
        p_random: Chance that one of these at random was a gem; None without any.
        p_any_of_3: Chance that three of these at random hold at least one, taken as independent,
            for their number is known as an expectation only; None with fewer than three.
        tells_from: First report from which on the correlation is at least .5; None if it never is
            before the end, or where too few runs completed.
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
    n_ranked: int
    p_random: float | None
    p_any_of_3: float | None
    tells_from: int | None
    n_stopped: int
    n_before_training: int


def rankability(snapshot: SweepSnapshot, p_gem: Mapping[int, float]) -> Rankability:
    """Measure on the runs that ran their course whether the others can be ranked.

    Args:
        snapshot: Lower is better.
        p_gem: P(gem) by row, of the candidates with a projection of their own that are not better
            than the bar already.
    """
    made = snapshot.n_reports
    stops = made[[row for row in p_gem if made[row] > 0]]
    by_report = _correlations(snapshot)
    correlation, n_completed = _at_the_stops(by_report, stops)
    low, high = _interval(correlation, n_completed)
    odds = np.clip(np.array(list(p_gem.values())), _LEAST_P, 1 - _LEAST_P)
    sd = float(np.log(odds / (1 - odds)).std()) if len(odds) > 1 else None
    p_random = float(np.mean(list(p_gem.values()))) if p_gem else None
    stopped = snapshot.stopped & (made > 0)
    return Rankability(
        is_impossible=(
            correlation is not None
            and high is not None
            and sd is not None
            and correlation < _NIL
            and high < _TELLS
            and sd < _FLAT
            and not _tells_late(by_report, stops)
        ),
        reports=_places(stops),
        correlation=correlation,
        correlation_low=low,
        correlation_high=high,
        n_completed=n_completed,
        log_odds_sd=sd,
        n_ranked=len(p_gem),
        p_random=p_random,
        p_any_of_3=(
            1 - (1 - p_random) ** N_TOGETHER
            if p_random is not None and len(p_gem) >= N_TOGETHER
            else None
        ),
        tells_from=_tells_from(by_report),
        n_stopped=int(stopped.sum()),
        n_before_training=(
            int((stopped & (made == 1)).sum()) if _begins_before_training(snapshot) else 0
        ),
    )


def _correlations(snapshot: SweepSnapshot) -> dict[int, tuple[float, int]]:
    """Rank correlation with the end, and the completed runs it rests on, by report.

    At reports after which candidates were stopped, and at up to a hundred others before the end;
    those that rest on fewer than 8 runs, or on runs that all end alike, are left out.
    """
    full = np.flatnonzero(snapshot.full & (snapshot.n_reports > 0))
    if len(full) < _FEWEST:
        return {}
    made = snapshot.n_reports[full]
    best = running_best(snapshot.values[full])
    last = int(made.max())
    stops = snapshot.n_reports[snapshot.stopped & (snapshot.n_reports > 0)]
    spaced = np.linspace(1, last, min(last, _MOST_REPORTS)).astype(int)
    reports = np.unique(np.concatenate([spaced, _thinned(stops)]))
    found = {}
    for report in reports[reports < last].tolist():
        further = made > report
        then, end = best[further, report - 1], best[further, -1]
        if len(then) >= _FEWEST and np.ptp(end) > 0:
            found[report] = _rank_correlation(then, end), len(then)
    return found


def _thinned(stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most a hundred of the stops, as they are distributed."""
    if len(stops) <= _MOST_REPORTS:
        return stops
    spaced = (np.arange(_MOST_REPORTS) + 0.5) * len(stops) / _MOST_REPORTS
    thinned: NDArray[np.int64] = np.sort(stops)[spaced.astype(int)]
    return thinned


def _at_the_stops(
    by_report: Mapping[int, tuple[float, int]], stops: NDArray[np.int64]
) -> tuple[float | None, int]:
    """The mean correlation over the stops, and the mean number of runs it rests on."""
    thinned = _thinned(stops).tolist()
    known = [by_report[stop] for stop in thinned if stop in by_report]
    if not known or 2 * len(known) < len(thinned):
        return None, 0
    correlations, sizes = zip(*known, strict=True)
    return float(np.mean(correlations)), int(np.mean(sizes))


def _interval(correlation: float | None, n: int) -> tuple[float | None, float | None]:
    """Fisher's 90 % interval of a rank correlation."""
    if correlation is None:
        return None, None
    error = _Z * _RANK_ERROR / math.sqrt(n - 3)
    z = math.atanh(min(max(correlation, -1 + 1e-9), 1 - 1e-9))
    return math.tanh(z - error), math.tanh(z + error)


def _tells_late(by_report: Mapping[int, tuple[float, int]], stops: NDArray[np.int64]) -> bool:
    """Whether standing tells of the end at the last stops, the latest tenth of them."""
    late = stops[stops >= np.quantile(stops, _NEARLY_ALL, method="inverted_cdf")]
    known = [by_report[stop][0] for stop in late.tolist() if stop in by_report]
    return bool(known) and float(np.mean(known)) >= _TELLS


def _places(stops: NDArray[np.int64]) -> tuple[int, int, int] | None:
    """The first stop, the last and the most common."""
    if not len(stops):
        return None
    reports, counts = np.unique(stops, return_counts=True)
    most = int(reports[counts == counts.max()][-1])
    return int(reports[0]), int(reports[-1]), most


def _tells_from(by_report: Mapping[int, tuple[float, int]]) -> int | None:
    """The first report from which on standing tells of the end."""
    first = None
    for report, (correlation, _) in sorted(by_report.items(), reverse=True):
        if correlation < _TELLS:
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
    tells_nothing = not np.ptp(first) or (correlation < _NIL and high is not None and high < _TELLS)
    if not tells_nothing or _rank_correlation(second, third) < _TELLS:
        return False
    differ = spread(snapshot.values[snapshot.n_reports > 0, 0])
    is_worst = first > np.nanmax(snapshot.values[further, 1:], axis=1)
    stands_above = is_worst.mean() >= _NEARLY_ALL and np.median(first - second) >= _FAR * differ
    return bool(stands_above) or differ <= spread(second) / _FAR


def _rank_correlation(x: Floats, y: Floats) -> float:
    return rank_correlation(rank(x, x), rank(y, y))

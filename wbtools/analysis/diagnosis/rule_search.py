"""Which Hyperband settings would explain the stops that were observed, where nobody says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.timeline import Observations, RuleTimeline
from wbtools.rules.hyperband import Hyperband

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ETAS = (2, 3, 4)
_MOST_FIRST_BANDS = 40
_MOST_RUNS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGuess:
    """Settings that would explain the observed stops, and how well.

    Attributes:
        n_explained: Cut-off runs that the rule would have stopped when they ended.
        n_stops: Cut-off runs looked at.
        n_contradicted: Runs that ran their course though the rule would have stopped them for the
            whole of some band.
        n_others: Runs that ran their course looked at.
        n_equal: Settings that explain just as much; these are the ones with the latest bands.
    """

    settings: Hyperband
    n_explained: int
    n_stops: int
    n_contradicted: int
    n_others: int
    n_equal: int


def search_rule(
    observations: Observations, cut_off: NDArray[np.bool_], full: NDArray[np.bool_]
) -> RuleGuess | None:
    """Try a grid of settings: first bands up to the reach of the stops, eta 2 to 4, both modes.

    Args:
        observations: What was reported when, lower is better.
        cut_off: `bool [N]` runs that something ended before their time.
        full: `bool [N]` runs that ran their course.

    Returns:
        The settings with the most stops explained less full runs contradicted; of equals the one
        with the latest first band. None if no setting explains more than half of the stops. At
        most 150 runs are looked at, the first ones by row.
    """
    rows = np.flatnonzero((cut_off | full) & (observations.n_reports > 0))[:_MOST_RUNS]
    stops = [int(row) for row in rows if cut_off[row]]
    others = [int(row) for row in rows if full[row]]
    if not stops:
        return None
    reach = int(observations.n_reports[stops].max())
    firsts = range(1, min(reach, _MOST_FIRST_BANDS) + 1)
    scored: list[tuple[int, int, int, int, Hyperband]] = []
    for eta in _ETAS:
        for first in firsts:
            rule = Hyperband(min_iter=first, eta=eta)
            timeline = RuleTimeline(rule, observations)
            moments = {row: timeline.of(row) for row in (*stops, *others)}
            for strict in (True, False):
                explained = 0
                for row in stops:
                    stop = moments[row].stop(strict=strict)
                    explained += bool(len(stop) and stop[-1])
                contradicted = 0
                for row in others:
                    stop, band = moments[row].stop(strict=strict), moments[row].band
                    contradicted += any(stop[band == b].all() for b in np.unique(band))
                settings = Hyperband(min_iter=first, eta=eta, strict=strict)
                scored.append((explained - contradicted, first, explained, contradicted, settings))
    best = max(scored, key=lambda candidate: candidate[:2])
    score, _, explained, contradicted, settings = best
    if 2 * explained <= len(stops) or score <= 0:
        return None
    return RuleGuess(
        settings=settings,
        n_explained=explained,
        n_stops=len(stops),
        n_contradicted=contradicted,
        n_others=len(others),
        n_equal=sum(candidate[0] == score for candidate in scored),
    )

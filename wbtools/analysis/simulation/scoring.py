"""What a replay cost and what it missed, against the same runs all trained to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.simulation.replay import Replay
    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.analysis.simulation.trajectories import Trajectories


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One replay of one sweep.

    Attributes:
        used_reports: Reports made, the non-finite ones included.
        used_s: Seconds of all runs' work together.
        makespan_s: Seconds from the first start to the last end.
        cost_share: `used_s` of what all runs take in full.
        regret: How much better the best run would have been in full than the best value that the
            rule's runs reached; metric's own units, from 0.
        regret_share: The same, of the distance from the median run's best to the best run's: 1 is
            no better than a run taken at random. 0 where all runs are alike.
        regret_if_no_gain: As `regret`, if no unseen report were better than what was seen.
        best_stopped: Share of the runs that tie for best in full that was stopped: 0 or 1 where one
            alone is best.
        n_gems_lost: Stopped runs that in full would beat all that the rule's runs reached.
        unseen_share: Reports made that were drawn, not recorded, of all that were made.
    """

    __repr__ = brief_repr

    used_reports: int
    used_s: float
    makespan_s: float
    cost_share: float
    regret: float
    regret_share: float
    regret_if_no_gain: float
    best_stopped: float
    n_gems_lost: int
    unseen_share: float


def score(replay: Replay, sample_completions: Trajectories, scenario: Scenario) -> Score:
    """Score a replay.

    Args:
        replay: Of `sample_completions`.
        sample_completions: The runs as they would go if nobody stopped them.
        scenario: Where they come from.
    """
    best, n_seen = sample_completions.best, scenario.seen.n_reports
    reached = sample_completions.best_after(replay.n_made)
    seen_best = scenario.seen.best
    seen_reached = scenario.seen.best_after(np.minimum(replay.n_made, n_seen))
    found = _lowest(reached, otherwise=np.nanmax(best))
    regret = found - float(np.nanmin(best))
    scale = float(np.nanmedian(best) - np.nanmin(best))
    # The clock of the sweep is subject to rounding; a run that nobody stopped took what it takes.
    worked_s = np.where(replay.stopped, replay.ended_s - replay.started_s, sample_completions.end_s)
    used_s = float(worked_s.sum())
    full_s = float(sample_completions.end_s.sum())
    used_reports = int(replay.n_made.sum())
    unseen = int(np.maximum(replay.n_made - n_seen, 0).sum())
    return Score(
        used_reports=used_reports,
        used_s=used_s,
        makespan_s=replay.makespan_s,
        cost_share=used_s / full_s if full_s > 0 else 1.0,
        regret=regret,
        regret_share=regret / scale if scale > 0 else 0.0,
        regret_if_no_gain=_lowest(seen_reached, otherwise=np.nanmax(seen_best))
        - float(np.nanmin(seen_best)),
        best_stopped=best_stopped(best, replay.stopped),
        n_gems_lost=int((replay.stopped & (best < found)).sum()),
        unseen_share=unseen / used_reports if used_reports else 0.0,
    )


def best_stopped(best: NDArray[np.float64], stopped: NDArray[np.bool_]) -> float:
    """Share of the runs that tie for best that was stopped.

    Args:
        best: `[N]` best over the full budget, at least one run; lower is better, NaN is the worst.
        stopped: `[N]`.
    """
    known = np.where(np.isnan(best), np.inf, best)
    return float(stopped[known == known.min()].mean())


def _lowest(values: np.ndarray, *, otherwise: float) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else float(otherwise)

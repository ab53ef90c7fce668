"""How the runs of a sweep end, which a single one of them cannot tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.diagnosis.outcomes import RunOutcomes
    from wbtools.analysis.diagnosis.termination import Decision
    from wbtools.model import Run

FEWEST_FOR_A_HABIT: Final = 4
"""Runs that make a way of ending a habit of their sweep."""
INTERRUPTS: Final = frozenset({130, 137, 143, 255, -2, -9, -15})
"""Exit codes that a signal, or an order to stop, leaves."""

_FEWEST_WAITING = 6
_DIFFERENT_SHARE = 0.4  # lengths that many share are somebody's bands, not the runs' own patience
_HABIT_SHARE = 0.8
_LIKELY_SHARE = 0.5
_FEWEST_ALIKE = 2
_WAITING_SHARE = 0.9
_BELOW_MIN_DELTA = 2
_PILED_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOfEnding:
    """What became of the runs that ended before a full run's length, and alike: with one exit code.

    A live run that the rule stops is soon stopped, so that hardly any other end finds it in that
    state. Where many do, this is what a stop looks like in this sweep.

    Attributes:
        n: Runs that ended so.
        n_ruled: Of these, those that the rule stops at the moment of their end, or at some moments.
        n_ruled_otherwise: Runs that the rule stops likewise, and that ended in another way.
    """

    n: int = 1
    n_ruled: int = 0
    n_ruled_otherwise: int = 0

    @property
    def is_habit_of_stops(self) -> bool:
        """Whether nearly all of several runs that ended so ended where the rule stops them."""
        return self.n >= FEWEST_FOR_A_HABIT and self.n_ruled >= _HABIT_SHARE * self.n

    @property
    def is_likely_of_stops(self) -> bool:
        """Whether at least half of them did, and no other way of ending is more of that kind."""
        most = self.n_ruled >= max(_FEWEST_ALIKE, self.n_ruled_otherwise)
        return most and self.n_ruled >= _LIKELY_SHARE * self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepHabits:
    """How a sweep's runs end: what a single one of them cannot tell.

    Attributes:
        flags_speak: W&B shows its stop flag on runs that ended, so that a flag which is not set
            tells something too. Where no run has it, the server may just not keep it.
        n_reached: Runs that finished at the end of a full run.
        n_interrupted: Runs that an interrupt, or nobody's hand as far as is recorded, ended.
        own_wait: Reports after their best within which nearly all runs that finished short ended;
            None without such a habit.
        n_piled_up: Runs that finished at the one short length that most of them share; 0 where
            their lengths are all over the place.
        n_before_a_band: Runs that were cut off one report before a band.
    """

    flags_speak: bool = False
    n_reached: int = 0
    n_interrupted: int = 0
    own_wait: int | None = None
    n_piled_up: int = 0
    n_before_a_band: int = 0


def sweep_habits(
    outcomes: RunOutcomes, since_best: Sequence[int | None], before_a_band: Sequence[bool]
) -> SweepHabits:
    """How the runs of a sweep end, as far as they show it together.

    Args:
        outcomes: Of N runs.
        since_best: Reports of each after its best one.
        before_a_band: Whether one report more would have taken it to a band.
    """
    runs = outcomes.runs
    finished = np.array([run.has_finished for run in runs], dtype=bool)
    reported = outcomes.n_made > 0
    by_itself = ~outcomes.asked_by_guard
    rows = np.flatnonzero(finished & reported & by_itself & ~outcomes.budget.reached)
    lengths = outcomes.n_made[rows].tolist()
    return SweepHabits(
        flags_speak=any(run.stopped and not run.state.is_going for run in runs),
        n_reached=int((finished & reported & outcomes.budget.reached).sum()),
        n_interrupted=sum(
            _is_interrupted(run) for run, by in zip(runs, by_itself, strict=True) if by
        ),
        own_wait=_own_wait([since_best[row] for row in rows.tolist()], lengths),
        n_piled_up=_piled_up(lengths, outcomes.n_made[finished & reported & by_itself].tolist()),
        n_before_a_band=sum(
            before and not run.has_finished
            for run, before, by in zip(runs, before_a_band, by_itself, strict=True)
            if by
        ),
    )


def ways_of_ending(outcomes: RunOutcomes, rulings: Sequence[Decision | None]) -> list[WayOfEnding]:
    """For every run, what became of those that ended as it did, before a full run's length.

    Args:
        outcomes: Of N runs.
        rulings: What the rule says of each.
    """
    short = (outcomes.n_made > 0) & ~outcomes.budget.reached & ~outcomes.asked_by_guard
    ways = [
        _way(run) if is_short and not run.state.is_going else None
        for run, is_short in zip(outcomes.runs, short.tolist(), strict=True)
    ]
    n_by_way = Counter(way for way in ways if way is not None)
    n_ruled = Counter(
        way
        for way, ruling in zip(ways, rulings, strict=True)
        if way is not None and ruling is not None and ruling.may_stop
    )
    return [
        WayOfEnding(n=0)
        if way is None
        else WayOfEnding(
            n=n_by_way[way],
            n_ruled=n_ruled[way],
            n_ruled_otherwise=n_ruled.total() - n_ruled[way],
        )
        for way in ways
    ]


def _way(run: Run) -> str:
    """What runs that ended alike share."""
    if run.has_finished:
        return "finished"
    if run.exit_code is not None:
        return "interrupted" if run.exit_code in INTERRUPTS else f"exit code {run.exit_code}"
    return "failed" if run.state is RunState.FAILED else "interrupted"


def _is_interrupted(run: Run) -> bool:
    """Whether somebody or something ended it, as far as its record tells."""
    return run.state is RunState.KILLED or (
        run.exit_code in INTERRUPTS or (run.exit_code is None and run.state is RunState.UNKNOWN)
    )


def _own_wait(since_best: Sequence[int | None], lengths: Sequence[int]) -> int | None:
    """Reports after their best within which runs ended, if nearly all did so alike.

    Improvements below a trainer's `min_delta` count as none for it, so that ends lie up to two
    reports closer to the best value than its patience says.

    Args:
        since_best: Of runs that finished short of their end.
        lengths: Their reports.
    """
    waits = sorted(wait for wait in since_best if wait is not None)
    if len(waits) < _FEWEST_WAITING or len(set(lengths)) < _DIFFERENT_SHARE * len(lengths):
        return None
    longest = waits[int(_WAITING_SHARE * (len(waits) - 1))]
    alike = sum(max(1, longest - _BELOW_MIN_DELTA) <= wait <= longest for wait in waits)
    return longest if longest and alike >= _WAITING_SHARE * len(waits) else None


def _piled_up(short: Sequence[int], every: Sequence[int]) -> int:
    """Runs that share the most common of the short lengths, if a rule may have made them equal.

    Several, a good part of those that finished, and others went on for longer.

    Args:
        short: Reports of runs that finished without having come to a known end.
        every: Reports of all that finished.
    """
    if not short:
        return 0
    length, n = Counter(short).most_common(1)[0]
    is_part = n >= max(FEWEST_FOR_A_HABIT, _PILED_SHARE * len(short))
    return n if is_part and max(every) > length else 0

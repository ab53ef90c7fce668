"""What runs that were cut short may have become, where nothing tells: the two ends of it.

A run that was stopped would have come to its value or a better one. Of all the ways in which such
runs may have gone on, this finds those that go furthest with a parameter and furthest against it:
bounds that assume nothing of why runs were stopped (Manski 1990, "Nonparametric Bounds on Treatment
Effects"; Horowitz and Manski 2000).

Which order of the runs gives the largest sum of scores times ranks, every stopped run standing
above all that it beats already, is the problem of scheduling jobs of one length on one machine,
where some wait for others: the completed runs are a chain, each stopped run hangs on one of its
links. Horn 1972, "Single-Machine Job Sequencing with Treelike Precedence Ordering", solves it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_STEPS: Final = 30
"""Of the search for the completion in which groups differ least; its bound holds at any step."""
_MOST_WORK: Final = 50_000
"""Steps times runs: fewer steps of very many runs."""
_NOTHING: Final = 1e-4
"""Share of the variance beneath which groups do not differ, as far as anybody could tell."""
_ROUNDED_UP: Final = 1 + 1e-12
"""No completion that attains a bound shall lie above it by rounding."""
_CLOSE: Final = 0.01
"""How near, as a share, the search for the least difference comes to it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Completions:
    """All ranks that N runs may have come to, 1 being the worst.

    Completed runs keep their order and their ties; stopped ones, as nothing measures them, tie with
    none.

    Attributes:
        values: `[N]` higher is better; of stopped runs what they had reached.
        free: `[N]` the stopped ones.
    """

    values: Floats
    free: NDArray[np.bool_]

    def furthest(self, scores: Floats) -> Floats:
        """`[N]` the ranks that go furthest with the scores.

        Args:
            scores: `[N]` in any unit; the sum of scores times ranks becomes largest.
        """
        links, hanging = self._tree
        return self._ranks(_least_first(links, hanging, scores))

    @cached_property
    def _tree(self) -> tuple[list[list[int]], list[list[int]]]:
        """Completed runs by value, the least first; stopped ones by how many values they beat."""
        chain, link_of = np.unique(self.values[~self.free], return_inverse=True)
        links: list[list[int]] = [[] for _ in chain]
        for run, link in zip(np.flatnonzero(~self.free).tolist(), link_of.tolist(), strict=True):
            links[link].append(run)
        hanging: list[list[int]] = [[] for _ in range(len(chain) + 1)]
        beaten = np.searchsorted(chain, self.values[self.free], side="left")
        for run, link in zip(np.flatnonzero(self.free).tolist(), beaten.tolist(), strict=True):
            hanging[link].append(run)
        return links, hanging

    def _ranks(self, order: Iterator[list[int]]) -> Floats:
        ranks, below = np.empty(len(self.values)), 0
        for tied in order:
            ranks[tied] = below + (len(tied) + 1) / 2
            below += len(tied)
        return ranks

    def most_ratio(self, groups: NDArray[np.int64]) -> float:
        """A correlation ratio that groups have at most, whatever the stopped runs became.

        Each group counts with the mean rank that lies furthest from the middle of all that it may
        have, as if all groups could come to theirs at once. Two groups can, so that it is exact of
        them; of more it lies above what any completion reaches.

        Args:
            groups: `[N]` from 0 on.
        """
        middle = (len(groups) + 1) / 2
        sizes = np.bincount(groups)
        lowest, highest = self._sums(groups)
        away = np.maximum(np.abs(lowest / sizes - middle), np.abs(highest / sizes - middle))
        total = self._total
        most = (sizes * away**2).sum() / total if total else 0.0
        return float(np.sqrt(min(1.0, most * _ROUNDED_UP)))

    @cached_property
    def _total(self) -> float:
        """The sum of squares of all ranks: ties are those of completed runs, in any completion."""
        tied = np.unique(self.values[~self.free], return_counts=True)[1].astype(np.float64)
        n = float(len(self.values))
        return float((n**3 - n - (tied**3 - tied).sum()) / 12)

    def _sums(self, groups: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """`[K]` the least and the greatest sum of ranks that each group may have.

        Of a group's stopped runs the ones stay at what they had while all others' pass everything,
        or the other way round. Which of two runs of one group is better changes no sum.
        """
        completed = ~self.free
        chain, stopped = np.sort(self.values[completed]), np.sort(self.values[self.free])
        base = rankdata(self.values[completed])
        members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
        place = np.cumsum(completed) - 1
        sums = []
        for group in members:
            ran = group[completed[group]]
            values, reached = self.values[ran], self.values[group[self.free[group]]]
            n_stopped, n = len(reached), len(groups)
            among = float(base[place[ran]].sum()) + n_stopped * (n_stopped + 1) / 2
            beaten = _n_below(chain, reached) - _n_below(np.sort(values), reached)
            passed = _n_up_to(stopped, values) - _n_up_to(np.sort(reached), values)
            sums.append(
                (
                    among + beaten + n_stopped * len(ran),
                    among + passed + n_stopped * (n - n_stopped),
                )
            )
        lowest, highest = np.array(sums).T
        return lowest, highest

    def least_ratio(self, groups: NDArray[np.int64]) -> float:
        """A correlation ratio that groups have at least, whatever the stopped runs became.

        The variance between groups is a convex function of ranks: Frank and Wolfe 1956 approach
        its least value, and their duality gap says how far it may lie below.

        Args:
            groups: `[N]` from 0 on.
        """
        sizes = np.bincount(groups)
        middle = (len(groups) + 1) / 2

        def sums(ranks: Floats) -> Floats:
            return np.asarray(np.bincount(groups, weights=ranks - middle), dtype=np.float64)

        ranks = self.furthest(np.zeros(len(groups)))
        total = self._total
        at, bound = sums(ranks), 0.0
        for _ in range(min(_MOST_STEPS, max(1, _MOST_WORK // len(groups)))):
            between = float((at**2 / sizes).sum())
            ranks = self.furthest(-(at / sizes)[groups])
            towards = sums(ranks) - at
            slope = float((2 * at / sizes * towards).sum())
            bound = max(bound, between + slope)
            width = float((towards**2 / sizes).sum())
            if bound >= between * (1 - _CLOSE) or between <= _NOTHING * total or not width:
                break
            at = at + min(1.0, -slope / (2 * width)) * towards
        return float(np.sqrt(min(1.0, bound / total))) if total else 0.0


def _n_below(ordered: Floats, values: Floats) -> int:
    return int(np.searchsorted(ordered, values, side="left").sum())


def _n_up_to(ordered: Floats, values: Floats) -> int:
    return int(np.searchsorted(ordered, values, side="right").sum())


@dataclass(slots=True)
class _Block:
    """Runs that follow each other: those that tie first, then whole blocks."""

    tied: list[int]
    total: float
    size: int
    then: list[_Block] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return self.total / self.size

    def __iter__(self) -> Iterator[list[int]]:
        stack = [self]
        while stack:
            block = stack.pop()
            yield block.tied
            stack.extend(reversed(block.then))


def _least_first(
    links: list[list[int]], hanging: list[list[int]], scores: Floats
) -> Iterator[list[int]]:
    """Runs by their scores, the least first, where each has to wait for its link.

    From the end of the chain on: a link goes before all that wait for it, and takes along what,
    were it free, would go before the link.
    """
    ticket = count()
    waiting: list[tuple[float, int, _Block]] = []

    def push(block: _Block) -> None:
        heapq.heappush(waiting, (block.mean, -next(ticket), block))

    for k in range(len(links), -1, -1):
        for run in hanging[k]:
            push(_Block([run], float(scores[run]), 1))
        if k:
            tied = links[k - 1]
            block = _Block(tied, float(scores[tied].sum()), len(tied))
            while waiting and waiting[0][0] < block.mean:
                taken = heapq.heappop(waiting)[2]
                block.total, block.size = block.total + taken.total, block.size + taken.size
                block.then.append(taken)
            push(block)
    while waiting:
        yield from heapq.heappop(waiting)[2]

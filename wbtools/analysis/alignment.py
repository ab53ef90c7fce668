"""Which report of one metric belongs to a report of another: test at the best validation.

Metrics that are logged by separate calls of `log()` stand in rows, and at steps, of their own. What
says that two of their reports are about one moment is, in this order: the row that holds both; a
logged counter of training (`epoch`, `global_step`) that stands beside both, or was logged before;
equal numbers of reports, of which the n-th belong together; the order of the rows. The last is no
proof where one of the two is logged less often, and the answer says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves

    Steps = NDArray[np.int64]
    Values = NDArray[np.float64]


class Link(StrEnum):
    """What joins two reports.

    `row`: one row holds both. `counter`: a logged counter has the same value at both. `count`: both
    are the n-th report, of equally many. `before`, `after`: the other one is the nearest in the
    order of rows, up to the next report of the first. `only`: the other metric was reported once,
    as a test at the end. `none`: nothing does.
    """

    ROW = "row"
    COUNTER = "counter"
    COUNT = "count"
    BEFORE = "before"
    AFTER = "after"
    ONLY = "only"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """How a metric's reports were found that belong to the first metric's best.

    Attributes:
        metric: The other metric.
        n_runs: Runs by what joins the two, and by the counter's name where that is one.
    """

    metric: str
    n_runs: Mapping[tuple[Link, str | None], int]


def take_turns(left: Steps, right: Steps) -> bool:
    """Whether two series of one run have equally many rows, none shared, each pair before the next.

    Args:
        left: `int64 [T]` `_step` of each row, rising.
        right: Of the other series.
    """
    if len(left) != len(right) or np.isin(left, right).any():
        return False
    ends, begins = np.maximum(left, right)[:-1], np.minimum(left, right)[1:]
    return bool((ends < begins).all())


def align(
    lead: Curves, places: Steps, other: Curves, counters: Sequence[Curves]
) -> tuple[Steps, Alignment]:
    """Find the report of a metric that belongs to one report of another, in every run.

    Args:
        lead: The first metric, N runs.
        places: `int64 [N]` its reports, from 0; -1 for a run without any.
        other: The other metric, of the same runs.
        counters: Of the same runs, those to be believed first come first.

    Returns:
        `int64 [N]` reports of the other metric, from 0; -1 where none belongs to it. And how they
        were found, of the runs that have both metrics.
    """
    found = np.full(len(places), -1, dtype=np.int64)
    ways: Counter[tuple[Link, str | None]] = Counter()
    for row, place in enumerate(places.tolist()):
        n = int(other.n_reports[row])
        if n == 1:
            found[row] = 0
        if place < 0 or not n:
            continue
        link, counter = Link.ONLY, None
        if n > 1:
            pair = _Pair(_steps(lead, row), place, _steps(other, row))
            found[row], link, counter = pair.matched(
                [_of_run(each, row) for each in counters],
                is_counted=not (lead.n_nonfinite[row] or other.n_nonfinite[row]),
            )
        ways[link, counter] += 1
    return found, Alignment(metric=other.metric, n_runs=dict(ways))


def _steps(curves: Curves, row: int) -> Steps:
    return curves.steps[row, : curves.n_reports[row]]


def _of_run(curves: Curves, row: int) -> tuple[str, Steps, Values]:
    return curves.metric, _steps(curves, row), curves.values[row, : curves.n_reports[row]]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One run's two metrics: `_step` of all reports, and the place of one of the first."""

    lead: Steps
    place: int
    other: Steps

    def matched(
        self, counters: Sequence[tuple[str, Steps, Values]], *, is_counted: bool
    ) -> tuple[int, Link, str | None]:
        """The other's report, what joins the two, and the counter's name where that does.

        Args:
            counters: Name, steps and values of each.
            is_counted: No report of the two was NaN or infinite, so that the n-th is the n-th.
        """
        (in_row,) = np.nonzero(self.other == self.lead[self.place])
        if len(in_row):
            return int(in_row[-1]), Link.ROW, None
        in_order = all((np.diff(steps) >= 0).all() for steps in (self.lead, self.other))
        if not in_order:
            return -1, Link.NONE, None
        for name, steps, values in counters:
            is_sure, at = self._by_counter(steps, values)
            if is_sure:
                return (at, Link.COUNTER, name) if at >= 0 else (-1, Link.NONE, None)
        if is_counted and take_turns(self.lead, self.other):
            return self.place, Link.COUNT, None
        at, link = self._nearest()
        return (at, link, None) if at >= 0 else (-1, Link.NONE, None)

    def _by_counter(self, steps: Steps, values: Values) -> tuple[bool, int]:
        """Whether the counter can tell, and the report that it tells; -1 for none.

        It cannot where it falls or starts anew, nor where it stands still over several reports of
        each metric: which of them belong together it does not tell. Else it can where it stands
        beside all reports of both. One in other rows holds for the rows that
        follow, if it cuts both metrics into the same parts, the last of which a crash may have cut.
        Where it is logged between the two it does not: each then has a part that the other has not.
        """
        if not len(steps) or (np.diff(steps) < 0).any():
            return False, -1
        lead, other = (_carried(steps, values, at) for at in (self.lead, self.other))
        if any((at[1:] < at[:-1]).any() for at in (lead, other)):
            return False, -1
        if not (np.isin(self.lead, steps).all() and np.isin(self.other, steps).all()):
            parts, others = set(lead.tolist()), set(other.tolist())
            same_start = (-np.inf in parts) == (-np.inf in others)
            if not same_start or len(parts ^ others) > 1:
                return False, -1
        (same,) = np.nonzero(other == lead[self.place])
        if not len(same):
            return bool(len(lead) == 1 or lead[0] < lead[-1]), -1
        if len(same) > 1 and np.count_nonzero(lead == lead[self.place]) > 1:
            return False, -1
        before = same[self.other[same] <= self.lead[self.place]]
        return True, int(before[-1] if len(before) else same[0])

    def _nearest(self) -> tuple[int, Link]:
        """The last report since the first metric's previous one, where the other began first.

        Else the first one up to its next one; -1 if there is none.
        """
        at = self.lead[self.place]
        if self.other[0] < self.lead[0]:
            previous = self.lead[self.place - 1] if self.place else -1
            (between,) = np.nonzero((self.other > previous) & (self.other < at))
            return int(between[-1]) if len(between) else -1, Link.BEFORE
        is_last = self.place + 1 == len(self.lead)
        following = np.inf if is_last else self.lead[self.place + 1]
        (between,) = np.nonzero((self.other > at) & (self.other < following))
        return int(between[0]) if len(between) else -1, Link.AFTER


def _carried(steps: Steps, values: Values, at: Steps) -> Values:
    """The last value that was logged by each of these steps; minus infinity before the first."""
    last = np.searchsorted(steps, at, side="right") - 1
    return np.where(last < 0, -np.inf, values[np.maximum(last, 0)])

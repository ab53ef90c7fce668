"""Which runs a fetch has to ask for, and how they are laid out into pages.

Pages name their runs, so they depend on no cursor: they go out side by side, a cut fetch goes on
with the runs that are not archived yet, and a run that is deleted in between moves no other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from wbtools.app.fetching.logged_rows import logged_rows
from wbtools.app.fetching.rewinds import OVERLAP, is_witness
from wbtools.model import RunState
from wbtools.sources.wandb_api.server import MOST_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

    from wbtools.archive import KnownRun, KnownSeries
    from wbtools.model import Series
    from wbtools.sources.wandb_api.responses import FetchedRun, ListedRun

DIVIDED_ABOVE: Final = 20_000_000
"""Bytes: a longer answer is given up, and its page asked for in two parts."""
PREEMPTED: Final = frozenset({RunState.PREEMPTING, RunState.PREEMPTED})
_FIRST_TARGET: Final = 5_000_000
_SMALLEST_TARGET: Final = 200_000
_MOST_RUNS: Final = 100
_SLOW_S: Final = 8.0
_QUICK_S: Final = 2.0
_BYTES_OF_A_RUN: Final = 6_000
_BYTES_OF_A_TIME: Final = 50
_BYTES_OF_A_VALUE: Final = 25
_MOST_METRICS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One run to be asked for.

    Attributes:
        metrics: Whose rows are wanted.
        overlaps: By metric, the last archived rows. They are asked for again together with what
            follows, to show that it follows. Empty for whole curves.
        n_lines: Rows of its history, for a guess at the size of the answer.
        apart: Its metrics are known not to stand in the same rows.
    """

    id: str
    metrics: tuple[str, ...]
    overlaps: Mapping[str, Series] = field(default_factory=dict, compare=False)
    n_lines: int = 0
    apart: bool = False

    @property
    def first_step(self) -> int:
        """The first step that is asked for; -1 for whole curves."""
        steps = (int(self.overlaps[metric].steps[0]) for metric in self.metrics if self.overlaps)
        return min(steps, default=-1)

    def n_row_bytes(self, n_lists: int) -> int:
        """How long its rows may be in an answer, with its metrics in so many lists of rows."""
        rows = min(self.n_lines, OVERLAP if self.overlaps else MOST_SAMPLES)
        in_row = n_lists * _BYTES_OF_A_TIME + sum(_BYTES_OF_A_VALUE + len(x) for x in self.metrics)
        return rows * in_row


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Runs that are asked for in one request, all with the same metrics.

    Attributes:
        lists: The metrics of each list of rows that is asked for, a run at a time: of several, only
            rows that hold all of them.
        bytes_of_a_run: How long what is told of a run beside its rows may be.
    """

    runs: tuple[Wanted, ...]
    lists: tuple[tuple[str, ...], ...]
    bytes_of_a_run: int = _BYTES_OF_A_RUN

    @property
    def n_bytes(self) -> int:
        """How long the answer may be."""
        n_row_bytes = sum(run.n_row_bytes(len(self.lists)) for run in self.runs)
        return n_row_bytes + len(self.runs) * self.bytes_of_a_run

    @property
    def metrics(self) -> tuple[str, ...]:
        """Of every run on it."""
        return tuple(chain.from_iterable(self.lists))

    @property
    def from_steps(self) -> dict[str, int]:
        """By metric, the first step that is asked for; empty for whole curves."""
        if not all(run.overlaps for run in self.runs):
            return {}
        return {
            metric: min(int(run.overlaps[metric].steps[0]) for run in self.runs)
            for metric in self.metrics
        }

    def halves(self) -> tuple[HistoryPage, ...]:
        """Two smaller pages, by runs or else by metrics; one page where neither can be divided."""
        if len(self.runs) > 1:
            middle = len(self.runs) // 2
            return replace(self, runs=self.runs[:middle]), replace(self, runs=self.runs[middle:])
        (run,) = self.runs
        metrics = self.metrics
        middle = len(metrics) // 2
        if not middle:
            return (self,)
        return tuple(
            replace(self, runs=(replace(run, metrics=some),), lists=_within(self.lists, some))
            for some in (metrics[:middle], metrics[middle:])
        )


def wanted_runs(
    listed: Iterable[ListedRun],
    known: Mapping[str, KnownRun],
    metrics: Sequence[str],
    *,
    last_rows: Callable[[str, Sequence[str]], Mapping[str, Series]],
    refresh: str = "",
    tried: Collection[str] = (),
) -> list[Wanted]:
    """The runs that are new or changed, or of which rows are lacking.

    Each metric of a run is as new as the state of the run in which it was fetched, whatever was
    fetched of the run since. What is not known to be complete is asked for every time, though the
    run is as it was: the server may give now what it did not give then.

    Args:
        listed: All runs that the server has.
        known: What is archived of them.
        metrics: Whose curves are wanted.
        last_rows: Gives the last `OVERLAP` archived rows of some metrics of a run.
        refresh: Ask for everything that no refresh of this name has brought.
        tried: Metrics whose incomplete curves were asked for a moment ago: not again so soon.
    """
    found = []
    for run in listed:
        before = known.get(run.id)
        if before is None:
            found.append(Wanted(id=run.id, metrics=tuple(metrics), n_lines=run.n_lines or 0))
            continue
        stale = [
            metric
            for metric in metrics
            if _is_stale(before.series.get(metric), run.stamp, refresh, tried=metric in tried)
        ]
        if not stale and _same(run, before):
            continue
        wanted = Wanted(id=run.id, metrics=tuple(stale), n_lines=run.n_lines or 0)
        if not refresh and _may_go_on(run, before, stale):
            overlaps = last_rows(run.id, stale)
            if len(overlaps) == len(stale) and all(map(is_witness, overlaps.values())):
                wanted = replace(wanted, overlaps=overlaps, apart=True)
        found.append(wanted)
    return found


def series_stamp(state: str, refresh: str) -> str:
    """What is written beside rows: the state of their run, and the refresh that brought them."""
    return f"{refresh} {state}"


def state_of(series_stamp: str) -> str:
    """The state of the run in which these rows were all that there were."""
    return series_stamp.partition(" ")[2]


def _may_go_on(run: ListedRun, known: KnownRun, stale: Sequence[str]) -> bool:
    """Whether the archived rows may still be the first ones of what the server has."""
    series = [known.series.get(metric) for metric in stale]
    return (
        bool(series)
        and not any(before is None or not before.n_rows or _lacks_rows(before) for before in series)
        and known.state not in PREEMPTED  # it may have gone back to a checkpoint
        and (run.n_lines or 0) >= (known.history_line_count or 0)  # else it was rewound
    )


def _is_stale(series: KnownSeries | None, state: str, refresh: str, *, tried: bool) -> bool:
    if series is None or (_lacks_rows(series) and not tried):
        return True
    brought_by_another = bool(refresh) and series.stamp.partition(" ")[0] != refresh
    return state_of(series.stamp) != state or brought_by_another


def _lacks_rows(series: KnownSeries) -> bool:
    return series.sampled or not series.complete


def _same(run: ListedRun, known: KnownRun) -> bool:
    return (run.updated_at, run.heartbeat_at, run.state, run.running, run.n_lines) == (
        known.updated_at,
        known.heartbeat_at,
        known.state,
        known.running,
        known.history_line_count,
    )


def row_groups(runs: Iterable[FetchedRun]) -> dict[str, tuple[int, ...]]:
    """Names that stand in equally many rows of each run, which then seem to be the same rows."""
    logged = [logged_rows(run) for run in runs]
    names = frozenset().union(*logged)
    return {name: tuple(counts.get(name, 0) for counts in logged) for name in names}


class HistoryPages:
    """The pages still to ask for, cut to size one by one as answers teach how long they get.

    Metrics that stand in the same rows are asked for in one list of rows, which is half the bytes.
    Which do, the runs that the listing looked into suggest, and the answers confirm.

    Args:
        wanted: The runs.
        n_workers: Requests side by side.
        row_groups: By name, what metrics have in common that seem to stand in the same rows; a
            name that is not in it is asked for by itself.
        bytes_of_a_run: How long what is told of a run beside its rows seems to be.

    Attributes:
        most_runs: As many as the server gives in one answer.
    """

    def __init__(
        self,
        wanted: Iterable[Wanted],
        n_workers: int,
        row_groups: Mapping[str, Hashable] | None = None,
        bytes_of_a_run: int = 0,
    ) -> None:
        """Lay out these runs."""
        self.most_runs = _MOST_RUNS
        self._row_groups = dict(row_groups or {})
        self._bytes_of_a_run = max(_BYTES_OF_A_RUN, bytes_of_a_run)
        self._groups: dict[tuple[tuple[str, ...], bool], deque[Wanted]] = {}
        self._returned: deque[HistoryPage] = deque()
        self._n_workers = n_workers
        self._target = _FIRST_TARGET
        self._share = 0
        self._scale = 1.0
        self.add(wanted)

    def __bool__(self) -> bool:
        """Whether there is a page to ask for."""
        return bool(self._returned or self._groups)

    def add(self, wanted: Iterable[Wanted]) -> None:
        """Lay out more runs; those that are about as far share pages: they lack the same rows."""
        parts = (part for run in wanted for part in self._metric_parts(run))
        for run in sorted(parts, key=lambda part: part.first_step):
            group = self._groups.setdefault((run.metrics, run.apart), deque())
            group.append(run)

    def next(self) -> HistoryPage:
        """The next page."""
        if self._returned:
            return self._returned.popleft()
        kind, group = next(iter(self._groups.items()))
        metrics, apart = kind
        lists = tuple((metric,) for metric in metrics) if apart else self._lists(metrics)
        # Of equal length, so that they come back together and none is left for another round.
        self._share = self._share or -(-len(group) // self._n_workers)
        share = self._share
        most = min(self.most_runs, share if share > self._n_workers else self.most_runs)
        runs: list[Wanted] = []
        n_bytes = 0.0
        while group and len(runs) < most:
            n_bytes += self._scale * (group[0].n_row_bytes(len(lists)) + self._bytes_of_a_run)
            if runs and n_bytes > self._target:
                break
            runs.append(group.popleft())
        if not group:
            del self._groups[kind]
            self._share = 0
        return HistoryPage(runs=tuple(runs), lists=lists, bytes_of_a_run=self._bytes_of_a_run)

    def learn(
        self,
        page: HistoryPage,
        *,
        n_bytes: int,
        seconds: float,
        torn: Collection[tuple[str, ...]] = (),
    ) -> None:
        """Take note of an answer.

        Args:
            page: What was asked.
            n_bytes: How long the answer was.
            seconds: How long it took.
            torn: Lists of several metrics that do not stand in the same rows.
        """
        for metric in chain.from_iterable(torn):
            self._row_groups.pop(metric, None)
        self._scale = (self._scale + max(0.05, n_bytes / page.n_bytes)) / 2
        if seconds > _SLOW_S:
            self._target = max(_SMALLEST_TARGET, self._target // 2)
        elif seconds < _QUICK_S:
            self._target = min(_FIRST_TARGET, self._target * 2)

    def put_back(self, page: HistoryPage) -> None:
        """Ask for a page whose answer was too long in two parts."""
        self._scale *= 2
        self._returned.extend(page.halves())

    def _lists(self, metrics: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The metrics by the rows in which they seem to stand."""
        lists: defaultdict[Hashable, list[str]] = defaultdict(list)
        for metric in metrics:
            lists[self._row_groups.get(metric, ("alone", metric))].append(metric)
        return tuple(map(tuple, lists.values()))

    def _metric_parts(self, run: Wanted) -> Sequence[Wanted]:
        """A run whose answer would be too long, by some of its metrics at a time."""
        most = _MOST_METRICS
        lists = self._lists(run.metrics)
        n_bytes = run.n_row_bytes(len(run.metrics) if run.apart else len(lists))
        if n_bytes > _FIRST_TARGET:
            most = min(most, max(1, _FIRST_TARGET * len(run.metrics) // n_bytes))
        if len(run.metrics) <= most:
            return (run,)
        metrics = tuple(chain.from_iterable(lists))
        return [
            replace(run, metrics=metrics[at : at + most]) for at in range(0, len(metrics), most)
        ]


def _within(
    lists: Iterable[tuple[str, ...]], metrics: Collection[str]
) -> tuple[tuple[str, ...], ...]:
    """The lists without other metrics than these."""
    cut = (tuple(name for name in names if name in metrics) for names in lists)
    return tuple(filter(None, cut))

"""Whole histories, where the curves of a page came sampled.

Parquet exports where the server has them, with the live rows behind them; else pages of the
history by range of steps. Exports and pages may repeat each other's rows, and a server may give
fewer rows than it holds without a word, so everything is counted against what it says it has.
What one run's files or pages do not give is missing from that run alone.
"""

from __future__ import annotations

import json
import tempfile
import threading
import weakref
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeGuard
from urllib.parse import urlsplit

from wbtools.errors import DataError, FieldsUnknown, TooLarge, Unreachable
from wbtools.extras import is_installed
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.exports import add_export
from wbtools.sources.wandb_api.row_collector import RowCollector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.model import Series
    from wbtools.sources.wandb_api.memory import Share
    from wbtools.sources.wandb_api.responses import FetchedRun
    from wbtools.sources.wandb_api.server import Server
    from wbtools.sources.wandb_api.transport import Transport

# As many rows as W&B's own client asks for at once; servers are known to answer that in full.
_ROWS_A_PAGE: Final = 1_000
_MOST_PAGES: Final = 4_000
"""Requests for the pages of one run: four million rows where they lie close together."""
_LARGEST_EXPORT: Final = 2**30
_MOST_EXPORTS: Final = 1_000
MOST_VALUES: Final = 6_000_000
"""Rows times metrics that histories hold in memory: 0.15 GB, several times while put in order."""
_MOST_REPEATS: Final = 3
"""Exports, live rows and pages may each bring the same rows."""
_FEWEST_VALUES: Final = 100_000
"""So many are taken whatever the server counts: a run goes on while it is read."""
_MOST_FAILURES: Final = 3
"""So many files in a row that cannot be had, and the server's files are left alone."""

_one_at_a_time: Final = threading.Lock()
"""Exports are the largest things that are unpacked: one at a time is read."""
_failures: Final[weakref.WeakKeyDictionary[Transport, int]] = weakref.WeakKeyDictionary()
"""Files in a row that could not be had at fresh addresses; only under the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The rows of several metrics of one run, as many as could be had.

    Attributes:
        series: By metric.
        whole: Metrics of which no row is known to be missing.
    """

    series: Mapping[str, Series]
    whole: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A run's node, and the memory that it has as long as this is held."""

    node: Mapping[str, Any]
    share: Share

    def listed(self, name: str, *, inside: str | None = None) -> list[Any]:
        """A list of the node, or of an object in it; empty where there is none."""
        node = self.node if inside is None else self.node.get(inside)
        found = node.get(name) if isinstance(node, dict) else None
        return found if isinstance(found, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A run on a server."""

    server: Server
    entity: str
    project: str
    run: str

    def ask(self, document: str, **variables: object) -> _Answer | None:
        """What is said of the run; None where this server does not answer this for this run.

        Raises:
            TooLarge: That is more than may be had at once.
            DataError: As `Transport.ask`, where the server answers nothing else either.
        """
        where = {"entity": self.entity, "project": self.project, "run": self.run}
        try:
            answer = self.server.ask(document, {**where, **variables})
        except FieldsUnknown:
            return None
        except Unreachable:
            # Of this run alone? A server that is down altogether is said to be so.
            self.server.default_entity()
            return None
        project = answer.data.get("project")
        node = project.get("run") if isinstance(project, dict) else None
        return _Answer(node=node, share=answer.share) if isinstance(node, dict) else None


def whole_history(
    server: Server, entity: str, project: str, run: FetchedRun, metrics: Sequence[str]
) -> History:
    """All rows of some metrics of a run, or as many as the server gives.

    Files that are damaged or not to be had are asked for once more at fresh addresses, then pages
    are read instead; if they lack rows too, the rows of the run's own page are put in.

    Raises:
        DataError: The server is not reachable at all, a stop, or the deadline (`Transport.ask`).
        SignInError: It refuses the credentials.
    """
    place = _Place(server=server, entity=entity, project=project, run=run.run.id)
    expected = {metric: _n_expected(run, metric) for metric in metrics}
    most_values = n_values(run, metrics)
    gathered = RowCollector(metrics, expected, run.last_step)
    _add_exports(place, gathered, most_values)
    whole, every = _agreeing(run, gathered), frozenset(metrics)
    if whole < every:
        paged = RowCollector(metrics, expected, run.last_step)
        if _add_pages(place, run, paged, most_values):
            gathered, whole = paged, every
        else:
            gathered.add_all(paged)
            whole = _agreeing(run, gathered)
    for metric in every - whole:
        if metric in run.rows:
            gathered.add(metric, run.rows[metric].series)
    return History(series={metric: gathered.series(metric) for metric in metrics}, whole=whole)


def _agreeing(run: FetchedRun, gathered: RowCollector) -> frozenset[str]:
    """The metrics that are whole, and hold what the run's own page told of them.

    An export that was written before a run was taken back may have as many rows, and others.
    """
    return frozenset(
        metric
        for metric in gathered.whole()
        if metric not in run.rows or gathered.holds(metric, run.rows[metric].series)
    )


def n_values(run: FetchedRun, metrics: Sequence[str]) -> int:
    """How many values of a run are taken at most, by what the server counts; `MOST_VALUES` or less.

    Args:
        run: As its page told.
        metrics: Whose rows are wanted.
    """
    counted = (_n_expected(run, metric) for metric in metrics)
    n_announced = sum((run.n_lines or 0) if n is None else n for n in counted)
    return min(MOST_VALUES, max(_FEWEST_VALUES, _MOST_REPEATS * n_announced))


def _n_expected(run: FetchedRun, metric: str) -> int | None:
    if metric in run.rows:
        return run.rows[metric].n_expected
    return decoding.n_expected(run.counts, metric, may_have_rows=False)


def _add_exports(place: _Place, gathered: RowCollector, most_values: int) -> None:
    """From Parquet files and live rows, as many as there are and can be read."""
    if not is_installed("parquet"):  # pages may hold the same rows
        return
    read: set[str] = set()
    n_read = 0
    for fresh in (False, True):
        names = _names(_ask_for_exports(place, gathered, live_too=not fresh))
        for name, url in islice(names.items(), _MOST_EXPORTS):
            if name in read:
                continue
            n_more = _add_file(
                place.server.transport, url, gathered, fresh=fresh, most=most_values - n_read
            )
            if n_more is not None:
                read.add(name)
                n_read += n_more
            elif not fresh:
                break
        if read >= names.keys():
            return


def _ask_for_exports(place: _Place, gathered: RowCollector, *, live_too: bool) -> list[str]:
    """The addresses of the files, once the live rows are taken and all else is dropped."""
    keys = [decoding.STEP, decoding.TIME, *gathered.metrics]
    try:
        answer = place.ask(documents.PARQUET, keys=keys)
    except TooLarge:
        return []
    if answer is None:
        return []
    if live_too:
        rows = map(_row, answer.listed("liveData", inside="parquetHistory"))
        gathered.add_rows(row for row in rows if isinstance(row, dict))
    urls = answer.listed("parquetUrls", inside="parquetHistory")
    return [url for url in urls if isinstance(url, str)]


def _names(urls: Sequence[str]) -> dict[str, str]:
    """Addresses by what stays of them when they are signed anew."""
    names = {}
    for url in urls:
        try:
            name = urlsplit(url)._replace(query="", fragment="").geturl()
        except ValueError:
            name = url
        names[name] = url
    return names if len(names) == len(urls) else {url: url for url in urls}


def _add_file(
    transport: Transport, url: str, gathered: RowCollector, *, fresh: bool, most: int
) -> int | None:
    """Read one export; how many values it had, None if that is not possible.

    Args:
        transport: Gets the file.
        url: Where it is.
        gathered: Gets its rows.
        fresh: The address cannot have expired.
        most: Rows times metrics that may be taken.
    """
    with _one_at_a_time:
        n_failures = _failures.get(transport, 0)
        if n_failures >= _MOST_FAILURES:
            return None
        try:
            with tempfile.TemporaryFile(prefix="wbtools-") as file:
                try:
                    transport.download(url, file, most_bytes=_LARGEST_EXPORT)
                except (TooLarge, Unreachable):
                    _failures[transport] = n_failures + fresh
                    return None
                _failures[transport] = 0
                try:
                    return add_export(file, gathered, most_values=most, go_on=transport.check)
                except DataError:
                    return None
        except OSError:  # no folder for temporary files, or no room in it
            return None


def _add_pages(place: _Place, run: FetchedRun, gathered: RowCollector, most_values: int) -> bool:
    """From ranges of steps, halved where an answer may have left rows out.

    Returns:
        Whether there are as many rows, repeated ones counted once, as the server says it holds.
    """
    n_lines = run.n_lines or 0
    if n_lines > _MOST_PAGES * _ROWS_A_PAGE:
        return False
    top = run.last_step + 1 if run.last_step is not None else max(n_lines, 1)
    top = min(top, decoding.LARGEST_INT)
    width = max(1, min(top, _ROWS_A_PAGE * top // max(1, n_lines)))
    lows = islice(range(0, top, width), _MOST_PAGES + 1)
    waiting = [(low, min(low + width, top)) for low in lows][::-1]
    n_rows = 0
    for _ in range(_MOST_PAGES):
        if not waiting:
            break
        low, high = waiting.pop()
        middle = (low + high) // 2
        try:
            n_more = _add_page(place, low, high, gathered)
        except TooLarge:
            if middle == low:
                return False
            waiting += [(middle, high), (low, middle)]
            continue
        if n_more is None:
            return False
        n_rows += n_more
        if gathered.n_values > most_values:
            return False
    return not waiting and n_rows >= n_lines > 0


def _add_page(place: _Place, low: int, high: int, gathered: RowCollector) -> int | None:
    """One range of steps; how many different rows it has, None where there is no answer.

    Raises:
        TooLarge: The rows take more memory than there is, or are more than a page holds.
    """
    answer = place.ask(documents.HISTORY, minStep=low, maxStep=high, samples=_ROWS_A_PAGE)
    if answer is None:
        return None
    rows = [row for text in answer.listed("history") if _is_within(row := _row(text), low, high)]
    n_steps = len({row[decoding.STEP] for row in rows})
    if len(rows) >= _ROWS_A_PAGE and high - low > max(1, n_steps):
        msg = f"the steps {low:,} to {high:,} may have more than {_ROWS_A_PAGE:,} rows"
        raise TooLarge(msg)
    gathered.add_rows(rows)
    return len({hash(json.dumps(row, sort_keys=True)) for row in rows})


def _is_within(row: object, low: int, high: int) -> TypeGuard[dict[str, Any]]:
    """Whether it is a row of these steps; a server may give others, or those of another page."""
    step = row.get(decoding.STEP) if isinstance(row, dict) else None
    return isinstance(step, int | float) and low <= step < high


def _row(row: object) -> object:
    """A row as a page (a JSON text) or a live answer (either) holds it."""
    if not isinstance(row, str):
        return row
    try:
        return json.loads(row)
    except (ValueError, RecursionError):
        return None

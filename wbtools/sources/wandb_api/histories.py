"""Whole histories, where the curves of a page came sampled.

Parquet exports where the server has them, with the live rows behind them; else pages of the
history by range of steps. Exports and pages may repeat each other's rows, and a server may give
fewer rows than it holds without a word, so everything is counted against what it says it has.
What one run's files or pages do not give is missing from that run alone.
"""

from __future__ import annotations

import json
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard
from urllib.parse import urlsplit

from wbtools.errors import DataError, FieldsUnknown, TooLarge, Unreachable
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.exports import add_export
from wbtools.sources.wandb_api.row_collector import RowCollector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.model import Series
    from wbtools.sources.wandb_api.responses import FetchedRun
    from wbtools.sources.wandb_api.server import Server
    from wbtools.sources.wandb_api.transport import Transport

# As many rows as W&B's own client asks for at once; servers are known to answer that in full.
_ROWS_A_PAGE: Final = 1_000
_LARGEST_EXPORT: Final = 2**30
_MOST_FAILURES: Final = 3
"""So many files in a row that cannot be had, and the server's files are left alone."""

_one_at_a_time: Final = threading.Lock()
"""Exports are the largest things that this program holds: one at a time is in memory."""
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
class _Place:
    """A run on a server."""

    server: Server
    entity: str
    project: str
    run: str

    def ask(self, document: str, **variables: object) -> Mapping[str, Any] | None:
        """The run's node; None where this server does not answer this for this run.

        Raises:
            DataError: As `Transport.ask`, where the server answers nothing else either.
        """
        where = {"entity": self.entity, "project": self.project, "run": self.run}
        try:
            answer = self.server.ask(document, {**where, **variables}).data
        except FieldsUnknown:
            return None
        except Unreachable:
            # Of this run alone? A server that is down altogether is said to be so.
            self.server.default_entity()
            return None
        node = ((answer or {}).get("project") or {}).get("run")
        return node if isinstance(node, dict) else None


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
    gathered = RowCollector(metrics, run.counts)
    _add_exports(place, gathered)
    whole, every = gathered.whole(), frozenset(metrics)
    if whole < every:
        paged = RowCollector(metrics, run.counts)
        if _add_pages(place, run, paged):
            gathered, whole = paged, every
        else:
            gathered.add_all(paged)
            whole = gathered.whole()
    for metric in every - whole:
        if metric in run.rows:
            gathered.add(metric, run.rows[metric].series)
    return History(series={metric: gathered.series(metric) for metric in metrics}, whole=whole)


def _add_exports(place: _Place, gathered: RowCollector) -> None:
    """From Parquet files and live rows, as many as there are and can be read."""
    read: set[str] = set()
    for fresh in (False, True):
        node = place.ask(documents.PARQUET, keys=[decoding.STEP, decoding.TIME, *gathered.metrics])
        found = (node or {}).get("parquetHistory") or {}
        if not fresh:
            rows = (_row(live_row) for live_row in found.get("liveData") or [])
            gathered.add_rows(row for row in rows if isinstance(row, dict))
        names = _names([str(url) for url in found.get("parquetUrls") or []])
        for name, url in names.items():
            if name in read:
                continue
            if _add_file(place.server.transport, url, gathered, fresh=fresh):
                read.add(name)
            elif not fresh:
                break
        if read >= names.keys():
            return


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


def _add_file(transport: Transport, url: str, gathered: RowCollector, *, fresh: bool) -> bool:
    """Read one export; False if that is not possible.

    Args:
        transport: Gets the file.
        url: Where it is.
        gathered: Gets its rows.
        fresh: The address cannot have expired.
    """
    with _one_at_a_time:
        n_failures = _failures.get(transport, 0)
        if n_failures >= _MOST_FAILURES:
            return False
        try:
            data = transport.download(url, most_bytes=_LARGEST_EXPORT)
        except (TooLarge, Unreachable):
            _failures[transport] = n_failures + fresh
            return False
        _failures[transport] = 0
        try:
            add_export(data, gathered)
        except DataError:
            return False
        return True


def _add_pages(place: _Place, run: FetchedRun, gathered: RowCollector) -> bool:
    """From ranges of steps, halved where an answer may have left rows out.

    Returns:
        Whether there are as many rows, repeated ones counted once, as the server says it holds.
    """
    n_lines = run.n_lines or 0
    top = run.last_step + 1 if run.last_step is not None else max(n_lines, 1)
    width = max(1, min(top, _ROWS_A_PAGE * top // max(1, n_lines)))
    waiting = [(low, min(low + width, top)) for low in range(0, top, width)][::-1]
    n_rows = 0
    while waiting:
        low, high = waiting.pop()
        node = place.ask(documents.HISTORY, minStep=low, maxStep=high, samples=_ROWS_A_PAGE)
        if node is None:
            return False
        rows = [
            row for text in node.get("history") or [] if _is_within(row := _row(text), low, high)
        ]
        n_steps = len({row[decoding.STEP] for row in rows})
        if len(rows) >= _ROWS_A_PAGE and high - low > max(1, n_steps):
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]
            continue
        n_rows += len({json.dumps(row, sort_keys=True) for row in rows})
        gathered.add_rows(rows)
    return n_rows >= n_lines > 0


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

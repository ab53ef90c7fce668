"""Whole histories, where the curves of a page came sampled.

Parquet exports where the server has them, with the live rows behind them; else pages of the
history by range of steps. Exports and pages may repeat each other's rows, and a server may give
fewer rows than it holds without a word, so everything is counted against what it says it has.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.errors import DataError, FieldsUnknown
from wbtools.model import Series
from wbtools.sources.wandb_api import answers, documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.sources.wandb_api.nouns import FetchedRun
    from wbtools.sources.wandb_api.server import Server

# As many rows as W&B's own client asks for at once; servers are known to answer that in full.
_ROWS_A_PAGE: Final = 1_000
_LARGEST_EXPORT: Final = 2 * 2**30
_NO_ROWS: Final = Series(values=np.empty(0), steps=np.empty(0, dtype=np.int64), times_s=np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The rows of several metrics of one run, as many as could be had.

    Attributes:
        series: By metric.
        whole: Metrics of which no row is known to be missing.
    """

    series: Mapping[str, Series]
    whole: frozenset[str]


def whole_history(
    server: Server, entity: str, project: str, run: FetchedRun, metrics: Sequence[str]
) -> History:
    """All rows of some metrics of a run.

    Raises:
        DataError: As `Transport.ask`; what was read so far is lost, but for the archive's.
    """
    exported = _exported(server, entity, project, run, metrics)
    if exported is not None and exported.whole >= frozenset(metrics):
        return exported
    paged = _paged(server, entity, project, run, metrics)
    if exported is None:
        return paged
    joined = {one: _joined(exported.series[one], paged.series[one]) for one in metrics}
    return History(series=joined, whole=paged.whole | _counted(run, joined))


def _counted(run: FetchedRun, series: Mapping[str, Series]) -> frozenset[str]:
    """The metrics that have at least as many numbers as the server has rows of them."""
    if run.counts is None:
        return frozenset()
    counts = run.counts
    return frozenset(name for name, one in series.items() if len(one.values) >= counts.get(name, 0))


def _exported(
    server: Server, entity: str, project: str, run: FetchedRun, metrics: Sequence[str]
) -> History | None:
    """From Parquet files and live rows; None where the server has none of them."""
    variables = {
        "entity": entity,
        "project": project,
        "run": run.run.id,
        "keys": [answers.STEP, answers.TIME, *metrics],
    }
    try:
        told = server.ask(documents.PARQUET, variables).data
    except FieldsUnknown:
        return None
    found = (((told or {}).get("project") or {}).get("run") or {}).get("parquetHistory") or {}
    urls, live = found.get("parquetUrls") or [], found.get("liveData") or []
    if not urls and not live:
        return None
    parts = [_live_rows(live, metrics)]
    for url in urls:
        data = server.transport.download(str(url), most_bytes=_LARGEST_EXPORT)
        parts.append(_parquet_rows(data, metrics))
    series = {one: _joined(*(part[one] for part in parts)) for one in metrics}
    return History(series=series, whole=_counted(run, series))


def _live_rows(live: Sequence[Any], metrics: Sequence[str]) -> dict[str, Series]:
    rows = [row for one in live if isinstance(row := _row(one), dict)]
    return {one: _series(rows, one) for one in metrics}


def _parquet_rows(data: bytes, metrics: Sequence[str]) -> dict[str, Series]:
    """The columns of an export; a metric without a column has no rows in it.

    Raises:
        DataError: The file is no Parquet.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and few sweeps need it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        there = frozenset(file.schema_arrow.names)
        wanted = [one for one in (answers.STEP, answers.TIME, *metrics) if one in there]
        table = file.read(columns=wanted)
        columns = {name: table.column(name).to_pylist() for name in wanted}
    except (pa.ArrowException, OSError, ValueError) as error:
        msg = f"a history export of the server cannot be read: {error}"
        raise DataError(msg, "try again later") from error
    out = {}
    for metric in metrics:
        if metric not in columns or answers.STEP not in columns:
            out[metric] = _NO_ROWS
            continue
        times = columns.get(answers.TIME, [None] * table.num_rows)
        rows = [
            {answers.STEP: step, answers.TIME: time, metric: value}
            for step, time, value in zip(columns[answers.STEP], times, columns[metric], strict=True)
            if value is not None
        ]
        out[metric] = answers.series_of(rows, metric)
    return out


def _paged(
    server: Server, entity: str, project: str, run: FetchedRun, metrics: Sequence[str]
) -> History:
    """From ranges of steps, halved where an answer may have left rows out."""
    last = run.last_step
    n_lines = run.n_lines or 0
    top = last + 1 if last is not None else max(n_lines, 1)
    width = max(1, min(top, _ROWS_A_PAGE * top // max(1, n_lines)))
    parts: dict[str, list[Series]] = {one: [] for one in metrics}
    n_rows = 0
    for rows in _pages(server, (entity, project, run.run.id), top, width):
        n_rows += len(rows)
        for one in metrics:
            parts[one].append(_series(rows, one))
    series = {one: _joined(*some) for one, some in parts.items()}
    every = frozenset(metrics) if n_rows >= n_lines > 0 else frozenset()
    return History(series=series, whole=every | _counted(run, series))


def _pages(
    server: Server, where: tuple[str, str, str], top: int, width: int
) -> Iterator[list[dict[str, Any]]]:
    """The rows of all steps below `top`, in ranges of about `width` steps."""
    entity, project, run = where
    waiting = [(low, min(low + width, top)) for low in range(0, top, width)][::-1]
    while waiting:
        low, high = waiting.pop()
        variables = {
            "entity": entity,
            "project": project,
            "run": run,
            "minStep": low,
            "maxStep": high,
            "samples": _ROWS_A_PAGE,
        }
        told = server.ask(documents.HISTORY, variables).data
        texts = (((told or {}).get("project") or {}).get("run") or {}).get("history") or []
        if len(texts) >= _ROWS_A_PAGE and high - low > _ROWS_A_PAGE:
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]
            continue
        yield [row for text in texts if isinstance(row := _row(text), dict)]


def _series(rows: Sequence[Mapping[str, Any]], metric: str) -> Series:
    held = [row for row in rows if metric in row or metric.partition(".")[0] in row]
    return answers.series_of(held, metric)


def _row(one: object) -> object:
    """A row as a page (a JSON text) or a live answer (either) holds it."""
    if not isinstance(one, str):
        return one
    try:
        return json.loads(one)
    except (ValueError, RecursionError):
        return None


def _joined(*parts: Series) -> Series:
    """Rows of several answers by step, each step once."""
    return answers.by_step(
        np.concatenate([one.values for one in parts]),
        np.concatenate([one.steps for one in parts]),
        np.concatenate([one.times_s for one in parts]),
    )

"""What the tables hold, as nouns; every function runs inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.archive import codec
from wbtools.archive.records import (
    ArchivedKind,
    ArchivedSweep,
    EndedHow,
    Fetch,
    FormerConfig,
    IncompleteSeries,
    KnownRun,
    KnownSeries,
    SweepHeader,
    SweepKey,
    Unfinished,
)
from wbtools.archive.rows import GET_RUNS, SecretScrubber, moment_of, optional_text, run_of, text_of
from wbtools.errors import UsageError
from wbtools.model import RunState, Series

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from wbtools.archive.records import ArchivedRun

EMPTY: Final = Series(
    values=np.empty(0), steps=np.empty(0, dtype=np.int64), times_s=np.empty(0, dtype=np.float64)
)
_CHUNK: Final = """
    SELECT s.run, c.axis, c.n_rows, c.numbers, x.n_rows, x.steps, x.times_s
    FROM series s JOIN chunks c ON c.series = s.id JOIN axes x ON x.id = c.axis"""


def find_sweep(connection: sqlite3.Connection, bind: SecretScrubber, key: SweepKey) -> int | None:
    """The table id of a sweep; None if it is not archived."""
    row = connection.execute(
        "SELECT id FROM sweeps WHERE base_url = ? AND entity = ? AND project = ?"
        " AND kind = ? AND name = ?",
        bind(key.base_url, key.entity, key.project, str(key.kind), key.name),
    ).fetchone()
    return None if row is None else int(row[0])


def sweep_id_of(connection: sqlite3.Connection, bind: SecretScrubber, key: SweepKey) -> int:
    """The table id of a sweep.

    Raises:
        UsageError: It is not archived.
    """
    sweep = find_sweep(connection, bind, key)
    if sweep is None:
        msg = f"{key} of {key.base_url} is not in the archive"
        raise UsageError(msg, f"`wbtools fetch {key}` brings it; `wbtools archive ls` lists all")
    return sweep


def unfinished(connection: sqlite3.Connection, sweep: int) -> Unfinished | None:
    """Where a cut fetch of this sweep can go on."""
    cursor, parameters = connection.execute(
        "SELECT cursor, cursor_parameters FROM sweeps WHERE id = ?", (sweep,)
    ).fetchone()
    if cursor is None:
        return None
    return Unfinished(cursor=text_of(cursor), parameters=text_of(parameters or ""))


def known_runs(connection: sqlite3.Connection, sweep: int) -> dict[str, KnownRun]:
    """All runs of a sweep by id, with how much of each metric is archived."""
    series: dict[int, dict[str, KnownSeries]] = {}
    for (
        run,
        metric,
        n_rows,
        last_step,
        sampled,
        complete,
        n_expected,
        stamp,
    ) in connection.execute(
        "SELECT s.run, m.name, s.n_rows, s.last_step, s.sampled, s.complete,"
        " s.n_expected, s.stamp"
        " FROM runs r JOIN series s ON s.run = r.id JOIN metrics m ON m.id = s.metric"
        " WHERE r.sweep = ?",
        (sweep,),
    ):
        series.setdefault(run, {})[text_of(metric)] = KnownSeries(
            n_rows=n_rows,
            last_step=last_step,
            sampled=bool(sampled),
            complete=bool(complete),
            n_expected=n_expected,
            stamp=text_of(stamp),
        )
    known = {}
    for (
        id_,
        run_id,
        updated_at,
        heartbeat_at,
        state,
        running,
        n_lines,
        attempts,
    ) in connection.execute(
        "SELECT id, run_id, updated_at, heartbeat_at, state, running, history_line_count, attempts"
        " FROM runs WHERE sweep = ?",
        (sweep,),
    ):
        known[text_of(run_id)] = KnownRun(
            updated_at=optional_text(updated_at),
            heartbeat_at=moment_of(heartbeat_at),
            state=RunState(state),
            running=None if running is None else bool(running),
            history_line_count=n_lines,
            attempts=attempts,
            series=series.get(id_, {}),
        )
    return known


def runs(connection: sqlite3.Connection, sweep: int) -> list[tuple[int, ArchivedRun]]:
    """The runs of a sweep with their table ids, by creation, unknown times last.

    Servers tell whole seconds, in which several agents may begin a run each: then the numbers that
    W&B put into the names decide, then the ids.
    """
    found = [(int(row[0]), run_of(row)) for row in connection.execute(GET_RUNS, (sweep,))]
    found.sort(key=lambda pair: _by_creation(pair[1]))
    return found


def _by_creation(archived: ArchivedRun) -> tuple[bool, float, int, str]:
    run = archived.run
    began_s = 0.0 if run.created_at is None else run.created_at.timestamp()
    number = run.number if run.number_from == "name" else 0
    return run.created_at is None, began_s, number, run.id


def sweeps(connection: sqlite3.Connection) -> list[ArchivedSweep]:
    """All sweeps, in the order in which they came."""
    rows = connection.execute(_SWEEPS + " ORDER BY id").fetchall()
    return [_sweep(connection, row) for row in rows]


def sweep(connection: sqlite3.Connection, sweep_id: int) -> ArchivedSweep:
    """One of `sweeps`, by its table id."""
    row = connection.execute(_SWEEPS + " WHERE id = ?", (sweep_id,)).fetchone()
    return _sweep(connection, row)


_SWEEPS: Final = """
    SELECT id, base_url, entity, project, kind, name, display_name, state, config, created_at,
           updated_at, n_expected_runs, as_of, whole_at IS NOT NULL
    FROM sweeps"""


def _sweep(connection: sqlite3.Connection, row: Sequence[Any]) -> ArchivedSweep:
    id_, base_url, entity, project, kind, name, *facts = row
    display_name, state, config, created_at, updated_at, n_expected, as_of, whole = facts
    head = SweepHeader(
        key=SweepKey(
            base_url=text_of(base_url),
            entity=text_of(entity),
            project=text_of(project),
            kind=ArchivedKind(kind),
            name=text_of(name),
        ),
        display_name=optional_text(display_name),
        state=optional_text(state),
        config=optional_text(config),
        created_at=optional_text(created_at),
        updated_at=optional_text(updated_at),
        n_expected_runs=n_expected,
    )
    n_rows, n_bytes, complete = connection.execute(
        "SELECT coalesce(sum(s.n_rows), 0), coalesce(sum(s.n_bytes), 0),"
        " coalesce(min(s.complete), 1) FROM runs r JOIN series s ON s.run = r.id"
        " WHERE r.sweep = ?",
        (id_,),
    ).fetchone()
    n_axis_bytes = connection.execute(
        "SELECT coalesce(sum(length(x.steps) + length(x.times_s)), 0)"
        " FROM runs r JOIN axes x ON x.run = r.id WHERE r.sweep = ?",
        (id_,),
    ).fetchone()[0]
    n_runs = connection.execute("SELECT count(*) FROM runs WHERE sweep = ?", (id_,)).fetchone()[0]
    cut = unfinished(connection, id_)
    return ArchivedSweep(
        head=head,
        n_runs=n_runs,
        metrics=tuple(metrics(connection, id_)),
        n_rows=n_rows,
        n_bytes=n_bytes + n_axis_bytes,
        as_of=moment_of(as_of),
        unfinished=cut,
        complete=bool(whole) and cut is None and bool(complete),
    )


def metrics(connection: sqlite3.Connection, sweep: int) -> dict[str, int]:
    """Archived metrics with the number of runs that hold a finite report, most first."""
    rows = connection.execute(
        "SELECT m.name, sum(s.n_finite > 0) FROM runs r JOIN series s ON s.run = r.id"
        " JOIN metrics m ON m.id = s.metric WHERE r.sweep = ? GROUP BY m.id",
        (sweep,),
    )
    counts = [(text_of(name), int(n)) for name, n in rows]
    return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def fetches(connection: sqlite3.Connection, sweep: int) -> list[Fetch]:
    """All fetches of a sweep, the first one first."""
    rows = connection.execute(
        "SELECT started_at, ended_at, requests, ended_how, parameters FROM fetches"
        " WHERE sweep = ? ORDER BY id",
        (sweep,),
    )
    return [
        Fetch(
            started_at=moment_of(started_at) or _never(),
            ended_at=moment_of(ended_at),
            requests=requests,
            ended_how=None if ended_how is None else EndedHow(ended_how),
            parameters=text_of(parameters),
        )
        for started_at, ended_at, requests, ended_how, parameters in rows
    ]


def former_configs(connection: sqlite3.Connection, sweep: int) -> list[FormerConfig]:
    """The configurations that were replaced, the first one first."""
    rows = connection.execute(
        "SELECT until, config FROM former_configs WHERE sweep = ? ORDER BY id", (sweep,)
    )
    return [
        FormerConfig(until=moment_of(until) or _never(), config=optional_text(config))
        for until, config in rows
    ]


def series_flags(
    connection: sqlite3.Connection, bind: SecretScrubber, sweep: int, metric: str
) -> dict[int, tuple[bool, bool]]:
    """By the runs' table ids: (sampled, complete) of one metric; a run not asked has none."""
    rows = connection.execute(
        "SELECT s.run, s.sampled, s.complete FROM metrics m JOIN series s ON s.metric = m.id"
        " JOIN runs r ON r.id = s.run WHERE m.name = ? AND r.sweep = ?",
        (*bind(metric), sweep),
    )
    return {run: (bool(sampled), bool(complete)) for run, sampled, complete in rows}


def incomplete_series(
    connection: sqlite3.Connection, bind: SecretScrubber, sweep: int, metrics: Iterable[str]
) -> list[IncompleteSeries]:
    """By metric, the runs that are still on the server and lack rows, or may lack some."""
    return [
        IncompleteSeries(
            run_id=text_of(run_id),
            metric=metric,
            n_rows=n_rows,
            n_expected=n_expected,
            fetched=bool(fetched),
        )
        for metric in metrics
        for run_id, n_rows, n_expected, fetched in connection.execute(
            "SELECT r.run_id, coalesce(s.n_rows, 0), s.n_expected, s.id IS NOT NULL"
            " FROM runs r LEFT JOIN series s ON s.run = r.id"
            " AND s.metric = (SELECT id FROM metrics WHERE name = ?)"
            " WHERE r.sweep = ? AND r.missing_since IS NULL AND coalesce(s.complete, 0) = 0"
            " ORDER BY r.id",
            (*bind(metric), sweep),
        )
    ]


def metric_chunks(
    connection: sqlite3.Connection, bind: SecretScrubber, sweep: int, metric: str
) -> list[tuple[Any, ...]]:
    """The packed chunks of one metric, for `unpacked`, which needs no transaction."""
    return connection.execute(
        _CHUNK + " JOIN metrics m ON m.id = s.metric JOIN runs r ON r.id = s.run"
        " WHERE m.name = ? AND r.sweep = ? ORDER BY s.run, c.place",
        (*bind(metric), sweep),
    ).fetchall()


def by_run(chunks: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """The packed chunks of `metric_chunks` by the runs' table ids, each to be unpacked alone."""
    parts: dict[int, list[tuple[Any, ...]]] = {}
    for chunk in chunks:
        parts.setdefault(chunk[0], []).append(chunk)
    return parts


def last_rows(
    connection: sqlite3.Connection,
    bind: SecretScrubber,
    sweep: int,
    run_id: str,
    metrics: Collection[str],
    n_rows: int,
) -> dict[str, Series]:
    """The last rows of some metrics of a run, at most so many; none of a metric without rows.

    There are fewer where the last two chunks of a series are short.
    """
    # Many metrics share few axes: in one query these are unpacked once.
    chunks = connection.execute(
        "SELECT m.name, s.id, c.axis, c.n_rows, c.numbers, x.n_rows, x.steps, x.times_s"
        " FROM runs r JOIN series s ON s.run = r.id JOIN metrics m ON m.id = s.metric"
        " JOIN chunks c ON c.series = s.id JOIN axes x ON x.id = c.axis"
        " WHERE r.sweep = ? AND r.run_id = ?"
        " AND c.place >= (SELECT max(place) FROM chunks WHERE series = s.id) - 1"
        " ORDER BY s.id, c.place",
        (sweep, *bind(run_id)),
    )
    named = [(text_of(name), tuple(chunk)) for name, *chunk in chunks]
    wanted = [(name, chunk) for name, chunk in named if name in metrics]
    names = {chunk[0]: name for name, chunk in wanted}
    return {
        names[series]: Series(
            values=rows.values[-n_rows:], steps=rows.steps[-n_rows:], times_s=rows.times_s[-n_rows:]
        )
        for series, rows in unpacked(chunk for _, chunk in wanted).items()
    }


def chunk_rows(connection: sqlite3.Connection, series: int, place: int) -> list[Series]:
    """One chunk, unpacked."""
    rows = connection.execute(_CHUNK + " WHERE s.id = ? AND c.place = ?", (series, place))
    return list(unpacked(rows.fetchall()).values())


def unpacked(
    chunks: Iterable[tuple[Any, ...]],
    axes: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] | None = None,
) -> dict[int, Series]:
    """The rows by the table ids in the first column.

    Args:
        chunks: As `metric_chunks` gives them, which has the runs' ids there.
        axes: Steps and times that other metrics of the same runs have unpacked; added to.

    Raises:
        ValueError: A chunk is damaged.
    """
    known = {} if axes is None else axes
    parts: dict[int, list[Series]] = {}
    for run, axis, n, numbers, n_axis, steps, times_s in chunks:
        if n != n_axis:
            msg = f"a chunk of {n} values has {n_axis} steps"
            raise ValueError(msg)
        if axis not in known:
            known[axis] = (
                codec.unpack_integers(steps, n),
                codec.unpack_floats(times_s, n, differences=True),
            )
        values = codec.unpack_floats(numbers, n, differences=False)
        series = Series(values=values, steps=known[axis][0], times_s=known[axis][1])
        parts.setdefault(run, []).append(series)
    return {run: some[0] if len(some) == 1 else _end_to_end(some) for run, some in parts.items()}


def _end_to_end(parts: Sequence[Series]) -> Series:
    return Series(
        values=np.concatenate([part.values for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        times_s=np.concatenate([part.times_s for part in parts]),
    )


def _never() -> Any:  # noqa: ANN401 - it never returns
    msg = "a fetch without a beginning"
    raise ValueError(msg)

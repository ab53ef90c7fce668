"""What an archive holds, in words: sweeps, their runs, the rows of their metrics, fetches."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wbtools.model import Run, RunState, Series


class ArchivedKind(StrEnum):
    """A sweep of W&B's, or runs outside sweeps that a user selected."""

    SWEEP = "sweep"
    SELECTION = "selection"


class EndedHow(StrEnum):
    """How a fetch ended; `lost` is one whose process vanished."""

    DONE = "done"
    CUT = "cut"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepKey:
    """What is archived under one name.

    Attributes:
        base_url: The server; user names, passwords and queries in it are dropped.
        name: The sweep's id, or the words of a selection such as `group:NAME`.
    """

    base_url: str
    entity: str
    project: str
    name: str
    kind: ArchivedKind = ArchivedKind.SWEEP

    def __post_init__(self) -> None:
        """Write every address of one server the same way, and never one with credentials."""
        parts = urlsplit(self.base_url)
        host = parts.netloc.rpartition("@")[2].lower()
        clean = urlunsplit((parts.scheme.lower(), host, parts.path.rstrip("/"), "", ""))
        object.__setattr__(self, "base_url", clean)

    def __str__(self) -> str:
        """`entity/project/name`, as the command line takes a sweep."""
        return f"{self.entity}/{self.project}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepHeader:
    """What is known of a sweep beside its runs.

    Attributes:
        config: The sweep's own configuration, the text that the server holds.
        created_at: When it was created, the server's text.
        updated_at: When it was last changed, the server's text.
        n_expected_runs: How many runs the server says it has; None if unknown.
    """

    key: SweepKey
    display_name: str | None = None
    state: str | None = None
    config: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    n_expected_runs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRun:
    """A run and what a later fetch needs to know of it.

    Attributes:
        updated_at: The server's `updatedAt`, compared as text and never parsed.
        history_line_count: Rows of history that the server says the run has.
        history_keys: The server's `historyKeys` (what JSON holds).
        running: The server's own flag, beside `run.state`.
        missing_since: When a whole fetch first did not find the run any more; set by the archive.
    """

    run: Run
    updated_at: str | None = None
    history_line_count: int | None = None
    history_keys: object = None
    running: bool | None = None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPage:
    """Rows of one metric of one run, as a page brought them.

    Attributes:
        append: Put the rows after those that are archived, else replace them.
        sampled: The server may have left out rows in between.
        complete: These and the archived rows are all that there were at that time.
        n_expected: Rows that the server says there are; None if unknown.
        stamp: In which state the run was when these rows were all that there were; a text that is
            compared and never parsed.
    """

    run_id: str
    metric: str
    rows: Series
    append: bool = False
    sampled: bool = False
    complete: bool = True
    n_expected: int | None = None
    stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSeries:
    """How much of one metric of one run is archived.

    Attributes:
        stamp: As the last page of these rows had it.
    """

    n_rows: int
    sampled: bool
    complete: bool
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteSeries:
    """A metric of a run whose archived rows are not known to be all that there were.

    Attributes:
        n_rows: Archived rows.
        n_expected: Rows that the server says there are; None if unknown.
        fetched: False where this metric of this run was never asked for.
    """

    run_id: str
    metric: str
    n_rows: int
    n_expected: int | None
    fetched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRun:
    """What a fetch compares with the server's answer, to ask for changed runs alone."""

    updated_at: str | None
    heartbeat_at: datetime | None
    state: RunState
    running: bool | None
    history_line_count: int | None
    attempts: int = 1
    series: Mapping[str, KnownSeries] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Where a fetch was cut: its cursor, and the parameters under which that cursor holds."""

    cursor: str
    parameters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedSweep:
    """One line of `wbtools archive ls`.

    Attributes:
        n_runs: All that are archived.
        n_missing: Those of them that the last whole fetch did not find on the server any more.
        metrics: Names of the archived metrics.
        n_rows: Rows over all runs and metrics.
        n_bytes: Bytes of those rows as archived.
        as_of: The moment up to which the archive speaks, aware UTC; None before any fetch ended.
        unfinished: A cut fetch that can go on.
        complete: The runs were once all fetched, nothing is cut, no curve is known to lack rows.
    """

    head: SweepHeader
    n_runs: int
    n_missing: int
    metrics: tuple[str, ...]
    n_rows: int
    n_bytes: int
    as_of: datetime | None
    unfinished: Unfinished | None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedSeries:
    """All rows of one metric of one run, for an export.

    Attributes:
        missing_since: As `ArchivedRun` has it.
    """

    run_id: str
    run_name: str
    metric: str
    rows: Series
    sampled: bool
    complete: bool
    missing_since: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Fetched:
    """What a fetch brought into the archive.

    Attributes:
        n_runs: Runs that the server has.
        n_asked: Runs that were new, had changed or lacked a metric.
        n_rows: Rows that were written.
        n_incomplete: Curves that the server did not give in full, now or in an earlier fetch.
        n_too_large: Runs that are left out, or some of their metrics, as they fit into no answer.
        listed_all: False if the server says that it has more runs than it lists.
    """

    __repr__ = brief_repr

    head: SweepHeader
    metrics: tuple[str, ...]
    n_runs: int
    n_asked: int
    n_rows: int = 0
    n_incomplete: int = 0
    n_too_large: int = 0
    listed_all: bool = True

"""A local archive of fetched sweeps: one SQLite file of documented tables (`README.md`).

Why SQLite with compressed chunks (tried: `tests/archive/`, `tests/benchmarks/archive.py`): a page
of runs, its rows and its cursor are one transaction, so that a kill leaves the state before or
after it; readers read while a writer writes, which DuckDB refuses even to read-only ones; Parquet
parts would need a commit protocol of our own. One metric of 1,000 runs x 2,000 steps is read in a
fraction of a second, and a chunk is decoded in ten lines without any package.

Journals: a write-ahead log needs memory that all processes share, so it is used on file systems
known to be of this machine; on others (NFS, Lustre) and on unknown ones the rollback journal is.
The log lasts as long as its writer: a closed archive is one plain file, which can be read from a
read-only folder, over the network and as a copy.

One writer: SQLite's own lock on an empty file beside the archive. The kernel frees it with the
process, so no lock goes stale, and it works wherever the archive's own locks do.
"""

from wbtools.archive.connection import is_empty
from wbtools.archive.last_sweep import LastSweep, last_sweep, remember_sweep
from wbtools.archive.location import ArchiveLocation, ChosenBy, archive_path
from wbtools.archive.plans import keep_outcome, keep_plan, kept_outcome, kept_plans, outcomes
from wbtools.archive.reading import Archive
from wbtools.archive.records import (
    ArchivedKind,
    ArchivedRun,
    ArchivedSeries,
    ArchivedSweep,
    EndedHow,
    Fetched,
    IncompleteSeries,
    KnownRun,
    KnownSeries,
    SeriesPage,
    SweepHeader,
    SweepKey,
    Unfinished,
)
from wbtools.archive.rows import without_secrets
from wbtools.archive.writing import ArchiveWriter

__all__ = [
    "Archive",
    "ArchiveLocation",
    "ArchiveWriter",
    "ArchivedKind",
    "ArchivedRun",
    "ArchivedSeries",
    "ArchivedSweep",
    "ChosenBy",
    "EndedHow",
    "Fetched",
    "IncompleteSeries",
    "KnownRun",
    "KnownSeries",
    "LastSweep",
    "SeriesPage",
    "SweepHeader",
    "SweepKey",
    "Unfinished",
    "archive_path",
    "is_empty",
    "keep_outcome",
    "keep_plan",
    "kept_outcome",
    "kept_plans",
    "last_sweep",
    "outcomes",
    "remember_sweep",
    "without_secrets",
]

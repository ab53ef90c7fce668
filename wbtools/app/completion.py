"""What a shell may offer where a sweep or a metric is typed.

Read is only what lies here, never a server; what takes long or cannot be read is offered to nobody.
"""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.archive_lookup import look_up_archive
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.reference import DEMO, parse_reference
from wbtools.app.opening.session import Session
from wbtools.archive import Archive
from wbtools.errors import WbtoolsError
from wbtools.sources.local.sweeps import find_sweeps

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN_FILES: Final = ("wandb", ".")
_MOST_RUNS: Final = 2_000
_LONGEST_HEADER: Final = 100_000
_COLUMNS_OF_W_AND_B: Final = frozenset(
    ("Name", "ID", "State", "Created", "Runtime", "Sweep", "Tags", "User", "Notes", "Group")
)


def sweep_names(archive: Path | None) -> Iterator[tuple[str, str]]:
    """What may be called SWEEP here, each with where it is.

    Args:
        archive: What `--archive` names.
    """
    yield DEMO, "the recorded sweep that comes with wbtools"
    for name in _local_ids():
        yield name, "run files here"
    for name in archived_names(archive):
        yield name, "archived"


def archived_names(archive: Path | None) -> list[str]:
    """The ids of archived sweeps, the last that came first; ENTITY/PROJECT/ID where two share one.

    Args:
        archive: What `--archive` names.
    """
    try:
        found = look_up_archive(archive, os.environ).sweeps
    except (WbtoolsError, OSError):
        return []
    ids = [sweep.head.key.name for sweep in found]
    return [
        sweep.head.key.name if ids.count(sweep.head.key.name) == 1 else str(sweep.head.key)
        for sweep in reversed(found)
    ]


def _local_ids() -> Iterator[str]:
    """Sweeps whose run files lie in `./wandb`, or in the present folder itself."""
    folder = _folder_of_runs()
    if folder is not None:
        with suppress(WbtoolsError, OSError):
            found = find_sweeps(folder)
            yield from (sweep.sweep_id for sweep in found if sweep.sweep_id is not None)


def _folder_of_runs() -> Path | None:
    return next((folder for folder in map(Path, _RUN_FILES) if _has_few_runs(folder)), None)


def _has_few_runs(folder: Path) -> bool:
    """Whether run folders lie right here, and so few that a shell need not wait for them."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_RUNS + 1)]
    except OSError:
        return False
    runs = [name for name in names if name.startswith(("run-", "offline-run-"))]
    return bool(runs) and len(names) <= _MOST_RUNS


def metric_names(sweep: str, archive: Path | None) -> list[str]:
    """The metrics that a sweep logged, as far as it lies here, most common first.

    Args:
        sweep: What the user calls SWEEP.
        archive: What `--archive` names.
    """
    try:
        reference = parse_reference(sweep)
        if reference.table is not None:
            return _columns(reference.table)
        if reference.path is None and not reference.is_demo:
            found = _archived_metrics(sweep, archive)
            if found or sweep not in _local_ids():
                return found
            sweep = f"./{_folder_of_runs()}#{sweep}"
        with Session(archive=archive, offline=True) as session:
            return [*open_sweep(sweep, session).logged()]
    except (WbtoolsError, OSError):
        return []


def _archived_metrics(sweep: str, folder: Path | None) -> list[str]:
    """Those of the archived sweeps that an id or ENTITY/PROJECT/ID means."""
    found = look_up_archive(folder, os.environ)
    keys = [
        each.head.key for each in found.sweeps if sweep in {each.head.key.name, str(each.head.key)}
    ]
    if not keys:
        return []
    with Archive.open(found.place.path) as archive:
        return [name for key in keys for name in archive.metrics(key)]


def _columns(table: Path) -> list[str]:
    """The header of a table, without the columns that W&B's own exports begin with."""
    if not table.is_file():  # a pipe would be waited for
        return []
    with table.open(encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader([file.readline(_LONGEST_HEADER)]), [])
    return [name for name in header if name not in _COLUMNS_OF_W_AND_B]

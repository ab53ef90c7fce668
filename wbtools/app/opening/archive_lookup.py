"""What has been fetched: where it is kept, and which of it the user means."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.metric_names import listed, near_misses
from wbtools.archive import Archive, archive_path, is_empty
from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.archive import ArchivedSweep, ArchiveLocation, SweepKey

_MOST_LISTED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLookup:
    """An archive and the sweeps in it, in the order in which they came; none if there is none."""

    place: ArchiveLocation
    sweeps: tuple[ArchivedSweep, ...]


def look_up_archive(folder: Path | None, env: Mapping[str, str]) -> ArchiveLookup:
    """Say what is archived.

    Args:
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.

    Raises:
        DataError: The archive cannot be read, is foreign, damaged or newer.
    """
    place = archive_path(folder, env, write=False)
    if is_empty(place.path):
        return ArchiveLookup(place=place, sweeps=())
    with Archive.open(place.path) as archive:
        return ArchiveLookup(place=place, sweeps=tuple(archive.sweeps()))


@contextmanager
def one_sweep(
    reference: str | None, folder: Path | None, env: Mapping[str, str]
) -> Iterator[tuple[Archive, ArchivedSweep]]:
    """Open the archive for reading, at the sweep that is meant.

    Args:
        reference: An id, `entity/project/id`, `entity/project`, or the same behind the server's
            address; None for the only one there is.
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.

    Raises:
        UsageError: There is no archive, or no such sweep in it, or several are meant.
        DataError: The archive cannot be read, is foreign, damaged or newer.
    """
    place = archive_path(folder, env, write=False)
    with Archive.open(place.path) as archive:
        yield archive, _chosen(reference, archive.sweeps(), place)


def _chosen(
    reference: str | None, sweeps: Sequence[ArchivedSweep], place: ArchiveLocation
) -> ArchivedSweep:
    found = [
        sweep for sweep in sweeps if reference is None or reference in _references(sweep.head.key)
    ]
    if len(found) == 1:
        return found[0]
    if not sweeps:
        msg = f"the archive in {place.path} holds no sweep"
        raise UsageError(msg, "`wbtools fetch SWEEP` brings one")
    if not found:
        msg = f"there is no sweep {reference!r} in the archive in {place.path}"
        raise UsageError(msg, f"it has {_named(sweeps)}")
    if reference is None:
        msg = f"the archive in {place.path} holds {len(found)} sweeps"
    else:
        msg = f"{reference!r} means {len(found)} archived sweeps"
    raise UsageError(msg, f"name one: {_named(found)}")


def _references(key: SweepKey) -> tuple[str, ...]:
    """Whatever a user may call a sweep."""
    project = f"{key.entity}/{key.project}"
    return key.name, str(key), project, f"{key.base_url}/{key}", f"{key.base_url}/{project}"


def _named(sweeps: Sequence[ArchivedSweep]) -> str:
    """The sweeps by references that mean just one of them."""
    names = [str(sweep.head.key) for sweep in sweeps]
    shown = [
        f"{name if names.count(name) == 1 else f'{sweep.head.key.base_url}/{name}'}"
        f" ({sweep.n_runs} runs)"
        for sweep, name in zip(sweeps[:_MOST_LISTED], names, strict=False)
    ]
    more = len(sweeps) - len(shown)
    return ", ".join(shown) + (f" and {more} more: see `wbtools archive ls`" if more else "")


def archived_metrics(
    archive: Archive, sweep: ArchivedSweep, wanted: Sequence[str]
) -> tuple[str, ...]:
    """The metrics to export: those that are wanted, or else all.

    Raises:
        DataError: One of them is not archived.
    """
    archived = archive.metrics(sweep.head.key)
    for name in wanted:
        if name not in archived:
            near = near_misses(name, archived)
            msg = f"{name!r} of {sweep.head.key} is not in the archive"
            raise DataError(
                msg,
                f"did you mean {' or '.join(repr(suggestion) for suggestion in near)}?"
                if near
                else f"archived are {listed(archived) or 'no metrics'}",
            )
    return tuple(dict.fromkeys(wanted)) or tuple(sorted(archived))

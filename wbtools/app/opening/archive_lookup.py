"""What has been fetched: where it is kept, and which of it the user means."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.metric_names import listed, near_hint
from wbtools.app.opening.sweep_choice import SweepChoice, chosen, listed_choices
from wbtools.archive import Archive, archive_path, is_empty
from wbtools.errors import DataError, UsageError
from wbtools.sources.wandb_api.credentials import is_page_of
from wbtools.sources.wandb_api.reference import Remote, page_of, remote
from wbtools.text.numbers import count
from wbtools.text.suggestions import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.archive import ArchivedSweep, ArchiveLocation, SweepKey

_ALL: Final = ": see `wbtools archive ls`"


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
    reference: str | None,
    folder: Path | None,
    env: Mapping[str, str],
    *,
    ask_which: Callable[[str, Sequence[SweepChoice]], SweepChoice | None] | None = None,
) -> Iterator[tuple[Archive, ArchivedSweep]]:
    """Open the archive for reading, at the sweep that is meant.

    Args:
        reference: An id, `entity/project/id`, `entity/project`, or the same behind the server's
            address; None for the only one there is.
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
        ask_which: Asks the user which of several is meant; None where nobody can answer.

    Raises:
        UsageError: There is no archive, or no such sweep in it, or several are meant.
        DataError: The archive cannot be read, is foreign, damaged or newer.
    """
    place = archive_path(folder, env, write=False)
    with Archive.open(place.path) as archive:
        yield archive, _chosen(reference, archive.sweeps(), place, ask_which)


def _chosen(
    reference: str | None,
    sweeps: Sequence[ArchivedSweep],
    place: ArchiveLocation,
    ask_which: Callable[[str, Sequence[SweepChoice]], SweepChoice | None] | None,
) -> ArchivedSweep:
    found = list(sweeps) if reference is None else _called(sweeps, reference)
    if not sweeps:
        msg = f"the archive in {place.path} holds no sweep"
        raise UsageError(msg, "`wbtools fetch SWEEP` brings one")
    if not found:
        msg = f"there is no sweep {reference!r} in the archive in {place.path}"
        ids = [sweep.head.key.name for sweep in sweeps]
        names = f"it has {listed_choices(choices_of(sweeps), _ALL)}"
        raise UsageError(msg, suggestion(reference or "", ids, most=3) or names)
    if reference is None:
        msg = f"the archive in {place.path} holds {len(found)} sweeps"
    else:
        msg = f"{reference!r} means {len(found)} archived sweeps"
    return found[chosen(msg, choices_of(found), ask_which)]


def _called(sweeps: Sequence[ArchivedSweep], reference: str) -> list[ArchivedSweep]:
    """The archived sweeps that a reference means, or whose project it means."""
    exact = [
        sweep
        for sweep in sweeps
        if reference in {(key := sweep.head.key).name, str(key), f"{key.base_url}/{key}"}
    ]
    meant = None if exact else remote(reference)
    if meant is None:
        return exact
    return [
        sweep
        for sweep in sweeps
        if means(meant, meant.sweep_id or sweep.head.key.name, sweep.head.key)
    ]


def means(remote: Remote, name: str, key: SweepKey) -> bool:
    """Whether a reference to a server means what is archived under a key.

    Args:
        remote: The reference.
        name: The id, or the words of a selection, that it names.
        key: Of something in the archive.
    """
    if remote.page is not None and not is_page_of(remote.page, key.base_url):
        return False
    return key.name == name and all(
        wanted in {None, archived}
        for wanted, archived in ((remote.entity, key.entity), (remote.project, key.project))
    )


def choices_of(sweeps: Sequence[ArchivedSweep]) -> list[SweepChoice]:
    """The sweeps, by references that mean just one of them."""
    names = [str(sweep.head.key) for sweep in sweeps]
    return [
        SweepChoice(
            reference=name if names.count(name) == 1 else page_of_key(sweep.head.key),
            words=count(sweep.n_runs, "run"),
        )
        for sweep, name in zip(sweeps, names, strict=True)
    ]


def page_of_key(key: SweepKey) -> str:
    """The address that means an archived sweep, on whatever server it is."""
    return page_of(key.base_url, key.entity, key.project, key.name)


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
            msg = f"{name!r} of {sweep.head.key} is not in the archive"
            names = f"archived are {listed(archived) or 'no metrics'}"
            raise DataError(msg, near_hint(name, archived, names))
    return tuple(dict.fromkeys(wanted)) or tuple(sorted(archived))

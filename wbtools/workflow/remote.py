"""A sweep on one of W&B's servers, found there or in the archive, and read through the archive."""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wbtools.archive import Kind, SweepHead, SweepKey
from wbtools.errors import BusyError, DataError, Unreachable, UsageError
from wbtools.sources.wandb_api.reference import Remote
from wbtools.workflow.fetch import Fetched, fetch_listed
from wbtools.workflow.fetched_findings import fetched_findings
from wbtools.workflow.loaded import own_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wbtools.archive import Archive, ArchivedRun
    from wbtools.model import Sweep
    from wbtools.sources.wandb_api.nouns import Listing, SweepFacts
    from wbtools.sources.wandb_api.server import Server
    from wbtools.sweepfile.spec import SweepSpec
    from wbtools.workflow.access import Access

_MOST_NAMED: Final = 5
_WRITE_IN_FULL: Final = "write ENTITY/PROJECT/SWEEP_ID, or paste the address of the sweep's page"


@dataclass(slots=True)
class RemoteRecording:
    """A sweep as W&B holds it; `read` brings the archive up to it first, unless offline.

    Attributes:
        listing: Its runs on the server; None offline.
        fetched: The archive was brought up to the listing, at least in runs.
    """

    access: Access
    head: SweepHead
    server: Server | None = None
    listing: Listing | None = None
    fetched: bool = False
    deepest: int = 0

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration; None where W&B holds none that can be read."""
        return own_spec(self.head.config, str(self.head.key))

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations of all runs."""
        return [one.run.config for one in self._runs()]

    @property
    def folders(self) -> Sequence[Path]:
        """None: the sweep's configuration is W&B's."""
        return []

    def logged(self) -> Mapping[str, int]:
        """Logged names, with the number of runs that hold rows of them."""
        counts: dict[str, int] = {}
        for one in self._runs():
            for name in logged_names(one):
                counts[name] = counts.get(name, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def read(
        self,
        metrics: Sequence[str],
        on_file: Callable[[int, int], None] | None = None,  # noqa: ARG002 - no files are read
    ) -> Sweep:
        """The sweep with the curves of these metrics, fetched as far as they are not archived."""
        if self.server is not None:
            try:
                self.fetch(metrics)
            except BusyError as error:
                self.access.observer.note(f"{error.message}: this is what is archived already")
        with self.access.archive(write=False) as archive:
            sweep = archive.load(self.head.key, metrics)
            findings = fetched_findings(archive, self.head, sweep)
        return replace(sweep, findings=(*sweep.findings, *findings))

    def runs_of_group(self, group: str, metrics: Sequence[str]) -> Sweep | None:
        """The runs of a W&B group in this project, with these curves; None without any."""
        if self.server is None:
            return None
        key = self.head.key
        project = Remote(sweep_id=None, entity=key.entity, project=key.project, page=key.base_url)
        filters = {"$and": [{"group": group}]}
        found = open_selection(project, self.access, f"group:{group}", filters)
        has_runs = found.listing is not None and len(found.listing.runs) > 0
        return found.read(metrics) if has_runs else None

    def fetch(self, metrics: Sequence[str] | None) -> Fetched:
        """Bring the archive up to the server.

        Args:
            metrics: Whose curves are wanted; None for all that any run logged.

        Raises:
            UsageError: The recording is offline.
            DataError: As `fetch_listed`.
        """
        if self.server is None or self.listing is None:
            msg = f"{self.head.key} was opened offline"
            raise UsageError(msg, "leave --offline away to fetch it")
        with self.access.archive(write=True) as archive:
            try:
                done = self._fetch(self.server, archive, self.listing, metrics)
            except BaseException:
                self._tell_what_is_kept(archive)
                raise
        self.fetched = True
        return done

    def _tell_what_is_kept(self, archive: Archive) -> None:
        """Say how far a fetch came that was cut; the error that cut it is told by others."""
        with suppress(UsageError, DataError):
            kept = archive.cursor(self.head.key)
            done = f"{kept.cursor} of {self.head.key} are" if kept else "what was there before is"
            note = f"{done} kept in {archive.folder}; the same command goes on from there"
            self.access.observer.note(note)

    def _fetch(
        self,
        server: Server,
        archive: Archive,
        listing: Listing,
        metrics: Sequence[str] | None,
    ) -> Fetched:
        def bring(wanted: Sequence[str], *, refresh: bool) -> Fetched:
            return fetch_listed(
                server,
                archive,
                self.head,
                listing,
                wanted,
                refresh=refresh,
                on_progress=self.access.observer.progress,
            )

        if metrics is not None:
            return bring(metrics, refresh=self.access.refresh)
        # Which names there are, the runs tell.
        first = bring((), refresh=self.access.refresh)
        names = sorted({name for one in archive.runs(self.head.key) for name in logged_names(one)})
        done = bring(names, refresh=self.access.refresh)
        return replace(done, n_asked=max(first.n_asked, done.n_asked), resumed=first.resumed)

    def _runs(self) -> Sequence[ArchivedRun]:
        """All runs, fetched without curves if nothing was fetched yet."""
        if self.server is not None and not self.fetched:
            self.fetch(())
        with self.access.archive(write=False) as archive:
            return archive.runs(self.head.key)


def logged_names(run: ArchivedRun) -> list[str]:
    """The names under which a run logged rows, W&B's own (`_step`, …) left out."""
    told = run.history_keys
    keys = told.get("keys") if isinstance(told, dict) else None
    return [
        name
        for name, n_rows in (keys.items() if isinstance(keys, dict) else ())
        if n_rows and not name.startswith("_")
    ]


def open_remote(remote: Remote, access: Access) -> RemoteRecording:
    """Find a sweep on its server, or offline in the archive.

    Raises:
        UsageError: There is no such sweep; the hint names those that might be meant.
        SignInError: There are no credentials for its host.
        DataError: The server cannot be reached.
    """
    if access.offline:
        return _archived(remote, access)
    # Slow to import, and offline nothing needs it.
    from wbtools.sources.wandb_api.credentials import api_url, settings  # noqa: PLC0415

    configured = settings()
    base_url = api_url(remote.page) if remote.page is not None else configured.base_url
    server = access.server(base_url)
    try:
        entity = remote.entity or configured.entity or server.default_entity()
        return _found(remote, access, server, base_url, entity, configured.project)
    except Unreachable as error:
        raise _with_way_out(error, remote, access) from error


def open_selection(
    remote: Remote, access: Access, name: str, filters: Mapping[str, object]
) -> RemoteRecording:
    """Find runs of a project by group, tag or filter, whatever sweep they belong to.

    Args:
        remote: The project.
        access: How to get there.
        name: The words by which the selection is archived.
        filters: In W&B's filter language.

    Raises:
        UsageError: There is no such project.
    """
    from wbtools.sources.wandb_api.credentials import api_url, settings  # noqa: PLC0415

    base_url = api_url(remote.page) if remote.page is not None else settings().base_url
    entity, project = remote.entity or "", remote.project or ""
    key = SweepKey(
        base_url=base_url, entity=entity, project=project, name=name, kind=Kind.SELECTION
    )
    server = access.server(base_url)
    listing = server.listing(entity, project, sweep=None, filters=filters)
    if listing is None:
        raise _no_project(entity, project)
    head = SweepHead(key=key, n_expected_runs=len(listing.runs))
    return RemoteRecording(access=access, head=head, server=server, listing=listing)


def sweeps_of(remote: Remote, access: Access) -> list[Remote]:
    """All sweeps of a project on its server.

    Raises:
        UsageError: There is no such project, or no sweep in it.
    """
    from wbtools.sources.wandb_api.credentials import api_url, settings  # noqa: PLC0415

    base_url = api_url(remote.page) if remote.page is not None else settings().base_url
    entity, project = remote.entity or "", remote.project or ""
    facts = access.server(base_url).sweeps(entity, project)
    if facts is None:
        raise _no_project(entity, project)
    if not facts:
        msg = f"the project {entity}/{project} has no sweeps"
        raise UsageError(msg, "runs outside sweeps are taken by --group, --tag or --filter")
    return [replace(remote, sweep_id=one.name) for one in facts]


def _found(
    remote: Remote,
    access: Access,
    server: Server,
    base_url: str,
    entity: str | None,
    default_project: str | None,
) -> RemoteRecording:
    """The sweep on the server, which knows the entity by now."""
    sweep_id = remote.sweep_id or ""
    if entity is None:
        msg = f"nothing says whose sweep {sweep_id!r} is"
        raise UsageError(msg, _WRITE_IN_FULL)
    project = remote.project or default_project
    listing = None
    if project is not None:
        filters = {"$and": [{"sweep": sweep_id}]}
        listing = server.listing(entity, project, sweep=sweep_id, filters=filters)
    if project is None or listing is None or listing.sweep is None:
        raise _not_found(server, entity, project, sweep_id)
    key = SweepKey(base_url=base_url, entity=entity, project=project, name=sweep_id)
    head = _head(key, listing.sweep)
    return RemoteRecording(access=access, head=head, server=server, listing=listing)


def _head(key: SweepKey, facts: SweepFacts) -> SweepHead:
    return SweepHead(
        key=key,
        display_name=facts.display_name,
        state=facts.state,
        config=facts.config,
        created_at=facts.created_at,
        updated_at=facts.updated_at,
        n_expected_runs=facts.n_runs,
    )


def _not_found(server: Server, entity: str, project: str | None, sweep_id: str) -> UsageError:
    """Say where such a sweep is, or which ones there are."""
    where = f"in {entity}/{project}" if project else "without a project"
    msg = f"no sweep {sweep_id!r} {where}"
    if project is None:
        msg = f"no project is set in which the sweep {sweep_id!r} could be looked for"
    homes = [f"{entity}/{one}/{sweep_id}" for one in server.projects_with(entity, sweep_id)]
    if homes:
        return UsageError(msg, f"there is {' and '.join(homes[:_MOST_NAMED])}")
    there = None if project is None else server.sweeps(entity, project)
    if there is None and project is not None:
        return _no_project(entity, project)
    if not there:
        return UsageError(msg, _WRITE_IN_FULL)
    near = difflib.get_close_matches(sweep_id, [one.name for one in there], n=2, cutoff=0.5)
    newest = sorted(there, key=lambda one: one.created_at or "", reverse=True)
    names = list(dict.fromkeys([*near, *(one.name for one in newest)]))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return UsageError(msg, f"it has {', '.join(names[:_MOST_NAMED])}{more}")


def _no_project(entity: str, project: str) -> UsageError:
    msg = f"there is no project {entity}/{project}, or you may not see it"
    return UsageError(msg, "check its name, and who is signed in: `wandb status`")


def _archived(remote: Remote, access: Access) -> RemoteRecording:
    """The one archived sweep that a reference means."""
    with access.archive(write=False) as archive:
        sweeps = [one.head for one in archive.sweeps() if one.head.key.kind is Kind.SWEEP]
    found = [head for head in sweeps if _means(remote, head.key)]
    if len(found) == 1:
        return RemoteRecording(access=access, head=found[0])
    name = remote.sweep_id or ""
    if found:
        listed = ", ".join(f"{head.key} of {head.key.base_url}" for head in found[:_MOST_NAMED])
        msg = f"{name!r} names {len(found)} archived sweeps: {listed}"
        raise UsageError(msg, _WRITE_IN_FULL)
    msg = f"the sweep {name!r} is not in the archive {access.place(write=False).path}"
    there = ", ".join(str(head.key) for head in sweeps[:_MOST_NAMED])
    raise UsageError(msg, f"it has {there}" if there else "fetch it once without --offline")


def _means(remote: Remote, key: SweepKey) -> bool:
    if remote.page is not None and not _same_site(remote.page, key.base_url):
        return False
    return key.name == remote.sweep_id and all(
        wanted in {None, there}
        for wanted, there in ((remote.entity, key.entity), (remote.project, key.project))
    )


def _same_site(page: str, base_url: str) -> bool:
    """Whether a page and an API belong together: one host, or `HOST` and `api.HOST`."""
    hosts = [(urlsplit(one).netloc.rpartition("@")[2]).lower() for one in (page, base_url)]
    return hosts[0] == hosts[1] or f"api.{hosts[0].removeprefix('www.')}" == hosts[1]


def _with_way_out(error: Unreachable, remote: Remote, access: Access) -> DataError:
    """The error, and that the archive has the sweep if it does."""
    try:
        recording = _archived(remote, access)
    except (UsageError, DataError):
        return error
    return Unreachable(
        error.message, f"--offline shows {recording.head.key} as it was fetched last"
    )

"""A sweep on one of W&B's servers, read through the archive."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from wbtools.app.fetching.findings import INCOMPLETE, RUNS_LACKING, fetched_findings
from wbtools.app.fetching.listed import fetch_listed
from wbtools.app.fetching.logged_rows import logged_rows, rows_in
from wbtools.app.opening.in_memory import own_spec
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.source import SweepSource
from wbtools.archive import SweepHeader
from wbtools.errors import BusyError, DataError, Unreachable, UsageError
from wbtools.model import LaunchRecord
from wbtools.sources.run_numbers import label_runs
from wbtools.sources.side_files import LAUNCH_FILES, launch_facts
from wbtools.sources.wandb_api.artifacts import MOST_LOOKED_INTO, run_artifacts
from wbtools.sources.wandb_api.run_files import run_files
from wbtools.sources.wandb_api.saved_files import MOST_SAVED, saved_files
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from wbtools.app.opening.run_names import Named
    from wbtools.app.opening.session import Session
    from wbtools.archive import Archive, ArchivedRun, ArchiveWriter, Fetched, SweepKey
    from wbtools.model import Run, Sweep
    from wbtools.model.checkpoint import ListedFile, LoggedArtifact
    from wbtools.sources.wandb_api.responses import FetchedRun, Listing
    from wbtools.sources.wandb_api.server import Server
    from wbtools.sweepfile.spec import SweepSpec


@dataclass
class RemoteSource(SweepSource):
    """A sweep as W&B holds it; reading brings the archive up to it first, unless offline.

    Attributes:
        listing: Its runs on the server; None offline.
        relist: Lists its runs anew.
        fetched: The archive was brought up to the listing, at least in runs.
        why_archived: Why its server was not asked, where that was not the user's wish.
        tried: Metrics for which it was: what the server does not give in full is not asked for
            again before the runs are listed anew.
    """

    session: Session
    head: SweepHeader
    server: Server | None = None
    listing: Listing | None = None
    relist: Callable[[], Listing] | None = None
    fetched: bool = False
    why_archived: str | None = None
    tried: set[str] = field(default_factory=set)

    @property
    def sweep_id(self) -> str:
        """The sweep's id."""
        return self.head.key.name

    def labels(self, *, surely: bool = False) -> Sequence[Named]:  # noqa: ARG002 - they are sure
        """As the listing says, or offline the archive."""
        if self.listing is not None:
            return label_runs((run.id, run.name, run.created_at) for run in self.listing.runs)
        archived = [archived_run.run for archived_run in self._runs()]
        return label_runs((run.id, run.name, run.created_at) for run in archived)

    @property
    def spec(self) -> SweepSpec | None:
        """The sweep's own configuration; None where W&B holds none that can be read."""
        spec = own_spec(self.head.config, str(self.head.key))
        if spec is None and self.head.config:
            self.session.note_once(
                f"the configuration that W&B holds of {self.head.key} cannot be read, and is left"
                " aside"
            )
        return spec

    @property
    def configs(self) -> Sequence[Mapping[str, object]]:
        """The configurations of all runs."""
        return [archived_run.run.config for archived_run in self._runs()]

    @property
    def some_configs(self) -> Iterator[Mapping[str, object]]:
        """Those of the archived runs, or else of the runs that the listing looked into."""
        with suppress(UsageError), self.session.archive(write=False) as archive:
            yield from archive.configs(self.head.key)
            return
        yield from (run.run.config for run in self._looked_into)

    @property
    def learns_by_reading(self) -> bool:
        """Until the runs were fetched, as there may be others than those that are known."""
        return self.server is not None and not self.fetched

    def offline(self) -> Self:
        """What the archive holds."""
        return replace(self, server=None, listing=None)

    def tell(self, text: str) -> None:
        """On stderr, once."""
        self.session.note_once(text)

    def logged(self) -> Mapping[str, int]:
        """Logged names, with the number of runs that hold rows of them."""
        self._bring_runs()
        counts = Counter(name for rows in self._archived_rows() for name in rows)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def sizes(self) -> Mapping[str, int]:
        """By what is archived of the runs; offline only what is archived of the rows, too.

        Of a sweep that was never fetched, by the runs that the listing looked into.
        """
        most_rows, n_runs = self._most_rows()
        sizes = {name: n_rows * n_runs for name, n_rows in most_rows.items()}
        if self.server is not None:
            return sizes
        archived_metrics = self.archived_metrics()
        return {name: n for name, n in sizes.items() if name in archived_metrics}

    def archived_metrics(self) -> Sequence[str]:
        """The metrics of which the archive holds curves, of any run."""
        with suppress(UsageError), self.session.archive(write=False) as archive:
            return tuple(archive.metrics(self.head.key))
        return ()

    def _read(
        self,
        metrics: Sequence[str],
        on_file: Callable[[int, int], None] | None,  # noqa: ARG002 - no files are read
    ) -> Sweep:
        """All its runs, their curves fetched as far as they are not archived."""
        self._bring(metrics)
        with self.session.archive(write=False) as archive:
            sweep = archive.load(self.head.key, metrics)
            findings = fetched_findings(archive, self.head, sweep, self.why_archived)
        for finding in findings:
            # Not every command shows findings, and none must answer as if it had everything.
            if finding.code in {INCOMPLETE, RUNS_LACKING}:
                self.session.note_once(f"{self.head.key}: {finding.title}")
        return replace(sweep, findings=(*sweep.findings, *findings))

    def launch_record(self, run: Run) -> LaunchRecord:
        """How a run was started: as archived, else from the files that W&B keeps of it."""
        key, known = self.head.key, LaunchRecord(git_commit=run.git_commit)
        kept_record = self._kept_launch(run)
        if kept_record is not None or self.server is None:
            return kept_record or known
        files = run_files(self.server, key.entity, key.project, run.id, LAUNCH_FILES)
        record = replace(known, **launch_facts(files))
        with suppress(BusyError), self.session.archive(write=True) as archive:
            archive.keep_launch(key, run.id, record)
        return record

    def logged_artifacts(self, run: Run) -> Sequence[LoggedArtifact]:
        """As W&B lists them now; the archive keeps none."""
        key = self.head.key
        if self.server is None:
            return ()
        artifacts, is_cut = run_artifacts(self.server, key.entity, key.project, run.id)
        if is_cut:
            self.tell(
                f"run {run.id} logged many artifacts: only the newest {MOST_LOOKED_INTO} were"
                " looked into"
            )
        return artifacts

    def saved_files(self, run: Run) -> Sequence[ListedFile]:
        """As W&B lists them now; the archive keeps none."""
        key = self.head.key
        if self.server is None:
            return ()
        files, is_cut = saved_files(self.server, key.entity, key.project, run.id)
        if is_cut:
            self.tell(f"W&B keeps many files of run {run.id}: only {MOST_SAVED:,} were looked at")
        return files

    def known_launch(self, run: Run) -> LaunchRecord:
        """As archived, else what the run itself says."""
        return self._kept_launch(run) or super().launch_record(run)

    def _kept_launch(self, run: Run) -> LaunchRecord | None:
        with self.session.archive(write=False) as archive:
            return archive.launch(self.head.key, run.id)

    @property
    def asks_wandb(self) -> bool:
        """Unless it is offline."""
        return self.server is not None

    def runs_of_group(self, group: str, metrics: Sequence[str]) -> Sequence[Sweep]:
        """Runs of a group in the sweep's project on its server; offline none."""
        if self.server is None:
            return ()
        selection, key = Selection(group=group), self.head.key
        group_key = selection.key(key.base_url, key.entity, key.project)
        listing, relist = list_runs(self.server, group_key, None, selection.in_words_of_wandb())
        if listing is None or not listing.runs:
            return ()
        runs = RemoteSource(
            session=self.session,
            head=SweepHeader(key=group_key, n_expected_runs=listing.n_counted),
            server=self.server,
            listing=listing,
            relist=relist,
        )
        return [runs.read(metrics)]

    def own_runs(self, ids: Collection[str], metrics: Sequence[str]) -> Sequence[Sweep]:
        """Some of its own runs, listed anew; offline as archived."""
        if self.relist is None or self.server is None:
            return super().own_runs(ids, metrics)
        fresh = replace(self, listing=self.relist(), relist=None, fetched=False, tried=set())
        return fresh.own_runs(ids, metrics)

    def fetch(self, metrics: Sequence[str] | None) -> Fetched:
        """Bring the archive up to the server.

        Args:
            metrics: Whose curves are wanted; None for all that any run logged.

        Raises:
            UsageError: The sweep was opened offline.
            DataError: As `fetch_listed`.
        """
        if self.server is None or self.listing is None:
            msg = f"{self.head.key} was opened offline"
            raise UsageError(msg, "leave --offline away to fetch it")
        with self.session.archive(write=True) as archive:
            try:
                fetched = self._fetch(self.server, archive, self.listing, metrics)
            except BaseException:
                self._tell_what_is_kept(archive)
                raise
        self.fetched = True
        return fetched

    def _bring(self, metrics: Sequence[str]) -> None:
        """Fetch, unless offline; while another process fetches, what is archived has to do."""
        if self.server is None:
            return
        try:
            self.fetch(metrics)
        except BusyError as error:
            if not self._is_archived():
                raise
            self.session.note_once(f"{error.message}: this is what is archived already")

    def _is_archived(self) -> bool:
        with suppress(UsageError, DataError), self.session.archive(write=False) as archive:
            return archive.sweep(self.head.key) is not None
        return False

    def _tell_what_is_kept(self, archive: Archive) -> None:
        """Say how far a fetch came that was cut; the error that cut it is told by others."""
        with suppress(UsageError, DataError):
            key, where = self.head.key, f"in {archive.folder}"
            cut, n_runs = archive.cursor(key), len(archive.known_runs(key))
            if cut is not None:
                note = (
                    f"{cut.cursor} of {key} are kept {where}; the same command goes on from there"
                )
            elif n_runs:
                note = f"nothing new was received; {count(n_runs, 'run')} of {key} are kept {where}"
            else:
                note = f"nothing of {key} was received yet"
            self.session.observer.note(note)

    def _fetch(
        self,
        server: Server,
        archive: ArchiveWriter,
        listing: Listing,
        metrics: Sequence[str] | None,
    ) -> Fetched:
        if metrics is None:
            # Of the other names that there are, the runs tell.
            wanted = sorted({*self._most_rows()[0], *self.archived_metrics()})
        else:
            wanted = list(metrics)
        fetched = fetch_listed(
            server,
            archive,
            self.head,
            listing,
            wanted,
            relist=self.relist or (lambda: listing),
            refresh=self.session.refresh,
            tried=self.tried,
            every_metric=metrics is None,
            on_progress=self.session.observer.progress,
        )
        self.tried.update(fetched.metrics)
        return fetched

    @property
    def _looked_into(self) -> Sequence[FetchedRun]:
        return () if self.listing is None else self.listing.looked_into

    def _most_rows(self) -> tuple[Mapping[str, int], int]:
        """By logged name the most rows of any run, and of how many runs, as the archive says.

        Where it holds none, the runs that the listing looked into stand for all of it.
        """
        most_rows, n_runs = _most_of(self._archived_rows())
        if n_runs or self.listing is None:
            return most_rows, n_runs
        return _most_of(map(logged_rows, self._looked_into))[0], len(self.listing.runs)

    def _archived_rows(self) -> Iterator[Mapping[str, int]]:
        """Rows by name of each run that the archive holds now, one by one."""
        with suppress(UsageError), self.session.archive(write=False) as archive:
            for _, history_keys in archive.history_keys(self.head.key):
                yield rows_in(history_keys)

    def _bring_runs(self) -> None:
        """Fetch the runs, without curves, if nothing was fetched yet."""
        if not self.fetched:
            self._bring(())

    def _runs(self) -> Sequence[ArchivedRun]:
        """All runs, fetched without curves if nothing was fetched yet."""
        self._bring_runs()
        with self.session.archive(write=False) as archive:
            return archive.runs(self.head.key)


def list_runs(
    server: Server, key: SweepKey, sweep: str | None, filters: Mapping[str, object]
) -> tuple[Listing | None, Callable[[], Listing]]:
    """The runs that the server has, and how to ask that again.

    Args:
        server: Signed in.
        key: What is listed.
        sweep: The id of a sweep whose own facts are asked for too.
        filters: In W&B's filter language.
    """

    def listing() -> Listing | None:
        return server.listing(key.entity, key.project, sweep=sweep, filters=filters)

    def again() -> Listing:
        listed = listing()
        if listed is None:
            msg = f"{key} is no longer on the server"
            raise Unreachable(msg, "it was deleted while it was fetched")
        return listed

    return listing(), again


def _most_of(runs: Iterable[Mapping[str, int]]) -> tuple[dict[str, int], int]:
    """The most rows of any run by name, and how many runs there are."""
    most_rows: dict[str, int] = {}
    n_runs = 0
    for rows in runs:
        n_runs += 1
        for name, n_rows in rows.items():
            most_rows[name] = max(n_rows, most_rows.get(name, 0))
    return most_rows, n_runs

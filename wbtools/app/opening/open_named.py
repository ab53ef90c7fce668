"""Open a sweep that is called by its id, or as ENTITY/PROJECT/ID: where it is.

Its server is asked first. What the server does not give is looked for in the archive and in the run
files below the working folder, and where it was found, and how old it is, is told.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from wbtools.app.opening.archive_lookup import choices_of, means, page_of_key
from wbtools.app.opening.here import (
    archive_here,
    at_its_place,
    run_files_here,
    with_fetched_names,
    written_last,
)
from wbtools.app.opening.on_disk import LocalSource
from wbtools.app.opening.remote import RemoteSource
from wbtools.app.opening.resolve_remote import open_remote
from wbtools.app.opening.sweep_choice import SweepChoice, chosen
from wbtools.app.opening.where_looked import files_words, is_on_asked_server, kept_words, nowhere
from wbtools.archive import ArchivedSweep
from wbtools.errors import (
    AmbiguousSweep,
    DataError,
    Interrupted,
    SignInError,
    Unreachable,
    UsageError,
    WbtoolsError,
)
from wbtools.sources.wandb_api.credentials import is_page_of
from wbtools.sources.wandb_api.reference import Remote, remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.here import ArchiveHere, RunFilesHere
    from wbtools.app.opening.reference import Reference
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.archive import SweepKey
    from wbtools.sources.local.sweeps import LocalSweep

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def open_named(reference: Reference, session: Session) -> tuple[SweepSource, str]:
    """Open a sweep that is no path: on its server, else in the archive or in run files here.

    Args:
        reference: A word that may be an id, or a reference to a sweep on a server.
        session: How to reach W&B's servers, and the archive.

    Returns:
        The sweep, and words that mean it again.

    Raises:
        UsageError: There is no such sweep anywhere; the message says where it was looked for.
        AmbiguousSweep: There are several different ones, and nobody says which is meant.
        SignInError: It is nowhere here, and there are no credentials for its server.
        DataError: It is nowhere here, and its server cannot be reached.
    """
    meant = reference.remote or Remote(sweep_id=reference.text)
    failure: WbtoolsError | None = None
    if reference.remote is not None and not session.offline:
        answer = _on_server(meant, session)
        if isinstance(answer, RemoteSource):
            return answer, _again(answer.head.key, reference, session)
        failure = answer
    nearby = _look_around(meant, session)
    if not nearby.found:
        raise nowhere(reference, meant, nearby.archive, nearby.files, failure, session)
    if nearby.archive.failure is not None:
        session.note_once(nearby.archive.failure.message)
    taken = nearby.chosen(reference.text, session)
    if not session.offline and (failure is None or isinstance(failure, UsageError)):
        at_owner = _at_its_owner(taken, meant, session)
        if isinstance(at_owner, RemoteSource):
            return at_owner, _again(at_owner.head.key, reference, session)
        failure = at_owner or failure
    if session.refresh and failure is not None:  # nothing that lies here is wanted
        raise nearby.with_way_out(failure, "without --refresh it is taken")
    return _opened(taken, meant, reference, nearby.archive, failure, session)


def open_to_fetch(text: str, meant: Remote, session: Session) -> RemoteSource:
    """Open a sweep on its server alone; what lies here may tell in whose project it is.

    Args:
        text: What the user typed.
        meant: What that means on a server.
        session: How to reach it.

    Raises:
        WbtoolsError: As `open_remote`.
    """
    answer = _on_server(meant, session)
    if isinstance(answer, RemoteSource):
        return answer
    nearby = _look_around(meant, session)
    if not nearby.found:
        raise answer
    if isinstance(answer, UsageError) and meant.entity is None:
        at_owner = _at_its_owner(nearby.chosen(text, session), meant, session)
        if isinstance(at_owner, RemoteSource):
            return at_owner
        answer = at_owner or answer
    raise nearby.with_way_out(answer, "other commands take it")


def _on_server(meant: Remote, session: Session) -> RemoteSource | WbtoolsError:
    """A sweep on its server, or why it could not be had there.

    Raises:
        AmbiguousSweep: Several projects have such a sweep, and nobody says which is meant.
        Interrupted: Someone asked for an end.
    """
    try:
        return open_remote(meant, session)
    except (AmbiguousSweep, Interrupted):
        raise
    except WbtoolsError as error:
        return error


def _at_its_owner(
    taken: _Found, meant: Remote, session: Session
) -> RemoteSource | WbtoolsError | None:
    """The same in the project that the archive or the run files name; None without another one."""
    owner = taken.owner(session)
    if owner is None or owner == meant:
        return None
    answer = _on_server(owner, session)
    if isinstance(answer, RemoteSource):
        session.note_once(f"sweep: {answer.head.key}, on {answer.head.key.base_url}")
    return answer


def _look_around(meant: Remote, session: Session) -> _Nearby:
    """What lies here of the sweep that is meant, and what else."""
    archive = archive_here(session)
    sweep_id = meant.sweep_id or ""
    archived = _different(
        [sweep for sweep in archive.sweeps if means(meant, sweep_id, sweep.head.key)]
    )
    # Who names a project and finds it archived has said which of the two is meant.
    files = None if meant.entity is not None and archived else run_files_here()
    found = _candidates(meant, archived, files, session)
    return _Nearby(archive=archive, files=files, found=tuple(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One sweep as it lies here; `archived` or `local` may be None, and not both.

    Attributes:
        is_final: Whether what is archived is whole, and all its runs had ended when it was fetched.
    """

    archived: ArchivedSweep | None = None
    local: LocalSweep | None = None
    is_final: bool = False

    @property
    def newest(self) -> LocalSweep | ArchivedSweep:
        """Where there is more of it: more runs, else what is final, else what was written last.

        The times of files say little: a copy of old files is new.
        """
        if self.local is None or self.archived is None:
            return cast("LocalSweep | ArchivedSweep", self.local or self.archived)
        archived = self.archived
        in_files = (self.local.n_runs, False, True, written_last(self.local))
        n_runs = archived.n_runs - archived.n_missing
        fetched = (n_runs, self.is_final, archived.complete, archived.as_of or _LONG_AGO)
        return self.local if in_files > fetched else archived

    def owner(self, session: Session) -> Remote | None:
        """What it is on a server, as far as the archive or its run files tell."""
        if self.archived is not None:
            key = self.archived.head.key
            page = None if _is_configured(key, session) else page_of_key(key)
            return Remote(sweep_id=key.name, entity=key.entity, project=key.project, page=page)
        if self.local is None or len(self.local.owners) != 1:
            return None
        ((entity, project),) = self.local.owners
        sweep_id = self.local.sweep_id
        # Other people's words, which may be no names at all.
        with suppress(UsageError):
            named = remote(f"{entity}/{project}/{sweep_id}")
            if named == Remote(sweep_id=sweep_id, entity=entity, project=project):
                return named
        return None

    def words(self, archive: ArchiveHere) -> str:
        """Where it lies, how much of it, and since when; what is taken comes first."""
        files = "" if self.local is None else files_words(self.local)
        if self.archived is None:
            return files
        key = self.archived.head.key
        server = "" if is_on_asked_server(key) else f" of {key.base_url}"
        fetched = f"{archive.place}, {key}{server}, {kept_words(self.archived)}"
        if self.local is None:
            return fetched
        if self.newest is self.local:
            return f"{files}; the {fetched}, is not read"
        return f"{fetched}; {files}, is not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nearby:
    """What lies here.

    Attributes:
        files: None where the run files were not looked for.
        found: The different sweeps that may be meant.
    """

    archive: ArchiveHere
    files: RunFilesHere | None
    found: tuple[_Found, ...]

    def chosen(self, text: str, session: Session) -> _Found:
        """The one that is meant.

        Raises:
            AmbiguousSweep: There are several, and nobody says which.
        """
        message = f"{text!r} means {len(self.found)} sweeps"
        return self.found[chosen(message, _choices(self.found, self.archive), session.ask_which)]

    def with_way_out(self, error: WbtoolsError, words: str) -> WbtoolsError:
        """A server's error, and where the sweep lies here."""
        places = " or ".join(each.words(self.archive) for each in self.found)
        way_out = f"{words} from {places}"
        return type(error)(error.message, f"{error.hint}; {way_out}" if error.hint else way_out)


def _different(archived: Sequence[ArchivedSweep]) -> list[ArchivedSweep]:
    """Each sweep once: W&B's public cloud has had two addresses, under both of which it may be."""
    kept: list[ArchivedSweep] = []
    for sweep in archived:
        key = sweep.head.key
        twin = next(
            (
                place
                for place, other in enumerate(kept)
                if str(other.head.key) == str(key)
                and is_page_of(other.head.key.base_url, key.base_url)
            ),
            None,
        )
        if twin is None:
            kept.append(sweep)
        elif (sweep.as_of or _LONG_AGO) > (kept[twin].as_of or _LONG_AGO):
            kept[twin] = sweep
    return kept


def _candidates(
    meant: Remote,
    archived: Sequence[ArchivedSweep],
    files: RunFilesHere | None,
    session: Session,
) -> list[_Found]:
    """The different sweeps that may be meant; one that lies in both places is one."""
    local = None if files is None else files.of(meant.sweep_id or "")
    if local is not None and not _may_be(local, meant.entity, meant.project):
        local = None
    same = [] if local is None else [each for each in archived if _is_same(local, each, session)]
    if len(same) == 1:
        is_final = _is_final(same[0], session)
        return [
            _Found(archived=each, local=local, is_final=is_final)
            if each is same[0]
            else _Found(archived=each)
            for each in archived
        ]
    found = [_Found(archived=each) for each in archived]
    return found if local is None else [*found, _Found(local=local)]


def _may_be(local: LocalSweep, entity: str | None, project: str | None) -> bool:
    """Whether nothing in the run files of a sweep says that it is another one's."""
    return not local.owners or any(
        (entity in {None, owner} or not owner) and (project in {None, home} or not home)
        for owner, home in local.owners
    )


def _is_same(local: LocalSweep, archived: ArchivedSweep, session: Session) -> bool:
    """Whether run files are of an archived sweep: by entity and project, or as they share runs."""
    key = archived.head.key
    if _may_be(local, key.entity, key.project):
        return True
    with suppress(UsageError, DataError), session.archive(write=False) as archive:
        return not {file.run_id for file in local.files}.isdisjoint(archive.known_runs(key))
    return False


def _is_final(archived: ArchivedSweep, session: Session) -> bool:
    with suppress(UsageError, DataError), session.archive(write=False) as archive:
        known = archive.known_runs(archived.head.key).values()
        return archived.complete and not any(run.state.is_going for run in known)
    return False


def _opened(
    taken: _Found,
    meant: Remote,
    reference: Reference,
    archive: ArchiveHere,
    failure: WbtoolsError | None,
    session: Session,
) -> tuple[SweepSource, str]:
    """The sweep as it lies here, which is told, and words that mean it again."""
    newest = taken.newest
    if meant.entity is None or failure is not None or newest is taken.local:
        instead = "" if failure is None else f"; not from W&B's server: {failure.message}"
        if isinstance(failure, Unreachable):
            instead += "; with --offline it is not asked"
        session.note_once(f"sweep: {taken.words(archive)}{instead}")
    why = None if failure is None else failure.message
    if isinstance(newest, ArchivedSweep):
        source = RemoteSource(session=session, head=newest.head, why_archived=why)
        return source, _again(newest.head.key, reference, session, archive.sweeps)
    local, place = at_its_place(with_fetched_names(newest, session))
    path = f"{place}#{local.sweep_id}"
    # Who is not signed in expects no more than what lies here.
    why_local = None if isinstance(failure, SignInError) else why
    return LocalSource(local, path, session.kept_reads, why_local), path


def _again(
    key: SweepKey, reference: Reference, session: Session, archived: Sequence[ArchivedSweep] = ()
) -> str:
    """Words that mean a sweep wherever W&B's settings point: what was typed, if it says all."""
    if "/" in reference.text:
        return reference.text
    n_called_so = sum(str(sweep.head.key) == str(key) for sweep in archived)
    return str(key) if n_called_so <= 1 and _is_configured(key, session) else page_of_key(key)


def _is_configured(key: SweepKey, session: Session) -> bool:
    """Whether a sweep is on the server that is asked where no address is given."""
    return session.offline or is_on_asked_server(key)  # offline none is asked


def _choices(found: Sequence[_Found], archive: ArchiveHere) -> list[SweepChoice]:
    """What to type for each."""
    archived = iter(choices_of([each.archived for each in found if each.archived is not None]))
    return [
        SweepChoice(
            reference=f"{at_its_place(each.local)[1]}#{each.local.sweep_id}"
            if each.archived is None and each.local is not None
            else next(archived).reference,
            words=each.words(archive)
            if each.archived is None
            else f"{archive.place}, {kept_words(each.archived)}",
        )
        for each in found
    ]

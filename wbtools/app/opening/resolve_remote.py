"""Find the sweep that a reference means on its server, or a selection of runs there or archived."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.archive_lookup import means
from wbtools.app.opening.remote import RemoteSource, list_runs
from wbtools.app.opening.sweep_choice import SweepChoice, chosen
from wbtools.archive import ArchivedKind, SweepHeader, SweepKey
from wbtools.errors import (
    Unreachable,
    UsageError,
)
from wbtools.sources.settings_file import project_settings
from wbtools.sources.wandb_api.credentials import api_url, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.sources.wandb_api.credentials import WandbSettings
    from wbtools.sources.wandb_api.reference import Remote
    from wbtools.sources.wandb_api.responses import SweepFacts
    from wbtools.sources.wandb_api.server import Server

_MOST_NAMED: Final = 5
_WRITE_IN_FULL: Final = "write ENTITY/PROJECT/SWEEP_ID, or paste the address of the sweep's page"


def open_remote(remote: Remote, session: Session) -> RemoteSource:
    """Find a sweep on its server.

    Raises:
        UsageError: There is no such sweep; the hint names those that might be meant.
        AmbiguousSweep: No project is set, and several hold such a sweep.
        SignInError: There are no credentials for its host.
        DataError: The server cannot be reached.
    """
    configured = settings()
    base_url, server = _server_of(remote, session)
    _tell_places(remote, configured)
    entity = remote.entity or configured.entity or server.default_entity()
    return _found(remote, session, server, base_url, entity, configured.project)


def _tell_places(remote: Remote, configured: WandbSettings) -> None:
    """Say what the project's settings add to the reference: they may be somebody else's."""
    project = project_settings()
    for name in ("entity", "project"):
        if getattr(remote, name) is None and configured.sources.get(name) == project.words(name):
            project.tell(name)


def open_selection(remote: Remote, session: Session, selection: Selection) -> RemoteSource:
    """Find runs of a project by group, tag or filter, or offline in the archive.

    Args:
        remote: The project.
        session: How to get there.
        selection: Which of its runs.

    Raises:
        UsageError: There is no such project, or offline no such selection; or the filter is none.
        DataError: The server cannot be reached, or does not understand the filter.
    """
    filters = selection.in_words_of_wandb()
    if session.offline:
        return _archived(remote, session, selection)
    base_url, server = _server_of(remote, session)
    entity, project = remote.entity or "", remote.project or ""
    key = selection.key(base_url, entity, project)
    try:
        listing, relist = list_runs(server, key, None, filters)
    except Unreachable as error:
        if selection.filters is None:
            raise
        hint = "W&B may not understand --filter"
        raise Unreachable(
            error.message, f"{hint}; else: {error.hint}" if error.hint else hint
        ) from None
    if listing is None:
        raise _no_project(entity, project)
    head = SweepHeader(key=key, n_expected_runs=listing.n_counted)
    return RemoteSource(session=session, head=head, server=server, listing=listing, relist=relist)


def sweeps_of(remote: Remote, session: Session) -> list[Remote]:
    """All sweeps of a project on its server.

    Raises:
        UsageError: There is no such project, or no sweep in it.
    """
    _, server = _server_of(remote, session)
    entity, project = remote.entity or "", remote.project or ""
    facts = server.sweeps(entity, project)
    if facts is None:
        raise _no_project(entity, project)
    if not facts:
        msg = f"the project {entity}/{project} has no sweeps"
        raise UsageError(msg, "runs outside sweeps are taken by --group, --tag or --filter")
    return [replace(remote, sweep_id=sweep.name) for sweep in facts]


def _found(
    remote: Remote,
    session: Session,
    server: Server,
    base_url: str,
    entity: str | None,
    default_project: str | None,
) -> RemoteSource:
    """The sweep on the server, which knows the entity by now."""
    sweep_id = remote.sweep_id or ""
    if entity is None:
        msg = f"nothing says whose sweep {sweep_id!r} is"
        raise UsageError(msg, _WRITE_IN_FULL)
    project = remote.project or default_project
    if project is None:
        project = _only_home(server, entity, sweep_id, session)
    key = SweepKey(base_url=base_url, entity=entity, project=project, name=sweep_id)
    listing, relist = list_runs(server, key, sweep_id, {"$and": [{"sweep": sweep_id}]})
    if listing is None or listing.sweep is None:
        raise _not_found(server, entity, project, sweep_id, session.without_secrets)
    head = _head(key, listing.sweep, session.without_secrets)
    return RemoteSource(session=session, head=head, server=server, listing=listing, relist=relist)


def _only_home(server: Server, entity: str, sweep_id: str, session: Session) -> str:
    """The project that holds a sweep, where nothing sets one: the only one, or the user's choice.

    Raises:
        UsageError: None does.
        AmbiguousSweep: Several do, and nobody says which is meant.
    """
    homes = server.projects_with(entity, sweep_id)
    if not homes:
        msg = f"no project is set, and none of {entity}'s holds a sweep {sweep_id!r}"
        raise UsageError(msg, _WRITE_IN_FULL)
    names = [session.without_secrets(f"{entity}/{home}/{sweep_id}") or "" for home in homes]
    choices = [SweepChoice(reference=name, words="on W&B's server") for name in names]
    msg = f"{sweep_id!r} means {len(homes)} sweeps of {entity}'s, and no project is set"
    place = chosen(msg, choices, session.ask_which)
    if len(homes) == 1:
        session.note_once(f"sweep: {names[0]}, the only one of that id among {entity}'s projects")
    return homes[place]


def _server_of(remote: Remote, session: Session) -> tuple[str, Server]:
    """The server that is meant, and its address."""
    base_url = api_url(remote.page) if remote.page is not None else settings().base_url
    return base_url, session.server(base_url)


def _head(
    key: SweepKey, facts: SweepFacts, clean: Callable[[str | None], str | None]
) -> SweepHeader:
    return SweepHeader(
        key=key,
        display_name=clean(facts.display_name),
        state=facts.state,
        config=clean(facts.config),
        created_at=facts.created_at,
        updated_at=facts.updated_at,
        n_expected_runs=facts.n_runs,
    )


def _not_found(
    server: Server,
    entity: str,
    project: str,
    sweep_id: str,
    clean: Callable[[str | None], str | None],
) -> UsageError:
    """Say where such a sweep is, or which ones there are."""
    msg = f"no sweep {sweep_id!r} in {entity}/{project}"
    homes = [f"{entity}/{home}/{sweep_id}" for home in server.projects_with(entity, sweep_id)]
    if homes:
        return UsageError(msg, clean(f"there is {' and '.join(homes[:_MOST_NAMED])}"))
    sweeps = server.sweeps(entity, project)
    if sweeps is None:
        return _no_project(entity, project)
    if not sweeps:
        return UsageError(msg, _WRITE_IN_FULL)
    near = difflib.get_close_matches(sweep_id, [sweep.name for sweep in sweeps], n=2, cutoff=0.5)
    newest = sorted(sweeps, key=lambda sweep: sweep.created_at or "", reverse=True)
    names = list(dict.fromkeys([*near, *(sweep.name for sweep in newest)]))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return UsageError(msg, clean(f"it has {', '.join(names[:_MOST_NAMED])}{more}"))


def _no_project(entity: str, project: str) -> UsageError:
    msg = f"there is no project {entity}/{project}, or you may not see it"
    return UsageError(msg, "check its name, and who is signed in: `wandb status`")


def _archived(remote: Remote, session: Session, selection: Selection | None = None) -> RemoteSource:
    """The one archived sweep, or selection of runs, that a reference means."""
    kind, name = ArchivedKind.SWEEP, remote.sweep_id or ""
    if selection is not None:
        kind, name = ArchivedKind.SELECTION, str(selection)
    with session.archive(write=False) as archive:
        heads = [sweep.head for sweep in archive.sweeps() if sweep.head.key.kind is kind]
    found = [head for head in heads if means(remote, name, head.key)]
    if len(found) == 1:
        return RemoteSource(session=session, head=found[0])
    if found:
        listed = ", ".join(f"{head.key} of {head.key.base_url}" for head in found[:_MOST_NAMED])
        msg = f"{name!r} names {len(found)} archived {kind}s: {listed}"
        raise UsageError(msg, _WRITE_IN_FULL)
    msg = f"the {kind} {name!r} is not in the archive {session.place(write=False).path}"
    known = ", ".join(str(head.key) for head in heads[:_MOST_NAMED])
    raise UsageError(msg, f"it has {known}" if known else "fetch it once without --offline")

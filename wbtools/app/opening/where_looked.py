"""Where a sweep was looked for that is nowhere, and which one may have been meant."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from os.path import isfile, relpath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.here import age_of, archive_here, at_its_place, called, run_files_here
from wbtools.app.opening.reference import DEMO, NAME_ONE
from wbtools.archive import ChosenBy
from wbtools.archive.location import DATABASE
from wbtools.errors import (
    DataError,
    SignInError,
    TimeUp,
    Unreachable,
    UsageError,
    WbtoolsError,
)
from wbtools.sources.wandb_api.credentials import is_page_of, settings
from wbtools.text.numbers import count
from wbtools.text.shell_words import command_line
from wbtools.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.here import ArchiveHere, RunFilesHere
    from wbtools.app.opening.reference import Reference
    from wbtools.app.opening.session import Session
    from wbtools.archive import ArchivedSweep, SweepKey
    from wbtools.sources.local.sweeps import LocalSweep
    from wbtools.sources.wandb_api.reference import Remote

_KINDS: Final = (SignInError, TimeUp, Unreachable, UsageError, DataError)
_TABLE: Final = ".csv"
_NEAR: Final = 0.75


def kept_words(archived: ArchivedSweep) -> str:
    """How much of a sweep is archived, and since when."""
    return f"{count(archived.n_runs, 'run')}, {age_of(archived)}"


def files_words(local: LocalSweep) -> str:
    """Where run files lie, and of how many runs."""
    return f"{called(at_its_place(local)[1])}, {count(local.n_runs, 'run')}"


def is_on_asked_server(key: SweepKey) -> bool:
    """Whether a sweep is on the server that is asked where no address is given."""
    with suppress(UsageError):
        return is_page_of(settings().base_url, key.base_url)
    return False


def nowhere(
    reference: Reference,
    meant: Remote,
    archive: ArchiveHere,
    files: RunFilesHere | None,
    failure: WbtoolsError | None,
    session: Session,
) -> WbtoolsError:
    """The error of a sweep that is nowhere: as the server refused, if it did.

    Args:
        reference: What the user typed.
        meant: What that means.
        archive: What is archived.
        files: The run files here; None where they were not looked for.
        failure: Why the server did not give it; None where it was not asked.
        session: How it was asked.
    """
    if archive.failure is not None and session.offline:
        return archive.failure  # it may well hold the sweep
    text = reference.text
    looked = [] if files is None else [files.words, *_lost_words(meant.sweep_id, files)]
    looked.append(archive.words)
    if session.offline:
        looked.append("server: not asked (--offline)")
    elif failure is not None:
        looked.append(f"server: {failure.message}")
    is_word = "/" not in text
    what = "there is no file, folder or sweep" if is_word else "there is no sweep"
    if archive.failure is not None:
        what = "nothing was found of"
    msg = f"{what} {text!r}: {'; '.join(looked)}"
    ids = [sweep.head.key.name for sweep in archive.sweeps]
    ids += [] if files is None else [str(sweep.sweep_id) for sweep in files.sweeps]
    known = [DEMO, *ids] if is_word else [str(sweep.head.key) for sweep in archive.sweeps]
    cause = failure or archive.failure
    hint = "" if cause is None else cause.hint or ""
    if cause is None and session.offline and reference.remote is not None:
        hint = "fetch it once without --offline"
    near = get_close_matches(text, list(dict.fromkeys(known)))
    question = did_you_mean([name for name in near if name not in hint])
    if question:
        hint = f"{question} Otherwise: {hint}" if hint else question
    above = "" if archive.sweeps else _archive_above(session)
    if above:
        hint = f"{above}; else: {hint}" if hint else above
    kind = next((kind for kind in _KINDS if isinstance(cause, kind)), UsageError)
    return kind(msg, hint or NAME_ONE)


def absent(reference: Reference, session: Session) -> UsageError:
    """The error of a path that does not exist, and names no sweep of a server's either."""
    text, remote = reference.text, reference.remote
    msg = f"there is no file or folder {text!r}"
    if any(mark in text for mark in "*?") and (remote is None or remote.page is None):
        how = "a shell puts names in place of * and ? if there are any and no quotes are around"
        return UsageError(msg, f"{how}; the folder alone takes all that is in it")
    if remote is None or text.endswith(_TABLE):
        return UsageError(msg, NAME_ONE)
    archived: Sequence[ArchivedSweep] = ()
    with suppress(UsageError):
        archived = archive_here(session).sweeps
    keys = [sweep.head.key for sweep in archived]
    near = [str(key) for key in keys if remote.page is None and key.name == remote.project]
    if not near and remote.page is None:
        shortened = {f"{key.project}/{key.name}": str(key) for key in keys}
        near = [shortened[name] for name in get_close_matches(text, shortened, cutoff=_NEAR)]
    if not near and run_files_here().of(remote.project or ""):
        near = [remote.project or ""]
    take_all = f"write {text}/SWEEP_ID; `wbtools fetch {text}` takes all"
    return UsageError(f"{msg}; a project of W&B's is not a sweep", did_you_mean(near) or take_all)


def _lost_words(sweep_id: str | None, files: RunFilesHere) -> list[str]:
    """What agents left of a sweep none of whose runs left a file."""
    lost = next((each.lost_sweeps.get(sweep_id or "", ()) for each in files.sweeps), ())
    return [f"agents took {count(len(lost), 'configuration')} of it here"] if lost else []


def _archive_above(session: Session) -> str:
    """The archive of a folder above, which nobody named and which may be somebody else's."""
    place = session.place(write=False)
    if place.chosen_by is not ChosenBy.WORKING_FOLDER:
        return ""
    working_folder = Path.cwd()
    for folder in working_folder.parents:
        found = folder / place.path.name
        if isfile(found / DATABASE):  # noqa: PTH113 - one that may not be looked into is none
            option = command_line(["--archive", relpath(found, working_folder)])
            return f"an archive lies above: add {option}"
    return ""

"""Tag the runs that an audit advises to run again, on W&B and only by the user's explicit word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.model import GEM_TAG
from wbtools.sources.wandb_api import changes
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.app.opening.session import Session
    from wbtools.model import Run

_MOST_AT_ONCE: Final = 20
"""Runs whose tags are asked for together, just before they are tagged one by one."""
_LONGEST_NAME: Final = 60


def check_may_tag(audit: Audit | None, *, tags: bool, acts: bool) -> None:
    """Refuse what cannot be tagged, before anything is changed.

    Args:
        audit: The answer; None before there is one.
        tags: Whether runs are to be tagged, or it is to be said which would be.
        acts: Whether they really are.

    Raises:
        UsageError: `--yes` has nothing to change, or the runs are on no server.
    """
    if acts and not tags:
        msg = "--yes lets runs be tagged, and --tag-gems is not given"
        raise UsageError(msg, "pass --tag-gems too, or leave --yes out")
    if tags and audit is not None and audit.sweep.ref.base_url is None:
        where = sanitize(str(audit.sweep.ref), limit=_LONGEST_NAME)
        msg = f"--tag-gems tags runs on W&B's server, and the runs of {where} were read from files"
        raise UsageError(msg, "name the sweep as ENTITY/PROJECT/SWEEP_ID, or by its page's address")


def tag_gems(audit: Audit, runs: Sequence[Run], session: Session, *, acts: bool) -> list[Run]:
    """Give runs the tag `wbtools-gem`; one that has it stays as it is, and no tag is removed.

    Args:
        audit: Of a sweep or runs on a server.
        runs: To be tagged, of that audit.
        session: How to reach the server; its observer is told what is changed, and where.
        acts: Whether to change anything; otherwise it is only said what would be.

    Returns:
        The runs that were tagged, or would be.

    Raises:
        UsageError: The session is offline.
        SignInError: There are no credentials for the server.
        DataError: W&B refuses, or cannot be reached.
    """
    ref, note = audit.sweep.ref, session.observer.note
    base_url, entity, project = ref.base_url or "", ref.entity or "", ref.project or ""
    where = f"{ref} on {base_url}"
    if not runs:
        note("no run is tagged: the audit advises to run none of them again")
        return []
    server = session.server(base_url)
    tagged: list[Run] = []
    for k in range(0, len(runs), _MOST_AT_ONCE):
        batch = runs[k : k + _MOST_AT_ONCE]
        standing = server.stoppable(entity, project, [run.id for run in batch])
        for run in batch:
            name, there = sanitize(run.called, limit=_LONGEST_NAME), standing.get(run.id)
            if there is None:
                note(f"run {name} is not tagged: it is no longer on the server")
            elif there.tags is None:
                note(f"run {name} is not tagged: W&B does not say which tags it has")
            elif GEM_TAG in there.tags:
                note(f"run {name} has the tag {GEM_TAG} already")
            else:
                if acts:
                    changes.add_tag(server, there, GEM_TAG, called=name, where=where, note=note)
                else:
                    note(f"would tag run {name} of {where}: {GEM_TAG}")
                tagged.append(run)
    return tagged

"""Fetch what a user names: a sweep, all sweeps of a project, or runs by group, tag and filter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.sources.wandb_api.reference import remote
from wbtools.workflow.remote import open_remote, open_selection, sweeps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.workflow.access import Access
    from wbtools.workflow.fetch import Fetched
    from wbtools.workflow.remote import RemoteRecording

_LONGEST_FILTER: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Runs of a project, whatever sweep they belong to.

    Attributes:
        tags: A run must have all of them.
        filters: JSON in W&B's filter language.
    """

    group: str | None = None
    tags: tuple[str, ...] = ()
    filters: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is selected."""
        return self.group is not None or bool(self.tags) or self.filters is not None

    def __str__(self) -> str:
        """The words by which the selection is archived."""
        words = [] if self.group is None else [f"group:{self.group}"]
        words += [f"tag:{tag}" for tag in self.tags]
        words += [] if self.filters is None else [f"filter:{json.dumps(self._given())}"]
        return " ".join(words)

    def in_words_of_wandb(self) -> dict[str, object]:
        """The selection in W&B's filter language.

        Raises:
            UsageError: `filters` is no JSON object.
        """
        parts: list[object] = [] if self.group is None else [{"group": self.group}]
        parts += [{"tags": tag} for tag in self.tags]
        parts += [] if self.filters is None else [self._given()]
        return {"$and": parts}

    def _given(self) -> dict[str, object]:
        text = self.filters or ""
        try:
            given = json.loads(text) if len(text) <= _LONGEST_FILTER else None
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            msg = f"--filter {text[:80]!r} is no JSON object"
            raise UsageError(msg, """write one such as '{"config.lr": {"$gt": 0.001}}'""")
        return given


def fetch_reference(
    reference: str,
    access: Access,
    *,
    metrics: Sequence[str] = (),
    all_metrics: bool = False,
    selection: Selection | None = None,
) -> Iterator[Fetched]:
    """Fetch one sweep, all sweeps of a project one after the other, or a selection of runs.

    Args:
        reference: What the user typed.
        access: How to get there.
        metrics: Whose curves are wanted beside the sweep's own metric.
        all_metrics: Fetch everything that any run logged.
        selection: Runs of a project instead of a sweep.

    Yields:
        What was done, a sweep at a time.

    Raises:
        UsageError: The reference means nothing on a server, or something else than the selection.
        SignInError: There are no credentials.
        DataError: As `fetch_listed`.
    """
    meant = remote(reference)
    if meant is None:
        msg = f"{reference!r} is no sweep or project of W&B's"
        raise UsageError(msg, "write an id, ENTITY/PROJECT/ID, ENTITY/PROJECT, or a page address")
    recordings: Iterator[RemoteRecording]
    if selection:
        if meant.sweep_id is not None:
            msg = "--group, --tag and --filter take runs of a project, and this is a sweep"
            raise UsageError(msg, "name the project as ENTITY/PROJECT")
        filters = selection.in_words_of_wandb()
        recordings = iter([open_selection(meant, access, str(selection), filters)])
    elif meant.sweep_id is None:
        recordings = (open_remote(one, access) for one in sweeps_of(meant, access))
    else:
        recordings = iter([open_remote(meant, access)])
    for recording in recordings:
        if all_metrics:
            yield recording.fetch(None)
            continue
        spec = recording.spec
        own = [spec.metric.name] if spec is not None and spec.metric is not None else []
        yield recording.fetch(tuple(dict.fromkeys([*own, *metrics])))

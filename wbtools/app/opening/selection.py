"""Runs of a project that are chosen by group, tag and filter, whatever sweep they belong to."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.run_filter import fulfils
from wbtools.archive import ArchivedKind, SweepKey
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from wbtools.model import Run

_LONGEST_FILTER: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Runs of a project, whatever sweep they belong to.

    Attributes:
        all_runs: Every run, where neither group nor tag nor filter says which.
        tags: A run must have all of them.
        filters: JSON in W&B's filter language.
    """

    all_runs: bool = False
    group: str | None = None
    tags: tuple[str, ...] = ()
    filters: str | None = None

    def __post_init__(self) -> None:
        """Refuse a contradiction.

        Raises:
            UsageError: All runs are asked for, and only some.
        """
        if self.all_runs and self.chooses:
            msg = f"--all takes every run, and {self} does not"
            raise UsageError(msg, "leave one of them out")

    def __bool__(self) -> bool:
        """Whether anything is selected."""
        return self.all_runs or self.chooses

    @property
    def chooses(self) -> bool:
        """Whether it says which runs: not all of them."""
        return self.group is not None or bool(self.tags) or self.filters is not None

    def __str__(self) -> str:
        """The words by which the selection is archived."""
        words = [] if self.group is None else [f"group:{shlex.quote(self.group)}"]
        words += [f"tag:{shlex.quote(tag)}" for tag in sorted(self.tags)]
        if self.filters is not None:
            words.append(f"filter:{shlex.quote(json.dumps(self._given(), sort_keys=True))}")
        return " ".join(words) or "all"

    def options(self) -> list[str]:
        """The words of a line that select the same runs."""
        words = ["--all"] if self.all_runs else []
        words += [] if self.group is None else [f"--group={self.group}"]
        words += [f"--tag={tag}" for tag in self.tags]
        return words if self.filters is None else [*words, f"--filter={self.filters}"]

    def key(self, base_url: str, entity: str, project: str) -> SweepKey:
        """What the selection is called in the archive."""
        return SweepKey(
            base_url=base_url,
            entity=entity,
            project=project,
            name=str(self),
            kind=ArchivedKind.SELECTION,
        )

    def in_words_of_wandb(self) -> dict[str, object]:
        """The selection in W&B's filter language.

        Raises:
            UsageError: `filters` is no JSON object.
        """
        parts: list[object] = [] if self.group is None else [{"group": self.group}]
        parts += [{"tags": tag} for tag in self.tags]
        parts += [] if self.filters is None else [self._given()]
        return {"$and": parts} if parts else {}

    def takes(self, run: Run) -> bool:
        """Whether a run that lies here is one of them.

        Raises:
            UsageError: `filters` is no JSON object, or says what only W&B's server understands.
        """
        if self.group not in {None, run.group} or not set(self.tags) <= set(run.tags):
            return False
        return self.filters is None or fulfils(run, self._given())

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

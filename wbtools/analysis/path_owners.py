"""Which run of a sweep a path is called after: by an id or a name in one of its parts."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.model import Run

_PIECE: Final = re.compile(r"[^\W_]+")
_MOST_PIECES: Final = 24
_SHORTEST_ID: Final = 4
_SHORTEST_NAME: Final = 5
_SHORTEST_OTHER_ID: Final = 6
_HAS_BOTH: Final = re.compile(r"\d.*[a-z]|[a-z].*\d")
_COMMON: Final = frozenset(
    {"model", "models", "checkpoint", "checkpoints", "train", "training", "epoch", "latest"}
    | {"final", "debug", "output", "outputs", "results", "weights", "default", "state", "sweep"}
)
"""What folders are called without a run being meant."""
_REPLICAS: Final = "wbtools"
"""Before a run's id it makes the group of its replicas, which are other runs."""
_LATER: Final = frozenset({"continued", "replica"})
"""Behind a run's name they make that of a replica, or of the run that goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathOwner:
    """Whom a path is called after.

    Attributes:
        run_ids: Of those with that id or name; empty for replicas of a run, and for runs that are
            none of the sweep's.
        is_by_id: Whether it is an id.
    """

    run_ids: frozenset[str]
    is_by_id: bool


class PathOwners:
    """The ids and names of a sweep's runs."""

    def __init__(self, runs: Iterable[Run], other_ids: Iterable[str] = ()) -> None:
        """Learn what they are called; names that say too little are left out.

        Args:
            runs: Of the sweep.
            other_ids: Of runs that are not of the sweep; those without a digit may be words.
        """
        self._by_id: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for run in runs:
            self._ids[run.id.partition("~")[0].lower()].add(run.id)
            self._names[run.name.lower()].add(run.id)
            plain = run.id.partition("~")[0]
            if len(plain) >= _SHORTEST_ID and plain not in _COMMON and not plain.isdecimal():
                self._by_id[_normal(plain)].add(run.id)
            name = _normal(run.name)
            if len(name) >= _SHORTEST_NAME and name not in _COMMON and not name.isdecimal():
                self._by_name[name].add(run.id)
        for run_id in other_ids:
            text = _normal(run_id)
            if len(text) >= _SHORTEST_OTHER_ID and _HAS_BOTH.search(text):
                self._by_id.setdefault(text, set())  # of nobody here, unless a run has it too

    def of(self, path: str) -> PathOwner | None:
        """Whom a path is called after, its last part first; None for nobody.

        Args:
            path: Below a folder that is no run's; hostile.
        """
        for part in reversed(path.split("/")):
            whole = self._of_whole(part.lower())
            if whole is not None:
                return whole
            pieces = [piece.lower() for piece in _PIECE.findall(part)[:_MOST_PIECES]]
            found = self._in_pieces(pieces)
            if found is not None:
                return found
        return None

    def _of_whole(self, part: str) -> PathOwner | None:
        """By all of a part: what says too little within one says enough there."""
        if part in _COMMON or part.isdecimal():
            return None
        run_ids = self._ids.get(part) or self._names.get(part)
        if not run_ids or not part:
            return None
        return PathOwner(run_ids=frozenset(run_ids), is_by_id=part in self._ids)

    def _in_pieces(self, pieces: Sequence[str]) -> PathOwner | None:
        """By the most pieces together, as one name may begin like another."""
        for n in range(len(pieces), 0, -1):
            for k in range(len(pieces) - n + 1):
                text = " ".join(pieces[k : k + n])
                by_id = self._by_id.get(text)
                if by_id is not None:
                    is_replica = k > 0 and pieces[k - 1] == _REPLICAS
                    run_ids = frozenset() if is_replica else frozenset(by_id)
                    return PathOwner(run_ids=run_ids, is_by_id=True)
                by_name = self._by_name.get(text)
                if by_name is not None:
                    is_later = k + n < len(pieces) and pieces[k + n] in _LATER
                    run_ids = frozenset() if is_later else frozenset(by_name)
                    return PathOwner(run_ids=run_ids, is_by_id=False)
        return None


def _normal(text: str) -> str:
    return " ".join(_PIECE.findall(text.lower())[:_MOST_PIECES])

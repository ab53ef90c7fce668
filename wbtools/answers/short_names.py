"""What parameters with dotted names are called in tables, where the whole names take the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence


def short_names(names: Sequence[str]) -> dict[str, str]:
    """The last parts of dotted names where no other name ends so."""
    leaves = [name.rpartition(".")[2] for name in names]
    return {
        name: sanitize(leaf if leaves.count(leaf) == 1 else name, limit=40)
        for name, leaf in zip(names, leaves, strict=True)
    }

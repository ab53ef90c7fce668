"""What listings of artifacts have in common, whether a server gives them or a run file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_FILES: Final = 1_000
"""Files that are listed of one artifact: sharded checkpoints have hundreds."""
MOST_METADATA: Final = 64 * 1024
"""Characters of JSON that a program may say of one artifact; more is left aside."""
LEADS_OUT: Final = "it holds files whose names lead out of any folder, or name none"
_OWN_TYPES: Final = frozenset({"code", "job", "run_table"})
_OWN_PREFIX: Final = "wandb-"


def is_own_type(word: str) -> bool:
    """Say whether W&B makes artifacts of this type by itself: histories, tables, jobs, code."""
    return word in _OWN_TYPES or word.startswith(_OWN_PREFIX)


def any_leads_out(paths: Iterable[str]) -> bool:
    """Say whether a file of one of these names would be written outside the folder it is meant for.

    The SDK joins such names to the folder that it downloads to, unchecked. So are those refused
    that name no file: a part of them is empty, or a dot.
    """
    return any(
        path[1:2] == ":"
        or "\0" in path
        or bool({"", ".", ".."} & {*path.replace("\\", "/").split("/")})
        for path in paths
    )

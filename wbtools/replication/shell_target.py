"""`--to shell`: a plain script for any POSIX shell, one replica after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.replication.posix import Variables, comment
from wbtools.replication.script import (
    SHELLCHECK,
    all_words,
    checkpoint_lines,
    file_lines,
    head_lines,
    replica_lines,
    set_up,
)

if TYPE_CHECKING:
    from wbtools.replication.script import Replication


def shell_script(replication: Replication) -> str:
    """Write the script.

    A replica that fails ends it, as the next one of the same run would fail too; replicas of other
    runs are started all the same.

    Raises:
        DataError: A name or a value cannot be said in the program's style.
    """
    variables = Variables()
    shared = set_up(replication, all_words(replication), variables)
    goes_on = replication.group is None
    body: list[str] = []
    checks = checkpoint_lines(replication.replicas, variables)
    for replica in replication.replicas:
        body.append("")
        if replica.label:
            body.append(comment(replica.label))
        otherwise = " || failed=1" if goes_on else ""
        body += replica_lines(
            replica, variables, group=replication.shared_group, otherwise=otherwise
        )
    lines = [
        "#!/bin/sh",
        *head_lines(replication),
        SHELLCHECK,
        "set -eu",
        *variables.lines,
        *shared,
        *checks,
        *file_lines(replication),
        *(["trap 'exit 130' INT"] if goes_on else []),
        *body,
        *(["", 'exit "${failed:-0}"'] if goes_on else []),
    ]
    return "\n".join(lines) + "\n"

"""`--to shell`: a plain script for any POSIX shell, one replica after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.replication.posix import Variables, comment
from wbtools.replication.script import all_words, file_lines, head_lines, replica_lines, set_up

if TYPE_CHECKING:
    from wbtools.replication.script import Replication


def shell_script(replication: Replication) -> str:
    """Write the script.

    Raises:
        DataError: A name or a value cannot be said in the program's style.
    """
    variables = Variables()
    shared = set_up(replication, all_words(replication), variables)
    body: list[str] = []
    for replica in replication.replicas:
        body.append("")
        if replica.label:
            body.append(comment(replica.label))
        body += replica_lines(replica, variables)
    lines = [
        "#!/bin/sh",
        *head_lines(replication),
        *shared[:2],
        *variables.lines,
        *shared[2:],
        *file_lines(replication),
        *body,
    ]
    return "\n".join(lines) + "\n"

"""What a script says beside its commands: its head, its environment, its notes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.replication.posix import CONFIG_FILE, Variables, assignment, command, comment, note
from wbtools.replication.styles import json_word
from wbtools.replication.words import literal_word, secrets_in, variables_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.replication.changes import Replica
    from wbtools.replication.words import Word

GROUP_PREFIX: Final = "wbtools-"
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_JOB: Final = 60
_LEFT_BEHIND: Final = (
    "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH", "WANDB_RUN_ID", "WANDB_RESUME", "WANDB_NAME",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """Everything that a target writes.

    Attributes:
        head: Sentences for the top: sweep, run, metric, plan.
        group: The W&B group by which `verify` finds the replicas.
        project: Where they are logged; None leaves that to the program.
        entity: Likewise.
        notes: Lines about code and environment, as they are to stand in comments.
    """

    head: tuple[str, ...]
    group: str
    replicas: tuple[Replica, ...]
    varied: Mapping[str, tuple[object, ...]]
    project: str | None = None
    entity: str | None = None
    notes: tuple[str, ...] = ()


def group_of(run_id: str) -> str:
    """The W&B group of a run's replicas."""
    return f"{GROUP_PREFIX}{run_id}"


def job_name(group: str) -> str:
    """The group as a scheduler takes it."""
    return _ODD.sub("_", group)[:_LONGEST_JOB]


def head_lines(replication: Replication) -> list[str]:
    """The head and the notes as comments."""
    return [*map(comment, replication.head), *map(note, replication.notes)]


def set_up(replication: Replication, words: tuple[Word, ...], variables: Variables) -> list[str]:
    """The lines that all replicas of a script share: strictness, secrets, W&B's environment."""
    lines = [
        "# shellcheck disable=SC1003,SC2016,SC2088  # what looks like an expansion is text",
        "set -eu",
    ]
    lines += [
        f': "${{{name}:?set it: the run recorded a secret here}}"' for name in secrets_in(words)
    ]
    lines += [
        f': "${{{name}?set it: the command of the sweep reads it}}"' for name in variables_in(words)
    ]
    lines.append(f"unset {' '.join(_LEFT_BEHIND)}")
    environment = {
        "WANDB_RUN_GROUP": replication.group,
        "WANDB_PROJECT": replication.project,
        "WANDB_ENTITY": replication.entity,
    }
    lines += [
        f"export {assignment(name, literal_word(text), variables)}"
        for name, text in environment.items()
        if text
    ]
    return lines


def all_words(replication: Replication) -> tuple[Word, ...]:
    """Every word of every replica, and what its file holds."""
    return tuple(
        word
        for replica in replication.replicas
        for word in (*replica.launch.words(), *file_words(replica))
    )


def file_words(replica: Replica) -> tuple[Word, ...]:
    """The text of the file that a replica needs, if it needs one."""
    launch = replica.launch
    if not launch.needs_file():
        return ()
    return (json_word(launch.values, wrapped=launch.by_config),)


def replica_lines(replica: Replica, variables: Variables, *, indent: str = "") -> list[str]:
    """One replica: its file, its name, its command."""
    lines = [
        f"{indent}printf '%s' {variables.quoted(text)} >\"${{{CONFIG_FILE}}}\""
        for text in file_words(replica)
    ]
    before = [assignment("WANDB_NAME", literal_word(replica.name), variables)]
    if replica.launch.by_config:
        before.append(f'WANDB_SWEEP_PARAM_PATH="${{{CONFIG_FILE}}}"')
    run = command(replica.launch.words(), variables, indent=indent)
    return [*lines, f"{indent}{' '.join(before)} \\\n{indent}  {run}"]


def file_lines(replication: Replication) -> list[str]:
    """Make the file that replicas write their configuration to, and take it away at the end."""
    if not any(replica.launch.needs_file() for replica in replication.replicas):
        return []
    return [
        f"{CONFIG_FILE}=$(mktemp)",
        f"trap 'rm -f \"${{{CONFIG_FILE}}}\"' EXIT",
    ]

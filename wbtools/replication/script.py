"""What a script says beside its commands: its head, its environment, its notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import canonical
from wbtools.replication.changes import GROUP_PREFIX
from wbtools.replication.posix import (
    Variables,
    assignment,
    command,
    comment,
    json_lines,
    note,
)
from wbtools.replication.styles import json_word
from wbtools.replication.words import (
    CONFIG_FILE,
    literal_word,
    secret_for,
    secrets_in,
    secrets_in_json,
    variables_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.replication.changes import Replica
    from wbtools.replication.words import Word

SHELLCHECK: Final = (
    "# shellcheck disable=SC1003,SC2016,SC2088  # what looks like an expansion is text"
)
_LEFT_BEHIND: Final = (
    "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH", "WANDB_RUN_ID", "WANDB_RESUME", "WANDB_NAME",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """Everything that a target writes.

    Attributes:
        head: Sentences for the top: sweep, run, metric, plan.
        varied: Names that differ between the replicas of one run, with their values.
        project: Where they are logged; None leaves that to the program.
        entity: Likewise.
        notes: Lines about code and environment, as they are to stand in comments.
    """

    head: tuple[str, ...]
    replicas: tuple[Replica, ...]
    varied: Mapping[str, tuple[object, ...]]
    project: str | None = None
    entity: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def group(self) -> str | None:
        """The W&B group of all replicas; None where they are of several runs."""
        groups = {replica.group for replica in self.replicas}
        return groups.pop() if len(groups) == 1 else None

    @property
    def job_name(self) -> str:
        """What a scheduler may call it."""
        return self.group or f"{GROUP_PREFIX}{len(self.replicas)}-runs"


def joined_replications(
    parts: Sequence[Replication], head: tuple[str, ...], labels: Sequence[str]
) -> Replication:
    """The replicas of several runs of one sweep, as one.

    Args:
        parts: One a run.
        head: Sentences for the top, in place of theirs.
        labels: What each run is called.
    """
    return replace(
        parts[0],
        head=head,
        replicas=tuple(
            replace(replica, label=", ".join(filter(None, (label, replica.label))))
            for part, label in zip(parts, labels, strict=True)
            for replica in part.replicas
        ),
        varied={},
        notes=tuple(dict.fromkeys(line for part in parts for line in part.notes)),
    )


def head_lines(replication: Replication) -> list[str]:
    """The head and the notes as comments."""
    return [*map(comment, replication.head), *map(note, replication.notes)]


def set_up(replication: Replication, words: tuple[Word, ...], variables: Variables) -> list[str]:
    """The lines that all replicas of a script share: secrets, and W&B's environment."""
    lines = [
        f': "${{{name}:?set it: the run recorded a secret here}}"' for name in secrets_in(words)
    ]
    lines += [
        f': "${{{name}?set it: the command of the sweep reads it}}"' for name in variables_in(words)
    ]
    lines += json_lines(secrets_in_json(words))
    lines.append(f"unset {' '.join(_LEFT_BEHIND)}")
    return [*lines, *export_lines(replication, variables)]


def export_lines(replication: Replication, variables: Variables) -> list[str]:
    """What W&B is to know of all replicas."""
    environment = {
        "WANDB_RUN_GROUP": replication.group,
        "WANDB_PROJECT": replication.project,
        "WANDB_ENTITY": replication.entity,
    }
    return [
        f"export {assignment(name, literal_word(text), variables)}"
        for name, text in environment.items()
        if text
    ]


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


def replica_lines(
    replica: Replica,
    variables: Variables,
    *,
    indent: str = "",
    group: str | None = None,
    otherwise: str = "",
) -> list[str]:
    """One replica: its file, its name, its command.

    Args:
        replica: The run to be started.
        variables: Of the script.
        indent: In front of every line.
        group: The W&B group that the script sets for all; the replica's own is set otherwise.
        otherwise: What follows the command, such as `|| failed=1`.
    """
    lines = [
        f"{indent}printf '%s' {variables.quoted(text)} >\"${{{CONFIG_FILE}}}\""
        for text in file_words(replica)
    ]
    before = [assignment("WANDB_NAME", literal_word(replica.name), variables)]
    if group != replica.group:
        before.insert(0, assignment("WANDB_RUN_GROUP", literal_word(replica.group), variables))
    if replica.launch.by_config:
        before.append(f'WANDB_SWEEP_PARAM_PATH="${{{CONFIG_FILE}}}"')
    run = command(replica.launch.words(), variables, indent=indent)
    return [*lines, f"{indent}{' '.join(before)} \\\n{indent}  {run}{otherwise}"]


def case_lines(subject: str, replication: Replication, variables: Variables) -> list[str]:
    """One replica by its place, from 0.

    Args:
        subject: What holds the place, as it stands between the quotes of a shell.
        replication: The replicas.
        variables: Of the script.
    """
    lines = [f'case "{subject}" in']
    for k, replica in enumerate(replication.replicas):
        label = f"  {comment(replica.label)}" if replica.label else ""
        run = replica_lines(replica, variables, indent="  ", group=replication.group)
        lines += [f"{k}){label}", *run, "  ;;"]
    return [*lines, '*) echo "there is no such task" >&2; exit 2 ;;', "esac"]


def file_lines(replication: Replication) -> list[str]:
    """Make the file that replicas write their configuration to, and take it away at the end."""
    if not any(replica.launch.needs_file() for replica in replication.replicas):
        return []
    return [
        f"{CONFIG_FILE}=$(mktemp)",
        f"trap 'rm -f \"${{{CONFIG_FILE}}}\"' EXIT",
    ]


def ambiguous_secrets(replication: Replication) -> list[str]:
    """The variables that stand for different values in different replicas."""
    values: dict[str, set[str]] = {}
    for replica in replication.replicas:
        launch = replica.launch
        given = {argument.name or "": argument.text for argument in launch.arguments}
        for name, value in (given if launch.is_recorded else launch.values).items():
            secret = secret_for(name, value)
            if secret is not None:
                values.setdefault(secret.variable, set()).add(canonical(value))
    return [variable for variable, different in values.items() if len(different) > 1]

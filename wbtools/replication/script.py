"""What a script says beside its commands: its head, its environment, its notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import canonical
from wbtools.replication.changes import GROUP_PREFIX
from wbtools.replication.continuation_lines import check_lines, fetch_lines
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
    MARK_FILE,
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
    def shared_group(self) -> str | None:
        """The same where W&B is to put every replica into it: a resumed run stays where it is."""
        return None if any(map(_is_same_run, self.replicas)) else self.group

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
    left = [*_LEFT_BEHIND, *([] if replication.shared_group else ["WANDB_RUN_GROUP"])]
    lines.append(f"unset {' '.join(left)}")
    return [*lines, *export_lines(replication, variables)]


def export_lines(replication: Replication, variables: Variables) -> list[str]:
    """What W&B is to know of all replicas."""
    environment = {
        "WANDB_RUN_GROUP": replication.shared_group,
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
        for word in (*replica.launch.words(), *file_words(replica), *mark_words(replica))
    )


def file_words(replica: Replica) -> tuple[Word, ...]:
    """The text of the file that a replica needs, if it needs one."""
    launch, continuation = replica.launch, replica.continuation
    if not launch.needs_file():
        return ()
    values = launch.values
    if launch.by_config and continuation is not None:
        values = {**values, **continuation.configuration(launch)}
    return (json_word(values, wrapped=launch.by_config),)


def mark_words(replica: Replica) -> tuple[Word, ...]:
    """The text of the file for W&B alone, where the program takes arguments."""
    if replica.continuation is None or replica.launch.by_config:
        return ()
    held = replica.continuation.configuration(replica.launch)
    return (json_word(held, wrapped=True),) if held else ()


def replica_lines(
    replica: Replica,
    variables: Variables,
    *,
    indent: str = "",
    group: str | None = None,
    otherwise: str = "",
) -> list[str]:
    """One replica: its files, its checkpoint, its name, its command.

    Args:
        replica: The run to be started.
        variables: Of the script.
        indent: In front of every line.
        group: The W&B group that the script sets for all; the replica's own is set otherwise.
        otherwise: What follows the command, such as `|| failed=1`.
    """
    marks = mark_words(replica)
    files = [(CONFIG_FILE, text) for text in file_words(replica)]
    files += [(MARK_FILE, text) for text in marks]
    lines = [
        f"{indent}printf '%s' {variables.quoted(text)} >\"${{{file}}}\"" for file, text in files
    ]
    before = _names(replica, group, variables)
    if replica.launch.by_config or marks:
        file = CONFIG_FILE if replica.launch.by_config else MARK_FILE
        before.append(f'WANDB_SWEEP_PARAM_PATH="${{{file}}}"')
    run = command(replica.launch.words(), variables, indent=indent)
    start = f"{indent}{' '.join(before)} \\\n{indent}  {run}"
    continuation = replica.continuation
    fetch = [] if continuation is None else fetch_lines(continuation, variables)
    if not fetch or not otherwise:
        return [*lines, *(f"{indent}{line}" for line in fetch), f"{start}{otherwise}"]
    chain = [*(f"{indent}{line} &&" for line in fetch), start]
    return [*lines, f"{indent}{{", *chain, f"{indent}}}{otherwise}"]


def _names(replica: Replica, group: str | None, variables: Variables) -> list[str]:
    """What W&B is to call a run; one that goes on as itself is called as it was."""
    if _is_same_run(replica):
        run_id = literal_word(replica.continuation.run_id if replica.continuation else "")
        return [assignment("WANDB_RUN_ID", run_id, variables), "WANDB_RESUME=must"]
    before = [assignment("WANDB_NAME", literal_word(replica.name), variables)]
    if group != replica.group:
        before.insert(0, assignment("WANDB_RUN_GROUP", literal_word(replica.group), variables))
    return before


def _is_same_run(replica: Replica) -> bool:
    return replica.continuation is not None and replica.continuation.is_same_run


def checkpoint_lines(
    replicas: Sequence[Replica], variables: Variables, *, indent: str = ""
) -> list[str]:
    """End the script where what runs go on from is not there, before anything starts."""
    return [
        f"{indent}{line}"
        for replica in replicas
        if replica.continuation is not None
        for line in check_lines(replica.continuation, variables)
    ]


def case_lines(
    subject: str, replication: Replication, variables: Variables, *, group: str | None
) -> list[str]:
    """One replica by its place, from 0.

    Args:
        subject: What holds the place, as it stands between the quotes of a shell.
        replication: The replicas.
        variables: Of the script.
        group: The W&B group that the script sets for all; None where it sets none.
    """
    lines = [f'case "{subject}" in']
    for k, replica in enumerate(replication.replicas):
        label = f"  {comment(replica.label)}" if replica.label else ""
        check = checkpoint_lines([replica], variables, indent="  ")
        run = replica_lines(replica, variables, indent="  ", group=group)
        lines += [f"{k}){label}", *check, *run, "  ;;"]
    return [*lines, '*) echo "there is no such task" >&2; exit 2 ;;', "esac"]


def file_lines(replication: Replication) -> list[str]:
    """Make the files that replicas write their configuration to, and take them away at the end."""
    replicas = replication.replicas
    files = [CONFIG_FILE] if any(replica.launch.needs_file() for replica in replicas) else []
    files += [MARK_FILE] if any(map(mark_words, replicas)) else []
    if not files:
        return []
    names = " ".join(f'"${{{file}}}"' for file in files)
    return [*(f"{file}=$(mktemp)" for file in files), f"trap 'rm -f {names}' EXIT"]


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

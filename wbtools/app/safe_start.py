"""What a rebuilt command starts: never a notebook, never a sweep, and a program at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.app.find_program import calls_of_notebook, calls_of_program
from wbtools.app.working_dir import first_program
from wbtools.errors import DataError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.replication.command_finding import command_finding
from wbtools.replication.launcher_prefix import (
    executable,
    has_launcher,
    other_programs,
    own_words,
    python_program,
    with_launcher,
)
from wbtools.replication.notebooks import Notebook, is_notebook
from wbtools.sources.programs.sweep_calls import command_calls
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.model import Run
    from wbtools.replication.command import Launch

_UNUSED: Final = "uses no sweep itself, but the modules that it imports were not read"
_UNREAD: Final = "could not be read here"
_THROUGH_LAUNCHER: Final = "--program FILE --style config starts FILE through a launcher"


def safely_started(
    launch: Launch,
    values: Mapping[str, object],
    run: Run,
    folders: Sequence[Path],
    findings: list[Finding],
    *,
    is_certain: bool,
) -> Launch:
    """Put the launcher in front of a program that starts sweeps, or may start some.

    Args:
        launch: The command.
        values: The configuration that W&B is to hand over.
        run: Which is replicated.
        folders: Where the program is looked for.
        findings: Here goes what a user should know.
        is_certain: Whether the program is known to take the arguments in the command.

    Raises:
        DataError: The program is a notebook, or no launcher can stand in front of it.
    """
    is_safe = has_launcher(launch)
    starts = frozenset() if is_safe else command_calls(own_words(launch))
    if starts:
        msg = f"the command itself uses {' and '.join(sorted(starts))}: it would start a sweep"
        raise DataError(msg, f"{_THROUGH_LAUNCHER}; --to yaml writes the configuration")
    program = launch.program or () if is_safe else python_program(launch.pieces)
    if program and is_notebook(program[-1]):
        raise notebook_refused(Notebook(name=program[-1]), run)
    safe = launch if is_safe else with_launcher(launch, values)
    others = other_programs(launch.pieces) if safe is None else ()
    files = [(name,) for name in others] if others else [program]
    known = [calls_of_program(words, folders) for words in files]
    calls = sorted({call for found in known for call in found or ()})
    named = repr(masked_text(files[0][-1])) if files[0] else "the program"
    if calls and safe is None:
        msg = f"{named} uses {' and '.join(calls)}: this command may start a new sweep"
        raise DataError(
            msg,
            f"{_THROUGH_LAUNCHER}; --to yaml writes the configuration",
        )
    if not calls and (is_safe or is_certain):
        return launch
    if safe is None:
        findings.append(_unchecked(named, is_read=None not in known))
        return launch
    if calls and is_safe:
        safe = replace(safe, guesses=())
    findings.append(
        command_finding(
            "WBR309",
            f"{named} {_why(calls, is_read=None not in known)}: it is started through a launcher, "
            "under which no sweep can start",
            severity=Severity.INFO,
        )
    )
    return safe


def _why(calls: Sequence[str], *, is_read: bool) -> str:
    """Why a launcher stands in front of a program."""
    if calls:
        return f"uses {' and '.join(calls)}"
    return f"{_UNUSED if is_read else _UNREAD}, so that it may start a sweep"


def _unchecked(named: str, *, is_read: bool) -> Finding:
    """What is to be known of a command that no launcher can stand in front of."""
    return command_finding(
        "WBR314",
        f"{named} {_UNUSED if is_read else _UNREAD}: this command may start a new sweep, and no "
        "launcher can prevent it",
        f"{_THROUGH_LAUNCHER}; or make sure that nothing it runs calls wandb.sweep or wandb.agent",
        confidence=Confidence.MEDIUM,
    )


def notebook_refused(notebook: Notebook, run: Run) -> DataError:
    """The error for a run that was made in a notebook, and the ways to run it again."""
    calls = None if notebook.name is None else calls_of_notebook(notebook.name)
    msg = f"run {run.number_or_id} was made in {notebook.described()}, which Python cannot start"
    return DataError(msg, notebook.how_to_run(calls))


def unstartable(launch: Launch, folders: Sequence[Path]) -> Iterator[Finding]:
    """Say it where the words of a command do not start a program."""
    word = executable(launch)
    name = launch.program[-1] if launch.program else ""
    if word is None or word.startswith("-"):
        reason = (
            "its first word is an argument"
            if word is None
            else f"it begins with {masked_text(word)!r}"
        )
    elif _has_spaces(word) and shutil.which(word) is None:
        reason = f"{masked_text(word)!r} is taken for the name of one file"
    elif _has_spaces(name) and first_program([name], folders) is None:
        reason = f"{masked_text(name)!r} is taken for the name of one file"
    else:
        return
    yield command_finding(
        "WBR307",
        f"the command does not start a program: {reason}",
        "write the words of the command one by one into `command:` of the sweep file, and the "
        "program before its arguments; or pass --program",
    )


def _has_spaces(text: str) -> bool:
    return any(character.isspace() for character in text)

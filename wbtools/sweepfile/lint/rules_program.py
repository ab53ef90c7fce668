"""Rules about the program that a file names."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.agent_command import (
    ASSIGNMENT,
    command_words,
    is_launcher,
    is_python,
    is_shell_script,
    is_starter,
    starts_program,
)
from wbtools.sweepfile.launch import is_for_launch
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.text.masking import masked_words
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.sweepfile.lint.rule_api import LintedDocument

_OPTION: Final = re.compile(r"--?[A-Za-z]|\$\{")
_ATTACHED: Final = re.compile(r"-m[A-Za-z_][\w.]*", re.ASCII)
"""`python -mpkg.train` is right."""
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)
_ENDINGS: Final = frozenset(
    {"py", "pyw", "pyc", "pyz", "ipynb", "sh", "exe", "bat", "r", "jl", "m"}
)
_LONGEST_SHOWN: Final = 160


@rule("WBS080", Severity.WARNING, Confidence.MEDIUM)
def no_program(document: LintedDocument) -> Iterator[Problem]:
    """Neither `program` nor `command`.

    `wandb agent` on the command line has nothing to start. It is right for
    `wandb.agent(SWEEP, function=train)`, and there is no finding where a program or a notebook in
    the file's folder, or in the same repository, does that. If it lies elsewhere, say so in a
    comment: `# wbtools: ignore WBS080`.

    Bad:
        method: random
    Good:
        method: random
        program: train.py
    """
    top, words = document.top, command_words(document.top)
    named = {key for key in ("program", "command", "job", "image_uri") if _is_named(top.get(key))}
    if not named and not is_for_launch(top):
        if not document.programs.served_by:
            hint = "name the program; for wandb.agent(…, function=…) see `wbtools rule WBS080`"
            yield Problem(path=(), title="there is neither program nor command", hint=hint)
    elif "program" not in named and "${program}" in words:
        hint = "name the program"
        yield Problem(path=("command",), title="${program} stands for nothing here", hint=hint)


def _is_named(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


@rule("WBS083", Severity.WARNING)
def missing_program(document: LintedDocument) -> Iterator[Problem]:
    """The program is not where `--program-root` says.

    Bad:
        program: missing.py
    Good:
        program: train.py
    """
    program = document.top.get("program")
    if not isinstance(program, str) or document.programs.is_there is not False:
        return
    if not _is_line(program):
        title = f"there is no program {format_value(program)}"
        yield Problem(path=("program",), title=title, hint="see --program-root")


@rule("WBS094", certain="the agent passes the program on as one word, and there is no such file")
def program_with_words(document: LintedDocument) -> Iterator[Problem]:
    """`program` is more than the name of a file.

    W&B's agent passes it on as one word: of `torchrun --nproc_per_node=4 train.py` it makes
    `python 'torchrun --nproc_per_node=4 train.py'`, and of `-m pkg.train` a module whose name
    begins with a space. Launchers, options and `-m` belong in `command`. Python cannot run a
    module's dotted name without `-m`, or a shell script, either.

    Bad:
        program: torchrun --nproc_per_node=4 train.py
    Good:
        program: train.py
        command: ["${env}", torchrun, --nproc_per_node=4, "${program}", "${args}"]
    """
    top, words = document.top, command_words(document.top)
    program = top.get("program")
    used = starts_program(words) and not is_for_launch(top)
    if not used or not isinstance(program, str):
        return
    line, path = program.strip(), ("program",)
    is_there = document.programs.is_there is True
    if _is_line(line) and not is_there:
        title = f"the agent passes program on as one word: {format_value(line)}"
        yield Problem(path=path, title=title, hint=_instead(line, words))
    elif _runs_by_python(words) and _is_starter_elsewhere(line):
        title = f"program names {format_value(line)}, not the program that it should start"
        yield Problem(path=path, title=title, hint="name the file itself, as program: train.py")
    elif _runs_by_python(words) and is_shell_script(line):
        title = f"the agent makes Python run {format_value(line)}, which is not a Python program"
        hint = "write command: - ${env}, - bash, - ${program}, - ${args}"
        yield Problem(path=path, title=title, hint=hint)
    elif _runs_by_python(words) and _is_module(line) and not is_there:
        title = f"Python looks for a file named {format_value(line)}, not for a module"
        yield Problem(
            path=path,
            title=title,
            hint=_instead(f"-m {line}", words),
            severity=Severity.WARNING,
            confidence=Confidence.MEDIUM,
        )


def _is_line(program: str) -> bool:
    """Whether a program is certainly a command line, and not a path with spaces."""
    first, *rest = program.split() or [""]
    if first.startswith("-"):
        return bool(rest) or _ATTACHED.fullmatch(first) is None
    if any(_OPTION.match(piece) for piece in rest):
        return True
    if ASSIGNMENT.match(first):
        return any(is_starter(piece) for piece in rest)
    return bool(rest) and is_starter(first)


def _is_starter_elsewhere(program: str) -> bool:
    """Whether a program is Python or a launcher by its path: a file of the user's is not."""
    return "/" in program and (is_python(program) or is_launcher(program))


def _is_module(program: str) -> bool:
    last = program.rpartition(".")[2]
    return _MODULE.fullmatch(program) is not None and last.lower() not in _ENDINGS


def _runs_by_python(words: Sequence[str]) -> bool:
    """Whether Python gets the program as its first argument, as W&B's own command has it."""
    return not words or any(
        is_python(before) and word == "${program}" for before, word in pairwise(words)
    )


def _instead(line: str, words: Sequence[str]) -> str:
    """The command to write in place of a program that is one."""
    try:
        pieces = shlex.split(line)
    except ValueError:
        pieces = line.split()
    if words:
        items = [item for word in words for item in (pieces if word == "${program}" else [word])]
        return _hint(items)
    if is_python(pieces[0]):
        pieces[0] = "${interpreter}"
    elif pieces[0].startswith("-") or pieces[0].endswith(".py"):
        pieces.insert(0, "${interpreter}")
    passed = [] if any("${args" in piece for piece in pieces) else ["${args}"]
    return _hint(["${env}", *pieces, *passed])


def _hint(items: Sequence[str]) -> str:
    written = ", ".join(f"- {item}" for item in masked_words(items))
    if len(written) > _LONGEST_SHOWN:
        return "write its words into command:, one an item, and only the file into program"
    return f"write command: {written}"

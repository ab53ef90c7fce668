"""Rules about the command: what W&B's agent starts, and what the program gets."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.agent_command import (
    ASSIGNMENT,
    ENVIRONMENT,
    MACROS,
    StartKind,
    command_words,
    is_starter,
    macro_of,
    macros_inside,
    passes_parameters,
    python_lacks_program,
    start_of,
    starts_nothing,
)
from wbtools.sweepfile.launch import is_for_launch
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.text.masking import masked_words
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.sweepfile.document import Document
    from wbtools.sweepfile.lint.rule_api import LintedDocument

_CERTAIN: Final = "the agent starts what the command says, and there is no file of that name"
_OPTION_AND_VALUE: Final = re.compile(r"(?:--[A-Za-z][\w.-]*|-m)\s+[^\s=]")
_TAKES_CODE: Final = re.compile(r"-\w*c|/[cC]|--wrap|--command")
_OPTION: Final = re.compile(r"--?[A-Za-z]")
_TAKES_TEXTS: Final = frozenset(
    {
        "bash", "sh", "zsh", "dash", "fish", "ksh", "ssh", "su", "sudo", "eval", "tmux", "screen",
        "watch", "parallel", "xargs", "cmd", "powershell", "pwsh", "script", "echo", "printf",
    }
)  # fmt: skip
"""Programs whose arguments may well be command lines."""
_LONGEST_LISTED: Final = 200
_MOST_NAMED: Final = 3


@rule("WBS081", Severity.WARNING, Confidence.MEDIUM)
def no_arguments(document: LintedDocument) -> Iterator[Problem]:
    """A command that passes no parameters on.

    Without `${args}` or a macro like it the program gets nothing on its command line, which is
    right only if it reads `wandb.config`. A program beside the sweep file is searched for that,
    and there is no finding if it does; where no program is there, this is only a note.

    Bad:
        command: [python, train.py]
    Good:
        command: [python, train.py, "${args}"]
    """
    words = command_words(document.top)
    if not words or passes_parameters(words) or is_for_launch(document.top):
        return
    if starts_nothing(words):
        return  # which WBS093 says
    known = document.programs.reads_config
    if known or any("WANDB_SWEEP_PARAM_PATH" in word for word in words):
        return
    reads = "; the program does not read wandb.config" if known is False else ""
    yield Problem(
        path=("command",),
        title=f"the command passes no parameters to the program{reads}",
        hint='write "${args}" as its last item, unless the program reads wandb.config'
        if known is None
        else 'write "${args}" as its last item (--lr=0.1); `wbtools rule WBS082` lists the others',
        severity=Severity.INFO if known is None else None,
        at_key=True,
    )


@rule("WBS082", Severity.WARNING, certain=_CERTAIN)
def unknown_macro(document: Document) -> Iterator[Problem]:
    """A macro in the command that W&B's agent does not know, or does not see.

    A macro is a whole item of the list. The agent leaves an unknown one out without a word, and
    a known one within a longer text as it is: a shell then replaces it with nothing. Only
    `${envvar:NAME}`, an environment variable in capitals, is replaced within a text too. The
    macros are ${env}, ${interpreter}, ${program} and, for the parameters, ${args} (--lr=0.1),
    ${args_no_equals} (--lr 0.1), ${args_no_hyphens} (lr=0.1, for Hydra), ${args_append_hydra}
    (+lr=0.1), ${args_override_hydra} (++lr=0.1), ${args_no_boolean_flags} (--amp for true,
    nothing for false), ${args_json} and ${args_json_file}.

    Bad:
        command: [bash, -c, "source env/bin/activate && python ${program} ${args}"]
    Good:
        command: [bash, -c, 'source env/bin/activate && python "$0" "$@"', "${program}", "${args}"]
    """
    words = command_words(document.top)
    start = start_of(words) if words else None
    parameters = _not_set(document, words)
    taken: list[tuple[int, str]] = []
    for index, word in enumerate(words):
        name, inside = macro_of(word), macros_inside(word)
        meant = [name] if name in parameters else macros_inside(word, parameters)
        started = start is not None and start.index == index and name is None and inside
        path, severity = ("command", index), Severity.ERROR if started else None
        if name in MACROS or ENVIRONMENT.fullmatch(word):
            continue
        if meant and not inside:
            taken.append((index, meant[0]))
        elif name is not None:
            near = difflib.get_close_matches(name, MACROS, n=1) if not inside else []
            hint = (
                f"did you mean ${{{near[0]}}}?" if near else "write one macro per item of the list"
            )
            title = f"the agent knows no macro {format_value(word)} and leaves it out"
            yield Problem(path=path, title=title, hint=hint)
        elif inside:
            listed = " and ".join(f"${{{macro}}}" for macro in inside)
            verb = "is" if len(inside) == 1 else "are"
            title = f"{listed} inside a longer text {verb} not replaced"
            hint = "write one macro per item of the list"
            if index and _TAKES_CODE.fullmatch(words[index - 1]):
                after = " and ".join(f"- ${{{macro}}}" for macro in inside)
                hint = f'end the text with: python "$0" "$@", and write {after} as items after it'
            yield Problem(path=path, title=title, hint=hint, severity=severity)
    if taken:
        listed = ", ".join(format_value(f"${{{name}}}") for _, name in taken[:_MOST_NAMED])
        more = f" and {len(taken) - _MOST_NAMED} more" if len(taken) > _MOST_NAMED else ""
        title = f"the agent does not replace {listed}{more} with a parameter"
        hint = "- ${args} passes all parameters: --name=value"
        yield Problem(path=("command", taken[0][0]), title=title, hint=hint)


def _not_set(document: Document, words: Sequence[str]) -> frozenset[str]:
    """The parameters that are no variables: `env ${args_no_hyphens}` makes some of them all."""
    if "${args_no_hyphens}" in words:
        return frozenset()
    parameters = (*document.parameters, *document.groups)
    return frozenset(parameter.name for parameter in parameters) - set(MACROS)


@rule("WBS085", certain=_CERTAIN)
def several_words(document: Document) -> Iterator[Problem]:
    """Several words in one item of the command.

    W&B's agent runs no shell: every item is one word, so that `accelerate launch` is looked for
    as a file of that name, and every run fails. A text for `bash -c` is rightly one item, and
    so are paths and arguments with spaces.

    Bad:
        program: train.py
        command: ["${env}", accelerate launch, "${program}", "${args}"]
    Good:
        program: train.py
        command: ["${env}", accelerate, launch, "${program}", "${args}"]
    """
    words = command_words(document.top)
    start = start_of(words) if words else None
    front, shown_words = _front(words), masked_words(words)
    for index, word in enumerate(words):
        shown = str(shown_words[index])
        path = ("command", index)
        if isinstance(document.top["command"][index], list | dict):
            title = f"item {index + 1} of the command is not a word"
            hint = "write one word per item, in quotes if it holds a colon"
            yield Problem(path=path, title=title, hint=hint)
        elif word.split() == [word] or macro_of(word) or macros_inside(word):
            continue
        elif start is not None and start.index == index and start.kind is not StartKind.UNKNOWN:
            if start.kind is StartKind.WORD and _is_line(word):
                title = f"the agent looks for a file named {format_value(shown)}"
                yield Problem(path=path, title=title, hint=_one_a_line(shown))
        elif _is_part_of_line(word, words[index - 1] if index else "", is_front=index in front):
            yield Problem(
                path=path,
                title=f"{format_value(shown)} is passed on as one word",
                hint=_one_a_line(shown),
                severity=Severity.WARNING,
                confidence=Confidence.MEDIUM,
            )


def _front(words: Sequence[str]) -> range:
    """Where the words of a launcher stand: before the program, and none that takes a text."""
    ends = [k for k, word in enumerate(words) if word == "${program}" or word.endswith(".py")]
    takers = (k for k, word in enumerate(words) if re.split(r"[/\\]", word)[-1] in _TAKES_TEXTS)
    return range(min(ends[-1] if ends else 0, next(takers, len(words))))


def _is_line(word: str) -> bool:
    """Whether a word with spaces is a command line, and not the path of a file."""
    first, *rest = word.split() or [""]
    if any(_OPTION.match(piece) for piece in rest) or is_starter(re.split(r"[/\\]", first)[-1]):
        return True
    return not re.search(r"[/\\~]", first)


def _is_part_of_line(word: str, before: str, *, is_front: bool) -> bool:
    """Whether an item that is not started itself was to be several words."""
    first, *rest = word.split() or [""]
    if not rest or _TAKES_CODE.fullmatch(before):
        return False
    if _OPTION_AND_VALUE.match(word):
        return True
    if not is_front:
        return False
    if ASSIGNMENT.match(word):
        return any(map(is_starter, rest))
    is_plain = before != "" and not before.startswith("-") and first[:1].isalpha()
    return is_plain and any(_OPTION.match(piece) for piece in rest)


def _one_a_line(line: str) -> str:
    """The words of a line as items of a list."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    listed = ", ".join(f"- {word}" for word in masked_words(words))
    return "one word an item" + (f": {listed}" if len(listed) <= _LONGEST_LISTED else "")


@rule("WBS093", certain=_CERTAIN)
def no_executable(document: Document) -> Iterator[Problem]:
    """A command that starts no program.

    A `command` replaces W&B's own as a whole: `[${args}]` alone makes the agent look for a file
    named `--lr=0.1`. The file that is started comes first, and options of Python's before the
    program. An assignment (`CUDA_VISIBLE_DEVICES=0`) needs `${env}` in front of it.

    Bad:
        program: train.py
        command: ["${args_no_boolean_flags}"]
    Good:
        program: train.py
        command: ["${env}", "${interpreter}", "${program}", "${args_no_boolean_flags}"]
    """
    words = command_words(document.top)
    if not words or is_for_launch(document.top):
        return
    start, whole = start_of(words), "write - ${env}, - ${interpreter}, - ${program} before it"
    path = ("command", start.index) if start.index >= 0 else ("command",)
    shown = format_value(masked_words(words)[start.index]) if start.index >= 0 else ""
    if start.kind is StartKind.ARGUMENT:
        title = f"the command does not start a program: its first word is {shown}"
        yield Problem(path=path, title=title, hint=whole)
    elif start.kind is StartKind.ASSIGNMENT:
        name = f"{words[start.index].partition('=')[0]}=…"
        title = f"the agent looks for a file named {name}"
        hint = "write - ${env} before it"
        if len(words[start.index].split()) > 1:
            hint += f", and {_one_a_line(words[start.index])}"
        yield Problem(path=path, title=title, hint=hint)
    elif start.kind is StartKind.NOTHING and not any(macros_inside(word) for word in words):
        title = "the command does not start a program"
        yield Problem(path=path, title=title, hint=whole.removesuffix(" before it"), at_key=True)
    elif start.kind is StartKind.PYTHON:
        at = python_lacks_program(words, start.index)
        if at is not None:
            title = "Python is started without a program in front of the parameters"
            hint = "write - ${program} before the parameters"
            yield Problem(path=("command", at), title=title, hint=hint)
    else:
        yield from _script_alone(document, start.kind, start.index)


def _script_alone(document: Document, kind: StartKind, index: int) -> Iterator[Problem]:
    """A Python file in the place of the program that is to run it, and in no folder."""
    top, word = document.top, command_words(document.top)[index]
    name = top.get("program") if kind is StartKind.PROGRAM else word
    if kind is StartKind.UNKNOWN or not isinstance(name, str):
        return
    if re.fullmatch(r"[^/\\\s]+\.py", name):
        title = f"{name} is looked for on the PATH, and not in this folder"
        yield Problem(
            path=("command", index),
            title=title,
            hint="write - ${interpreter} before it",
            severity=Severity.WARNING,
            confidence=Confidence.MEDIUM,
        )

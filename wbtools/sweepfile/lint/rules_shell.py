"""Rules about commands written as a shell would read them, or as Python would not."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from wbtools.findings import Severity
from wbtools.sweepfile.agent_command import (
    ARGS_MACROS,
    ENVIRONMENT,
    command_words,
    executable_name,
    is_python,
    is_shell_script,
    is_starter,
    macro_of,
    start_of,
    word_after_options,
)
from wbtools.sweepfile.launch import is_for_launch
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.text.masking import masked_words
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.sweepfile.lint.rule_api import LintedDocument

_SHELLS: Final = frozenset({"bash", "sh", "zsh", "dash", "ksh"})
_READS_WORDS_BY_SHELL: Final = frozenset(
    {
        "ssh", "su", "sudo", "eval", "tmux", "screen", "watch", "parallel", "xargs", "cmd",
        "powershell", "pwsh", "script", "fish", "find",
    }
)  # fmt: skip
"""Programs that may give their arguments to a shell, or have such words themselves."""
_ALWAYS_SYNTAX: Final = re.compile(r"&&|\|\||\d?>&\d|>>|&>")
_SYNTAX: Final = re.compile(r"[|;&<]|(?:\d|&)?>{1,2}(?:\s*[\w./~$-][^\s<>]*)?")
_VARIABLE: Final = re.compile(r"\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})")
_CALL: Final = re.compile(r"\$\(.+\)|`.+`", re.DOTALL)
_HOME: Final = re.compile(r"~(?:/.*)?", re.DOTALL)
_TEXT_FOLLOWS: Final = re.compile(r"-[A-Za-z]*c")
_TAKES_PARAMETERS: Final = re.compile(r"\$(?:[@*#0-9]|\{[@*#0-9])")
_TAKES_FIRST: Final = re.compile(r"\$(?:0|\{0)")
_CODE_OPTION: Final = re.compile(r"-[A-Za-z]*c|/[cC]|--wrap|--command")

_LONGEST: Final = 1000
"""Characters of a word that is looked at for what a shell puts in."""
_MOST_PYTHONS: Final = 20


@rule(
    "WBS096", certain="Python reads the file that its first word names: /usr/bin/env is no program"
)
def python_starts_another_word(document: LintedDocument) -> Iterator[Problem]:
    """Python is given another word to run than the program.

    `${env}` stands for `/usr/bin/env`, and comes first: after `${interpreter}` Python tries to
    read that file as a program. `-m` takes the name of a module, as `pkg.train`; for `-m
    train.py` Python imports `train`, and then finds no module `py` in it.

    Bad:
        program: train.py
        command: ["${interpreter}", "${env}", "${program}", "${args}"]
    Good:
        program: train.py
        command: ["${env}", "${interpreter}", "${program}", "${args}"]
    """
    words = command_words(document.top)
    if is_for_launch(document.top):
        return
    pythons = (index for index, word in enumerate(words) if is_python(word))
    for start in islice(pythons, _MOST_PYTHONS):
        at = word_after_options(words, start)
        if at is None:
            continue
        if words[at] in {"${env}", "${interpreter}"}:
            title = f"Python is to run {words[at]}, and not the program"
            hint = "write - ${env}, - ${interpreter}, - ${program}, in this order"
            severity = None if start_of(words).index == start else Severity.WARNING
            yield Problem(path=("command", at), title=title, hint=hint, severity=severity)
            return
        yield from _file_as_module(document, words, at)


def _file_as_module(document: LintedDocument, words: Sequence[str], at: int) -> Iterator[Problem]:
    """`-m` before the name of a file."""
    word = words[at]
    if word.startswith("-m") and word != "-m":
        target = word.removeprefix("-m")
    elif re.fullmatch(r"-[A-Za-z]*m", word) and at + 1 < len(words):
        at += 1
        target = words[at]
    else:
        return
    name = document.top.get("program") if target == "${program}" else target
    if not isinstance(name, str) or ENVIRONMENT.search(name) or name.split() != [name]:
        return
    if name.endswith(".py") or re.search(r"[/\\]", name):
        module = ".".join(re.split(r"[/\\]+", name.removesuffix(".py").removeprefix("./")))
        module_hint = f"program: {module}" if target == "${program}" else module
        yield Problem(
            path=("command", at),
            title=f"-m takes the name of a module, and {format_value(name)} is a file",
            hint=f"leave -m out, or write {module_hint}",
            severity=Severity.WARNING,
        )


@rule("WBS097", Severity.WARNING)
def shell_syntax(document: LintedDocument) -> Iterator[Problem]:
    """Words that only a shell understands.

    W&B's agent runs no shell: `&&`, `|`, `>` and `$HOME` reach the first program unchanged, as
    arguments. What needs a shell is one text after `bash -c`, with `"$0" "$@"` for the items
    after it. An environment variable is `${envvar:HOME}` in a command. `~/x` as an argument is
    only a note, as some programs expand it themselves.

    Bad:
        program: train.py
        command: [cd, src, "&&", python, "${program}", "${args}"]
    Good:
        program: train.py
        command: [bash, -c, 'cd src && python "$0" "$@"', "${program}", "${args}"]
    """
    words = command_words(document.top)
    if is_for_launch(document.top):
        return
    shown, starts_at = masked_words(words), _program_index(words)
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        name = executable_name(word)
        if name in _READS_WORDS_BY_SHELL:
            return
        if _CODE_OPTION.fullmatch(before) or macro_of(word):
            continue
        path, is_value = ("command", index), before.startswith("-")
        written = format_value(str(shown[index]))
        if _ALWAYS_SYNTAX.fullmatch(word) or (_SYNTAX.fullmatch(word) and not is_value):
            hint = "write one text after bash -c; see `wbtools rule WBS097`"
            yield Problem(path=path, title=f"{written} is passed on: no shell reads it", hint=hint)
            return
        if len(word) > _LONGEST or (word.split() != [word] and not _CALL.fullmatch(word)):
            continue
        variable = _VARIABLE.search(word)
        if variable is not None:
            plain = variable[0].strip("${}")
            hint = f"the agent replaces ${{envvar:{plain}}}, also within a text"
            title = f"{written} is passed on as it is: no shell replaces the variable"
            yield Problem(path=path, title=title, hint=hint)
        elif _CALL.search(word):
            hint = "write one text after bash -c; see `wbtools rule WBS097`"
            yield Problem(path=path, title=f"{written} is passed on: no shell runs it", hint=hint)
        elif _HOME.fullmatch(word):
            yield Problem(
                path=path,
                title=f"{written} is passed on as it is: no shell reads ~ as the home folder",
                hint="write ${envvar:HOME} for ~",
                severity=Severity.INFO if index > starts_at else None,
            )


def _program_index(words: Sequence[str]) -> int:
    """Where the program stands; behind it are its own arguments."""
    return next(
        (k for k, word in enumerate(words) if word == "${program}" or word.endswith(".py")),
        len(words),
    )


@rule("WBS098", Severity.WARNING)
def text_of_a_shell(document: LintedDocument) -> Iterator[Problem]:
    """A text for a shell that loses what comes after it.

    `bash -c TEXT a b` runs the text with `$0` = a and `$1` = b. A text without `"$@"` drops the
    parameters, and one that has it drops the first of them, unless something stands before them
    for `$0`. If the text is `${program}` alone, the shell looks for a program on the PATH.

    Bad:
        program: train.py
        command: [bash, -c, "source env/bin/activate && python train.py", "${args}"]
    Good:
        program: train.py
        command: [bash, -c, 'source env/bin/activate && python "$0" "$@"', "${program}", "${args}"]
    """
    words = command_words(document.top)
    if is_for_launch(document.top):
        return
    shells = (k for k, word in enumerate(words) if executable_name(word) in _SHELLS)
    shell = next(shells, len(words))
    at = next(
        (k + 1 for k in range(shell + 1, len(words)) if _TEXT_FOLLOWS.fullmatch(words[k])),
        len(words),
    )
    passed = [k for k in range(at + 1, len(words)) if macro_of(words[k]) in ARGS_MACROS]
    if not passed or any(not word.startswith("-") for word in words[shell + 1 : at - 1]):
        return
    text, path = words[at], ("command", at)
    hint = """write the text as 'python "$0" "$@"', and ${program} as the item after it"""
    if text in {"${program}", "${interpreter}"}:
        yield Problem(
            path=path, title=f"the shell runs {text} alone, without parameters", hint=hint
        )
    elif "${" in text or not _starts_program(text) or document.programs.reads_config:
        return
    elif not _TAKES_PARAMETERS.search(text):
        title = 'the shell\'s text has no "$@", so that the parameters are lost'
        yield Problem(path=path, title=title, hint=hint)
    elif passed[0] == at + 1 and not _TAKES_FIRST.search(text):
        title = "the first parameter becomes the shell's $0, and is lost"
        yield Problem(
            path=path, title=title, hint="write an item such as - _ before the parameters"
        )


def _starts_program(text: str) -> bool:
    """Whether a shell's text starts a program itself: a script that it sources gets `$@` anyway."""
    return any(is_starter(piece) and not is_shell_script(piece) for piece in text.split())

"""What `--program` names: a file, a module, or a whole command line that starts one of these.

W&B's agent runs `program` as one word, so that options and launchers belong into `command`.
Source: `wandb/wandb_agent.py` of SDK 0.31, `DEFAULT_SWEEP_COMMAND` and `_command_run`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.sweepfile.agent_command import (
    ASSIGNMENT,
    LAUNCHERS,
    is_env_program,
    is_launcher,
    is_python,
    is_shell_script,
    module_places,
    starts_another,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLAIN_PYTHON: Final = frozenset({"python", "python.exe"})
"""What the agent puts in the place of `${interpreter}`."""
_SHELL_SIGNS: Final = re.compile(r"[|&;<>`]|\$(?!\{envvar:)|\A~")
_NOT_A_FILE: Final = re.compile(r"\.py:")
_EXAMPLES: Final = (
    "such as train.py, 'train.py --amp', '-m pkg.train' or 'torchrun --nproc_per_node=4 train.py'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramWords:
    """A program and the words that start it.

    Attributes:
        program: For the sweep file's `program`.
        command: For its `command`, without the macro of the arguments.
        is_plain: Whether W&B's default command, or a template's, starts it.
    """

    program: str
    command: tuple[str, ...] = ("${env}", "${interpreter}", "${program}")
    is_plain: bool = False


def program_words(text: str, *, exists: Callable[[str], bool]) -> ProgramWords:
    """Take a program apart as a POSIX shell would.

    `python` becomes `${interpreter}`; any other launcher stays in front of the program as it is.
    A file of that very name stays one word, whatever spaces it has.

    Args:
        text: What the user typed.
        exists: Whether there is such a file.

    Raises:
        UsageError: No program is found in it, or only a shell could run it.
    """
    if exists(text) or (text.strip() and len(text.split()) == 1):
        words = [text if exists(text) else text.strip()]
    else:
        words = _split(text)
    is_here = len(words) == 1 and exists(words[0])
    shell = next((word for word in words if _SHELL_SIGNS.search(word) and not is_here), None)
    if shell is not None:
        msg = f"--program {text!r} needs a shell for {shell!r}, and W&B's agent starts none"
        hint = "put the line into a script, and name that: --program run.sh"
        if len(words) == 1:
            hint = "write the path as it is, without ~ and variables"
        raise UsageError(msg, hint)
    return _alone(words[0]) if len(words) == 1 else _started(words, text, exists)


def _split(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        msg = f"--program {text!r} cannot be split into words: {error}"
        raise UsageError(msg, _EXAMPLES) from None
    if not words or not all(words):
        msg = "--program is empty"
        raise UsageError(msg, _EXAMPLES)
    return words


def _alone(word: str) -> ProgramWords:
    if word.startswith("-") or word in LAUNCHERS or is_python(word):
        msg = f"--program {word!r} names no program"
        raise UsageError(msg, _EXAMPLES)
    if word.endswith(".ipynb"):
        msg = f"--program {word!r} is a notebook, which W&B's agent cannot start"
        raise UsageError(msg, "make a program of it: jupyter nbconvert --to script")
    if _NOT_A_FILE.search(word):
        msg = f"--program {word!r} names something in a file, and Python starts whole files"
        raise UsageError(msg, _EXAMPLES)
    if is_shell_script(word):
        return ProgramWords(program=word, command=("${env}", "bash", "${program}"))
    return ProgramWords(program=word, is_plain=True)


def _started(words: Sequence[str], text: str, exists: Callable[[str], bool]) -> ProgramWords:
    """A program among other words."""
    at = next((k for k, word in enumerate(words) if _is_module(words, k)), len(words))
    file_at = next((k for k, word in enumerate(words) if _is_file(word, exists)), len(words))
    if file_at < at:
        before, program, macro = words[:file_at], words[file_at], ["${program}"]
        after = words[file_at + 1 :]
    elif at + 1 < len(words):
        before, module = words[:at], words[at + 1]
        program, macro = _file_of(module, exists), ["-m", module]
        after = words[at + 2 :]
    else:
        msg = f"--program {text!r} names no program that Python could run"
        raise UsageError(msg, _EXAMPLES)
    return ProgramWords(
        program=program, command=("${env}", *_front(before, program, text), *macro, *after)
    )


def _front(before: Sequence[str], program: str, text: str) -> list[str]:
    """What stands in front of the program: environment, launcher, interpreter."""
    n = next((k for k, word in enumerate(before) if not ASSIGNMENT.match(word)), len(before))
    assigned, rest = list(before[:n]), list(before[n:])
    if rest and is_env_program(rest[0]) and not "".join(rest[1:2]).startswith("-"):
        return _front([*assigned, *rest[1:]], program, text)
    if not rest:
        runner = "bash" if is_shell_script(program) else "${interpreter}"
        return [*assigned, runner]
    if rest[0] in _PLAIN_PYTHON:
        return [*assigned, "${interpreter}", *rest[1:]]
    if rest[0].startswith("-"):
        return [*assigned, "${interpreter}", *rest]
    if not is_launcher(rest[0]) and not is_python(rest[0]):
        msg = (
            f"--program {text!r} may be a file of that name, or start with the command {rest[0]!r}"
        )
        hint = (
            f"for a file write --program {shlex.quote(shlex.quote(text))}; for a command write it "
            "with --set 'command=[…]'"
        )
        raise UsageError(msg, hint)
    return [*assigned, *rest]


def _is_module(words: Sequence[str], k: int) -> bool:
    """Whether `-m` stands there, and the module after it is the program and starts no other."""
    if words[k] != "-m":
        return False
    starts = any(map(starts_another, words[k + 1 : k + 2]))
    return not (starts and any(word.endswith(".py") for word in words[k + 2 :]))


def _is_file(word: str, exists: Callable[[str], bool]) -> bool:
    if word.startswith("-") or is_python(word) or is_launcher(word):
        return False
    return word.endswith(".py") or is_shell_script(word) or exists(word)


def _file_of(module: str, exists: Callable[[str], bool]) -> str:
    """The file of a module, where it lies here; else the module's name, which nothing runs."""
    return next((name for name in module_places(module) if exists(name)), module)

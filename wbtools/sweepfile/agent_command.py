"""What W&B's agent makes of a sweep file's `command`: a list of words, and no shell.

An item is one word, whatever spaces it has. An item that is a macro as a whole is replaced by the
words that it stands for, or left out if the agent does not know it; `${envvar:NAME}` is replaced
within a text, too. Source: `_command_run` of wandb/wandb_agent.py and `create_sweep_command` of
wandb/sdk/launch/sweeps/utils.py (SDK 0.31).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ARGS_MACROS: Final = (
    "args", "args_no_equals", "args_no_hyphens", "args_no_boolean_flags", "args_json",
    "args_json_file", "args_append_hydra", "args_override_hydra",
)  # fmt: skip
MACROS: Final = ("env", "interpreter", "program", *ARGS_MACROS)
LAUNCHERS: Final = frozenset(
    {
        "accelerate", "torchrun", "deepspeed", "horovodrun", "mpirun", "mpiexec", "srun", "ray",
        "composer", "fabric", "lightning", "uv", "poetry", "pdm", "pipenv", "hatch", "conda",
        "mamba", "micromamba", "pixi", "env", "nohup", "nice", "xvfb-run", "bash", "sh",
        "singularity", "apptainer", "docker", "taskset", "numactl", "timeout", "stdbuf", "uvx",
        "streamlit",
    }
)  # fmt: skip
"""Programs that start another one."""
ENVIRONMENT: Final = re.compile(r"\$\{envvar:[A-Z0-9_]*\}")
"""Replaced wherever it stands, by the variable or, where it is not set, by its name."""
_SET: Final = re.compile(r"(?:^|[\s;&|(])([\w.-]+)=")
_INSIDE: Final = re.compile(r"\$\{([\w.-]+)\}")
_PYTHON: Final = re.compile(r"(?:.*[/\\])?(?:python|pypy)[\d.]*w?(?:\.exe)?", re.DOTALL)
_SHELL_SCRIPT: Final = re.compile(r".*\.(?:sh|bash|zsh|slurm|sbatch)", re.DOTALL)
_STARTING_MODULES: Final = (
    "torch.distributed", "accelerate", "deepspeed", "horovod", "ray", "mpi4py",
)  # fmt: skip
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_ENV_FLAG: Final = re.compile(
    r"-i?|-0|-v|--(?:ignore-environment|null|debug|list-signal-handling)"
    r"|--(?:unset|chdir|argv0|(?:block|default|ignore)-signal)(?:=.*)?|-[uCP].*",
    re.DOTALL,
)
_ENV_WITH_VALUE: Final = ("-u", "-C", "-P", "--unset", "--chdir")
_PYTHON_WITH_VALUE: Final = ("-X", "-W", "--check-hash-based-pycs")
_PYTHON_ALONE: Final = ("-h", "-V", "-VV", "--help", "--version", "-?")
_STARTS_CODE: Final = re.compile(r"-[A-Za-z]*[mc]")


class StartKind(StrEnum):
    """What stands where the agent looks for a file to start."""

    PYTHON = "Python"
    PROGRAM = "the program"
    WORD = "a word"
    ARGUMENT = "an argument"
    ASSIGNMENT = "an assignment"
    NOTHING = "nothing"
    UNKNOWN = "unknown"
    """Something that only the environment says, or that the agent leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStart:
    """Where a command begins to start something.

    Attributes:
        index: The item's place; -1 where there is none.
    """

    kind: StartKind
    index: int


def command_words(top: Mapping[object, object]) -> tuple[str, ...]:
    """A file's command as the agent reads it; empty where W&B's own takes its place."""
    command = top.get("command")
    return tuple(map(str, command)) if isinstance(command, list) else ()


def macro_of(word: str) -> str | None:
    """The name within an item that the agent takes for a macro as a whole, or None."""
    return word[2:-1] if word.startswith("${") and word.endswith("}") else None


def macros_inside(word: str, names: Collection[str] = MACROS) -> list[str]:
    """Macros within a longer text, where the agent does not replace them.

    A shell's text that sets a variable of that name itself means its own.

    Args:
        word: An item of the command.
        names: What macros are looked for.
    """
    if macro_of(word) in names:
        return []
    own = frozenset(_SET.findall(word))
    found = dict.fromkeys(_INSIDE.findall(word))
    return [name for name in found if name in names and name not in own]


def passes_parameters(words: Sequence[str]) -> bool:
    """Whether a macro for the parameters is in a command, even if it is in the wrong place."""
    return any(f"${{{name}}}" in word for word in words for name in ARGS_MACROS)


def starts_program(words: Sequence[str]) -> bool:
    """Whether a command takes the file's `program`; W&B's own, without words, does."""
    return not words or any("${program}" in word for word in words)


def start_of(words: Sequence[str]) -> CommandStart:
    """Find what the agent starts.

    Args:
        words: Of a command that is not empty.
    """
    is_env, index = False, 0
    while index < len(words):
        word = words[index]
        kind = _kind(word, is_env=is_env)
        if kind is not None:
            return CommandStart(kind=kind, index=index)
        is_env = is_env or word == "${env}" or is_env_program(word)
        index += 1 + (word in _ENV_WITH_VALUE)
    return CommandStart(kind=StartKind.NOTHING, index=-1)


def _kind(word: str, *, is_env: bool) -> StartKind | None:
    """What a word is that may be started; None where the agent or `env` goes on to the next."""
    macro = macro_of(word)
    if ENVIRONMENT.search(word) or (is_env and word.startswith(("-S", "--split-string"))):
        return StartKind.UNKNOWN
    if macro is not None:
        return _kind_of_macro(macro, is_env=is_env)
    if is_env and ASSIGNMENT.match(word):
        return StartKind.UNKNOWN if any(map(is_starter, word.split()[1:])) else None
    if is_env_program(word) or (is_env and _ENV_FLAG.fullmatch(word)):
        return None
    if word.startswith("-"):
        return StartKind.ARGUMENT
    if ASSIGNMENT.match(word):
        return StartKind.ASSIGNMENT
    return StartKind.PYTHON if is_python(word) else StartKind.WORD


def _kind_of_macro(macro: str, *, is_env: bool) -> StartKind | None:
    if macro in ARGS_MACROS:
        # `env lr=0.1 python …` sets variables.
        return None if is_env and macro == "args_no_hyphens" else StartKind.ARGUMENT
    starts = {"interpreter": StartKind.PYTHON, "program": StartKind.PROGRAM}
    return None if macro == "env" else starts.get(macro, StartKind.UNKNOWN)


def python_lacks_program(words: Sequence[str], start: int) -> int | None:
    """Where Python meets the parameters instead of a program, or the last item; None: it does not.

    Args:
        words: Of the command.
        start: Where Python stands among them.
    """
    index = start + 1
    while index < len(words):
        word, macro = words[index], macro_of(words[index])
        if macro in ARGS_MACROS:
            return index
        if macro is not None or not word.startswith("-") or ENVIRONMENT.search(word):
            return None
        if word in {"-", *_PYTHON_ALONE} or _STARTS_CODE.match(word):
            return None
        if word.startswith("--") and word not in _PYTHON_WITH_VALUE:
            return index
        index += 1 + (word in _PYTHON_WITH_VALUE)
    return len(words) - 1


def word_after_options(words: Sequence[str], start: int) -> int | None:
    """The place of the file that Python runs, or of its `-m` or `-c`; None if there is neither.

    Args:
        words: Of the command.
        start: Where Python stands among them.
    """
    index = start + 1
    while index < len(words):
        word = words[index]
        if not word.startswith("-") or word == "-" or _STARTS_CODE.match(word):
            return index
        index += 1 + (word in _PYTHON_WITH_VALUE)
    return None


def starts_nothing(words: Sequence[str]) -> bool:
    """Whether a command certainly starts no program.

    Args:
        words: Of a command that is not empty.
    """
    start = start_of(words)
    if start.kind is StartKind.PYTHON:
        return python_lacks_program(words, start.index) is not None
    return start.kind in {StartKind.ARGUMENT, StartKind.ASSIGNMENT, StartKind.NOTHING}


def is_python(word: str) -> bool:
    """Whether a word starts Python."""
    return word == "${interpreter}" or _PYTHON.fullmatch(word) is not None


def executable_name(word: str) -> str:
    """What a file that is started is called, without its folder."""
    return re.split(r"[/\\]", word)[-1].removesuffix(".exe")


def is_env_program(word: str) -> bool:
    """Whether a word is the program `env`, which starts another one."""
    return "=" not in word and executable_name(word) == "env"


def is_launcher(word: str) -> bool:
    """Whether a word is a known program that starts another one, wherever it lies."""
    return executable_name(word) in LAUNCHERS


def is_shell_script(word: str) -> bool:
    """Whether a word is a script that a shell runs."""
    return _SHELL_SCRIPT.fullmatch(word) is not None


def is_starter(word: str) -> bool:
    """Whether a word starts Python, another program, or is a script itself."""
    return is_python(word) or word in LAUNCHERS or word.endswith(".py") or is_shell_script(word)


def starts_another(module: str) -> bool:
    """Whether a module of Python, started with `-m`, starts another program."""
    return any(module == name or module.startswith(f"{name}.") for name in _STARTING_MODULES)


def module_places(name: str) -> tuple[str, ...]:
    """Where a module's file lies in the folder from which Python finds it, then in its `src/`.

    In `src/` Python finds it only if its project is installed.
    """
    path = name.replace(".", "/")
    return tuple(f"{root}{path}{end}" for root in ("", "src/") for end in (".py", "/__main__.py"))

"""Lines that a user gives for a job: options of sbatch, and what bash does before the work."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import Final

from wbtools.errors import UsageError

_OPTION: Final = re.compile(
    r"--(?P<long>[a-z][a-z0-9-]*)(?:[= ](?P<value>.*))?|-(?P<short>[A-Za-z])(?!-)(?P<rest>.*)"
)
_LONG_OF_SHORT: Final = {
    "A": "account",
    "a": "array",
    "c": "cpus-per-task",
    "e": "error",
    "G": "gpus",
    "J": "job-name",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
}
GPU_OPTIONS: Final = frozenset({"gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"})
MEMORY_OPTIONS: Final = frozenset({"mem", "mem-per-cpu", "mem-per-gpu"})
_PLAIN_COMMAND: Final = re.compile(r"[\w./:=@%+,~$ -]+", re.ASCII)
_RESERVED: Final = frozenset(
    {"case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in"}
    | {"select", "then", "time", "until", "while"}
)
_ENDS_OF: Final = (
    (("if",), "fi"),
    (("case",), "esac"),
    (("for", "while", "until", "select"), "done"),
    (("{",), "}"),
)
_QUOTED: Final = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_SHORTEST_BEGINNING: Final = 2
_LONG_NAMES: Final = tuple(
    dict.fromkeys(
        [*_LONG_OF_SHORT.values(), *sorted(GPU_OPTIONS), *sorted(MEMORY_OPTIONS), "open-mode"]
    )
)
"""Those that other options of ours say too; sbatch takes the beginning of a name for the name."""


def directive_name(line: str) -> str:
    """The long name of an option of sbatch, such as `partition` of `-p gpu` or `--part=gpu`."""
    option = _OPTION.fullmatch(line)
    if option is None:
        return ""
    name = option["long"] or _LONG_OF_SHORT.get(option["short"], option["short"])
    if name in _LONG_NAMES or len(name) < _SHORTEST_BEGINNING:
        return name
    return next((long for long in _LONG_NAMES if long.startswith(name)), name)


def directive_value(line: str) -> str:
    """The value of an option of sbatch, without quotes; nothing where it has none."""
    option = _OPTION.fullmatch(line)
    value = "" if option is None else option["value"] or option["rest"] or ""
    return "".join(shlex.split(value)[:1])


def script_directive(line: str) -> str:
    """An option as sbatch reads it from a script: a value with spaces or `#` in quotes."""
    name, equals, value = line.partition("=")
    is_bare = not any(character in line for character in "\"'\\")
    if equals and is_bare and not name.count(" ") and re.search(r"[\s#]", value):
        return f'{name}="{value}"'
    return line


def is_one_option(line: str) -> bool:
    """Whether a line is one option, with or without a value."""
    if not line.isprintable() or not _OPTION.fullmatch(line):
        return False
    try:
        first, *rest = shlex.split(script_directive(line))
    except ValueError:
        return False
    has_value = "=" in first if first.startswith("--") else len(first) > len("-p")
    return not rest or (len(rest) == 1 and not has_value and not rest[0].startswith("-"))


def check_setup(line: str) -> None:
    """Refuse what is no line of bash that is complete in itself.

    Raises:
        UsageError: It is none.
    """
    if not line.strip() or not line.isprintable():
        msg = f"--setup {line!r} is not a line of a shell script"
        raise UsageError(msg, "give one line; repeat --setup for more")
    if line.lstrip().startswith("#SBATCH"):
        msg = f"--setup {line!r} comes too late for sbatch"
        raise UsageError(msg, "pass it as --sbatch=OPTION")
    if not _is_whole(line):
        msg = f"--setup {line!r} is incomplete: it would go on in the next line"
        raise UsageError(msg, "put what takes several lines into a file, as --setup 'source FILE'")


def _is_whole(line: str) -> bool:
    """Whether a line of bash ends what it begins; in doubt it does (see `script_line`)."""
    if re.search(r"(?<!<)<<(?!<)", line):  # a here-document
        return False
    try:
        shlex.split(line, comments=True)
    except ValueError:
        return False
    bare = re.sub(r"(^|\s)#.*", "", _QUOTED.sub("''", line)).rstrip()
    words = Counter(re.split(r"[\s;&|]+", bare))
    return (
        not bare.endswith(("&&", "|", "\\"))
        and bare.count("(") <= bare.count(")")
        and all(sum(words[word] for word in begins) <= words[end] for begins, end in _ENDS_OF)
    )


def script_line(line: str) -> str:
    """A line of the user as it stands in a script, where it cannot take in what follows.

    What is more than a plain command is evaluated by itself: if it is not complete, it fails.
    """
    is_plain = _PLAIN_COMMAND.fullmatch(line) and not _RESERVED & {*line.split()}
    return line if is_plain else f"eval {shlex.quote(line)}"

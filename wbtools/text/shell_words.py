"""Command lines that can be pasted into a shell, whatever the words in them hold."""

from __future__ import annotations

import os
import shlex
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_HARMLESS = frozenset(string.ascii_letters + string.digits + " -_./:,=@%+#")


def command_line(words: list[str]) -> str:
    """The words as one line for a POSIX shell with ANSI-C quoting (bash, zsh, ksh, busybox).

    Words with control characters, or with bytes that are no text, are written as `$'…'`, so that
    the line moves no cursor and is still exactly that word when it is pasted.
    """
    return " ".join(_quoted(word) for word in words)


def archive_words(archive: Path | None, *, offline: bool = False) -> list[str]:
    """The options by which the next command works on what this one worked on."""
    words = [] if archive is None else option("archive", str(archive))
    return [*words, "--offline"] if offline else words


def file_word(path: Path) -> str:
    """A file as one word of a command that does not take it for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def next_command(
    command: str, sweep: str | None, given: Mapping[str, object], where: Sequence[str] = ()
) -> str:
    """A whole command of ours about a sweep, ready to paste.

    Args:
        command: Such as `replicate`.
        sweep: As the user called it; None for a command that takes none.
        given: Values by option, `_` for `-`; None for those that are left out, a list for one that
            is repeated.
        where: From `archive_words`.
    """
    words = [
        word
        for name, value in given.items()
        if value is not None
        for each in (value if isinstance(value, list) else [value])
        for word in option(name, str(each))
    ]
    words += where
    if sweep is not None:
        words = [*words, "--", sweep] if sweep.startswith("-") else [sweep, *words]
    return command_line(["wbtools", command, *words])


def option(name: str, value: str) -> list[str]:
    """An option with its value: two words, unless the value could be taken for an option."""
    flag = f"--{name.replace('_', '-')}"
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    escaped = "".join(
        chr(byte) if chr(byte) in _HARMLESS else f"\\x{byte:02x}"
        for byte in os.fsencode(word)
        if byte
    )
    return f"$'{escaped}'"

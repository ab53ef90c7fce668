"""What a command really starts, and the launcher in front of a program that may start sweeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.replication.command import RecordedLaunch
from wbtools.replication.styles import Style
from wbtools.replication.wandb_launcher import LAUNCHER
from wbtools.replication.words import literal_word
from wbtools.sweepfile.agent_command import (
    ASSIGNMENT,
    is_env_program,
    is_python,
    starts_another,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.replication.command import Launch, Piece

_WITH_VALUE: Final = frozenset("WX")


def python_program(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """The words of the program that Python starts in a command; () where it is not Python.

    A module is two words, `-m` and its name, also where it was written as one, `-mpkg`.
    """
    words = _with_module_apart(pieces)
    at = _place(words)
    if at is None:
        return ()
    first = _text(words[at])
    return (first, _text(words[at + 1])) if first == "-m" else (first,)


def other_programs(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Python's files that another program starts, such as torchrun, as far as words show it."""
    started = python_program(pieces)
    texts = map(_text, pieces)
    return tuple(text for text in texts if text.endswith(".py") and text not in started)


def with_launcher(launch: Launch, values: Mapping[str, object]) -> Launch | None:
    """The same with the launcher in front of its program, under which no sweep is started.

    None where that does not reach the program: another one starts it, in a process of its own.

    Args:
        launch: The command.
        values: The configuration that W&B hands over, should the program ask for it.
    """
    pieces = _with_module_apart(launch.pieces)
    at = _place(pieces)
    if at is None or _starts_another(python_program(pieces), pieces):
        return None
    return replace(
        launch,
        pieces=(*pieces[:at], literal_word("-c"), literal_word(LAUNCHER), *pieces[at:]),
        values=values if launch.is_recorded else launch.values,
        by_config=Style.JSON_FILE not in pieces,
    )


def own_words(launch: Launch) -> tuple[str, ...]:
    """The words that stand in the command itself, without arguments of the run."""
    return tuple(text for text in map(_text, _with_module_apart(launch.pieces)) if text)


def has_launcher(launch: Launch) -> bool:
    """Whether the launcher stands in front of the program."""
    return literal_word(LAUNCHER) in launch.pieces


def executable(launch: Launch) -> str | None:
    """The word that is to start a program, after `env` and its assignments, without a value.

    None where arguments stand in its place.
    """
    pieces = list(launch.pieces)
    if pieces and is_env_program(_text(pieces[0])):
        del pieces[0]
        while pieces and ASSIGNMENT.match(_text(pieces[0])):
            del pieces[0]
    if not pieces or isinstance(pieces[0], Style | RecordedLaunch):
        return None
    text = _text(pieces[0])
    return text.partition("=")[0] if text.startswith("-") else text


def _starts_another(program: tuple[str, ...], pieces: Sequence[Piece]) -> bool:
    """Whether a module of Python starts another program, as far as words show it."""
    if program[0] != "-m":
        return False
    return starts_another(program[1]) or bool(other_programs(pieces))


def _place(pieces: Sequence[Piece]) -> int | None:
    """Where the program of the first Python among the words stands."""
    at = _after_python(pieces)
    while at < len(pieces):
        text = _text(pieces[at])
        if text == "-m":
            return at if at + 1 < len(pieces) and _text(pieces[at + 1]) else None
        if not text.startswith("-"):
            return at if text else None
        option, value = _short_option(text)
        if option in {"", "c", "m"}:  # the program is stdin, a text, or unknown
            return None
        at += 2 if option in _WITH_VALUE and not value else 1
    return None


def _with_module_apart(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The same with `-m` as a word of its own where Python got it in one, as `-mpkg`, `-um`."""
    at = _after_python(pieces)
    while at < len(pieces):
        text = _text(pieces[at])
        option, value = _short_option(text)
        if not text.startswith("-") or option in {"", "c"} or text == "-m":
            break
        if option == "m":
            before = text[1 : len(text) - len(value) - 1]
            apart = [*([f"-{before}"] if before else []), "-m", *([value] if value else [])]
            return (*pieces[:at], *map(literal_word, apart), *pieces[at + 1 :])
        at += 2 if option in _WITH_VALUE and not value else 1
    return tuple(pieces)


def _after_python(pieces: Sequence[Piece]) -> int:
    found = [k for k, piece in enumerate(pieces) if is_python(_text(piece))]
    return found[0] + 1 if found else len(pieces)


def _short_option(text: str) -> tuple[str, str]:
    """The letter among Python's options that takes what follows, and what follows in the word.

    The last letter where none takes anything; "-" for a long option, "" for no option's letter.
    """
    if text.startswith("--"):
        return "-", ""
    letters = text[1:]
    for k, letter in enumerate(letters):
        if letter in _WITH_VALUE or letter in {"c", "m"}:
            return letter, letters[k + 1 :]
    return letters[-1:], ""


def _text(piece: Piece) -> str:
    """A word's text; "" for places that arguments fill, and for what is not known yet."""
    if isinstance(piece, Style | RecordedLaunch):
        return ""
    texts = [part for part in piece if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(piece) else ""

"""What a command really starts, and the launcher in front of a program that may start sweeps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.replication.launch import Recorded
from wbtools.replication.launcher import LAUNCHER
from wbtools.replication.styles import Style
from wbtools.replication.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.replication.launch import Launch, Piece

_PYTHON: Final = re.compile(r"(?:.*[/\\])?python[\d.]*w?(?:\.exe)?", re.DOTALL)
_ENV: Final = re.compile(r"(?:.*/)?env", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_WITH_VALUE: Final = frozenset({"-W", "-X"})


def python_program(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """The words of the program that Python starts in a command; () where it is not Python.

    A module is two words, `-m` and its name.
    """
    at = _place(pieces)
    if at is None:
        return ()
    first = _text(pieces[at])
    return (first, _text(pieces[at + 1])) if first == "-m" else (first,)


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
    at = _place(launch.pieces)
    if at is None or (_text(launch.pieces[at]) == "-m" and other_programs(launch.pieces)):
        return None
    return replace(
        launch,
        pieces=(*launch.pieces[:at], plain("-c"), plain(LAUNCHER), *launch.pieces[at:]),
        values=values if launch.is_recorded else launch.values,
        by_config=Style.JSON_FILE not in launch.pieces,
    )


def has_launcher(launch: Launch) -> bool:
    """Whether the launcher stands in front of the program."""
    return plain(LAUNCHER) in launch.pieces


def executable(launch: Launch) -> str | None:
    """The word that is to start a program, after `env` and its assignments, without a value.

    None where arguments stand in its place.
    """
    pieces = list(launch.pieces)
    if pieces and _ENV.fullmatch(_text(pieces[0])):
        del pieces[0]
        while pieces and _ASSIGNMENT.fullmatch(_text(pieces[0])):
            del pieces[0]
    if not pieces or isinstance(pieces[0], Style | Recorded):
        return None
    text = _text(pieces[0])
    return text.partition("=")[0] if text.startswith("-") else text


def _place(pieces: Sequence[Piece]) -> int | None:
    """Where the program of the first Python among the words stands."""
    found = [k for k, piece in enumerate(pieces) if _PYTHON.fullmatch(_text(piece))]
    at = found[0] + 1 if found else len(pieces)
    while at < len(pieces):
        text = _text(pieces[at])
        if text == "-m":
            return at if at + 1 < len(pieces) else None
        if text in _WITH_VALUE:
            at += 1
        elif not text.startswith("-"):
            return at if text else None
        elif text == "-c":
            return None
        at += 1
    return None


def _text(piece: Piece) -> str:
    """A word's text; "" for places that arguments fill, and for what is not known yet."""
    if isinstance(piece, Style | Recorded):
        return ""
    texts = [part for part in piece if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(piece) else ""

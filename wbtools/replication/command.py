"""How to start a run's program again: the best evidence, and what had to be guessed.

In this order: the sweep's own `command` with its macros (W&B's default where the sweep file names
a program only), the program and arguments in the run's metadata, the configuration alone. A start
without any of the sweep's parameters is none of these: a launcher hands the configuration over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.replication.recorded_arguments import (
    Argument,
    read_arguments,
    recorded_words,
    style_of,
    with_value,
)
from wbtools.replication.styles import Style, words_of
from wbtools.replication.wandb_launcher import LAUNCHER
from wbtools.replication.words import Variable, Word, joined, literal_word, secret_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.model import LaunchRecord
    from wbtools.sweepfile.spec import SweepSpec

DEFAULT_COMMAND: Final = ("${env}", "${interpreter}", "${program}", "${args}")
STYLE_OF_MACRO: Final = {
    "${args}": Style.ARGPARSE,
    "${args_no_equals}": Style.SPACED,
    "${args_no_boolean_flags}": Style.FLAGS,
    "${args_no_hyphens}": Style.HYDRA,
    "${args_append_hydra}": Style.HYDRA_APPEND,
    "${args_override_hydra}": Style.HYDRA_OVERRIDE,
    "${args_json}": Style.JSON,
    "${args_json_file}": Style.JSON_FILE,
}
_ENVIRONMENT_VARIABLE: Final = re.compile(r"\$\{envvar:([A-Z_][A-Z0-9_]*)\}")
_INTERPRETER: Final = "python"


@dataclass(frozen=True, slots=True)
class RecordedLaunch:
    """The place of a command where the recorded arguments stand."""


Piece = Word | Style | RecordedLaunch


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a program is started.

    Attributes:
        pieces: Words, and the places that arguments fill.
        values: The configuration that the arguments say, by name; also the one that W&B hands
            over, where `by_config` is true.
        arguments: Recorded ones, where they are kept word by word.
        program: The program's place among the words, or None where there is no program.
        style: In which arguments are added.
        source: In words, where the command was read.
        guesses: In words, what was guessed.
        by_config: Whether the program gets its configuration from W&B and not from arguments.
    """

    pieces: tuple[Piece, ...]
    values: Mapping[str, object]
    arguments: tuple[Argument, ...] = ()
    program: tuple[str, ...] | None
    style: Style
    source: str
    guesses: tuple[str, ...] = ()
    by_config: bool = False

    @property
    def is_recorded(self) -> bool:
        """Whether the arguments are the recorded ones."""
        return any(isinstance(piece, RecordedLaunch) for piece in self.pieces)

    def words(self) -> tuple[Word, ...]:
        """The whole command.

        Raises:
            DataError: A name or a value cannot be said in the program's style.
        """
        out: list[Word] = []
        for piece in self.pieces:
            if isinstance(piece, Style):
                out += words_of(piece, self.values)
            elif isinstance(piece, RecordedLaunch):
                out += recorded_words(self.arguments)
            else:
                out.append(piece)
        return tuple(out)

    def with_value(self, name: str, value: object) -> Launch:
        """The same with one value changed or added."""
        launch = replace(self, values=_nested_set(self.values, name, value))
        if not self.is_recorded:
            return launch
        changed, was_there = with_value(self.arguments, name, value, self.style)
        if self.by_config and not was_there:
            return launch
        return replace(launch, arguments=changed)

    def without(self, name: str) -> Launch:
        """The same without one value."""
        values = {key: value for key, value in self.values.items() if key != name}
        arguments = tuple(argument for argument in self.arguments if not argument.sets(name))
        return replace(self, values=values, arguments=arguments)

    def needs_file(self) -> bool:
        """Whether the script has to write the configuration into a file."""
        return self.by_config or Style.JSON_FILE in self.pieces


def _nested_set(values: Mapping[str, object], name: str, value: object) -> dict[str, object]:
    """Set a dotted name: in the nested mapping that has it, else at the top."""
    top, dot, rest = name.partition(".")
    inside = values.get(top)
    if name not in values and dot and isinstance(inside, dict):
        return {**values, top: _nested_set(inside, rest, value)}
    return {**values, name: value}


def program_words(program: str) -> tuple[str, ...]:
    """A recorded program as words: `-m pkg.mod` is two, a Windows path gets slashes."""
    text = program.strip()
    if text.startswith("-m"):
        return ("-m", text.removeprefix("-m").strip())
    return (_posix(text),)


def program_places(record: LaunchRecord) -> tuple[str, ...]:
    """Where a recorded program may lie in the present folder, the likeliest first.

    An absolute path is usually one of another machine: the path from the root of the repository
    comes next, then what is left of it as folders are taken away from its beginning.
    """
    if record.program is None:
        return ()
    (first, *_) = words = program_words(record.program)
    if len(words) > 1:
        return ()
    code_path = [_posix(record.code_path)] if record.code_path else []
    parts = PureWindowsPath(first).parts
    if not PureWindowsPath(first).drive and not first.startswith("/"):
        return tuple(dict.fromkeys((first, *code_path)))
    shorter = ["/".join(parts[k:]) for k in range(1, len(parts))]
    return tuple(dict.fromkeys((first, *code_path, *shorter)))


def unfound_program(record: LaunchRecord) -> str:
    """What to call a program that lies nowhere here: as it is called in its repository."""
    (first, *_) = places = program_places(record)
    if record.code_path:
        return _posix(record.code_path)
    return places[-1] if len(places) > 1 else first


def _posix(path: str) -> str:
    looks_windows = "\\" in path and ("/" not in path or PureWindowsPath(path).drive)
    return path.replace("\\", "/") if looks_windows else path


def launch_from_sweep(
    spec: SweepSpec, program: tuple[str, ...] | None, values: Mapping[str, object], source: str
) -> Launch:
    """By the sweep's own command.

    Args:
        spec: With a command or a program.
        program: Its words.
        values: The sweep's parameters as the agent had them.
        source: In words, where the sweep's file was read.

    Raises:
        UsageError: The command names a program and there is none.
    """
    command = spec.command or DEFAULT_COMMAND
    pieces: list[Piece] = []
    for place, word in enumerate(command):
        if word == "${env}":
            pieces.append(literal_word("/usr/bin/env"))
        elif word == "${interpreter}":
            pieces.append(literal_word(_INTERPRETER))
        elif word == "${program}":
            if program is None:
                msg = "the sweep's command starts a program whose name is not recorded"
                raise UsageError(msg, "pass --program")
            is_module = pieces[-1:] == [literal_word("-m")] and program[0] == "-m"
            pieces += map(literal_word, program[1:] if is_module else program)
        elif word in STYLE_OF_MACRO:
            pieces.append(STYLE_OF_MACRO[word])
        else:
            pieces.append(_with_variables(word, place))
    styles = [piece for piece in pieces if isinstance(piece, Style)]
    written = "its command" if spec.command else "its program, started as W&B's agent does"
    return Launch(
        pieces=tuple(pieces),
        values=values,
        program=program,
        style=styles[0] if styles else Style.CONFIG,
        source=f"{source}: {written}",
        by_config=not styles,
    )


def _with_variables(word: str, place: int) -> Word:
    """A user's own word; `${envvar:NAME}` is left to the environment, as W&B's agent does."""
    pieces = _ENVIRONMENT_VARIABLE.split(word)
    if len(pieces) == 1:
        return (secret_text(word, place) or word,)
    return joined(*(Variable(part) if k % 2 else part for k, part in enumerate(pieces)))


def launch_from_record(
    program: tuple[str, ...], argv: tuple[str, ...], config: Mapping[str, object]
) -> Launch:
    """By the program and the arguments that the run's metadata hold."""
    arguments = read_arguments(argv, config)
    style = style_of(arguments)
    guesses = () if style else ("arguments are added as argparse takes them",)
    return Launch(
        pieces=(literal_word(_INTERPRETER), *map(literal_word, program), RecordedLaunch()),
        values=dict(config),
        arguments=arguments,
        program=program,
        style=style or Style.ARGPARSE,
        source="the arguments that the run recorded",
        guesses=guesses,
    )


def launch_of_function(
    program: tuple[str, ...], values: Mapping[str, object], argv: tuple[str, ...] = ()
) -> Launch:
    """By a launcher, for programs that call `wandb.agent(function=…)` themselves.

    Args:
        program: Its words.
        values: The configuration that W&B hands over.
        argv: What the program was started with; no part of the sweep's parameters.
    """
    arguments = read_arguments(argv, values)
    recorded = (RecordedLaunch(),) if argv else ()
    lacking = (
        "the recorded arguments are not the sweep's parameters"
        if argv
        else "no arguments are recorded"
    )
    return Launch(
        pieces=(*map(literal_word, (_INTERPRETER, "-c", LAUNCHER, *program)), *recorded),
        values=values,
        arguments=arguments,
        program=program,
        style=Style.CONFIG,
        source="the run's configuration, through a launcher",
        guesses=(f"{lacking}, so the program is assumed to get its configuration from W&B",),
        by_config=True,
    )


def launch_of_nothing(values: Mapping[str, object]) -> Launch:
    """The configuration of a run whose program no command can start."""
    return Launch(
        pieces=(),
        values=values,
        program=None,
        style=Style.CONFIG,
        source="none, only the run's configuration",
    )


def launch_from_config(
    program: tuple[str, ...], values: Mapping[str, object], style: Style, *, is_asked: bool
) -> Launch:
    """By the configuration alone.

    Args:
        program: Its words.
        values: What the arguments are to say.
        style: How.
        is_asked: Whether the user named the style.
    """
    if style is Style.CONFIG:
        return replace(launch_of_function(program, values), guesses=())
    guesses = () if is_asked else (f"the program takes its arguments as {style} does",)
    return Launch(
        pieces=(literal_word(_INTERPRETER), *map(literal_word, program), style),
        values=values,
        program=program,
        style=style,
        source="the run's configuration",
        guesses=guesses,
    )


def in_style(launch: Launch, style: Style) -> Launch:
    """The same command with its arguments said in another style, at its end if nowhere else."""
    if style is Style.CONFIG and launch.program is not None:
        return launch_from_config(launch.program, launch.values, style, is_asked=True)
    pieces: tuple[Piece, ...] = tuple(
        style if isinstance(piece, Style | RecordedLaunch) else piece for piece in launch.pieces
    )
    if style not in pieces:
        pieces = (*pieces, style)
    return replace(launch, pieces=pieces, arguments=(), style=style, by_config=False, guesses=())

"""Whether a program got its sweep's parameters as arguments, or asked W&B for them.

An agent that starts a program puts every parameter into its arguments, by name. A program that was
started without them, or with arguments of another kind (`main.py --sweep --count 100`), called
`wandb.agent` itself or reads `wandb.config`: started again with parameters, it would do what it
does when a person starts it, such as register a new sweep.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from wbtools.replication.recorded_arguments import flat_name, read_arguments
from wbtools.replication.styles import Style, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.model import LaunchRecord
    from wbtools.replication.command import Launch
    from wbtools.replication.recorded_arguments import Argument

_ONE_WORD: Final = frozenset({Style.JSON, Style.JSON_FILE})


def is_function_style(launch: Launch, record: LaunchRecord) -> bool:
    """Whether the recorded start contradicts a sweep's command: it had none of its parameters.

    Args:
        launch: By the sweep's command.
        record: How the run was started; where it names no program, nothing is known.
    """
    if record.program is None or launch.by_config:
        return False
    if not record.argv:
        styles = [piece for piece in launch.pieces if isinstance(piece, Style)]
        return any(words_of(style, launch.values) for style in styles)
    if launch.style in _ONE_WORD:
        return False
    return not says_parameters(record.argv, launch.values, are_sweeps=False)


def says_parameters(
    argv: tuple[str, ...], values: Mapping[str, object], *, are_sweeps: bool
) -> bool:
    """Whether recorded arguments say a configuration.

    Args:
        argv: The arguments.
        values: By name.
        are_sweeps: Whether the values are the sweep's parameters, all of which an agent says; else
            one of them is enough, as a configuration holds more than arguments.
    """
    arguments = read_arguments(argv, values)
    names = {flat_name(argument.name) for argument in arguments if argument.name}
    names |= {
        flat_name(name) for word in argv if word.startswith("{") for name in _json_names(word)
    }
    are_said = [
        value is False  # a flag that is off may be left out
        or any(name == flat_name(key) or name.startswith(f"{flat_name(key)}.") for name in names)
        for key, value in values.items()
    ]
    return all(are_said) if are_sweeps or not are_said else any(are_said)


def are_parameters(argv: tuple[str, ...], values: Mapping[str, object]) -> bool:
    """Whether recorded arguments say all of a sweep's parameters as they were, and nothing else.

    Only an agent starts a program so: a word beyond them may be what makes it start a sweep.

    Args:
        argv: The arguments.
        values: The sweep's parameters by name.
    """
    if not says_parameters(argv, values, are_sweeps=True):
        return False
    given = {flat_name(name): value for name, value in values.items()}
    return all(_is_parameter(argument, given) for argument in read_arguments(argv, values))


def _is_parameter(argument: Argument, given: Mapping[str, object]) -> bool:
    if argument.name is None:
        word = argument.words[0]
        names = _json_names(word) if word.startswith("{") else []
        return bool(names) and {flat_name(name) for name in names} <= given.keys()
    name = flat_name(argument.name)
    if name not in given:
        return any(name.startswith(f"{key}.") for key in given)
    value = given[name]
    if argument.text is None:
        return value is True
    return not isinstance(value, int | float) or _is_number(argument.text, value)


def _is_number(text: str, value: float) -> bool:
    if isinstance(value, bool):
        return text.lower() in {str(value).lower(), str(int(value))}
    try:
        return _number(text) == value
    except ValueError:
        return False


def _number(text: str) -> float:
    """A number with all its digits: a float has none beyond 2**53."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _json_names(word: str) -> list[str]:
    try:
        return list(json.loads(word))
    except (ValueError, RecursionError):
        return []

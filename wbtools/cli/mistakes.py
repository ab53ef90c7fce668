# ruff: noqa: ANN401 - contexts and parameters are typer's own
"""What was wrong with a line, and what would be right: one sentence each, for every command.

typer says what it could not read. Here that is said in our words, with the word that was given, and
with what may have been meant: another option or command, or one of a sibling (`misnomers`).
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.cli.command_group import meant_by
from wbtools.cli.help_pages import plain_name
from wbtools.cli.misnomers import COMMANDS, OPTIONS, OPTIONS_OF, VALUES
from wbtools.errors import UsageError
from wbtools.text.numbers import listed
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import typer

_NEAR: Final = 0.7
_SHORT: Final = 2
_MOST_SIBLINGS: Final = 3
_LONGEST_NUMBER: Final = 5
_RUN_PAGE: Final = re.compile(r"https?://[^/]+/.*?/runs/([A-Za-z0-9_-]{1,128})(?![^/?#])")
_BARE_ID: Final = re.compile(r"[a-z0-9]{8}")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_OUT_OF_RANGE: Final = (
    (re.compile(r"greater than or equal to (\S+)"), "less than {}"),
    (re.compile(r"less than or equal to (\S+)"), "more than {}"),
)


def explained(
    error: typer.TyperException, words: Sequence[str], everything: Callable[[], Mapping[str, Any]]
) -> tuple[str, str]:
    """What was wrong, and a line that helps.

    Args:
        error: As typer raised it.
        words: Of the line, behind `wbtools`.
        everything: Gives all commands by name, whichever of them are loaded.
    """
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "wbtools"
    see = f"`{path} --help` explains it"
    name = getattr(error, "option_name", None)
    if name is not None and hasattr(error, "possibilities"):
        return _unknown_option(name, words, context, everything)
    parameter = getattr(error, "param", None)
    if parameter is not None:
        return _bad_value(parameter, words, error, see)
    if "unexpected extra argument" in error.message and context is not None:
        return _too_many(error.message, context)
    if error.message.startswith("No such command") and context is not None:
        return _unknown_command(words, context)
    return error.format_message(), see


def check_words(words: Sequence[str], context: Any) -> None:
    """Refuse what typer would take for something that nobody means.

    Args:
        words: Behind the command.
        context: The command's.

    Raises:
        UsageError: An option has no value or takes another option for it, is given twice with
            different values, or has one dash where it needs two.
    """
    options = {name: option for option in context.command.params for name in _names(option)}
    given: dict[str, str] = {}
    for word, value, is_joined in _with_values(words, options):
        option = options.get(word)
        if option is None:
            _refuse_single_dash(word, options)
            continue
        if not _takes_value(option):
            if value is not None:
                msg = f"{word} takes no value, and {value!r} is given"
                raise UsageError(msg, f"write {word} alone, or leave it out")
            continue
        if value is None or (value in options and not is_joined):
            instead = "none is given" if value is None else f"{value} stands in its place"
            msg = f"{word} takes a value, and {instead}"
            raise UsageError(msg, f"write {word} {_taken(option, context)}")
        before = given.setdefault(option.name, value)
        if before != value and not option.multiple:
            msg = f"{word} is given twice, as {before!r} and {value!r}"
            raise UsageError(msg, "give it once")


def check_sweeps(values: Mapping[str, Any], parameters: Sequence[Any]) -> None:
    """Refuse what can only be a run, or ask for help, where a sweep is named.

    Args:
        values: Of the parameters, by name.
        parameters: Of the command.

    Raises:
        UsageError: It is a number, the address of a run's page, or `help`.
    """
    for parameter in parameters:
        if parameter.param_type_name != "argument" or parameter.metavar != "SWEEP":
            continue
        value = values.get(parameter.name)
        for word in value if isinstance(value, list | tuple) else [value or ""]:
            hint = _hint_at(word, values, parameters)
            if hint is not None and not Path(word).exists():
                msg = f"{word!r} is not a sweep"
                raise UsageError(msg, hint)


def _hint_at(word: str, values: Mapping[str, Any], parameters: Sequence[Any]) -> str | None:
    """What a word may mean that names no sweep; None for one that may."""
    if word == "help":
        return "`wbtools help COMMAND` or --help shows a command's help"
    takes_run = any("--run" in _names(option) for option in parameters)
    if word.isdecimal() and len(word) <= _LONGEST_NUMBER:
        return f"did you mean --run {word}?" if takes_run else "name the sweep that has this run"
    page = _RUN_PAGE.match(word)
    if page is None:
        return None
    from wbtools.app.opening.sweep_of_run import sweep_of_run

    sweep = sweep_of_run(page[1], values.get("archive"), os.environ)
    run = f" --run {page[1]}" if takes_run else ""
    if sweep is None:
        return f"that is a run: name its sweep{' and' if run else ''}{run}"
    return f"that is a run of {command_line([sweep])}: name that{run}"


def _names(parameter: Any) -> list[str]:
    if parameter.param_type_name != "option":
        return []
    return [*parameter.opts, *parameter.secondary_opts]


def _takes_value(option: Any) -> bool:
    return not (option.is_flag or option.count)


def _with_values(
    words: Sequence[str], options: Mapping[str, Any]
) -> Iterator[tuple[str, str | None, bool]]:
    """The words that begin with a dash, what an option takes for its value, and if `=` joins it."""
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        name, equals, value = word.partition("=")
        if equals and name in options:
            yield name, value, True
        elif word in options and _takes_value(options[word]):
            yield word, next(rest, None), False
        elif word.startswith("-") and word != "-":
            yield word, None, False


def _refuse_single_dash(word: str, options: Mapping[str, Any]) -> None:
    name = f"-{word.partition('=')[0]}"
    if len(word) > _SHORT and not word.startswith("--") and name in options:
        msg = f"{word} has one dash"
        raise UsageError(msg, f"did you mean {name}?")


def _taken(option: Any, context: Any) -> str:
    """What an option takes, as its help calls it."""
    name, _ = option.get_help_record(context)
    return str(plain_name(name).rpartition(" ")[2])


def _unknown_option(
    name: str, words: Sequence[str], context: Any, everything: Callable[[], Mapping[str, Any]]
) -> tuple[str, str]:
    command = context.command
    names = [option for parameter in command.params for option in _names(parameter)]
    path = context.command_path
    if context.parent is None:
        message = f"wbtools itself has no option {name}"
        behind = [word for word in words if not word.startswith("-")][:1]
        if name in {"-v", "--verbose"}:
            return message, "it goes behind a command; `wbtools --version` shows the version"
        if behind and behind[0] in everything():
            return message, f"options go behind the command: wbtools {behind[0]} … {name}"
        return message, "name a command first: `wbtools --help` lists them"
    called = path.removeprefix("wbtools ")
    message = f"{called} has no option {name}"
    if hasattr(command, "commands"):
        return message, f"options go behind its commands, {' and '.join(command.commands)}"
    for meant in OPTIONS_OF.get(called, {}).get(name) or OPTIONS.get(name, ()):
        if not meant.startswith("-"):
            return message, meant
        if meant.split()[0] in names:
            return message, f"did you mean {meant}?"
    folded = name.casefold()
    near = [option for option in names if option.casefold() == folded]
    near = near or [
        option for option in names if len(name) > _SHORT + 1 and option.startswith(name)
    ]
    near = near or get_close_matches(folded, names, n=2, cutoff=_NEAR)
    if near:
        return message, f"did you mean {' or '.join(near)}?"
    siblings = [
        known
        for known, other in everything().items()
        if any(name in _names(parameter) for parameter in getattr(other, "params", ()))
    ]
    if siblings:
        return message, f"it is an option of {listed(siblings, most=_MOST_SIBLINGS)}"
    return message, f"`{path} --help` lists the options"


def _bad_value(
    parameter: Any, words: Sequence[str], error: typer.TyperException, see: str
) -> tuple[str, str]:
    wrong = error.message.removeprefix("Value error, ")
    name, given = parameter.opts[0], [*words]
    if parameter.param_type_name == "argument":
        if " is not one of " not in wrong:
            return f"{parameter.metavar} is missing", see
        name = parameter.metavar
    else:
        options = dict.fromkeys(_names(parameter), parameter)
        taken = _with_values(words, options)
        given = [value for word, value, _ in taken if word in options and value]
    value = _wrong_one(given, parameter, wrong) or ""
    choices = re.findall(r"'([^']+)'", wrong.partition(" is not one of ")[2])
    if choices:
        near = _meant(value, choices)
        message = f"{name} {value!r} is not one of {', '.join(choices)}"
        return message, f"did you mean {near}?" if near else f"choose one: {see}"
    for pattern, words_of in _OUT_OF_RANGE:
        if found := pattern.search(wrong):
            return f"{name} {value} is {words_of.format(found[1])}", _range_of(parameter)
    for kind in ("integer", "number"):
        if f"valid {kind}" in wrong:
            what = "whole number" if kind == "integer" else "number"
            return f"{name} {value!r} is not a {what}", _number_hint(name, value, parameter)
    return f"{name}: {wrong}", see


def _wrong_one(given: Sequence[str], option: Any, wrong: str) -> str | None:
    """The value that typer complains about, where an option is given several."""
    if "not one of" in wrong:
        quoted = wrong.partition("'")[2].partition("'")[0]
        return next((value for value in given if value == quoted), given[-1] if given else None)
    for value in given:
        if not _is_such(value, whole="integer" in wrong):
            return value
        number = float(value)
        low, high = option.min, option.max
        if "equal to" in wrong and not (
            (low is None or number >= low) and (high is None or number <= high)
        ):
            return value
    return given[-1] if given else None


def _is_such(value: str, *, whole: bool) -> bool:
    try:
        int(value) if whole else float(value)
    except ValueError:
        return False
    return True


def _meant(value: str, choices: Sequence[str]) -> str | None:
    folded = value.casefold()
    if VALUES.get(folded) in choices:
        return VALUES[folded]
    begun = [choice for choice in choices if choice.startswith(folded) and folded]
    near = begun or get_close_matches(folded, choices, n=1)
    return near[0] if near else None


def _range_of(option: Any) -> str:
    low, high = option.min, option.max
    if low is not None and high is not None:
        return f"write a number from {low:.12g} to {high:.12g}"
    return f"write a number of at least {low:g}" if low is not None else f"at most {high:g}"


def _number_hint(name: str, value: str, option: Any) -> str:
    """The number that may be meant: `1000` for `1e3`, `30` for `30epochs`, 0 for `all`."""
    if value.casefold() == "all" and option.min == 0:
        return f"write {name} 0 for all"
    is_whole = _NUMBER.fullmatch(value) and float(value).is_integer() and abs(float(value)) < 10**15
    if is_whole:
        return f"write {name} {float(value):.0f}"
    metavar = option.metavar or "NUMBER"
    clock = re.fullmatch(r"(\d{1,4}):(\d\d):\d\d", value) if metavar == "MINUTES" else None
    if clock:
        return f"write {name} {int(clock[1]) * 60 + int(clock[2])}, in minutes"
    if digits := re.match(r"\d+(?=\s*[A-Za-z]+\Z)", value):
        return f"write the number alone, in {metavar}: {name} {digits[0]}"
    return f"write {name} {metavar}, as a number alone"


def _too_many(message: str, context: Any) -> tuple[str, str]:
    extra = message.rpartition("(s) (")[2].removesuffix(")")
    first = extra.split(" ")[0]
    command = context.command_path.removeprefix("wbtools ")
    options = {name for parameter in context.command.params for name in _names(parameter)}
    arguments = [
        parameter for parameter in context.command.params if parameter.param_type_name == "argument"
    ]
    names = [str(parameter.metavar) for parameter in arguments]
    takes = f"one {names[0]}" if names else "options only"
    message = f"{command} takes {takes}, and {extra!r} is too much"
    if "--run" in options and (first.isdecimal() or first in {"best", "gem", "failed"}):
        return message, f"did you mean --run {first}?"
    if names == ["SWEEP"]:
        return message, "name one sweep; rank, compare and simulate take several"
    return message, f"`{context.command_path} --help` shows what it takes"


def _unknown_command(words: Sequence[str], context: Any) -> tuple[str, str]:
    group, path = context.command, context.command_path
    depth = len(path.split()) - 1
    name = [*(word for word in words if not word.startswith("-")), ""][depth]
    message = f"there is no command {name!r}"
    if context.parent is None and name.casefold() in COMMANDS:
        return message, COMMANDS[name.casefold()]
    if near := meant_by(name, group.commands):
        return message, f"did you mean {' or '.join(near)}?"
    if context.parent is None and _may_be_a_sweep(name):
        line = command_line(["wbtools", "audit-terminations", *words])
        return message, f"name a command before the sweep: {line}"
    return message, f"`{path} --help` lists the commands"


def _may_be_a_sweep(name: str) -> bool:
    if name.startswith("-") or not name:
        return False
    is_id = _BARE_ID.fullmatch(name) is not None and any(map(str.isdigit, name))
    return name == "demo" or "/" in name or name.endswith(".csv") or is_id

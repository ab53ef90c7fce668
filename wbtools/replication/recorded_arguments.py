"""Arguments as a run recorded them: kept word by word, and changed only where a change is asked.

A recorded list is the best copy of what the program got. What it does not say is which words belong
together, so that is read off: `--name=value`, `--name value`, `name=value`, `+name=value`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.replication.styles import HYDRA_MARKS, Style, check_text, value_words
from wbtools.replication.words import Secret, Word, joined, secret_for, secret_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPTION: Final = re.compile(r"(?P<mark>--?)(?P<name>[A-Za-z_][\w./@:-]*)(?P<rest>=.*)?", re.DOTALL)
_OVERRIDE: Final = re.compile(r"(?P<mark>\+{0,2})(?P<name>[A-Za-z_][\w./@-]*)=.*", re.DOTALL)
_NEGATIVE: Final = re.compile(r"-\.?\d")
_STYLE_OF_MARK: Final = {mark: style for style, mark in HYDRA_MARKS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One or two recorded words that say one thing.

    Attributes:
        words: As recorded.
        name: The option's or the override's name; None for anything else.
        style: How it is said; None for anything else, and for an option without a value.
    """

    words: tuple[str, ...]
    name: str | None = None
    style: Style | None = None

    def sets(self, name: str) -> bool:
        """Whether this is about `name`; `-` and `_` are the same."""
        return self.name is not None and flat_name(self.name) == flat_name(name)

    @property
    def text(self) -> str | None:
        """The value as it was written; None where there is none."""
        if self.style is None:
            return None
        return self.words[1] if len(self.words) > 1 else self.words[0].partition("=")[2]


def read_arguments(argv: tuple[str, ...], config: Mapping[str, object]) -> tuple[Argument, ...]:
    """Put the words that belong together together.

    Args:
        argv: As recorded.
        config: The run's configuration; tells an option with a value from a flag before a
            positional argument.
    """
    return tuple(_read(argv, {flat_name(name): value for name, value in config.items()}))


def _read(argv: tuple[str, ...], known: Mapping[str, object]) -> Iterator[Argument]:
    k = 0
    while k < len(argv):
        word = argv[k]
        k += 1
        option, override = _OPTION.fullmatch(word), _OVERRIDE.fullmatch(word)
        if override:
            style = _STYLE_OF_MARK[override["mark"]]
            yield Argument(words=(word,), name=override["name"], style=style)
        elif option and option["rest"]:
            yield Argument(words=(word,), name=option["name"], style=Style.ARGPARSE)
        elif option and k < len(argv) and _is_value(argv[k], known.get(flat_name(option["name"]))):
            yield Argument(words=(word, argv[k]), name=option["name"], style=Style.SPACED)
            k += 1
        else:
            yield Argument(words=(word,), name=option["name"] if option else None)


def _is_value(word: str, configured: object) -> bool:
    if str(configured) == word:
        return True
    looks_like_option = word.startswith("-") and not _NEGATIVE.match(word)
    return not (looks_like_option or isinstance(configured, bool) or _OVERRIDE.fullmatch(word))


def style_of(arguments: tuple[Argument, ...]) -> Style | None:
    """The style that most of the arguments have; None where none has one."""
    styles = [argument.style for argument in arguments if argument.style is not None]
    return max(dict.fromkeys(styles), key=styles.count, default=None)


def find(arguments: tuple[Argument, ...], name: str) -> int | None:
    """The place of the last argument that sets `name`; None where none does."""
    places = [k for k, argument in enumerate(arguments) if argument.sets(name)]
    return places[-1] if places else None


def with_value(
    arguments: tuple[Argument, ...], name: str, value: object, style: Style
) -> tuple[tuple[Argument, ...], bool]:
    """Set one value, where it stands or else at the end.

    Args:
        arguments: As read.
        name: As in the configuration; `-` and `_` are the same.
        value: The new one.
        style: For an argument that is not there yet.

    Returns:
        The arguments, and whether it stood there.
    """
    place = find(arguments, name)
    argument = None if place is None else arguments[place]
    if place is None or argument is None or argument.name is None:
        return (*arguments, _new(name, value, style)), False
    changed = _new(argument.name, value, argument.style or style)
    if argument.words[0].startswith("-") and not argument.words[0].startswith("--"):
        changed = replace(changed, words=(changed.words[0].removeprefix("-"), *changed.words[1:]))
    return (*arguments[:place], changed, *arguments[place + 1 :]), True


def _new(name: str, value: object, style: Style) -> Argument:
    words = value_words(style, name, value)
    texts = tuple("".join(part for part in word if isinstance(part, str)) for word in words)
    if any(isinstance(part, Secret) for word in words for part in word):
        texts = (f"--{name}={value}",) if style not in HYDRA_MARKS else (f"{name}={value}",)
    return Argument(words=texts, name=name, style=style if texts else None)


def recorded_words(arguments: tuple[Argument, ...]) -> tuple[Word, ...]:
    """The arguments as words, what looks like a secret left open.

    Raises:
        DataError: A word holds what no command line can carry.
    """
    return tuple(word for k, argument in enumerate(arguments) for word in _words(argument, k))


def _words(argument: Argument, place: int) -> Iterator[Word]:
    for word in argument.words:
        check_text(word, argument.name or "an argument")
    text = argument.text
    secret = None if text is None or not argument.name else secret_for(argument.name, text)
    if secret is None:
        for word in argument.words:
            yield (secret_text(word, place) or word,)
    elif len(argument.words) > 1:
        yield (argument.words[0],)
        yield (secret,)
    else:
        yield joined(argument.words[0].partition("=")[0] + "=", secret)


def flat_name(name: str) -> str:
    """An option's name as it is compared: `-` and `_`, small and capital letters are the same."""
    return name.lower().replace("-", "_")

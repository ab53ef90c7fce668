"""Numbers as people write them, as PyYAML reads them, and as W&B's server reads what PyYAML wrote.

`1e-5` is a text to YAML 1.1, which PyYAML reads, and a number to YAML 1.2, which the server reads.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import UsageError
from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml
from wbtools.text.sanitize import is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLOAT: Final = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)[eE][-+]?[0-9]+\Z|[-+]\.[0-9][0-9_]*\Z"
)
_CORE_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", re.ASCII
)
"""YAML 1.2.2, 10.3.2."""
_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_TEXT: Final = "tag:yaml.org,2002:str"
_LONGEST: Final = 400
_MOST_NODES: Final = 10_000
_DEEPEST: Final = 20


class _Loader(yaml.SafeLoader):
    """PyYAML's, with `1e-5` and `-.5` as the numbers that everybody means."""


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node))
    return float(text.replace("_", "")) if _FLOAT.match(text) else loader.construct_yaml_float(node)


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def as_float(value: object) -> float | None:
    """A number, or a text that is one to everybody but PyYAML; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and (len(value) > _LONGEST or not _looks_like_number(value)):
        return None
    if not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def number_at_server(text: str) -> float | None:
    """The number that W&B's server finds where the file holds a text; None if it stays a text.

    `wandb sweep` and `wandb.sweep` send the sweep as PyYAML writes it (`_upsert_sweep`, wandb 0.18
    to 0.31), and the server reads YAML 1.2: of 5,244 recorded configurations none holds such a
    text, and W&B's engine says of `3e6` that it arrives as a float (`yaml_hash`). PyYAML puts
    quotes around what it would read as a number itself, and the client around what begins with 0;
    other numbers lose their quotes.
    """
    if len(text) > _LONGEST or text.startswith("0") or not _CORE_FLOAT.match(text):
        return None
    if _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) != _TEXT:
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def as_sent(value: object) -> Any:  # noqa: ANN401 - whatever the file holds
    """A value of a file as the server reads it, where that is another one than PyYAML's."""
    if isinstance(value, str):
        number = number_at_server(value)
        return value if number is None else number
    if isinstance(value, list):
        return [as_sent(inner) for inner in value]
    if isinstance(value, dict):
        return {key: as_sent(inner) for key, inner in value.items()}
    return value


def _looks_like_number(text: str) -> bool:
    return (
        text.isascii() and any(character.isdigit() for character in text) and text == text.strip()
    )


def read_value(text: str) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """Read a value that somebody typed, `1e-5` as a number.

    Raises:
        YamlError: It is no YAML, or too much of it.
    """
    load_yaml(text, most_nodes=_MOST_NODES, deepest=_DEEPEST)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, after a bounded one
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(" ".join(str(error).split())) from None


def refuse_texts_sent_as_numbers(value: object, key: str) -> None:
    """Refuse a text such as '1e-3', which W&B's client cannot send as a text.

    Args:
        value: As it was read, so that a number without quotes is a number.
        key: What is written before it, for messages.

    Raises:
        UsageError: It is such a text, or holds one.
    """
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for inner in value:
            refuse_texts_sent_as_numbers(inner, key)
    number = number_at_server(value) if isinstance(value, str) else None
    if number is not None:
        msg = (
            f"{key}'{value}' would reach W&B as the number {number:g}: its client drops the quotes"
        )
        hint = f"write {value} for the number; for a text add a letter in front, as in 'x{value}'"
        raise UsageError(msg, hint)


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe writer, whose texts show every character that is not one to look at.

    A text with a control character, a mark that reverses the reading order, or one of no width is
    written in double quotes with escapes, which are read back as the same text.
    """

    def analyze_scalar(self, scalar: str) -> Any:  # noqa: ANN401 - PyYAML's own, without types
        with self._escaping(scalar):
            return super().analyze_scalar(scalar)

    def write_double_quoted(self, text: str, split: bool = True) -> None:  # noqa: FBT001, FBT002 - as above
        with self._escaping(text):
            super().write_double_quoted(text, split)

    @contextmanager
    def _escaping(self, text: str) -> Iterator[None]:
        allowed = self.allow_unicode
        self.allow_unicode = allowed and is_harmless(text)
        try:
            yield
        finally:
            self.allow_unicode = allowed


def yaml_value(value: object) -> str:
    """A value as one line of YAML that PyYAML reads back as exactly that: `1.0e-05`."""
    text = _dumped(value, default_flow_style=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...").removesuffix("\n")


def yaml_document(data: object) -> str:
    """A document of YAML, its keys in the order they are given in."""
    return _dumped(data)


def _dumped(data: object, **layout: Any) -> str:  # noqa: ANN401 - PyYAML's own
    text: str = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, **layout)
    return text

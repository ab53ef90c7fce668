"""Numbers as people write them and as PyYAML reads them: `1e-5` is a text to YAML 1.1."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml

_FLOAT: Final = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)[eE][-+]?[0-9]+\Z")
_LONGEST: Final = 400
_MOST_NODES: Final = 10_000
_DEEPEST: Final = 20


class _Loader(yaml.SafeLoader):
    """PyYAML's, with `1e-5` as the number that everybody means."""


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


def yaml_value(value: object) -> str:
    """A value as one line of YAML that PyYAML reads back as exactly that: `1.0e-05`."""
    text = yaml.safe_dump(
        value, default_flow_style=True, width=float("inf"), allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...").removesuffix("\n")

r"""Values in Hydra's override grammar (`hydra/grammar/OverrideParser.g4`, Hydra 1.1 to 1.3).

A quoted value may hold anything; a backslash matters only before a quote. Inside, OmegaConf takes
`${…}` for an interpolation unless a backslash stands before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY: Final = re.compile(r"[A-Za-z_][\w-]*(?:[./][\w-]+)*(?:@[\w.]*)?", re.ASCII)
_BARE: Final = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
_DICT_KEY: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OTHER_THAN_TEXT: Final = frozenset({"true", "false", "null", "nan", "inf"})
_BEFORE_QUOTE: Final = re.compile(r"(\\*)('|\Z)")
_INTERPOLATION: Final = re.compile(r"(\\*)\$\{")


def hydra_key(name: str) -> str:
    """The name, if Hydra's grammar has a place for it.

    Raises:
        DataError: It has none.
    """
    if _KEY.fullmatch(name):
        return name
    msg = f"the configuration's {name!r} is not a key in Hydra's grammar"
    raise DataError(msg, "leave it out with --unset, or pass --style json or --to yaml")


def hydra_value(value: object, name: str) -> str:
    """A value such that Hydra reads it back.

    Args:
        value: What JSON or YAML can hold.
        name: Of the value, for the complaint.

    Raises:
        DataError: A mapping has a key that Hydra's grammar cannot say.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(hydra_value(item, name) for item in value)}]"
    if isinstance(value, dict):
        return _mapping(value, name)
    text = str(value)
    bare = _BARE.fullmatch(text) and text.lower() not in _OTHER_THAN_TEXT
    return text if bare else _quoted(text)


def _mapping(value: Mapping[object, object], name: str) -> str:
    for key in value:
        if not isinstance(key, str) or not _DICT_KEY.fullmatch(key):
            msg = f"the value of {name!r} has a key {key!r}, which Hydra's grammar cannot express"
            raise DataError(msg, "leave it out with --unset, or pass --style json or --to yaml")
    return f"{{{','.join(f'{key}:{hydra_value(item, name)}' for key, item in value.items())}}}"


def _quoted(text: str) -> str:
    text = _INTERPOLATION.sub(lambda found: found[1] * 2 + r"\${", text)
    escaped = _BEFORE_QUOTE.sub(lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'"

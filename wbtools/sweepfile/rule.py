"""The settings of an early-termination rule, and the one grammar in which people write them.

`hyperband(min_iter=10,eta=2)`, `hyperband(max_iter=27,s=2,strict=false)` and `none`. A sweep file's
`early_terminate` block says the same as a mapping. What the settings *do* is in
`wbtools.policies.hyperband`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import yaml

from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALL = re.compile(r"\s*(?P<kind>[A-Za-z_]\w*)\s*(?:\((?P<args>[^()]*)\))?\s*\Z")
_EXAMPLE = "write it like 'hyperband(min_iter=10,eta=2)', or 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperbandSettings:
    """W&B's `early_terminate` of type hyperband as written: None means that it was not written.

    Values are kept as they came (a float `s`, a text `eta`), because W&B's engine refuses some of
    them and that is worth saying; `wbtools.policies.hyperband.hyperband` checks them.

    Attributes:
        min_iter: First band, in reports.
        max_iter: Reports of a full run; `s` bands lie below it.
        s: Number of bands in the `max_iter` form; ignored in the `min_iter` form.
        eta: Factor between bands; 1/eta of the runs survive a band. Unset means 3.
        strict: Compare the value *at* the band (true) or the best so far (false). Unset means
            true in W&B's engine since April 2024, although the manual says false.
    """

    min_iter: Any = None
    max_iter: Any = None
    s: Any = None
    eta: Any = None
    strict: Any = None

    def __str__(self) -> str:
        """The settings in the command line's grammar, what was not written left out."""
        written = ((one.name, getattr(self, one.name)) for one in fields(self))
        inside = ",".join(f"{name}={_word(value)}" for name, value in written if value is not None)
        return f"hyperband({inside})"

    def as_mapping(self) -> dict[str, Any]:
        """The settings as an `early_terminate` block, what was not written left out."""
        written = {one.name: getattr(self, one.name) for one in fields(self)}
        return {"type": "hyperband"} | {k: v for k, v in written.items() if v is not None}


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def parse_rule(text: str) -> HyperbandSettings | None:
    """Read a rule from the command line.

    Args:
        text: Such as `hyperband(min_iter=10,eta=2)`.

    Returns:
        The settings, or None for `none`.

    Raises:
        UsageError: The text is no rule, or has an unknown, repeated or malformed setting.
    """
    match = _CALL.match(text)
    if match is None:
        msg = f"{text!r} is no early-termination rule"
        raise UsageError(msg, _EXAMPLE)
    kind, args = match["kind"].lower(), match["args"]
    if kind == "none" and not (args or "").strip():
        return None
    if kind != "hyperband":
        msg = f"the rule {kind!r} is not known"
        raise UsageError(msg, _EXAMPLE)
    written: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in (args or "").split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            msg = f"{part!r} in {text!r} is not of the form name=value"
            raise UsageError(msg, _EXAMPLE)
        if name in written:
            msg = f"{name!r} is given twice in {text!r}"
            raise UsageError(msg, _EXAMPLE)
        written[name] = _scalar(value, text)
    known = [one.name for one in fields(HyperbandSettings)]
    for name in written:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            msg = f"hyperband has no setting {name!r}; it has {', '.join(known)}"
            raise UsageError(msg, f"did you mean {near[0]!r}?" if near else _EXAMPLE)
    return HyperbandSettings(**written)


def _scalar(value: str, text: str) -> object:
    """A number, a truth value or a word, as YAML reads it."""
    try:
        read: object = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        read = None
    if not isinstance(read, int | float | str):
        msg = f"{value!r} in {text!r} is no number, no truth value and no word"
        raise UsageError(msg, _EXAMPLE)
    return read


def rule_from_mapping(block: Mapping[str, Any]) -> HyperbandSettings:
    """Take the known settings of an `early_terminate` block; W&B drops the unknown ones silently.

    Raises:
        UsageError: The block's `type` is not hyperband, the only one that W&B's engine has.
    """
    kind = block.get("type")
    if kind != "hyperband":
        shown = repr(kind) if isinstance(kind, str | None) else "something that is no word"
        msg = f"early_terminate has the type {shown}; W&B's engine knows only hyperband"
        raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
    known = {one.name for one in fields(HyperbandSettings)}
    written = {name: block[name] for name in block if name in known}
    for name, value in written.items():
        if not isinstance(value, int | float | str | None):
            msg = f"early_terminate has no plain value under {name!r}"
            raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
    return HyperbandSettings(**written)

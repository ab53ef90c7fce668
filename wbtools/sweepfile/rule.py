"""The one grammar in which people write early-termination rules, and what a sweep file says.

`hyperband(min_iter=10,eta=2)`, `median(grace=5)`, `asha(min_iter=1,eta=3)`, `patience(n=5)`,
`fixed(n=10)` and `none`; a guard takes a rule as its first word: `top(hyperband(min_iter=5),k=3)`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import UsageError
from wbtools.sweepfile.rule_settings import (
    AshaSettings,
    DivergedSettings,
    FixedSettings,
    GuardSettings,
    HyperbandSettings,
    MedianSettings,
    PatienceSettings,
    PlainSettings,
    PreserveSettings,
    ProjectedSettings,
    RuleSettings,
    TopSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALL = re.compile(r"\s*(?P<kind>[A-Za-z_]\w*)\s*(?:\((?P<args>.*)\))?\s*\Z", re.DOTALL)
_EXAMPLE = "write it like 'hyperband(min_iter=10,eta=2)', or 'none'"
_MOST_GUARDS: Final = 8

_PLAIN: Final[dict[str, type[PlainSettings]]] = {
    settings.kind: settings
    for settings in (
        HyperbandSettings,
        MedianSettings,
        AshaSettings,
        PatienceSettings,
        FixedSettings,
    )
}
_GUARDS: Final[dict[str, type[GuardSettings]]] = {
    settings.kind: settings
    for settings in (PreserveSettings, TopSettings, ProjectedSettings, DivergedSettings)
}


def parse_rule(text: str) -> RuleSettings | None:
    """Read a rule from the command line.

    Args:
        text: Such as `hyperband(min_iter=10,eta=2)`.

    Returns:
        The settings, or None for `none`.

    Raises:
        UsageError: The text is no rule, or has an unknown, repeated or malformed setting.
    """
    return _parse(text, text, 0)


def parse_wandb_rule(text: str) -> HyperbandSettings | None:
    """Read a rule that W&B itself could run.

    Raises:
        UsageError: As `parse_rule`, or the rule is none that W&B's engine has.
    """
    settings = parse_rule(text)
    if settings is None or isinstance(settings, HyperbandSettings):
        return settings
    msg = f"W&B's engine has only hyperband and cannot run {settings}"
    hint = "write it like 'hyperband(min_iter=10,eta=2)'; `wbtools simulate` tries the other rules"
    raise UsageError(msg, hint)


def _parse(text: str, whole: str, depth: int) -> RuleSettings | None:
    match = _CALL.match(text)
    parts = None if match is None else _parts(match["args"] or "")
    if match is None or parts is None or depth > _MOST_GUARDS:
        msg = f"{text!r} is no early-termination rule"
        raise UsageError(msg, _EXAMPLE)
    kind = match["kind"].lower()
    if kind == "none":
        if parts:
            msg = f"'none' takes no settings, and {text!r} has some"
            raise UsageError(msg, _EXAMPLE)
        return None
    if kind in _GUARDS:
        inner = [part for part in parts if _CALL.match(part)]
        if len(inner) != 1 or inner[0] != parts[0]:
            msg = f"{kind!r} in {whole!r} guards one rule, which comes first"
            raise UsageError(msg, f"write it like '{kind}(hyperband(min_iter=10,eta=2),…)'")
        written = _settings(kind, parts[1:], _GUARDS[kind], whole)
        return _made(_GUARDS[kind], written | {"rule": _parse(inner[0], whole, depth + 1)})
    if kind not in _PLAIN:
        near = difflib.get_close_matches(kind, [*_PLAIN, *_GUARDS, "none"], n=1)
        msg = f"the rule {kind!r} is not known"
        raise UsageError(msg, f"did you mean {near[0]!r}?" if near else _EXAMPLE)
    if any("(" in part for part in parts):
        msg = f"{text!r} is no early-termination rule"
        raise UsageError(msg, _EXAMPLE)
    return _made(_PLAIN[kind], _settings(kind, parts, _PLAIN[kind], whole))


def _parts(args: str) -> list[str] | None:
    """What stands between the commas that no parenthesis encloses; None if those do not match."""
    parts, depth, part = [], 0, ""
    for letter in args:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return None
        if letter == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    return None if depth else [part for part in map(str.strip, parts) if part]


def _settings(
    kind: str, parts: list[str], settings: type[RuleSettings], text: str
) -> dict[str, Any]:
    known = [setting.name for setting in fields(settings) if setting.name != "rule"]
    written: dict[str, Any] = {}
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            msg = f"{part!r} in {text!r} is not of the form name=value"
            raise UsageError(msg, _EXAMPLE)
        if name in written:
            msg = f"{name!r} is given twice in {text!r}"
            raise UsageError(msg, _EXAMPLE)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            msg = f"{kind} has no setting {name!r}; it has {', '.join(known) or 'none'}"
            raise UsageError(msg, f"did you mean {near[0]!r}?" if near else _EXAMPLE)
        read = _scalar(value, text)
        written[name] = read if settings is HyperbandSettings else _as_number(read)
    return written


def _made(settings: type[RuleSettings], written: dict[str, Any]) -> RuleSettings:
    for setting in fields(settings):
        if setting.default is MISSING and setting.name not in written:
            msg = f"{settings.kind} needs {setting.name}"
            raise UsageError(msg, f"write it like '{settings.kind}({setting.name}=10)'")
    return settings(**written)


def _scalar(value: str, text: str) -> object:
    """A number, a truth value or a word, as YAML reads it."""
    try:
        read: object = yaml.safe_load(value)
        str(read)  # a number of thousands of hexadecimal digits cannot be written
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        read = None
    if not isinstance(read, int | float | str):
        msg = f"{value!r} in {text!r} is no number, no truth value and no word"
        raise UsageError(msg, _EXAMPLE)
    return read


def _as_number(read: object) -> object:
    """YAML takes 1e-3 for a word; people do not."""
    if isinstance(read, str):
        try:
            return float(read)
        except ValueError:
            return read
    return read


def rule_from_mapping(block: Mapping[str, Any]) -> HyperbandSettings:
    """Take the known settings of an `early_terminate` block; W&B drops the unknown ones silently.

    Raises:
        UsageError: The block's `type` is not hyperband, the only one that W&B's engine has.
    """
    kind = block.get("type")
    if kind != HyperbandSettings.kind:
        shown = repr(kind) if isinstance(kind, str | None) else "something that is no word"
        msg = f"early_terminate has the type {shown}; W&B's engine knows only hyperband"
        raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
    known = {setting.name for setting in fields(HyperbandSettings)}
    written = {name: block[name] for name in block if name in known}
    for name, value in written.items():
        if not isinstance(value, int | float | str | None):
            msg = f"early_terminate has no plain value under {name!r}"
            raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
    return HyperbandSettings(**written)

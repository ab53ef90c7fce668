"""The one grammar in which people write early-termination rules.

`hyperband(min_iter=10,eta=2)`, `median(grace=5)`, `none`; a guard takes a rule as its first word:
`top(hyperband(min_iter=5),k=3)`. Words, settings and checks are those of the registered classes;
`str` of a rule writes it.
"""

from __future__ import annotations

import re
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import DataError, UsageError
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule
from wbtools.rules.registry import RULES
from wbtools.rules.rule import Guard
from wbtools.text.suggestions import suggestion

if TYPE_CHECKING:
    from wbtools.rules.rule import StoppingRule

_CALL = re.compile(r"\s*(?P<word>[A-Za-z_]\w*)\s*(?:\((?P<args>.*)\))?\s*\Z", re.DOTALL)
_EXAMPLE = "write it like 'hyperband(min_iter=10,eta=2)', or 'none'"
_MOST_GUARDS: Final = 8
_GRAMMAR: Final = frozenset("(),=\"'")
"""What a word must not hold, or the rule that is written would be read as another one."""


def parse_rule(text: str) -> StoppingRule:
    """Read a rule from the command line.

    Args:
        text: Such as `hyperband(min_iter=10,eta=2)`.

    Raises:
        UsageError: The text is no rule, or has an unknown, repeated or malformed setting.
    """
    return _parse(text, text, 0)


def parse_runnable_rule(text: str) -> StoppingRule:
    """Read a rule, and refuse one that could not run.

    Raises:
        UsageError: As `parse_rule`, or W&B's engine would raise on the Hyperband settings.
    """
    rule = parse_rule(text)
    try:
        rule.refuse_unless_runnable()
    except DataError as error:
        raise UsageError(error.message, _EXAMPLE) from None
    return rule


def parse_wandb_rule(text: str) -> Hyperband | None:
    """Read a rule that W&B itself could run; None for `none`.

    Raises:
        UsageError: As `parse_rule`, or the rule is none that W&B's engine has.
    """
    rule = parse_rule(text)
    if isinstance(rule, NoRule):
        return None
    if isinstance(rule, Hyperband):
        return rule
    msg = f"W&B's engine has only hyperband and cannot run {rule}"
    hint = (
        "write it like 'hyperband(min_iter=10,eta=2)'; `wbtools simulate` tries the other rules, "
        "and `wbtools guard` stops runs by them"
    )
    raise UsageError(msg, hint)


def examples() -> tuple[list[str], list[str]]:
    """How the rules and how the guards are written, each in the order of their words."""
    kinds = [RULES[word] for word in sorted(RULES)]
    return (
        [kind.example for kind in kinds if not issubclass(kind, Guard)],
        [kind.example for kind in kinds if issubclass(kind, Guard)],
    )


def _parse(text: str, whole: str, depth: int) -> StoppingRule:
    match = _CALL.match(text)
    parts = None if match is None else _parts(match["args"] or "")
    if match is None or parts is None or depth > _MOST_GUARDS:
        msg = f"{text!r} is not an early-termination rule"
        raise UsageError(msg, _EXAMPLE)
    word = match["word"].lower()
    kind = RULES.get(word)
    if kind is None:
        msg = f"the rule {word!r} is not known"
        raise UsageError(msg, suggestion(word, RULES) or _EXAMPLE)
    guarded: dict[str, Any] = {}
    if issubclass(kind, Guard):
        inner = [part for part in parts if _CALL.match(part)]
        if len(inner) != 1 or inner[0] != parts[0]:
            msg = f"{word!r} in {whole!r} guards one rule, which comes first"
            raise UsageError(msg, _like(kind))
        guarded["rule"] = _parse(inner[0], whole, depth + 1)
        parts = parts[1:]
    elif parts and not kind.settings():
        msg = f"{word!r} takes no settings, and {text!r} has some"
        raise UsageError(msg, _EXAMPLE)
    elif any("(" in part for part in parts):
        msg = f"{text!r} is not an early-termination rule"
        raise UsageError(msg, _EXAMPLE)
    return _made(kind, guarded | _settings(kind, parts, whole))


def _like(kind: type[StoppingRule]) -> str:
    """How a rule of this kind is written, ready to paste."""
    return f"write it like '{kind.example.replace('RULE', 'hyperband(min_iter=10,eta=2)')}'"


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


def _settings(kind: type[StoppingRule], parts: list[str], text: str) -> dict[str, Any]:
    known = [setting.name for setting in kind.settings()]
    written: dict[str, Any] = {}
    for part in parts:
        if part.count("=") > 1:
            words = ",".join(part.replace(";", " ").split())
            msg = f"between the settings in {text!r} stands no comma"
            raise UsageError(msg, f"write '{text.replace(part, words)}'")
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            msg = f"{part!r} in {text!r} is not of the form name=value"
            raise UsageError(msg, _like(kind))
        if name in written:
            msg = f"{name!r} is given twice in {text!r}"
            raise UsageError(msg, _EXAMPLE)
        if name not in known:
            msg = f"{kind.word} has no setting {name!r}; it has {', '.join(known) or 'none'}"
            raise UsageError(msg, suggestion(name, known) or _EXAMPLE)
        scalar = _scalar(value, text)
        written[name] = scalar if kind.keeps_words else _as_number(scalar)
    return written


def _made(kind: type[StoppingRule], written: dict[str, Any]) -> StoppingRule:
    for setting in kind.settings():
        if setting.default is MISSING and setting.name not in written:
            msg = f"{kind.word} needs {setting.name}"
            raise UsageError(msg, _like(kind))
    return kind(**written)


def _scalar(value: str, text: str) -> object:
    """A number, a truth value or a word, as YAML reads it."""
    try:
        read: object = yaml.safe_load(value)
        str(read)  # a number of thousands of hexadecimal digits cannot be written
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        read = None
    is_word = isinstance(read, str) and read.isprintable() and not _GRAMMAR & set(read)
    if not (is_word or isinstance(read, int | float)):
        msg = f"{value!r} in {text!r} is not a number, a truth value or a word"
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

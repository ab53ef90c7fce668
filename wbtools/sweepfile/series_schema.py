"""What a description of a series may say: its keys, and the kind of each value."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError
from wbtools.sweepfile.making import CommandStyle
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    ValueKind = tuple[str, Callable[[object], bool]]

_MOST: Final = 10**9
_LARGEST_MARGIN: Final = 10
EXAMPLE: Final = (
    "a series has members: {name: {run_cap: 20, parameters: {epochs: 50}}} and perhaps base: with "
    "what they share; `wbtools make-sweep --list` says where examples lie"
)
TOP: Final = ("name", "base", "members")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MOST


def _is_any_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST


def _is_margin(value: object) -> bool:
    return value == 0 or (_is_positive(value) and float(str(value)) <= _LARGEST_MARGIN)


def _is_ratio(value: object) -> bool:
    return _is_positive(value) or (
        isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,5}/[1-9]\d{0,5}", value) is not None
    )


def _of(*words: str) -> ValueKind:
    return f"one of {', '.join(words)}", lambda value: value in words


_TEXT: Final = ("a text", _is_text)
_COUNT: Final = ("a whole number from 1", _is_count)
_MAPPING: Final = ("a mapping", lambda value: isinstance(value, dict))
_TRUTH: Final = ("true or false", lambda value: isinstance(value, bool))
KEYS: Final[dict[str, ValueKind]] = {
    "template": _TEXT,
    "program": _TEXT,
    "command_style": _of(*CommandStyle),
    "method": _of("bayes", "random", "grid"),
    "metric": _TEXT,
    "goal": _of("minimize", "maximize"),
    "description": _TEXT,
    "run_cap": _COUNT,
    "early_terminate": _TEXT,
    "first_band": _COUNT,
    "preserve": ("a number", _is_any_number),
    "nested": _TRUTH,
    "parameters": _MAPPING,
    "set": _MAPPING,
    "runs": _COUNT,
    "budget": _COUNT,
    "reports_per_epoch": ("a positive number, or a fraction such as 1/3", _is_ratio),
    "hours_per_run": ("a positive number", _is_positive),
}
"""What base and members may say: the words of `make-sweep` and of `forecast`."""
KEYS_OF_MEMBERS: Final[dict[str, ValueKind]] = KEYS | {
    "name": _TEXT,
    "narrows": ("the name of a member", lambda value: isinstance(value, str | int)),
    "stage": _of("wide", "narrow", "final"),
    "margin": (
        f"a number from 0 to {_LARGEST_MARGIN}",
        _is_margin,
    ),
    "extend": _TRUTH,
}
_MEANT: Final = {
    "epochs": "parameters: {epochs: …}", "model": "parameters: {model: …}", "cap": "run_cap",
    "runcap": "run_cap", "min_iter": "first_band", "params": "parameters", "hours": "hours_per_run",
    "rule": "early_terminate", "settings": "set", "from": "narrows", "command": "program",
}  # fmt: skip


def check_words(words: object, keys: Mapping[str, ValueKind], place: str) -> None:
    """Check what base or a member says.

    Raises:
        DataError: A key is unknown, or its value of another kind.
    """
    if not isinstance(words, dict):
        msg = f"{place} is not a mapping"
        raise DataError(msg, EXAMPLE)
    check_keys(words, keys, place)
    for key, value in words.items():
        kind, fits = keys[key]
        if not fits(value):
            msg = f"{place}: {key} must be {kind}, not {format_value(value, key)}"
            raise DataError(msg, EXAMPLE)
    for key in ("parameters", "set"):
        for name in words.get(key, ()):
            if not isinstance(name, str):
                msg = f"{place}: {key} has the name {format_value(name)}, which is not a text"
                raise DataError(msg, "write it in quotes")


def with_plain_metric(words: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A sweep file's `metric: {name: …, goal: …}` as the two keys that a series has for it.

    Raises:
        DataError: The mapping holds something else, or a second goal.
    """
    metric = words.get("metric")
    if not isinstance(metric, dict):
        return dict(words)
    check_keys(metric, ("name", "goal"), f"{place}: metric")
    if "name" not in metric:
        msg = f"{place}: metric has no name"
        raise DataError(msg, "write metric: {name: loss, goal: minimize}")
    if "goal" in metric and words.get("goal", metric["goal"]) != metric["goal"]:
        msg = f"{place}: metric and goal name two goals"
        raise DataError(msg, "leave one of them out")
    goal = {"goal": metric["goal"]} if "goal" in metric else {}
    return {**words, "metric": metric["name"], **goal}


def check_keys(words: Mapping[Any, Any], keys: Iterable[str], place: str) -> None:
    """Check the keys of a mapping.

    Raises:
        DataError: One is unknown.
    """
    for key in words:
        if key not in keys:
            meant = _MEANT.get(str(key).lower().replace("-", "_"))
            near = difflib.get_close_matches(str(key), keys, n=1)
            meant = meant or (near[0] if near else None)
            msg = f"{place}: {format_value(key)} is not a key of it"
            hint = f"it has {', '.join(keys)}; whatever a program takes goes into parameters"
            raise DataError(msg, hint if meant is None else f"did you mean {meant}?")

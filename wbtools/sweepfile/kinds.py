"""The kinds of parameters that W&B's schema knows, as a table.

Source: `sweeps/config/schema.json` of the PyPI package `sweeps` 0.3.0, the schema behind
`wandb sweep`; the oracle tests compare `fits` with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any], bool]


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number in JSON's sense; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: object) -> TypeGuard[int]:
    """Whether it is an int in Python too; `3.0` is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def finite_number(value: object) -> float:
    """A number as a float; NaN for anything else, for infinities and for what no float holds."""
    if not is_number(value):
        return math.nan
    try:
        number = float(value)
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _positive(value: object) -> bool:
    return is_number(value) and not value <= 0


def _not_negative(value: object) -> bool:
    return is_number(value) and not value < 0


def _some(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _weights(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_not_negative, value))


def _anything(_value: object) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterKind:
    """One kind of parameter.

    Attributes:
        required: Keys beside `distribution` that must be there, with what they may hold.
        optional: Keys that may be there.
        unnamed: Whether `distribution` may be left out.
    """

    required: Mapping[str, Check]
    optional: Mapping[str, Check]
    unnamed: bool = False

    @property
    def keys(self) -> list[str]:
        """All keys beside `distribution`."""
        return [*self.required, *self.optional]


_Q: Final[dict[str, Check]] = {"q": _positive}
_RANGE: Final[dict[str, Check]] = {"min": is_number, "max": is_number}
_VALUES: Final[dict[str, Check]] = {"min": _positive, "max": is_number}
_NORMAL: Final[dict[str, Check]] = {"mu": is_number, "sigma": _not_negative}
_BETA: Final[dict[str, Check]] = {"a": _not_negative, "b": _not_negative}

KINDS: Final[dict[str, ParameterKind]] = {
    "constant": ParameterKind(required={"value": _anything}, optional={}, unnamed=True),
    "categorical": ParameterKind(required={"values": _some}, optional={}, unnamed=True),
    "categorical_w_probabilities": ParameterKind(
        required={"values": _some, "probabilities": _weights}, optional={}, unnamed=True
    ),
    "int_uniform": ParameterKind(
        required={"min": is_integer, "max": is_integer}, optional={}, unnamed=True
    ),
    "uniform": ParameterKind(required=_RANGE, optional={}, unnamed=True),
    "q_uniform": ParameterKind(required=_RANGE, optional=_Q),
    "log_uniform_values": ParameterKind(required=_VALUES, optional={}),
    "q_log_uniform_values": ParameterKind(required=_VALUES, optional=_Q),
    "inv_log_uniform_values": ParameterKind(required=_VALUES, optional={}),
    "log_uniform": ParameterKind(required=_RANGE, optional={}),
    "q_log_uniform": ParameterKind(required=_RANGE, optional=_Q),
    "inv_log_uniform": ParameterKind(required=_RANGE, optional={}),
    "normal": ParameterKind(required={}, optional=_NORMAL),
    "q_normal": ParameterKind(required={}, optional=_NORMAL | _Q),
    "log_normal": ParameterKind(required={}, optional=_NORMAL),
    "q_log_normal": ParameterKind(required={}, optional=_NORMAL | _Q),
    "beta": ParameterKind(required={}, optional=_BETA),
    "q_beta": ParameterKind(required={}, optional=_BETA | _Q),
}
"""By the word under `distribution`."""

EXPONENTS: Final = ("log_uniform", "q_log_uniform", "inv_log_uniform")
"""Deprecated kinds whose bounds are natural-log exponents."""

_LARGEST_EXPONENT: Final = 30.0
"""e to the power of it is 1e13, beyond what anything is searched in."""


def exponents_look_like_values(low: float, high: float) -> bool:
    """Whether bounds of `log_uniform`, exponents of e, look like the values themselves.

    Args:
        low: The lower bound, as an exponent of e.
        high: The upper one.
    """
    return 0 <= low < high <= 1 or high > _LARGEST_EXPONENT


BODY_KEYS: Final = (
    "distribution",
    "parameters",
    *dict.fromkeys(k for kind in KINDS.values() for k in kind.keys),
)
"""Every key that a parameter may have."""


def meant(body: Mapping[Any, Any]) -> str | None:
    """The kind that a body means, by its `distribution` or by its keys; None if nothing tells."""
    written = body.get("distribution")
    if "distribution" in body:
        return written if isinstance(written, str) and written in KINDS else None
    if "value" in body:
        return "constant"
    if "values" in body:
        return "categorical_w_probabilities" if "probabilities" in body else "categorical"
    if "min" in body or "max" in body:
        both = is_integer(body.get("min")) and is_integer(body.get("max"))
        return "int_uniform" if both else "uniform"
    return None


def fits(body: Mapping[Any, Any]) -> bool:
    """Whether W&B's schema takes a parameter's body as some kind; groups are another matter."""
    name = meant(body)
    if name is None:
        return False
    kind = KINDS[name]
    checks = {**kind.required, **kind.optional}
    rest = {key: value for key, value in body.items() if key != "distribution"}
    return all(key in rest for key in kind.required) and all(
        key in checks and checks[key](value) for key, value in rest.items()
    )

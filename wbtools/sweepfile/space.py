"""The space that a sweep searched: as its file says, or as its runs' configurations show."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.model.configuration import canonical
from wbtools.sweepfile.kinds import EXPONENTS, is_integer, is_number, meant
from wbtools.sweepfile.numbers_in_yaml import as_float

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_LISTED: Final = 6
_LARGEST_POWER: Final = 700.0
_WIDE: Final = 100.0
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")  # what W&B's schema takes
_RATES: Final = frozenset(
    {"lr", "wd", "l1", "l2", "eps", "epsilon", "decay", "lambda", "lamda", "reg", "tau"}
)
_RATE_PAIRS: Final = ("learning_rate", "learningrate", "weight_decay", "weightdecay", "eta_min")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A numeric parameter between bounds.

    Attributes:
        low: Lower bound, in values.
        high: Upper bound.
        kind: W&B's distribution.
        q: Its step; None without one.
        known: Whether the bounds are a sweep file's, and not only the extremes that were tried.
    """

    low: float
    high: float
    kind: str
    q: float | None = None
    known: bool = True

    @property
    def logarithmic(self) -> bool:
        """Whether its own scale is logarithmic."""
        return "log" in self.kind

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind == "int_uniform"

    def to_scale(self, value: float) -> float:
        """A value on the parameter's own scale."""
        return math.log(value) if self.logarithmic else value

    def from_scale(self, place: float) -> float:
        """The value at a place on its own scale."""
        return math.exp(place) if self.logarithmic else place

    def body(self, low: float, high: float) -> dict[str, Any]:
        """The parameter between other bounds, as a sweep file has it."""
        whole = self.whole or (self.q is not None and self.q % 1 == 0)
        written: dict[str, Any] = {
            "distribution": self.kind,
            "min": int(low) if whole and low % 1 == 0 else low,
            "max": int(high) if whole and high % 1 == 0 else high,
        }
        return written if self.q is None else written | {"q": self.q}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A parameter with listed values."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant, or a distribution without bounds: carried over as it was."""

    body: Mapping[str, Any]


Axis = Range | Choice | Constant


def axis_of(body: Mapping[str, Any]) -> Axis:
    """What a parameter of a sweep file searches."""
    kind = meant(body)
    values = body.get("values")
    if kind in {"categorical", "categorical_w_probabilities"} and isinstance(values, list):
        return Choice(values=tuple(values)) if values else Constant(body=body)
    low, high, q = (as_float(body.get(key)) for key in ("min", "max", "q"))
    if kind is None or low is None or high is None or not -math.inf < low < high < math.inf:
        return Constant(body=body)
    if q is not None and not 0 < q < math.inf:
        return Constant(body=body)
    if kind in EXPONENTS:
        ends = (-high, -low) if kind == "inv_log_uniform" else (low, high)
        low, high = (math.exp(max(-_LARGEST_POWER, min(end, _LARGEST_POWER))) for end in ends)
        kind = f"{kind}_values"
    if "log" in kind and low <= 0:
        return Constant(body=body)
    return Range(low=low, high=high, kind=kind, q=q)


def observed_space(
    configs: Sequence[Mapping[str, object]], without: Iterable[str]
) -> dict[str, Axis]:
    """Guess the space from what was tried, where no sweep file tells.

    Args:
        configs: Configurations of all runs, names dotted.
        without: Names that are results.
    """
    left_out = set(without)
    names = dict.fromkeys(name for config in configs for name in config if name not in left_out)
    space: dict[str, Axis] = {}
    for name in names:
        values = [config[name] for config in configs if name in config]
        if len(values) == len(configs) and not name.startswith("_") and _NAME.match(name):
            space[name] = observed_axis(name, values)
    return space


def _order(value: object) -> tuple[str, float, str]:
    return str(type(value)), float(value) if is_number(value) else 0.0, str(value)


def _spread_in_decades(numbers: Sequence[float]) -> bool:
    """Whether the middle of positive numbers is nearer to that of their range on a log scale."""
    low, middle, high = min(numbers), sorted(numbers)[len(numbers) // 2], max(numbers)
    on_logs = math.log(middle / low) / math.log(high / low)
    return abs(on_logs - 0.5) < abs((middle - low) / (high - low) - 0.5)


def observed_axis(name: str, values: Iterable[object]) -> Axis:
    """Guess what one parameter searched from the values that were tried, at least one."""
    distinct_values: dict[str, object] = {}
    for value in values:
        distinct_values.setdefault(canonical(value), value)
    distinct = list(distinct_values.values())
    if len(distinct) == 1:
        return Constant(body={"value": distinct[0]})
    numbers = [float(value) for value in distinct if is_number(value) and math.isfinite(value)]
    whole = all(is_integer(value) for value in distinct)
    if len(numbers) < len(distinct) or (whole and len(distinct) <= _MOST_LISTED):
        ordered = sorted(distinct, key=_order)
        return Choice(values=tuple(ordered))
    low, high = min(numbers), max(numbers)
    log = low > 0 and (is_rate(name) or (high / low >= _WIDE and _spread_in_decades(numbers)))
    kind = "int_uniform" if whole else "log_uniform_values" if log else "uniform"
    return Range(low=low, high=high, kind=kind, known=False)


def is_rate(name: str) -> bool:
    """Whether a parameter's name says that it is searched on a logarithmic scale."""
    last = name.rpartition(".")[2]
    parts = {part.lower() for part in _PART.findall(last)}
    flat = last.lower().replace("-", "_")
    return not parts.isdisjoint(_RATES) or any(pair in flat for pair in _RATE_PAIRS)

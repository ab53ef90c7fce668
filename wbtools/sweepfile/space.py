"""The space that a sweep searched: as its file says, or as its runs' configurations show.

An axis knows its own scale: `encode` is the one way from a parameter's value to a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wbtools.model.configuration import canonical, same_value
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.kinds import EXPONENTS, finite_number, is_integer, is_number, meant
from wbtools.sweepfile.numbers_in_yaml import as_float
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wbtools.sweepfile.document import Path

_MOST_LISTED: Final = 6
_LARGEST_POWER: Final = 700.0
_MOST_SHOWN: Final = 5
_WIDE: Final = 100.0
_DECADE: Final = 10.0
_ROUNDING: Final = 1e-9
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")  # what W&B's schema takes
_RATES: Final = frozenset(
    {"lr", "wd", "l1", "l2", "eps", "epsilon", "decay", "lambda", "lamda", "reg", "tau"}
)
_RATE_PAIRS: Final = ("learning_rate", "learningrate", "weight_decay", "weightdecay", "eta_min")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


@dataclass(frozen=True, kw_only=True)
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

    @property
    def listed(self) -> tuple[object, ...]:
        """The values that are listed: none."""
        return ()

    @property
    def ends(self) -> tuple[float, float]:
        """The bounds."""
        return self.low, self.high

    def encode(self, value: object) -> float:
        """The position on its own scale, 0 at the lower bound and 1 at the upper one.

        It lies beyond these for a value beyond the bounds; NaN for what has no position: a text, a
        truth value, NaN, and what has no logarithm where the scale is logarithmic.
        """
        number = finite_number(value)
        if math.isnan(number) or (self.logarithmic and number <= 0):
            return math.nan
        low, width = self._origin
        position = math.log(number) if self.logarithmic else number
        return (position - low) / width if 0 < width < math.inf else 0.0

    def decode(self, position: float) -> float:
        """The value at a position on its own scale."""
        if position in {0.0, 1.0}:
            return self.high if position else self.low
        low, width = self._origin
        place = low + position * width
        return math.exp(place) if self.logarithmic else place

    @cached_property
    def _origin(self) -> tuple[float, float]:
        """Where 0 lies, and how far it is to 1: values, or logarithms of these."""
        if self.logarithmic:
            return math.log(self.low), math.log(self.high) - math.log(self.low)
        return self.low, self.high - self.low

    def allows(self, value: object) -> bool:
        """Whether a recorded value may have come from here.

        W&B's engine rounds to multiples of q, 1 where none is written, which may lie up to q / 2
        beyond a bound.
        """
        step = (self.q or 1.0) if self.kind.startswith("q_") else 0.0
        return _between(value, self.low, self.high, step / 2)

    def body(self, low: float, high: float) -> dict[str, Any]:
        """The parameter between other bounds, as a sweep file has it."""
        whole = self.whole or (self.q is not None and self.q % 1 == 0)
        written: dict[str, Any] = {
            "distribution": self.kind,
            "min": int(low) if whole and low % 1 == 0 else low,
            "max": int(high) if whole and high % 1 == 0 else high,
        }
        return written if self.q is None else written | {"q": self.q}

    def __str__(self) -> str:
        """What it allows, in words."""
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A parameter with listed values."""

    values: tuple[object, ...]

    @property
    def listed(self) -> tuple[object, ...]:
        """The values that are listed."""
        return self.values

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The listed numbers in rising order, each once; empty where some value is no number."""
        numbers = [finite_number(value) for value in self.values]
        return () if any(map(math.isnan, numbers)) else tuple(sorted(set(numbers)))

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest of a list of numbers."""
        return self.numbers[0], self.numbers[-1]

    def encode(self, value: object) -> float:
        """The place in the list of numbers, 0 for the least and 1 for the greatest.

        Source: ranks as in Gower 1971, scaled. NaN for what is not listed, and for every value of
        a list that does not hold numbers alone, or only one: it has no scale.
        """
        return self._places.get(canonical(value), math.nan)

    @cached_property
    def _places(self) -> dict[str, float]:
        last = len(self.numbers) - 1
        if last <= 0:
            return {}
        places = {number: k / last for k, number in enumerate(self.numbers)}
        # Integers beyond 2**53 are no floats: they have places by what is written.
        return {
            name: places[finite_number(value)]
            for value in self.values
            for name in (canonical(value), canonical(finite_number(value)))
        }

    def allows(self, value: object) -> bool:
        """Whether a recorded value may have come from here."""
        return any(_is_listed(value, listed) for listed in self.values)

    def __str__(self) -> str:
        """What it allows, in words."""
        return _few(self.values)


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A constant, or a distribution without bounds: carried over as it was."""

    body: Mapping[str, Any]

    @property
    def listed(self) -> tuple[object, ...]:
        """Its value; empty for a distribution."""
        return (self.body["value"],) if "value" in self.body else ()

    def encode(self, _value: object) -> float:
        """NaN: nothing is known of its scale."""
        return math.nan

    def allows(self, value: object) -> bool:
        """Whether a recorded value may have come from here."""
        if self.listed:
            return _is_listed(value, self.listed[0])
        if meant(self.body) in EXPONENTS:
            return True
        low, high = (as_float(self.body.get(key)) for key in ("min", "max"))
        return low is high is None or _between(
            value, -math.inf if low is None else low, math.inf if high is None else high
        )

    def __str__(self) -> str:
        """What it allows, in words."""
        return _few(self.listed) if self.listed else "others"


Axis = Range | Choice | Constant


@dataclass(frozen=True, kw_only=True)
class SearchSpace(Mapping[str, Axis]):
    """The parameters of a sweep, by dotted name.

    Attributes:
        axes: What each may take.
        paths: Where each stands in the sweep file; empty where no file tells.
    """

    __repr__ = brief_repr

    axes: Mapping[str, Axis] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Axis:
        """What a parameter may take."""
        return self.axes[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self.axes)

    def __len__(self) -> int:
        """How many parameters there are."""
        return len(self.axes)


def written_space(data: object) -> SearchSpace:
    """What a sweep file searches.

    Args:
        data: The file as it was loaded; parameters without a mapping are passed over.
    """
    known = [parameter for parameter in Document(data=data).parameters if parameter.mapping]
    return SearchSpace(
        axes={parameter.name: axis_of(parameter.mapping) for parameter in known},
        paths={parameter.name: parameter.path for parameter in known},
    )


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


def observed_space(configs: Sequence[Mapping[str, object]], without: Iterable[str]) -> SearchSpace:
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
    return SearchSpace(axes=space)


def _order(value: object) -> tuple[str, float, str]:
    return str(type(value)), value if is_number(value) else 0.0, str(value)


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
    numbers = [number for value in distinct if math.isfinite(number := finite_number(value))]
    whole = all(is_integer(value) for value in distinct)
    if len(numbers) < len(distinct) or (whole and len(distinct) <= _MOST_LISTED):
        ordered = sorted(distinct, key=_order)
        return Choice(values=tuple(ordered))
    low, high = min(numbers), max(numbers)
    log = low > 0 and (is_rate(name) or (high / low >= _WIDE and _spread_in_decades(numbers)))
    kind = "int_uniform" if whole else "log_uniform_values" if log else "uniform"
    return Range(low=low, high=high, kind=kind, known=False)


def axis_of_numbers(numbers: Iterable[float]) -> Range:
    """The scale of numbers that no sweep file bounds and whose name does not count.

    It goes from the least to the greatest, on logarithms where all are positive and a factor of 10
    or more apart.
    """
    known = list(numbers)
    low, high = min(known), max(known)
    log = low > 0 and high / low >= _DECADE
    return Range(low=low, high=high, kind="log_uniform_values" if log else "uniform", known=False)


def is_rate(name: str) -> bool:
    """Whether a parameter's name says that it is searched on a logarithmic scale."""
    last = name.rpartition(".")[2]
    parts = {part.lower() for part in _PART.findall(last)}
    flat = last.lower().replace("-", "_")
    return not parts.isdisjoint(_RATES) or any(pair in flat for pair in _RATE_PAIRS)


def _between(value: object, low: float, high: float, slack: float = 0.0) -> bool:
    if not is_number(value):
        return False
    slack += _ROUNDING * max(abs(value), 1e-300)
    return low - slack <= value <= high + slack


def _is_listed(value: object, listed: object) -> bool:
    """Whether a run's value is the listed one, in which PyYAML may have read a number as text."""
    number = as_float(listed) if is_number(value) and isinstance(listed, str) else None
    if number is not None and isinstance(value, int) and str(listed).lstrip("+-").isdecimal():
        number = int(str(listed))  # a float has no digits beyond 2**53
    return same_value(value, listed if number is None else number)


def _few(values: tuple[object, ...]) -> str:
    return ", ".join(repr(value) for value in values[:_MOST_SHOWN])

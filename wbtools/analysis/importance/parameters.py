"""The parameters of a sweep as columns of numbers, whatever their values were.

A parameter between bounds becomes its place on its own scale, 0 to 1 (logarithmic where the range
is). So do listed numbers, between the least and the greatest. Texts, truth values, lists and
mixtures of these become categories. What a run does not have is NaN.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.model.configuration import canonical
from wbtools.sweepfile.kinds import finite_number
from wbtools.sweepfile.space import Choice, Constant, Range, axis_of_numbers, observed_axis
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.sweepfile.space import Axis

MOST_LEVELS: Final = 24
"""Categories that are told apart; rarer ones are taken together."""
FEWEST_A_LEVEL: Final = 2
"""Runs that a category needs on average: beneath that a text names the run, not a choice."""
_NUMERIC_SHARE: Final = 0.8
_MOST_LISTED: Final = 6
"""So few different numbers look like a list, where no sweep file tells."""
OTHERS: Final = "(others)"


@dataclass(frozen=True, kw_only=True, eq=False)
class VariedParameter:
    """One parameter that varied.

    Attributes:
        axis: What was searched.
        places: `[N]` on its own scale, 0 to 1 within the bounds, or the category's place in
            `levels`; NaN where a run does not have it.
        levels: Listed values in order, as they were written; empty for a range.
        scale: On which numbers have their places; None for categories.
    """

    __repr__ = brief_repr

    name: str
    axis: Range | Choice
    places: NDArray[np.float64]
    levels: tuple[object, ...] = ()
    scale: Range | None

    @property
    def ordered(self) -> bool:
        """Whether more and less mean something."""
        return self.scale is not None

    @property
    def logarithmic(self) -> bool:
        """Whether its own scale is logarithmic."""
        return self.scale is not None and self.scale.logarithmic

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """`[N]` the runs that have it."""
        return np.isfinite(self.places)

    @cached_property
    def n(self) -> int:
        """How many runs have it."""
        return int(self.present.sum())

    @cached_property
    def level_places(self) -> NDArray[np.float64]:
        """The places of `levels`."""
        if self.scale is None:
            return np.arange(len(self.levels), dtype=np.float64)
        return np.array([self.scale.encode(level) for level in self.levels])

    @property
    def whole(self) -> bool:
        """Whether it is a range of whole numbers."""
        return isinstance(self.axis, Range) and self.axis.whole

    def value(self, place: float) -> float:
        """The value at a place, to the digits that its scale keeps; of a category, the place."""
        return place if self.scale is None else float(f"{self.scale.decode(place):.12g}")

    def taken(self, rows: NDArray[np.int64]) -> VariedParameter:
        """The same parameter of some of the runs."""
        return VariedParameter(
            name=self.name,
            axis=self.axis,
            places=self.places[rows],
            levels=self.levels,
            scale=self.scale,
        )

    def drawn(self, even: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places drawn evenly from what was searched, absent as often as in the runs.

        Args:
            even: Numbers in [0, 1), of any shape.
        """
        absent = 1 - self.n / len(self.places)
        places = np.clip((even - absent) / max(1 - absent, 1e-12), 0.0, 1.0 - 1e-12)
        if self.levels:
            places = self.level_places[(places * len(self.levels)).astype(np.int64)]
        return np.where(even < absent, np.nan, places)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A parameter that varied and about which nothing can be said."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What varied, what did not, and what was left out.

    Attributes:
        unsearched: Names that vary though the sweep file does not search them.
    """

    varied: tuple[VariedParameter, ...]
    constant: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    unsearched: tuple[str, ...]


def read_parameters(
    configs: Sequence[Mapping[str, object]],
    space: Mapping[str, Axis] | None,
    *,
    results: Iterable[str],
    only: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Parameters:
    """Turn configurations into columns.

    Args:
        configs: N configurations, names dotted.
        space: What was searched; None where nothing tells, and everything that varies counts.
        results: Names that are no parameters.
        only: Patterns of names that alone are looked at, if any is given.
        without: Patterns of names that are passed over.
    """
    dropped = set(results)
    names = sorted({name for config in configs for name in config} - dropped)
    varied, constant, left_out, unsearched = [], [], [], []
    for name in names:
        if name.startswith("_") or not is_asked(name, only, without):
            continue
        column = _parameter(name, [config.get(name) for config in configs], (space or {}).get(name))
        if column is None:
            constant.append(name)
        elif space is not None and not only and not _searched(space.get(name)):
            unsearched.append(name)
        elif isinstance(column, VariedParameter):
            varied.append(column)
        else:
            left_out.append(column)
    return Parameters(
        varied=tuple(varied),
        constant=tuple(constant),
        left_out=tuple(left_out),
        unsearched=tuple(unsearched),
    )


def is_asked(name: str, only: Sequence[str], without: Sequence[str]) -> bool:
    """Whether a parameter is to be looked at.

    Args:
        name: Dotted.
        only: Patterns of names that alone are looked at, if any is given.
        without: Patterns of names that are passed over.
    """
    wanted = not only or any(fnmatchcase(name, pattern) for pattern in only)
    return wanted and not any(fnmatchcase(name, pattern) for pattern in without)


def _searched(axis: Axis | None) -> bool:
    """Whether a sweep file leaves it open; of distributions without bounds only that is known."""
    return axis is not None and not (isinstance(axis, Constant) and "value" in axis.body)


def _parameter(
    name: str, values: list[object], axis: Axis | None
) -> VariedParameter | LeftOut | None:
    """One column; None if it is constant."""
    keys = [None if value is None else canonical(value) for value in values]
    tally = Counter(key for key in keys if key is not None)
    if not tally or (len(tally) == 1 and None not in keys):
        return None
    by_key: dict[str, Any] = {
        key: value for key, value in zip(keys, values, strict=True) if key is not None
    }
    numbers = {
        key: number
        for key, value in by_key.items()
        if not math.isnan(number := finite_number(value))
    }
    mostly = sum(tally[key] for key in numbers) >= _NUMERIC_SHARE * tally.total()
    if isinstance(axis, Constant):
        axis = None
    few = len(by_key) <= min(_MOST_LISTED, tally.total() / FEWEST_A_LEVEL)
    if axis is None and mostly and not (few and len(numbers) == len(by_key)):
        axis = observed_axis(
            name, list({number: by_key[key] for key, number in numbers.items()}.values())
        )
    if isinstance(axis, Range) and mostly:
        return _between(name, keys, numbers, axis)
    if len(tally) == 1:
        return LeftOut(name=name, why="runs have one value of it, or none")
    if len(numbers) == len(by_key):
        return _listed(name, keys, numbers, by_key)
    if tally.total() < FEWEST_A_LEVEL * len(tally):
        return LeftOut(
            name=name, why=f"{len(tally)} different values in {count(tally.total(), 'run')}"
        )
    return _categories(name, keys, tally, by_key)


def _between(
    name: str, keys: list[str | None], numbers: Mapping[str, float], axis: Range
) -> VariedParameter | LeftOut:
    places = _placed(keys, numbers, axis)
    if len(np.unique(places[np.isfinite(places)])) < 2:  # noqa: PLR2004 - it has to vary
        return LeftOut(name=name, why="runs have one value of it, or none")
    return VariedParameter(name=name, axis=axis, places=places, scale=axis)


def _listed(
    name: str, keys: list[str | None], numbers: Mapping[str, float], by_key: Mapping[str, Any]
) -> VariedParameter:
    """Listed numbers, by their logarithms where they are spread so."""
    ordered = sorted(set(numbers.values()))
    scale = axis_of_numbers(ordered)
    written = {number: by_key[key] for key, number in sorted(numbers.items(), reverse=True)}
    levels = tuple(written[number] for number in ordered) if len(ordered) <= MOST_LEVELS else ()
    return VariedParameter(
        name=name,
        axis=Choice(values=tuple(written[number] for number in ordered)),
        places=_placed(keys, numbers, scale),
        levels=levels,
        scale=scale,
    )


def _placed(
    keys: list[str | None], numbers: Mapping[str, float], scale: Range
) -> NDArray[np.float64]:
    """`[N]` where the numbers of N values lie on a scale; NaN for what is none."""
    places = {key: scale.encode(number) for key, number in numbers.items()}
    return np.array([places.get(key or "", np.nan) for key in keys])


def _categories(
    name: str, keys: list[str | None], tally: Counter[str], by_key: Mapping[str, Any]
) -> VariedParameter:
    frequent = sorted(tally, key=lambda key: (-tally[key], key))
    kept = sorted(frequent[:MOST_LEVELS])
    at = {key: float(k) for k, key in enumerate(kept)}
    levels = [by_key[key] for key in kept]
    if len(frequent) > MOST_LEVELS:
        at |= dict.fromkeys(frequent[MOST_LEVELS:], float(len(kept)))
        levels.append(OTHERS)
    return VariedParameter(
        name=name,
        axis=Choice(values=tuple(levels)),
        places=np.array([np.nan if key is None else at[key] for key in keys]),
        levels=tuple(levels),
        scale=None,
    )

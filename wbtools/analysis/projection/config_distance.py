"""How alike two configurations are, whatever their parameters are called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model.configuration import tells_replicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_WIDE = 10.0
_MOST_KEYS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DistanceParameter:
    """One parameter that varies, over N configurations.

    Attributes:
        there: `bool [N]` whether the configuration has it.
        place: `[N]` where its number lies between the least (0) and the most (1); the code of
            its value where it is no number.
        is_number: Which of the two.
    """

    there: NDArray[np.bool_]
    place: NDArray[np.float64]
    is_number: bool

    def gaps(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
        """`[len(rows), len(others)]` squared difference, in [0, 1].

        Values that are no numbers differ by 1 or not at all; so do one that is there and one that
        is not.
        """
        far = np.subtract.outer(self.place[rows], self.place[others])
        gap = far**2 if self.is_number else (far != 0).astype(float)
        a, b = self.there[rows], self.there[others]
        return np.where(np.logical_and.outer(a, b), gap, np.not_equal.outer(a, b))


def parameters(configs: Sequence[Mapping[str, object]]) -> list[DistanceParameter]:
    """The parameters that vary, by name; at most the first 40, those of seeds and folds left out.

    A number counts by its logarithm where all are positive and a factor of 10 or more apart.
    """
    found: list[DistanceParameter] = []
    for name in sorted({name for config in configs for name in config}):
        if tells_replicates(name):
            continue
        parameter = _parameter([config.get(name) for config in configs])
        if parameter is not None:
            found.append(parameter)
        if len(found) == _MOST_KEYS:
            break
    return found


def _parameter(values: Sequence[object]) -> DistanceParameter | None:
    there = np.array([value is not None for value in values])
    numbers = np.array([number_of(value) for value in values])
    numeric = np.isfinite(numbers)
    if numeric.any() and np.array_equal(numeric, there):
        low, high = float(numbers[numeric].min()), float(numbers[numeric].max())
        if low == high and there.all():
            return None
        if low > 0 and high / low >= _WIDE:
            numbers, low, high = np.log(numbers), math.log(low), math.log(high)
        wide = high - low
        place = (numbers - low) / wide if 0 < wide < math.inf else np.zeros(len(numbers))
        return DistanceParameter(there=there, place=np.where(numeric, place, 0.0), is_number=True)
    words, codes = np.unique([repr(value) for value in values], return_inverse=True)
    if len(words) == 1:
        return None
    return DistanceParameter(there=there, place=codes.astype(float), is_number=False)


def number_of(value: object) -> float:
    """A number as a float; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan

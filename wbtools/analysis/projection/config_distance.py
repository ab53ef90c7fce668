"""How alike two configurations are, whatever their parameters are called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model.configuration import tells_replicates
from wbtools.sweepfile.kinds import finite_number
from wbtools.sweepfile.space import axis_of_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_MOST_KEYS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DistanceParameter:
    """One parameter that varies, over N configurations.

    Attributes:
        there: `bool [N]` whether the configuration has it.
        place: `[N]` where its number lies between the least (0) and the most (1), 0 where there is
            none; the code of its value where it is no number.
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
    numbers = [number for value in values if not math.isnan(number := finite_number(value))]
    if numbers and len(numbers) == there.sum():
        axis = axis_of_numbers(numbers)
        if axis.low == axis.high and there.all():
            return None
        place = np.array([0.0 if value is None else axis.encode(value) for value in values])
        return DistanceParameter(there=there, place=place, is_number=True)
    words, codes = np.unique([repr(value) for value in values], return_inverse=True)
    if len(words) == 1:
        return None
    return DistanceParameter(there=there, place=codes.astype(float), is_number=False)

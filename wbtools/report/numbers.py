"""Numbers for people: enough digits to tell things apart, and units that fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.report.safe_text import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNIFICANT = 4
_MOST_DECIMALS = 8
_MOST_EXTRA = 17
_SMALLEST_FIXED = 1e-3
_LARGEST_FIXED = 1e7
_ALMOST = 0.005
_S_PER_MIN = 60
_S_PER_H = 3600
_SHORTEST_MIN_S = 99.5
_LARGE_H = 99.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many digits the values of one metric need, so that a table of them can be read.

    Attributes:
        decimals: Digits after the point.
        scientific: Whether values are so small or so large that they need an exponent.
    """

    decimals: int
    scientific: bool = False

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Scale:
        """Choose digits from the middle half of the values, so that one outlier changes nothing.

        At least four significant digits of the largest, and at least two of the distance between
        the quartiles.
        """
        known = np.array([x for x in values if x is not None and math.isfinite(x)])
        largest = float(np.median(np.abs(known))) if len(known) else 0.0
        if largest == 0:
            return cls(decimals=_SIGNIFICANT)
        exponent = math.floor(math.log10(largest))
        scientific = not _SMALLEST_FIXED <= largest < _LARGEST_FIXED
        unit = 10.0**exponent if scientific else 1.0
        decimals = _SIGNIFICANT - 1 - (0 if scientific else exponent)
        low, high = np.quantile(known, (0.25, 0.75))
        span = float(high - low) / unit
        if span > 0:
            decimals = max(decimals, math.ceil(-math.log10(span)) + 1)
        return cls(decimals=min(max(decimals, 0), _MOST_DECIMALS), scientific=scientific)

    def show(self, value: float | None) -> str:
        """One value; a dash for an unknown one."""
        return UNKNOWN if value is None else _write(value, self.decimals, self.scientific)

    def apart(self, *values: float | None) -> list[str]:
        """Values that are compared with each other: different ones never look the same."""
        different = len({x for x in values if x is not None})
        for decimals in range(self.decimals, self.decimals + _MOST_EXTRA):
            texts = [UNKNOWN if x is None else _write(x, decimals, self.scientific) for x in values]
            if len(set(texts) - {UNKNOWN}) >= different:
                return texts
        return [UNKNOWN if x is None else repr(x) for x in values]

    def signed(self, value: float | None) -> str:
        """A difference with its sign; 0 only where it is exactly that."""
        if value is None:
            return UNKNOWN
        if value == 0:
            return "0"
        text = f"{value:+.{self.decimals}{'e' if self.scientific else 'f'}}"
        return text if float(text) else f"{value:+.1e}"


def _write(value: float, decimals: int, scientific: bool) -> str:  # noqa: FBT001 - private, both named at the calls
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else f"{value:+}"
    if value == 0:
        return f"{0:.{decimals}f}"
    if scientific or abs(value) >= _LARGEST_FIXED * 100:
        return f"{value:.{decimals if scientific else _SIGNIFICANT - 1}e}"
    text = f"{value:.{decimals}f}"
    return text if float(text) else f"{value:.{_SIGNIFICANT - 1}e}"


def hours(value: float | None) -> str:
    """A duration given in hours, in the unit that fits: `2.0 h`, `4 min`, `35 s`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    seconds = value * _S_PER_H
    if seconds < 1:
        return "0 s" if seconds == 0 else "<1 s"
    if seconds < _SHORTEST_MIN_S:
        return f"{seconds:.0f} s"
    if round(seconds / _S_PER_MIN) < _S_PER_MIN:
        return f"{seconds / _S_PER_MIN:.0f} min"
    return f"{value:.0f} h" if value >= _LARGE_H else f"{value:.1f} h"


def percent(share: float) -> str:
    """A share of [0, 1] as `36 %`; never 0 or 100 for what only comes near."""
    if 0 < share < _ALMOST:
        return "<1 %"
    if 1 - _ALMOST < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def probability(p: float | None) -> str:
    """`1`, `.31`, `<.01`: certainty is written only where it is meant."""
    if p is None or math.isnan(p):
        return UNKNOWN
    if p in {0.0, 1.0}:
        return f"{p:.0f}"
    if p < 2 * _ALMOST:
        return "<.01"
    if p > 1 - 2 * _ALMOST:
        return ">.99"
    return f"{p:.2f}".lstrip("0")


def count(n: int, noun: str, plural: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], *, most: int = 5) -> str:
    """`8, 9 and 11`; what is beyond the first few is counted."""
    every = list(words)
    if len(every) > most + 1:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))

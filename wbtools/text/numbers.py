"""Numbers for people: enough digits to tell things apart, and units that fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNIFICANT = 4
_MOST_DECIMALS = 8
_MOST_EXTRA = 17
_SMALLEST_FIXED = 1e-3
_LARGEST_FIXED = 1e7
_ALMOST = 0.005
_SMALLEST_P = 1e-3
_TIE = 1e-6
_S_PER_MIN = 60
S_PER_H = 3600
"""Seconds an hour."""
_SHORTEST_MIN_S = 99.5
_H_PER_DAY = 24
_LARGE_H = 99.95
_KILO = 1000
_LARGE_SIZE = 99.95


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
        known = sorted(float(x) for x in values if x is not None and math.isfinite(x))
        largest = sorted(map(abs, known))[len(known) // 2] if known else 0.0
        if largest == 0:
            return cls(decimals=_SIGNIFICANT)
        exponent = math.floor(math.log10(largest))
        scientific = not _SMALLEST_FIXED <= largest < _LARGEST_FIXED
        decimals = _SIGNIFICANT - 1 - (0 if scientific else exponent)
        quarter = len(known) // 4
        # Halves, since the distance between the largest numbers of two signs is none.
        half_span = known[-1 - quarter] / 2 - known[quarter] / 2
        if half_span > 0:
            places = math.log10(half_span) + math.log10(2) - (exponent if scientific else 0)
            decimals = max(decimals, math.ceil(-places) + 1)
        return cls(decimals=min(max(decimals, 0), _MOST_DECIMALS), scientific=scientific)

    def show(self, value: float | None) -> str:
        """One value; a dash for an unknown one."""
        return self.apart(value)[0]

    def apart(self, *values: float | None) -> list[str]:
        """Values that are compared with each other: different ones never look the same."""
        values = tuple(None if x is None or math.isnan(x) else x for x in values)
        different = len(set(values) - {None})
        for decimals in range(self.decimals, self.decimals + _MOST_EXTRA):
            texts = [UNKNOWN if x is None else _write(x, decimals, self.scientific) for x in values]
            if len(set(texts) - {UNKNOWN}) >= different:
                return texts
        return [UNKNOWN if x is None else repr(x) for x in values]

    def signed(self, value: float | None) -> str:
        """A difference with its sign; 0 only where it is exactly that."""
        if value is None or math.isnan(value):
            return UNKNOWN
        if value == 0:
            return "0"
        if not self.scientific and abs(value) >= _LARGEST_FIXED * 100:
            return f"{value:+.{_SIGNIFICANT - 1}e}"
        text = f"{value:+.{self.decimals}{'e' if self.scientific else 'f'}}"
        return text if float(text) else f"{value:+.1e}"


def _write(value: float, decimals: int, scientific: bool) -> str:  # noqa: FBT001 - private, both named at the calls
    if not math.isfinite(value):
        return f"{value:+}"
    if value == 0:
        return f"{0:.{decimals}f}"
    if scientific or abs(value) >= _LARGEST_FIXED * 100:
        return f"{value:.{decimals if scientific else _SIGNIFICANT - 1}e}"
    text = f"{value:.{decimals}f}"
    return text if float(text) else f"{value:.{_SIGNIFICANT - 1}e}"


def hours(value: float | None, *, extra: int = 0) -> str:
    """A duration given in hours, in the unit that fits: `2.0 h`, `4 min`, `35 s`.

    Args:
        value: Hours.
        extra: Digits beyond the usual ones.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    amount, unit, decimals = _in_unit(value)
    if amount >= _LARGEST_FIXED:
        return f"{amount:.1e} {unit}"
    if unit == "s" and 0 < amount < 1 and not extra:
        return "<1 s"
    return f"{amount:.{decimals + extra}f} {unit}"


def _in_unit(value_h: float) -> tuple[float, str, int]:
    """Amount, unit and usual decimals."""
    seconds = value_h * S_PER_H
    if seconds < _SHORTEST_MIN_S:
        return seconds, "s", 0
    if seconds < (_S_PER_MIN - 0.5) * _S_PER_MIN:
        return seconds / _S_PER_MIN, "min", 0
    return value_h, "h", 0 if value_h >= _LARGE_H else 1


def saved_of(used_h: float, full_h: float) -> tuple[str, str, str]:
    """What was used, what all would have cost, and the share saved, such that they agree.

    Args:
        used_h: Hours, at most `full_h`.
        full_h: Hours, above 0.
    """
    saved = percent(1 - used_h / full_h)
    for extra in range(_MOST_DECIMALS):
        texts = hours(used_h, extra=extra), hours(full_h, extra=extra)
        used, full = (_hours_read(text) for text in texts)
        if not full:
            continue
        share = max(1 - used / full, 0.0)
        is_tie = abs(100 * share % 1 - 0.5) < _TIE  # which readers may round either way
        if percent(share) == saved and not is_tie:
            return *texts, saved
    return hours(used_h), hours(full_h), saved


def _hours_read(text: str) -> float:
    amount, unit = text.split(" ")
    in_s = {"s": 1, "min": _S_PER_MIN, "h": S_PER_H}[unit]
    return 0.0 if amount.startswith("<") else float(amount) * in_s / S_PER_H


def size(n_bytes: int) -> str:
    """A size on disk in the unit that fits: `812 B`, `3.1 MB`; a kB is 1000 bytes."""
    amount, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while amount >= _KILO - 0.5 and len(units) > 1:
        amount, units = amount / _KILO, units[1:]
    plain = units[0] == "B" or amount >= _LARGE_SIZE
    return f"{amount:.{0 if plain else 1}f} {units[0]}"


def percent(share: float) -> str:
    """A share of [0, 1] as `36 %`; never 0 or 100 for what only comes near."""
    if 0 < share <= _ALMOST:
        return "<1 %"
    if 1 - _ALMOST <= share < 1:
        return ">99 %"
    whole = f"{100 * share:.0f}"
    return f"{'0' if whole == '-0' else whole} %"


def percents(low: float, high: float) -> str:
    """Both ends of an interval of a share, as `18 … 44 %`."""
    first, last = percent(low), percent(high)
    return first if first == last else f"{first.removesuffix(' %')} … {last}"


def probability(p: float | None, *, may_be_sure: bool = True) -> str:
    """A probability as `34 %`; certainty is written only where it is meant, and never of a failure.

    Args:
        p: In [0, 1].
        may_be_sure: Whether 1 says that it happened already, not that no draw said otherwise.
    """
    if p is None or math.isnan(p):
        return UNKNOWN
    if p == 1 and may_be_sure:
        return "100 %"
    return percent(min(max(p, _ALMOST / 2), 1 - _ALMOST / 2))


def p_value(p: float | None) -> str:
    """The p of a test, as `.031`, `<.001`, or `1` where it is that."""
    if p is None or math.isnan(p):
        return UNKNOWN
    if p < _SMALLEST_P:
        return "<.001"
    return "1" if p == 1 else f"{min(p, 1 - _SMALLEST_P):.3f}".lstrip("0")


def small(value: float | None) -> str:
    """An amount that need not fit to others, with two digits: `0.0031`, `1.2e-05`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:.2g}"


def count(n: int, noun: str, plural: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], *, most: int = 5) -> str:
    """`8, 9 and 11`; what is beyond the first few is counted."""
    every = list(words)
    if len(every) > most + 1:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def ago(moment: datetime) -> str:
    """How long a moment has passed: `5 min ago`, `3 days ago`.

    Args:
        moment: Aware; one that is still to come has passed just now.
    """
    passed_h = max(0.0, (datetime.now(UTC) - moment).total_seconds() / S_PER_H)
    if passed_h < _H_PER_DAY:
        return f"{hours(passed_h)} ago"
    return f"{count(int(passed_h / _H_PER_DAY), 'day')} ago"

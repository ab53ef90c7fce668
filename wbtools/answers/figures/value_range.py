"""From which to which value a figure reaches, so that outliers do not flatten all the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.text.numbers import Scale

_HEADROOM: Final = 0.06
_WIDE_ENOUGH: Final = 2.0
_LARGEST_DRAWN: Final = 1e300  # differences and sums of such values are still numbers
_MOST_TICKS: Final = 5
_SMALLEST_SPAN: Final = 1e-290


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRange:
    """From `low` to `high`, always apart."""

    low: float
    high: float

    @classmethod
    def of(
        cls,
        curves: Sequence[NDArray[np.float64]],
        marks: Sequence[float] = (),
        special: Sequence[float] = (),
    ) -> ValueRange:
        """Most values and the ends of all usual runs; always the marks and what is special.

        Whole curves, first reports included, where that makes the picture at most twice as high.

        Args:
            curves: Of each run its values, at least one.
            marks: A bar, thresholds, ends of intervals.
            special: Last values of runs that stand out.
        """
        if not curves:
            return cls(low=0.0, high=1.0)
        drawn = [np.clip(y, -_LARGEST_DRAWN, _LARGEST_DRAWN) for y in curves]
        ends = np.array([y[-1] for y in drawn])
        quartiles = np.quantile(ends, (0.25, 0.75))
        reach = 3 * (quartiles[1] - quartiles[0])
        is_usual = (ends >= quartiles[0] - reach) & (ends <= quartiles[1] + reach)
        inside = np.concatenate([y for y, kept in zip(drawn, is_usual, strict=True) if kept])
        middle = np.quantile(inside, (0.1, 0.9))
        always = np.clip([*marks, *special], -_LARGEST_DRAWN, _LARGEST_DRAWN)
        shown = np.concatenate((ends[is_usual], always, middle))
        low, high = float(shown.min()), float(shown.max())
        lowest, highest = min(low, float(inside.min())), max(high, float(inside.max()))
        if highest - lowest <= _WIDE_ENOUGH * (high - low):
            low, high = lowest, highest
        return _with_room(low, high)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """A few round numbers within, and how they are written."""
        rough = (self.high - self.low) / _MOST_TICKS
        power = 10.0 ** np.floor(np.log10(rough))
        step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough)
        first, last = np.ceil(self.low / step), np.floor(self.high / step)
        places = sorted({float(k * step) + 0.0 for k in np.arange(first, last + 1)})
        return tuple((at, f"{at:.10g}") for at in places)

    def hidden_words(self, curves: Sequence[NDArray[np.float64]], scale: Scale) -> list[str]:
        """What the edges of the picture hide: whole runs, first reports, other parts of curves."""
        whole = begun = other = 0
        lowest, highest = self.low, self.high
        for y in curves:
            hidden = (y < self.low) | (y > self.high)
            if hidden.all():
                whole += 1
            elif hidden.any():
                is_begin = not hidden[int(hidden.sum()) :].any()
                begun, other = begun + is_begin, other + (not is_begin)
                lowest = min(lowest, float(y.min()))
                highest = max(highest, float(y.max()))
        sentences = []
        if whole:
            sentences.append(f"{count(whole, 'run')} beyond the edge, far from the others.")
        reach = " and ".join(
            f"{word} to {scale.show(value)}"
            for word, value, edge in (("down", lowest, self.low), ("up", highest, self.high))
            if value != edge
        )
        if begun:
            sentences.append(
                f"First reports of {count(begun, 'run')} lie beyond the edge ({reach})."
            )
        if other:
            sentences.append(f"Parts of {count(other, 'curve')} lie beyond the edge ({reach}).")
        return sentences


def zoomed_range(values: Sequence[float]) -> ValueRange:
    """Just around these values."""
    if not values:
        return ValueRange(low=0.0, high=1.0)
    inside = np.clip(values, -_LARGEST_DRAWN, _LARGEST_DRAWN)
    return _with_room(float(inside.min()), float(inside.max()))


def _with_room(low: float, high: float) -> ValueRange:
    room = (high - low) * _HEADROOM
    if high - low < _SMALLEST_SPAN:
        room = max(abs(high) * _HEADROOM, _SMALLEST_SPAN) if high else 1.0
    return ValueRange(low=low - room, high=high + room)

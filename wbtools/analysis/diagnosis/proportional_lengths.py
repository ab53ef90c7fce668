"""Lengths that follow from the amount of training: so many epochs in batches of such a size.

A run that evaluates every N optimizer steps makes floor(c * epochs / batch size) reports, where c
is the number of examples over N: the same for all runs of a sweep, whatever batch size and epochs
were searched. Where one c fits nearly all runs that finished, it tells how long the others are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wbtools.model.configuration import leaf
from wbtools.sweepfile.kinds import finite_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BATCH_WORDS = ("batch_size", "batchsize", "bs", "train_batch_size", "per_device_train_batch_size")
_ACCUMULATION_WORDS = (
    "gradient_accumulation_steps",
    "accumulate_grad_batches",
    "grad_accum_steps",
    "grad_accum",
)
_SMALLEST, _LARGEST = 1e-6, 2.0**31  # of what may be a batch size, or a number of reports
_FEWEST = 4
_FITTING_SHARE = 0.8
_FEWEST_VALUES = 2


def batch_key(configs: Sequence[Mapping[str, object]]) -> str | None:
    """The parameter that holds the batch size, if it was searched; None if none was."""
    names = {name for config in configs for name in config if leaf(name) in _BATCH_WORDS}
    searched = [
        name
        for name in names
        if len({_positive(config.get(name)) for config in configs} - {None}) >= _FEWEST_VALUES
    ]
    return min(searched, key=lambda name: (len(name), name), default=None)


def batches(config: Mapping[str, object], key: str, epochs: float) -> float | None:
    """Epochs over examples a step: what the length is proportional to; None if unknown."""
    size = _positive(config.get(key))
    if size is None or epochs <= 0:
        return None
    held = (_positive(value) for name, value in config.items() if leaf(name) in _ACCUMULATION_WORDS)
    return epochs / (size * next((number for number in held if number is not None), 1.0))


def proportional_length(amounts: Sequence[float], lengths: Sequence[int]) -> float | None:
    """The c with which floor(c * amount) is the length of nearly all runs; None if none fits.

    Args:
        amounts: Of runs that finished, epochs over batch size; two values at least.
        lengths: Their reports.
    """
    if len(lengths) < _FEWEST or len(set(lengths)) < _FEWEST_VALUES:
        return None
    if len(set(amounts)) < _FEWEST_VALUES:
        return None
    # A length of n says that n <= c * amount < n + 1; the c that satisfies the most of them.
    ends = [(length / amount, 1) for amount, length in zip(amounts, lengths, strict=True)]
    ends += [((length + 1) / amount, -1) for amount, length in zip(amounts, lengths, strict=True)]
    most, satisfied, best = 0, 0, math.nan
    for at, change in sorted(ends):
        satisfied += change
        if satisfied > most:
            most, best = satisfied, at
    return best if most >= _FITTING_SHARE * len(lengths) else None


def length_of(factor: float, amount: float) -> int:
    """Reports of a full run of this amount of training."""
    return math.floor(min(factor * amount * (1 + 1e-9), _LARGEST))


def _positive(value: object) -> float | None:
    number = finite_number(value)
    return number if _SMALLEST <= number <= _LARGEST else None

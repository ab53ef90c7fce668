"""What a configured number of epochs, steps, … makes in reports, as finished runs bear it out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from wbtools.model.configuration import leaf
from wbtools.model.progress import UNITS, is_inner_loop, units_of_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wbtools.model import Run

_FEWEST_REPORTS_PER_UNIT = Fraction(1, 10_000)  # below it, the key is not what was counted
_SPARSEST_PLAIN = 20  # units a report that a single run can show; 75 are a coincidence
_AGREEING_SHARE = 0.3
EXCEPTIONS: Final = 0.1
"""Runs above a budget, as a share of those that show it: some log a row twice."""
FEWEST_FOR_A_SHARE: Final = 3


def length_keys(runs: Sequence[Run]) -> list[str]:
    """Configuration keys that may hold the budget, the likeliest first."""
    present = Counter(key for run in runs for key in run.config)
    words = [word for unit in UNITS for word in unit.keys]
    ranked = []
    for key, count in present.items():
        word = leaf(key)
        if (
            word in words
            and not is_inner_loop(key, present)
            and any(whole_number(run.config.get(key)) for run in runs)
        ):
            ranked.append((-count, words.index(word), key.count("."), key))
    return [key for *_, key in sorted(ranked)]


def whole_number(value: object) -> int:
    """A positive whole number as such, everything else as 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value < 2**31 and value == int(value) else 0


def reports_per_configured_unit(
    key: str, units: NDArray[np.int64], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> tuple[Fraction, int, int] | None:
    """Reports a unit, reports before the first unit, and the finished runs that agree on both.

    A finished run need not be a full one: trainers stop themselves, and a program may end with exit
    code 0 when it is told to stop. So a ratio that other runs exceed is no budget, a crooked one
    that few runs show is no evidence, and steps are never fewer than reports. Runs that all report
    equally often, whatever the key says, show that it sets no length. Where no ratio is believed,
    one report an epoch is assumed (support 0), unless a run made more than that; for steps nothing
    is assumed.
    """
    rows = finished & (units > 0)
    n_finished, counts = int(rows.sum()), n_made[rows]
    equal = n_finished >= FEWEST_FOR_A_SHARE and len(set(counts.tolist())) == 1
    if equal and (len(set(units[rows].tolist())) > 1 or counts[0] == 1 < units[rows][0]):
        return None
    tally: Counter[tuple[Fraction, int]] = Counter()
    for unit, n in zip(units[rows].tolist(), counts.tolist(), strict=True):
        tally[Fraction(n, unit), 0] += 1
        if n > 1:
            tally[Fraction(n - 1, unit), 1] += 1
    is_small = all(unit.is_small for unit in units_of_key(key))
    with_unit = units > 0
    believed = []
    for (ratio, before), support in tally.items():
        plain = 1 in {ratio.numerator, ratio.denominator}
        exceeding = int((n_made[with_unit] > units[with_unit] * float(ratio) + before + 0.5).sum())
        agrees = support > 1 and support >= _AGREEING_SHARE * n_finished
        shows = plain and not (is_small and ratio.denominator > _SPARSEST_PLAIN)
        shows = shows and (ratio == 1 or support > 1 or n_finished <= FEWEST_FOR_A_SHARE)
        if (
            (agrees or shows)
            and ratio >= _FEWEST_REPORTS_PER_UNIT
            and (is_small or ratio <= 1)
            and exceeding <= EXCEPTIONS * support
        ):
            believed.append((support, plain, -before, ratio))
    if believed:
        support, _, minus_before, ratio = max(believed)
        return ratio, -minus_before, support
    if is_small and not (n_made > units)[with_unit].any():
        return Fraction(1), 0, 0
    return None

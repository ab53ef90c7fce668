"""Archived rows as one long table, whatever file it is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG_COLUMNS: Final = (
    "run_id",
    "run_name",
    "metric",
    "step",
    "time",
    "value",
    "sampled",
    "complete",
    "missing_since",
)
_US_PER_S: Final = 1e6
# The years 1 to 9999, which every reader of dates knows.
_FIRST_S: Final = -62_135_596_800.0
_LAST_S: Final = 253_402_300_799.0


def microseconds(times_s: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whole microseconds since the Unix epoch, and which of them are known.

    Args:
        times_s: `float64 [n]` seconds since the Unix epoch.

    Returns:
        `int64 [n]`, 0 where unknown; and `bool [n]`, False for NaN and for what lies outside of
        the years 1 to 9999.
    """
    known = (times_s >= _FIRST_S) & (times_s <= _LAST_S)
    whole = np.rint(np.where(known, times_s, 0.0) * _US_PER_S)
    return whole.astype(np.int64), known

"""Seconds, minutes or hours on an axis, as fits what is drawn."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((0.05, 3600.0, "seconds"), (3.0, 60.0, "minutes"))
"""Up to how many hours, how many in an hour, and the word."""


def time_unit(largest_h: float) -> tuple[float, str]:
    """How many of the unit that fits are an hour, and its name in the plural.

    Args:
        largest_h: The longest time on the axis, in hours.
    """
    for below, per_hour, name in _UNITS:
        if largest_h < below:
            return per_hour, name
    return 1.0, "hours"

"""Figures of a forecast in words, as each of its parts writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wbtools.answers.columns import Column
from wbtools.model.forecast import LEVEL
from wbtools.text.numbers import hours
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.model.forecast import SweepPlan
    from wbtools.model.interval import Interval

BETWEEN = f"{100 * LEVEL:.0f} %"
"""What stands above both ends of an interval."""
MOST_BANDS = 3
"""Bands that a cell names, or a page where nothing says how long a run is."""
_LARGEST_WITH_DECIMALS = 99.5


def ends_column(
    get: Callable[[Any], Interval | None], show: Callable[[float], str], keep: int
) -> Column[Any]:
    """Both ends of an interval in one column of a page."""
    return Column(
        "ends",
        str,
        "Both ends.",
        title=BETWEEN,
        keep=keep,
        right=True,
        data=False,
        show=lambda row: range_words(get(row), show),
    )


def estimate_words(interval: Interval | None, show: Callable[[float], str]) -> str:
    """The estimate alone."""
    return UNKNOWN if interval is None else show(interval.estimate)


def range_words(interval: Interval | None, show: Callable[[float], str]) -> str:
    """Both ends; nothing where they are one."""
    if interval is None or interval.low == interval.high:
        return UNKNOWN
    return f"{show(interval.low)} … {show(interval.high)}"


def whole(value: float | None) -> str:
    """A number without its decimals."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """A number with one decimal, if that says anything."""
    return UNKNOWN if value is None else f"{value:,.1f}".removesuffix(".0")


def runs_number(value: float) -> str:
    """How many runs on average."""
    return decimal(value) if value < _LARGEST_WITH_DECIMALS else whole(value)


def days(value: float | None) -> str:
    """Days, or hours where they are few."""
    if value is None:
        return UNKNOWN
    if value < 1:
        return hours(24 * value)
    return f"{value:.1f} d" if value < _LARGEST_WITH_DECIMALS else f"{whole(value)} d"


def reports_a_run(plan: SweepPlan) -> str:
    """Reports of a full run, for a cell."""
    shortest = "" if plan.lengths is None else f"{whole(plan.lengths.shortest)} … "
    return f"{shortest}{whole(plan.budget)}"


def bands_words(plan: SweepPlan) -> str:
    """The first bands, for a cell."""
    bands = [whole(band) for band in plan.bands_within]
    return ", ".join(bands[:MOST_BANDS]) + (", …" if bands[MOST_BANDS:] else "") or "none"

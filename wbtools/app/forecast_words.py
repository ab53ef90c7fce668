"""What is said of several sweep files: once for all of them, or once for each."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.errors import UsageError
from wbtools.planning.forecast_file import ForecastFileOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")
_RATIO: Final = re.compile(r"[0-9]{0,6}\.?[0-9]{1,6}|[0-9]{1,6}/[1-9][0-9]{0,5}")
_MOST: Final = 10**9


def file_options(
    n_files: int,
    *,
    runs: Sequence[int] = (),
    budget: Sequence[int] = (),
    reports_per_epoch: Sequence[str] = (),
    hours_per_run: Sequence[float] = (),
) -> tuple[ForecastFileOptions, ...]:
    """What is said of each file, from one value for all, one for each in their order, or none.

    Raises:
        UsageError: There are more or fewer values than files, or one cannot be right.
    """
    for name, numbers in (("runs", runs), ("budget", budget)):
        for number in numbers:
            _check_number(name, number)
    ratios = [_reports_per_epoch(text) for text in reports_per_epoch]
    lengths = [_hours(value) for value in hours_per_run]
    return tuple(
        ForecastFileOptions(runs=n, budget=reports, reports_per_epoch=ratio, hours_per_run=hours)
        for n, reports, ratio, hours in zip(
            _each("runs", runs, n_files),
            _each("budget", budget, n_files),
            _each("reports-per-epoch", ratios, n_files),
            _each("hours-per-run", lengths, n_files),
            strict=True,
        )
    )


def _each(name: str, values: Sequence[_T], n_files: int) -> list[_T | None]:
    if not values:
        return [None] * n_files
    if len(values) == 1:
        return [*values] * n_files
    if len(values) != n_files:
        msg = f"--{name} is given {len(values)} times for {n_files} files"
        raise UsageError(msg, "give it once for all files, or once for each in their order")
    return [*values]


def _check_number(name: str, number: int) -> None:
    if not 1 <= number <= _MOST:
        msg = f"--{name} {number} cannot be right"
        raise UsageError(msg, f"give a whole number from 1 to {_MOST:,}")


def _reports_per_epoch(text: str) -> Fraction:
    """Reports an epoch: a decimal number, or a fraction such as 1/3."""
    # No exponents: 1e99999999 would be written out.
    ratio = Fraction(text) if _RATIO.fullmatch(text) else Fraction(0)
    if not ratio:
        msg = f"--reports-per-epoch {text!r} is not a number of reports"
        raise UsageError(msg, "write a number such as 2, 0.5 or 1/3")
    return ratio


def _hours(value: float) -> float:
    if not 0 < value < 10**6:
        msg = f"--hours-per-run {value:g} is not the length of a run"
        raise UsageError(msg, "give the hours of a full run, such as 2.5")
    return value

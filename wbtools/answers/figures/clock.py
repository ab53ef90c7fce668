"""When the runs of a sweep were at work, on one clock, in the unit that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit

_UNITS: Final = (
    (180.0, 1.0, "seconds"),
    (3 * 3600.0, 60.0, "minutes"),
    (72 * 3600.0, 3600.0, "hours"),
)
_LONGEST_UNIT: Final = (86400.0, "days")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkingTimes:
    """From when to when each of N runs was at work, in seconds since the first began.

    Attributes:
        start_s: `float64 [N]` NaN where unknown.
        end_s: `float64 [N]` the last sign of life; NaN likewise.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    @classmethod
    def of(cls, audit: Audit) -> WorkingTimes:
        """As the runs' own records and the times of their reports say."""
        runs = audit.sweep.runs
        created = [None if run.created_at is None else run.created_at.timestamp() for run in runs]
        origin = min((moment for moment in created if moment is not None), default=0.0)
        start = _seconds([None if moment is None else moment - origin for moment in created])
        seen = _seconds(
            [
                None if run.heartbeat_at is None else run.heartbeat_at.timestamp() - origin
                for run in runs
            ]
        )
        if not np.isfinite(start).any():
            seen = np.full(len(runs), np.nan)  # a moment on no clock
        worked = _seconds([run.runtime_s for run in runs])
        curves = audit.sweep.curves.get(audit.question.metric.name)
        if curves is not None and curves.values.shape[1]:
            times = np.where(np.isfinite(curves.times_s), curves.times_s, np.nan)
            start = np.fmin(start, np.fmin.reduce(times, axis=1))
            seen = np.fmax(seen, np.fmax.reduce(times, axis=1))
        end = np.where(np.isnan(seen), start + worked, seen)
        is_known = np.isfinite(start) & np.isfinite(end) & (end >= start)
        return cls(start_s=np.where(is_known, start, np.nan), end_s=np.where(is_known, end, np.nan))

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """`bool [N]` of which runs it is known when they were at work."""
        return np.isfinite(self.start_s)

    @property
    def most_at_once(self) -> int:
        """The most runs that were at work at the same moment."""
        known = self.is_known
        moments = [
            *((at, 1) for at in self.start_s[known]),
            *((at, -1) for at in self.end_s[known]),
        ]
        running = np.cumsum([change for _, change in sorted(moments)])
        return int(running.max(initial=0))


def unit_of_time(span_s: float) -> tuple[float, str]:
    """The unit in which a span is some tens: its seconds, and its name in the plural."""
    for longest_s, in_s, name in _UNITS:
        if span_s < longest_s:
            return in_s, name
    return _LONGEST_UNIT


def _seconds(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=float)

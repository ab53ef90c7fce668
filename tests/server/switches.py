"""What only W&B's real backend knows, so that tests can set it either way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLINGS = ("exact", "wobbly", "buckets")


class StopThrough(StrEnum):
    """Who tells a run that it is to stop."""

    AGENT = "agent"
    FILE_STREAM = "file_stream"
    BOTH = "both"


@dataclass(slots=True, kw_only=True)
class Switches:
    """How this server behaves where the real one's behaviour is not documented.

    Attributes:
        show_stop_flags: `stopped` and `shouldStop` persist after a run's end; False hides them.
        sampling: What `sampledHistory` does with more rows than were asked for: `exact` takes
            evenly spaced rows, `wobbly` a random subset that differs from call to call, `buckets`
            the last row of equal ranges of steps (so that a gap in `_step` leaves fewer rows).
        sample_limit: The most rows that `sampledHistory` gives, whatever was asked for.
        page_limit: The most runs of one page, whatever `first` says.
        cursor: `keyset` survives deletions between pages, `offset` does not.
        missing_fields: `Type.field` names that this (old) server lacks.
        features: What `serverInfo` says that this server can do.
        parquet: `none` (everything is in `liveData`), `all`, or `part` (the first half of the
            rows is exported, the rest is live).
        history_repeats_exported: `history(minStep, maxStep)` also gives rows that are already in
            Parquet files. The SDK reads both and then sees such rows twice.
        nonfinite_type: What `historyKeys` calls the type of NaN and infinities.
        rate_limit: Requests in each window of `rate_window_s`, None for no limit; beyond it 429.
        rate_limit_headers: Send `RateLimit-*` with every answer.
        stop_through: How a stop reaches a run.
        timespec: How finely moments are written, in the words of `datetime.isoformat`.
        heartbeat_timeout_s: A running run that was silent for so long is `crashed`.
        clock: Seconds since the epoch; tests may replace it.
    """

    show_stop_flags: bool = True
    sampling: str = "exact"
    sample_limit: int = 100_000
    page_limit: int = 1000
    cursor: str = "keyset"
    missing_fields: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    parquet: str = "none"
    history_repeats_exported: bool = False
    nonfinite_type: str = "string"
    rate_limit: int | None = None
    rate_window_s: float = 60.0
    rate_limit_headers: bool = False
    stop_through: StopThrough = StopThrough.BOTH
    timespec: str = "seconds"
    heartbeat_timeout_s: float = 300.0
    clock: Callable[[], float] | None = None

"""Times that other people wrote, wherever they stand: in files, tables and answers."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_time(text: object) -> datetime | None:
    """Read an ISO 8601 time as aware UTC, which it is in where it names no zone.

    Args:
        text: What stood there. W&B writes up to nanoseconds, with or without a zone.

    Returns:
        None for what is no text, no time, or beyond the calendar.
    """
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_of(unix_s: float | None) -> datetime | None:
    """Unix seconds as aware UTC; None for a number that no calendar holds."""
    if unix_s is None:
        return None
    try:
        return datetime.fromtimestamp(unix_s, UTC)
    except (ValueError, OverflowError, OSError):
        return None

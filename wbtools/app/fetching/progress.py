"""Who is told how far a fetch is."""

from __future__ import annotations

from typing import Protocol


class OnProgress(Protocol):
    """Told, now and then, how far a fetch is."""

    def __call__(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """So many of so many runs are archived, with so many rows."""
        ...

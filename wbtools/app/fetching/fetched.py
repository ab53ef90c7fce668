"""What a fetch did, and who is told how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wbtools.archive import SweepHeader


class OnProgress(Protocol):
    """Told, now and then, how far a fetch is."""

    def __call__(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """So many of so many runs are archived, with so many rows."""
        ...


@dataclass(slots=True, kw_only=True)
class Fetched:
    """What a fetch did.

    Attributes:
        n_runs: Runs that the server has.
        n_asked: Runs that were new, had changed or lacked a metric.
        n_rows: Rows that were written.
        n_incomplete: Curves that the server did not give in full, now or in an earlier fetch.
        n_too_large: Runs that are left out, or some of their metrics, as they fit into no answer.
        listed_all: False if the server says that it has more runs than it lists.
    """

    head: SweepHeader
    metrics: tuple[str, ...]
    n_runs: int
    n_asked: int
    n_rows: int = 0
    n_incomplete: int = 0
    n_too_large: int = 0
    listed_all: bool = True

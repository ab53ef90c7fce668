"""Who is told how a command goes on: which stage it is at, how far, what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

OnProgress: TypeAlias = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


class Observer(Protocol):
    """Told how a command goes on; callable from several threads."""

    def stage(self, activity: str) -> OnProgress:
        """A stage begins, and the one before is over: what is done, such as `growing forests`.

        Returns:
            Called as it goes on; a stage that cannot tell how far it is does not call it.
        """
        ...

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """So many of so many runs are archived, with so many rows."""
        ...

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for so long."""
        ...

    def note(self, text: str) -> None:
        """Something that the user would want to know."""
        ...

    def close(self) -> None:
        """An answer follows: whatever is shown goes away."""
        ...


class Unobserved:
    """Nobody listens."""

    def stage(self, activity: str) -> OnProgress:  # noqa: ARG002 - nobody listens
        """Nothing."""
        return lambda _n_done, _total: None

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Nothing."""

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


UNOBSERVED: Final = Unobserved()

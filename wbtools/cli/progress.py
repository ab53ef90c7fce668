"""How far a command is, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wbtools.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

_LINE_EVERY_S: Final = 10.0
_SHORTEST_WAIT_S: Final = 1.0


@contextmanager
def file_progress(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar while files are read; call it with (files read, files in all)."""
    if quiet or not _is_terminal():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading run files", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def fetch_progress(*, quiet: bool) -> Iterator[_Silent | _Lines | _Bar]:
    """An observer of fetches (`wbtools.workflow.access.Observer`)."""
    if quiet:
        yield _Silent()
        return
    observer = _Bar() if _is_terminal() else _Lines()
    try:
        yield observer
    finally:
        observer.close()


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


class _Silent:
    """`--quiet`."""

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Nothing."""

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class _Lines:
    """Lines for a log file, at most one every few seconds."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._n_first: int | None = None
        self._told_until = 0.0

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Say how far it is, how fast, and how long it will take."""
        now = time.monotonic()
        if self._n_first is None or n_done < self._n_first:
            self._n_first, self._began = n_done, now
        if now - self._last < _LINE_EVERY_S:
            return
        self._last = now
        rate = (n_done - self._n_first) / max(now - self._began, 1e-9)
        left = f", {(n_runs - n_done) / rate:,.0f} s left" if rate > 0 else ""
        say(f"{n_done} of {n_runs} runs, {n_rows:,} rows, {rate:.1f} runs/s{left}\n")

    def waiting(self, seconds: float, why: str) -> None:
        """Say that nothing is sent for a while."""
        now = time.monotonic()
        if seconds >= _SHORTEST_WAIT_S and now >= self._told_until:
            self._told_until = now + seconds
            self.note(f"waiting {seconds:.0f} s: {why}")

    def note(self, text: str) -> None:
        """Say it."""
        from wbtools.hostile.safe_text import visible

        say(f"{visible(text)}\n")

    def close(self) -> None:
        """Nothing is open."""


class _Bar:
    """A bar with rate and remaining time, from the first progress on."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._progress: Progress | None = None

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Move the bar."""
        with self._turn:
            bar = self._shown()
            (task,) = bar.task_ids
            bar.update(
                task,
                completed=n_done,
                total=n_runs,
                description="fetching runs",
                rows=f"{n_rows:,} rows",
            )

    def waiting(self, seconds: float, why: str) -> None:
        """Say on the bar that nothing is sent for a while."""
        from wbtools.hostile.safe_text import visible

        if seconds < _SHORTEST_WAIT_S:
            return
        with self._turn:
            bar = self._shown()
            (task,) = bar.task_ids
            bar.update(task, description=f"waiting {seconds:.0f} s: {visible(why)}")

    def note(self, text: str) -> None:
        """Say it above the bar."""
        from wbtools.hostile.safe_text import visible

        with self._turn:
            if self._progress is None:
                say(f"{visible(text)}\n")
            else:
                self._progress.console.print(visible(text), markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()

    def _shown(self) -> Progress:
        if self._progress is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rows]}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.add_task("asking", total=None, rows="")
            self._progress.start()
        return self._progress

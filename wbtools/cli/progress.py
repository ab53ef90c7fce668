"""How far a command is, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wbtools.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    from wbtools.app.opening.session import Observer

_LINE_EVERY_S: Final = 10.0
_SHORTEST_WAIT_S: Final = 1.0
_LONGEST_NOTE: Final = 2000


@contextmanager
def file_progress(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar while files are read; call it with (files read, files in all)."""
    if quiet or not _is_terminal():
        yield None
        return
    with _bar("reading run files") as tell:
        yield tell


@contextmanager
def step_progress(activity: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """How far a long computation is; call it with (steps done, steps in all).

    A bar on a terminal, elsewhere a line every few seconds.
    """
    if quiet:
        yield None
        return
    if not _is_terminal():
        last = time.monotonic()

        def tell(n_done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _LINE_EVERY_S:
                last = now
                note(f"{activity}: {n_done:,} of {total:,}\n")

        yield tell
        return
    with _bar(activity) as update:
        yield update


@contextmanager
def _bar(activity: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, gone when the work is done; call it with (steps done, steps in all)."""
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = progress.add_task(activity, total=None)

    def tell(n_done: int, total: int) -> None:
        progress.start()  # not before, as the user may be asked something first
        progress.update(task, completed=n_done, total=total)

    try:
        yield tell
    finally:
        progress.stop()


@contextmanager
def fetch_progress(*, quiet: bool) -> Iterator[Observer]:
    """What shows how a fetch goes on, and which process keeps an archive locked."""
    from wbtools.app.opening.session import Unobserved
    from wbtools.archive.waiting import telling_waits

    observer: Observer = Unobserved() if quiet else _Bar() if _is_terminal() else _Lines()
    try:
        with telling_waits(observer.note):
            yield observer
    finally:
        observer.close()


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


class _Rate:
    """Runs a second since the first word of a fetch, whose unchanged runs took no time."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def after(self, n_done: int) -> float:
        """The rate now; 0 at first."""
        now = time.monotonic()
        n_first, began = self._first = self._first or (n_done, now)
        return (n_done - n_first) / (now - began) if now > began else 0.0


class _Lines:
    """Lines for a log file, at most one every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._rate = _Rate()
        self._silent_until = 0.0

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Say how far it is, how fast, and how long it will take."""
        rate, now = self._rate.after(n_done), time.monotonic()
        if now - self._last < _LINE_EVERY_S:
            return
        self._last = now
        left = f", {(n_runs - n_done) / rate:,.0f} s left" if rate > 0 else ""
        note(f"{n_done} of {n_runs} runs, {n_rows:,} rows, {rate:.1f} runs/s{left}\n")

    def waiting(self, seconds: float, why: str) -> None:
        """Say that nothing is sent for a while."""
        now = time.monotonic()
        if seconds >= _SHORTEST_WAIT_S and now >= self._silent_until:
            self._silent_until = now + seconds
            self.note(f"waiting {seconds:.0f} s: {why}")

    def note(self, text: str) -> None:
        """Say it."""
        from wbtools.text.sanitize import sanitize

        note(f"{sanitize(text, limit=_LONGEST_NOTE)}\n")

    def close(self) -> None:
        """The next fetch counts anew."""
        self._rate = _Rate()


class _Bar:
    """A bar with rate and remaining time, from the first progress on."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._rate = _Rate()
        self._progress: Progress | None = None

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Move the bar."""
        with self._turn:
            bar, rate = self._shown(), self._rate.after(n_done)
            (task,) = bar.task_ids
            bar.update(
                task,
                completed=n_done,
                total=n_runs,
                description="fetching runs",
                rows=f"{n_rows:,} rows" + (f", {rate:.1f} runs/s" if rate > 0 else ""),
            )

    def waiting(self, seconds: float, why: str) -> None:
        """Say on the bar that nothing is sent for a while."""
        from wbtools.text.sanitize import sanitize

        if seconds < _SHORTEST_WAIT_S:
            return
        with self._turn:
            bar = self._shown()
            (task,) = bar.task_ids
            bar.update(task, description=f"waiting {seconds:.0f} s: {sanitize(why)}")

    def note(self, text: str) -> None:
        """Say it above the bar."""
        from wbtools.text.sanitize import sanitize

        with self._turn:
            shown = sanitize(text, limit=_LONGEST_NOTE)
            if self._progress is None:
                note(f"{shown}\n")
            else:
                self._progress.console.print(
                    shown, markup=False, highlight=False, emoji=False, soft_wrap=True
                )

    def close(self) -> None:
        """Take the bar away; the next fetch gets another one."""
        with self._turn:
            if self._progress is not None:
                self._progress.stop()
                self._progress, self._rate = None, _Rate()

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
                # Else an answer that goes to a file while stderr is a terminal would end there.
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._progress.add_task("asking", total=None, rows="")
            self._progress.start()
        return self._progress

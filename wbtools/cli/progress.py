"""How far a command is, on stderr: a live line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wbtools.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from wbtools.app.observer import Observer, OnProgress

_LINE_EVERY_S: Final = 10.0
_SHORTEST_WAIT_S: Final = 1.0
_SHORTEST_STAGE_S: Final = 1.0
"""A stage that is over sooner is not shown."""
_LONGEST_NOTE: Final = 2000


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Observer]:
    """What shows how a command goes on, which settings it uses, and who keeps an archive locked."""
    from wbtools.app.observer import UNOBSERVED
    from wbtools.archive.waiting import telling_waits
    from wbtools.sources.settings_file import telling_settings

    observer: Observer = UNOBSERVED if quiet else _Live() if _is_terminal() else _Lines()
    try:
        with telling_waits(observer.note), telling_settings(observer.note):
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

    def stage(self, activity: str) -> OnProgress:
        """Say now and then how far the stage is, and how long it will take."""
        began = self._last = time.monotonic()

        def tell(n_done: int, total: int) -> None:
            now = time.monotonic()
            if now - self._last < _LINE_EVERY_S:
                return
            self._last = now
            left_s = (now - began) * (total - n_done) / n_done if n_done else 0.0
            left = f", {left_s:,.0f} s left" if left_s > 0 else ""
            note(f"{activity}: {n_done:,} of {total:,}, {now - began:,.0f} s{left}\n")

        return tell

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


@dataclass(slots=True, eq=False)
class _Stage:
    """A stage of a command, which is shown once it takes a while."""

    activity: str
    began: float = field(default_factory=time.monotonic)
    n_done: int = 0
    total: int | None = None
    timer: threading.Timer | None = None


class _Live:
    """One live line: what is done, how far it is, how long it took and will take.

    A stage is shown from its second second on, a fetch from its first word on.
    """

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._rate = _Rate()
        self._stage: _Stage | None = None
        self._line: Progress | None = None

    def stage(self, activity: str) -> OnProgress:
        """Show the stage, if it takes a while."""
        stage = _Stage(activity)
        stage.timer = threading.Timer(_SHORTEST_STAGE_S, self._show, [stage])
        stage.timer.daemon = True
        with self._turn:
            self.close()
            self._stage = stage
        stage.timer.start()
        return partial(self._advance, stage)

    def progress(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """Move the bar."""
        with self._turn:
            self._end_stage()
            rate = self._rate.after(n_done)
            speed = f", {rate:.1f} runs/s" if rate > 0 else ""
            self._update(
                description="fetching runs",
                completed=n_done,
                total=n_runs,
                far=f"{n_done}/{n_runs} {n_rows:,} rows{speed}",
            )

    def waiting(self, seconds: float, why: str) -> None:
        """Say on the line that nothing is sent for a while."""
        from wbtools.text.sanitize import sanitize

        if seconds < _SHORTEST_WAIT_S:
            return
        with self._turn:
            self._end_stage()
            self._update(description=f"waiting {seconds:.0f} s: {sanitize(why)}")

    def note(self, text: str) -> None:
        """Say it above the line."""
        from wbtools.text.sanitize import sanitize

        with self._turn:
            shown = sanitize(text, limit=_LONGEST_NOTE)
            if self._line is None:
                note(f"{shown}\n")
            else:
                self._line.console.print(
                    shown, markup=False, highlight=False, emoji=False, soft_wrap=True
                )

    def close(self) -> None:
        """Take the line away; the next stage or fetch gets another one."""
        with self._turn:
            self._end_stage()
            if self._line is not None:
                self._line.stop()
                self._line, self._rate = None, _Rate()

    def _end_stage(self) -> None:
        if self._stage is not None and self._stage.timer is not None:
            self._stage.timer.cancel()
        self._stage = None

    def _show(self, stage: _Stage) -> None:
        with self._turn:
            if self._stage is stage:
                self._update(description=stage.activity, **_far(stage))
                if self._line is not None:
                    self._line.tasks[0].start_time = stage.began

    def _advance(self, stage: _Stage, n_done: int, total: int) -> None:
        stage.n_done, stage.total = n_done, total
        with self._turn:
            if self._stage is stage and self._line is not None:
                self._update(**_far(stage))

    def _update(self, **fields: Any) -> None:  # noqa: ANN401 - as rich takes them
        if self._line is None:
            self._line = _new_line(**fields)
            self._line.start()
            return
        (task,) = self._line.task_ids
        self._line.update(task, **fields)


def _far(stage: _Stage) -> dict[str, Any]:
    """How far a stage is, as its line shows it; nothing where it cannot tell."""
    if stage.total is None:
        return {}
    far = f"{stage.n_done:,} of {stage.total:,}"
    return {"completed": stage.n_done, "total": stage.total, "far": far}


def _new_line(description: str, *, far: str = "", **fields: Any) -> Progress:  # noqa: ANN401 - as above
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    line = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[far]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        # Else an answer that goes to a file while stderr is a terminal would end there.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    line.add_task(description, **{"total": None, **fields}, far=far)
    return line

"""What an answer says of a run, as the archive keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.app.fetching.logged_rows import history_keys
from wbtools.app.fetching.plan import PREEMPTED, state_of
from wbtools.archive import ArchivedRun

if TYPE_CHECKING:
    from wbtools.archive import KnownRun, SeriesPage
    from wbtools.model import Run
    from wbtools.sources.wandb_api.responses import FetchedRun, ReceivedRows


def is_whole(rows: ReceivedRows, n_lines: int | None) -> bool:
    """Whether an answer holds every row of a metric that the server has."""
    expected = n_lines if rows.n_expected is None else rows.n_expected
    return expected is not None and rows.n_given >= expected


def is_poorer(page: SeriesPage, known: KnownRun | None) -> bool:
    """Whether the archive holds more rows of the same state of a run, though not all either."""
    before = None if known is None else known.series.get(page.metric)
    return (
        before is not None
        and not (page.append or page.complete or before.complete)
        and state_of(before.stamp) == state_of(page.stamp)
        and before.n_rows > len(page.rows.values)
    )


def archived(run: FetchedRun, known: KnownRun | None) -> ArchivedRun:
    """A run as a page told it, with what is known of it already."""
    return ArchivedRun(
        run=_with_attempts(run.run, known),
        updated_at=run.updated_at,
        history_line_count=run.n_lines,
        history_keys=history_keys(run),
        running=run.running,
    )


def _with_attempts(run: Run, known: KnownRun | None) -> Run:
    """The run, and one attempt more if it goes on after it was preempted."""
    if known is None:
        return run
    requeued = known.state in PREEMPTED and run.state not in PREEMPTED
    return replace(run, attempts=known.attempts + requeued)

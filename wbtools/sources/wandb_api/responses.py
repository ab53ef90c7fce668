"""What W&B's servers tell, as plain data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wbtools.model import Run, RunState, Series
    from wbtools.sources.wandb_api.memory import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFacts:
    """A sweep without its runs.

    Attributes:
        config: The sweep's own configuration, the server's YAML text.
        created_at: The server's text, as is `updated_at`.
        n_runs: How many runs the server says it has; None if it does not say.
    """

    name: str
    display_name: str | None = None
    state: str | None = None
    config: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    n_runs: int | None = None


def stamp(
    updated_at: str | None,
    heartbeat_at: datetime | None,
    state: RunState,
    running: bool | None,  # noqa: FBT001 - the server's own flag, one of five facts
    n_lines: int | None,
) -> str:
    """In which state a run is: as long as this text is the same, its rows are."""
    heartbeat = None if heartbeat_at is None else heartbeat_at.isoformat()
    return json.dumps([updated_at, heartbeat, state, running, n_lines], separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """What a listing tells of a run: enough to see whether it changed.

    Attributes:
        name: The display name; None where there is none.
        updated_at: The server's text; None where the server is too old to say.
        n_lines: Rows of its history.
    """

    id: str
    name: str | None = None
    state: RunState
    created_at: datetime | None
    heartbeat_at: datetime | None
    updated_at: str | None
    running: bool | None
    n_lines: int | None

    @property
    def stamp(self) -> str:
        """In which state it is."""
        return stamp(self.updated_at, self.heartbeat_at, self.state, self.running, self.n_lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All runs of a sweep or a selection, at one moment.

    Attributes:
        sweep: None for a selection.
        n_counted: How many runs the server says there are; None if it does not say.
        complete: False if the server says that there are more runs than it listed.
        looked_into: The first few runs with their configurations, their summaries and what they
            logged, without rows and whatever else is known of them.
        bytes_of_a_run: How long an answer about one of those is.
    """

    runs: Sequence[ListedRun]
    as_of: datetime
    sweep: SweepFacts | None = None
    n_counted: int | None = None
    complete: bool = True
    looked_into: Sequence[FetchedRun] = ()
    bytes_of_a_run: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRows:
    """The rows of one metric of one run that an answer brought.

    Attributes:
        series: Those that hold a number.
        n_given: How many rows there were, numbers or not.
        n_expected: How many the server says there are; None if it does not say.
    """

    series: Series
    n_given: int
    n_expected: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """What one request for some runs brought.

    Attributes:
        runs: Those that still exist, in any order.
        cut: The server gives no so long pages: of the other runs nothing is said.
        n_bytes: Length of the answer.
        seconds: How long it took.
        share: Of the memory that all this may take; given back when the page is dropped.
    """

    runs: Sequence[FetchedRun]
    cut: bool
    n_bytes: int
    seconds: float
    share: Share | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedRun:
    """A run as a page brought it.

    Attributes:
        run: Its number is that of its name alone, or 1 by `order`: only all runs tell places.
        counts: Rows that hold each logged name; None where the server does not say.
        numbers: The names under which numbers stand, as far as the server tells types.
        last_step: The largest `_step` of its history.
        rows: By metric.
    """

    run: Run
    updated_at: str | None
    running: bool | None
    n_lines: int | None
    counts: Mapping[str, int] | None
    last_step: int | None
    numbers: frozenset[str] = frozenset()
    rows: Mapping[str, ReceivedRows] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """In which state it was when the page was written."""
        run = self.run
        return stamp(self.updated_at, run.heartbeat_at, run.state, self.running, self.n_lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAtWork:
    """How a sweep and its agents stand just before a run is enqueued for them.

    Attributes:
        storage_id: By which W&B changes it.
        state: W&B's word, in capitals; empty where the server does not say.
        agent_seen_at: The last sign of life of any agent; None without one.
        tells_agents: Whether the server says anything of agents.
    """

    storage_id: str
    state: str
    agent_seen_at: datetime | None
    tells_agents: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppableRun:
    """How a run stands just before something is changed about it.

    Attributes:
        id: The run's id, as in its address.
        storage_id: By which W&B changes it.
        stopped: Whether it was told to stop already; None where the server does not say.
        tags: All its tags; None where the server does not say.
    """

    id: str
    storage_id: str
    state: RunState
    stopped: bool | None
    tags: tuple[str, ...] | None

"""What a user should know before a run is continued: guesses, schedules, W&B's own ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.findings import Finding
    from wbtools.model import Run
    from wbtools.replication.continuation import Continuation


def continuation_findings(continuation: Continuation, run: Run) -> Iterator[Finding]:
    """`WBR316`, `WBR317`, `WBR319`.

    Args:
        continuation: How the run goes on.
        run: The run, with its configuration.
    """
    raise NotImplementedError(continuation, run)

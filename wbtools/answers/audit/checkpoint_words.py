"""What is said of the checkpoints that stopped runs left, and of going on from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.continue_or_rerun import hours_to_go_on
from wbtools.answers.checkpoint import progress_words
from wbtools.model import CheckpointLayout
from wbtools.text.numbers import hours, listed, size
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.audit.words import RunNames
    from wbtools.model import Checkpoint, Run


def checkpoint_sentences(
    names: RunNames, shown: Sequence[RunAudit], checkpoints: Mapping[str, Checkpoint]
) -> Iterator[str]:
    """Which of the runs of a table can go on, and how; nothing where no checkpoint was found.

    Args:
        names: What runs are called.
        shown: The runs of the table.
        checkpoints: By the run's id.
    """
    rows = [row for row in shown if row.run.id in checkpoints]
    if not rows:
        return
    whom = [_with_progress(names.short(row.run), checkpoints[row.run.id]) for row in rows]
    if len(rows) == 1:
        run, what, which = "Run", "a checkpoint", _option(rows[0].run)
    else:
        run, what, which = "Runs", "checkpoints", "RUN"
    yield (
        f"{run} {listed(whom)} left {what}, and the time left is from there: wbtools replicate "
        f"--run {which} --continue goes on from it."
    )


def going_on_sentences(audit: Audit, row: RunAudit, checkpoint: Checkpoint) -> Iterator[str]:
    """From which checkpoint a run can go on, what that takes, and with what odds.

    Args:
        audit: The answer.
        row: The run.
        checkpoint: Where it lies, and how far the run had come.
    """
    is_named = checkpoint.layout is not CheckpointLayout.UNKNOWN
    facts = [
        *filter(None, [progress_words(checkpoint)]),
        *([str(checkpoint.layout)] if is_named else []),
        *([] if checkpoint.n_bytes is None else [size(checkpoint.n_bytes)]),
    ]
    known = f" ({', '.join(facts)})" if facts else ""
    yield f"It left a checkpoint: {sanitize(checkpoint.name, limit=0)}{known}."
    takes_h = hours_to_go_on(audit.budget, row, checkpoint)
    takes = "" if takes_h is None else f" takes {hours(takes_h)} and"
    yield (
        f"Going on from there{takes} is nearly what it would have come to, had it gone on; "
        f"wbtools replicate --run {_option(row.run)} --continue writes how."
    )


def _with_progress(name: str, checkpoint: Checkpoint) -> str:
    progress = progress_words(checkpoint)
    return f"{name} ({progress})" if progress else name


def _option(run: Run) -> str:
    return sanitize(run.number_or_id, limit=40)

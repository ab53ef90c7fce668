"""What is said of the checkpoints that stopped runs left, and of going on from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.continue_or_rerun import hours_to_go_on
from wbtools.model import CheckpointLayout
from wbtools.model.progress import progress_words
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
    whom = listed(_with_progress(names.short(row.run), checkpoints[row.run.id]) for row in rows)
    left = f"Run {whom} left a checkpoint" if len(rows) == 1 else f"Runs {whom} left checkpoints"
    goes_on = f"{_command(rows[0].run)} goes on from there"
    yield f"{left}, from which the time left is counted: {goes_on}."


def going_on_sentences(audit: Audit, row: RunAudit, checkpoint: Checkpoint) -> Iterator[str]:
    """From which checkpoint a run can go on, what that takes, and with what odds.

    Args:
        audit: The answer.
        row: The run.
        checkpoint: Where it lies, and how far the run had come.
    """
    is_named = checkpoint.layout is not CheckpointLayout.UNKNOWN
    facts = [
        *filter(None, [progress_words(checkpoint.epoch, checkpoint.step)]),
        *([str(checkpoint.layout)] if is_named else []),
        *([] if checkpoint.n_bytes is None else [size(checkpoint.n_bytes)]),
    ]
    about = ", ".join(facts)
    why = f"{checkpoint.because}, {checkpoint.confidence.name.lower()} confidence"
    known = sanitize(f"{about}; {why}" if about else why, limit=0)
    yield f"It left a checkpoint: {sanitize(checkpoint.name, limit=0)} ({known})."
    takes_h = hours_to_go_on(audit.budget, row, checkpoint)
    takes = "it can go on from there" if takes_h is None else f"going on takes {hours(takes_h)}"
    chance = ", with about the chance of the run had it gone on" if row.projection else ""
    yield f"{takes[0].upper()}{takes[1:]}{chance}: {_command(row.run)} says how."


def _with_progress(name: str, checkpoint: Checkpoint) -> str:
    progress = progress_words(checkpoint.epoch, checkpoint.step)
    return f"{name} ({progress})" if progress else name


def _command(run: Run) -> str:
    return f"wbtools replicate SWEEP --run {sanitize(run.number_or_id, limit=40)} --continue"

"""What is said of the checkpoints that stopped runs left, and of going on from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.continue_or_rerun import hours_to_go_on, is_beyond_record
from wbtools.model import CheckpointLayout
from wbtools.model.progress import progress_words
from wbtools.text.numbers import hours, listed, size
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.audit.words import RunNames
    from wbtools.model import Checkpoint

_COMMAND: Final = "`replicate --continue`"
_LATER: Final = (
    "later than the last report that is known: a process that is killed loses its last ones"
)


def can_go_on_words(
    audit: Audit, rows: Sequence[RunAudit], checkpoints: Mapping[str, Checkpoint], names: RunNames
) -> str:
    """`Run 4 can go on from epoch 12 (0.5 h); run again 0.9 h`; empty where none of them can.

    Args:
        audit: The answer.
        rows: The runs that the answer advises to run again.
        checkpoints: By the run's id.
        names: What runs are called.
    """
    able = [row for row in rows if row.run.id in checkpoints]
    if not able:
        return ""
    whom = names.of_all(able)
    from_where = "their checkpoints"
    if len(able) == 1:
        from_where = _from_where(checkpoints[able[0].run.id])
    left = _sum(hours_to_go_on(audit.budget, row, checkpoints[row.run.id]) for row in able)
    again = _sum(row.cost_full_h for row in able)
    takes = "" if left is None else f" ({hours(left)})"
    instead = "" if left is None or again is None else f"; run again {hours(again)}"
    return f"{whom[0].upper()}{whom[1:]} can go on from {from_where}{takes}{instead}"


def can_go_on(audit: Audit, row: RunAudit, checkpoint: Checkpoint) -> str:
    """`it can go on from epoch 12 (0.5 h)`."""
    left = hours_to_go_on(audit.budget, row, checkpoint)
    takes = "" if left is None else f" ({hours(left)})"
    return f"it can go on from {_from_where(checkpoint)}{takes}"


def checkpoint_sentences(
    audit: Audit,
    names: RunNames,
    shown: Sequence[RunAudit],
    checkpoints: Mapping[str, Checkpoint],
) -> Iterator[str]:
    """Which of the runs of a table can go on, and how; nothing where no checkpoint was found.

    Args:
        audit: The answer.
        names: What runs are called.
        shown: The runs of the table.
        checkpoints: By the run's id.
    """
    rows = [row for row in shown if row.run.id in checkpoints]
    if not rows:
        return
    if len(rows) == 1:
        left = _with_progress("a checkpoint", checkpoints[rows[0].run.id])
        who = f"Run {names.short(rows[0].run)} left {left}"
    else:
        each = (_with_progress(names.short(row.run), checkpoints[row.run.id]) for row in rows)
        who = f"Checkpoints were left by runs {listed(each)}"
    can = "if the program can load it" if len(rows) == 1 else "if the program can load them"
    yield f"{who}: {_COMMAND} goes on from there, in the time shown, {can}."
    later = [row for row in rows if is_beyond_record(audit.budget, row, checkpoints[row.run.id])]
    if later:
        which = f"That of {names.of_all(later)} is"
        if len(later) > 1:
            which = f"Those of {names.of_all(later)} are"
        yield f"{'It is' if len(rows) == 1 else which} {_LATER}."


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
    if is_beyond_record(audit.budget, row, checkpoint):
        yield f"It is {_LATER}."
    takes_h = hours_to_go_on(audit.budget, row, checkpoint)
    takes = "it can go on from there" if takes_h is None else f"going on takes {hours(takes_h)}"
    chance = ", with about the chance of the run had it gone on" if row.projection else ""
    yield f"{takes[0].upper()}{takes[1:]}{chance}, if its program can load it: {_COMMAND} says how."


def _with_progress(name: str, checkpoint: Checkpoint) -> str:
    progress = progress_words(checkpoint.epoch, checkpoint.step)
    return f"{name} ({progress})" if progress else name


def _from_where(checkpoint: Checkpoint) -> str:
    """`epoch 12`, or `its checkpoint` where nothing says how far that had come."""
    return progress_words(checkpoint.epoch, checkpoint.step) or "its checkpoint"


def _sum(amounts: Iterable[float | None]) -> float | None:
    """The sum; None where one of them is unknown."""
    known = list(amounts)
    return None if None in known else sum(filter(None, known))

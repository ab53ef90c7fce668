"""What is said of a run that goes on from a checkpoint, or that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.model.progress import progress_words
from wbtools.replication.continuation_findings import resume_words
from wbtools.replication.recorded_arguments import flat_name
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.checkpoint_progress import RunLength
    from wbtools.model import Checkpoint, CheckpointSearch, ResumeOption, Run
    from wbtools.replication.command import Launch
    from wbtools.sources.programs.resume_options import ProgramResume

RUN_AGAIN: Final = "leave --continue out to run it again from the start"
"""What is offered to whom no checkpoint helps."""
_MOST_NAMED: Final = 5
_MOST_DOUBTED: Final = 3


def notes_of(
    run: Run,
    search: CheckpointSearch,
    checkpoint: Checkpoint,
    option: ResumeOption,
    length: RunLength,
) -> Iterator[str]:
    """From where a run goes on, what else there is, and how its program is told.

    Args:
        run: The run.
        search: What it left.
        checkpoint: What is taken of that.
        option: How its program is told.
        length: How far it came.
    """
    yield (
        f"run {run.number_or_id} goes on from {_called(checkpoint)}"
        f"{_progress(checkpoint)}: {checkpoint.because}"
    )
    yield from _ahead(search, checkpoint, length)
    others = [each for each in search.candidates if each.argument != checkpoint.argument]
    usable = [sanitize(each.argument) for each in others if each.is_usable]
    if usable:
        names = listed(usable, most=_MOST_NAMED)
        yield f"{count(len(usable), 'other checkpoint')} ({names}); --checkpoint takes one of them"
    doubted = [each for each in others if not each.is_usable]
    for each in doubted[:_MOST_DOUBTED]:
        yield f"not taken: {_called(each)}: {'; '.join(each.doubts)}"
    if len(doubted) > _MOST_DOUBTED:
        yield f"not taken: {count(len(doubted) - _MOST_DOUBTED, 'other checkpoint')} in doubt"
    if checkpoint.is_whole is None and not others:
        yield "no other checkpoint is there to tell by its size whether it was written to its end"
    for words in search.missing[:_MOST_NAMED]:
        yield f"not there: {words}"
    if search.unsearched:
        yield (
            f"{listed(search.unsearched, most=_MOST_NAMED)} is too large to be searched to the "
            "end: a newer checkpoint may lie there"
        )
    words = resume_words(option)
    if option.source == "--resume-arg":
        yield words
    else:
        yield f"{words} ({option.source}); --resume-arg names another option"


def _ahead(search: CheckpointSearch, checkpoint: Checkpoint, length: RunLength) -> Iterator[str]:
    """That reports are missing between the run's record and the checkpoint."""
    n = length.n_unrecorded(checkpoint)
    if not n or checkpoint.run_id is not None:  # which recorded them
        return
    said = (
        f"the checkpoint is {count(n, 'report')} ahead of the run's record, which ends at report "
        f"{length.n_made}: {'it' if n == 1 else 'they'} will be missing from the curve"
    )
    within = next(
        (
            each
            for each in search.candidates
            if each.is_usable
            and not length.n_unrecorded(each)
            and progress_words(each.epoch, each.step)
        ),
        None,
    )
    yield (
        said
        if within is None
        else f"{said}; --checkpoint {sanitize(within.argument)} leaves no gap"
    )


def no_checkpoint(run: Run, search: CheckpointSearch) -> DataError:
    """That a run left nothing that it can go on from unasked."""
    looked = listed(search.looked_at, most=_MOST_NAMED) or "no place"
    doubted = [each for each in search.candidates if not each.is_usable]
    msg = f"run {run.number_or_id} left no checkpoint that can be used"
    if search.missing:
        msg += f"; not there: {listed(search.missing, most=_MOST_NAMED)}"
    msg += f"; looked at: {looked}"
    if search.unsearched:
        msg += f"; not searched to the end: {listed(search.unsearched, most=_MOST_NAMED)}"
    if search.passed:
        last = sanitize(search.passed[-1])
        msg += (
            f"; {count(len(search.passed), 'checkpoint')} with its values in the name, such as "
            f"{last}, written when it was not at work: by a run of the same configuration"
        )
    if doubted:
        first = doubted[0]
        msg += (
            f"; {count(len(doubted), 'checkpoint')} in doubt, such as {_called(first)}: "
            + "; ".join(first.doubts)
        )
        hint = f"name one with --checkpoint, or {RUN_AGAIN}"
        return DataError(msg, hint)
    return DataError(msg, f"{RUN_AGAIN}, or name a checkpoint with --checkpoint PATH")


def no_option(
    run: Run, launch: Launch, checkpoint: Checkpoint, text: ProgramResume | None
) -> UsageError:
    """That nothing says how the program is told to go on.

    Args:
        run: Which was to go on.
        launch: How it would be started.
        checkpoint: What it left.
        text: What its program's text says; None where it was not read.
    """
    program = " ".join(launch.program or ("the program",))
    if text is not None and text.reads_resumed:
        msg = f"{program} loads its checkpoint only in a run that W&B resumes (run.resumed)"
        return UsageError(
            msg,
            "--same-run resumes the run itself, on W&B's server; --resume-arg NAME names an option",
        )
    msg = (
        f"nothing says how {program} is told to go on from a checkpoint; run {run.number_or_id} "
        f"left {_called(checkpoint)}{_progress(checkpoint)}"
    )
    if text is None:
        hint = f"pass --resume-arg NAME, its option or parameter for that, or {RUN_AGAIN}"
        return UsageError(msg, hint)
    known = {flat_name(name) for name in (*run.config, *launch.values)}
    spelled = dict.fromkeys(
        each.spelled or each.name for each in text.declared if flat_name(each.name) not in known
    )
    if not spelled:
        return UsageError(
            msg,
            "it was read, and all its options are parameters of the run: pass --resume-arg NAME if "
            f"one loads a checkpoint all the same, or {RUN_AGAIN}",
        )
    names = listed(map(sanitize, spelled), most=_MOST_NAMED)
    return UsageError(
        msg,
        f"it takes {names}: if one of them loads a checkpoint, pass it by --resume-arg; or "
        f"{RUN_AGAIN}",
    )


def _called(checkpoint: Checkpoint) -> str:
    return sanitize(checkpoint.called)


def _progress(checkpoint: Checkpoint) -> str:
    words = progress_words(checkpoint.epoch, checkpoint.step)
    return f" ({words}, by {checkpoint.progress_from})" if words else ""

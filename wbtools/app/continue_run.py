"""From where a run goes on: the checkpoint that it left, and how its program is told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wbtools.analysis.checkpoint_progress import RunLength
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.app.continuation_words import no_checkpoint, no_option, notes_of
from wbtools.app.earlier_continuations import earlier_continuations
from wbtools.app.find_checkpoints import chosen_checkpoint, find_checkpoints
from wbtools.app.own_search import newest_beside, refusal_of_choice, refusal_of_own_search
from wbtools.app.program_resume import resume_of_program
from wbtools.errors import UsageError
from wbtools.findings import Confidence
from wbtools.model import CheckpointPlace
from wbtools.replication.command_finding import command_finding
from wbtools.replication.continuation import Continuation
from wbtools.replication.continuation_findings import continuation_findings
from wbtools.replication.resume_choice import choose_resume_option
from wbtools.replication.styles import HYDRA_MARKS
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.earlier_continuations import EarlierContinuation
    from wbtools.app.opening.source import SweepSource
    from wbtools.errors import DataError
    from wbtools.findings import Finding
    from wbtools.model import Checkpoint, CheckpointSearch, LaunchRecord, ResumeOption, Run
    from wbtools.replication.changes import Changes
    from wbtools.replication.command import Launch
    from wbtools.sources.checkpoints.on_disk import SearchedFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueOptions:
    """What the user says of going on.

    Attributes:
        checkpoint: A path, or an artifact's name; None takes the newest that can be used.
        resume_arg: The option or parameter by which the program is told; None takes what is seen.
        is_same_run: Keep logging to the same run of W&B's.
    """

    checkpoint: str | None = None
    resume_arg: str | None = None
    is_same_run: bool = False

    @classmethod
    def of(
        cls, *, continues: bool, checkpoint: str | None, resume_arg: str | None, same_run: bool
    ) -> Self | None:
        """What is to be continued, and how; None where runs are run again.

        Raises:
            UsageError: An option is about going on, which is not asked for.
        """
        if continues:
            return cls(checkpoint=checkpoint, resume_arg=resume_arg, is_same_run=same_run)
        given = {"--checkpoint": checkpoint, "--resume-arg": resume_arg, "--same-run": same_run}
        for option, value in given.items():
            if value:
                msg = f"{option} needs --continue, which is not given"
                raise UsageError(msg, "pass --continue too, or leave it out")
        return None

    def check(self, changes: Changes, n_runs: int) -> None:
        """Refuse what does not go together.

        Args:
            changes: What is to be different.
            n_runs: How many runs are named.

        Raises:
            UsageError: A run that goes on cannot be so changed, or a checkpoint is of several runs.
        """
        for option, values in (("--seeds", changes.seeds), ("--folds", changes.folds)):
            if values:
                msg = f"{option} makes other runs, and --continue lets one go on as it was"
                raise UsageError(msg, "leave one of the two out")
        if self.is_same_run and changes.name is not None:
            msg = "--same-run keeps the run's own name, and --name gives another one"
            raise UsageError(msg, "leave one of the two out")
        if self.checkpoint is not None and n_runs > 1:
            msg = f"--checkpoint names one checkpoint, and {count(n_runs, 'run')} are to go on"
            raise UsageError(msg, "name one run with --run")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedRun:
    """How a run goes on, if it can.

    Attributes:
        continuation: None where it cannot.
        search: What it left.
        findings: What the user should know, `WBR316` to `WBR319`.
        notes: In words, what was found and taken.
        refusal: Why it cannot go on; None where it can.
    """

    continuation: Continuation | None
    search: CheckpointSearch
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: DataError | UsageError | None = None


def continue_run(
    source: SweepSource,
    audit: Audit,
    row: RunAudit,
    record: LaunchRecord,
    launch: Launch,
    options: ContinueOptions,
    folders: Sequence[Path],
    searched: SearchedFolders | None = None,
) -> ContinuedRun:
    """Say from where a run goes on, and how its program is told.

    Args:
        source: Where it was recorded.
        audit: Of its sweep.
        row: The run.
        record: How it was started.
        launch: Its command.
        options: What the user says.
        folders: Where its program is looked for, the present folder first.
        searched: What searches for other runs have listed already; more is put in.

    Raises:
        UsageError: `--checkpoint` names none.
    """
    run = row.run
    # One that goes on as the same run cannot be told of another run's checkpoint.
    earlier = (
        ()
        if options.is_same_run
        else earlier_continuations(source, run, audit.question.rank_by.name)
    )
    search = find_checkpoints(source, audit, row, record, folders=searched, continuations=earlier)
    if options.checkpoint is None:
        checkpoint = search.best
    else:
        checkpoint = chosen_checkpoint(search, options.checkpoint, audit, row)
    if checkpoint is None:
        return ContinuedRun(continuation=None, search=search, refusal=no_checkpoint(run, search))
    text = resume_of_program(launch.program or (), folders)
    option = choose_resume_option(
        given=options.resume_arg,
        launch=launch,
        run=run,
        text=text,
        layout=checkpoint.layout,
        is_same_run=options.is_same_run,
    )
    if option is None:
        refusal = no_option(run, launch, checkpoint, text)
        return ContinuedRun(continuation=None, search=search, refusal=refusal)
    if option.takes.finds_itself:
        refused: DataError | UsageError | None = refusal_of_own_search(
            _writer(run, earlier, checkpoint),
            record,
            launch,
            option,
            checkpoint,
            is_same_run=options.is_same_run,
        )
        if refused is None and options.checkpoint is not None:
            refused = refusal_of_choice(option, search, checkpoint)
        if refused is not None:
            return ContinuedRun(continuation=None, search=search, refusal=refused)
    taken = checkpoint
    if checkpoint.place is CheckpointPlace.DISK and launch.style in HYDRA_MARKS:
        # Hydra may change the folder before the program reads a path.
        taken = replace(checkpoint, name=str(Path(checkpoint.name).absolute()))
    continuation = Continuation(
        run_id=checkpoint.run_id or run.id,
        checkpoint=taken,
        option=option,
        is_same_run=options.is_same_run,
        # Another key in W&B's configuration may break a program that takes all of it.
        has_mark=not launch.by_config if text is None else not text.hands_config,
        entity=audit.sweep.ref.entity,
        project=audit.sweep.ref.project,
    )
    return ContinuedRun(
        continuation=continuation,
        search=search,
        findings=(
            *_still_running(row),
            *_ran_its_course(row),
            *_goes_on_still(earlier),
            *_doubts(checkpoint),
            *_other_choice(option, search, checkpoint),
            *continuation_findings(continuation, run, was_offline=source.was_offline(run)),
        ),
        notes=tuple(notes_of(run, search, checkpoint, option, RunLength.of(audit, row))),
    )


def _still_running(row: RunAudit) -> Iterator[Finding]:
    """`WBR318` of a run that may be at work still, and would write the same files."""
    if row.completion is Completion.RUNNING:
        yield command_finding(
            "WBR318",
            f"run {row.run.number_or_id} may still be at work, and two processes would write the "
            f"same checkpoints: {row.termination.because}",
            "see that it has ended before you start this",
            confidence=Confidence.MEDIUM,
            subject=row.run.id,
        )


def _goes_on_still(earlier: Sequence[EarlierContinuation]) -> Iterator[Finding]:
    """`WBR318` of a run that went on with it and may be at work still."""
    going = [each for each in earlier if each.run.state.is_going]
    if going:
        yield command_finding(
            "WBR318",
            f"{going[0].called}, which went on with it, may still be at work",
            "see that it has ended before you start this",
            confidence=Confidence.MEDIUM,
            subject=going[0].run.id,
        )


def _writer(run: Run, earlier: Sequence[EarlierContinuation], checkpoint: Checkpoint) -> Run:
    """The run that a checkpoint is of: it, or one that went on with it."""
    return next((each.run for each in earlier if each.run.id == checkpoint.run_id), run)


def _ran_its_course(row: RunAudit) -> Iterator[Finding]:
    """`WBR318` of a run that came to its end, whose program may begin and end at once."""
    if row.completion is Completion.FULL:
        yield command_finding(
            "WBR318",
            f"run {row.run.number_or_id} ran its course, so that nothing may be left to train: "
            f"{row.termination.because}",
            "--epochs trains on for longer",
            confidence=Confidence.MEDIUM,
            subject=row.run.id,
        )


def _doubts(checkpoint: Checkpoint) -> Iterator[Finding]:
    """`WBR318`: what speaks against a checkpoint that the user chose all the same."""
    if checkpoint.doubts:
        said = "; ".join(checkpoint.doubts)
        yield command_finding(
            "WBR318",
            f"the checkpoint {sanitize(checkpoint.called)} is in doubt: {said}",
            "see that it is the run's, and whole",
            confidence=Confidence.MEDIUM,
            subject="checkpoint",
            evidence={"doubts": list(checkpoint.doubts)},
        )


def _other_choice(
    option: ResumeOption, search: CheckpointSearch, checkpoint: Checkpoint
) -> Iterator[Finding]:
    """`WBR318`: a newer one, which a program that looks itself may take."""
    newest = newest_beside(search, checkpoint) if option.takes.finds_itself else None
    if newest is not None:
        yield command_finding(
            "WBR318",
            f"the program chooses its checkpoint itself, and may take {sanitize(newest.called)}, "
            f"which is newer and in doubt: {'; '.join(newest.doubts)}",
            "move it away before you start this",
            confidence=Confidence.MEDIUM,
            subject="checkpoint",
            evidence={"doubts": list(newest.doubts)},
        )

"""`wbtools verify`: whether a replication held, and what to do next."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.argument_groups import NetworkArguments, PlainAnswerArguments, SweepArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep, RankBy, Target
from wbtools.cli.output import check_figure, write_figure
from wbtools.cli.sigterm import INTERRUPTED, answering_sigterm
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import next_command, option

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.replica_search import VerifyOptions
    from wbtools.model import Run

_FAILED, _UNDECIDED = 1, 3
_POLL_S = 30.0


@with_examples(
    (
        "wbtools verify demo --run 5 --replica ./replicas",
        "Judge replicas of run 5 by their run files; without --replica, those in its W&B group.",
    ),
    (
        "wbtools verify demo --run 5 --replica ./replicas --success 0.57 --acceptable 0.56",
        "Say yourself what counts as success.",
    ),
    (
        "wbtools verify --track-record",
        "How good the estimates were, over all runs that were verified.",
    ),
)
@takes_groups
def verify(
    sweep: OptionalSweep = None,
    *,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="The run that was replicated: its number, name, id or page address.",
        ),
    ] = None,
    replica: Annotated[
        list[Path] | None,
        typer.Option(
            "--replica",
            metavar="PATH",
            help="Read the replicas from these run files, in place of W&B's group wbtools-RUN_ID; "
            "repeatable.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="GROUP",
            help="Compare with the runs of this W&B group, or of this path.",
        ),
    ] = None,
    success: Annotated[
        list[str] | None,
        typer.Option(
            "--success",
            metavar="[METRIC=]VALUE",
            help="Call it a success if the replicas reach this value; repeatable.",
        ),
    ] = None,
    acceptable: Annotated[
        list[str] | None,
        typer.Option(
            "--acceptable",
            metavar="[METRIC=]VALUE",
            help="Call it acceptable if they reach at least this value; repeatable.",
        ),
    ] = None,
    fold_key: Annotated[
        str | None,
        typer.Option(
            "--fold-key",
            metavar="NAME",
            help="The parameter that says which fold of the data a replica is of. Without it, one "
            "that is called so.",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Watch replicas that are running: tell each new report against the original's, "
            "and judge them once they have ended.",
        ),
    ] = False,
    poll: Annotated[
        float,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=1,
            max=86_400,
            help="With --watch, look at them so often.",
        ),
    ] = _POLL_S,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the replicas' curves against the original's: a .png, .svg or .pdf file.",
        ),
    ] = None,
    track_record: Annotated[
        bool,
        typer.Option(
            "--track-record",
            help="Show how good the audit's estimates were, over all runs that were verified.",
        ),
    ] = False,
    rank_by: RankBy = None,
    target: Target = None,
    sweep_was: SweepArguments,
    answer: PlainAnswerArguments,
    network: NetworkArguments,
) -> int:
    """Say whether a replication held: against the original, its criteria and the runner-up.

    Exit code 0: success or acceptable; 1: failure; 3: undecided.
    """
    from wbtools.answers.verify.answer import VerifyAnswer
    from wbtools.app.replica_search import VerifyOptions
    from wbtools.app.verify import verify
    from wbtools.errors import UsageError
    from wbtools.live.verify_watch import watch_replicas

    if track_record:
        answer.check("", has_findings=False)
        with network.session(quiet=answer.quiet) as session:
            _deliver_track_record(session, answer)
        return 0
    if run is None:
        msg = "no run is named"
        raise UsageError(msg, "pass --run 8, or --track-record")
    if poll != _POLL_S and not watch:
        msg = "--poll says how often running replicas are looked at, and --watch is not given"
        raise UsageError(msg, "pass --watch too, or leave --poll out")
    reference = sweep_in_use(sweep, network.archive)
    check_figure(plot)
    answer.check(reference, also=(plot,), has_findings=False)
    options = VerifyOptions(
        run=run,
        replicas=tuple(replica or ()),
        baseline=baseline,
        success=tuple(success or ()),
        acceptable=tuple(acceptable or ()),
        fold_key=fold_key,
    )
    audit_options = sweep_was.options(rank_by=rank_by, target=target)
    with (
        answering_sigterm() if watch else nullcontext(),
        network.session(quiet=answer.quiet) as (session),
    ):
        if watch:
            watched = watch_replicas(reference, options, audit_options, session, poll_s=poll)
            verification, audit = watched.verification, watched.audit
        else:
            watched = None
            verification, audit = verify(reference, options, audit_options, session)
        session.observer.close()
        if verification is not None:
            found = VerifyAnswer.of(verification)
            if plot is not None:
                write_figure(plot, found.plot())
            answer.deliver(found)
        if verification is None or (watched is not None and watched.was_interrupted):
            asked = {"run": run, "poll": None if poll == _POLL_S else f"{poll:g}"}
            again = [*_again(options), *network.words, "--watch"]
            answer.offer(next_command("verify", reference, asked | asdict(audit_options), again))
            return INTERRUPTED
        _remember(verification, session, answer)
    answer.note(*_next(verification, audit, reference, audit_options, network.words))
    return {"failure": _FAILED, "undecided": _UNDECIDED}.get(str(verification.verdict), 0)


def _again(options: VerifyOptions) -> list[str]:
    """The words that say the same of the replicas once more."""
    words = [word for path in options.replicas for word in option("replica", str(path))]
    words += [] if options.baseline is None else option("baseline", options.baseline)
    words += [word for value in options.success for word in option("success", value)]
    words += [] if options.fold_key is None else option("fold_key", options.fold_key)
    return words + [word for value in options.acceptable for word in option("acceptable", value)]


def _deliver_track_record(session: Session, answer: PlainAnswerArguments) -> None:
    from wbtools.analysis.verification.outcome import track_record
    from wbtools.answers.verify.track_record import TrackRecordAnswer
    from wbtools.archive import outcomes

    record = track_record(tuple(outcomes(session.place(write=False).path)))
    answer.deliver(TrackRecordAnswer.of(record))


def _remember(verification: Verification, session: Session, answer: PlainAnswerArguments) -> None:
    """Keep the outcome; a folder that cannot be written is no reason to fail."""
    from wbtools.app.verify import outcome_of
    from wbtools.archive import keep_outcome
    from wbtools.errors import WbtoolsError

    try:
        keep_outcome(session.place(write=True).path, outcome_of(verification))
    except WbtoolsError as error:
        answer.note(f"the outcome is not kept: {error.message}")


def _next(
    verification: Verification,
    audit: Audit,
    reference: str,
    options: AuditOptions,
    where: list[str],
) -> list[str]:
    """What to do next, if anything, as a sentence."""
    from wbtools.analysis.verification.next_step import NextStepKind, next_step
    from wbtools.answers.verify.next_words import next_words
    from wbtools.app.opening.run_names import name_of
    from wbtools.app.verify import fallback_of

    following = next_step(verification)
    continues = ["--continue"] if following.step is NextStepKind.CONTINUE_AGAIN else []

    def replicate(run: Run, seeds: tuple[object, ...]) -> str:
        asked = {"seeds": ",".join(map(str, seeds))} if seeds else {}
        words = {"run": name_of(audit, run)} | asked | asdict(options)
        return next_command("replicate", reference, words, [*where, *continues])

    fallback = fallback_of(verification, audit)
    sentence = next_words(verification, following, fallback, replicate)
    return [] if sentence is None else [sentence]

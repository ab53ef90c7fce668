"""`wbtools verify`: whether a replication held, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.options import (
    ArchiveFolder,
    Budget,
    Cache,
    EarlyTerminate,
    Force,
    Format,
    GoalWord,
    MetricName,
    Offline,
    OptionalSweep,
    Output,
    Quiet,
    RankBy,
    Refresh,
    SweepFile,
    Target,
    Timeout,
    Verbose,
    form_of,
)
from wbtools.cli.output import Color, ColorWhen, check_targets, make_page, note, write_answer
from wbtools.cli.progress import open_session
from wbtools.cli.shell_words import archive_words, next_command
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.model import Run

_FAILED, _UNDECIDED = 1, 3


def verify(
    sweep: OptionalSweep = None,
    run: Annotated[
        str | None,
        typer.Option("--run", help="The run that was replicated: its number, name, id or page."),
    ] = None,
    replica: Annotated[
        list[Path] | None,
        typer.Option(
            "--replica",
            metavar="PATH",
            help="Run files of replicas, in place of those in W&B's group wbtools-RUN_ID; "
            "repeatable.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="GROUP", help="A W&B group or a path of runs to compare with."
        ),
    ] = None,
    success: Annotated[
        list[str] | None,
        typer.Option("--success", metavar="[METRIC=]VALUE", help="What a success reaches."),
    ] = None,
    acceptable: Annotated[
        list[str] | None,
        typer.Option("--acceptable", metavar="[METRIC=]VALUE", help="What is still acceptable."),
    ] = None,
    track_record: Annotated[
        bool,
        typer.Option("--track-record", help="How good projections were, over all verified runs."),
    ] = False,
    metric: MetricName = None,
    goal: GoalWord = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    rank_by: RankBy = None,
    target: Target = None,
    budget: Budget = None,
    form: Annotated[
        Literal["text", "json", "md"] | None,
        typer.Option("--format", help="The form of the answer; else by the suffix of --output."),
    ] = None,
    output: Output = None,
    force: Force = False,
    color: ColorWhen = Color.AUTO,
    offline: Offline = False,
    refresh: Refresh = False,
    timeout: Timeout = None,
    cache: Cache = True,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Say whether a replication held: against the original, its criteria and the runner-up.

    Exit code 0: success or acceptable; 1: failure; 3: undecided.
    """
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.verify import VerifyOptions, verify
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    audit_options = AuditOptions(
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
    )
    with open_session(
        quiet=quiet,
        archive=archive,
        offline=offline,
        refresh=refresh,
        timeout=timeout,
        cache=cache,
    ) as session:
        if track_record:
            check_targets(output, source="", force=force)
            _show_track_record(session, color, output)
            return 0
        if run is None:
            msg = "no run is named"
            raise UsageError(msg, "pass --run 8, or --track-record")
        reference = sweep_in_use(sweep, archive)
        check_targets(output, source=reference, force=force)
        options = VerifyOptions(
            run=run,
            replicas=tuple(replica or ()),
            baseline=baseline,
            success=tuple(success or ()),
            acceptable=tuple(acceptable or ()),
        )
        verification, audit = verify(reference, options, audit_options, session)
        kind = form_of(output) if form is None else Format(form)
        write_answer(_render(verification, kind, color, output), output)
        _remember(verification, session, quiet=quiet)
    if not quiet:
        where = archive_words(archive, offline=offline)
        _offer(verification, audit, reference, audit_options, where)
    return {"failure": _FAILED, "undecided": _UNDECIDED}.get(str(verification.verdict), 0)


def _render(verification: Verification, form: Format, color: Color, output: Path | None) -> str:
    if form is Format.JSON:
        from wbtools.answers.verify.json_text import render_verification_json

        return render_verification_json(verification)
    from wbtools.answers.verify.text import render_verification

    return render_verification(verification, make_page(color, output, form))


def _show_track_record(session: Session, color: Color, output: Path | None) -> None:
    from wbtools.analysis.verification.outcome import track_record
    from wbtools.answers.verify.text import render_track_record
    from wbtools.archive import outcomes

    record = track_record(tuple(outcomes(session.place(write=False).path)))
    write_answer(render_track_record(record, make_page(color, output)), output)


def _remember(verification: Verification, session: Session, *, quiet: bool) -> None:
    """Keep the outcome; a folder that cannot be written is no reason to fail."""
    from wbtools.app.verify import outcome_of
    from wbtools.archive import keep_outcome
    from wbtools.errors import WbtoolsError

    try:
        keep_outcome(session.place(write=True).path, outcome_of(verification))
    except WbtoolsError as error:
        if not quiet:
            note(f"the outcome is not kept: {error.message}\n")


def _offer(
    verification: Verification,
    audit: Audit,
    reference: str,
    options: AuditOptions,
    where: list[str],
) -> None:
    """Say what to do next."""
    from dataclasses import asdict

    from wbtools.analysis.verification.next_step import next_step
    from wbtools.answers.verify.next_words import next_words
    from wbtools.app.opening.run_names import name_of
    from wbtools.app.verify import fallback_of

    def replicate(run: Run, seeds: tuple[object, ...]) -> str:
        asked = {"seeds": ",".join(map(str, seeds))} if seeds else {}
        words = {"run": name_of(audit, run)} | asked | asdict(options)
        return next_command("replicate", reference, words, where)

    fallback = fallback_of(verification, audit)
    sentence = next_words(verification, next_step(verification), fallback, replicate)
    if sentence is not None:
        note(f"{sentence}\n")

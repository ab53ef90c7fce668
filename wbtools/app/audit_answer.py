"""An audit as its answer: judged, the run that is asked for chosen, checkpoints looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.audit.gem_words import runs_to_repeat
from wbtools.answers.limits import FEW_ROWS, limit_rows
from wbtools.app.audit import audit_source, open_asked
from wbtools.app.find_checkpoints import found_checkpoints
from wbtools.app.opening.run_names import select_run

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.observer import Observer
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource


def audit_answer(
    reference: str,
    options: AuditOptions,
    session: Session,
    *,
    run: str | None = None,
    selection: Selection | None = None,
    limit: int = FEW_ROWS,
    show_secrets: bool = False,
    show_all_runs: bool = False,
) -> AuditAnswer:
    """Audit what the user calls SWEEP, and look for what its likeliest gems left to go on from.

    Args:
        reference: A path, `PATH#SWEEP_ID`, a sweep of W&B's, `demo`; with a selection, a project.
        options: What the user says beyond that.
        session: How to reach W&B's servers; closed by the caller.
        run: The run that is asked for alone, as `--run` names it.
        selection: Runs by group, tag and filter in place of a sweep.
        limit: How many gems the page lists, 0 for all.
        show_secrets: Mask nothing in configurations and programs.
        show_all_runs: Write the table of all runs on the page about the sweep.

    Raises:
        UsageError: As `audit_reference`.
        SignInError: Likewise.
        DataError: Likewise.
    """
    source = open_asked(reference, options, session, run=run, selection=selection)
    audit = audit_source(source, options, session.observer)
    row = None if run is None else select_run(audit, run)
    return answered(
        source,
        audit,
        session.observer,
        run=row,
        limit=limit,
        show_secrets=show_secrets,
        show_all_runs=show_all_runs,
    )


def answered(
    source: SweepSource,
    audit: Audit,
    observer: Observer,
    *,
    run: RunAudit | None = None,
    limit: int = FEW_ROWS,
    show_secrets: bool = False,
    show_all_runs: bool = False,
) -> AuditAnswer:
    """An audit as its answer, with what its likeliest gems left to go on from.

    Args:
        source: Of the sweep.
        audit: Of it.
        observer: Whom to tell that it is looked for.
        run: The run that is asked for alone; only what that one left is looked for.
        limit: How many gems the page lists, 0 for all: whose checkpoints are looked for, and those
            of the runs that the answer advises to run again.
        show_secrets: Mask nothing in configurations and programs.
        show_all_runs: Write the table of all runs on the page about the sweep.
    """
    listed = [*limit_rows(audit.gems, limit), *runs_to_repeat(audit)]
    rows = {row.run.id: row for row in (listed if run is None else [run])}
    observer.stage("looking for checkpoints")
    return AuditAnswer.of(
        audit,
        run=run,
        show_secrets=show_secrets,
        show_all_runs=show_all_runs,
        checkpoints=found_checkpoints(source, audit, list(rows.values())),
        looked_for=frozenset(rows),
    )

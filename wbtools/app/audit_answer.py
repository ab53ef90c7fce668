"""An audit as its answer: judged, the run that is asked for chosen, checkpoints looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.limits import FEW_ROWS, limit_rows
from wbtools.app.audit import audit_source, open_asked
from wbtools.app.find_checkpoints import find_checkpoints
from wbtools.app.opening.run_names import select_run
from wbtools.errors import Interrupted, WbtoolsError
from wbtools.sources.checkpoints.on_disk import SearchedFolders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Checkpoint


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
        limit: How many gems the page lists, 0 for all: whose checkpoints are looked for.
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
    shown = limit_rows(audit.gems, limit) if row is None else (row,)
    session.observer.stage("looking for checkpoints")
    return AuditAnswer.of(
        audit,
        run=row,
        show_secrets=show_secrets,
        show_all_runs=show_all_runs,
        checkpoints=found_checkpoints(source, audit, shown),
    )


def found_checkpoints(
    source: SweepSource, audit: Audit, rows: Sequence[RunAudit]
) -> dict[str, Checkpoint]:
    """The newest checkpoint of each run that nothing speaks against, as far as one is here.

    Only this machine is looked at, no server is asked, and what cannot be read is not there.

    Args:
        source: Of the sweep.
        audit: Its answer.
        rows: Of its runs; those that ran their course or still run are left out.
    """
    folders, found = SearchedFolders(), {}
    for row in rows:
        if row.completion in {Completion.FULL, Completion.RUNNING}:
            continue
        try:
            record = source.known_launch(row.run)
            search = find_checkpoints(
                source, audit, row, record, asks_servers=False, folders=folders
            )
        except Interrupted:
            raise
        except (WbtoolsError, OSError):
            continue  # an audit does not fail for what it only mentions
        if search.best is not None:
            found[row.run.id] = search.best
    return found

"""One run of a replication: its command rebuilt, changed as asked, with the plan that it is for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools import __version__
from wbtools.analysis.continue_or_rerun import ContinueOrRerun, continue_or_rerun
from wbtools.answers.table_words import table_parts
from wbtools.app.changed_values import is_other_configuration, outside_findings, set_words
from wbtools.app.continuation_words import RUN_AGAIN
from wbtools.app.continue_run import continue_run
from wbtools.app.fallback_run import choose_fallback
from wbtools.app.opening.run_names import name_of
from wbtools.app.reconstruct_command import LaunchEvidence, reconstruct_command
from wbtools.app.replica_scripts import Target
from wbtools.app.working_dir import describe_folder
from wbtools.model import CheckpointPlace
from wbtools.replication.changes import make_replicas
from wbtools.replication.continuation import continued_launch
from wbtools.replication.criteria import criteria_of, plan_of, read_thresholds, share_of_budget
from wbtools.replication.environment import (
    code_notes,
    differences,
    environment_notes,
    pinned,
)
from wbtools.replication.header import head_of
from wbtools.replication.script import Replication
from wbtools.sources.checkpoints.on_disk import SearchedFolders
from wbtools.sources.tables.run_table import numeric_columns
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.continue_run import ContinuedRun
    from wbtools.app.opening.question import WrittenSpec
    from wbtools.app.opening.source import SweepSource
    from wbtools.app.replicate import ReplicateOptions
    from wbtools.findings import Finding
    from wbtools.model import Checkpoint, LaunchRecord, ReplicationPlan, Run
    from wbtools.replication.command import Launch

_CONTINUED_NAME: Final = "{name}-continued"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedRun:
    """What is to be said of one run.

    Attributes:
        replication: Its replicas.
        plan: What they are to reach.
        findings: What the user should know.
        notes: In words, how it was made.
        ways: To go on with it, and to run it again.
        continued: How it goes on, where that was asked for.
    """

    replication: Replication
    plan: ReplicationPlan
    findings: list[Finding]
    notes: list[str]
    ways: ContinueOrRerun
    continued: ContinuedRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReplicator:
    """Says how runs of one sweep are run again.

    Attributes:
        source: Where they were recorded.
        audit: Of their sweep.
        written: The sweep's configuration.
        options: What is to be written.
        origin: What the runs are of, in words.
        reference: What the user calls SWEEP.
        checkpoints: From which runs could go on that are run again, by their ids.
        searched: Folders that were searched for what runs left, each once for all of them.
    """

    source: SweepSource
    audit: Audit
    written: WrittenSpec | None
    options: ReplicateOptions
    origin: str
    reference: str
    checkpoints: Mapping[str, Checkpoint]
    searched: SearchedFolders = field(default_factory=SearchedFolders)

    def replicate(
        self, row: RunAudit, *, taken: Mapping[str, object] | None, has_failed: bool
    ) -> ReplicatedRun:
        """Say how one run is run again.

        Args:
            row: The run.
            taken: What its agent took, nested, where nothing else is left of it.
            has_failed: Whether it is run again because it failed.

        Raises:
            UsageError: A name or an option cannot be right.
            DataError: The data do not allow it, or a value cannot be said in the program's style.
        """
        audit, options = self.audit, self.options
        record = self.source.launch_record(row.run)
        if taken is not None:
            record = replace(record, sweep_parameters=taken)
        evidence = LaunchEvidence(
            run=row.run,
            record=record,
            written=self.written,
            results=self._results(),
            projects=tuple(self.source.folders),
        )
        launch, findings = reconstruct_command(
            evidence,
            program=options.program,
            style=options.style,
            is_bare=options.target.is_bare,
            is_agents=options.target is Target.ENQUEUE,
        )
        changes = options.changes
        if has_failed:  # it never came to its end, and is to run as it was
            changes = replace(changes, keep_early_stop=True)
        continued = self._continued(row, record, launch, has_failed=has_failed)
        going_on = None if continued is None else continued.continuation
        checkpoint = self.checkpoints.get(row.run.id)
        if going_on is not None:
            checkpoint = going_on.checkpoint
            launch = continued_launch(launch, going_on)
            changes = replace(changes, name=changes.name or _CONTINUED_NAME)
        is_refused = continued is not None and going_on is None
        ways = continue_or_rerun(audit, row, checkpoint, is_refused=is_refused)
        replicas = make_replicas(row.run, launch, changes, budget_key=audit.budget.key)
        members = tuple(replace(replica, continuation=going_on) for replica in replicas.members)
        name = audit.question.rank_by.name
        criteria = criteria_of(
            audit,
            row,
            read_thresholds(options.success, "--success", name),
            read_thresholds(options.acceptable, "--acceptable", name),
        )
        fallback = choose_fallback(audit, row, options.fallback)
        share = share_of_budget(row.run, members, audit.budget.key)
        plan = plan_of(
            audit,
            row,
            criteria,
            changed=list(dict.fromkeys(name for replica in members for name in replica.changed)),
            n_replicas=len(members),
            varied=list(replicas.varied),
            fallback=fallback,
            share=share,
            is_other=is_other_configuration(changes, row.run),
            continues=None if going_on is None else going_on.origin,
            remaining_h=None if going_on is None else ways.continue_h,
        )
        replication = Replication(
            head=head_of(
                audit,
                row,
                plan,
                fallback,
                origin=self.origin,
                version=__version__,
                ways=ways,
            ),
            replicas=members,
            varied=replicas.varied,
            project=audit.sweep.ref.project,
            entity=audit.sweep.ref.entity,
            notes=tuple(self._surroundings(record, row)),
        )
        findings += outside_findings(changes, self.written)
        if options.target is not Target.ENQUEUE:  # whose agents may be anywhere
            findings += differences(record, describe_folder(pinned(record)))
        notes = [
            f"command: {launch.source}",
            *table_parts(audit.sweep.origin, audit.sweep.table),
            *set_words(changes),
            *replicas.notes,
        ]
        if continued is None and checkpoint is not None and _may_be_lost(checkpoint, row.run):
            notes.append(
                f"the program may write over {checkpoint.called}, from which run "
                f"{row.run.number_or_id} can go on: copy it first if it is to go on later"
            )
        if continued is not None:
            findings += continued.findings
            notes += continued.notes
            if continued.refusal is not None:
                called = row.run.number_or_id
                notes.append(f"run {called} runs from the start: {continued.refusal.message}")
        if share != 1 and audit.question.is_judged:
            notes.append(
                f"the replicas have {share:.3g} times the run's budget: the bar and the audit's "
                "promise are for the whole of it; --success says what they are to reach"
            )
        return ReplicatedRun(
            replication=replication,
            plan=plan,
            findings=findings,
            notes=notes,
            ways=ways,
            continued=continued,
        )

    def _continued(
        self, row: RunAudit, record: LaunchRecord, launch: Launch, *, has_failed: bool
    ) -> ContinuedRun | None:
        """How the run goes on, where that is asked for; of many that failed some may not.

        Raises:
            UsageError: Nothing says how the program is told, or `--checkpoint` names none.
            DataError: The run left no checkpoint.
        """
        if self.options.continues is None:
            return None
        written = self.written
        beside = [] if written is None or written.folder is None else [written.folder]
        continued = continue_run(
            self.source,
            self.audit,
            row,
            record,
            launch,
            self.options.continues,
            [Path(), *beside],
            self.searched,
        )
        if continued.refusal is not None and not has_failed:
            if not self.options.selection:
                again = next_command(
                    "replicate", self.reference, {"run": name_of(self.audit, row.run)}
                )
                continued.refusal.reword(
                    lambda text: text.replace(RUN_AGAIN, f"{RUN_AGAIN} ({again})", 1)
                )
            raise continued.refusal
        return continued

    def _results(self) -> frozenset[str]:
        """Columns of a table that are surely results: those that the audit is about."""
        if self.source.tells_parameters:
            return frozenset()
        about = {self.audit.question.metric.name, self.audit.question.rank_by.name}
        return frozenset(about & numeric_columns(self.audit.sweep).keys())

    def _surroundings(self, record: LaunchRecord, row: RunAudit) -> Iterator[str]:
        if self.options.with_code:
            yield from code_notes(record)
        if self.options.with_env:
            yield from environment_notes(record, row.run)


def _may_be_lost(checkpoint: Checkpoint, run: Run) -> bool:
    """Whether a run of the same program may write where a checkpoint lies.

    One in a folder that is called after the run's id is the run's alone.
    """
    return checkpoint.place is CheckpointPlace.DISK and run.id not in checkpoint.name

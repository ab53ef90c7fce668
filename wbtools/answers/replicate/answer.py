"""The answer of `replicate`: which runs are run again, how, at what cost, and to reach what."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.checkpoint import CHECKPOINT
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import write_findings
from wbtools.answers.findings.record import FINDING
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.answers.parts import METRIC, SWEEP, run_columns
from wbtools.answers.plan import PLAN
from wbtools.answers.replicate.two_ways import WAYS, write_checkpoints, write_ways
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count, hours
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.analysis.audit import RunAudit
    from wbtools.analysis.continue_or_rerun import ContinueOrRerun
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding
    from wbtools.model import Checkpoint, Metric, ReplicationPlan, Run, Sweep

_LONGEST_WORD: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """A run that is run again, and what it reached; `_RUN` says what each value is."""

    __repr__ = brief_repr

    audit: RunAudit
    plan: ReplicationPlan | None
    failure: str | None
    n_replicas: int
    ways: ContinueOrRerun | None = None
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReplica:
    """A run that is to be started, for the recorded `run`; `_REPLICA` says what each value is.

    Secrets are masked, and in the command `$NAME`.
    """

    __repr__ = brief_repr

    run: Run
    name: str
    group: str
    changed: Mapping[str, object]
    command: tuple[str, ...]
    config: Mapping[str, object] | None
    variables: tuple[str, ...]
    cost_h: float | None
    checkpoint: Checkpoint | None = None


_AUDIT: Final[tuple[Column[RunAudit], ...]] = (
    Column(
        "rank",
        int | None,
        "Place of the run by best value among all runs, from 1.",
        title="rank",
        keep=3,
    ),
    Column("best", float | None, "Best value of the run, in the metric's units.", title="best"),
    Column("n_reports", int | None, "Reports that the run made.", title="reports", keep=1),
    Column("budget_reports", int | None, "Reports of a full run.", of="budget", title="of", keep=2),
)
_RUN: Final[Record[SourceRun]] = Record(
    "Run",
    *run_columns(lambda run: run.audit.run),
    *(column.inside(lambda run: run.audit) for column in _AUDIT),
    Column(
        "failure",
        str | None,
        "Why the run is among those that failed; null if it did not.",
        title="failed",
        keep=1,
        least=12,
        wraps=True,
    ),
    Column("n_replicas", int, "How often the run is run again.", title="replicas", keep=1),
    *(column.placed(title="").inside(lambda run: run.ways) for column in WAYS),
    Column(
        "checkpoints",
        Rows(CHECKPOINT),
        "What the run left to go on from, as far as it was looked for: those that nothing speaks "
        "against first, the newest first.",
    ),
    Column(
        "plan",
        Maybe(PLAN),
        "What the run's replicas are to reach; null where runs are not judged, and of "
        "one that failed.",
    ),
)

_REPLICA: Final[Record[PlannedReplica]] = Record(
    "Replica",
    *run_columns(lambda replica: replica.run),
    Column("replica_name", str, "WANDB_NAME of the replica.", of="name", title="replica", least=10),
    Column(
        "group",
        str,
        "WANDB_RUN_GROUP of the replica, by which `wbtools verify` finds it; empty for `enqueue`.",
    ),
    Column(
        "changed",
        dict[str, Any],
        "Values that differ from the recorded ones.",
        title="changed",
        keep=1,
        least=10,
        wraps=True,
        spread=True,
        show=lambda replica: sanitize(
            ", ".join(f"{name} {value}" for name, value in replica.changed.items())
        ),
    ),
    Column(
        "cost_h",
        float | None,
        "Cost of the replica at the recorded run's pace.",
        unit="h",
        title="cost",
        keep=2,
    ),
    Column(
        "command",
        list[str],
        "Words that start the replica; `variables` stand as `$NAME` in them. Empty for `yaml` and "
        "`enqueue`.",
        title="command",
        keep=3,
        least=20,
        wraps=True,
        show=lambda replica: shlex.join(
            sanitize(word, limit=_LONGEST_WORD) for word in replica.command
        ),
    ),
    Column(
        "checkpoint",
        Maybe(CHECKPOINT),
        "The checkpoint from which the run goes on; null for a fresh run.",
    ),
    Column(
        "variables", list[str], "Environment variables to set before: secrets, and the sweep's."
    ),
    Column(
        "config",
        dict[str, Any] | None,
        "The configuration in the file that is `$WBTOOLS_CONFIG` in the command, or else is "
        "named by WANDB_SWEEP_PARAM_PATH; null where the program needs none. Of target `yaml` "
        "what is written, and of `enqueue` what an agent gets.",
        csv=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ReplicateAnswer(Answer):
    """How recorded runs are run again; `record` says what each value is.

    Attributes:
        text: What is written: the script, the job or the files.
    """

    name: ClassVar = "replicate"
    table: ClassVar = "replicas"
    record: ClassVar[Record[ReplicateAnswer]] = Record(
        "Replicate",
        Column("sweep", SWEEP, "Whose runs are run again."),
        Column(
            "metric", Maybe(METRIC), "Metric by which runs are judged; null where nothing says."
        ),
        Column(
            "target",
            str,
            "What is written: `shell`, `slurm`, `sweep` or `yaml`; nothing for `enqueue`.",
        ),
        Column("runs", Rows(_RUN), "The runs that are run again."),
        Column("replicas", Rows(_REPLICA), "What is to be started."),
        Column(
            "cost_h",
            float | None,
            "Cost of all replicas, at the recorded runs' own paces.",
            unit="h",
        ),
        Column("findings", Rows(FINDING), "What may keep a replica from being the original."),
        Column(
            "notes", list[str], "Notes on how the replicas were made: where commands were read."
        ),
    )

    sweep: Sweep
    metric: Metric | None
    target: str
    runs: tuple[SourceRun, ...]
    replicas: tuple[PlannedReplica, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    text: str

    @property
    def cost_h(self) -> float | None:
        """Hours of all replicas; None where nothing tells of every one."""
        known = [replica.cost_h for replica in self.replicas if replica.cost_h is not None]
        return sum(known) if len(known) == len(self.replicas) else None

    @property
    def headline(self) -> str:
        """`run 8 of v5inrfwe again: 3 replicas, 2.0 h`, or `run 8 of v5inrfwe continued: 0.5 h`."""
        runs = [run.audit.run for run in self.runs]
        who = count(len(runs), "run")
        if len(runs) == 1:
            who = f"run {sanitize(runs[0].number_or_id)}"
        n_continued = sum(replica.checkpoint is not None for replica in self.replicas)
        n_again = len(self.replicas) - n_continued
        takes = [] if self.cost_h is None else [hours(self.cost_h)]
        how, parts = " again", [count(n_again, "replica"), *takes]
        if n_continued and n_again:
            how, parts = "", [f"{n_continued} continued", f"{n_again} run again", *takes]
        elif n_continued:
            how, parts = " continued", takes
        words = f"{who} of {sanitize(self.sweep.ref.sweep_id)}{how}"
        return f"{words}: {', '.join(parts)}" if parts else words

    def _write(self, page: Page) -> None:
        """Write which runs and to reach what, then the replicas, findings and notes."""
        page.title([self.headline])
        judged = [] if self.metric is None else [goal_words(self.metric)]
        to = "for the sweep's agents" if self.target == "enqueue" else f"written for {self.target}"
        page.flow([*judged, to])
        page.gap()
        called = _RUN["run_id"].placed(
            title="run", show=lambda run: sanitize(run.audit.run.number_or_id)
        )
        name = _RUN["run_name"].placed(title="name", keep=2, least=8)
        page.rows([called, name, *_RUN.titled], self.runs, noun="run")
        write_ways(page, self.runs)
        write_checkpoints(page, self.runs)
        page.heading("Replicas")
        page.rows(_REPLICA.titled, self.replicas, noun="replica")
        self._write_plans(page)
        if self.findings:
            page.heading("Findings")
            write_findings(page, self.findings)
        if self.notes:
            page.heading("How it was made")
            shown = limit_rows(self.notes, page.limit)
            for note in shown:
                page.say(sanitize(note, limit=0), indent=2, hang=2)
            others = rows_left(len(self.notes) - len(shown), "note")
            if others:
                page.say(others, indent=2, style="dim")

    def _write_plans(self, page: Page) -> None:
        plans = [(run.audit.run, run.plan) for run in self.runs if run.plan is not None]
        if not any(plan.criteria or plan.fallback for _, plan in plans):
            return
        page.heading("To reach")
        for run, plan in limit_rows(plans, page.limit):
            whose = f"run {sanitize(run.number_or_id)}: " if len(self.runs) > 1 else ""
            for criterion in plan.criteria:
                enough = criterion.acceptable
                words = (
                    f"{whose}{criterion.metric} {criterion.success:.6g} or better is a success, "
                    f"{'no value' if enough is None else f'{enough:.6g}'} acceptable "
                    f"({criterion.source})"
                )
                page.say(sanitize(words, limit=0), indent=2, hang=2)
            if plan.fallback is not None:
                page.say(f"{whose}fallback: run {sanitize(plan.fallback)}", indent=2, hang=2)

"""The answer of `guard`: whom it stopped or would have, whom it spared, and by which numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.analysis.guarding.outcome import GuardEnd, GuardOutcome
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.guard.page import verdict_words, write_guard
from wbtools.answers.parts import METRIC, SWEEP, run_columns
from wbtools.model import DecisionStatus, Goal, GuardDecision, GuardWay

if TYPE_CHECKING:
    from wbtools.analysis.guarding.outcome import DecidedRun, WatchedRun
    from wbtools.answers.layout import Page

_FACTS: Final[tuple[Column[GuardDecision], ...]] = (
    Column("decided_at", datetime, "Moment of the look that it rests on."),
    Column("status", DecisionStatus, "The decision, and how far it got."),
    Column("by", str, "The part of the rule that decided."),
    Column("n_reports", int, "Finite reports that the run had made by then."),
    Column("band", int, "Band at which it was judged, in reports; 0 where the rule has none."),
    Column("value", float | None, "The run's value that the rule compared, in the metric's units."),
    Column(
        "threshold", float | None, "The value that the run had to reach, in the metric's units."
    ),
    Column("n_peers", int, "Runs whose values set the threshold, itself included."),
    Column("metric", str, "Metric by which the run was judged."),
    Column("goal", Goal, "Whether the metric is to fall or to rise."),
    Column("rule", str, "The whole rule."),
    Column("n_asked", int, "How often W&B was asked to stop the run."),
    Column("asked_at", datetime | None, "Moment of the last request to stop the run."),
)

_DECISION: Final[Record[DecidedRun]] = Record(
    "Decision",
    Column("run_id", str, "W&B's id of the run.", of="decision.run_id"),
    Column(
        "run_name", str | None, "Display name of the run; null where it was deleted.", of="run.name"
    ),
    Column("run_number", int | None, "What `--run 8` means.", of="run.number"),
    *(column.inside(lambda row: row.decision) for column in _FACTS),
)

_AT_RISK: Final[Record[WatchedRun]] = Record(
    "RunAtRisk",
    *run_columns(lambda watched: watched.run),
    Column(
        "is_condemned",
        bool,
        "Whether W&B's rule stops the run by what it has reported; else at its next band, as it "
        "is now.",
        of="risk.is_condemned",
    ),
    Column("n_reports", int, "Finite reports made.", of="risk.n_reports"),
    Column("band", int, "Band at which it is judged, in reports.", of="risk.band"),
    Column("value", float, "The run's value that is compared, in the metric's units."),
    Column("threshold", float, "The value that the run must reach, in the metric's units."),
    Column("lacks", float, "Improvement that the run lacks.", of="risk.lacks"),
    Column("n_peers", int, "Runs whose values set the threshold.", of="risk.n_peers"),
    Column(
        "p_better",
        float | None,
        "Chance that the run would beat the best completed one, were it to go on; null where "
        "nothing can be told.",
    ),
    Column(
        "should_live",
        bool,
        "Whether the run is more likely than not to beat the best completed one.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class GuardAnswer(Answer, GuardOutcome):
    """What a guard saw and did."""

    name: ClassVar = "guard"
    table: ClassVar = "decisions"
    record: ClassVar[Record[GuardAnswer]] = Record(
        "Guard",
        Column("sweep", SWEEP, "The sweep, as the last look found it."),
        Column("metric", METRIC, "Metric by which runs were judged.", of="question.metric"),
        Column("rule", str, "The guard's rule."),
        Column("acts", bool, "Whether runs were stopped; else it was a dry run."),
        Column(
            "way",
            GuardWay,
            "Way in which the guard reached the runs; `watch`: it watched W&B's own rule.",
        ),
        Column("decisions", Rows(_DECISION), "Decisions, by their moments.", of="decided"),
        Column(
            "n_completed",
            int,
            "Runs that have run their course.",
            lambda answer: len(answer.completed),
        ),
        Column("n_at_work", int, "Runs that are at work."),
        Column("best", float | None, "Best value of a completed run, in the metric's units."),
        Column(
            "saved_h",
            float | None,
            "Hours that the stopped runs would have gone on for, at their own pace; null where "
            "that is not known.",
            unit="h",
        ),
        Column(
            "stopped_by_wandb",
            list[str],
            "Ids of the runs that W&B's own rule has stopped, where that was watched.",
            lambda answer: [run.id for run in answer.stopped_by_wandb],
        ),
        Column("at_risk", Rows(_AT_RISK), "Runs that W&B's own rule stops next."),
        Column("n_looks", int, "Looks at the sweep."),
        Column("n_failed", int, "Looks that failed, or after which not all was done."),
        Column("began_at", datetime, "Moment when the guard began."),
        Column("ended_at", datetime, "Moment when the guard ended."),
        Column("ended_by", GuardEnd, "Reason why the guard ended."),
        Column("error", str | None, "Error that ended the guard.", of="error.message"),
    )

    @property
    def headline(self) -> str:
        """`12 of 30 runs were stopped and 3 were spared.`."""
        return verdict_words(self)

    def _write(self, page: Page) -> None:
        """Write what was decided, and of whom."""
        write_guard(self, page)

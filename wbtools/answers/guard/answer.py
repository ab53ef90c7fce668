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
from wbtools.model import DecisionStatus, Goal, GuardWay

if TYPE_CHECKING:
    from wbtools.analysis.guarding.outcome import WatchedRun
    from wbtools.answers.layout import Page
    from wbtools.model import GuardDecision

_DECISION: Final[Record[GuardDecision]] = Record(
    "Decision",
    Column("run_id", str, "W&B's id of the run."),
    Column("decided_at", datetime, "When the sweep was looked at."),
    Column("status", DecisionStatus, "What was decided, and what became of it."),
    Column("by", str, "The part of the rule that decided."),
    Column("n_reports", int, "Finite reports that the run had made by then."),
    Column("band", int, "Band at which it was judged, in reports; 0 where the rule has none."),
    Column("value", float | None, "What the rule compared, in the metric's units."),
    Column("threshold", float | None, "What it had to reach, in the metric's units."),
    Column("n_peers", int, "Runs whose values set the threshold, itself included."),
    Column("metric", str, "Metric by which it was judged."),
    Column("goal", Goal, "Whether the metric is to fall or to rise."),
    Column("rule", str, "The whole rule."),
    Column("n_asked", int, "How often W&B was asked to stop the run."),
    Column("asked_at", datetime | None, "When it was asked last."),
)

_AT_RISK: Final[Record[WatchedRun]] = Record(
    "RunAtRisk",
    *run_columns(lambda watched: watched.run),
    Column(
        "is_condemned",
        bool,
        "Whether W&B's rule stops it by what it has reported; else at its next band, as it is now.",
        of="risk.is_condemned",
    ),
    Column("n_reports", int, "Finite reports made.", of="risk.n_reports"),
    Column("band", int, "Band at which it is judged, in reports.", of="risk.band"),
    Column("value", float, "What is compared, in the metric's units."),
    Column("threshold", float, "What it must reach, in the metric's units."),
    Column("lacks", float, "By how much it has to improve.", of="risk.lacks"),
    Column("n_peers", int, "Runs whose values set the threshold.", of="risk.n_peers"),
    Column(
        "p_better",
        float | None,
        "Chance that it would beat the best completed run, were it to go on; null where nothing "
        "can be told.",
    ),
    Column("should_live", bool, "Whether that is more likely than not."),
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
        Column("way", GuardWay, "How it reached the runs, or that it watched W&B's own rule."),
        Column("decisions", Rows(_DECISION), "What was decided, by its moment."),
        Column("at_risk", Rows(_AT_RISK), "Runs that W&B's own rule stops next."),
        Column("n_looks", int, "Looks at the sweep."),
        Column("n_failed", int, "Looks that failed, after each of which nothing was stopped."),
        Column("began_at", datetime, "When the guard began."),
        Column("ended_at", datetime, "When it ended."),
        Column("ended_by", GuardEnd, "Why it ended."),
    )

    @property
    def headline(self) -> str:
        """`12 of 30 runs were stopped, and 3 spared.`."""
        return verdict_words(self)

    def _write(self, page: Page) -> None:
        """Write what was decided, and of whom."""
        write_guard(self, page)

"""What a replication is to reach, as data: of `replicate` before, of `verify` after."""

from __future__ import annotations

from typing import Final

from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.model import ContinuedFrom, Criterion, Expectation, Goal, ReplicationPlan

CRITERION: Final[Record[Criterion]] = Record(
    "Criterion",
    Column("metric", str, "Metric to which the criterion applies."),
    Column("goal", Goal, "Whether the metric is to fall or to rise."),
    Column("success", float, "A value at least as good is a success, in the metric's units."),
    Column(
        "acceptable",
        float | None,
        "A value at least as good is acceptable, in the metric's units; null beyond a float.",
    ),
    Column("source", str, "Where `success` and `acceptable` come from."),
)

EXPECTATION: Final[Record[Expectation]] = Record(
    "Expectation",
    Column("median", float | None, "Projected best over the full budget."),
    Column("low", float | None, "Lower end of the interval of the projection."),
    Column("high", float | None, "Upper end of the interval of the projection."),
    Column("level", float | None, "Probability that the interval holds."),
    Column(
        "p_repeat",
        float | None,
        "Probability that a fresh run beats the bar; null for a run that is continued.",
    ),
    Column(
        "p_gone_on",
        float | None,
        "Probability that the run would have beaten the bar, had it gone on: what is promised for "
        "a run that is continued; null for fresh runs.",
    ),
    Column("bar", float | None, "The best value that a completed run reached, or --target."),
)

CONTINUED_FROM: Final[Record[ContinuedFrom]] = Record(
    "ContinuedFrom",
    Column("checkpoint", str, "The checkpoint: a path, an artifact or a file that W&B keeps."),
    Column("epoch", float | None, "Epochs that were complete in it; null if nothing says."),
    Column("step", int | None, "Optimizer steps or rounds complete in it; null if nothing says."),
    Column(
        "resume_name",
        str | None,
        "The parameter that tells the program where it is; null where none does.",
    ),
    Column("is_same_run", bool, "Whether the same run of W&B's is resumed, and no new one made."),
    Column("n_reports", int | None, "Reports that the run had made by then; null if unknown."),
    Column("is_doubted", bool, "Whether something spoke against the checkpoint."),
    Column(
        "run_id",
        str | None,
        "Id of the run that left the checkpoint, which may have gone on with the run; null for "
        "the run itself.",
    ),
)

PLAN: Final[Record[ReplicationPlan]] = Record(
    "Plan",
    Column("metric", str, "Metric by which runs are judged."),
    Column("goal", Goal, "Whether the metric is to fall or to rise."),
    Column("criteria", Rows(CRITERION), "What replicas have to reach."),
    Column("changed", list[str], "Names that replicas were to have different, seeds included."),
    Column("n_replicas", int, "Replicas that were asked for."),
    Column(
        "fallback_run_id",
        str | None,
        "The run to fall back to; null if none was named.",
        of="fallback",
    ),
    Column("cost_h", float | None, "Cost of all replicas at the run's own pace.", unit="h"),
    Column(
        "expectation",
        Maybe(EXPECTATION),
        "What the audit promised; null for a run that was not stopped.",
    ),
    Column("seed_noise", float | None, "Standard deviation between runs of one configuration."),
    Column(
        "continues",
        Maybe(CONTINUED_FROM),
        "The checkpoint that the run goes on from; null for replicas, which start from scratch.",
    ),
    Column(
        "enqueued_run_ids",
        list[str],
        "Runs that were given to the sweep's running agents; empty for scripts.",
        of="enqueued",
    ),
)

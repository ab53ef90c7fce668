"""The answer of `verify`: whether replicas are the original, whether they held, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from wbtools.analysis.verification.curve_match import Judged, ReplicationOutcome
from wbtools.analysis.verification.next_step import NextStep, NextStepKind, next_step
from wbtools.analysis.verification.outcome import Comparator, Verification
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.parts import run_columns, summary_columns
from wbtools.answers.plan import CRITERION, PLAN
from wbtools.answers.verify.folds import FOLDS
from wbtools.answers.verify.page import verdict_words, write_verification
from wbtools.answers.verify.replicas import REPLICA

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbtools.answers.layout import Page
    from wbtools.stats.student import Chance

_JUDGED: Final[Record[Judged]] = Record(
    "JudgedCriterion",
    Column("criterion", CRITERION, "What was to be reached."),
    Column("verdict", ReplicationOutcome, "Verdict on the criterion."),
    Column("because", str, "Reason of the verdict.", of="why"),
    *summary_columns(lambda judged: judged.summary),
    Column(
        "n_seeds_needed",
        int | None,
        "Seeds in all that would decide the criterion, were mean and deviation what they seem.",
        of="seeds_needed",
    ),
)

_CHANCE: Final[Record[Chance]] = Record(
    "Chance",
    Column(
        "p_better",
        float | None,
        "Probability that the replicated configuration is better than the comparator.",
        of="p",
    ),
    Column("how", str, "The test: `paired`, `Welch` or `one run`."),
    Column(
        "difference",
        float | None,
        "Difference of the means, in the metric's units; positive where the replicated "
        "configuration is better, null beyond a float.",
    ),
    Column("n", int, "Replicas that were compared."),
    Column("n_other", int, "Runs that the replicas were compared with."),
    Column(
        "n_seeds_needed",
        int | None,
        "Seeds of each that would show so large a difference.",
        of="seeds_needed",
    ),
)

_COMPARATOR: Final[Record[Comparator]] = Record(
    "Comparator",
    Column("name", str, "What the replicas are compared with, in words."),
    Column(
        "run_id",
        str | None,
        "Id of the run, where the comparator is one run of the sweep.",
        of="run.id",
    ),
    *summary_columns(lambda comparator: comparator.summary),
    Column(
        "chance",
        Maybe(_CHANCE),
        "How likely the replicated configuration is really better; null without replicas that "
        "ran to their end.",
    ),
)

_NEXT: Final[Record[NextStep]] = Record(
    "Next",
    Column("step", NextStepKind, "Step to take next."),
    Column("seeds", list[Any], "Seeds to run."),
    Column("n_seeds", int | None, "Seeds that are needed in all."),
    Column("n_missing", int | None, "Replicas that were planned and are missing."),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class VerifyAnswer(Answer, Verification):
    """Whether a replication held."""

    name: ClassVar = "verify"
    table: ClassVar = "replicas"
    record: ClassVar[Record[VerifyAnswer]] = Record(
        "Verify",
        Column("verdict", ReplicationOutcome, "Worst verdict of all criteria."),
        Column("sweep_id", str, "The sweep's id.", of="plan.sweep"),
        *run_columns(lambda answer: answer.run),
        Column("n_reports", int, "Reports of the original run.", of="original_reports"),
        Column("budget_reports", int | None, "Reports of a full run.", of="budget"),
        Column("plan", PLAN, "What was to be reached."),
        Column("goal_is_inferred", bool, "Whether nobody said the plan's goal, and the name did."),
        Column("plan_is_kept", bool, "Whether the plan was written when the run was replicated."),
        Column(
            "group",
            str | None,
            "The W&B group whose runs were looked at; null where replicas were named.",
        ),
        Column("is_complete", bool, "Whether no report is known to be missing."),
        Column(
            "n_left_out",
            int,
            "Runs of another configuration than planned: no replicas, they count for nothing.",
        ),
        Column(
            "is_continued",
            bool,
            "Whether the verdict is over the run itself, gone on with from a checkpoint, and not "
            "over replicas, which begin anew.",
        ),
        Column("replicas", Rows(REPLICA), "The runs that were looked at."),
        Column(
            "folds",
            Maybe(FOLDS),
            "The replicas by folds; null where they are of fewer than two.",
            of="folds",
        ),
        Column("judged", Rows(_JUDGED), "The replicas against each criterion."),
        Column(
            "comparator",
            Maybe(_COMPARATOR),
            "What the replicas are compared with: the baseline, the fallback or the best "
            "other run.",
            of="comparator",
        ),
        Column("n_within", int | None, "Replicas inside the projected interval.", of="within"),
        Column("n_beat", int | None, "Replicas that beat the bar of the projection.", of="beat"),
        Column("next", _NEXT, "Step to take next, and its seeds.", next_step),
    )

    @property
    def headline(self) -> str:
        """`Run 8 holds: 3 replicas 0.9664 ± 0.0008, bar 0.9660`."""
        return verdict_words(self).removesuffix(".")

    def _write(self, page: Page) -> None:
        """Write the verdict, what speaks against it, the replicas and the reasons."""
        write_verification(self, page)

    def plot(self) -> Figure:
        """The replicas' curves against the original's, as `verify --plot` draws them.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.replicas import replicas_figure  # noqa: PLC0415 - as the above

        return drawn(replicas_figure(self))

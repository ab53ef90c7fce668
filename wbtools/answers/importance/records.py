"""What an answer about importance holds beside its parameters: forests, pairs, failures, bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.importance.values import REGION
from wbtools.answers.importance.words import interaction_name, interval_words
from wbtools.answers.parts import interval_columns

if TYPE_CHECKING:
    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance import Importance
    from wbtools.analysis.importance.forest_ensemble import Interaction
    from wbtools.analysis.importance.parameters import LeftOut
    from wbtools.analysis.importance.regions import CorrelatedParameters
    from wbtools.answers.importance.answer import ImportanceAnswer

LEFT_OUT: Final[Record[LeftOut]] = Record(
    "LeftOut",
    (
        Column("parameter", str, "Its dotted name.", lambda left_out: left_out.name),
        Column("why", str, "Why nothing can be said of it."),
    ),
)

FOREST: Final[Record[Importance]] = Record(
    "Forest",
    (
        Column(
            "predicts",
            bool,
            "Whether they surely predict anything; else their importances mean nothing.",
            lambda found: found.forest_means_something,
        ),
        *interval_columns(
            "explained_share",
            "Share of the variance of how other runs stand that they explain, and its 95 % "
            "interval; 0 is guessing the middle.",
            lambda found: None if found.skill is None else found.skill.explained,
        ),
        Column(
            "n_forests",
            int,
            "How many were grown.",
            lambda found: 0 if found.skill is None else found.skill.n_forests,
        ),
        Column(
            "n_trained",
            int,
            "Runs that each learned from.",
            lambda found: 0 if found.skill is None else found.skill.n_trained,
        ),
        Column(
            "n_tested",
            int,
            "Runs that each was asked about.",
            lambda found: 0 if found.skill is None else found.skill.n_tested,
        ),
        Column(
            "abstained_because",
            str | None,
            "Why none was grown.",
            lambda found: found.no_forest_because,
        ),
    ),
)

INTERACTION: Final[Record[Interaction]] = Record(
    "Interaction",
    (
        Column(
            "parameters",
            list[str],
            "Both.",
            lambda pair: pair.names,
            title="pair",
            show=interaction_name,
        ),
        *interval_columns(
            "share",
            "Share of the variance of the forests' prediction that they bring beyond what each "
            "brings alone, and its 95 % interval.",
            lambda pair: pair.share,
            title="share beyond each alone",
            right=False,
            show=lambda pair: interval_words(pair.share),
        ),
    ),
)

FAILURES: Final[Record[ImportanceAnswer]] = Record(
    "Failures",
    (
        Column("n_runs", int, "All runs.", lambda answer: answer.failures.n_runs),
        Column(
            "n_diverged",
            int,
            "Those that reported NaN or an infinity.",
            lambda answer: answer.failures.n_diverged,
        ),
        Column(
            "n_crashed_or_failed",
            int,
            "Those that crashed or failed.",
            lambda answer: answer.failures.n_broken,
        ),
        Column("n_failed", int, "Those of either kind.", lambda answer: answer.failures.n_failed),
        Column(
            "regions",
            Rows(REGION),
            "Where clearly more fail than elsewhere.",
            lambda answer: answer.failure_regions,
        ),
    ),
)

STOPPING: Final[Record[ImportanceAnswer]] = Record(
    "Stopping",
    (
        Column(
            "n_runs",
            int,
            "Runs that were stopped, completed or are of unknown end.",
            lambda answer: answer.stopping and answer.stopping.n_runs,
        ),
        Column(
            "n_stopped",
            int,
            "Of these, the stopped ones.",
            lambda answer: answer.stopping and answer.stopping.n_stopped,
        ),
        Column(
            "regions",
            Rows(REGION),
            "Where clearly more were stopped than elsewhere.",
            lambda answer: answer.stopping_regions,
        ),
    ),
)

AT_A_BOUND: Final[Record[BoundaryOptimum]] = Record(
    "AtABound",
    (
        Column("parameter", str, "Its dotted name.", lambda optimum: optimum.name),
        Column("is_upper", bool, "Whether it is its upper end.", lambda optimum: optimum.upper),
        Column(
            "is_bound_known",
            bool,
            "Whether the end is a bound of the sweep file's, not merely the last value tried.",
            lambda optimum: optimum.known,
        ),
        Column("value", float | None, "The end; null where it is secret."),
        Column("n_top", int, "The best runs that were looked at."),
        Column("n_top_there", int, "How many of them lie there."),
        *interval_columns(
            "top_share", "That as a share, and its 95 % interval.", lambda optimum: optimum.top
        ),
        Column("n_there", int, "How many of all runs lie there."),
        *interval_columns(
            "all_share", "That as a share, and its 95 % interval.", lambda optimum: optimum.every
        ),
        Column(
            "p_adjusted",
            float,
            "Fisher's and Spearman's test together, by Holm's method over all ends.",
        ),
    ),
)

MOVED_TOGETHER: Final[Record[CorrelatedParameters]] = Record(
    "MovedTogether",
    (
        Column("parameters", list[str], "Both.", lambda pair: pair.names),
        Column("strength", float, "Rank correlation, correlation ratio or Cramér's V."),
        Column("n_runs", int, "Runs that have both.", lambda pair: pair.n),
    ),
)

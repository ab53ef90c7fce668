"""The answer of `importance`: which parameters matter, how sure that is, and what limits it.

What forests hold for important is there even where they predict nothing: `forests_predict` says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.analysis.importance import Importance
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import worst_first
from wbtools.answers.findings.record import FINDING
from wbtools.answers.importance.page import write_importance
from wbtools.answers.importance.parameters import (
    INTERACTION,
    MARGINAL,
    PARAMETER,
    MarginalRow,
    ParameterRow,
)
from wbtools.answers.importance.values import REGION, VALUE, RegionRow, ValueRow
from wbtools.answers.importance.words import caveats, censoring_words, shown_number, surely_words
from wbtools.answers.parts import METRIC, SWEEP, completion_column, interval_columns
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.assess import Failures, ParameterImportance
    from wbtools.analysis.importance.parameters import LeftOut
    from wbtools.analysis.importance.regions import CorrelatedParameters
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding


_LEFT_OUT: Final[Record[LeftOut]] = Record(
    "LeftOut",
    (
        Column("parameter", str, "Its dotted name.", lambda left_out: left_out.name),
        Column("why", str, "Why nothing can be said of it."),
    ),
)


def _skill(name: str) -> Callable[[Importance], object]:
    return lambda found: getattr(found.skill, name, 0)


_FOREST: Final[Record[Importance]] = Record(
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
        Column("n_forests", int, "How many were grown.", _skill("n_forests")),
        Column("n_trained", int, "Runs that each learned from.", _skill("n_trained")),
        Column("n_tested", int, "Runs that each was asked about.", _skill("n_tested")),
        Column(
            "abstained_because", str | None, "Why none was grown.", attrgetter("no_forest_because")
        ),
    ),
)

_COUNTS: Final[tuple[Column[Failures], ...]] = (
    Column("n_runs", int, "All runs."),
    Column("n_diverged", int, "Those that reported NaN or an infinity."),
    Column("n_crashed_or_failed", int, "Those that crashed or failed.", attrgetter("n_broken")),
    Column("n_failed", int, "Those of either kind."),
)

_FAILURES: Final[Record[ImportanceAnswer]] = Record(
    "Failures",
    (
        *(column.inside(lambda answer: answer.failures) for column in _COUNTS),
        Column(
            "regions",
            Rows(REGION),
            "Where clearly more fail than elsewhere.",
            lambda answer: answer.regions(answer.failures),
        ),
    ),
)

_STOPPING: Final[Record[ImportanceAnswer]] = Record(
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
            lambda answer: answer.regions(answer.stopping),
        ),
    ),
)

_AT_A_BOUND: Final[Record[BoundaryOptimum]] = Record(
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

_MOVED_TOGETHER: Final[Record[CorrelatedParameters]] = Record(
    "MovedTogether",
    (
        Column("parameters", list[str], "Both.", lambda pair: pair.names),
        Column("strength", float, "Rank correlation, correlation ratio or Cramér's V."),
        Column("n_runs", int, "Runs that have both.", lambda pair: pair.n),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ImportanceAnswer(Answer, Importance):
    """What matters in a sweep.

    Attributes:
        show_secrets: Mask no value.
    """

    name: ClassVar = "importance"
    table: ClassVar = "parameters"
    record: ClassVar[Record[ImportanceAnswer]] = Record(
        "Importance",
        (
            Column("level", float, "Probability that each interval holds.", lambda _answer: LEVEL),
            Column("sweep", SWEEP, "What was looked at.", lambda answer: answer.audit.sweep),
            Column(
                "metric", METRIC, "By which runs are judged.", attrgetter("audit.question.rank_by")
            ),
            Column("n_with_value", int, "Runs with a value of it.", lambda answer: answer.n),
            completion_column(lambda answer: answer.n_by_completion),
            Column("n_projected", int, "Censored runs that are drawn from their projections."),
            Column(
                "n_bounds", int, "Censored runs of which nothing tells what they would have become."
            ),
            Column("n_without_value", int, "Runs without one.", lambda answer: answer.n_silent),
            Column(
                "parameters",
                Rows(PARAMETER),
                "Those that varied, the most important first.",
                lambda answer: answer.parameter_rows,
            ),
            Column(
                "values",
                Rows(VALUE),
                "The runs by the values of each, in the same order.",
                lambda answer: answer.value_rows(answer.parameters),
            ),
            Column(
                "marginals",
                Rows(MARGINAL),
                "How a run is predicted to stand at the values of each; empty without a forest.",
            ),
            Column("constant", list[str], "Names that did not vary."),
            Column(
                "unsearched",
                list[str],
                "Names that vary though the sweep file does not search them; passed over.",
            ),
            Column("left_out", Rows(_LEFT_OUT), "What varied, and nothing can be said."),
            Column("forest", _FOREST, "The forests.", lambda answer: answer),
            Column(
                "stopping",
                Maybe(_STOPPING),
                "Which runs were stopped; null where none was, or where at most a tenth of the "
                "runs with a value were cut short and cannot be projected.",
                lambda answer: None if answer.stopping is None else answer,
            ),
            Column("interactions", Rows(INTERACTION), "Pairs, the strongest first."),
            Column("failures", _FAILURES, "Runs that broke.", lambda answer: answer),
            Column("at_a_bound", Rows(_AT_A_BOUND), "Ends at which the best runs pile up."),
            Column(
                "moved_together",
                Rows(_MOVED_TOGETHER),
                "Parameters that moved together, so that one may get what the other deserves.",
                lambda answer: answer.alike,
            ),
            Column(
                "caveats",
                list[str],
                "What limits the answer, in sentences.",
                lambda answer: [*censoring_words(answer), *caveats(answer)],
            ),
            Column(
                "findings",
                Rows(FINDING),
                "What is wrong with the recording, the worst first.",
            ),
        ),
    )

    show_secrets: bool = False

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the recording."""
        return worst_first(self.audit.sweep.findings)

    @property
    def headline(self) -> str:
        """`36 runs of t3xtur35: lr surely goes with val/acc, of 6 parameters`."""
        known = [each for each in self.parameters if each.association.strength is not None]
        surely = surely_words(each.name for each in known if each.association.stands)
        runs = f"{count(self.n, 'run')} of {sanitize(self.audit.sweep.ref.sweep_id)}"
        metric = sanitize(self.audit.question.rank_by.name)
        of = count(len(known), "parameter")
        return f"{runs}: {surely} with {metric}, of {of}"

    @property
    def parameter_rows(self) -> list[ParameterRow]:
        """The parameters, the most important first."""
        stops = {} if self.stopping is None else self.stopping.by_parameter
        return [
            ParameterRow(
                found=found,
                stops=stops.get(found.name),
                forests_predict=self.forest_means_something,
                show_secrets=self.show_secrets,
            )
            for found in self.parameters
        ]

    def value_rows(self, parameters: Sequence[ParameterImportance]) -> list[ValueRow]:
        """The values of some parameters, in their order."""
        scale = Scale.of(row.best for row in self.audit.rows)
        return [
            ValueRow(
                name=found.name,
                part=part,
                show_secrets=self.show_secrets,
                is_first=not k,
                scale=scale,
                is_stopping_asked=self.stopping is not None,
            )
            for found in parameters
            for k, part in enumerate(found.bins)
        ]

    @property
    def marginals(self) -> list[MarginalRow]:
        """The marginal curves of all parameters, in their order."""
        return [
            MarginalRow(name=found.name, point=point, show_secrets=self.show_secrets)
            for found in self.parameters
            for point in found.marginal
        ]

    @property
    def at_a_bound(self) -> list[BoundaryOptimum]:
        """Ends at which the best runs pile up; NaN for those that are secret."""
        return [
            edge
            if shown_number(edge.name, edge.value, show_secrets=self.show_secrets) is not None
            else replace(edge, value=math.nan)
            for edge in self.edges
        ]

    def regions(self, outcome: Failures | Stopping | None) -> list[RegionRow]:
        """Where it happens to clearly more runs than elsewhere."""
        bins = {found.name: found.bins for found in self.parameters}
        return [
            RegionRow(
                name=region.name,
                part=bins[region.name][region.part],
                show_secrets=self.show_secrets,
                region=region,
            )
            for region in (() if outcome is None else outcome.regions)
        ]

    def write(self, page: Page) -> None:
        """Write whether anything matters, the evidence, and what limits it."""
        write_importance(self, page)

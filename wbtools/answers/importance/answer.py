"""The answer of `importance`: which parameters matter, how sure that is, and what limits it.

Importances by forests are there even where the forests predict nothing: `forests_predict` says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
from wbtools.answers.importance.words import caveats, censoring_words, shown_number, verdict_words
from wbtools.answers.parts import METRIC, SWEEP, completion_column, interval_columns
from wbtools.answers.short_names import short_names
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.assess import Failures, ParameterImportance
    from wbtools.analysis.importance.parameters import LeftOut
    from wbtools.analysis.importance.regions import CorrelatedParameters
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding


_LEFT_OUT: Final[Record[LeftOut]] = Record(
    "LeftOut",
    Column("parameter", str, "The parameter's dotted name.", of="name"),
    Column("left_out_because", str, "Why nothing can be said of the parameter.", of="why"),
)


def _skill(name: str) -> Callable[[Importance], object]:
    return lambda found: getattr(found.skill, name, 0)


_FOREST: Final[Record[Importance]] = Record(
    "Forest",
    Column(
        "predicts",
        bool,
        "Whether the forests predict held-out runs better than guessing, significantly at 5 %; "
        "if not, their importances mean nothing.",
        of="forest_means_something",
    ),
    *interval_columns(
        "explained_share",
        "Share of the variance of the ranks of held-out runs that the forests explain; 0 is "
        "guessing the middle.",
        lambda found: None if found.skill is None else found.skill.explained,
    ),
    Column("n_forests", int, "How many forests were grown.", _skill("n_forests")),
    Column("n_trained", int, "Runs that each forest learned from.", _skill("n_trained")),
    Column("n_tested", int, "Runs that each forest was asked about.", _skill("n_tested")),
    Column("abstained_because", str | None, "Why no forest was grown.", of="no_forest_because"),
)

_COUNTS: Final[tuple[Column[Failures], ...]] = (
    Column("n_runs", int, "All runs."),
    Column("n_diverged", int, "Runs that reported NaN or an infinity."),
    Column("n_crashed_or_failed", int, "Runs that crashed or failed.", of="n_broken"),
    Column("n_failed", int, "Runs that diverged, crashed or failed."),
)

_FAILURES: Final[Record[ImportanceAnswer]] = Record(
    "Failures",
    *(column.inside(lambda answer: answer.failures) for column in _COUNTS),
    Column(
        "regions",
        Rows(REGION),
        "Where clearly more fail than elsewhere.",
        lambda answer: answer.regions(answer.failures),
    ),
)

_STOPPING: Final[Record[ImportanceAnswer]] = Record(
    "Stopping",
    Column(
        "n_runs",
        int,
        "Runs that were stopped, completed or are of unknown end.",
        lambda answer: answer.stopping and answer.stopping.n_runs,
    ),
    Column(
        "n_stopped",
        int,
        "Runs that were stopped.",
        lambda answer: answer.stopping and answer.stopping.n_stopped,
    ),
    Column(
        "regions",
        Rows(REGION),
        "Where clearly more were stopped than elsewhere.",
        lambda answer: answer.regions(answer.stopping),
    ),
)

_BOUNDARY_OPTIMUM: Final[Record[BoundaryOptimum]] = Record(
    "BoundaryOptimum",
    Column("parameter", str, "The parameter's dotted name.", of="name"),
    Column(
        "is_upper", bool, "Whether the end is the upper one of the parameter's range.", of="upper"
    ),
    Column(
        "is_bound_known",
        bool,
        "Whether the end is a bound of the sweep file's, not merely the last value tried.",
        of="known",
    ),
    Column("value", float | None, "Value of the parameter at the end; null where it is secret."),
    Column("n_top", int, "The best runs that were looked at."),
    Column("n_top_there", int, "How many of the best runs lie at the end."),
    *interval_columns(
        "top_share", "Share of the best runs that lie at the end.", lambda optimum: optimum.top
    ),
    Column("n_there", int, "How many of all runs lie at the end."),
    *interval_columns(
        "all_share", "Share of all runs that lie at the end.", lambda optimum: optimum.every
    ),
    Column(
        "p_adjusted",
        float,
        "p of Fisher's and Spearman's test together, adjusted by Holm's method over all ends.",
    ),
)

_CORRELATED: Final[Record[CorrelatedParameters]] = Record(
    "CorrelatedParameters",
    Column("parameters", list[str], "Names of the two parameters.", of="names"),
    Column(
        "strength",
        float,
        "Strength of the link: rank correlation, correlation ratio or Cramér's V.",
    ),
    Column("n_runs", int, "Runs that have both parameters.", of="n"),
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
        Column("level", float, "Probability that each interval holds.", lambda _answer: LEVEL),
        Column("sweep", SWEEP, "The sweep whose parameters are judged.", of="audit.sweep"),
        Column("metric", METRIC, "Metric by which runs are judged.", of="audit.question.rank_by"),
        Column("n_with_value", int, "Runs with a value of the metric.", of="n"),
        completion_column(lambda answer: answer.n_by_completion),
        Column("n_projected", int, "Censored runs that are drawn from their projections."),
        Column(
            "n_bounds",
            int,
            "Censored runs that cannot be projected: what they reached is only a bound.",
        ),
        Column("n_without_value", int, "Runs without a value of the metric.", of="n_silent"),
        Column(
            "parameters",
            Rows(PARAMETER),
            "Parameters that varied, the most important first.",
            of="parameter_rows",
        ),
        Column(
            "values",
            Rows(VALUE),
            "Runs by the values of each parameter, in the order of `parameters`.",
            lambda answer: answer.value_rows(answer.parameters),
        ),
        Column(
            "marginals",
            Rows(MARGINAL),
            "How a run is predicted to do at the values of each parameter; empty without a forest.",
        ),
        Column("constant", list[str], "Names that did not vary."),
        Column(
            "unsearched",
            list[str],
            "Names that vary though the sweep file does not search them; passed over.",
        ),
        Column(
            "left_out", Rows(_LEFT_OUT), "Parameters that varied and of which nothing can be said."
        ),
        Column("forest", _FOREST, "What the forests explain.", lambda answer: answer),
        Column(
            "stopping",
            Maybe(_STOPPING),
            "Which runs were stopped; null where none was, or where at most a tenth of the "
            "runs with a value were cut short and cannot be projected.",
            lambda answer: None if answer.stopping is None else answer,
        ),
        Column("interactions", Rows(INTERACTION), "Pairs of parameters, the strongest first."),
        Column("failures", _FAILURES, "Runs that broke.", lambda answer: answer),
        Column(
            "boundary_optima",
            Rows(_BOUNDARY_OPTIMUM),
            "Ends of parameters' ranges at which the best runs pile up.",
            of="at_a_bound",
        ),
        Column(
            "correlated_parameters",
            Rows(_CORRELATED),
            "Parameters that moved together, so that one may get what the other deserves.",
            of="alike",
        ),
        Column(
            "notes",
            list[str],
            "What limits the answer, in sentences.",
            lambda answer: [*censoring_words(answer), *caveats(answer)],
        ),
        Column("findings", Rows(FINDING), "What is wrong with the recording, the worst first."),
    )

    show_secrets: bool = False

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the recording."""
        return worst_first(self.audit.sweep.findings)

    @property
    def headline(self) -> str:
        """`36 runs of t3xtur35: lr (+.66) matters: significantly associated with val/acc (…)`."""
        runs = f"{count(self.n, 'run')} of {sanitize(self.audit.sweep.ref.sweep_id)}"
        return f"{runs}: {'; '.join(verdict_words(self))}"

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
                label=self._labels[found.name],
            )
            for found in self.parameters
        ]

    @property
    def _labels(self) -> dict[str, str]:
        return short_names([found.name for found in self.parameters])

    def value_rows(self, parameters: Sequence[ParameterImportance]) -> list[ValueRow]:
        """The values of some parameters, in their order."""
        scale = Scale.of(row.best for row in self.audit.rows)
        return [
            ValueRow(
                name=found.name,
                part=part,
                show_secrets=self.show_secrets,
                label="" if k else self._labels[found.name],
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

    def _write(self, page: Page) -> None:
        """Write whether anything matters, the evidence, and what limits it."""
        write_importance(self, page)

    def plot(self) -> Figure:
        """Each parameter with the interval of its association, as `plot importance` draws it.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.importance import importance_figure  # noqa: PLC0415 - as the above

        return drawn(importance_figure(self))

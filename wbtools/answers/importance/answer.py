"""The answer of `importance`: which parameters matter, how sure that is, and what limits it.

What forests hold for important is there even where they predict nothing: `forests_predict` says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from wbtools.analysis.importance import Importance
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import worst_first
from wbtools.answers.findings.record import FINDING
from wbtools.answers.importance.page import write_importance
from wbtools.answers.importance.parameters import MARGINAL, PARAMETER, MarginalRow, ParameterRow
from wbtools.answers.importance.records import (
    AT_A_BOUND,
    FAILURES,
    FOREST,
    INTERACTION,
    LEFT_OUT,
    MOVED_TOGETHER,
    STOPPING,
)
from wbtools.answers.importance.values import VALUE, RegionRow, ValueRow
from wbtools.answers.importance.words import caveats, censoring_words, shown_name, shown_number
from wbtools.answers.parts import METRIC, SWEEP, completion_column
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import Scale, count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.boundary_optimum import BoundaryOptimum
    from wbtools.analysis.importance.assess import ParameterImportance
    from wbtools.analysis.importance.regions import OutcomeRegion
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding


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
                "metric",
                METRIC,
                "By which runs are judged.",
                lambda answer: answer.audit.question.rank_by,
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
                lambda answer: answer.marginal_rows,
            ),
            Column("constant", list[str], "Names that did not vary."),
            Column(
                "unsearched",
                list[str],
                "Names that vary though the sweep file does not search them; passed over.",
            ),
            Column("left_out", Rows(LEFT_OUT), "What varied, and nothing can be said."),
            Column("forest", FOREST, "The forests.", lambda answer: answer),
            Column(
                "stopping",
                Maybe(STOPPING),
                "Which runs were stopped; null where none was, or where at most a tenth of the "
                "runs with a value were cut short and cannot be projected.",
                lambda answer: None if answer.stopping is None else answer,
            ),
            Column("interactions", Rows(INTERACTION), "Pairs, the strongest first."),
            Column("failures", FAILURES, "Runs that broke.", lambda answer: answer),
            Column(
                "at_a_bound",
                Rows(AT_A_BOUND),
                "Ends at which the best runs pile up.",
                lambda answer: answer.bounds_shown,
            ),
            Column(
                "moved_together",
                Rows(MOVED_TOGETHER),
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
        surely = [shown_name(each.name) for each in known if each.association.stands]
        verb = "goes" if len(surely) < 2 else "go"  # noqa: PLR2004 - one, or several
        runs = f"{count(self.n, 'run')} of {sanitize(self.audit.sweep.ref.sweep_id)}"
        metric = sanitize(self.audit.question.rank_by.name)
        of = count(len(known), "parameter")
        return f"{runs}: {listed(surely) or 'nothing'} surely {verb} with {metric}, of {of}"

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
    def marginal_rows(self) -> list[MarginalRow]:
        """The marginal curves of all parameters, in their order."""
        return [
            MarginalRow(name=found.name, point=point, show_secrets=self.show_secrets)
            for found in self.parameters
            for point in found.marginal
        ]

    @property
    def failure_regions(self) -> list[RegionRow]:
        """Where clearly more runs fail than elsewhere."""
        return self._regions(self.failures.regions)

    @property
    def stopping_regions(self) -> list[RegionRow]:
        """Where clearly more runs were stopped than elsewhere."""
        return self._regions(() if self.stopping is None else self.stopping.regions)

    @property
    def bounds_shown(self) -> list[BoundaryOptimum]:
        """Ends at which the best runs pile up; NaN for those that are secret."""
        values = (
            shown_number(optimum.name, optimum.value, show_secrets=self.show_secrets)
            for optimum in self.edges
        )
        return [
            replace(optimum, value=math.nan if value is None else value)
            for optimum, value in zip(self.edges, values, strict=True)
        ]

    def _regions(self, regions: Sequence[OutcomeRegion]) -> list[RegionRow]:
        bins = {found.name: found.bins for found in self.parameters}
        return [
            RegionRow(
                name=region.name,
                part=bins[region.name][region.part],
                show_secrets=self.show_secrets,
                region=region,
            )
            for region in regions
        ]

    def write(self, page: Page) -> None:
        """Write whether anything matters, the evidence, and what limits it."""
        write_importance(self, page)

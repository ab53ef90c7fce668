"""The rows of `rank`: configurations, across stages and chosen, and how their values are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from wbtools.answers.rank.tradeoff import scale_of
from wbtools.answers.rank.words import Labels, bound_words
from wbtools.text.masking import masked_config
from wbtools.text.numbers import Scale
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wbtools.analysis.ranking.configurations import Configuration
    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.analysis.ranking.leaderboard import Figure, Row
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stages import FollowedConfiguration, Stages
    from wbtools.model import Metric
    from wbtools.stats.differences import Difference
    from wbtools.stats.student import Summary


class Status(StrEnum):
    """What is known of a configuration."""

    RANKED = "ranked"
    PROJECTED = "projected"
    BOUND = "bound"
    NO_VALUE = "no_value"


@dataclass(frozen=True, kw_only=True, eq=False)
class Presentation:
    """How the values and configurations of one ranking are shown.

    Attributes:
        show_secrets: Whether configurations are shown unmasked.
    """

    ranking: Ranking
    show_secrets: bool

    @cached_property
    def labels(self) -> Labels:
        """What configurations are called."""
        return Labels(self.ranking.varying, show_secrets=self.show_secrets)

    @cached_property
    def scales(self) -> list[Scale]:
        """The digits for each metric."""
        rows, scales = self.ranking.board.rows, []
        for k in range(len(self.ranking.question.metrics)):
            figures = [row.figures[k] for row in rows]
            means = [figure.summary.mean for figure in figures if figure is not None]
            bounds = [] if k else [row.reached for row in rows]
            scales.append(Scale.of([*means, *bounds]))
        return scales

    @cached_property
    def scale_against(self) -> Scale:
        """The digits for what values are set against."""
        return scale_of(self.ranking.tradeoff)

    @cached_property
    def weighed(self) -> dict[int, tuple[Summary | None, bool | None]]:
        """By the identity of a row, what it is set against and whether it is on the front."""
        tradeoff = self.ranking.tradeoff
        if tradeoff is None:
            return {}
        pairs = zip(tradeoff.summaries, tradeoff.on_front, strict=True)
        return dict(zip(map(id, self.ranking.board.rows), pairs, strict=True))

    @property
    def scale(self) -> Scale:
        """The digits for the first metric."""
        return self.scales[0]

    def masked(self, config: Mapping[str, object]) -> dict[str, object]:
        """A configuration for other people's eyes."""
        return masked_config(config, show_secrets=self.show_secrets)

    def of(self, rows: Iterable[Row]) -> list[RankedConfiguration]:
        """Configurations of the leaderboard."""
        return [RankedConfiguration(row=row, shown=self) for row in rows]

    def followed(self, stages: Stages) -> list[Followed]:
        """Configurations of several stages."""
        return [Followed(found=found, shown=self) for found in stages.followed]

    def choices(self, diverse: Diverse) -> list[ChosenConfiguration]:
        """Chosen configurations."""
        rows = self.of(pick.row for pick in diverse.picks)
        return [
            ChosenConfiguration(choice=place, distances=pick.distances, ranked=ranked)
            for place, (pick, ranked) in enumerate(zip(diverse.picks, rows, strict=True), start=1)
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedConfiguration:
    """One configuration of the leaderboard."""

    row: Row
    shown: Presentation

    @property
    def configuration(self) -> Configuration:
        """Its parameters and runs."""
        return self.row.configuration

    @property
    def run_ids(self) -> list[str]:
        """All its runs: counted, apart, copies."""
        return [measured.run.id for measured in self.configuration.members]

    @property
    def runs_of_sweeps(self) -> list[tuple[int, str]]:
        """The same, each with the place of its sweep."""
        return [(measured.stage, measured.run.id) for measured in self.configuration.members]

    @property
    def sweep_id(self) -> str:
        """What its sweep is called."""
        return self.shown.ranking.sources[self.configuration.stage].name

    @cached_property
    def config(self) -> dict[str, object]:
        """Its parameters, masked."""
        return self.shown.masked(self.configuration.parameters)

    @property
    def status(self) -> Status:
        """What is known of it."""
        if self.row.lead is not None:
            return Status.RANKED
        if self.row.projected is not None:
            return Status.PROJECTED
        return Status.NO_VALUE if self.row.reached is None else Status.BOUND

    @property
    def against(self) -> Summary | None:
        """What its value is set against; None if unknown or not asked."""
        return self.shown.weighed.get(id(self.row), (None, None))[0]

    @property
    def is_on_front(self) -> bool | None:
        """Whether no other beats it in both; None if unknown or not asked."""
        return self.shown.weighed.get(id(self.row), (None, None))[1]

    @property
    def other_figures(self) -> list[tuple[Metric, Figure | None]]:
        """The metrics that break ties."""
        metrics = self.shown.ranking.question.metrics
        return list(zip(metrics, self.row.figures, strict=True))[1:]

    @property
    def style(self) -> str:
        """How its name stands on a page."""
        return "bold green" if self.row.rank == 1 else ""

    @property
    def label(self) -> str:
        """The parameters that differ."""
        return self.shown.labels.of(self.configuration.parameters)

    @cached_property
    def values(self) -> dict[str, str]:
        """The same, each by its short name."""
        return self.shown.labels.values(self.configuration.parameters)

    @property
    def bound_text(self) -> str:
        """`≥ 5.000`."""
        return bound_words(self.row, self.shown.ranking.question.metrics[0], self.shown.scale)

    @property
    def reached_text(self) -> str:
        """`5.560 ± 0.115 (3)`, or the bound that its stopped runs give."""
        lead = self.row.lead
        if lead is None:
            return self.bound_text
        return f"{with_spread(lead, self.shown.scale)} ({lead.summary.n})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Followed:
    """A configuration that several stages ran."""

    found: FollowedConfiguration
    shown: Presentation

    @property
    def config(self) -> dict[str, object]:
        """What made it the same, masked."""
        return self.shown.masked(self.found.parameters)

    @property
    def label(self) -> str:
        """What it is called."""
        return self.shown.labels.of(self.found.parameters)

    @property
    def run_ids(self) -> list[str]:
        """Its runs in all stages."""
        return [run_id for _, run_id in self.runs_of_sweeps]

    @property
    def runs_of_sweeps(self) -> list[tuple[int, str]]:
        """The same, each with the place of its sweep."""
        return [run for row, _ in self.steps for run in row.runs_of_sweeps]

    @property
    def steps(self) -> list[tuple[RankedConfiguration, Difference | None]]:
        """The stages that ran it, in their order, each with its gain over the one before."""
        rows = self.shown.of(step.row for step in self.found.steps)
        return [(row, step.gain) for row, step in zip(rows, self.found.steps, strict=True)]

    def at(self, stage: int) -> str:
        """What it came to at a stage."""
        rows = (row for row, _ in self.steps if row.configuration.stage == stage)
        return next((row.reached_text for row in rows), UNKNOWN)

    @property
    def gain(self) -> Difference | None:
        """Its last stage's over the one before that ran it."""
        return self.found.steps[-1].gain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenConfiguration:
    """A chosen configuration.

    Attributes:
        choice: From 1.
        distances: To each of those chosen before, in [0, 1].
    """

    choice: int
    distances: tuple[float, ...]
    ranked: RankedConfiguration

    @property
    def run_ids(self) -> list[str]:
        """Its runs."""
        return self.ranked.run_ids

    @property
    def runs_of_sweeps(self) -> list[tuple[int, str]]:
        """The same, each with the place of its sweep."""
        return self.ranked.runs_of_sweeps


def with_spread(figure: Figure | None, scale: Scale) -> str:
    """`5.560 ± 0.115`."""
    if figure is None:
        return UNKNOWN
    spread = "" if figure.summary.sd is None else f" ± {scale.show(figure.summary.sd)}"
    return f"{scale.show(figure.summary.mean)}{spread}"

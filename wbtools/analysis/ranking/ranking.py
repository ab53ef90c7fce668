"""The answer of `rank`: which configuration is best, how firm that is, and which to validate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.configurations import (
    GROUP,
    Configuration,
    GroupingKey,
    RunMeasurement,
    configurations,
    perhaps_results,
    varying,
)
from wbtools.analysis.ranking.diversity import Diverse, choose
from wbtools.analysis.ranking.leaderboard import Leaderboard, leaderboard
from wbtools.analysis.ranking.pareto import Against, Tradeoff, weigh
from wbtools.analysis.ranking.stages import Stages, follow
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from wbtools.analysis.alignment import Alignment
    from wbtools.analysis.ranking.reading_moment import ReadAt
    from wbtools.findings import Finding
    from wbtools.model import Metric, TableReading
    from wbtools.sweepfile.space import Axis


class StoppedRuns(StrEnum):
    """What becomes of runs that did not complete: cut short, or failed.

    `apart`: listed with what they reached, in no mean. `as-is`: counted as if that were all they
    could. `projected`: configurations with nothing else are ranked by their projection.
    """

    APART = "apart"
    AS_IS = "as-is"
    PROJECTED = "projected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sweep, or one selection of runs.

    Attributes:
        reference: As the user called it.
        name: Its id, for tables.
        origin: One sentence that says what was read.
        table: How a run table was read; None for other sources.
        alignments: What joins the other metrics to the first one's best, in its runs.
    """

    __repr__ = brief_repr

    reference: str
    name: str
    origin: str
    n_runs: int
    table: TableReading | None = None
    findings: tuple[Finding, ...] = ()
    alignments: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RankQuestion:
    """What is asked.

    Attributes:
        metrics: The first decides, the next break its ties.
        metric_source: In words, where metric and goal were read.
        n_diverse: How many configurations to choose that also differ; 0 for none.
        least_distance: Between two of those.
        against: What values are set against; None if that is not asked.
    """

    __repr__ = brief_repr

    metrics: tuple[Metric, ...]
    metric_source: str
    at: ReadAt
    identity: GroupingKey
    stopped: StoppedRuns = StoppedRuns.APART
    n_diverse: int = 0
    least_distance: float = 0.1
    against: Against | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The whole answer.

    Attributes:
        varying: Parameters that differ between configurations.
        n_by_completion: How many runs came how far.
        n_unknown_short: Runs whose end is unknown, and which made fewer reports than a full run.
        n_silent: Runs that have no value of the first metric.
        suspects: Names that keep runs apart which may be one configuration.
        across: What several sweeps have in common; None for one sweep.
        diverse: None unless it was asked for.
        tradeoff: Value against cost or size; None unless it was asked for.
    """

    question: RankQuestion
    sources: tuple[Source, ...]
    board: Leaderboard
    varying: tuple[str, ...]
    n_by_completion: Mapping[Completion, int]
    n_unknown_short: int
    n_silent: int
    suspects: tuple[str, ...] = ()
    across: Stages | None = None
    diverse: Diverse | None = None
    tradeoff: Tradeoff | None = None

    @property
    def n_runs(self) -> int:
        """All runs."""
        return sum(source.n_runs for source in self.sources)

    @property
    def n_counted(self) -> int:
        """Runs that stand in a mean of the first metric."""
        figures = (row.lead for row in self.board.rows)
        return sum(figure.summary.n for figure in figures if figure is not None)


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def rank(
    runs: Sequence[RunMeasurement],
    question: RankQuestion,
    sources: Sequence[Source],
    space: Mapping[str, Axis] | None = None,
) -> Ranking:
    """Rank configurations.

    Args:
        runs: All runs of all sweeps.
        question: What is asked.
        sources: The sweeps, in the order of the runs' `stage`.
        space: What was searched, for distances; tried values where it says nothing.
    """
    identity, lead = question.identity, question.metrics[0]
    found = configurations(runs, identity, with_stopped=question.stopped is StoppedRuns.AS_IS)
    board = leaderboard(found, question.metrics)
    across = follow(board.rows, len(sources), lead) if len(sources) > 1 else None
    diverse = None
    if question.n_diverse:
        ranked = board.ranked
        stages = () if across is None else across.apart
        diverse = choose(
            ranked,
            [_without(agreed(row.configuration, identity), stages) for row in ranked],
            space or {},
            question.n_diverse,
            least=question.least_distance,
        )
    return Ranking(
        question=question,
        sources=tuple(sources),
        board=board,
        varying=varying([row.configuration.parameters for row in board.rows]),
        n_by_completion={each: sum(run.completion is each for run in runs) for each in Completion},
        n_unknown_short=sum(run.is_short and run.completion is Completion.UNKNOWN for run in runs),
        n_silent=sum(run.values[0] is None for run in runs),
        suspects=perhaps_results(found, identity),
        across=across,
        diverse=diverse,
        tradeoff=None if question.against is None else weigh(board.rows, question.against, lead),
    )


def _without(parameters: Mapping[str, object], names: Container[str]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if name not in names}


def agreed(configuration: Configuration, identity: GroupingKey) -> dict[str, object]:
    """What makes a configuration; of runs put together by group, what they have in common."""
    if GROUP not in identity.group_by:
        return dict(configuration.parameters)
    whole = GroupingKey(seed_keys=identity.seed_keys, results=identity.results)
    configs = [whole.parameters(member.run) for member in configuration.members]
    differing = set(varying(configs))
    return {name: value for name, value in configs[0].items() if name not in differing}

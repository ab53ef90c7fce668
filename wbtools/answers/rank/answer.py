"""The answer of `rank`: a leaderboard of configurations, and how firm it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.analysis.alignment import Link
from wbtools.analysis.ranking.ranking import Ranking, StoppedRuns
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.findings.page import worst_first
from wbtools.answers.findings.record import FINDING_IN_SWEEP
from wbtools.answers.parts import METRIC, completion_column
from wbtools.answers.rank.chosen import DIVERSE
from wbtools.answers.rank.page import write_ranking
from wbtools.answers.rank.records import CONFIGURATION, STAGES
from wbtools.answers.rank.rows import Presentation
from wbtools.answers.rank.tradeoff import TRADEOFF
from wbtools.answers.rank.verdict import verdict_words
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbtools.analysis.ranking.ranking import Source
    from wbtools.answers.layout import Page
    from wbtools.findings import Finding


_JOINED: Final[Record[tuple[str, tuple[Link, str | None], int]]] = Record(
    "JoinedMetric",
    Column("metric", str, "One of the further metrics.", lambda row: row[0]),
    Column("by", Link, "What joins its report to the first metric's best.", lambda row: row[1][0]),
    Column(
        "counter",
        str | None,
        "Name of the counter that joins them; null where none does.",
        lambda row: row[1][1],
    ),
    Column("n_runs", int, "Runs in which the metric was joined in this way.", lambda row: row[2]),
)

_SOURCE: Final[Record[Source]] = Record(
    "Source",
    Column(
        "sweep_id",
        str,
        "Id of the sweep, or as the user called it where two have the same.",
        of="name",
    ),
    Column("reference", str, "The sweep as the user called it."),
    Column("origin", str, "What was read, in a sentence."),
    Column("n_runs", int, "Runs that were read."),
    Column(
        "joined_metrics",
        Rows(_JOINED),
        "How the further metrics were read at the first one's best.",
        lambda source: [
            (alignment.metric, link, n)
            for alignment in source.alignments
            for link, n in sorted(alignment.n_runs.items(), key=str)
        ],
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class RankAnswer(Answer, Ranking):
    """Which configuration is best, how firm that is, and which to validate.

    Attributes:
        commands: What validates the diverse choice, a command each.
        show_secrets: Whether configurations are shown unmasked.
    """

    name: ClassVar = "rank"
    table: ClassVar = "configurations"
    record: ClassVar[Record[RankAnswer]] = Record(
        "Rank",
        Column(
            "metrics",
            Rows(METRIC),
            "Metrics; the first decides, the next break its ties.",
            of="question.metrics",
        ),
        Column(
            "metric_source",
            str,
            "Where metrics and goals were read, in words.",
            of="question.metric_source",
        ),
        Column(
            "at",
            str,
            "Point at which runs are read, as --at takes it.",
            lambda a: str(a.question.at),
        ),
        Column(
            "stopped",
            StoppedRuns,
            "What becomes of runs that were cut short.",
            of="question.stopped",
        ),
        Column(
            "group_by",
            list[str],
            "Names that make a configuration, in place of all.",
            of="question.identity.group_by",
        ),
        Column(
            "seed_names",
            list[str],
            "Names that make no other configuration, beside the usual ones.",
            lambda a: sorted(a.question.identity.seed_keys),
        ),
        Column("sources", Rows(_SOURCE), "What was ranked, the first stage first."),
        Column("n_runs", int, "All runs."),
        Column("n_counted", int, "Runs that count in a mean of the first metric."),
        Column(
            "n_without_value", int, "Runs that have no value of the first metric.", of="n_silent"
        ),
        completion_column(lambda a: a.n_by_completion),
        Column("n_configurations", int, "All configurations.", lambda a: len(a.board.rows)),
        Column(
            "n_comparisons",
            int,
            "Differences to the first that a test could judge.",
            of="board.n_compared",
        ),
        Column(
            "n_draws", int, "How many times seeds were drawn anew.", of="board.resampled.n_draws"
        ),
        Column(
            "not_drawn_because",
            str | None,
            "Why seeds were not drawn anew.",
            of="board.resampled.why_not",
        ),
        Column("varying", list[str], "Parameters that differ between configurations."),
        Column(
            "configurations",
            Rows(CONFIGURATION),
            "Configurations, those with a rank first, then those of which a bound or nothing is "
            "known.",
            lambda a: a.shown.of(a.board.rows),
        ),
        Column(
            "against",
            Maybe(TRADEOFF),
            "What values are set against; null unless asked for.",
            of="tradeoff",
        ),
        Column(
            "stages",
            Maybe(STAGES),
            "What several sweeps have in common; null for one.",
            lambda a: None if a.across is None else (a.across, a.shown),
        ),
        Column(
            "diverse",
            Maybe(DIVERSE),
            "The best configurations that also differ; null unless asked for.",
            lambda a: None if a.diverse is None else (a.diverse, a.shown),
        ),
        Column("commands", list[str], "Commands that validate the diverse choice."),
        Column(
            "findings",
            Rows(FINDING_IN_SWEEP),
            "What is wrong with the recordings, the worst first in each sweep.",
            lambda a: [
                (source.name, finding)
                for source in a.sources
                for finding in worst_first(source.findings)
            ],
        ),
    )

    commands: tuple[str, ...] = ()
    show_secrets: bool = False

    @property
    def shown(self) -> Presentation:
        """How its values and configurations are shown."""
        return Presentation(ranking=self, show_secrets=self.show_secrets)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the recordings."""
        return [finding for source in self.sources for finding in worst_first(source.findings)]

    @property
    def headline(self) -> str:
        """`6 runs of 2 configurations by acc: lr=0.1 (run 3), 5.530, better than the other …`."""
        runs = count(self.n_runs, "run")
        configurations = count(len(self.board.rows), "configuration")
        metric = sanitize(self.question.metrics[0].name)
        verdict = verdict_words(self, self.shown.scale, self.shown.labels)
        return f"{runs} of {configurations} by {metric}: {verdict}"

    def _write(self, page: Page) -> None:
        """Write the leaderboard, what it allows to say, stages, and a diverse choice."""
        write_ranking(self, page)

    def plot(self) -> Figure:
        """Means over seeds, or value against cost, as `plot leaderboard` draws it.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.leaderboard import leaderboard_figure  # noqa: PLC0415 - as the above

        return drawn(leaderboard_figure(self))

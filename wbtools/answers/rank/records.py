"""What `rank` holds of configurations, their runs, stages and choices, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.layout import Cell
from wbtools.answers.parts import difference_columns, interval_columns, summary_columns
from wbtools.answers.rank.rows import ChosenConfiguration, Followed, RankedConfiguration, Status
from wbtools.answers.rank.words import p_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.analysis.ranking.leaderboard import Figure
    from wbtools.analysis.ranking.stages import Stages
    from wbtools.answers.rank.rows import Presentation
    from wbtools.model import Metric
    from wbtools.stats.differences import Difference

    R = TypeVar("R")

SPREAD: Final = "± sd"
P_FIRST: Final = "P(first)"
P: Final = "p"

_RUN: Final[Record[RunMeasurement]] = Record(
    "Run",
    (
        Column("run_id", str, "W&B's id of the run.", lambda measured: measured.run.id),
        Column("run_name", str, "Its display name.", lambda measured: measured.run.name),
        Column(
            "run_number",
            int | None,
            "What --run takes; null where no number means this run alone.",
            lambda measured: measured.run.number,
        ),
        Column("completion", Completion, "How far it came."),
        Column("values", list[float | None], "One of each of `metrics`, in their units."),
    ),
)


def _figure_columns(get: Callable[[R], Figure | None]) -> Iterator[Column[R]]:
    """A metric's summary over the counted runs, and its ends."""

    def of(name: str) -> Callable[[R], Any]:
        return lambda row: getattr(get(row), name, None)

    yield from summary_columns(of("summary"))
    yield Column("best", float | None, "Value of the best single run.", of("best"))
    yield Column("worst", float | None, "Value of the worst single run.", of("worst"))
    yield Column("n_missing", int | None, "Counted runs that have no value.", of("n_missing"))


_OTHER_METRIC: Final[Record[tuple[Metric, Figure | None]]] = Record(
    "OtherMetric",
    (
        Column("metric", str, "As it was logged.", lambda row: row[0].name),
        *_figure_columns(lambda row: row[1]),
    ),
)

_PLACES: Final[dict[str, dict[str, Any]]] = {
    "n_values": {"title": "n"},
    "mean": {"title": "mean", "show": lambda c: c.mean_text},
    "sd": {
        "title": SPREAD,
        "keep": 1,
        "show": lambda c: c.lead_text(lambda lead, scale: scale.show(lead.summary.sd), "one run"),
    },
    "mean_low": {
        "title": "95 % interval",
        "keep": 3,
        "right": False,
        "show": lambda c: c.interval_text,
    },
    "best": {
        "title": "best",
        "keep": 5,
        "show": lambda c: c.lead_text(lambda lead, scale: scale.show(lead.best)),
    },
    "worst": {
        "title": "worst",
        "keep": 5,
        "show": lambda c: c.lead_text(lambda lead, scale: scale.show(lead.worst)),
    },
    "difference": {
        "title": "to the first",
        "keep": 3,
        "show": lambda c: c.difference_text,
    },
    "p_welch_adjusted": {"title": P, "keep": 2, "show": lambda c: p_words(c.row)},
}
"""Where the leaderboard shows columns that several answers share."""


def _placed(columns: Iterable[Column[R]]) -> Iterator[Column[R]]:
    return (column.placed(**_PLACES.get(column.key, {})) for column in columns)


_VERSUS: Final[tuple[Column[RankedConfiguration], ...]] = difference_columns(
    "difference",
    "Its mean less the first's, in the metric's units; null for the first.",
    lambda c: c.row.versus,
)


def _stability(name: str) -> Callable[[RankedConfiguration], object]:
    return lambda c: getattr(c.row.stability, name, None)


CONFIGURATION: Final[Record[RankedConfiguration]] = Record(
    "Configuration",
    (
        Column(
            "rank",
            int | None,
            "From 1, the same for ties; null without a full run that has a value or a projection.",
            lambda c: c.row.rank,
            title="rank",
            show=lambda c: Cell(str(c.row.rank), c.style),
        ),
        Column(
            "status",
            Status,
            "Ranked, projected (ranked by what its best stopped run would have come to), bound "
            "(only runs that were cut short have a value) or no value.",
        ),
        Column(
            "digest",
            str,
            "Digest of its parameters; the same in every sweep.",
            lambda c: c.configuration.key,
        ),
        Column(
            "sweep_id",
            str,
            "Its sweep's id, or as the user called it where two have the same.",
            title="sweep",
            keep=1,
            least=6,
            show=lambda c: c.sweep_text,
        ),
        Column(
            "label",
            str,
            "The parameters that differ, on pages.",
            title="configuration",
            least=18,
            wraps=True,
            show=lambda c: Cell(c.label, c.style),
            data=False,
        ),
        *_placed(_figure_columns(lambda c: c.row.lead)),
        Column(
            "other_means",
            dict[str, float | None],
            "Means of the further metrics, by their names.",
            lambda c: {
                metric.name: None if figure is None else figure.summary.mean
                for metric, figure in c.other_figures
            },
            title="other means",
            keep=2,
            right=True,
            spread=True,
        ),
        Column(
            "other_metrics",
            Rows(_OTHER_METRIC),
            "The further metrics, which break ties.",
            lambda c: c.other_figures,
        ),
        Column(
            "reached",
            float | None,
            "Best value that stopped and running runs have reached: a bound, no result.",
            lambda c: c.row.reached,
        ),
        *interval_columns(
            "projected",
            "What its best stopped run would have come to; its interval is of 90 %.",
            lambda c: c.row.projected,
        ),
        Column(
            "p_first",
            float | None,
            "Share of the draws in which it is first, when every configuration draws its seeds "
            "anew; null where nothing tells.",
            _stability("p_first"),
            title=P_FIRST,
            keep=4,
            show=lambda c: c.p_first_text,
        ),
        Column(
            "rank_low",
            int | None,
            "Rank that at most 5 % of the draws better.",
            _stability("low"),
            title="rank 90 %",
            keep=4,
            show=lambda c: c.rank_span_text,
        ),
        Column(
            "rank_high",
            int | None,
            "Rank that at most 5 % of the draws exceed.",
            _stability("high"),
        ),
        Column(
            "is_noise_borrowed",
            bool | None,
            "Whether it has one value, and draws with the noise of the others.",
            _stability("borrowed"),
        ),
        *_placed(_VERSUS),
        Column(
            "is_behind",
            bool | None,
            "Whether it is worse than the first at 5 %, by Welch's t; null where no test can say.",
            lambda c: c.row.is_behind,
        ),
        Column(
            "runtime_h",
            float | None,
            "Mean hours of its counted runs.",
            lambda c: c.row.runtime_h,
            unit="h",
        ),
        Column(
            "n_apart",
            int,
            "Runs in no mean: cut short, failed, running, or without a value.",
            lambda c: len(c.configuration.apart),
        ),
        Column(
            "n_copies",
            int,
            "Runs that repeat a counted one, seed and values alike: not counted.",
            lambda c: len(c.configuration.copies),
        ),
        Column(
            "n_same_seed_again",
            int,
            "Counted runs that share their seed with an earlier one, with other values.",
            lambda c: c.configuration.n_repeated,
        ),
        Column(
            "run_ids",
            list[str],
            "All its runs: counted, apart, copies.",
            lambda c: [measured.run.id for measured in c.configuration.members],
            title="runs",
            keep=6,
            least=6,
            show=lambda c: c.runs_text,
        ),
        Column(
            "config",
            dict[str, Any],
            "Its parameters; secrets masked unless asked for.",
            spread=True,
        ),
        Column("runs", Rows(_RUN), "Those in its mean.", lambda c: c.configuration.counted),
        Column("runs_apart", Rows(_RUN), "Those apart.", lambda c: c.configuration.apart),
        Column("copies", Rows(_RUN), "The copies.", lambda c: c.configuration.copies),
    ),
)

_STEP: Final[Record[tuple[RankedConfiguration, Difference | None]]] = Record(
    "Step",
    (
        *(
            column.inside(lambda step: step[0])
            for column in CONFIGURATION.pick(
                *("sweep_id", "digest", "n_values", "mean", "sd", "mean_low", "mean_high")
            )
        ),
        *difference_columns(
            "gain",
            "How much better than the stage before that has full runs, in the metric's units.",
            lambda step: step[1],
        ),
    ),
)

FOLLOWED: Final[Record[Followed]] = Record(
    "FollowedConfiguration",
    (
        Column(
            "label",
            str,
            "The parameters that differ, on pages.",
            title="configuration",
            least=18,
            wraps=True,
            data=False,
        ),
        Column("config", dict[str, Any], "What made it the same; secrets masked."),
        Column("steps", Rows(_STEP), "The stages that ran it, in their order."),
    ),
)

STAGES: Final[Record[tuple[Stages, Presentation]]] = Record(
    "Stages",
    (
        Column(
            "recognized_by",
            list[str],
            "Parameters by which a configuration is the same.",
            lambda row: row[0].names,
        ),
        Column(
            "differ_in",
            dict[str, Any],
            "Parameters that tell the stages apart, with a value of each stage.",
            lambda row: row[1].masked({name: list(each) for name, each in row[0].apart.items()}),
        ),
        Column(
            "configurations",
            Rows(FOLLOWED),
            "Those of several stages, the best at the last one first.",
            lambda row: row[1].followed(row[0]),
        ),
    ),
)


def _of_ranked(key: str, **place: Any) -> Column[ChosenConfiguration]:  # noqa: ANN401 - fields of `Column`
    column: Column[ChosenConfiguration] = CONFIGURATION[key].inside(lambda choice: choice.ranked)
    return column.placed(**place)


CHOICE: Final[Record[ChosenConfiguration]] = Record(
    "Choice",
    (
        Column("choice", int, "From 1.", title="choice"),
        _of_ranked("rank", keep=1),
        _of_ranked("sweep_id"),
        _of_ranked("digest"),
        _of_ranked("label"),
        _of_ranked("n_values", keep=2),
        _of_ranked("mean"),
        Column(
            "distances",
            list[float],
            "To each of those chosen before, from 0 to 1.",
            title="distance to those before",
            keep=1,
            right=False,
            show=lambda choice: " ".join(f"{distance:.2f}" for distance in choice.distances),
        ),
        _of_ranked("runtime_h", title="a run took", keep=3),
    ),
)

DIVERSE: Final[Record[tuple[Diverse, Presentation]]] = Record(
    "Diverse",
    (
        Column("n_asked", int, "How many there were to be.", lambda row: row[0].n_asked),
        Column(
            "n_passed_over",
            int,
            "Better configurations that are too near to a chosen one.",
            lambda row: row[0].n_close,
        ),
        Column("least_distance", float, "Between two of them.", lambda row: row[0].least),
        Column("names", list[str], "Parameters that distances are over.", lambda row: row[0].names),
        Column("choices", Rows(CHOICE), "The best first.", lambda row: row[1].choices(row[0])),
    ),
)

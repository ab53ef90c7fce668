"""What `rank` holds of configurations, their runs, stages and choices, declared once."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.layout import Cell
from wbtools.answers.parts import difference_columns, interval_columns, run_columns, summary_columns
from wbtools.answers.rank.rows import Followed, RankedConfiguration, Status
from wbtools.answers.rank.tradeoff import WEIGHED
from wbtools.answers.rank.words import p_words, runs_words
from wbtools.text.numbers import probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wbtools.analysis.ranking.configurations import RunMeasurement
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
    *run_columns(lambda measured: measured.run),
    Column("completion", Completion, "How far the run came."),
    Column(
        "values", list[float | None], "Values of the run, one of each of `metrics`, in their units."
    ),
)


_FIGURE: Final[tuple[Column[Figure], ...]] = (
    Column("best", float | None, "Value of the best single run."),
    Column("worst", float | None, "Value of the worst single run."),
    Column("n_missing", int | None, "Counted runs that have no value."),
)


def _figure_columns(get: Callable[[R], Figure | None]) -> Iterator[Column[R]]:
    """A metric's summary over the counted runs, and its ends."""
    yield from summary_columns(lambda row: getattr(get(row), "summary", None))
    yield from (column.inside(get) for column in _FIGURE)


_OTHER_METRIC: Final[Record[tuple[Metric, Figure | None]]] = Record(
    "OtherMetric",
    Column("metric", str, "Name under which the metric is logged.", lambda row: row[0].name),
    *_figure_columns(lambda row: row[1]),
)


def _sweep(c: RankedConfiguration) -> str:
    return sanitize(c.sweep_id) if len(c.shown.ranking.sources) > 1 else ""


def mean_words(c: RankedConfiguration) -> str:
    """`5.560`, or `~5.560` of a projection."""
    if c.row.lead is not None:
        return c.shown.scale.show(c.row.lead.summary.mean)
    return (
        UNKNOWN if c.row.projected is None else f"~{c.shown.scale.show(c.row.projected.estimate)}"
    )


def _of_several(name: str, single: str = "") -> Callable[[RankedConfiguration], str]:
    """A value of the first metric's figure; `single` where that is of a single run."""

    def show(c: RankedConfiguration) -> str:
        lead = c.row.lead
        if lead is None:
            return UNKNOWN
        return single if lead.summary.sd is None else c.shown.scale.show(attrgetter(name)(lead))

    return show


def _interval(c: RankedConfiguration) -> str:
    """`5.274 … 5.846`, or `~5.274 … 5.846` of a projection."""
    scale, lead, hope = c.shown.scale, c.row.lead, c.row.projected
    if lead is not None and lead.summary.sd is not None:
        return f"{scale.show(lead.summary.low)} … {scale.show(lead.summary.high)}"
    if lead is not None or hope is None:
        return UNKNOWN
    return f"~{scale.show(hope.low)} … {scale.show(hope.high)}"


def _difference(c: RankedConfiguration) -> str:
    versus = c.row.versus
    return UNKNOWN if versus is None else c.shown.scale.signed(versus.difference)


def _p_first(c: RankedConfiguration) -> str:
    firm = c.row.stability
    if firm is None or firm.p_first is None:
        return UNKNOWN
    return probability(firm.p_first, may_be_sure=False)


def _rank_span(c: RankedConfiguration) -> str:
    firm = c.row.stability
    if firm is None or firm.low is None:
        return UNKNOWN
    return str(firm.low) if firm.low == firm.high else f"{firm.low} … {firm.high}"


def _runs(c: RankedConfiguration) -> str:
    """`1, 2 and 3 (+1 apart)`."""
    counted, apart = c.configuration.counted, c.configuration.apart
    also = f" (+{len(apart)} apart)" if apart and counted else ""
    return runs_words(counted or apart) + also


_PLACES: Final[dict[str, dict[str, Any]]] = {
    "n_values": {"title": "n", "keep": 2},
    "mean": {"title": "mean", "show": mean_words},
    "sd": {"title": SPREAD, "keep": 1, "show": _of_several("summary.sd", UNKNOWN)},
    "mean_low": {"title": "95 % interval", "keep": 3, "right": False, "show": _interval},
    "best": {"title": "best", "keep": 5, "show": _of_several("best")},
    "worst": {"title": "worst", "keep": 5, "show": _of_several("worst")},
    "difference": {"title": "vs first", "keep": 3, "show": _difference},
    "p_welch_adjusted": {"title": P, "keep": 2, "show": lambda c: p_words(c.row)},
}
"""Where the leaderboard shows columns that several answers share."""


def _placed(columns: Iterable[Column[R]]) -> Iterator[Column[R]]:
    return (column.placed(**_PLACES.get(column.key, {})) for column in columns)


_LABEL: Final[Column[Any]] = Column(
    "label",
    str,
    "The parameters that differ, on pages.",
    title="configuration",
    least=18,
    wraps=True,
    data=False,
)

CONFIGURATION: Final[Record[RankedConfiguration]] = Record(
    "Configuration",
    Column(
        "rank",
        int | None,
        "Rank from 1, the same for ties; null without a full run that has a value or a projection.",
        of="row.rank",
        title="rank",
        show=lambda c: Cell(str(c.row.rank), c.style),
    ),
    Column(
        "status",
        Status,
        "Status of the rank: ranked, projected (ranked by what its best stopped run is "
        "projected to reach), bound (only runs that were cut short have a value) or "
        "no value.",
    ),
    Column(
        "digest", str, "Digest of the parameters; the same in every sweep.", of="configuration.key"
    ),
    Column(
        "sweep_id",
        str,
        "Id of the configuration's sweep, or as the user called it where two have the same.",
        title="sweep",
        keep=1,
        least=6,
        show=_sweep,
    ),
    _LABEL.placed(show=lambda c: Cell(c.label, c.style)),
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
        of="other_figures",
    ),
    Column(
        "reached",
        float | None,
        "Best value that stopped and running runs have reached: a bound, no result.",
        of="row.reached",
    ),
    *WEIGHED,
    *interval_columns(
        "projected",
        "Best value that is projected for the best stopped run in full.",
        lambda c: c.row.projected,
        level="90 %",
    ),
    Column(
        "p_first",
        float | None,
        "Share of the draws in which the configuration is first, when every "
        "configuration draws its seeds anew; null where that cannot be told, as of one run.",
        of="row.stability.p_first",
        title=P_FIRST,
        keep=4,
        show=_p_first,
    ),
    Column(
        "rank_low",
        int | None,
        "Rank that at most 5 % of the draws better.",
        of="row.stability.low",
        title="rank 90 %",
        keep=4,
        show=_rank_span,
    ),
    Column(
        "rank_high",
        int | None,
        "Rank that at most 5 % of the draws exceed.",
        of="row.stability.high",
    ),
    Column(
        "is_noise_borrowed",
        bool | None,
        "Whether the configuration has one value, and is drawn with the noise of the others.",
        of="row.stability.borrowed",
    ),
    *_placed(
        difference_columns(
            "difference",
            "Mean of the configuration less the first's, in the metric's units; null for "
            "the first.",
            lambda c: c.row.versus,
        )
    ),
    Column(
        "is_behind",
        bool | None,
        "Whether the configuration is worse than the first at 5 %, by Welch's t; null "
        "where no test can say.",
        of="row.is_behind",
    ),
    Column(
        "runtime_h", float | None, "Mean hours of the counted runs.", of="row.runtime_h", unit="h"
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
        of="configuration.n_repeated",
    ),
    Column(
        "run_ids",
        list[str],
        "All runs of the configuration: counted, apart, copies.",
        title="runs",
        keep=2,
        least=6,
        show=_runs,
    ),
    Column(
        "config",
        dict[str, Any],
        "Parameters of the configuration; secrets masked unless asked for.",
        spread=True,
    ),
    Column("runs", Rows(_RUN), "Runs that count in the mean.", of="configuration.counted"),
    Column("runs_apart", Rows(_RUN), "Runs in no mean.", of="configuration.apart"),
    Column(
        "copies",
        Rows(_RUN),
        "Runs that repeat a counted one, not counted.",
        of="configuration.copies",
    ),
)

_STEP: Final[Record[tuple[RankedConfiguration, Difference | None]]] = Record(
    "Step",
    *(
        column.inside(lambda step: step[0])
        for column in CONFIGURATION.pick(
            *("sweep_id", "digest", "n_values", "mean", "sd", "mean_low", "mean_high")
        )
    ),
    *difference_columns(
        "gain",
        "How much better the mean is than at the stage before that has full runs, in "
        "the metric's units.",
        lambda step: step[1],
    ),
)

FOLLOWED: Final[Record[Followed]] = Record(
    "FollowedConfiguration",
    _LABEL,
    Column(
        "config",
        dict[str, Any],
        "Parameters by which the configuration is the same in several stages; secrets masked.",
    ),
    Column("steps", Rows(_STEP), "The stages that ran it, in their order."),
)

STAGES: Final[Record[tuple[Stages, Presentation]]] = Record(
    "Stages",
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
        "Configurations of several stages, the best at the last one first.",
        lambda row: row[1].followed(row[0]),
    ),
)

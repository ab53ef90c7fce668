"""What `rank` holds of value against cost or size: which configurations no other beats in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.pareto import Against, AgainstSource
from wbtools.answers.columns import Column, Record
from wbtools.model import Goal
from wbtools.text.numbers import Scale, count, hours
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from wbtools.analysis.ranking.pareto import Tradeoff
    from wbtools.answers.rank.rows import RankedConfiguration
    from wbtools.stats.student import Summary

_LONGEST_NAME: Final = 24
_WEIGHED: Final[tuple[Column[Summary], ...]] = (
    Column(
        "against_mean",
        float | None,
        "Mean of what values are set against, in its own units; of `cost` hours of a run. Null "
        "without --against.",
        of="mean",
    ),
    Column(
        "against_sd",
        float | None,
        "Standard deviation of what values are set against (n - 1); null of one run.",
        of="sd",
    ),
    Column("against_low", float | None, "Lower end of the mean's 95 % interval.", of="low"),
    Column("against_high", float | None, "Upper end of the mean's 95 % interval.", of="high"),
)

WEIGHED: Final[tuple[Column[RankedConfiguration], ...]] = (
    *(column.inside(lambda c: c.against) for column in _WEIGHED),
    Column(
        "is_on_front",
        bool | None,
        "Whether no other configuration is at least as good in the first metric and in what it is "
        "set against, and better in one of both (by the means); null where either is unknown, and "
        "without --against.",
    ),
)
"""Of each configuration."""

_AGAINST: Final[tuple[Column[Against], ...]] = (
    Column("name", str, "What values are set against; `cost` is hours of a run."),
    Column("goal", Goal, "Whether less or more of the quantity is better."),
    Column(
        "source",
        AgainstSource,
        "Where the quantity was read: run time, a metric, configurations or summaries.",
    ),
)

TRADEOFF: Final[Record[Tradeoff]] = Record(
    "Against",
    *(column.inside(lambda tradeoff: tradeoff.against) for column in _AGAINST),
    Column("n_compared", int, "Configurations of which both means are known."),
    Column("n_on_front", int, "Configurations that no other beats in both: the Pareto front."),
)


def against_title(against: Against) -> str:
    """What a column of it is called."""
    if against.source is AgainstSource.COST:
        return "time a run"
    return sanitize(against.name, limit=_LONGEST_NAME)


def against_words(c: RankedConfiguration) -> str:
    """Its mean, with the standard deviation where there is one."""
    if c.against is None:
        return UNKNOWN
    tradeoff, scale = c.shown.ranking.tradeoff, c.shown.scale_against
    is_cost = tradeoff is not None and tradeoff.against.source is AgainstSource.COST
    show = hours if is_cost else scale.show
    spread = f" ± {show(c.against.sd)}" if c.against.sd else ""
    return f"{show(c.against.mean)}{spread}"


def scale_of(tradeoff: Tradeoff | None) -> Scale:
    """The digits for what values are set against."""
    summaries = () if tradeoff is None else tradeoff.summaries
    means = [summary.mean for summary in summaries if summary is not None]
    if means and all(mean == round(mean) for mean in means):
        return Scale(decimals=0)
    return Scale.of(means)


def front_words(tradeoff: Tradeoff) -> str:
    """How many configurations are worth a look, in a sentence."""
    n, among = tradeoff.n_on_front, count(tradeoff.n_compared, "configuration")
    if not tradeoff.n_compared:
        return f"No configuration has both a value and {_called(tradeoff.against)}."
    verb, whom = ("is", "it") if n == 1 else ("are", "any of them")
    return (
        f"{n} of {among} {verb} on the Pareto front: no other beats {whom} in both value and "
        f"{_called(tradeoff.against)}."
    )


def _called(against: Against) -> str:
    if against.source is AgainstSource.COST:
        return "cost"
    return sanitize(against.name, limit=_LONGEST_NAME)

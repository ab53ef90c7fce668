"""What the last stage of a search validated: means over seeds, against a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.analysis.comparison.group_summary import values_of as values_of_side
from wbtools.analysis.ranking.leaderboard import values_of
from wbtools.answers.columns import Column
from wbtools.answers.compare.words import between
from wbtools.answers.parts import difference_columns
from wbtools.answers.rank.rows import with_spread
from wbtools.stats.differences import difference, together
from wbtools.text.numbers import p_value
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.rank.rows import RankedConfiguration
    from wbtools.stats.differences import Difference


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValidatedConfiguration:
    """A configuration of the last stage, against the runs of the baseline.

    Attributes:
        against: It less the baseline; None where the baseline has no full runs.
    """

    ranked: RankedConfiguration
    against: Difference | None

    @property
    def runs_of_sweeps(self) -> list[tuple[int, str]]:
        """Its runs, each with the place of its sweep."""
        return self.ranked.runs_of_sweeps

    @property
    def label(self) -> str:
        """What it is called."""
        return self.ranked.label

    @property
    def n_values(self) -> int:
        """Runs that make its mean."""
        lead = self.ranked.row.lead
        return 0 if lead is None else lead.summary.n

    @property
    def mean(self) -> float | None:
        """Its mean."""
        lead = self.ranked.row.lead
        return None if lead is None else lead.summary.mean


def validated(ranking: RankAnswer, comparison: CompareAnswer) -> list[ValidatedConfiguration]:
    """The configurations of the last stage that have full runs, the best first.

    Args:
        ranking: The leaderboard over all stages.
        comparison: The same stages side by side; its baseline is the one.
    """
    place = comparison.question.baseline
    last = len(ranking.sources) - 1
    rows = [row for row in ranking.board.ranked if row.configuration.stage == last and row.lead]
    baseline = values_of_side(comparison.sides[place], comparison.question.over).tolist()
    shown = ranking.shown.of(rows)
    if not baseline or place == last:
        return [ValidatedConfiguration(ranked=ranked, against=None) for ranked in shown]
    found = together([difference(values_of(row), baseline) for row in rows])
    return [
        ValidatedConfiguration(ranked=ranked, against=against)
        for ranked, against in zip(shown, found, strict=True)
    ]


def _against(row: ValidatedConfiguration) -> Difference | None:
    return row.against


def _difference(row: ValidatedConfiguration) -> str:
    against = row.against
    if against is None:
        return UNKNOWN
    return between(row.ranked.shown.scale.signed, against.difference, against.low, against.high)


_TESTED: Final[dict[str, Column[ValidatedConfiguration]]] = {
    column.key: column
    for column in difference_columns("difference", "Its mean less the baseline's.", _against)
}
VALIDATED: Final[tuple[Column[ValidatedConfiguration], ...]] = (
    Column(
        "label",
        str,
        "The parameters that differ.",
        title="configuration",
    ),
    Column("n_values", int, "Runs that make its mean.", title="runs"),
    Column(
        "mean",
        float | None,
        "Mean over its seeds, with the standard deviation.",
        title="mean ± sd",
        show=lambda row: with_spread(row.ranked.row.lead, row.ranked.shown.scale),
    ),
    _TESTED["difference"].placed(
        title="against the baseline (95 %)", right=False, show=_difference
    ),
    _TESTED["p_welch_adjusted"].placed(
        title="p",
        show=lambda row: UNKNOWN if row.against is None else p_value(row.against.p_adjusted),
    ),
)

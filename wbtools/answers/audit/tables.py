"""The two tables of an audit's page: the likeliest gems, and why every run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.gems import LEVEL
from wbtools.answers.audit.gem_words import is_beyond_the_bar, is_prior
from wbtools.answers.audit.runs import RUN
from wbtools.answers.audit.words import unit_of
from wbtools.answers.columns import Column
from wbtools.answers.layout import Cell
from wbtools.text.numbers import percent, probability, small
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.answers.audit.run_row import RunRow

P_GEM: Final = "P(gem)"
P_REPEAT: Final = "P(repeat)"
GAIN_PER_H: Final = "gain/h"
_PROMISING = 0.5


def end_columns(audit: Audit, rows: Sequence[RunRow]) -> list[Column[RunRow]]:
    """How every run ended, and the rule's numbers in the mode that is used.

    Args:
        audit: The answer.
        rows: Those of the table; a reason that one of them has already is not told again.
    """
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.termination.because, row.names.short(row.run))

    def reason(row: RunRow) -> str:
        whom = first[row.termination.because]
        if whom != row.names.short(row.run):
            return f"as run {whom}"
        return sanitize(row.termination.because, limit=0)

    placed = {"because": RUN["because"].placed(show=reason)}
    unit = unit_of(audit.budget)
    if unit is not None:
        placed["band_reports"] = RUN["band_reports"].placed(title=f"band ({unit})")
    return [placed.get(column.key, column) for column in RUN.titled]


def _style(row: RunRow) -> str:
    projection = row.projection
    if projection is None or is_prior(row):
        return ""
    is_likely = projection.p_gem >= _PROMISING
    return "bold green" if is_likely or is_beyond_the_bar(row.audit, row) else ""


def _against_the_bar(row: RunRow) -> list[str]:
    incumbent = row.audit.incumbent
    return row.scale.apart(row.best, None if incumbent is None else incumbent.value)


def _interval(row: RunRow) -> str:
    projection = row.projection
    if projection is None or projection.low is None or projection.high is None:
        return UNKNOWN
    ends = row.scale.apart(projection.low, projection.high)
    return UNKNOWN if UNKNOWN in ends else " … ".join(ends)


def _p_gem(row: RunRow) -> Cell:
    chance = probability(None if row.projection is None else row.projection.p_gem)
    return Cell(f"({chance})" if is_prior(row) else chance, _style(row))


def _p_repeat(row: RunRow) -> Cell:
    chance = None if row.projection is None else row.projection.p_repeat
    return Cell(probability(chance, may_be_sure=False), _style(row))


def _median(row: RunRow) -> str:
    return row.scale.show(None if row.projection is None else row.projection.median)


GEM_COLUMNS: Final[tuple[Column[RunRow], ...]] = (
    RUN["gem_rank"].placed(title="gem", show=lambda row: Cell(str(row.gem_rank), _style(row))),
    RUN["run_number"].placed(show=lambda row: Cell(row.names.short(row.run), _style(row))),
    RUN["run_name"].placed(keep=8),
    RUN["n_reports"].placed(title="stopped at", keep=3),
    RUN["best"].placed(keep=0, show=lambda row: Cell(_against_the_bar(row)[0], _style(row))),
    Column(
        "bar",
        float | None,
        "What a gem must beat.",
        title="bar",
        keep=7,
        show=lambda row: _against_the_bar(row)[1],
        data=False,
    ),
    RUN["projected_median"].placed(title="projected", keep=4, show=_median),
    RUN["projected_low"].placed(title=percent(LEVEL), keep=6, right=False, show=_interval),
    RUN["p_gem"].placed(title=P_GEM, show=_p_gem),
    RUN["p_repeat"].placed(title=P_REPEAT, keep=5, show=_p_repeat),
    RUN["cost_full_h"].placed(title="full re-run", keep=2),
    RUN["gain_per_h"].placed(title=GAIN_PER_H, keep=9, show=lambda row: small(row.gain_per_h)),
)
"""The stopped runs."""

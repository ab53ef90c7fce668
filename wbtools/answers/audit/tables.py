"""The two tables of an audit's page: the likeliest gems, and why every run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.gems import LEVEL
from wbtools.answers.audit.gem_words import is_beyond_the_bar, is_prior
from wbtools.answers.audit.run_row import reports_made
from wbtools.answers.audit.runs import RUN
from wbtools.answers.audit.words import RunNames, unit_of
from wbtools.answers.layout import Cell
from wbtools.text.numbers import percent, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.audit.run_row import RunRow
    from wbtools.answers.columns import Column

GONE_ON: Final = "continued"
LEFT: Final = "takes"
AGAIN: Final = "run again"
COST: Final = "cost"
_NAME_CELLS = 16
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


def gem_columns(audit: Audit, shown: Sequence[RunAudit]) -> list[Column[RunRow]]:
    """The likeliest gems: how far they came, and whether to go on with them or run them again.

    Args:
        audit: The answer.
        shown: The runs of the table, whose numbers end in one column.
    """
    names = RunNames(audit)
    digits = max((len(names.short(row.run)) for row in shown), default=0)

    def called(row: RunRow) -> Cell:
        short = row.names.short(row.run)
        number = row.run.number_or_id
        # A second number, as some tables have one, would only be confused with the first.
        is_named = row.run.name not in {number, f"run {number}"} and not row.run.name.isdecimal()
        name = f" {sanitize(row.run.name)}" if is_named else ""
        return Cell(f"{short:>{digits}}{name}", _style(row))

    return [
        RUN["run_name"].placed(title="run", keep=0, least=digits + _NAME_CELLS, show=called),
        RUN["n_reports"].placed(title="stopped at", keep=5, show=_stopped_at),
        RUN["best"].placed(
            title="best",
            keep=1,
            show=lambda row: Cell(_against_the_bar(row), _style(row)),
        ),
        RUN["projected_median"].placed(
            title=f"full run ({percent(LEVEL)})", keep=6, right=False, show=_projected
        ),
        RUN["p_gem"].placed(title=GONE_ON, keep=2, show=_p_gem),
        RUN["cost_continue_h"].placed(title=LEFT, keep=4),
        RUN["p_repeat"].placed(title=AGAIN, keep=0, show=_p_repeat),
        RUN["cost_full_h"].placed(title=COST, keep=3),
    ]


def _style(row: RunRow) -> str:
    projection = row.projection
    if projection is None or is_prior(row):
        return ""
    is_likely = (projection.p_repeat or 0.0) >= _PROMISING
    return "bold green" if is_likely or is_beyond_the_bar(row.audit, row) else ""


def _stopped_at(row: RunRow) -> str:
    """`19/27 epochs`, or in reports where those are something else."""
    reports = reports_made(row)
    if reports == UNKNOWN:
        return UNKNOWN
    budget = row.audit.budget
    is_unit = budget.reports_per_unit == 1 and not budget.n_before
    return f"{reports} {(unit_of(budget) if is_unit else None) or 'report'}s"


def _against_the_bar(row: RunRow) -> str:
    incumbent = row.audit.incumbent
    return row.scale.apart(row.best, None if incumbent is None else incumbent.value)[0]


def _projected(row: RunRow) -> str:
    """`0.5687 (0.5662 … 0.5765)`: the median, and the interval."""
    projection = row.projection
    if projection is None or projection.low is None or projection.high is None:
        return UNKNOWN
    ends = row.scale.apart(projection.low, projection.high)
    if UNKNOWN in ends:
        return UNKNOWN
    return f"{row.scale.show(projection.median)} ({' … '.join(ends)})"


def _p_gem(row: RunRow) -> Cell:
    chance = probability(None if row.projection is None else row.projection.p_gem)
    return Cell(f"({chance})" if is_prior(row) else chance, _style(row))


def _p_repeat(row: RunRow) -> Cell:
    chance = None if row.projection is None else row.projection.p_repeat
    return Cell(probability(chance, may_be_sure=False), _style(row))

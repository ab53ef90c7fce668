"""What matters as CSV: a row a parameter and value, its numbers beside those of the runs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.csv_cells import csv_table
from wbtools.answers.importance.words import bin_words

if TYPE_CHECKING:
    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.model.interval import Interval

_ESTIMATES = ("association", "permutation", "main_effect", "total_effect")
COLUMNS = (
    "parameter",
    "n",
    "n_censored",
    "holds_among_all",
    "association_measure",
    *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")),
    "n_bounds",
    "stopping",
    "stopping_p_adjusted",
    "stopping_holds_among_all",
    "forest_means_something",
    "value",
    "value_low",
    "value_high",
    "value_n",
    "value_n_censored",
    "value_n_bounds",
    "mean",
    "mean_low",
    "mean_high",
    "sd",
    "median",
    "best",
    "n_failed",
    "n_with_failed",
    "n_stopped",
    "n_with_stopped",
)
"""Names of the columns, in order; intervals hold 95 %."""


def render_importance_csv(importance: Importance, *, show_secrets: bool = False) -> str:
    """Write what matters as CSV, the most important parameter first.

    Args:
        importance: The answer.
        show_secrets: Mask no value.
    """
    rows = (
        [*_own(importance, parameter), *_of(parameter, part, show_secrets=show_secrets)]
        for parameter in importance.parameters
        for part in parameter.bins
    )
    return csv_table(COLUMNS, rows)


def _own(importance: Importance, parameter: ParameterImportance) -> list[object]:
    estimates = (
        parameter.association.strength,
        parameter.permutation,
        parameter.main_effect,
        parameter.total_effect,
    )
    return [
        parameter.name,
        parameter.n,
        parameter.association.n_censored,
        str(parameter.association.stands).lower(),
        parameter.association.measure,
        *(number for estimate in estimates for number in _ends(estimate)),
        parameter.association.n_bounds,
        *_stops(importance.stopping, parameter.name),
        str(importance.forest_means_something).lower(),
    ]


def _stops(stopping: Stopping | None, name: str) -> list[object]:
    if stopping is None:
        return [None] * 3
    stops = stopping.by_parameter[name]
    return [stops.strength, stops.p_adjusted, str(stops.stands).lower()]


def _of(parameter: ParameterImportance, part: Bin, *, show_secrets: bool) -> list[object]:
    words = bin_words(parameter.name, part, show_secrets=show_secrets)
    return [
        words,
        None if "*" in words else part.low,
        None if "*" in words else part.high,
        part.n,
        part.n_censored,
        part.n_bounds,
        *_ends(part.mean),
        part.sd,
        part.median,
        part.best,
        part.n_failed,
        None if part.failed is None else part.failed.n,
        part.n_stopped,
        None if part.stopped is None else part.stopped.n,
    ]


def _ends(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None,) * 3 if interval is None else (interval.estimate, interval.low, interval.high)

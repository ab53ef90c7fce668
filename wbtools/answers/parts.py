"""Columns and records that several answers share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.columns import Column, Record
from wbtools.model import Goal, Metric, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wbtools.model import Run
    from wbtools.model.interval import Interval
    from wbtools.stats.differences import Difference
    from wbtools.stats.student import Summary

R = TypeVar("R")

METRIC: Final[Record[Metric]] = Record(
    "Metric",
    Column("name", str, "As it was logged."),
    Column("goal", Goal, "Whether it is to fall or to rise."),
    Column("goal_is_inferred", bool, "Whether nobody said the goal, and the name did."),
    Column("target", float | None, "The value at which the sweep was to end, if it has one."),
)

SWEEP: Final[Record[Sweep]] = Record(
    "Sweep",
    Column(
        "id", str, "W&B's id of the sweep, or the file's stem for a run table.", of="ref.sweep_id"
    ),
    Column("entity", str | None, "Whose it is on W&B.", of="ref.entity"),
    Column("project", str | None, "W&B's project.", of="ref.project"),
    Column("path", str | None, "Where it was read on disk.", of="ref.path"),
    Column("origin", str, "What was read, in a sentence."),
    Column("as_of", datetime, "When the recording was last known to be whole."),
    Column("n_runs", int, "Runs that were read.", lambda sweep: len(sweep.runs)),
)


def run_columns(get: Callable[[R], Run]) -> tuple[Column[R], ...]:
    """Which run a row is about: `run_id`, `run_name` and `run_number`."""
    return (
        Column("run_id", str, "W&B's id of the run.", lambda row: get(row).id),
        Column("run_name", str, "Its display name, else its id.", lambda row: get(row).name),
        Column(
            "run_number",
            int | None,
            "What `--run 8` means; null where no number means this run alone.",
            lambda row: get(row).number,
        ),
    )


def completion_column(get: Callable[[R], Mapping[Completion, int]]) -> Column[R]:
    """How many runs came how far, every word with its number."""
    return Column(
        "n_by_completion",
        dict[str, int],
        "How many runs came how far: full, censored (cut short), failed, running, unknown.",
        lambda row: {str(each): get(row).get(each, 0) for each in Completion},
        csv=False,
    )


def interval_columns(
    key: str,
    about: str,
    get: Callable[[R], Interval | None],
    **layout: Any,  # noqa: ANN401 - fields of `Column`
) -> tuple[Column[R], ...]:
    """An estimate and the ends of its interval: `key`, `key_low` and `key_high`.

    Args:
        key: The estimate's name, with its unit.
        about: What is estimated, and of what level the interval is.
        get: Takes the interval from a row; None where nothing is known.
        layout: How pages show the estimate.
    """
    columns: tuple[Column[Interval], ...] = (
        Column(key, float | None, about, of="estimate"),
        Column(f"{key}_low", float | None, f"Lower end of the interval of {key}.", of="low"),
        Column(f"{key}_high", float | None, f"Upper end of the interval of {key}.", of="high"),
    )
    estimate, *ends = (column.inside(get) for column in columns)
    return (estimate.placed(**layout), *ends)


_SUMMARY: Final[tuple[Column[Summary], ...]] = (
    Column("mean", float | None, "Their mean, in the metric's units."),
    Column("sd", float | None, "Standard deviation (n - 1); null of one value."),
    Column("mean_low", float | None, "Lower end of the mean's 95 % interval.", of="low"),
    Column("mean_high", float | None, "Upper end of the mean's 95 % interval.", of="high"),
)


def summary_columns(get: Callable[[R], Summary | None]) -> tuple[Column[R], ...]:
    """How many values a mean is over, it, their spread, and the mean's interval."""
    return (
        Column(
            "n_values",
            int,
            "Runs whose values make the mean.",
            lambda row: 0 if (summary := get(row)) is None else summary.n,
        ),
        *(column.inside(get) for column in _SUMMARY),
    )


_ADJUSTED: Final = "The same by Holm's method, for all comparisons made together."


def difference_columns(
    key: str, about: str, get: Callable[[R], Difference | None]
) -> tuple[Column[R], ...]:
    """A difference of two means, the ends of its 95 % interval, and what tests say of it.

    Args:
        key: The difference's name.
        about: Of what, in the metric's units.
        get: Takes it from a row; None where nothing can be compared.
    """
    columns: tuple[Column[Difference], ...] = (
        Column(key, float | None, about, of="difference"),
        Column(f"{key}_low", float | None, "Lower end of its 95 % interval (Welch).", of="low"),
        Column(f"{key}_high", float | None, "Upper end of the same.", of="high"),
        Column("p_welch", float | None, "Two-sided p by Welch's t.", of="p"),
        Column("p_welch_adjusted", float | None, _ADJUSTED, of="p_adjusted"),
        Column(
            "p_permutation",
            float | None,
            "Two-sided p by permutation, where a side has few values.",
        ),
        Column("p_permutation_adjusted", float | None, _ADJUSTED),
        Column(
            "n_splits",
            int | None,
            "Ways to split the values that permutation tried; 0 where it was not made.",
        ),
        Column(
            "is_exact", bool | None, "Whether permutation tried every split; else it drew some."
        ),
    )
    return tuple(column.inside(get) for column in columns)

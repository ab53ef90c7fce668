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

R = TypeVar("R")

METRIC: Final[Record[Metric]] = Record(
    "Metric",
    (
        Column("name", str, "As it was logged."),
        Column("goal", Goal, "Whether it is to fall or to rise."),
        Column("goal_is_inferred", bool, "Whether nobody said the goal, and the name did."),
        Column("target", float | None, "The value at which the sweep was to end, if it has one."),
    ),
)

SWEEP: Final[Record[Sweep]] = Record(
    "Sweep",
    (
        Column(
            "id",
            str,
            "W&B's id of the sweep, or the file's stem for a run table.",
            lambda sweep: sweep.ref.sweep_id,
        ),
        Column("entity", str | None, "Whose it is on W&B.", lambda sweep: sweep.ref.entity),
        Column("project", str | None, "W&B's project.", lambda sweep: sweep.ref.project),
        Column("path", str | None, "Where it was read on disk.", lambda sweep: sweep.ref.path),
        Column("origin", str, "What was read, in a sentence."),
        Column("as_of", datetime, "When the recording was last known to be whole."),
        Column("n_runs", int, "Runs that were read.", lambda sweep: len(sweep.runs)),
    ),
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

    def end(name: str) -> Callable[[R], object]:
        return lambda row: getattr(get(row), name, None)

    return (
        Column(key, float | None, about, end("estimate"), **layout),
        Column(f"{key}_low", float | None, f"Lower end of the interval of {key}.", end("low")),
        Column(f"{key}_high", float | None, f"Upper end of the interval of {key}.", end("high")),
    )

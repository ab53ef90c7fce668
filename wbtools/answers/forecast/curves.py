"""The curves that a forecast rests on, as rows, and what those of each task alone say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column, Maybe, Record
from wbtools.answers.forecast.words import ends_column
from wbtools.answers.parts import METRIC, interval_columns
from wbtools.text.numbers import percent
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model.forecast import ByTask, CurveSource, SweepForecast


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """What the curves of one task or recorded sweep alone say of a sweep file."""

    sweep: SweepForecast
    task: ByTask
    curves: CurveSource


def tasks_of(sweep: SweepForecast, evidence: Sequence[CurveSource]) -> list[TaskRow]:
    """What each says of a sweep file; nothing where no run of it can be stopped."""
    pairs = zip(sweep.by_task, evidence, strict=False)
    return [TaskRow(sweep=sweep, task=task, curves=curves) for task, curves in pairs]


_TASK: Final[Column[Any]] = Column(  # of curves, and of what they say
    "task",
    str,
    "A small task that ships with wbtools, or a recorded sweep.",
    of="name",
    title="curves of",
    least=10,
)

EVIDENCE: Final[Record[CurveSource]] = Record(
    "Curves",
    _TASK,
    Column("metric", Maybe(METRIC), "Metric by which the runs of a recorded sweep are judged."),
    Column("n_curves", int, "Curves of the task.", title="runs", keep=3),
    Column(
        "n_complete",
        int,
        "Curves of runs that ended by themselves; the others were cut short.",
        title="complete",
        keep=3,
        show=lambda curves: UNKNOWN if _is_whole(curves) else str(curves.n_complete),
    ),
    Column("horizon_reports", int, "Reports of a full run of the task.", of="horizon"),
    Column("is_packaged", bool, "Whether the task ships with wbtools."),
    Column("is_complete", bool, "Whether no report is known to be missing from the curves."),
    Column(
        "full_run_h",
        float | None,
        "Hours of a full run of the task; null if unknown.",
        of="hours_per_run",
    ),
    Column(
        "natural_savings_share",
        float,
        "Share of the full cost that falls away without any rule, for runs that ended by "
        "themselves before the end.",
        of="natural_savings",
    ),
)
"""Curves of one task or sweep, on which a forecast rests."""


def _is_whole(curves: CurveSource) -> bool:
    return curves.n_complete == curves.n_curves


TASK: Final[Record[TaskRow]] = Record(
    "Task",
    Column("file", str, "The sweep file, or FILE:MEMBER of a series.", of="sweep.plan.source"),
    _TASK.inside(lambda row: row.task),
    *(column.inside(lambda row: row.curves) for column in EVIDENCE.pick("n_curves", "n_complete")),
    *interval_columns(
        "saved_share",
        "Share of the full cost that is saved by these curves alone: mean of the simulated sweeps.",
        lambda row: row.task.saved,
        level="90 %",
        title="saved",
        show=lambda row: percent(row.task.saved.estimate),
    ),
    ends_column(lambda row: row.task.saved, percent, keep=2),
    Column(
        "best_stopped_share",
        float,
        "Share of simulated sweeps in which the best run is stopped before its end.",
        of="task.p_best_stopped",
        title="best stopped",
        keep=1,
        show=lambda row: percent(row.task.p_best_stopped),
    ),
    Column(
        "top_stopped_share",
        float,
        "Share of simulated sweeps in which a run among the best tenth is stopped before its end.",
        of="task.p_top_stopped",
        title="top 10 % stopped",
        keep=1,
        show=lambda row: percent(row.task.p_top_stopped),
    ),
    Column(
        "unseen_share",
        float,
        "Share of the cost that rests on reports which nobody recorded.",
        of="task.unseen",
        title="unseen",
        keep=4,
        show=lambda row: UNKNOWN if _is_whole(row.curves) else percent(row.task.unseen),
    ),
)
"""What the curves of one task or sweep alone say."""

"""A run of an audit as data: what JSON, CSV and frames hold, and the page's table of ends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.diagnosis.termination import Cause, Completion, Decision
from wbtools.answers.audit.checkpoint_columns import LEFT_CHECKPOINT
from wbtools.answers.audit.guard_columns import GUARD_STOP
from wbtools.answers.audit.projection_columns import PROJECTION
from wbtools.answers.audit.run_row import RunRow, band_words, reports_made, ruling_words
from wbtools.answers.columns import Column, Record
from wbtools.answers.layout import Cell
from wbtools.answers.parts import run_columns
from wbtools.answers.termination_words import cause_words
from wbtools.findings import Confidence
from wbtools.model import RunState
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from wbtools.model import Run

REASON: Final = "reason"
_NAME_CELLS = 12
_REASON_CELLS = 36
_CAUSE_STYLES = {
    Cause.UNEXPLAINED: "bold yellow",
    Cause.FAILED: "red",
    Cause.CRASHED: "red",
    Cause.LOST: "red",
}


def _name(row: RunRow) -> str:
    """The name, unless it is the number again, as in run tables."""
    return UNKNOWN if row.run.name == row.run.number_or_id else sanitize(row.run.name)


def _cause(row: RunRow) -> Cell:
    cause = row.termination.cause
    style = "green" if cause.completion is Completion.FULL else _CAUSE_STYLES.get(cause, "")
    return Cell(cause_words(cause), style)


def _compared(row: RunRow) -> list[str]:
    """The value and the threshold, with digits enough to tell them apart."""
    value = None if row.judged is None else row.judged.value
    threshold = None if row.explanation is None else row.explanation.threshold
    return row.rule_scale.apart(value, threshold)


def _peers(row: RunRow) -> str:
    explanation = row.explanation
    return UNKNOWN if explanation is None or not explanation.n_peers else str(explanation.n_peers)


def _set_by(row: RunRow) -> str:
    if row.explanation is None or row.explanation.set_by is None:
        return UNKNOWN
    return row.names.of(row.explanation.set_by).removeprefix("run ")


def _in_mode(mode: str) -> tuple[Column[RunRow], ...]:
    """The rule's answer in one mode."""
    of = f"explanation.{mode}"
    return (
        Column(f"ruling_{mode}", Decision | None, f"`ruling` in {mode} mode.", of=f"{of}.ruling"),
        Column(f"value_{mode}", float | None, f"`value` in {mode} mode.", of=f"{of}.value"),
        Column(
            f"margin_{mode}",
            float | None,
            f"`margin` in {mode} mode.",
            lambda row: row.margin(strict=mode == "strict"),
        ),
        Column(
            f"n_stop_{mode}",
            int | None,
            f"Moments of the last band at which the {mode} rule would have stopped the run.",
            of=f"{of}.n_stop",
        ),
        Column(
            f"n_stop_before_{mode}",
            int | None,
            f"Moments of earlier bands at which the {mode} rule would have stopped the run.",
            of=f"{of}.n_stop_before",
        ),
    )


_RUN: Final[tuple[Column[Run], ...]] = (
    Column(
        "run_number_from",
        str | None,
        "What the run's number comes from: name, table or order (of creation).",
        of="number_from",
    ),
    Column("state", RunState, "State of the run as the source tells it."),
    Column("created_at", datetime | None, "When the run began."),
    Column("heartbeat_at", datetime | None, "The run's last sign of life."),
    Column("runtime_s", float | None, "Seconds that the run was at work."),
    Column("exit_code", int | None, "Exit code of the run's process, as it was recorded."),
    Column("stopped", bool | None, "W&B's flag `stopped` of the run."),
    Column("should_stop", bool | None, "W&B's flag `shouldStop` of the run."),
    Column("n_attempts", int, "Starts of the run's process, a run file each.", of="attempts"),
    Column("git_commit", str | None, "The git commit that was recorded."),
    Column("gpu", str | None, "The GPU that was recorded."),
    Column("tags", list[str], "The run's tags on W&B."),
    Column("group", str | None, "The run's group on W&B."),
    Column("job_type", str | None, "The run's job type on W&B."),
    Column("sdk_version", str | None, "Version of W&B's SDK."),
)

_WHO: Final[tuple[Column[RunRow], ...]] = run_columns(lambda row: row.run)
_ID, _NAME, _NUMBER = _WHO

RUN: Final[Record[RunRow]] = Record(
    "Run",
    Column("rank", int | None, "Place by best value, from 1.", title="rank", keep=6),
    Column(
        "gem_rank",
        int | None,
        "Place among stopped runs, the likeliest gem first, from 1; null where they cannot be "
        "ranked.",
    ),
    _NUMBER.placed(title="run", show=lambda row: row.names.short(row.run)),
    _NAME.placed(title="name", keep=12, least=_NAME_CELLS, show=_name),
    _ID,
    Column(
        "cause", Cause, "Why the run ended.", of="termination.cause", title="cause", show=_cause
    ),
    Column(
        "completion",
        Completion,
        "How far the run came: full (it ran its course), censored (cut short by "
        "something else), running, failed (an error ended it), unknown (its value "
        "counts as a full run's).",
        of="termination.completion",
    ),
    Column(
        "best",
        float | None,
        "Best value of the metric that ranks.",
        title="best",
        keep=5,
        show=lambda row: row.scale.show(row.best),
    ),
    Column(
        "best_at_report",
        int | None,
        "Report with the best value of the metric that ranks, from 1.",
        of="best_at",
    ),
    Column("last", float | None, "Last finite value of the metric that ranks."),
    Column(
        "n_reports",
        int | None,
        "Finite reports of the rule's metric.",
        title="reports",
        keep=7,
        show=reports_made,
    ),
    Column("n_nonfinite", int, "Reports that were NaN or infinite."),
    Column("budget_reports", int | None, "Reports of a full run.", of="budget"),
    Column(
        "band_reports",
        int | None,
        "Highest band that the run reached, in reports.",
        of="explanation.band",
        title="band",
        keep=4,
        show=lambda row: band_words(row.explanation),
    ),
    Column(
        "band_step",
        int | None,
        "W&B's step of the report at the run's highest band.",
        of="explanation.band_step",
    ),
    Column(
        "band_units",
        float | None,
        "The run's highest band in what the budget counts, such as epochs.",
        of="explanation.band_epoch",
    ),
    Column(
        "value",
        float | None,
        "What the rule compared at the run's end, in the mode in use.",
        of="judged.value",
        title="value",
        keep=2,
        show=lambda row: _compared(row)[0],
    ),
    Column(
        "threshold",
        float | None,
        "Threshold of the run's highest band when the run ended.",
        of="explanation.threshold",
        title="threshold",
        keep=2,
        show=lambda row: _compared(row)[1],
    ),
    Column(
        "threshold_low",
        float | None,
        "Smallest threshold of the band while the run was in it.",
        of="explanation.threshold_low",
    ),
    Column(
        "threshold_high",
        float | None,
        "Largest threshold of the band while the run was in it.",
        of="explanation.threshold_high",
    ),
    Column(
        "n_peers",
        int | None,
        "Runs whose values set the threshold at the end, the run itself included.",
        of="explanation.n_peers",
        title="peers",
        keep=8,
        show=_peers,
    ),
    Column(
        "margin",
        float | None,
        "Distance from the value to the threshold; negative means worse.",
        lambda row: row.margin(),
        title="margin",
        keep=1,
        show=lambda row: row.rule_scale.signed(row.margin()),
    ),
    Column(
        "ruling",
        Decision | None,
        "What the rule says, in the mode in use: stop or keep where every moment of the last "
        "band agrees, else ambiguous; no_band before the first.",
        of="judged.ruling",
        title="rule says",
        keep=9,
        show=lambda row: ruling_words(row.judged),
    ),
    Column(
        "set_by_run_id",
        str | None,
        "The run whose value was the threshold at the end.",
        of="explanation.set_by",
        title="set by",
        keep=10,
        right=True,
        show=_set_by,
    ),
    Column(
        "confidence",
        Confidence,
        "How sure the cause is.",
        of="termination.confidence",
        title="confidence",
        keep=3,
    ),
    Column(
        "because",
        str,
        "What the cause rests on, in words.",
        of="termination.because",
        title=REASON,
        keep=11,
        least=_REASON_CELLS,
        wraps=True,
    ),
    Column(
        "n_moments",
        int | None,
        "Moments between the last band and the end.",
        of="explanation.n_moments",
    ),
    *_in_mode("strict"),
    *_in_mode("lenient"),
    *(column.inside(lambda row: row.guard_stop) for column in GUARD_STOP),
    *(column.inside(lambda row: row.projection) for column in PROJECTION),
    Column("report_s", float | None, "Seconds a report, by the run's own pace."),
    Column("cost_remaining_reports", int | None, "Reports left of the run's budget."),
    Column(
        "cost_remaining_h",
        float | None,
        "Hours left of the run's budget, by its own pace.",
        unit="h",
    ),
    Column(
        "cost_continue_h",
        float | None,
        "Hours to go on with the run: from its `checkpoint` to the end of the budget, the start-up "
        "included; `cost_remaining_h` without one.",
        unit="h",
    ),
    Column(
        "checkpoint_looked_for",
        bool,
        "Whether a checkpoint of the run was looked for on this machine: of the stopped runs that "
        "the page lists (`--limit 0`: all) or advises to run again, and of the one that is asked "
        "for.",
        of="is_looked_for",
    ),
    *(column.inside(lambda row: row.checkpoint) for column in LEFT_CHECKPOINT),
    Column("cost_full_h", float | None, "Hours of a full re-run.", unit="h"),
    Column("gain_per_h", float | None, "`expected_gain` divided by `cost_full_h`."),
    *(column.inside(lambda row: row.run) for column in _RUN),
    Column("program", str | None, "The program that ran, secrets masked."),
    Column(
        "config",
        dict[str, Any],
        "Configuration of the run, nested names joined with dots, secrets masked.",
        spread=True,
    ),
)
"""A run; the columns with a title are the page's table of ends."""

"""A run of an audit as data: what JSON, CSV and frames hold, and the page's table of ends."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from wbtools.analysis.diagnosis.termination import Cause, Completion, Decision
from wbtools.analysis.projection import Method
from wbtools.answers.audit.run_row import RunRow, band_words, reports_made, ruling_words
from wbtools.answers.columns import Column, Record
from wbtools.answers.layout import Cell
from wbtools.answers.termination_words import cause_words
from wbtools.findings import Confidence
from wbtools.model import RunState
from wbtools.text.sanitize import UNKNOWN, sanitize

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


def _of(
    part: str,
    key: str,
    kind: Any,  # noqa: ANN401 - a type
    about: str,
    name: str = "",
    **layout: Any,  # noqa: ANN401 - fields of `Column`
) -> Column[RunRow]:
    """An attribute of a part of the row, of the key's name if none is given; null without it."""
    whole, value = attrgetter(part), attrgetter(name or key)

    def take(row: RunRow) -> object:
        found = whole(row)
        return None if found is None else value(found)

    return Column(key, kind, about, take, **layout)


def _all_of(part: str, *facts: tuple[Any, ...]) -> tuple[Column[RunRow], ...]:
    """Columns that no table shows: a key, a type, a meaning, and the attribute of another name."""
    return tuple(_of(part, *fact) for fact in facts)


def _in_mode(mode: str) -> tuple[Column[RunRow], ...]:
    """The rule's answer in one mode."""
    ruling, value, *moments = _all_of(
        "explanation",
        (f"ruling_{mode}", Decision | None, f"`ruling` in {mode} mode.", f"{mode}.ruling"),
        (f"value_{mode}", float | None, f"`value` in {mode} mode.", f"{mode}.value"),
        (
            f"n_stop_{mode}",
            int | None,
            f"Moments of the last band at which the {mode} rule would have stopped the run.",
            f"{mode}.n_stop",
        ),
        (
            f"n_stop_before_{mode}",
            int | None,
            "The same of earlier bands, where the run lived on.",
            f"{mode}.n_stop_before",
        ),
    )
    margin: Column[RunRow] = Column(
        f"margin_{mode}",
        float | None,
        f"`margin` in {mode} mode.",
        lambda row: row.margin(strict=mode == "strict"),
    )
    return (ruling, value, margin, *moments)


RUN: Final[Record[RunRow]] = Record(
    "Run",
    (
        _of("audited", "rank", int | None, "Place by best value, from 1.", title="rank", keep=6),
        _of(
            "audited", "gem_rank", int | None, "Place among stopped runs, the likeliest gem first."
        ),
        _of(
            "run",
            "run_number",
            int | None,
            "What `--run 8` means; null where no number means this run alone.",
            "number",
            title="run",
            show=lambda row: row.names.short(row.run),
        ),
        _of(
            "run",
            "run_name",
            str,
            "Display name, as recorded.",
            "name",
            title="name",
            keep=12,
            least=_NAME_CELLS,
            show=_name,
        ),
        _of("run", "run_id", str, "W&B's run id.", "id"),
        _of("termination", "cause", Cause, "Why it ended.", title="cause", show=_cause),
        _of(
            "termination",
            "completion",
            Completion,
            "How far it came: full (it ran its course), censored (cut short by something else), "
            "running, failed (an error ended it), unknown (its value counts as a full run's).",
        ),
        _of(
            "audited",
            "best",
            float | None,
            "Best value of the metric that ranks.",
            title="best",
            keep=5,
            show=lambda row: row.scale.show(row.audited.best),
        ),
        *_all_of(
            "audited",
            ("best_at_report", int | None, "Report of that metric with it, from 1.", "best_at"),
            ("last", float | None, "Last finite value of that metric."),
        ),
        _of(
            "audited",
            "n_reports",
            int | None,
            "Finite reports of the rule's metric.",
            title="reports",
            keep=7,
            show=lambda row: reports_made(row.audited),
        ),
        _of("audited", "n_nonfinite", int, "Reports that were NaN or infinite."),
        _of("audited", "budget_reports", int | None, "Reports of a full run.", "budget"),
        _of(
            "explanation",
            "band_reports",
            int | None,
            "Highest band that it reached, in reports.",
            "band",
            title="band",
            keep=4,
            show=lambda row: band_words(row.explanation),
        ),
        *_all_of(
            "explanation",
            ("band_step", int | None, "W&B's step of the report at that band."),
            ("band_units", float | None, "That band in what the budget counts.", "band_epoch"),
        ),
        _of(
            "judged",
            "value",
            float | None,
            "What the rule compared at the run's end, in the mode in use.",
            title="value",
            keep=2,
            show=lambda row: _compared(row)[0],
        ),
        _of(
            "explanation",
            "threshold",
            float | None,
            "Threshold of the band when the run ended.",
            title="threshold",
            keep=2,
            show=lambda row: _compared(row)[1],
        ),
        *_all_of(
            "explanation",
            ("threshold_low", float | None, "Smallest threshold while it was in the band."),
            ("threshold_high", float | None, "Largest of the same."),
        ),
        _of(
            "explanation",
            "n_peers",
            int | None,
            "Runs whose values set the threshold at the end, the run itself included.",
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
        _of(
            "judged",
            "ruling",
            Decision | None,
            "What the rule says, in the mode in use: stop or keep where every moment of the last "
            "band agrees, else ambiguous; no_band before the first.",
            title="rule says",
            keep=9,
            show=lambda row: ruling_words(row.judged),
        ),
        _of(
            "explanation",
            "set_by_run_id",
            str | None,
            "The run whose value was the threshold at the end.",
            "set_by",
            title="set by",
            keep=10,
            right=True,
            show=_set_by,
        ),
        _of(
            "termination",
            "confidence",
            Confidence,
            "How sure the cause is.",
            title="confidence",
            keep=3,
        ),
        _of(
            "termination",
            "because",
            str,
            "What the cause rests on, in words.",
            title=REASON,
            keep=11,
            least=_REASON_CELLS,
            wraps=True,
        ),
        _of("explanation", "n_moments", int | None, "Moments between the last band and the end."),
        *_in_mode("strict"),
        *_in_mode("lenient"),
        *_all_of(
            "projection",
            ("projected_median", float | None, "Middle of its best in full.", "median"),
            ("projected_low", float | None, "Lower end of the interval of that.", "low"),
            ("projected_high", float | None, "Upper end of the interval of that.", "high"),
            ("projected_level", float | None, "Probability inside the interval.", "level"),
            ("horizon_reports", int | None, "Reports of the full run that is meant.", "horizon"),
            (
                "p_gem",
                float | None,
                "Probability that it beats the bar, had it gone on; a prior if not projected.",
            ),
            (
                "p_repeat",
                float | None,
                "Probability that a fresh run of its configuration does, seed noise included.",
            ),
            (
                "expected_gain",
                float | None,
                "Expected improvement over the bar of a fresh run, 0 where it falls short.",
            ),
            ("projection_method", Method | None, "How it was projected.", "method"),
            ("abstained_because", str | None, "Why nothing could be projected."),
            ("n_support", int | None, "Completed runs that went further."),
            ("gain_low", float | None, "Least that those improved after the same report."),
            ("gain_high", float | None, "Most that those improved."),
        ),
        *_all_of(
            "reasons",
            ("n_as_far", int | None, "Runs that came as far, itself included.", "n_peers"),
            ("place_as_far", int | None, "Its place among them by best so far.", "place"),
            ("n_enough", int | None, "Completed runs that gained as much as it would need."),
            ("n_overtaken", int | None, "Completed runs that stood worse at the same report."),
            (
                "rate_share",
                float | None,
                "Its learning rate at the end, by the peak.",
                "rate_of_peak",
            ),
            ("rate_is_logged", bool | None, "Whether that was logged, or is its configuration's."),
            ("rate_least_share", float | None, "The lowest still to come likewise.", "rate_least"),
            ("is_warming", bool | None, "Whether its warm-up was still on."),
            ("place_by_config", int | None, "Its place by what like configurations became."),
        ),
        _of("audited", "report_s", float | None, "Seconds a report, by its own pace."),
        _of("audited", "cost_remaining_reports", int | None, "Reports left of its budget."),
        _of("audited", "cost_remaining_h", float | None, "The same in hours.", unit="h"),
        _of("audited", "cost_full_h", float | None, "Hours of a full re-run.", unit="h"),
        _of("audited", "gain_per_h", float | None, "`expected_gain` by those hours."),
        *_all_of(
            "run",
            ("run_number_from", str | None, "Name, table or order (of creation).", "number_from"),
            ("state", RunState, "As the source tells it."),
            ("created_at", datetime | None, "When it began."),
            ("heartbeat_at", datetime | None, "Its last sign of life."),
            ("runtime_s", float | None, "Seconds at work."),
            ("exit_code", int | None, "As it was recorded."),
            ("stopped", bool | None, "W&B's flag of this name."),
            ("should_stop", bool | None, "W&B's flag shouldStop."),
            ("n_attempts", int, "Starts of the process, a run file each.", "attempts"),
            ("git_commit", str | None, "The commit that was recorded."),
            ("gpu", str | None, "The GPU that was recorded."),
            ("tags", list[str], "W&B's tags."),
            ("group", str | None, "W&B's group."),
            ("job_type", str | None, "W&B's job type."),
            ("sdk_version", str | None, "Version of W&B's SDK."),
        ),
        Column("program", str | None, "The program that ran, secrets masked."),
        Column(
            "config",
            dict[str, Any],
            "Its configuration, nested names joined with dots, secrets masked.",
            spread=True,
        ),
    ),
)
"""A run; the columns with a title are the page's table of ends."""

"""The page of `guard`: the answer first, then each decision with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.columns import Column
from wbtools.model import DecisionStatus
from wbtools.text.numbers import Scale, count, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.guarding.outcome import GuardOutcome, WatchedRun
    from wbtools.answers.layout import Page
    from wbtools.model import GuardDecision

_WORDS: Final = {
    DecisionStatus.SPARED: "spared",
    DecisionStatus.DRY_RUN: "would be stopped",
    DecisionStatus.DECIDED: "not asked for yet",
    DecisionStatus.ASKED: "told to stop",
    DecisionStatus.ENDED: "stopped",
    DecisionStatus.WITHDRAWN: "taken back",
}


def verdict_words(outcome: GuardOutcome) -> str:
    """What was done, in one sentence: `12 of 30 runs were stopped, and 3 were spared.`."""
    n_runs = count(len(outcome.sweep.runs), "run")
    spared = {each.run_id for each in outcome.with_status(DecisionStatus.SPARED)}
    if not outcome.acts:
        would = {each.run_id for each in outcome.with_status(DecisionStatus.DRY_RUN)}
        words = f"Nothing was stopped: a dry run. {len(would)} of {n_runs} would have been"
    else:
        asked = {
            each.run_id for each in outcome.with_status(DecisionStatus.ASKED, DecisionStatus.ENDED)
        }
        words = f"{len(asked)} of {n_runs} {'was' if len(asked) == 1 else 'were'} stopped"
        spared -= asked
    if spared:
        words += f", and {len(spared)} {'was' if len(spared) == 1 else 'were'} spared"
    return f"{words}."


def write_guard(outcome: GuardOutcome, page: Page) -> None:
    """Write what was done, whom W&B's own rule stops next, and every decision."""
    metric = outcome.question.metric
    page.title(
        [
            f"guard of {sanitize(outcome.sweep.ref)}",
            f"{metric.goal} {sanitize(metric.name)}",
            outcome.rule,
        ]
    )
    looks = [count(outcome.n_looks, "look")]
    if outcome.n_failed:
        looks.append(f"{outcome.n_failed} failed, after which nothing was stopped")
    page.flow([f"{outcome.began_at:%Y-%m-%d %H:%M} to {outcome.ended_at:%H:%M} UTC", *looks])
    page.verdict("Who was stopped?", verdict_words(outcome))
    _write_at_risk(outcome.at_risk, page)
    if outcome.decisions:
        page.gap()
        page.rows(_decision_columns(outcome), outcome.decisions, noun="decision")


def _write_at_risk(at_risk: Sequence[WatchedRun], page: Page) -> None:
    if not at_risk:
        return
    page.heading("Whom does W&B's own rule stop next?")
    scale = Scale.of([value for each in at_risk for value in (each.value, each.threshold)])
    columns: list[Column[WatchedRun]] = [
        Column(
            "run",
            str,
            "",
            title="run",
            least=10,
            show=lambda each: sanitize(each.run.called, limit=60),
        ),
        Column("when", str, "", title="when", show=_when),
        Column("value", float, "", title="value", show=lambda each: scale.show(each.value)),
        Column(
            "threshold", float, "", title="needed", show=lambda each: scale.show(each.threshold)
        ),
        Column("n_peers", int, "", of="risk.n_peers", title="peers", keep=2),
        Column(
            "p_better",
            float,
            "",
            title="chance of beating the best",
            show=lambda each: UNKNOWN if each.p_better is None else probability(each.p_better),
        ),
    ]
    page.rows(columns, at_risk, noun="run")


def _when(watched: WatchedRun) -> str:
    if watched.risk.is_condemned:
        return f"now, at band {watched.risk.band}"
    left = watched.risk.band - watched.risk.n_reports
    return f"in {count(left, 'report')}, at band {watched.risk.band}"


def _decision_columns(outcome: GuardOutcome) -> list[Column[GuardDecision]]:
    scale = Scale.of(
        [value for each in outcome.decisions for value in (each.value, each.threshold)]
    )

    def called(decision: GuardDecision) -> str:
        run = outcome.run_of(decision)
        return sanitize(decision.run_id if run is None else run.called, limit=60)

    return [
        Column("run", str, "", title="run", least=10, show=called),
        Column("at", str, "", title="UTC", keep=3, show=lambda each: f"{each.decided_at:%H:%M:%S}"),
        Column("n_reports", int, "", title="reports"),
        Column("value", float, "", title="value", show=lambda each: scale.show(each.value)),
        Column(
            "threshold", float, "", title="needed", show=lambda each: scale.show(each.threshold)
        ),
        Column("n_peers", int, "", title="peers", keep=2),
        Column("status", str, "", title="what", show=lambda each: _WORDS[each.status]),
        Column("by", str, "", title="by", keep=1, least=20, wraps=True),
    ]

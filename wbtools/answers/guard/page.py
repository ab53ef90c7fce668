"""The page of `guard`: the answer first, then each decision with its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column
from wbtools.model import DecisionStatus, GuardWay
from wbtools.text.numbers import Scale, count, hours, listed, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.analysis.guarding.outcome import DecidedRun, GuardOutcome, WatchedRun
    from wbtools.answers.layout import Page
    from wbtools.model import GuardDecision

_LONGEST_NAME: Final = 60
_LONGEST_RULE: Final = 500
_WORDS: Final = {
    DecisionStatus.SPARED: "spared",
    DecisionStatus.DRY_RUN: "would be stopped",
    DecisionStatus.DECIDED: "not asked for yet",
    DecisionStatus.ASKING: "perhaps told to stop",
    DecisionStatus.ASKED: "told to stop",
    DecisionStatus.ENDED: "stopped",
    DecisionStatus.WITHDRAWN: "taken back",
}


def verdict_words(outcome: GuardOutcome) -> str:
    """What was done, in one sentence: `12 of 30 runs were stopped and 3 were spared.`."""
    parts = [*(_by_wandb(outcome) if outcome.way is GuardWay.WATCH else _by_guard(outcome))]
    spared = outcome.with_status(DecisionStatus.SPARED)
    spared -= outcome.with_status(*_STOPPED)
    if spared:
        parts.append(_were(len(spared), "spared"))
    before = outcome.with_status(*_STOPPED, earlier=True) - outcome.completed
    if before:
        parts.append(_were(len(before), "stopped by earlier guards"))
    words = f"{listed(parts, most=len(parts))}."
    return words[0].upper() + words[1:]


def _by_guard(outcome: GuardOutcome) -> Iterator[str]:
    """Whom the guard stopped, or would have in a dry run."""
    n_runs = count(len(outcome.sweep.runs), "run")
    if not outcome.acts:
        n_would = len(outcome.with_status(DecisionStatus.DRY_RUN))
        yield f"nobody: a dry run. {n_would} of {n_runs} would have been"
        return
    stopped = outcome.with_status(DecisionStatus.ENDED)
    yield _of(len(stopped - outcome.completed), n_runs, "stopped")
    to_stop = outcome.with_status(*_STOPPED)
    heard = outcome.with_status(DecisionStatus.ASKED) - stopped - outcome.completed
    if heard:
        yield _were(len(heard), "told to stop and still at work")
    perhaps = to_stop - heard - stopped - outcome.completed
    if perhaps:
        yield _were(len(perhaps), "perhaps told to stop")
    if to_stop & outcome.completed:
        yield f"{len(to_stop & outcome.completed)} came to the end before the stop took effect"


def _by_wandb(outcome: GuardOutcome) -> Iterator[str]:
    """Whom W&B's own rule stopped and stops next, and what the guard did beside it."""
    n_runs = count(len(outcome.sweep.runs), "run")
    yield _of(len(outcome.stopped_by_wandb), n_runs, "stopped by W&B")
    n_condemned = sum(each.risk.is_condemned for each in outcome.at_risk)
    if n_condemned:
        yield f"{n_condemned} will be at its next look"
    by_guard = outcome.with_status(*_STOPPED)
    if by_guard:
        yield _were(len(by_guard), "stopped by the guard")
    would = outcome.with_status(DecisionStatus.DRY_RUN)
    if would:
        yield f"{len(would)} would have been stopped by the guard"


_STOPPED: Final = (DecisionStatus.ASKING, DecisionStatus.ASKED, DecisionStatus.ENDED)


def _of(n: int, n_runs: str, what: str) -> str:
    return f"{n or 'none'} of {n_runs} {'was' if n == 1 else 'were'} {what}"


def _were(n: int, what: str) -> str:
    return f"{n or 'none'} {'was' if n == 1 else 'were'} {what}"


def write_guard(outcome: GuardOutcome, page: Page) -> None:
    """Write what was done, whom W&B's own rule stops next, and every decision."""
    metric, own = outcome.question.metric, outcome.question.rule.settings
    rule = outcome.rule
    if outcome.way is GuardWay.WATCH and own is not None:
        rule = f"W&B's own {own}"
    page.title(
        [
            f"guard of {sanitize(outcome.sweep.ref)}",
            f"{metric.goal} {sanitize(metric.name)}",
            sanitize(rule, limit=_LONGEST_RULE),
        ]
    )
    parts = [
        f"{outcome.began_at:%Y-%m-%d %H:%M} to {outcome.ended_at:%H:%M} UTC",
        count(outcome.n_looks, "look"),
        f"{len(outcome.completed)} completed, {outcome.n_at_work} at work",
    ]
    if math.isfinite(outcome.best):
        parts.append(f"best completed {Scale.of([outcome.best]).show(outcome.best)}")
    if outcome.saved_h is not None:
        parts.append(f"about {hours(outcome.saved_h)} saved")
    if outcome.n_failed:
        parts.append(f"{count(outcome.n_failed, 'look')} failed, or not all was done after it")
    page.flow(parts)
    page.verdict("Who was stopped?", verdict_words(outcome))
    if outcome.error is not None:
        page.say(f"The guard ended: {sanitize(outcome.error.message)}.", style="yellow")
    elif outcome.was_interrupted and outcome.acts:
        page.say("The sweep goes on without a guard; the same command goes on from here.")
    _write_at_risk(outcome.at_risk, page)
    if outcome.decisions:
        page.gap()
        page.rows(_decision_columns(outcome), outcome.decided, noun="decision")


def _write_at_risk(at_risk: Sequence[WatchedRun], page: Page) -> None:
    if not at_risk:
        return
    page.heading("Whom does W&B's own rule stop next?")
    scale = Scale.of([value for each in at_risk for value in (each.value, each.threshold)])
    columns: list[Column[WatchedRun]] = [
        Column("run", str, "", title="run", least=10, show=lambda each: _named(each.run.called)),
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


def _decision_columns(outcome: GuardOutcome) -> list[Column[DecidedRun]]:
    scale = Scale.of(
        [value for each in outcome.decisions for value in (each.value, each.threshold)]
    )

    def column(
        title: str,
        show: Callable[[GuardDecision], str],
        **layout: Any,  # noqa: ANN401 - fields of `Column`
    ) -> Column[DecidedRun]:
        return Column(title, str, "", title=title, show=lambda row: show(row.decision), **layout)

    return [
        Column("run", str, "", title="run", least=10, show=_called),
        column("UTC", lambda each: f"{each.decided_at:%H:%M:%S}", keep=3),
        column("report", lambda each: str(each.judged_at), right=True),
        column("value", lambda each: scale.show(each.value), right=True),
        column("needed", lambda each: scale.show(each.threshold), right=True),
        column("peers", lambda each: str(each.n_peers or UNKNOWN), right=True, keep=2),
        column("what", lambda each: _WORDS[each.status]),
        column("by", lambda each: sanitize(each.by), keep=1, least=20, wraps=True),
    ]


def _called(row: DecidedRun) -> str:
    return _named(row.decision.run_id if row.run is None else row.run.called)


def _named(name: str) -> str:
    return sanitize(name, limit=_LONGEST_NAME)

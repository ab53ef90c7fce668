"""A sweep that W&B's own rule terminates: who is stopped next, who should not be, who has died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.guarding.at_risk import runs_at_risk
from wbtools.analysis.guarding.outcome import WatchedRun
from wbtools.analysis.question import RuleStatus
from wbtools.errors import DataError
from wbtools.live.words import called, tell
from wbtools.text.numbers import Scale, count, probability
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from wbtools.app.opening.session import Session
    from wbtools.live.running_sweep import Look
    from wbtools.model import Run
    from wbtools.rules.hyperband import Hyperband


class Watch:
    """Watches one sweep, and says what is new since the last look.

    Attributes:
        stopped: By id, the runs that W&B's own rule had stopped at the last look.
    """

    def __init__(self, reference: str, session: Session) -> None:
        """Nobody is known to be at risk, or dead."""
        self._reference = reference
        self._session = session
        self._said: dict[str, bool] = {}
        self._dead: set[str] | None = None
        self.stopped: dict[str, Run] = {}
        self._chances: dict[str, float] = {}

    def say_what_holds(self, look: Look) -> None:
        """Say which rule W&B applies, and from where that is known."""
        own = look.question.rule
        match own.status:
            case RuleStatus.KNOWN:
                tell(
                    self._session, f"W&B stops runs of this sweep by {own.settings} ({own.source})"
                )
            case RuleStatus.NONE:
                tell(self._session, "the sweep has no early_terminate: W&B stops none of its runs")
            case RuleStatus.UNKNOWN:
                tell(self._session, f"W&B's own rule cannot be watched: {own.source}")

    def see(self, look: Look) -> tuple[WatchedRun, ...]:
        """The runs at risk now; whoever is new among them, or has died since, is told."""
        rule = _rule_of(look)
        at_risk = () if rule is None else self._at_risk(rule, look)
        for watched in at_risk:
            run_id, condemned = watched.run.id, watched.risk.is_condemned
            if watched.p_better is not None:
                self._chances[run_id] = watched.p_better
            if self._said.get(run_id) is not condemned:
                self._said[run_id] = condemned
                tell(self._session, risk_words(watched))
        for run_id in self._said.keys() - {watched.run.id for watched in at_risk}:
            del self._said[run_id]
        self._tell_deaths(look)
        return at_risk

    def _at_risk(self, rule: Hyperband, look: Look) -> tuple[WatchedRun, ...]:
        view = look.view
        if view is None:
            return ()
        risks = runs_at_risk(rule, view)
        chances: dict[int, float] = {}
        if risks and view.p_improvement is not None and _has_bar(look):
            asked = np.zeros(len(view.values), dtype=bool)
            asked[[risk.row for risk in risks]] = True
            projected = view.p_improvement(view, asked)
            chances = {risk.row: float(projected[risk.row]) for risk in risks}
        return tuple(
            WatchedRun(
                run=look.sweep.runs[risk.row],
                risk=risk,
                sign=view.sign,
                p_better=chances.get(risk.row),
            )
            for risk in risks
        )

    def _tell_deaths(self, look: Look) -> None:
        """Say who was stopped since the last look, and how to run it again."""
        if look.diagnosis is None:
            return
        self.stopped = {
            run.id: run
            for run, end in zip(look.sweep.runs, look.diagnosis.terminations, strict=True)
            if end.cause is Cause.HYPERBAND
        }
        known, self._dead = self._dead, set(self.stopped)
        for run_id in self._dead - (self._dead if known is None else known):
            p = self._chances.get(run_id)
            chance = "" if p is None else f", with a chance of {probability(p)} of being the best"
            again = next_command("replicate", self._reference, {"run": run_id})
            name = called(self.stopped[run_id])
            tell(self._session, f"W&B stopped run {name}{chance}; to run it again: {again}")


def risk_words(watched: WatchedRun) -> str:
    """Who is at risk, by which numbers, and what is lacking, in one line."""
    risk = watched.risk
    scale = Scale.of([watched.value, watched.threshold])
    value, threshold = scale.apart(watched.value, watched.threshold)
    peers = count(risk.n_peers, "run")
    chance = (
        ""
        if watched.p_better is None
        else f"; chance of beating the best completed run: {probability(watched.p_better)}"
    )
    keep = " (it should not be stopped)" if watched.should_live else ""
    who = f"run {called(watched.run)}"
    needed = f"{threshold} needed among {peers}{chance}{keep}"
    if risk.is_condemned:
        what = f"best {value}" if risk.is_best else f"{value} there"
        return f"{who} is about to be stopped at band {risk.band}: {what}, {needed}"
    what = f"best {value}" if risk.is_best else f"{value} now"
    left = count(risk.band - risk.n_reports, "report")
    lacks = scale.show(abs(risk.lacks))
    return (
        f"{who} will be stopped at band {risk.band}, in {left}, unless it improves by {lacks}: "
        f"{what}, {needed}"
    )


def _rule_of(look: Look) -> Hyperband | None:
    settings = look.question.rule.settings
    if settings is None:
        return None
    try:
        return settings.resolved()
    except DataError:
        return None


def _has_bar(look: Look) -> bool:
    """Whether a run has completed that made a report."""
    view = look.view
    return (
        view is not None
        and view.completed is not None
        and bool((view.completed & (view.n_reports > 0)).any())
    )

"""Why a run with exit code 0 ended where it did: it was ready, or it caught an order to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.configured_length import whole_number
from wbtools.analysis.diagnosis.habits import FEWEST_FOR_A_HABIT
from wbtools.analysis.diagnosis.termination import Cause, Decision, likely, perhaps, surely
from wbtools.model.configuration import leaf
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from wbtools.analysis.diagnosis.evidence import TerminationEvidence
    from wbtools.analysis.diagnosis.termination import Termination
    from wbtools.model import Run

_PATIENCE_KEYS = (
    "patience",
    "early_stopping_patience",
    "early_stop_patience",
    "es_patience",
    "early_stopping_rounds",
    "stopping_rounds",
    "n_iter_no_change",
)
_PLATEAU_REPORTS = 3
_PLATEAU_SHARE = 0.1


def ended_itself(evidence: TerminationEvidence, *, flags_say_no: bool) -> Termination:
    """Exit code 0, short of a full run: it ended when it was ready, or it caught an order to stop.

    A stop leaves exit code 0 only where a program catches the order; others of its sweep may be
    killed before they can.

    Args:
        evidence: Of the run.
        flags_say_no: Whether W&B's flags say that it was not told to stop.
    """
    finished = "it finished"
    if evidence.n_reports is not None:
        finished += f" after {reports_of(evidence)}"
    if flags_say_no:
        return _unflagged(evidence, finished)
    if not evidence.has_rule:
        waited = _waited(evidence) or "and the sweep has no rule to stop it"
        # Right at its best, a swallowed error or a time limit is as likely as a trainer's patience.
        trust = surely if evidence.reports_since_best else likely
        return trust(_own_cause(evidence), f"{finished}, {waited}")
    if evidence.way.is_likely_of_stops:
        return _by_habit(evidence, finished)
    return _without_a_habit(evidence, finished)


def _unflagged(evidence: TerminationEvidence, finished: str) -> Termination:
    """It finished, and W&B's flags say that it was not told to stop."""
    because = f"{finished}, and W&B's flags say that it was not told to stop"
    if evidence.habits.flags_speak:
        return surely(_own_cause(evidence), because)
    if evidence.ruling is Decision.STOP:
        because = f"{finished}, and the rule would have stopped it there; no run is flagged"
        return perhaps(Cause.HYPERBAND, because)
    if evidence.way.is_habit_of_stops:
        because += "; but none is flagged, and nearly all ended where the rule stops them"
        return perhaps(_own_cause(evidence), because)
    return likely(_own_cause(evidence), because)


def _by_habit(evidence: TerminationEvidence, finished: str) -> Termination:
    """It finished in a sweep whose runs finish where the rule stops them: they catch the order."""
    way = evidence.way
    habit = (
        f"{way.n_ruled} of {count(way.n, 'run')} that finished short did so where the "
        "rule stops them"
    )
    if evidence.ruling is Decision.STOP:
        if _has_its_patience(evidence):
            because = f"{finished}, {_waited(evidence)}, though the rule stops it there too"
            return perhaps(Cause.OWN_EARLY_STOP, because)
        trust = likely if way.n_ruled >= FEWEST_FOR_A_HABIT else perhaps
        return trust(Cause.HYPERBAND, f"{finished}, and {habit}")
    if _has_its_patience(evidence):
        return surely(Cause.OWN_EARLY_STOP, f"{finished}, {_waited(evidence)}")
    if evidence.ruling is Decision.AMBIGUOUS:
        trust = likely if way.is_habit_of_stops else perhaps
        return trust(Cause.HYPERBAND, f"{finished}, and {habit}")
    because = f"{finished}; the rule would have kept it, though {habit}"
    return perhaps(_own_cause(evidence), because)


def _without_a_habit(evidence: TerminationEvidence, finished: str) -> Termination:
    """It finished in a sweep with a rule, or one that may have a rule."""
    waited = _waited(evidence)
    if waited is not None:
        if evidence.ruling is Decision.STOP:
            because = f"{finished}, {waited}, though the rule stops it there too"
            return perhaps(Cause.OWN_EARLY_STOP, because)
        trust = surely if _has_its_patience(evidence) else likely
        return trust(Cause.OWN_EARLY_STOP, f"{finished}, {waited}")
    if evidence.ruling is None:
        return _under_an_unknown_rule(evidence, finished)
    if evidence.ruling is Decision.STOP:
        because = f"{finished}, and the rule would have stopped it there"
        return perhaps(Cause.HYPERBAND, because)
    if evidence.ruling is Decision.AMBIGUOUS:
        if _is_plateau(evidence):
            because = f"{finished}, {evidence.reports_since_best} after its best"
            return likely(Cause.OWN_EARLY_STOP, because)
        because = f"{finished}; the rule would have stopped it at some moments"
        return perhaps(Cause.HYPERBAND, because)
    return likely(_own_cause(evidence), f"{finished}, and the rule would have kept it")


def _under_an_unknown_rule(evidence: TerminationEvidence, finished: str) -> Termination:
    """It finished, and nobody knows whether a rule may have told it to stop."""
    habits = evidence.habits
    if habits.n_piled_up:
        alike = f"{finished}, as {count(habits.n_piled_up, 'run')}"
        if evidence.is_at_a_band:
            return perhaps(Cause.HYPERBAND, f"{alike}, at a band of the rule")
        because = f"{alike}; they may have caught an order to stop, and the rule cannot be judged"
        return perhaps(Cause.UNKNOWN, because)
    if habits.n_interrupted >= FEWEST_FOR_A_HABIT:
        because = f"{finished}; {habits.n_interrupted} runs were interrupted, and look different"
        return likely(_own_cause(evidence), because)
    because = f"{finished}, and nobody is known to have stopped it"
    if habits.n_reached and not _is_plateau(evidence):
        because += f"; {habits.n_reached} others came to the end"
        return perhaps(_own_cause(evidence), because)
    return likely(_own_cause(evidence), because)


def reports_of(evidence: TerminationEvidence) -> str:
    """How many reports it made, and of how many."""
    if not evidence.n_reports:
        return "no report"
    if evidence.budget <= 0 or evidence.reached:
        return count(evidence.n_reports, "report")
    if evidence.run.has_finished and evidence.has_configured_end:
        return (
            f"{evidence.n_reports} of the {evidence.budget} reports that its configuration allows"
        )
    return f"{evidence.n_reports} of {count(evidence.budget, 'report')}"


def _own_cause(evidence: TerminationEvidence) -> Cause:
    """What its ending by itself is called: short of its configured end, a trainer stopped it."""
    if evidence.n_reports is None:
        return Cause.COMPLETED
    short = 0 < evidence.n_reports < evidence.budget
    if short and (evidence.has_configured_end or evidence.habits.own_wait is not None):
        return Cause.OWN_EARLY_STOP
    return Cause.COMPLETED


def _waited(evidence: TerminationEvidence) -> str | None:
    """How its patience explains its end, in words; None where it does not."""
    since = evidence.reports_since_best
    if _has_its_patience(evidence):
        return f"{since} after its best; its patience is {_patience(evidence.run)}"
    own_wait = evidence.habits.own_wait
    if own_wait is not None and since is not None and 1 <= since <= own_wait:
        return f"{since} after its best, as nearly all finished runs ({own_wait} at most)"
    return None


def _has_its_patience(evidence: TerminationEvidence) -> bool:
    """Whether it ended as long after its best report as its configured patience says."""
    since, patience = evidence.reports_since_best, _patience(evidence.run)
    if since is None or not patience:
        return False
    reports = patience * evidence.reports_per_epoch
    return reports <= since <= reports + max(1.0, evidence.reports_per_epoch)


def _is_plateau(evidence: TerminationEvidence) -> bool:
    """Whether it had not improved for so long that a trainer's patience is likely."""
    since = evidence.reports_since_best
    fewest = max(_PLATEAU_REPORTS, round(_PLATEAU_SHARE * evidence.budget))
    return since is not None and since >= fewest


def _patience(run: Run) -> int:
    """The configured patience of the trainer, not of its learning-rate schedule; 0 for none."""
    for key, value in run.config.items():
        scheduler = "lr" in key.lower() or "sched" in key.lower() or "plateau" in key.lower()
        if leaf(key) in _PATIENCE_KEYS and not scheduler and whole_number(value):
            return whole_number(value)
    return 0

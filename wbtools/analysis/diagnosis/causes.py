"""Why a run ended: one cause by the evidence, how sure we are, and the evidence in words.

No single field of W&B says "stopped early by Hyperband". The stop flags, the rule judged on what
was observed, the length, the exit code and the curve are combined here, best evidence first; each
branch names what it rests on. Exit codes as W&B's SDK sends them: 0 done, 1 exception, 255 ctrl-c
or a stop told through the file stream, 128 + n a script that turned signal n into its exit code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Decision, Termination
from wbtools.findings import Confidence
from wbtools.model import RunState
from wbtools.model.configuration import leaf

if TYPE_CHECKING:
    from wbtools.model import Run


_INTERRUPTS = frozenset({130, 137, 143, 255, -2, -9, -15})
_TYPED = frozenset({130, -2})
_CTRL_C = _TYPED | {255}
_LONG_SILENCE_S = 300.0
"""W&B takes a run for crashed when its heartbeat stays away for about five minutes; clocks that
disagree by less are taken to agree."""
_PATIENCE_KEYS = ("patience", "early_stopping_patience", "early_stop_patience", "es_patience")
_FEWEST_FOR_A_HABIT = 4
_HABIT_SHARE = 0.8
_PLATEAU_REPORTS = 3
_PLATEAU_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationEvidence:
    """What is known about one run's end.

    Attributes:
        n_reports: Finite and non-finite reports made; None where no source says.
        budget: Reports of a full run; 0 if unknown.
        reports_since_best: Reports of the rule's metric after its best one; None without a curve.
        reports_per_epoch: To compare a trainer's patience, in epochs, with reports.
        silence_s: Seconds from the last sign of life to the moment the recording speaks of; None
            where that is unknown.
        report_interval_s: Typical seconds between two reports of the run; None if unknown.
        ruling: What the rule says in the mode that was chosen; None if no rule can be judged.
        has_rule: Whether the sweep has, or may have, a rule that can stop this run.
        flags_speak: W&B shows its stop flag on other runs that ended, so that a flag which is not
            set tells something too. Where no run has it, the server may just not keep it.
        n_same_code: Runs of the sweep that ended short with the same exit code, itself included.
        n_same_code_ruled: Of these, those that the rule stops at the moment of their end.
    """

    run: Run
    n_reports: int | None
    budget: int
    reports_since_best: int | None
    reports_per_epoch: float
    silence_s: float | None
    report_interval_s: float | None
    ruling: Decision | None
    has_rule: bool
    flags_speak: bool
    n_same_code: int
    n_same_code_ruled: int


def find_cause(evidence: TerminationEvidence) -> Termination:
    """Find the likeliest cause of a run's end."""
    run = evidence.run
    if run.state in {RunState.PREEMPTED, RunState.PREEMPTING}:
        return _sure(Cause.PREEMPTED, "the run said that it was being preempted")
    if _is_alive(evidence):
        is_stated = run.state is not RunState.UNKNOWN
        alive = _sure if is_stated else _likely
        return alive(Cause.RUNNING, "W&B says so" if is_stated else "a sign of life only just now")
    if evidence.budget and evidence.n_reports is not None and evidence.n_reports >= evidence.budget:
        return _sure(Cause.COMPLETED, f"made all {evidence.budget} reports of its budget")
    if run.stopped and run.should_stop:
        return _by_stop_flags(evidence)
    if run.stopped:
        return _likely(Cause.KILLED, "W&B's stop flag without its own order to stop: a person")
    if run.stopped is False and evidence.flags_speak:
        # Whatever the rule says of it, nobody acted on that.
        evidence = replace(evidence, ruling=None, has_rule=False)
    if run.exit_code == 0 or run.state is RunState.FINISHED:
        return _ended_itself(evidence)
    if run.exit_code is None and run.state is RunState.UNKNOWN and evidence.silence_s is None:
        return _guess(Cause.UNKNOWN, "the source does not say how it ended")
    # W&B's `killed` says that somebody ended it, whatever its program made of that.
    known = run.exit_code is not None or run.state is RunState.FAILED
    if known and run.exit_code not in _INTERRUPTS and run.state is not RunState.KILLED:
        return _raised(evidence)
    return _cut_off(evidence)


def _is_alive(evidence: TerminationEvidence) -> bool:
    if evidence.run.exit_code is not None:
        return False
    if evidence.run.state in {RunState.RUNNING, RunState.PENDING}:
        return True
    if evidence.run.state is not RunState.UNKNOWN or evidence.silence_s is None:
        return False
    longest = max(_LONG_SILENCE_S, 3 * (evidence.report_interval_s or 0.0))
    return -_LONG_SILENCE_S < evidence.silence_s < longest


def _by_stop_flags(evidence: TerminationEvidence) -> Termination:
    flags, code = "W&B's stop and should-stop flags are set", evidence.run.exit_code
    if evidence.ruling is Decision.KEEP:
        return _likely(Cause.HYPERBAND, f"{flags}, though on what was logged the rule would not")
    if code not in {None, 0} | _INTERRUPTS and not _is_habit(evidence):
        # Its way of ending when told to stop, or an error before the order arrived.
        return _likely(Cause.HYPERBAND, f"{flags}; it left exit code {code}, see its log")
    return _sure(Cause.HYPERBAND, flags)


def _ended_itself(evidence: TerminationEvidence) -> Termination:
    """Exit code 0: a full run, the trainer's own early stopping, or a caught order to stop."""
    if not evidence.budget or evidence.n_reports is None:
        return _likely(Cause.COMPLETED, "it finished; how long a full run is, nothing says")
    short = f"it finished after {evidence.n_reports} of {evidence.budget} reports"
    since = evidence.reports_since_best
    patience = _patience(evidence.run)
    if patience is not None and since is not None:
        waited = patience * evidence.reports_per_epoch
        if waited <= since <= waited + max(1.0, evidence.reports_per_epoch):
            because = f"{short}, {since} after its best; its patience is {patience}"
            if evidence.ruling is Decision.STOP:
                return _guess(
                    Cause.OWN_EARLY_STOP, f"{because}, though the rule stops it there too"
                )
            return _sure(Cause.OWN_EARLY_STOP, because)
    if evidence.ruling is Decision.STOP:
        return _likely(Cause.HYPERBAND, f"{short}, and the rule would have stopped it there")
    plateau = max(_PLATEAU_REPORTS, round(_PLATEAU_SHARE * evidence.budget))
    if since is not None and since >= plateau:
        return _likely(Cause.OWN_EARLY_STOP, f"{short}, {since} reports after its best")
    if evidence.ruling is Decision.AMBIGUOUS:
        return _guess(Cause.HYPERBAND, f"{short}; the rule would have stopped it at some moments")
    if not evidence.has_rule:
        return _guess(Cause.COMPLETED, f"{short}, and no rule could stop it")
    best = "" if since is None else f", {since} after its best"
    return _guess(Cause.UNEXPLAINED, f"{short}{best}; look at its log for the reason")


def _raised(evidence: TerminationEvidence) -> Termination:
    """An exit code of the program's own: an exception, or its way of ending when told to stop.

    Function-style agents end a stopped run with exit code 1, and so do scripts that leave
    `with wandb.init()` when they catch the signal. One such run proves nothing, for bad runs fail
    too; that nearly all runs with this code end where the rule stops them does.
    """
    known = evidence.run.exit_code is not None
    code = f"exit code {evidence.run.exit_code}" if known else "W&B's state failed"
    if evidence.ruling is None and evidence.has_rule:
        return _raised_unjudged(evidence, code)
    if evidence.ruling not in {Decision.STOP, Decision.AMBIGUOUS}:
        return _sure(Cause.FAILED, f"{code}: an exception or an error of its own")
    if _is_habit(evidence):
        shared = f"{evidence.n_same_code_ruled} of {evidence.n_same_code} runs that ended so"
        habit = f"{code}, and {shared} ended where the rule stops them"
        sure = evidence.ruling is Decision.STOP
        return _sure(Cause.HYPERBAND, habit) if sure else _likely(Cause.HYPERBAND, habit)
    return _likely(
        Cause.FAILED, f"{code}: an exception, though the rule might stop it too; see its log"
    )


def _is_habit(evidence: TerminationEvidence) -> bool:
    """Whether nearly all of several runs with this exit code ended where the rule stops them."""
    n_ruled, n_same = evidence.n_same_code_ruled, evidence.n_same_code
    return n_same >= _FEWEST_FOR_A_HABIT and n_ruled >= _HABIT_SHARE * n_same


def _raised_unjudged(evidence: TerminationEvidence, code: str) -> Termination:
    """Nobody knows the rule, so nobody can tell an exception from an order to stop."""
    if evidence.n_same_code >= _FEWEST_FOR_A_HABIT:
        return _guess(
            Cause.UNEXPLAINED,
            f"{code}, as {evidence.n_same_code} runs that ended short; failures, or this program's "
            "way of ending when told to stop: the rule cannot be judged",
        )
    return _likely(Cause.FAILED, f"{code}: an exception, though the rule cannot be judged")


def _cut_off(evidence: TerminationEvidence) -> Termination:
    """No exit code, or one that a signal leaves: somebody or something ended the run."""
    how = (
        "no exit code" if evidence.run.exit_code is None else f"exit code {evidence.run.exit_code}"
    )
    if evidence.n_reports is not None and evidence.budget:
        how += f" after {evidence.n_reports} of {evidence.budget} reports"
    if evidence.ruling is Decision.STOP:
        return _sure(Cause.HYPERBAND, f"{how}, and the rule stops it at every moment")
    if evidence.ruling is Decision.AMBIGUOUS:
        return _guess(Cause.HYPERBAND, f"{how}, and the rule stops it at some moments only")
    if evidence.run.state is RunState.CRASHED:
        return _likely(Cause.CRASHED, f"W&B took it for crashed: {how}, and no sign of life")
    return (
        _cut_off_unjudged(evidence, how)
        if evidence.ruling is None
        else _cut_off_kept(evidence, how)
    )


def _cut_off_unjudged(evidence: TerminationEvidence, how: str) -> Termination:
    why = "the rule cannot be judged" if evidence.has_rule else "the sweep has no rule"
    if evidence.flags_speak:
        why = "W&B's stop flag is set on other runs and not on this one"
    if evidence.run.exit_code in _TYPED or (
        evidence.run.exit_code is not None and not evidence.has_rule
    ):
        return _likely(Cause.KILLED, f"{how}; {why}: an interrupt from outside")
    if evidence.run.exit_code is not None:
        return _guess(Cause.UNEXPLAINED, f"{how}, as a stop by a rule leaves it too; {why}")
    if evidence.run.state is RunState.KILLED:
        return _guess(Cause.UNEXPLAINED, f"it was stopped, and {why}")
    return _guess(Cause.LOST, f"{how}; {why}: killed, or its machine went away")


def _cut_off_kept(evidence: TerminationEvidence, how: str) -> Termination:
    """The rule would not have stopped it: before its first band, or because it was good enough."""
    early = evidence.ruling is Decision.NO_BAND
    how += ", before the first band" if early else ", and the rule would have kept it"
    if evidence.run.exit_code in _CTRL_C:
        return _likely(Cause.KILLED, f"{how}: a person's ctrl-c")
    if evidence.run.exit_code is not None and early:
        return _likely(Cause.KILLED, f"{how}: an interrupt from outside")
    if early:
        return _guess(Cause.LOST, f"{how}: killed, or its machine went away")
    return _likely(
        Cause.UNEXPLAINED,
        f"{how}; look for a person or a scheduler that stopped it, for settings that were edited "
        "while the sweep ran, and for last rows that were lost",
    )


def _patience(run: Run) -> int | None:
    for key, value in run.config.items():
        word = leaf(key)
        scheduler = "lr" in key.lower() or "sched" in key.lower() or "plateau" in key.lower()
        if word in _PATIENCE_KEYS and not scheduler and isinstance(value, int) and value > 0:
            return value
    return None


def _sure(cause: Cause, because: str) -> Termination:
    return Termination(cause=cause, confidence=Confidence.HIGH, because=because)


def _likely(cause: Cause, because: str) -> Termination:
    return Termination(cause=cause, confidence=Confidence.MEDIUM, because=because)


def _guess(cause: Cause, because: str) -> Termination:
    return Termination(cause=cause, confidence=Confidence.LOW, because=because)

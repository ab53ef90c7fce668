"""Why a run ended: one cause by the evidence, how sure we are, and the evidence in words.

No single field of W&B says "stopped early by Hyperband". The stop flags, the rule judged on what
was observed, the length, the exit code and the curve are combined here, best evidence first; each
branch names what it rests on. Exit codes as W&B's SDK sends them: 0 done, 1 exception, 255 ctrl-c
or a stop told through the file stream, 128 + n a script that turned signal n into its exit code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.finished import ended_itself, reports_of
from wbtools.analysis.diagnosis.guard_stops import stopped_by_guard
from wbtools.analysis.diagnosis.habits import FEWEST_FOR_A_HABIT, INTERRUPTS
from wbtools.analysis.diagnosis.termination import Cause, Decision, likely, perhaps, surely
from wbtools.model import RunState
from wbtools.text.numbers import S_PER_H, count, hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.diagnosis.evidence import TerminationEvidence
    from wbtools.analysis.diagnosis.termination import Termination


_TYPED = frozenset({130, -2})
_CTRL_C = _TYPED | {255}
_LONG_SILENCE_S = 300.0
"""W&B takes a run for crashed when its heartbeat stays away for about five minutes; clocks that
disagree by less are taken to agree."""
_MISSED_HEARTBEATS_S = 90.0
"""W&B's own clients send a heartbeat every half minute."""


def find_cause(evidence: TerminationEvidence) -> Termination:
    """Find the likeliest cause of a run's end."""
    if evidence.guard_stop is not None and _was_dead(evidence):
        # The stop flag and the tag are the guard's, and tell nothing of an end that came before.
        run = replace(evidence.run, stopped=None, should_stop=None, tags=())
        evidence = replace(evidence, run=run, guard_stop=None)
    run = evidence.run
    may_be_preempted = run.state is RunState.PREEMPTED and evidence.guard_stop is None
    if may_be_preempted or run.state is RunState.PREEMPTING:
        return surely(Cause.PREEMPTED, "the run reported that it was being preempted")
    if _is_alive(evidence):
        return _alive(evidence)
    if _came_to_its_end(evidence):
        return surely(Cause.COMPLETED, f"came to its end after {reports_of(evidence)}")
    return stopped_by_guard(evidence) or _cut_short(evidence)


def _cut_short(evidence: TerminationEvidence) -> Termination:
    """It ended before its time, and not by a guard's doing."""
    run = evidence.run
    if run.stopped and run.should_stop:
        return _by_stop_flags(evidence)
    if run.stopped:
        because = "W&B's stop flag without its own order to stop"
        return likely(Cause.KILLED, f"{because}: a person, or a guard whose journal is elsewhere")
    flags_say_no = run.stopped is False and (
        run.should_stop is False or evidence.habits.flags_speak
    )
    if flags_say_no and evidence.habits.flags_speak:
        # Whatever the rule says of it, nobody acted on that.
        evidence = replace(evidence, ruling=None, has_rule=False)
    if evidence.run.has_finished:
        return ended_itself(evidence, flags_say_no=flags_say_no)
    if run.exit_code is None and run.state is RunState.UNKNOWN and evidence.silence_s is None:
        return perhaps(Cause.UNKNOWN, "the source does not say how it ended")
    # W&B's `killed` says that somebody ended it, whatever its program made of that.
    known = run.exit_code is not None or run.state is RunState.FAILED
    if known and run.exit_code not in INTERRUPTS and run.state is not RunState.KILLED:
        return _raised(evidence)
    return _cut_off(evidence)


def _came_to_its_end(evidence: TerminationEvidence) -> bool:
    """Whether it made all the reports of a full run.

    That others ended there, tells nothing of one that did not finish and that a rule may have
    stopped.
    """
    if not evidence.reached:
        return False
    may_be_stopped = evidence.guard_stop is not None or (
        evidence.has_rule and evidence.ruling not in {Decision.KEEP, Decision.NO_BAND}
    )
    return evidence.is_end_certain or evidence.run.has_finished or not may_be_stopped


def _was_dead(evidence: TerminationEvidence) -> bool:
    """Whether the run had crashed, and W&B not noticed yet, when a guard decided to stop it."""
    silent_s = evidence.silent_before_guard_s
    has_crashed = evidence.run.state is RunState.CRASHED
    return has_crashed and silent_s is not None and silent_s > _MISSED_HEARTBEATS_S


def _is_alive(evidence: TerminationEvidence) -> bool:
    if evidence.run.exit_code is not None:
        return False
    if evidence.run.state in {RunState.RUNNING, RunState.PENDING}:
        return True
    silence_s = _silence_s(evidence)
    if evidence.run.state is not RunState.UNKNOWN or silence_s is None:
        return False
    return -_LONG_SILENCE_S < silence_s < _longest_silence_s(evidence)


def _silence_s(evidence: TerminationEvidence) -> float | None:
    """Seconds since its last sign of life; a run that has only just begun had no time for one."""
    return evidence.age_s if evidence.silence_s is None else evidence.silence_s


def _longest_silence_s(evidence: TerminationEvidence) -> float:
    """Seconds of silence from which on a run counts as ended."""
    return max(_LONG_SILENCE_S, 3 * (evidence.report_interval_s or 0.0))


def _alive(evidence: TerminationEvidence) -> Termination:
    is_guarded = evidence.guard_stop is not None
    though = ", though wbtools guard asked W&B to stop it" if is_guarded else ""
    if evidence.run.state is not RunState.UNKNOWN:
        return surely(Cause.RUNNING, f"W&B says so{though}")
    silent = hours(max(_silence_s(evidence) or 0.0, 0.0) / S_PER_H)
    longest = hours(_longest_silence_s(evidence) / S_PER_H)
    return likely(
        Cause.RUNNING,
        f"its last sign of life is {silent} old, and it counts as ended after {longest} of "
        f"silence{though}",
    )


def _by_stop_flags(evidence: TerminationEvidence) -> Termination:
    flags, code = "W&B's stop and should-stop flags are set", evidence.run.exit_code
    if evidence.ruling is Decision.KEEP:
        return likely(
            Cause.HYPERBAND, f"{flags}, though the rule would not stop it by what was logged"
        )
    if code not in {None, 0} | INTERRUPTS and not evidence.way.is_habit_of_stops:
        # Its way of ending when told to stop, or an error before the order arrived.
        return likely(Cause.HYPERBAND, f"{flags}; it left exit code {code}, see its log")
    return surely(Cause.HYPERBAND, flags)


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
    way = evidence.way
    habit = f"{way.n_ruled} of {count(way.n, 'run')} like it ended where the rule stops them"
    if evidence.ruling is None or not evidence.ruling.may_stop:
        if evidence.ruling is Decision.KEEP and way.is_habit_of_stops:
            return perhaps(Cause.FAILED, f"{code}: an exception, though {habit}; see its log")
        return surely(Cause.FAILED, f"{code}: an exception or an error of its own")
    if way.is_likely_of_stops:
        trust = _trust_in_a_stop(evidence)
        return trust(Cause.HYPERBAND, f"{code}, and {habit}")
    because = f"{code}: an exception, though the rule might stop it too; see its log"
    return perhaps(Cause.FAILED, because)


def _trust_in_a_stop(
    evidence: TerminationEvidence,
) -> Callable[[Cause, str], Termination]:
    """How sure a stop is where the rule stops the run: by its habit, at all moments or at some."""
    if evidence.ruling is Decision.STOP:
        return surely if evidence.way.is_habit_of_stops else likely
    return likely if evidence.way.is_habit_of_stops else perhaps


def _raised_unjudged(evidence: TerminationEvidence, code: str) -> Termination:
    """Nobody knows the rule, so nobody can tell an exception from an order to stop."""
    if evidence.way.n >= FEWEST_FOR_A_HABIT:
        return perhaps(
            Cause.UNEXPLAINED,
            f"{code}, as {count(evidence.way.n, 'run')} that ended short; failures, or "
            "this program's "
            "way of ending when told to stop: the rule cannot be judged",
        )
    return likely(Cause.FAILED, f"{code}: an exception, though the rule cannot be judged")


def _cut_off(evidence: TerminationEvidence) -> Termination:
    """No exit code, or one that a signal leaves: somebody or something ended the run."""
    how = (
        "no exit code" if evidence.run.exit_code is None else f"exit code {evidence.run.exit_code}"
    )
    if evidence.n_reports is not None and evidence.budget:
        how += f" after {evidence.n_reports} of {count(evidence.budget, 'report')}"
    if evidence.ruling is Decision.STOP:
        return surely(Cause.HYPERBAND, f"{how}, and the rule stops it at every moment")
    if evidence.ruling is Decision.AMBIGUOUS:
        trust = _trust_in_a_stop(evidence)
        return trust(Cause.HYPERBAND, f"{how}, and the rule stops it at some moments only")
    if evidence.is_before_a_band and evidence.habits.n_before_a_band >= FEWEST_FOR_A_HABIT:
        return likely(
            Cause.HYPERBAND,
            f"{how}, one before a band, as "
            f"{count(evidence.habits.n_before_a_band, 'run')}: a run that is "
            "killed loses its last rows",
        )
    if evidence.run.state is RunState.CRASHED:
        return likely(Cause.CRASHED, f"W&B considers it crashed: {how}, and no sign of life")
    return (
        _cut_off_unjudged(evidence, how)
        if evidence.ruling is None
        else _cut_off_kept(evidence, how)
    )


def _cut_off_unjudged(evidence: TerminationEvidence, how: str) -> Termination:
    why = "the rule cannot be judged" if evidence.has_rule else "the sweep has no rule"
    if evidence.habits.flags_speak:
        why = "W&B's stop flag is set on other runs and not on this one"
    if evidence.run.exit_code in _TYPED or (
        evidence.run.exit_code is not None and not evidence.has_rule
    ):
        return likely(Cause.KILLED, f"{how}; {why}: an interrupt from outside")
    if evidence.run.exit_code is not None:
        return perhaps(Cause.UNEXPLAINED, f"{how}, as a stop by a rule leaves it too; {why}")
    if evidence.run.state is RunState.KILLED:
        return perhaps(Cause.UNEXPLAINED, f"it was stopped, and {why}")
    trust = perhaps if evidence.has_rule else likely
    return trust(Cause.LOST, f"{how}; {why}: killed, or its machine went away")


def _cut_off_kept(evidence: TerminationEvidence, how: str) -> Termination:
    """The rule would not have stopped it: before its first band, or because it was good enough."""
    early = evidence.ruling is Decision.NO_BAND
    how += ", before the first band" if early else ", and the rule would have kept it"
    if evidence.run.exit_code in _CTRL_C:
        return likely(Cause.KILLED, f"{how}: a person's ctrl-c")
    if evidence.run.exit_code is not None and early:
        return likely(Cause.KILLED, f"{how}: an interrupt from outside")
    if early:
        return likely(Cause.LOST, f"{how}: killed, or its machine went away")
    return likely(
        Cause.UNEXPLAINED,
        f"{how}; look for a person or a scheduler that stopped it, for settings that were edited "
        "while the sweep ran, and for last rows that were lost",
    )

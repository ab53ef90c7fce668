"""Stops by `wbtools guard`: by its journal, or by its tag where the journal is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.habits import INTERRUPTS
from wbtools.analysis.diagnosis.termination import Cause, likely, perhaps, surely
from wbtools.model import GUARD_TAG, LONGEST_TAG, RunState
from wbtools.text.numbers import Scale, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.evidence import TerminationEvidence
    from wbtools.analysis.diagnosis.termination import Termination
    from wbtools.model import GuardDecision, Run, Sweep


def asked_by_guard(sweep: Sweep) -> NDArray[np.bool_]:
    """`bool [N]` runs that a guard asked W&B to stop: their lengths are the guard's doing."""
    asked = [
        run.id in sweep.guard_stops or (_tag(run) is not None and bool(run.stopped))
        for run in sweep.runs
    ]
    return np.array(asked, dtype=bool)


def stopped_by_guard(evidence: TerminationEvidence) -> Termination | None:
    """The guard as the cause of a run's end before its time; None where nothing speaks for it."""
    if evidence.guard_stop is not None:
        return _by_journal(evidence, evidence.guard_stop)
    return _by_tag(evidence)


def guard_words(decision: GuardDecision) -> str:
    """Where the guard stopped a run and why, as in `at report 10: 0.5500 against 0.6100 (…)`."""
    compared = (decision.value, decision.threshold)
    largest = max((abs(each) for each in compared if each is not None), default=None)
    value, threshold = Scale.of([largest]).apart(*compared)
    numbers = ""
    if decision.value is not None:
        against = "" if decision.threshold is None else f" against {threshold}"
        numbers = f": {value}{against}"
    peers = f", {count(decision.n_peers, 'peer')}" if decision.n_peers else ""
    seen = f", seen at report {decision.n_reports}" if decision.is_seen_later else ""
    return f"at report {decision.judged_at}{numbers} ({decision.by}{peers}{seen})"


def _by_journal(evidence: TerminationEvidence, decision: GuardDecision) -> Termination:
    run, code = evidence.run, evidence.run.exit_code
    because = f"wbtools guard stopped it {guard_words(decision)}{_both_acted(evidence)}"
    if run.state is RunState.PREEMPTED:
        return likely(Cause.GUARD, f"{because}; it reported a preemption, see its log")
    if run.state is RunState.CRASHED:
        return likely(Cause.GUARD, f"{because}; W&B considers it crashed, see its log")
    if code not in {None, 0} | INTERRUPTS:
        # Its way of ending when told to stop, or an error before the order arrived.
        return likely(Cause.GUARD, f"{because}; it left exit code {code}, see its log")
    if run.has_finished and run.stopped is False and evidence.habits.flags_speak:
        return likely(Cause.GUARD, f"{because}; it finished, and W&B's stop flag is not set")
    return surely(Cause.GUARD, because)


def _by_tag(evidence: TerminationEvidence) -> Termination | None:
    """By the tag that the guard put on the run; by itself it is somebody's text."""
    run, tag = evidence.run, _tag(evidence.run)
    if tag is None:
        return None
    elsewhere = "this archive holds no journal of the guard"
    if run.stopped:
        both = _both_acted(evidence)
        because = f"tagged {tag!r}, and W&B's stop flag is set{both}; {elsewhere}"
        return likely(Cause.GUARD, because)
    is_cut_off = run.state is RunState.KILLED or run.exit_code in INTERRUPTS
    if run.stopped is None and is_cut_off:
        return perhaps(Cause.GUARD, f"tagged {tag!r}, and it was cut off; {elsewhere}")
    return None


def _tag(run: Run) -> str | None:
    """The tag of a guard that stopped a run; those of runs that it spared are others."""
    tags = (tag for tag in run.tags if tag == GUARD_TAG or tag.startswith(f"{GUARD_TAG}:"))
    return next((tag[:LONGEST_TAG] for tag in tags), None)


def _both_acted(evidence: TerminationEvidence) -> str:
    """That W&B's own rule said stop as well."""
    is_ordered = evidence.has_rule and evidence.run.stopped and evidence.run.should_stop
    return "; W&B's own rule ordered its stop as well" if is_ordered else ""

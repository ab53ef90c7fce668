"""Ends for tests: what is known of one, with defaults that tell nothing."""

from tests.analysis.sweeps import run
from wbtools.analysis.diagnosis.causes import find_cause
from wbtools.analysis.diagnosis.evidence import TerminationEvidence
from wbtools.analysis.diagnosis.habits import SweepHabits, WayOfEnding
from wbtools.analysis.diagnosis.termination import Decision


def end(
    *, ruling=None, n_reports=10, budget=27, since_best=0, silence_s=1e6, age_s=1e7, **more
) -> TerminationEvidence:
    known = {
        "report_interval_s": 60.0,
        "reports_per_epoch": 1.0,
        "has_rule": ruling is not None,
        "has_configured_end": True,
        "is_end_certain": True,
        "is_before_a_band": False,
        "is_at_a_band": False,
        "guard_stop": None,
        "silent_before_guard_s": None,
        "reached": 0 < budget <= n_reports,
    }
    facts = {name: more.pop(name) for name in known if name in more}
    habits, way = (
        noun(**{name: more.pop(name) for name in noun.__dataclass_fields__ if name in more})
        for noun in (SweepHabits, WayOfEnding)
    )
    return TerminationEvidence(
        run=run(**more),
        n_reports=n_reports,
        budget=budget,
        reports_since_best=since_best,
        age_s=age_s,
        silence_s=silence_s,
        ruling=ruling,
        habits=habits,
        way=way,
        **(known | facts),
    )


STOP, KEEP, MAYBE, NO_BAND = Decision.STOP, Decision.KEEP, Decision.AMBIGUOUS, Decision.NO_BAND
FLAGS = {"stopped": True, "should_stop": True}
UNFLAGGED = {"stopped": False, "should_stop": False, "flags_speak": True}
PATIENT = {"exit_code": 0, "config": {"trainer.patience": 5}}


def cause_of(evidence):
    """The cause and the confidence, as words; never without a reason."""
    found = find_cause(evidence)
    assert found.because
    return found.cause.value, found.confidence.name

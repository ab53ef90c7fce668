"""Why a run ended, story by story: what is known, and the cause that follows."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.diagnosis.causes import find_cause
from wbtools.analysis.diagnosis.evidence import TerminationEvidence
from wbtools.analysis.diagnosis.habits import SweepHabits, WayOfEnding
from wbtools.analysis.diagnosis.termination import Cause, Decision
from wbtools.findings import Confidence
from wbtools.model import RunState


def end(
    *, ruling=None, n_reports=10, budget=27, since_best=0, silence_s=1e6, **more
) -> TerminationEvidence:
    known = {
        "report_interval_s": 60.0,
        "reports_per_epoch": 1.0,
        "has_rule": ruling is not None,
        "has_configured_end": True,
        "is_end_certain": True,
        "is_before_a_band": False,
        "is_at_a_band": False,
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

STORIES = {
    "made its whole budget": (end(n_reports=27, exit_code=0), "completed", "HIGH"),
    "made its whole budget, though Hyperband had decided": (
        end(n_reports=27, exit_code=0, ruling=STOP, **FLAGS),
        "completed",
        "HIGH",
    ),
    "made its whole budget, and its last record was lost": (
        end(n_reports=27),
        "completed",
        "HIGH",
    ),
    "finished, and nothing tells how long a full run is": (
        end(exit_code=0, budget=0),
        "completed",
        "MEDIUM",
    ),
    "finished a while after its best where no rule could stop it": (
        end(exit_code=0, since_best=3),
        "own_early_stop",
        "HIGH",
    ),
    "finished without a report": (
        end(exit_code=0, n_reports=0, since_best=None, ruling=NO_BAND),
        "completed",
        "MEDIUM",
    ),
    "made as many reports as others that finished, and was stopped there": (
        end(n_reports=27, exit_code=255, ruling=STOP, is_end_certain=False),
        "hyperband",
        "HIGH",
    ),
    "made as many reports as others that finished, and lost its exit record": (
        end(n_reports=27, ruling=KEEP, is_end_certain=False),
        "completed",
        "HIGH",
    ),
    "both flags and the rule agree": (end(ruling=STOP, **FLAGS), "hyperband", "HIGH"),
    "both flags, though on what was logged the rule would not": (
        end(ruling=KEEP, **FLAGS),
        "hyperband",
        "MEDIUM",
    ),
    "stopped without an order of W&B's": (
        end(ruling=STOP, stopped=True, should_stop=False),
        "killed",
        "MEDIUM",
    ),
    "W&B calls it killed, and it left `with wandb.init()` with 1 where the rule stops it": (
        end(ruling=STOP, exit_code=1, state=RunState.KILLED),
        "hyperband",
        "HIGH",
    ),
    "W&B calls it killed where the rule keeps it": (
        end(ruling=KEEP, exit_code=1, state=RunState.KILLED),
        "unexplained",
        "MEDIUM",
    ),
    "both flags, and the exit code of a program's own": (
        end(ruling=STOP, exit_code=1, **FLAGS),
        "hyperband",
        "MEDIUM",
    ),
    "both flags, and the exit code that all runs have that end where the rule stops them": (
        end(ruling=STOP, exit_code=1, n=9, n_ruled=8, **FLAGS),
        "hyperband",
        "HIGH",
    ),
    "both flags, and the exit code of a stop through the file stream": (
        end(ruling=STOP, exit_code=255, **FLAGS),
        "hyperband",
        "HIGH",
    ),
    "W&B flagged others, and took this one for crashed where the rule stops it": (
        end(ruling=STOP, state=RunState.CRASHED, **UNFLAGGED),
        "crashed",
        "MEDIUM",
    ),
    "W&B flagged others, and this one raised where the rule stops it": (
        end(ruling=STOP, exit_code=1, n=9, n_ruled=9, **UNFLAGGED),
        "failed",
        "HIGH",
    ),
    "W&B flagged others, and this one finished short where the rule stops it": (
        end(ruling=STOP, exit_code=0, **UNFLAGGED),
        "own_early_stop",
        "HIGH",
    ),
    "W&B flagged none, and this one finished short though the rule would have kept it": (
        end(ruling=KEEP, exit_code=0, stopped=False, should_stop=False),
        "own_early_stop",
        "MEDIUM",
    ),
    "W&B flagged none, and this one finished where the rule stops it, as nobody else": (
        end(ruling=STOP, exit_code=0, stopped=False, should_stop=False),
        "own_early_stop",
        "MEDIUM",
    ),
    "W&B flagged none, and all runs finish where the rule stops them": (
        end(ruling=STOP, exit_code=0, stopped=False, should_stop=False, n=9, n_ruled=9),
        "own_early_stop",
        "LOW",
    ),
    "W&B flagged others, and somebody killed this one where the rule stops it": (
        end(ruling=STOP, state=RunState.KILLED, **UNFLAGGED),
        "unexplained",
        "LOW",
    ),
    "W&B flagged others, and this one got SIGTERM where the rule stops it": (
        end(ruling=STOP, exit_code=143, **UNFLAGGED),
        "killed",
        "MEDIUM",
    ),
    "W&B flagged none, and the rule stops it": (
        end(ruling=STOP, stopped=False, should_stop=False),
        "hyperband",
        "HIGH",
    ),
    "no exit record, and the rule stops it": (end(ruling=STOP), "hyperband", "HIGH"),
    "SIGTERM turned into 143, and the rule stops it": (
        end(ruling=STOP, exit_code=143),
        "hyperband",
        "HIGH",
    ),
    "no exit record, and the rule stops it at some moments": (
        end(ruling=MAYBE),
        "hyperband",
        "LOW",
    ),
    "no exit record, the rule stops it at some moments, and nearly all that ended so": (
        end(ruling=MAYBE, n=9, n_ruled=9),
        "hyperband",
        "MEDIUM",
    ),
    "no exit record, one report before a band, as several": (
        end(ruling=NO_BAND, is_before_a_band=True, n_before_a_band=6),
        "hyperband",
        "MEDIUM",
    ),
    "no exit record, one report before a band, as no other": (
        end(ruling=NO_BAND, is_before_a_band=True, n_before_a_band=1),
        "lost",
        "MEDIUM",
    ),
    "finished where the rule stops it": (end(ruling=STOP, exit_code=0), "hyperband", "LOW"),
    "caught the signal and finished, as most runs that finished short": (
        end(ruling=STOP, exit_code=0, n=8, n_ruled=5),
        "hyperband",
        "MEDIUM",
    ),
    "finished where the rule stops it at some moments, as nearly all": (
        end(ruling=MAYBE, exit_code=0, n=8, n_ruled=7),
        "hyperband",
        "MEDIUM",
    ),
    "finished where the rule keeps it, in a sweep that catches orders to stop": (
        end(ruling=KEEP, exit_code=0, n=8, n_ruled=7),
        "own_early_stop",
        "LOW",
    ),
    "finished where the rule stops it, and stopped runs end otherwise": (
        end(ruling=STOP, exit_code=0, n=3, n_ruled=1, n_ruled_otherwise=6),
        "own_early_stop",
        "MEDIUM",
    ),
    "finished a little after its best, as nearly all that finished": (
        end(ruling=KEEP, exit_code=0, since_best=2, own_wait=3),
        "own_early_stop",
        "MEDIUM",
    ),
    "finished short under a rule that nobody knows": (
        end(exit_code=0, has_rule=True),
        "own_early_stop",
        "MEDIUM",
    ),
    "finished short under a rule that nobody knows, as many at that very length": (
        end(exit_code=0, has_rule=True, n_piled_up=6),
        "unknown",
        "LOW",
    ),
    "finished short in a table, as many at that very band of the rule": (
        end(exit_code=0, has_rule=True, n_piled_up=6, is_at_a_band=True),
        "hyperband",
        "LOW",
    ),
    "finished short under a rule that nobody knows, and others came to the end": (
        end(exit_code=0, has_rule=True, n_reached=6),
        "own_early_stop",
        "LOW",
    ),
    "finished short under a rule that nobody knows, and others were interrupted": (
        end(exit_code=0, has_rule=True, n_interrupted=5),
        "own_early_stop",
        "MEDIUM",
    ),
    "finished short, as many at that very length, and others were interrupted": (
        end(exit_code=0, has_rule=True, n_piled_up=6, n_interrupted=5),
        "unknown",
        "LOW",
    ),
    "a patience that is no number of epochs": (
        end(since_best=1, exit_code=0, ruling=KEEP, config={"patience": True}),
        "own_early_stop",
        "MEDIUM",
    ),
    "a patience beyond all bounds": (
        end(since_best=1, exit_code=0, ruling=KEEP, config={"patience": 10**400}),
        "own_early_stop",
        "MEDIUM",
    ),
    "finished just after its patience ran out": (
        end(since_best=5, ruling=KEEP, **PATIENT),
        "own_early_stop",
        "HIGH",
    ),
    "finished just after its patience ran out, where the rule stops it too": (
        end(since_best=5, ruling=STOP, **PATIENT),
        "own_early_stop",
        "LOW",
    ),
    "patience counts epochs, not reports": (
        end(since_best=10, ruling=KEEP, reports_per_epoch=2.0, **PATIENT),
        "own_early_stop",
        "HIGH",
    ),
    "one exception where nobody knows the rule": (
        end(exit_code=1, has_rule=True),
        "failed",
        "MEDIUM",
    ),
    "many ends with one code where nobody knows the rule": (
        end(exit_code=1, has_rule=True, n=9),
        "unexplained",
        "LOW",
    ),
    "SIGTERM where nobody knows the rule": (
        end(exit_code=143, has_rule=True),
        "unexplained",
        "LOW",
    ),
    "SIGTERM where there is no rule": (end(exit_code=143), "killed", "MEDIUM"),
    "ctrl-c where nobody knows the rule": (
        end(exit_code=130, has_rule=True),
        "killed",
        "MEDIUM",
    ),
    "W&B says failed and no exit code was kept": (
        end(state=RunState.FAILED, ruling=KEEP),
        "failed",
        "HIGH",
    ),
    "a table that says nothing of the end": (
        end(silence_s=None, n_reports=3),
        "unknown",
        "LOW",
    ),
    "a clock that is years ahead is no sign of life": (
        end(silence_s=-1e9, ruling=STOP),
        "hyperband",
        "HIGH",
    ),
    "W&B says that it is running": (end(state=RunState.RUNNING), "running", "HIGH"),
    "finished after a long plateau": (
        end(since_best=6, exit_code=0, ruling=KEEP),
        "own_early_stop",
        "MEDIUM",
    ),
    "the patience of the learning-rate schedule is not the trainer's": (
        end(since_best=2, exit_code=0, ruling=KEEP, config={"lr_scheduler.patience": 2}),
        "own_early_stop",
        "MEDIUM",
    ),
    "the rounds without improvement that a booster waits": (
        end(since_best=9, exit_code=0, ruling=KEEP, config={"early_stopping_rounds": 9}),
        "own_early_stop",
        "HIGH",
    ),
    "an exception": (end(exit_code=1, ruling=KEEP), "failed", "HIGH"),
    "an exception where the rule would stop it too": (
        end(exit_code=1, ruling=STOP, n_ruled=1),
        "failed",
        "LOW",
    ),
    "two exceptions where the rule would stop them, and no other way of ending there": (
        end(exit_code=1, ruling=STOP, n=2, n_ruled=2),
        "hyperband",
        "MEDIUM",
    ),
    "an exception where the rule would stop it, and stopped runs end otherwise": (
        end(exit_code=1, ruling=STOP, n=2, n_ruled=2, n_ruled_otherwise=9),
        "failed",
        "LOW",
    ),
    "an exception where the rule would keep it, in a sweep whose stops look like one": (
        end(exit_code=1, ruling=KEEP, n=9, n_ruled=8),
        "failed",
        "LOW",
    ),
    "exit code 1 is how this program ends when told to stop": (
        end(exit_code=1, ruling=STOP, n=9, n_ruled=9),
        "hyperband",
        "HIGH",
    ),
    "exit code 1 of a program that fails anywhere": (
        end(exit_code=1, ruling=STOP, n=9, n_ruled=3),
        "failed",
        "LOW",
    ),
    "ctrl-c on a run that the rule would keep": (
        end(exit_code=255, ruling=KEEP),
        "killed",
        "MEDIUM",
    ),
    "SIGTERM on a run that the rule would keep": (
        end(exit_code=143, ruling=KEEP),
        "unexplained",
        "MEDIUM",
    ),
    "SIGTERM before the first band": (end(exit_code=143, ruling=NO_BAND), "killed", "MEDIUM"),
    "vanished before the first band": (end(ruling=NO_BAND), "lost", "MEDIUM"),
    "vanished without a rule": (end(), "lost", "MEDIUM"),
    "vanished under a rule that nobody knows": (end(has_rule=True), "lost", "LOW"),
    "a table says that it was terminated": (
        end(state=RunState.KILLED, has_rule=True),
        "unexplained",
        "LOW",
    ),
    "the heartbeat stayed away": (
        end(state=RunState.CRASHED, ruling=KEEP),
        "crashed",
        "MEDIUM",
    ),
    "announced its preemption": (end(state=RunState.PREEMPTED), "preempted", "HIGH"),
    "a sign of life a minute ago": (end(silence_s=60), "running", "MEDIUM"),
    "no sign of life for longer than three of its own slow reports": (
        end(silence_s=4000, report_interval_s=1000.0),
        "lost",
        "MEDIUM",
    ),
    "a slow run within three of its reports": (
        end(silence_s=2000, report_interval_s=1000.0),
        "running",
        "MEDIUM",
    ),
    "an exit record ends all doubt about being alive": (
        end(silence_s=1, exit_code=0, n_reports=27),
        "completed",
        "HIGH",
    ),
}


@pytest.mark.parametrize(("evidence", "cause", "confidence"), STORIES.values(), ids=STORIES.keys())
def test_story(evidence, cause, confidence):
    found = find_cause(evidence)
    assert (found.cause, found.confidence) == (Cause(cause), Confidence[confidence])
    assert found.because


def test_what_cannot_be_explained_says_where_to_look():
    assert "look for" in find_cause(end(exit_code=143, ruling=KEEP)).because

"""Why a run ended, story by story: what is known, and the cause that follows."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.diagnosis.causes import TerminationEvidence, find_cause
from wbtools.analysis.diagnosis.termination import Cause, Decision
from wbtools.findings import Confidence
from wbtools.model import RunState


def end(
    *, ruling=None, n_reports=10, budget=27, since_best=0, silence_s=1e6, **more
) -> TerminationEvidence:
    facts = {
        key: more.pop(key)
        for key in (
            "has_rule",
            "flags_speak",
            "n_same_code",
            "n_same_code_ruled",
            "report_interval_s",
            "reports_per_epoch",
        )
        if key in more
    }
    known = {
        "report_interval_s": 60.0,
        "reports_per_epoch": 1.0,
        "has_rule": ruling is not None,
        "flags_speak": False,
        "n_same_code": 1,
        "n_same_code_ruled": 1,
    }
    return TerminationEvidence(
        run=run(**more),
        n_reports=n_reports,
        budget=budget,
        reports_since_best=since_best,
        silence_s=silence_s,
        ruling=ruling,
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
        end(ruling=STOP, exit_code=1, n_same_code=9, n_same_code_ruled=8, **FLAGS),
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
        end(ruling=STOP, exit_code=1, n_same_code=9, n_same_code_ruled=9, **UNFLAGGED),
        "failed",
        "HIGH",
    ),
    "W&B flagged others, and this one finished short where the rule stops it": (
        end(ruling=STOP, exit_code=0, **UNFLAGGED),
        "completed",
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
    "caught the signal and finished": (end(ruling=STOP, exit_code=0), "hyperband", "MEDIUM"),
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
        end(exit_code=1, has_rule=True, n_same_code=9),
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
        "unexplained",
        "LOW",
    ),
    "an exception": (end(exit_code=1, ruling=KEEP), "failed", "HIGH"),
    "an exception where the rule would stop it too": (
        end(exit_code=1, ruling=STOP),
        "failed",
        "MEDIUM",
    ),
    "exit code 1 is how this program ends when told to stop": (
        end(exit_code=1, ruling=STOP, n_same_code=9, n_same_code_ruled=9),
        "hyperband",
        "HIGH",
    ),
    "exit code 1 of a program that fails anywhere": (
        end(exit_code=1, ruling=STOP, n_same_code=9, n_same_code_ruled=5),
        "failed",
        "MEDIUM",
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
    "vanished before the first band": (end(ruling=NO_BAND), "lost", "LOW"),
    "vanished without a rule": (end(), "lost", "LOW"),
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
        "LOW",
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

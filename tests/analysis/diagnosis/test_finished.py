"""Why a run with exit code 0 ended where it did, story by story."""

import pytest

from tests.analysis.diagnosis.ends import (
    FLAGS,
    KEEP,
    MAYBE,
    NO_BAND,
    PATIENT,
    STOP,
    UNFLAGGED,
    cause_of,
    end,
)

STORIES = {
    "made its whole budget": (end(n_reports=27, exit_code=0), "completed", "HIGH"),
    "made its whole budget, though Hyperband had decided": (
        end(n_reports=27, exit_code=0, ruling=STOP, **FLAGS),
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
        "hyperband",
        "LOW",
    ),
    "W&B flagged none, and all runs finish where the rule stops them": (
        end(ruling=STOP, exit_code=0, stopped=False, should_stop=False, n=9, n_ruled=9),
        "hyperband",
        "LOW",
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
        "hyperband",
        "LOW",
    ),
    "finished where the rule stops it at some moments, and stopped runs end otherwise": (
        end(ruling=MAYBE, exit_code=0, n=3, n_ruled=1, n_ruled_otherwise=6),
        "hyperband",
        "LOW",
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
    "an exit record ends all doubt about being alive": (
        end(silence_s=1, exit_code=0, n_reports=27),
        "completed",
        "HIGH",
    ),
}


@pytest.mark.parametrize(("evidence", "cause", "confidence"), STORIES.values(), ids=STORIES.keys())
def test_story(evidence, cause, confidence):
    assert cause_of(evidence) == (cause, confidence)

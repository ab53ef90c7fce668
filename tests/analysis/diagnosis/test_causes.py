"""Why a run ended, story by story: what is known, and the cause that follows."""

import pytest

from tests.analysis.diagnosis.ends import (
    FLAGS,
    KEEP,
    MAYBE,
    NO_BAND,
    STOP,
    UNFLAGGED,
    cause_of,
    end,
)
from wbtools.analysis.diagnosis.causes import find_cause
from wbtools.model import RunState

STORIES = {
    "made its whole budget, and its last record was lost": (
        end(n_reports=27),
        "completed",
        "HIGH",
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
    "begun a minute ago, and no other sign of life yet": (
        end(silence_s=None, age_s=60, n_reports=0),
        "running",
        "MEDIUM",
    ),
    "begun long ago, and no other sign of life": (
        end(silence_s=None, n_reports=0),
        "unknown",
        "LOW",
    ),
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
}


@pytest.mark.parametrize(("evidence", "cause", "confidence"), STORIES.values(), ids=STORIES.keys())
def test_story(evidence, cause, confidence):
    assert cause_of(evidence) == (cause, confidence)


def test_what_cannot_be_explained_says_where_to_look():
    assert "look for" in find_cause(end(exit_code=143, ruling=KEEP)).because

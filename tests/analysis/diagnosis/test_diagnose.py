"""How far each run came: one answer for every command."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.answers.samples import NO_RULE, UNKNOWN_RULE, question, run, sweep
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.errors import DataError
from wbtools.model import RunState

BUDGET = {"epochs": 4}
A_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = {
    "completed": (
        {"state": RunState.FINISHED, "exit_code": 0},
        [0.1, 0.2, 0.3, 0.4],
        Completion.FULL,
    ),
    "ended by itself, and no rule could stop it": (
        {"state": RunState.FINISHED, "exit_code": 0},
        [0.1, 0.2],
        Completion.FULL,
    ),
    "killed": ({"state": RunState.KILLED}, [0.1, 0.2], Completion.CENSORED),
    "silent since long": ({"heartbeat_at": A_MOMENT}, [0.1, 0.2], Completion.CENSORED),
    "crashed": ({"state": RunState.CRASHED}, [0.1, 0.2], Completion.FAILED),
    "failed": ({"state": RunState.FAILED, "exit_code": 1}, [0.1, 0.2], Completion.FAILED),
    "still running": ({"state": RunState.RUNNING}, [0.1], Completion.RUNNING),
    "of unknown end": (
        {"state": RunState.UNKNOWN, "heartbeat_at": None},
        [0.1],
        Completion.UNKNOWN,
    ),
}


def diagnosis_of(*names, rule=NO_RULE):
    runs = [run(k, config=BUDGET, **RUNS[name][0]) for k, name in enumerate(names, start=1)]
    return diagnose(sweep(runs, [RUNS[name][1] for name in names]), question(rule=rule))


@pytest.mark.parametrize("name", RUNS)
def test_how_far_a_run_came(name):
    assert diagnosis_of("completed", name).completions[1] is RUNS[name][2]


def test_every_cause_has_a_completion_and_only_two_count():
    assert {cause.completion for cause in Cause} == set(Completion)
    assert {each for each in Completion if each.counts} == {Completion.FULL, Completion.UNKNOWN}


def test_the_arrays_of_a_diagnosis_agree_with_its_words():
    names = list(RUNS)
    diagnosis = diagnosis_of(*names)
    assert diagnosis.full.tolist() == [RUNS[name][2] is Completion.FULL for name in names]
    assert diagnosis.outcomes.is_short.tolist() == [len(RUNS[name][1]) < 4 for name in names]
    assert np.flatnonzero(diagnosis.might_have_gone_on).tolist() == [2, 3, 4, 5, 7]
    assert diagnosis.caused_by(Cause.FAILED, Cause.CRASHED).sum() == 2
    for completion in Completion:
        expected = [RUNS[name][2] is completion for name in names]
        assert diagnosis.came_to(completion).tolist() == expected


def test_a_run_of_unknown_end_is_no_candidate_unless_it_is_known_to_be_short():
    runs = [run(k, state=RunState.UNKNOWN, heartbeat_at=None, summary={"loss": k}) for k in (1, 2)]
    diagnosis = diagnose(sweep(runs, None), question(rule=NO_RULE))
    assert set(diagnosis.completions) == {Completion.UNKNOWN}
    assert not diagnosis.might_have_gone_on.any()


def test_a_sweep_without_any_value_is_diagnosed_and_refused_by_who_needs_one():
    runs = [run(1, state=RunState.FINISHED, exit_code=0, summary={})]
    diagnosis = diagnose(sweep(runs, None), question(rule=NO_RULE))
    with pytest.raises(DataError, match="no run has a finite value"):
        diagnosis.require_values()


def test_runs_without_an_exit_code_share_no_way_of_ending():
    """Three running and one failed run are no four that ended short alike."""
    states = [RunState.FINISHED, RunState.FINISHED, RunState.FAILED, *[RunState.RUNNING] * 3]
    runs = [run(k, state=state, config=BUDGET) for k, state in enumerate(states, start=1)]
    curves = [[0.1, 0.2, 0.3, 0.4]] * 2 + [[0.1, 0.2]] * 4
    diagnosis = diagnose(sweep(runs, curves), question(rule=UNKNOWN_RULE))
    assert diagnosis.terminations[2].cause is Cause.FAILED


def test_finished_runs_that_all_differ_set_no_length_for_each_other():
    runs = [run(k, state=RunState.FINISHED, config={}) for k in range(1, 5)]
    lengths = (4, 3, 2, 1)
    diagnosis = diagnose(sweep(runs, [[0.1] * n for n in lengths]), question(rule=UNKNOWN_RULE))
    assert set(diagnosis.completions) == {Completion.FULL}
    budget = diagnosis.outcomes.budget
    assert (budget.source, budget.reports.tolist()) == ("longest", list(lengths))
    assert not budget.reached.any()

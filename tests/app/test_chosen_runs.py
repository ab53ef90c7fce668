"""Which runs `--run failed` means, and how those are named that it does not mean."""

from dataclasses import replace

import pytest

from tests.analysis.sweeps import CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.audit import audit
from wbtools.app.chosen_runs import choose_runs
from wbtools.errors import UsageError


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "--run 3 takes them in"),
        ({"id": "x y;$(touch z)", "number": None}, "--run 'x y;$(touch z)' takes them in"),
        ({"number": 1}, "--run run3 takes them in"),
    ],
    ids=["a number", "a hostile id", "a number that another run has too"],
)
def test_runs_whose_end_nothing_accounts_for_are_named_for_a_shell(facts, words):
    small = sweep(
        [9, 8, 7, 6, 5, 4],
        [9, 8, 7, 6, 5, 3],
        [6, 5],
        facts=[FINISHED, FINISHED, CUT_OFF],
        config={"epochs": 6},
    )
    *others, last = small.runs
    small = replace(small, runs=(*others, replace(last, **facts)))
    answer = audit(small, question("hyperband(min_iter=2,eta=2)"))
    with pytest.raises(UsageError) as error:
        choose_runs(answer, ["failed"], "sweep x", dict, can_start=False, is_of_sweep=True)
    assert error.value.hint == f"nothing accounts for the end of 1 run: {words}"

"""How many reports a full run makes, and how we know."""

from fractions import Fraction

import numpy as np
import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.diagnosis.budget import full_budget
from wbtools.model import RunState

DONE, CUT = RunState.FINISHED, RunState.UNKNOWN


def budget_of(*runs: tuple[RunState, dict, int], option=None):
    return full_budget(
        [run(k, state=state, config=config) for k, (state, config, _) in enumerate(runs)],
        np.array([n for _, _, n in runs]),
        option=option,
    )


STORIES = {
    "each run's own epochs": (
        [(DONE, {"epochs": 20}, 20), (DONE, {"epochs": 24}, 24), (CUT, {"epochs": 22}, 5)],
        ("config", "epochs", Fraction(1), [20, 24, 22]),
    ),
    "nested names": (
        [(DONE, {"trainer.max_epochs": 22}, 22), (CUT, {"trainer.max_epochs": 22}, 10)],
        ("config", "trainer.max_epochs", Fraction(1), [22, 22]),
    ),
    "two rows an epoch": (
        [(DONE, {"epochs": 10}, 20), (CUT, {"epochs": 10}, 3)],
        ("config", "epochs", Fraction(2), [20, 20]),
    ),
    "validation every tenth epoch": (
        [(DONE, {"epochs": 100}, 10), (CUT, {"epochs": 200}, 3)],
        ("config", "epochs", Fraction(1, 10), [10, 20]),
    ),
    "a finished run that stopped itself is not the measure": (
        [(DONE, {"epochs": 100}, 41), (CUT, {"epochs": 100}, 3)],
        ("config", "epochs", Fraction(1), [100, 100]),
    ),
    "steps count only if a finished run shows what they are": (
        [(DONE, {"max_steps": 1000}, 10), (CUT, {"max_steps": 1000}, 3)],
        ("config", "max_steps", Fraction(1, 100), [10, 10]),
    ),
    "steps without a finished run say nothing": (
        [(CUT, {"max_steps": 1000}, 10), (CUT, {"max_steps": 1000}, 3)],
        ("unknown", None, None, [0, 0]),
    ),
    "no such key: what most finished runs made": (
        [(DONE, {}, 22), (DONE, {}, 22), (DONE, {}, 9), (CUT, {}, 3)],
        ("completed", None, None, [22, 22, 22, 22]),
    ),
    "epochs as text, boolean or zero are no number": (
        [(DONE, {"epochs": "9", "max_epochs": True, "n_epochs": 0}, 7)],
        ("completed", None, None, [7]),
    ),
    "programs that end with 0 when told to stop do not set the budget": (
        [(DONE, {"epochs": 27}, 27)] * 4 + [(DONE, {"epochs": 27}, 9)] * 12,
        ("config", "epochs", Fraction(1), [27] * 16),
    ),
    "nor do they without a key": (
        [(DONE, {}, 27)] * 2 + [(DONE, {}, 9)] * 12,
        ("completed", None, None, [27] * 14),
    ),
    "a finished run that others outran is no measure": (
        [(DONE, {"epochs": 10}, 5)] + [(CUT, {"epochs": 10}, 6)] * 5,
        ("config", "epochs", Fraction(1), [10] * 6),
    ),
    "the last epoch logged is no budget": (
        [(DONE, {"epoch": 20}, 20), (CUT, {"epoch": 3}, 3)],
        ("completed", None, None, [20, 20]),
    ),
    "a solver's max_iter is no budget": (
        [(DONE, {"max_iter": 5}, 20), (CUT, {"max_iter": 5}, 3)],
        ("completed", None, None, [20, 20]),
    ),
    "one run that logged rows twice changes nothing": (
        [(DONE, {"epochs": 10}, 10)] * 20 + [(CUT, {"epochs": 10}, 13)],
        ("config", "epochs", Fraction(1), [10] * 21),
    ),
    "numbers beyond all bounds": (
        [(DONE, {"epochs": 10**400, "max_epochs": 1e300, "n_epochs": float("inf")}, 7)],
        ("completed", None, None, [7]),
    ),
    "nothing at all": ([(CUT, {}, 3)], ("unknown", None, None, [0])),
}


@pytest.mark.parametrize(("runs", "expected"), STORIES.values(), ids=STORIES.keys())
def test_story(runs, expected):
    found = budget_of(*runs)
    assert (found.source, found.key, found.reports_per_unit, found.reports.tolist()) == expected


def test_an_evaluation_before_training_is_told_from_the_epochs():
    found = budget_of(
        (DONE, {"epochs": 20}, 21), (DONE, {"epochs": 24}, 25), (CUT, {"epochs": 22}, 5)
    )
    assert found.reports.tolist() == [21, 25, 23]
    assert found.n_before == 1
    assert found.in_units(11) == 10.0


def test_an_evaluation_before_training_is_told_where_all_budgets_are_equal():
    found = budget_of(*[(DONE, {"epochs": 10}, 11)] * 4, (CUT, {"epochs": 10}, 5))
    assert (found.reports_per_unit, found.n_before) == (1, 1)
    assert found.in_units(9) == 8.0


def test_the_option_wins():
    found = budget_of((DONE, {"epochs": 20}, 20), option=30)
    assert (found.source, found.reports.tolist(), found.typical) == ("option", [30], 30)

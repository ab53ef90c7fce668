"""The whole answer, and what must not change it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.importance.runs import audited
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.importance import assess, forest
from wbtools.errors import DataError
from wbtools.model import Goal, RunState

RNG = np.random.default_rng(0)
CONFIGS = [
    {"lr": float(10 ** RNG.uniform(-4, -1)), "opt": ["sgd", "adam", "lion"][k % 3], "seed": 0}
    for k in range(40)
]
LOSS = [float(3 * abs(np.log10(c["lr"]) + 2.5) + (c["opt"] == "sgd")) for c in CONFIGS]

FEW = settings(max_examples=12, deadline=None)
VALUES = st.lists(st.integers(1, 9), min_size=8, max_size=16)


def numbers(importance):
    """Everything that is said of the parameters, whatever the units."""
    return [
        (
            parameter.name,
            parameter.n,
            parameter.association,
            parameter.permutation,
            parameter.main_effect,
            parameter.total_effect,
            [point.standing for point in parameter.marginal],
            [(part.n, part.n_censored, part.failed) for part in parameter.bins],
        )
        for parameter in importance.parameters
    ]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(forest, "N_FORESTS", 3)
    monkeypatch.setattr(forest, "N_TREES", 8)


def configs_of(values):
    return [{"a": k * 0.37 % 1, "b": "xyz"[k % 3], "c": 7} for k in range(len(values))]


@FEW
@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_the_runs_changes_nothing(values, rng):
    configs = configs_of(values)
    audit = audited([float(v) for v in values], configs)
    rows = list(audit.rows)
    rng.shuffle(rows)
    assert numbers(assess(replace(audit, rows=tuple(rows)), None)) == numbers(assess(audit, None))


@FEW
@given(VALUES)
def test_the_other_goal_with_the_other_sign_is_the_same(values):
    configs = configs_of(values)
    down = assess(audited([float(v) for v in values], configs), None)
    up = assess(audited([-float(v) for v in values], configs, goal=Goal.MAXIMIZE), None)
    assert numbers(down) == numbers(up)


@FEW
@given(VALUES, st.sampled_from([0.5, 4.0, 1024.0]))
def test_units_change_nothing_but_themselves(values, factor):
    configs = configs_of(values)
    importance = assess(audited([float(v) for v in values], configs), None)
    scaled = assess(audited([v * factor for v in values], configs), None)
    assert numbers(importance) == numbers(scaled)
    for parameter, scaled_parameter in zip(importance.parameters, scaled.parameters, strict=True):
        for part, other in zip(parameter.bins, scaled_parameter.bins, strict=True):
            if part.mean is not None:
                assert other.mean.estimate == pytest.approx(part.mean.estimate * factor)


@pytest.mark.usefixtures("small")
def test_forests_are_as_indifferent():
    audit = audited(LOSS, CONFIGS)
    expected = numbers(assess(audit, None))
    assert expected[0][3] is not None
    assert numbers(assess(replace(audit, rows=audit.rows[::-1]), None)) == expected
    turned = audited([-4 * v for v in LOSS], CONFIGS, goal=Goal.MAXIMIZE)
    assert numbers(assess(turned, None)) == expected


@pytest.mark.usefixtures("small")
def test_what_matters_comes_first_and_progress_is_told():
    heard = []
    importance = assess(
        audited(LOSS, CONFIGS), None, on_progress=lambda *progress: heard.append(progress)
    )
    assert [parameter.name for parameter in importance.parameters] == ["lr", "opt"]
    assert (importance.n, importance.n_by_completion[Completion.FULL]) == (40, 40)
    assert (importance.constant, importance.searched) == (("seed",), False)
    assert heard == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.usefixtures("small")
def test_diverged_and_crashed_runs_are_failures_and_have_no_value():
    values = [None if c["lr"] > 0.02 else v for c, v in zip(CONFIGS, LOSS, strict=True)]
    crashed = {"state": RunState.CRASHED, "exit_code": 1}
    facts = [crashed if k == 0 else {} for k in range(40)]
    importance = assess(audited(values, CONFIGS, facts=facts), None)
    n_diverged = values.count(None)
    assert (importance.failures.n_diverged, importance.failures.n_runs) == (n_diverged, 40)
    assert importance.n_silent == n_diverged
    (region,) = importance.failures.regions
    assert (region.name, region.part) == ("lr", 2)


def test_few_runs_get_reasons_in_place_of_numbers():
    importance = assess(audited(LOSS[:5], CONFIGS[:5]), None)
    assert importance.no_forest_because is not None
    assert all(parameter.association.strength is None for parameter in importance.parameters)
    assert all(parameter.association.abstained_because for parameter in importance.parameters)
    assert importance.edges == ()


@pytest.mark.parametrize(
    ("values", "configs", "words"),
    [
        ([1.0, 2.0], [{"a": 1}, {"a": 1}], "no parameter varies"),
        ([1.0], [{"a": 1}], "no parameter varies"),
    ],
    ids=["nothing varies", "one run"],
)
def test_where_nothing_can_be_said_it_says_so(values, configs, words):
    with pytest.raises(DataError, match=words):
        assess(audited(values, configs), None)

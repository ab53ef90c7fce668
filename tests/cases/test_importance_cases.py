"""`wbtools importance` where it crashed, saw bounds in noise or turned an answer round."""

import re

import pytest

from tests.cases.answers import (
    association_at_most,
    at_a_bound,
    main_effect,
    pairs,
    parameters,
    surely_matters,
)
from wbtools.analysis.importance import forest


@pytest.fixture(autouse=True)
def _small_forests(monkeypatch):
    """Grow few trees: no case depends on how exact a forest is."""
    monkeypatch.setattr(forest, "N_FORESTS", 3)
    monkeypatch.setattr(forest, "N_TREES", 8)


@pytest.fixture
def importance(wbtools):
    def ask(source, *words):
        return wbtools("importance", source, "--format", "json", "-q", *words)

    return ask


def _of_trials(name):
    goal = "minimize" if name == "killed_min" else "maximize"
    metric = "loss" if name == "killed_min" else "value"
    return (f"bug-27/{name}.csv", "--metric", metric, "--goal", goal)


CUT_SHORT = pytest.mark.parametrize("name", ["killed", "pruned", "killed_min"])


@CUT_SHORT
def test_bug_27_a_parameter_that_pruned_runs_do_not_show_is_not_sure(importance, name):
    assert not surely_matters(parameters(importance(*_of_trials(name)))["f2"])


@CUT_SHORT
def test_bug_27_the_parameter_that_decides_who_is_pruned_comes_first(importance, name):
    found = parameters(importance(*_of_trials(name)))
    assert next(iter(found)) == "f1"
    highest = association_at_most(found["f1"])
    assert highest is None or highest >= 0.88


@CUT_SHORT
def test_bug_27_equal_values_have_no_scatter(wbtools, name):
    answer = wbtools("importance", *_of_trials(name), "-q")
    assert answer.code == 0
    assert not re.search(r"\d\.\d{10}|\de-1\d", answer.out)


def test_bug_27_only_the_marked_columns_of_a_ray_table_are_parameters(importance):
    answer = importance("bug-27/ray.csv", "--metric", "mean_accuracy", "--goal", "maximize")
    names = {name.removeprefix("config/") for name in parameters(answer)}
    assert {"lr", "batch_size"} <= names <= {"lr", "batch_size", "seed"}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["bug-45/p"], id="bug-45"),
        pytest.param(["bug-43/p"], id="bug-43"),
        pytest.param(["demo", "--parameter", "lr"], id="one of several"),
    ],
)
def test_bug_45_one_parameter_has_the_whole_share(importance, words):
    answer = importance(*words)
    assert "internal error" not in answer.err
    ((name, found),) = parameters(answer).items()
    assert name == "lr"
    assert main_effect(found) == pytest.approx(1)
    assert pairs(answer) == []


@pytest.mark.parametrize("seed", range(6))
def test_wild_05_no_bound_is_seen_in_noise(importance, seed):
    answer = importance(f"wild-05/noise{seed}.csv", "--metric", "score", "--goal", "maximize")
    assert at_a_bound(answer) == []

"""Runs of one sweep as sides, by what W&B knows or by a parameter."""

import pytest

from tests.analysis.comparison.sides import side
from wbtools.analysis.comparison import split_by
from wbtools.errors import UsageError


def runs(*configs, **attributes):
    facts = [{"config": config} for config in configs]
    for name, values in attributes.items():
        for run_facts, value in zip(facts, values, strict=True):
            run_facts[name] = value
    return side(*[[1.0 / k] for k in range(1, len(configs) + 1)], facts=facts)


@pytest.mark.parametrize(
    ("key", "names", "n_without"),
    [
        pytest.param("lr", ["0.001", "0.01", "0.1"], 0, id="numbers ascend"),
        pytest.param("net.kind", ["z", "a"], 1, id="words as they come, without the rest"),
        pytest.param("group", ["seeds", "search"], 1, id="W&B's own group before a parameter"),
        pytest.param("state", ["finished"], 0, id="W&B's state"),
    ],
)
def test_a_side_for_every_value(key, names, n_without):
    whole = runs(
        {"lr": 0.1, "net.kind": "z", "group": "x"},
        {"lr": 0.001, "group": "x"},
        {"lr": 0.01, "net.kind": "a", "group": "y"},
        {"lr": 0.1, "net.kind": "z", "group": "x"},
        group=["seeds", "search", None, "seeds"],
    )
    sides, left_out = split_by(whole, key)
    assert ([group.name for group in sides], left_out) == (names, n_without)
    assert sum(len(group.runs) for group in sides) == len(whole.runs) - n_without
    for group in sides:
        assert len(group.runs) == len(group.best) == len(group.so_far) == len(group.causes)


def test_a_number_is_one_value_however_it_is_written():
    whole = runs({"bs": 64.0}, {"bs": 32}, {"bs": 32.0}, {"bs": 64}, {"bs": -0.0}, {"bs": 0})
    sides, _ = split_by(whole, "bs")
    assert [(group.name, len(group.runs)) for group in sides] == [("0", 2), ("32", 2), ("64", 2)]


def test_numbers_that_no_float_holds_are_values_too():
    sides, _ = split_by(runs({"k": 10**400}, {"k": 1}, {"k": float("nan")}), "k")
    assert [len(group.runs) for group in sides] == [1, 1, 1]


def test_a_parts_runs_keep_their_own_values():
    whole = runs({"k": 1}, {"k": 2}, {"k": 1})
    ones, twos = split_by(whole, "k")[0]
    assert ones.best.tolist() == [1.0, pytest.approx(1 / 3)]
    assert twos.best.tolist() == [0.5]
    assert [run.number for run in ones.runs] == [1, 3]


@pytest.mark.parametrize(
    ("key", "config", "message"),
    [
        pytest.param("optimizer", {"lr": 1}, "no run of a has 'optimizer'", id="nobody has it"),
        pytest.param("api_key", {"api_key": "abcd1234"}, "masked", id="a secret names no side"),
    ],
)
def test_what_cannot_group(key, config, message):
    with pytest.raises(UsageError, match=message):
        split_by(runs(config, config), key)


@pytest.mark.parametrize(
    ("n_values", "n_each"), [(101, 3), (11, 1)], ids=["more than 100 sides", "a side a run"]
)
def test_too_many_values_are_no_grouping(n_values, n_each):
    with pytest.raises(UsageError, match=f"{n_values} values in {n_values * n_each} runs"):
        split_by(runs(*[{"lr": k} for k in range(n_values)] * n_each), "lr")


def test_a_few_single_runs_are_sides():
    assert len(split_by(runs(*[{"lr": k} for k in range(10)]), "lr")[0]) == 10

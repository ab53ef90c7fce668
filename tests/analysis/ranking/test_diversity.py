"""Gower's distance by hand, and a choice that never takes a neighbour."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.ranking.runs import board, measured
from wbtools.analysis.ranking.diversity import Gower, choose
from wbtools.sweepfile.space import Choice, Constant, Range

LR = Range(low=1e-4, high=1e-1, kind="log_uniform_values")
SPACE = {
    "lr": LR,
    "dropout": Range(low=0.0, high=0.5, kind="uniform"),
    "batch": Choice(values=(16, 32, 64, 128, 256)),
    "opt": Choice(values=("adam", "sgd", "lion")),
}
PAIRS = {
    "a decade of three": ({"lr": 1e-3}, {"lr": 1e-2}, 1 / 3),
    "a fifth of a plain range": ({"dropout": 0.1}, {"dropout": 0.2}, 0.2),
    "two places of a list of five": ({"batch": 16}, {"batch": 64}, 0.5),
    "another word": ({"opt": "adam"}, {"opt": "sgd"}, 1.0),
    "the mean of all": (
        {"lr": 1e-3, "dropout": 0.1, "batch": 16, "opt": "adam"},
        {"lr": 1e-2, "dropout": 0.2, "batch": 64, "opt": "sgd"},
        (1 / 3 + 0.2 + 0.5 + 1) / 4,
    ),
    "a conditional that one of them lacks": (
        {"dropout": 0.1, "momentum": 0.9},
        {"dropout": 0.2},
        (0.2 + 1) / 2,
    ),
    "beyond the range, no more than all of it": ({"dropout": -9.0}, {"dropout": 9.0}, 1.0),
    "what has no logarithm": ({"lr": 0.0}, {"lr": 1e-2}, 1.0),
    "a number that the list does not hold": ({"batch": 48}, {"batch": 64}, 1.0),
    "a text in place of a number": ({"lr": "auto"}, {"lr": 1e-2}, 1.0),
}


@pytest.mark.parametrize(("config", "other_config", "expected"), PAIRS.values(), ids=PAIRS.keys())
def test_the_distance(config, other_config, expected):
    gower = Gower([config, other_config], SPACE)
    assert gower.distance(config, other_config) == pytest.approx(expected)
    assert gower.distance(other_config, config) == pytest.approx(expected)
    assert gower.distance(config, config) == 0


def test_what_never_varies_does_not_water_the_distance_down():
    configs = [{"lr": 1e-3, "epochs": 50}, {"lr": 1e-2, "epochs": 50.0}]
    gower = Gower(configs, SPACE | {"epochs": Constant(body={"value": 50})})
    assert gower.names == ("lr",)


def test_without_a_sweep_file_the_tried_values_are_the_range():
    configs = [{"lr": 10.0**-k} for k in range(1, 9)]
    assert Gower(configs, {}).distance(configs[0], configs[1]) == pytest.approx(1 / 7)


def test_a_distribution_without_bounds_is_taken_as_it_was_tried():
    configs = [{"x": float(k)} for k in range(8)]
    gower = Gower(configs, {"x": Constant(body={"distribution": "normal"})})
    assert gower.distance(configs[0], configs[7]) == 1


def picked(values, n, least=0.1, space=SPACE):
    runs = [measured(k, 1.0 - k / 100, lr=lr) for k, lr in enumerate(values, start=1)]
    rows = board(runs).ranked
    return choose(rows, [row.configuration.parameters for row in rows], space, n, least=least)


def test_the_best_far_enough_from_all_before():
    found = picked([1e-3, 1.1e-3, 2e-3, 1.05e-3, 1e-2], 3)
    assert [pick.row.rank for pick in found.picks] == [1, 3, 5]
    assert found.n_close == 2
    assert found.picks[2].distances == pytest.approx((1 / 3, math.log10(5) / 3))


def test_fewer_than_asked_where_no_more_lie_apart():
    found = picked([1e-3, 1.01e-3, 1.02e-3], 2)
    assert (len(found.picks), found.n_asked, found.n_close) == (1, 2, 2)


def test_a_least_distance_of_zero_is_the_top_of_the_list():
    found = picked([1e-3, 1e-3 * 1.0001, 1e-2], 2, least=0.0)
    assert [pick.row.rank for pick in found.picks] == [1, 2]


@given(
    st.lists(st.floats(1e-4, 1e-1), min_size=1, max_size=12, unique=True),
    st.integers(1, 5),
    st.floats(0, 1),
)
def test_no_two_choices_are_near_and_nothing_better_was_free(values, n, least):
    found = picked(values, n, least)
    assert all(distance >= least for pick in found.picks for distance in pick.distances)
    assert found.picks[0].row.rank == 1
    ranks = [pick.row.rank for pick in found.picks]
    assert ranks == sorted(ranks)
    assert len(ranks) + found.n_close <= len(values)

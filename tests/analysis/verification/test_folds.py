"""Replicas over folds: their spread, and which fold is odd."""

import numpy as np
import pytest

from tests.replication.launches import run_of
from wbtools.analysis.verification.folds import fold_name, fold_spread

ORIGINAL = (run_of(id="original", config={"lr": 0.1}), 0.9)


def replicas(values, name="fold"):
    return [
        (run_of(id=f"rep{k}", config={name: fold, "lr": 0.1}), value)
        for k, (fold, value) in enumerate(values)
    ]


def test_a_fold_far_from_the_others_is_odd():
    spread = fold_spread("fold", replicas([(0, 0.9), (1, 0.91), (2, 0.92), (3, 0.5)]), ORIGINAL)
    assert spread.odd.fold == 3
    # 0.8075 is the mean, 0.2052 the standard deviation; the limit is Grubbs' table's for n = 4
    assert spread.odd.score == pytest.approx(-1.4988, abs=0.0001)
    assert spread.limit == pytest.approx(1.481, abs=0.0005)
    assert spread.summary.mean == pytest.approx(0.8075)


def test_folds_that_scatter_alike_are_not_odd():
    spread = fold_spread("fold", replicas([(k, 0.9 + k / 100) for k in range(5)]), ORIGINAL)
    assert spread.odd is None
    assert all(abs(member.score) < 1.4 for member in spread.members)


@pytest.mark.slow  # thousands of replications
@pytest.mark.parametrize(("n", "power"), [(4, 0.21), (5, 0.38), (7, 0.62), (10, 0.77)])
def test_of_honest_folds_hardly_ever_any_is_called_odd(n, power):
    # 2,000 replications with normal folds each, then with one that lies 5 standard deviations off.
    draws = np.random.default_rng(0).standard_normal((2000, n))
    assert share_odd(draws) == pytest.approx(0.05, abs=0.015)
    draws[:, 0] += 5
    assert share_odd(draws) == pytest.approx(power, abs=0.04)


def share_odd(draws):
    found = [fold_spread("fold", replicas(list(enumerate(row))), ORIGINAL) for row in draws]
    return np.mean([spread.odd is not None for spread in found])


@pytest.mark.parametrize(
    "values",
    [[(0, 0.9), (1, 0.91), (2, 0.1)], [(0, 0.9), (1, 0.9), (2, 0.9), (3, 0.1)]],
    ids=["three folds", "most have one value"],
)
def test_where_nothing_tells_no_fold_is_odd(values):
    spread = fold_spread("fold", replicas(values), ORIGINAL)
    assert all(member.score is None for member in spread.members)
    assert (spread.odd, spread.limit) == (None, None)


def test_one_fold_has_no_spread():
    assert fold_spread("fold", replicas([(0, 0.9), (0, 0.8)]), ORIGINAL) is None


def test_seeds_of_one_fold_are_averaged_and_folds_count_once():
    values = [(10, 0.8), (2, 0.9), (2, 0.7), ("x", 0.6)]
    spread = fold_spread("fold", replicas(values), ORIGINAL)
    assert [(member.fold, member.n_replicas) for member in spread.members] == [
        (2, 2), (10, 1), ("x", 1),
    ]  # fmt: skip
    assert spread.members[0].value == pytest.approx(0.8)
    assert spread.summary.n == 3


def test_the_originals_own_fold_is_compared():
    original = (run_of(id="original", config={"fold": 1.0}), 0.85)
    spread = fold_spread("fold", replicas([(0, 0.9), (1, 0.8)]), original)
    assert [member.original for member in spread.members] == [None, 0.85]
    assert spread.members[1].difference == pytest.approx(-0.05)


def test_the_name_of_the_fold():
    configs = [{"lr": 1, "data.cv_fold": 0, "data.part": 1}]
    assert fold_name(configs, None) == "data.cv_fold"
    assert fold_name(configs, "data.part") == "data.part"
    assert fold_name(configs, "part") == "data.part"
    assert fold_name(configs, "piece") is None
    assert fold_name([{"n_folds": 5}], None) is None

"""Replicas over folds: their spread, and which fold is odd."""

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
    assert [member.fold for member in spread.odd] == [3]
    # the median is 0.905, and the median distance from it 0.01
    assert spread.odd[0].score == pytest.approx(-27.317, abs=0.001)
    assert spread.summary.mean == pytest.approx(0.8075)


def test_folds_that_scatter_alike_are_not_odd():
    spread = fold_spread("fold", replicas([(k, 0.9 + k / 100) for k in range(5)]), ORIGINAL)
    assert spread.odd == ()
    assert all(abs(member.score) < 1.4 for member in spread.members)


@pytest.mark.parametrize(
    "values",
    [[(0, 0.9), (1, 0.91), (2, 0.1)], [(0, 0.9), (1, 0.9), (2, 0.9), (3, 0.1)]],
    ids=["three folds", "most have one value"],
)
def test_where_nothing_tells_no_fold_is_odd(values):
    spread = fold_spread("fold", replicas(values), ORIGINAL)
    assert all(member.score is None for member in spread.members)
    assert spread.odd == ()


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

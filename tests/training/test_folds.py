"""Families are left out whole, and count by what stands behind them."""

from collections import Counter
from itertools import chain

import numpy as np
import pytest

from tests.training.banks import DEV_TASKS
from tests.training.folds import FOLDS, PRIOR, PRIOR_SHARE, TASKSET, family, fold, row_shares


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("s46_g65_reward_200", "s46"),
        ("s46_all_reward_201_3", "s46"),
        ("s106_g150_acc_343", "s106"),
        ("imdb_rnn_17", TASKSET),
        ("prior plateau-jump 3", PRIOR),
        ("spirals_mlp", "spirals_mlp"),
        ("s", "s"),
        ("_other", "_other"),
    ],
)
def test_a_family_is_read_from_the_name_of_a_task(task, name):
    assert family(task) == name


def test_each_family_is_in_one_fold():
    counts = Counter(chain.from_iterable(FOLDS))
    assert set(counts.values()) == {1}
    assert all(family(f"{name}_g1_loss_2") == name for name in counts if name[1:].isdigit())
    assert [fold(task) for task in DEV_TASKS] == [0, 1, 2, 3, 4, 5]
    assert fold("imdb_rnn_1") == fold("s106_g149_acc_342_3")
    assert fold("prior smooth 1") == -1
    with pytest.raises(ValueError, match="'cifar' of the task 'cifar'"):
        fold("cifar")


def test_priors_have_their_share_and_real_families_count_by_their_runs():
    counts = {"prior smooth 1": 7, "prior restarts 2": 50, "parity_mlp": 30, "cartpole_pg": 3}
    counts |= {"s46_g65_reward_200": 5, "s46_g66_reward_200": 20}
    tasks = np.repeat(list(counts), list(counts.values()))
    shares = row_shares(tasks)
    of_task = {task: shares[tasks == task].sum() / len(tasks) for task in counts}
    assert shares.mean() == pytest.approx(1)
    priors = of_task["prior smooth 1"], of_task["prior restarts 2"]
    assert priors == pytest.approx([PRIOR_SHARE / 2] * 2)
    assert of_task["parity_mlp"] == pytest.approx(of_task["cartpole_pg"])
    siblings = of_task["s46_g65_reward_200"], of_task["s46_g66_reward_200"]
    assert siblings[0] == pytest.approx(siblings[1])
    assert sum(siblings) < of_task["parity_mlp"]
    assert all(len(set(shares[tasks == task])) == 1 for task in counts)


def test_without_priors_real_families_share_all():
    tasks = np.repeat(["parity_mlp", "imdb_1", "imdb_2"], [10, 30, 60])
    shares = row_shares(tasks)
    assert shares[:10].sum() == pytest.approx(shares[10:].sum())
    assert shares.mean() == pytest.approx(1)

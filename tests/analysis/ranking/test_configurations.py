"""Which runs are one configuration, and which are one measurement."""

import pytest

from tests.analysis.ranking.runs import measured
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.configurations import (
    GroupingKey,
    configurations,
    perhaps_results,
    varying,
)

SEEDS = {
    "a seed": ({"seed": 1}, {"seed": 2}, GroupingKey(), 1),
    "a nested random seed": ({"train.random-seed": 1}, {"train.random-seed": 2}, GroupingKey(), 1),
    "W&B's own names": ({"_wandb": 1}, {"_wandb": 2}, GroupingKey(), 1),
    "a learning rate": ({"lr": 1}, {"lr": 2}, GroupingKey(), 2),
    "a fold": ({"fold": 1}, {"fold": 2}, GroupingKey(), 1),
    "folds that are grouped by": ({"fold": 1}, {"fold": 2}, GroupingKey(group_by=("fold",)), 2),
    "a name that is said to": ({"split": 1}, {"split": 2}, GroupingKey(seed_keys={"split"}), 1),
    "a seed that is grouped by": ({"seed": 1}, {"seed": 2}, GroupingKey(group_by=("seed",)), 2),
    "all but what is grouped by": (
        {"lr": 1, "wd": 1},
        {"lr": 1, "wd": 2},
        GroupingKey(group_by=("lr",)),
        1,
    ),
    "a result": ({"acc": 1}, {"acc": 2}, GroupingKey(results=frozenset({"acc"})), 1),
    "a parameter that one of them lacks": ({"lr": 1}, {"lr": 1, "momentum": 0.9}, GroupingKey(), 2),
}


@pytest.mark.parametrize(
    ("config", "other_config", "identity", "n"), SEEDS.values(), ids=SEEDS.keys()
)
def test_what_makes_another_configuration(config, other_config, identity, n):
    runs = [measured(1, 0.5, **config), measured(2, 0.6, **other_config)]
    assert len(configurations(runs, identity)) == n


def test_a_wandb_group_is_a_name_to_group_by():
    runs = [measured(k, 0.5, group="ab"[k % 2], lr=k) for k in range(6)]
    found = configurations(runs, GroupingKey(group_by=("group",)))
    assert [(configuration.parameters, len(configuration.counted)) for configuration in found] == [
        ({"group": "a"}, 3),
        ({"group": "b"}, 3),
    ]


def test_runs_of_other_sweeps_stay_apart():
    runs = [measured(1, 0.5, lr=1), measured(2, 0.6, lr=1, stage=1)]
    found = configurations(runs, GroupingKey())
    assert [configuration.stage for configuration in found] == [0, 1]
    assert found[0].key == found[1].key


def test_a_run_under_another_name_is_no_second_measurement():
    runs = [
        measured(1, 0.5, lr=1, seed=1),
        measured(2, 0.5, lr=1, seed=1),
        measured(3, 0.6, lr=1, seed=1),
        measured(4, 0.5, lr=1, seed=2),
    ]
    (found,) = configurations(runs, GroupingKey())
    assert [measurement.run.number for measurement in found.counted] == [1, 3, 4]
    assert [measurement.run.number for measurement in found.copies] == [2]
    assert found.n_repeated == 1


def test_without_a_seed_nobody_knows_whether_equal_values_are_one_measurement():
    (found,) = configurations([measured(1, 0.5, lr=1), measured(2, 0.5, lr=1)], GroupingKey())
    assert len(found.counted) == 2


CUT = {
    "a full run": (Completion.FULL, False, True),
    "a run of a table that says nothing": (Completion.UNKNOWN, False, True),
    "a stopped run": (Completion.CENSORED, False, False),
    "a stopped run that is asked for": (Completion.CENSORED, True, True),
    "a running one": (Completion.RUNNING, True, False),
}


@pytest.mark.parametrize(("completion", "with_stopped", "counts"), CUT.values(), ids=CUT.keys())
def test_which_runs_stand_in_a_mean(completion, with_stopped, counts):
    runs = [measured(1, 0.5, completion=completion)]
    (found,) = configurations(runs, GroupingKey(), with_stopped=with_stopped)
    assert (len(found.counted), len(found.apart)) == ((1, 0) if counts else (0, 1))


def test_what_varies():
    configs = [{"lr": 1, "n": 2, "k": 3}, {"lr": 1.0, "n": 3, "k": 3}, {"lr": 1, "n": 2}]
    assert varying(configs) == ("n", "k")


SUSPECTS = {
    "a result beside seeds that come back": (
        [(1, 0, 0.5), (1, 1, 0.6), (2, 0, 0.7), (2, 1, 0.8)],
        ("loss",),
    ),
    "one seed": ([(1, 0, 0.5), (2, 0, 0.6), (3, 0, 0.7)], ()),
    "a seed of its own for each run": ([(1, 0, 0.5), (2, 1, 0.6), (3, 2, 0.7)], ()),
    "configurations that are told": ([(1, 0, 0.5), (1, 1, 0.5), (2, 0, 0.5), (2, 1, 0.5)], ()),
}


@pytest.mark.parametrize(("rows", "expected"), SUSPECTS.values(), ids=SUSPECTS.keys())
def test_names_that_may_be_results(rows, expected):
    runs = [
        measured(k, 0.5, lr=lr, seed=seed, loss=loss) for k, (lr, seed, loss) in enumerate(rows)
    ]
    assert perhaps_results(configurations(runs, GroupingKey()), GroupingKey()) == expected

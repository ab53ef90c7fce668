"""A replica against its original, and replicas against their criteria."""

import numpy as np
import pytest

from wbtools.analysis.verification.curve_match import (
    ReplicationOutcome,
    config_differences,
    contradictions,
    curve_match,
    is_meant_to_equal,
    judge,
    overall,
    seed_noise,
    starts_apart,
)
from wbtools.model import Criterion, Goal

CURVE = np.array([0.1, 0.2, 0.3])


def test_equal_is_bit_for_bit():
    assert curve_match(CURVE, np.append(CURVE, 0.9)).first_difference is None
    nearly = CURVE.copy()
    nearly[1] = np.nextafter(nearly[1], 1)
    match = curve_match(CURVE, nearly)
    assert (match.first_difference, match.n_compared, match.largest_at) == (2, 3, 2)
    assert curve_match(CURVE, np.empty(0)).n_compared == 0


def test_a_difference_is_held_against_the_noise_between_seeds():
    noise = seed_noise([CURVE, CURVE + 0.02, CURVE[:2] - 0.02])
    assert noise == pytest.approx([0.02, 0.02, np.std([0.3, 0.32], ddof=1)])
    assert curve_match(CURVE, CURVE + 0.04, noise).in_noise == pytest.approx(
        0.04 / noise[curve_match(CURVE, CURVE + 0.04).largest_at - 1]
    )
    assert seed_noise([CURVE]) is None


def test_what_a_run_is_called_and_where_it_writes_is_no_difference():
    at = "out/runs/Dec02_00-11-22_host1"
    original = {"lr": 0.1, "logging_dir": at, "train.save_dir": "a", "exp-name": "a"}
    replica = {"lr": 0.1, "logging_dir": at.replace("host1", "host2"), "exp-name": "b"}
    assert config_differences(original, replica, ()) == ()


def test_configurations_differ_where_nobody_meant_it():
    original = {"lr": 0.1, "n": 3, "flag": True, "gone": 1, "seed": 0, "nan": float("nan")}
    replica = {"lr": 0.2, "n": 3.0, "flag": 1, "new": 1, "seed": 5, "nan": float("nan")}
    assert config_differences(original, replica, ("seed",)) == ("lr", "flag", "gone", "new")


@pytest.mark.parametrize(
    ("replica", "found"),
    [
        ({"lr": 0.1, "n": 3, "seed": 1, "fold": 0}, ()),
        ({"lr": 0.1 + 1e-12, "n": 3.0, "seed": 7, "fold": 2, "net.seed": 1, "local_rank": 1}, ()),
        ({"lr": 0.1, "_wandb": {"version": 2}, "added": 1}, ()),
        ({"lr": 0.1}, ()),
        ({}, ()),
        ({"lr": 0.2, "n": 3}, ("lr",)),
        ({"lr": 0.2, "epochs": 9}, ("lr",)),
        ({"lr": 0.1, "epochs": 9}, ()),
        ({"seed": 1, "fold": 0, "other": 3}, ("lr", "n", "epochs")),
        ({"lr": 0.1, "args.output_dir": "out/2", "run_name": "b"}, ()),
    ],
)
def test_a_replica_contradicts_the_plan_in_values_that_both_record(replica, found):
    original = {"lr": 0.1, "n": 3, "seed": 1, "fold": 0, "_wandb": {"version": 1}, "epochs": 5}
    original |= {"args.output_dir": "out/1", "run_name": "a"}
    assert contradictions(original, replica, ("seed", "epochs")) == found


@pytest.mark.filterwarnings("error")
def test_differences_beyond_a_float_are_unknown():
    match = curve_match(np.array([1.7e308, 0.0]), np.array([-1.7e308, 0.0]))
    assert (match.first_difference, match.largest, match.largest_at) == (1, None, 1)


@pytest.mark.parametrize(
    ("first", "apart"), [(0.1, False), (0.1 + 9e-8, False), (0.1 + 2e-7, True), (-0.1, True)]
)
def test_rounding_is_no_other_start(first, apart):
    replica = np.array([first, 0.9])
    assert starts_apart(CURVE, replica) is apart
    assert starts_apart(replica, CURVE) is apart
    assert not starts_apart(CURVE, replica[:0])
    assert not starts_apart(np.array([0.0]), np.array([-0.0]))


@pytest.mark.parametrize(
    ("replica", "changed", "meant"),
    [
        ({"seed": 1.0, "lr": 0.1}, (), True),
        ({"seed": 2, "lr": 0.1}, (), False),
        ({"lr": 0.1}, (), False),
        ({"seed": 1, "lr": 0.1, "data.random_state": 3}, (), False),
        ({"seed": 1, "lr": 0.1}, ("seed",), True),
        ({"seed": 1, "lr": 0.2}, ("seed", "lr"), False),
        ({"seed": 1, "lr": 0.2}, (), True),
    ],
)
def test_runs_of_one_seed_are_meant_to_be_equal_unless_something_was_changed(
    replica, changed, meant
):
    assert is_meant_to_equal({"seed": 1, "lr": 0.1}, replica, changed) is meant
    assert not is_meant_to_equal({"lr": 0.1}, {"lr": 0.1}, changed)


def criterion(goal=Goal.MAXIMIZE, success=0.966, acceptable=0.965):
    return Criterion(metric="m", goal=goal, success=success, acceptable=acceptable, source="s")


STORIES = {
    "all above": ((0.967, 0.966, 0.968), 3, ReplicationOutcome.SUCCESS),
    "exactly a success": ((0.966,), 1, ReplicationOutcome.SUCCESS),
    "between the two": ((0.9655,), 1, ReplicationOutcome.ACCEPTABLE),
    "one below": ((0.96,), 1, ReplicationOutcome.FAILURE),
    "one below, two to come": ((0.96,), 3, ReplicationOutcome.UNDECIDED),
    "below, and the interval reaches": ((0.964, 0.963, 0.967), 3, ReplicationOutcome.UNDECIDED),
    "surely below": ((0.9501, 0.9502, 0.9503), 3, ReplicationOutcome.FAILURE),
    "none": ((), 3, ReplicationOutcome.UNDECIDED),
}


@pytest.mark.parametrize(("values", "expected", "verdict"), STORIES.values(), ids=STORIES)
def test_the_mean_decides(values, expected, verdict):
    assert judge(criterion(), values, expected).verdict is verdict
    mirrored = criterion(Goal.MINIMIZE, -0.966, -0.965)
    assert judge(mirrored, [-value for value in values], expected).verdict is verdict


def test_without_an_acceptable_value_only_a_success_is_decided():
    unknown = criterion(acceptable=None)
    assert judge(unknown, (0.97,), 1).verdict is ReplicationOutcome.SUCCESS
    judged = judge(unknown, (0.1, 0.2), 2)
    assert judged.verdict is ReplicationOutcome.UNDECIDED
    assert "nothing says what is acceptable" in judged.why
    assert (judged.reaches, judged.seeds_needed) == (False, None)


def test_the_worst_metric_counts():
    good, bad = judge(criterion(), [1.0], 1), judge(criterion(), [0.0], 1)
    assert overall([good, bad]) is ReplicationOutcome.FAILURE
    assert overall([good, judge(criterion(), [], 1)]) is ReplicationOutcome.UNDECIDED
    assert overall([]) is ReplicationOutcome.UNDECIDED

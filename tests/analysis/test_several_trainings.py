"""Runs that hold several trainings, and what only looks so."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.sweeps import sweep
from wbtools.analysis.several_trainings import CODE, several_trainings
from wbtools.model import Curves, Series

DICE = np.random.default_rng(0)


def training(n, start=1.0):
    """Losses of one training."""
    return (start * 0.8 ** np.arange(n) + DICE.normal(0, 0.01, n)).tolist()


def counted(curves, counts, *, name="epoch", steps=None):
    """Runs with a loss and what counted it."""
    made = sweep(*curves)
    series = []
    for run, count in zip(made.runs, counts, strict=True):
        n = len(count)
        at = np.arange(n) if steps is None else np.array(steps)
        series.append(
            (run.id, Series(values=np.array(count, float), steps=at, times_s=np.arange(n) * 1.0))
        )
    return replace(made, curves={**made.curves, name: Curves.pack(name, series)})


def repeated(*lengths, first=0):
    return [first + k for n in lengths for k in range(n)]


def found_in(curve, count, **more):
    return several_trainings(counted([curve], [count], **more), ["loss"])


@pytest.mark.parametrize("first", [0, 1], ids=["from 0", "from 1"])
@pytest.mark.parametrize("name", ["epoch", "train/epoch", "round", "global_step"])
@pytest.mark.parametrize(
    "lengths", [(6, 6, 6), (6, 6, 2), (5, 6, 4, 5), (3,) * 10, (8, 8, 8, 2, 8)], ids=str
)
def test_several_trainings_are_found(lengths, name, first):
    curve = [value for n in lengths for value in training(n)]
    (finding,) = found_in(curve, repeated(*lengths, first=first), name=name)
    assert finding.code == CODE
    assert finding.subject == "run1"
    assert finding.evidence["n_trainings"] == {"run1": len(lengths)}
    assert f"holds {len(lengths)} trainings one after the other, not one curve" in finding.title
    assert repr(name) in finding.title


def test_of_several_runs_it_is_said_once():
    curves = [training(6) + training(6) + training(6), training(18), training(4) * 4 + [1.0]]
    counts = [repeated(6, 6, 6), repeated(18), [*repeated(4, 4, 4, 4), 0]]
    (finding,) = several_trainings(counted(curves, counts), ["loss"])
    assert finding.subject == "sweep"
    assert finding.evidence["run_ids"] == ["run1", "run3"]
    assert "2 runs hold 3 to 5 trainings" in finding.title


def test_it_is_said_once_of_a_sweep_of_which_it_is_known():
    made = counted([training(6) * 3], [repeated(6, 6, 6)])
    found = several_trainings(made, ["loss"])
    assert several_trainings(replace(made, findings=found), ["loss"]) == ()


@pytest.mark.parametrize(
    ("curve", "count"),
    [
        pytest.param(training(18), repeated(18), id="one training"),
        pytest.param(
            training(8) + training(10)[2:], [*range(8), *range(5, 13)], id="resumed, 3 epochs again"
        ),
        pytest.param(
            training(12), [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7], id="resumed twice, not to the start"
        ),
        pytest.param(training(3) + training(12), repeated(3, 12), id="started again once"),
        pytest.param(
            training(2) + training(5) + training(20),
            repeated(2, 5, 20),
            id="preempted, from 0 again",
        ),
        pytest.param(training(18), repeated(6, 6, 6), id="batches of an epoch"),
        pytest.param(training(40), repeated(*[4] * 10), id="batches of many epochs"),
        pytest.param([0.5] * 18, repeated(6, 6, 6), id="a constant"),
        pytest.param([1e308, -1e308] * 9, repeated(6, 6, 6), id="what overflows"),
        pytest.param([0.5], [0], id="one report"),
        pytest.param([], [], id="no report"),
    ],
)
def test_what_only_looks_so_is_not(curve, count):
    assert found_in(curve, count) == ()


def test_noise_by_batches_is_hardly_ever_taken_for_trainings():
    n_found = 0
    for _ in range(200):
        curve = (np.linspace(1, 0, 48) + DICE.normal(0, 0.3, 48)).tolist()
        n_found += bool(found_in(curve, repeated(*[6] * 8), name="iter"))
    assert n_found <= 4


def test_attempts_whose_steps_begin_again_are_those_of_a_resumed_run():
    curve = training(6) + training(6) + training(6)
    steps = [*range(6)] * 3
    assert found_in(curve, repeated(6, 6, 6), steps=steps) == ()


def test_no_name_that_counts_nothing():
    curve = training(6) + training(6) + training(6)
    assert found_in(curve, repeated(6, 6, 6), name="val/top") == ()


def test_the_count_may_be_logged_apart_from_the_metric():
    """Epochs in calls of their own, before those of the loss."""
    made = sweep(training(6) + training(6) + training(6))
    (run,) = made.runs
    loss = made.curves["loss"].values[0]
    at = np.arange(18) * 2
    series = {
        "epoch": Series(values=np.array(repeated(6, 6, 6), float), steps=at, times_s=at * 1.0),
        "loss": Series(values=np.array(loss), steps=at + 1, times_s=at + 1.0),
    }
    curves = {name: Curves.pack(name, [(run.id, rows)]) for name, rows in series.items()}
    (finding,) = several_trainings(replace(made, curves=curves), ["loss"])
    assert finding.evidence["n_trainings"] == {"run1": 3}

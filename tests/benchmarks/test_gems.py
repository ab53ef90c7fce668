"""The adapter to the scorer answers for every stopped run, whatever the sweep lacks."""

import math

import pytest

from tests.benchmarks import gems
from tests.training.banks import DEV_TASKS
from tests.training.folds import FOLDS


def sweep(*states: str, goal: str = "maximize", task: str = "parity_mlp") -> dict:
    runs = [
        {
            "run_id": f"run{k}",
            "config": {"lr": 0.1 / (k + 1)},
            "state": state,
            "history": [0.5, 0.6, 0.6 + k / 100] if state == "finished" else [0.4, None][: k % 3],
        }
        for k, state in enumerate(states)
    ]
    return {"task": task, "goal": goal, "budget": 3, "runs": runs}


@pytest.mark.parametrize("task", [*DEV_TASKS, "s46_g65_reward_200"])
def test_every_stopped_run_gets_a_distribution(task):
    predictions = gems.predict_loto(
        sweep("finished", "stopped", "killed", "stopped", "crashed", task=task)
    )
    assert set(predictions) == {"run1", "run2", "run3"}
    for prediction in predictions.values():
        assert 0 <= prediction["p_gem"] <= 1
        assert prediction["lo90"] <= prediction["mean"] <= prediction["hi90"]
        assert all(
            math.isfinite(value) for value in prediction.values() if isinstance(value, float)
        )


def test_each_fold_has_a_model_and_other_tasks_have_none():
    names = {f"fold-{k}.npz" for k in range(len(FOLDS))}
    assert {path.name for path in gems.WITHOUT.iterdir()} == names
    assert gems.weights_without("imdb_17").name == "fold-6.npz"
    with pytest.raises(ValueError, match="no fold holds the family 'cifar'"):
        gems.weights_without("cifar")


@pytest.mark.parametrize("goal", ["minimize", "maximize"])
def test_without_a_completed_run_there_is_a_prior(goal):
    predictions = gems.predict(sweep("stopped", "killed", goal=goal))
    assert {prediction["p_gem"] for prediction in predictions.values()} == {0.011}

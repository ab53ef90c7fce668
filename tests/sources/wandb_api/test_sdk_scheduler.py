"""A guard inside W&B's scheduler says which runs stop, and the engine learns of it."""

import enum
import inspect
import sys
import types
from unittest import mock

import pytest
from optuna.trial import TrialState
from wandb.sdk.sweeps.run_state import RunState
from wandb.sdk.sweeps.scheduler.optimizer import Optimizer

from tests.sources.wandb_api.scheduled import (
    LATER,
    OPTUNA,
    TWO,
    Recorder,
    Scheduled,
    generation,
    recorded,
)
from wbtools.errors import Unreachable


def test_a_stopped_run_is_a_pruned_trial(monkeypatch):
    asked = []

    def stops(ids):
        asked.append(list(ids))
        return {"run1"}

    ran = Scheduled(monkeypatch, [generation(ask=2), generation(TWO), generation(LATER)], stops)
    assert asked == [["run0", "run1"]]
    assert ran.pruned == [[], ["1"], []]
    assert not any(result.generation.tell_errors for result in ran.service.results)
    assert (ran.trials[0].state, ran.trials[0].value) == (TrialState.COMPLETE, 1.0)
    assert (ran.trials[1].state, ran.trials[1].value) == (TrialState.PRUNED, 8.0)
    assert ran.why == "the sweep finished or was canceled"
    assert ran.given == {
        "entity": "acme",
        "project": "ocr",
        "sweep_id": "s",
        "batch_size": 2,
        "poll_interval": 5.0,
    }
    assert ran.told == [
        "W&B's scheduler proposes runs with optuna; the guard's rule alone says which stop"
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("W&B cannot be reached", "wait"), "W&B cannot be reached"),
        (KeyError("a defect"), "KeyError: 'a defect'"),
    ],
)
def test_an_error_stops_nobody_and_the_scheduler_goes_on(monkeypatch, error, words):
    looks = iter([error, {"run1"}])

    def stops(_ids):
        look = next(looks)
        if isinstance(look, Exception):
            raise look
        return look

    tasks = [generation(ask=2), generation(TWO), generation(TWO)]
    ran = Scheduled(monkeypatch, tasks, stops)
    assert ran.pruned == [[], [], ["1"]]
    assert not any(result.HasField("error") for result in ran.service.results)
    assert ran.told[1:] == [f"no run is stopped at this look: {words}"]


def test_a_run_that_the_scheduler_does_not_offer_is_told_once(monkeypatch):
    tasks = [generation(ask=2), generation(TWO), generation(TWO)]
    ran = Scheduled(monkeypatch, tasks, lambda _: ["run0", "\x1b[2Jother"])
    assert ran.pruned == [[], ["0"], ["0"]]
    assert ran.told[1:] == ["run \\x1b[2Jother is not stopped: the scheduler does not offer it"]


def test_several_metrics_leave_a_failed_trial(monkeypatch):
    """Optuna prunes by one value alone."""
    goals = [{"name": "loss", "goal": "minimize"}, {"name": "size", "goal": "minimize"}]
    config = {key: value for key, value in OPTUNA.items() if key != "metric"} | {"metrics": goals}
    tasks = [generation(ask=2), generation(TWO)]
    ran = Scheduled(monkeypatch, tasks, lambda _: ["run1"], config)
    assert ran.pruned == [[], ["1"]]
    assert [ran.trials[k].state for k in (0, 1)] == [TrialState.RUNNING, TrialState.FAIL]


STUDY = """
import optuna
print("printed by the sweep's own code")
def study(sweep):
    return optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.0))
"""


def test_the_studys_own_pruner_is_not_asked(monkeypatch, capsys, tmp_path):
    (tmp_path / "work" / "study.py").write_text(STUDY)
    block = {"engine": "optuna", "source": "study.py", "optimizer": "study"}
    config = OPTUNA | {"scheduler": block, "early_terminate": {"type": "hyperband"}, "run_cap": 9}

    def stops(ids):
        print("a look")
        return ids[:1]

    ran = Scheduled(monkeypatch, [generation(ask=2), generation(TWO)], stops, config)
    assert ran.pruned == [[], ["0"]]
    assert ran.told[1:] == [
        "`early_terminate` is not read here; W&B's server may still obey it",
        (
            "stopped runs do not count towards `run_cap`; once it is reached the scheduler ends,"
            " and runs that are still under way go on without the guard"
        ),
        f"the sweep's own code runs: {tmp_path / 'work' / 'study.py'}",
        "the study's ThresholdPruner is not asked",
    ]
    out, err = capsys.readouterr()
    assert out == "a look\n"
    assert "printed by the sweep's own code" in err


def test_every_question_of_the_sdk_reaches_the_guard_or_the_engine(monkeypatch):
    ran, engine = recorded(monkeypatch, "wandb", [])
    names = [name for name, _ in inspect.getmembers(Optimizer, inspect.isfunction)]
    public = {name for name in names if not name.startswith("_")}
    assert {"tell_run", "prune_runs", "ask_n_runs", "forget_run"} < public
    answering = {name: getattr(ran.optimizer, name).__self__ for name in public}
    guarded = {name for name in public if answering[name] is not engine}
    assert guarded == {"tell_run", "prune_runs"}
    assert len({id(answering[name]) for name in guarded}) == 1


def test_an_engine_without_early_stops_hears_of_a_killed_run_once(monkeypatch):
    tasks = [generation(ask=2), generation(TWO), generation(TWO), generation(LATER)]
    ran, engine = recorded(monkeypatch, "wandb", tasks)
    assert ran.pruned == [[], ["1"], ["1"], []]
    told = [call for call in engine.calls if call != "validated" and call[0] == "1"]
    assert told == [("1", RunState.RUNNING), ("1", RunState.KILLED), ("1", RunState.KILLED)]


def test_an_engine_that_fails_does_not_keep_a_run_going(monkeypatch):
    def tell_run(_self, _run_id, data):
        if data.state is RunState.KILLED:
            msg = "the engine's disk is full"
            raise OSError(msg)

    monkeypatch.setattr(Recorder, "tell_run", tell_run)
    ran, _ = recorded(monkeypatch, "wandb", [generation(ask=2), generation(TWO)])
    assert ran.pruned == [[], ["1"]]
    assert ran.told[1:] == [
        "wandb did not take in that run1 stops: OSError: the engine's disk is full"
    ]


def test_ax_closes_the_trial_as_stopped_early(monkeypatch):
    ax = mock.Mock()
    tasks = [generation(ask=2), generation(TWO), generation(LATER)]
    ran, engine = recorded(monkeypatch, "ax", tasks, client=ax)
    assert ran.pruned == [[], ["1"], []]
    assert ax.mock_calls == [mock.call.mark_trial_early_stopped(trial_index=1)]
    assert ("1", RunState.KILLED) not in engine.calls


def test_ax_closes_a_real_trial(monkeypatch):
    pytest.importorskip("ax", reason="Ax brings torch, which is too much for these tests")
    tasks = [generation(ask=2), generation(TWO), generation(LATER)]
    ran = Scheduled(
        monkeypatch, tasks, lambda _: ["run1"], OPTUNA | {"scheduler": {"engine": "ax"}}
    )
    assert ran.pruned == [[], ["1"], []]
    assert not any(result.generation.tell_errors for result in ran.service.results)


@pytest.fixture
def sweeps(monkeypatch):
    """What the engine `wandb` uses of the package `sweeps`, which asks for numpy below 2."""
    stub = types.ModuleType("sweeps")

    class SweepRun:
        def __init__(self, name=None, config=None, state=None):
            self.name, self.config, self.state = name, config, state
            self.summary_metrics, self.history = {}, []

    states = {state.name.lower(): state.value for state in RunState if state.name != "UNKNOWN"}
    stub.SweepRun, stub.RunState = SweepRun, enum.Enum("RunState", states)
    stub.next_runs = lambda _config, runs, n: [
        SweepRun(config={"level": {"value": len(runs) + k}}) for k in range(n)
    ]
    stub.stop_runs = mock.Mock()
    stub.__spec__ = types.SimpleNamespace(name="sweeps", origin="here")
    monkeypatch.setitem(sys.modules, "sweeps", stub)
    monkeypatch.delitem(sys.modules, "wandb.sdk.sweeps.scheduler.wandb", raising=False)
    yield stub
    sys.modules.pop("wandb.sdk.sweeps.scheduler.wandb", None)


def test_wandbs_engine_keeps_a_stopped_run_as_killed_and_does_not_judge(monkeypatch, sweeps):
    config = OPTUNA | {"scheduler": {"engine": "wandb"}, "early_terminate": {"type": "hyperband"}}
    seen = []
    proposing = sweeps.next_runs

    def next_runs(of, runs, n):
        seen.append([run.state.value for run in runs if run.state is not None])
        return proposing(of, runs, n)

    sweeps.next_runs = next_runs
    runs = {f"s-{run_id}": polled for run_id, polled in TWO.items()}
    tasks = [generation(ask=2), generation(runs), generation(runs), generation(ask=1)]
    ran = Scheduled(monkeypatch, tasks, lambda ids: [ids[1]], config)
    assert ran.pruned == [[], ["s-1"], ["s-1"], []]
    assert seen == [[], ["running", "killed"]]
    assert sweeps.stop_runs.mock_calls == []

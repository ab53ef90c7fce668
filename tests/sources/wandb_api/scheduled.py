"""The SDK's real task exchange and engines under a guard, with a stand-in for wandb-core."""

from __future__ import annotations

import asyncio
import json
import logging
import types
from unittest import mock

import optuna
from wandb.proto import wandb_sweep_scheduler_pb2 as sspb
from wandb.sdk.sweeps.scheduler import client
from wandb.sdk.sweeps.scheduler import optimizer as sdk_optimizer
from wandb.sdk.sweeps.scheduler.ipc import SchedulerTaskExchange
from wandb.sdk.sweeps.scheduler.optimizer import Optimizer, RunConfig, RunSuggestion
from wandb.sdk.sweeps.sweep_info import SweepInfo

from wbtools.sources.wandb_api import sdk_scheduler

OPTUNA = {
    "method": "custom",
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"level": {"min": 1, "max": 9}},
    "scheduler": {"engine": "optuna"},
}


def generation(runs=(), *, ask=0):
    """A task of wandb-core: what it polled of `{engine's id: (state, losses)}`, all offered."""
    task = sspb.SweepSchedulerServerGenerationTask(ask_up_to=ask)
    for run_id, (state, losses) in dict(runs).items():
        history = [{"_step": k, "loss": loss} for k, loss in enumerate(losses)]
        update = task.updates.add()
        update.run.optimizer_run_id = run_id
        update.run.wandb_run_id = f"run{run_id}"
        update.run.state = getattr(sspb, f"SWEEP_RUN_STATE_{state}")
        update.run.config_json = "{}"
        update.run.summary_json = json.dumps(history[-1] if history else {})
        update.run.history_json = json.dumps(history)
        if state == "RUNNING":
            task.prune_candidates.append(run_id)
    return sspb.SweepSchedulerServerNextTaskResponse(generation=task)


class FakeService:
    """Stands for wandb-core: gives tasks, then says that the sweep is finished."""

    def __init__(self, tasks):
        done = sspb.SweepSchedulerServerDoneTask(
            reason=sspb.SweepSchedulerServerDoneTask.REASON_SWEEP_FINISHED
        )
        self.tasks = iter([*tasks, sspb.SweepSchedulerServerNextTaskResponse(done=done)])
        self.results = []

    async def sweep_scheduler_next_task(self, _id, result):
        if result is not None:
            self.results.append(result)

        async def wait_async(timeout):  # noqa: ASYNC109 - the SDK's signature
            assert timeout is None
            return next(self.tasks)

        return types.SimpleNamespace(wait_async=wait_async)


class Scheduled:
    """A guarded scheduler that ran without wandb-core.

    Attributes:
        told: What the user was told.
        studies: Every study that an engine made.
        given: What the SDK's scheduler was given, but for the optimizer.
        optimizer: The guarded one.
        why: Why the scheduler ended.
    """

    def __init__(self, monkeypatch, tasks, stops, config=OPTUNA):
        self.told, self.studies = [], []
        self.service = FakeService(tasks)
        create_study = optuna.create_study

        def keep(**given):
            self.studies.append(create_study(**given))
            return self.studies[-1]

        def run_scheduler(*, make_optimizer, **given):
            self.given = given
            sweep = SweepInfo("s", "s", given["entity"], given["project"], config, "controller")
            self.optimizer = make_optimizer(sweep)
            self.exchange = SchedulerTaskExchange(
                self.service, "id", self.optimizer, logging.NullHandler(), mock.Mock()
            )
            return asyncio.run(self.exchange.run())

        monkeypatch.setattr(optuna, "create_study", keep)
        monkeypatch.setattr(client, "run_scheduler", run_scheduler)
        self.why = sdk_scheduler.run_guarded_scheduler(
            "acme",
            "ocr",
            "s",
            stops=stops,
            tell=self.told.append,
            batch_size=2,
            poll_interval_s=5.0,
        )

    @property
    def pruned(self):
        """The engine's ids that were stopped, a list a task."""
        return [list(result.generation.prune) for result in self.service.results]

    @property
    def trials(self):
        return {trial.number: trial for trial in self.studies[-1].trials}


TWO = {"0": ("RUNNING", [3.0, 2.0]), "1": ("RUNNING", [9.0, 8.0])}
LATER = {"0": ("FINISHED", [3.0, 2.0, 1.0]), "1": ("KILLED", [9.0, 8.0, 7.0])}


class Recorder(Optimizer):
    """An engine that notes what it is asked."""

    def __init__(self, sweep, *, client=None):
        self.calls, self.client = [], client
        super().__init__(sweep)

    def validate_sweep_objective(self):
        self.calls.append("validated")

    def ask_n_runs(self, n):
        return [RunSuggestion(RunConfig({}), str(k)) for k in range(n)]

    def tell_run(self, run_id, data):
        self.calls.append((run_id, data.state))

    def has_terminator(self):
        return False


def recorded(monkeypatch, engine, tasks, stops=lambda _: ["run1"], **more):
    """What a noting engine of this name was told."""
    engines = []

    def make(sweep):
        engines.append(Recorder(sweep, **more))
        return engines[-1]

    monkeypatch.setattr(sdk_optimizer, "make_optimizer", make)
    monkeypatch.setattr(
        sdk_scheduler.importlib.util, "find_spec", lambda _: types.SimpleNamespace(origin="here")
    )
    ran = Scheduled(monkeypatch, tasks, stops, OPTUNA | {"scheduler": {"engine": engine}})
    return ran, engines[0]

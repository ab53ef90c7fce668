"""Optuna's pruners decide as the rules do, where their definitions coincide."""

import warnings

import numpy as np
import pytest

from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.model import SweepView
from wbtools.rules.asha import Asha
from wbtools.rules.median import Median
from wbtools.rules.patience import Patience
from wbtools.rules.until_guard import UntilGuard

optuna = pytest.importorskip("optuna")
pytestmark = pytest.mark.slow
N_CASES = 300


@pytest.fixture(autouse=True)
def _calm():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def curves(rng, n, width):
    return np.cumsum(rng.normal(-0.1, 0.5, (n, width)), axis=1) + rng.normal(0, 1, (n, 1))


class Beside:
    """A policy beside an Optuna study that hears the same reports in the same order."""

    def __init__(self, policy, pruner):
        self.policy = policy
        self.study = optuna.create_study(direction="minimize", pruner=pruner)
        self.trials = {}
        self.n_stops = 0

    def decide(self, view):
        verdict = self.policy.decide(view)
        (row,) = np.flatnonzero(view.active)
        n = int(view.n_reports[row])
        trial = self.trials.setdefault(row, self.study.ask())
        trial.report(float(view.values[row, n - 1]), n)
        assert trial.should_prune() == verdict.stop[row]
        self.n_stops += int(verdict.stop[row])
        return verdict


def n_stops_beside(rng, policy, pruner):
    n, width = int(rng.integers(2, 12)), int(rng.integers(3, 30))
    pace = rng.uniform(0.5, 2, (n, 1))
    times = np.cumsum(pace * np.ones(width), axis=1)
    recorded = Trajectories(
        values=curves(rng, n, width),
        n_reports=np.full(n, width),
        report_s=times,
        end_s=times[:, -1] + 0.1,  # so that the last report is judged too
    )
    beside = Beside(policy, pruner)
    replayed = replay(beside, recorded, n_workers=int(rng.integers(1, 6)))
    assert replayed.stopped.sum() == beside.n_stops
    return beside.n_stops


def test_successive_halving():
    rng = np.random.default_rng(3)
    n_stops = 0
    for _ in range(N_CASES):
        first, eta = int(rng.integers(1, 5)), int(rng.integers(2, 5))
        pruner = optuna.pruners.SuccessiveHalvingPruner(
            min_resource=first, reduction_factor=eta, min_early_stopping_rate=0
        )
        n_stops += n_stops_beside(rng, Asha(min_iter=first, eta=eta), pruner)
    assert n_stops > N_CASES


def test_patience_without_ties():
    rng = np.random.default_rng(4)
    n_stops = 0
    for _ in range(N_CASES):
        n = int(rng.integers(1, 8))
        n_stops += n_stops_beside(
            rng, Patience(n=n), optuna.pruners.PatientPruner(None, patience=n - 1)
        )
    assert n_stops > N_CASES


def test_the_median_of_running_averages():
    rng = np.random.default_rng(5)
    n_stops = 0
    for _ in range(N_CASES):
        n, width = int(rng.integers(1, 9)), int(rng.integers(2, 20))
        values = curves(rng, n + 1, width)
        grace, interval, least, awaited = (int(rng.integers(1, k)) for k in (6, 4, 4, 6))
        study = optuna.create_study(
            direction="minimize",
            pruner=optuna.pruners.MedianPruner(
                n_startup_trials=awaited,
                n_warmup_steps=grace,
                interval_steps=interval,
                n_min_trials=least,
            ),
        )
        averages = np.cumsum(values, axis=1) / np.arange(1, width + 1)
        for row in range(n):
            n_reports = int(rng.integers(1, width + 1))
            values[row, n_reports:] = np.nan
            reports = {at: float(averages[row, at - 1]) for at in range(1, n_reports + 1)}
            study.add_trial(
                optuna.trial.create_trial(value=reports[n_reports], intermediate_values=reports)
            )
        rule = Median(grace=grace, interval=interval, min_runs=least)
        policy, trial = UntilGuard(rule=rule, runs=awaited), study.ask()
        for at in range(1, width + 1):
            trial.report(float(values[n, at - 1]), at)
            view = SweepView(
                values=values,
                n_reports=np.array([*np.isfinite(values[:n]).sum(axis=1), at]),
                active=np.arange(n + 1) == n,
                completed=np.arange(n + 1) < n,
            )
            stop = bool(policy.decide(view).stop[n])
            assert trial.should_prune() == stop
            n_stops += stop
    assert n_stops > N_CASES / 2

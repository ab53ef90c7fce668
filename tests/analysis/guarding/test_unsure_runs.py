"""A run whose curve is not known to be whole never makes a rule stop another one."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.guarding.running_view import running_view
from wbtools.model import Goal, RunState
from wbtools.rules.grammar import parse_rule

RULES = (
    "hyperband(min_iter=2,eta=2)",
    "hyperband(min_iter=2,eta=3,strict=false)",
    "asha(min_iter=2,eta=2)",
    "median(grace=2,min_runs=2)",
    "top(median(grace=2,min_runs=1),k=2)",
    "until(hyperband(min_iter=2,eta=2),runs=2)",
    "preserve(patient(hyperband(min_iter=2,eta=2),n=2),value=0.3)",
)
N_RUNS, N_REPORTS = 7, 6


def runs_at(dice):
    """Curves to their true ends, of which some are at work, and what each run's state is."""
    values = np.round(dice.random((N_RUNS, N_REPORTS)), 1)
    n_reports = dice.integers(2, N_REPORTS + 1, N_RUNS)
    curves = [row[:n].tolist() for row, n in zip(values, n_reports, strict=True)]
    facts = [
        FINISHED if len(curve) == N_REPORTS else {"state": RunState.RUNNING} for curve in curves
    ]
    return curves, facts


@pytest.mark.parametrize("rule", RULES)
def test_counted_as_the_worst_it_stops_nobody_whom_its_true_curve_spares(rule):
    dice, n_stopped = np.random.default_rng(0), 0
    for _ in range(60):
        curves, facts = runs_at(dice)
        found = diagnose(sweep(*curves, facts=facts), question("none", Goal.MINIMIZE))
        unsure = {f"run{k + 1}" for k in range(N_RUNS) if dice.random() < 0.3}
        true, seen = running_view(found), running_view(found, unsure=unsure)
        is_unsure = np.array([f"run{k + 1}" in unsure for k in range(N_RUNS)])
        true = replace(true, active=true.active & ~is_unsure)
        stop = parse_rule(rule).decide(seen).stop
        assert not (stop & ~parse_rule(rule).decide(true).stop).any()
        assert not (stop & is_unsure).any()
        n_stopped += int(stop.sum())
    assert n_stopped > 0


def test_nothing_is_projected_by_it_and_where_it_alone_completed_all_may_be_promising():
    asked_with = []

    def projects(view, asked):
        asked_with.append(view)
        return np.where(asked, 0.25, 0.0)

    curves, facts = (
        [[0.5, 0.4], [0.3, 0.2], [0.9]],
        [FINISHED, FINISHED, {"state": RunState.RUNNING}],
    )
    found = diagnose(sweep(*curves, facts=facts), question("none", Goal.MINIMIZE))
    asked = np.array([False, False, True])
    view = running_view(found, unsure={"run1"}, p_improvement=projects)
    assert view.p_improvement(view, asked).tolist() == [0.0, 0.0, 0.25]
    (given,) = asked_with
    assert given.completed.tolist() == [False, True, False]
    assert given.n_reports.tolist() == [0, 2, 1]
    alone = running_view(found, unsure={"run1", "run2"}, p_improvement=projects)
    assert alone.p_improvement(alone, asked).tolist() == [0.0, 0.0, 1.0]
    assert len(asked_with) == 1

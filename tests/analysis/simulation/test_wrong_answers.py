"""Answers that a simulation must not give: small sweeps for which the truth is known."""

import math
from datetime import timedelta

import numpy as np
import pytest

from tests.analysis.simulation.test_simulate import curves
from tests.analysis.sweeps import AS_OF, CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.projection import Method, Projector
from wbtools.analysis.projection.applicability import OutOfDomain
from wbtools.analysis.projection.projected import Projections
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.scoring import score
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.errors import DataError
from wbtools.model import RunState
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.grammar import parse_rule
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule

KILLED = {"state": RunState.KILLED, "exit_code": 255}


def advice_on(ground, *rules, n_orders=10):
    return recommend(simulate([ground], list(map(parse_rule, rules)), Setup(n_orders=n_orders)))


@pytest.mark.parametrize("end", [KILLED, CUT_OFF], ids=["killed", "lost"])
def test_the_value_at_a_stop_is_no_outcome_where_nothing_tells_a_budget(end):
    values = [curve[: 3 + k] for k, curve in enumerate(curves(8, 12).tolist())]
    with pytest.raises(
        DataError, match=r"8 of 8 runs did not end by themselves and none ran its course"
    ):
        scenario(sweep(*values, **end), question("none"))


def test_completed_runs_without_a_finite_value_set_no_bar():
    values = [[math.nan] * 12, [math.nan] * 12, [0.5, 0.4, 0.3], [0.6, 0.5]]
    config = {"config": {"epochs": 12}}
    ends = [FINISHED | config] * 2 + [CUT_OFF | config] * 2
    with pytest.raises(DataError, match="2 of 4 runs were cut short and no completed run has a"):
        scenario(sweep(*values, facts=ends), question("none"))


class _TwoAnswers:
    """Projects the stopped runs by catching up, and abstains from the one that runs yet."""

    def __init__(self):
        self.n_asked = 0

    def predict(self, snapshot, incumbent, rows, _):
        self.n_asked += 1
        known = Projector().predict(snapshot, incumbent, rows) if self.n_asked == 1 else {}
        because = "the first" if self.n_asked == 1 else "the second"
        return Projections(
            by_row=dict(known),
            method=Method.CATCH_UP,
            outside=OutOfDomain(because=because, abstains=self.n_asked > 1),
        )


def test_why_runs_have_no_projection_is_told_of_those_that_have_none(monkeypatch):
    monkeypatch.setattr(Projector, "choose", lambda _: _TwoAnswers())
    running = {"state": RunState.RUNNING, "heartbeat_at": AS_OF - timedelta(seconds=5)}
    config = {"config": {"epochs": 12}}
    values = [curve[:n] for curve, n in zip(curves(6, 12).tolist(), [12] * 4 + [5, 6], strict=True)]
    ends = [FINISHED | config] * 4 + [CUT_OFF | config, running | config]
    with pytest.raises(DataError, match=r"1 of 6 runs were cut short .*: the second"):
        scenario(sweep(*values, facts=ends), question("none"))


def test_a_rule_that_stops_nobody_is_no_advice():
    ground = scenario(sweep(*curves(14, 12).tolist(), **FINISHED), question("none"))
    assert advice_on(ground, "hyperband(min_iter=1000)").early_terminate is None
    advice = advice_on(ground, "hyperband(min_iter=1000)", "none")
    assert advice.rule is not None
    assert advice.rule.is_no_rule


def test_of_several_best_runs_one_may_be_stopped():
    values = [[3.0, 2.0, 1.0], [2.0, 1.5, 1.0], [2.5, 2.2, 1.9]]
    ground = scenario(sweep(*values, **FINISHED), question("none"))
    result = replay(NoRule(), ground.seen)
    losses = {}
    for n_stopped in (0, 1, 2):
        stopped_at = np.array([2, 2, 0]) * (np.arange(3) < n_stopped)
        scored = score(_stopping(result, stopped_at), ground.seen, ground)
        losses[n_stopped] = (scored.best_stopped, scored.regret)
    assert losses == {0: (0, 0), 1: (0.5, 0), 2: (1, pytest.approx(0.5))}


def _stopping(replay, stopped_at):
    n_made = np.where(stopped_at > 0, stopped_at, replay.n_made)
    attributes = {name: getattr(replay, name) for name in ("policy", "stopped_time_s", "started_s")}
    return type(replay)(**attributes, stopped_at=stopped_at, n_made=n_made, ended_s=replay.ended_s)


def test_no_rule_costs_all_to_the_last_digit():
    starts = [1000 / 3 * k for k in range(14)]
    recorded = sweep(*curves(14, 12).tolist(), starts=starts, report_s=1 / 7, **FINISHED)
    simulation = simulate(
        [scenario(recorded, question("none"))], [NoRule()], Setup(n_orders=4, n_workers=3)
    )
    assert [scored.cost_share for scored in simulation.tried[0].scores[0]] == [1.0] * 4


def test_polls_at_every_denormal_second_are_polls_all_the_time():
    recorded = Trajectories.at_equal_times(curves(5, 6))
    for rule in (FixedBudget(n=2), NoRule()):
        dense, always = (replay(rule, recorded, n_workers=2, poll_s=s) for s in (5e-324, 0.0))
        assert dense.n_made.tolist() == always.n_made.tolist()


def test_values_near_the_largest_number_are_no_ground_for_advice():
    values = [[1e308, -1e308 * k / 12, 1e308] for k in range(12)]
    advice = advice_on(scenario(sweep(*values, **FINISHED), question("none")), "fixed(n=2)", "none")
    assert (
        advice.abstained_because == "values are so large that their differences cannot be computed"
    )
    assert not math.isfinite(advice.tolerances[0])


def test_a_crashed_run_is_no_completed_one():
    crashed = {"state": RunState.FAILED, "exit_code": 1}
    values = [[0.1], *curves(6, 8).tolist()]
    facts = [crashed, *[FINISHED] * 6]
    ground = scenario(sweep(*values, facts=facts), question("none"))
    result = replay(
        Median(grace=1), ground.sample_completions(np.random.default_rng(0)), n_workers=7
    )
    assert not result.stopped.any()

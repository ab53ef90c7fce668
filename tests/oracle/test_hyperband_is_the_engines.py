"""Every decision of `rules.hyperband` is the decision of W&B's own engine."""

from collections import Counter

import numpy as np
import pytest

from tests.oracle import random_sweeps
from wbtools.analysis.diagnosis.timeline import Observations, RuleTimeline
from wbtools.errors import DataError
from wbtools.model import Goal
from wbtools.rules.hyperband import Hyperband

pytestmark = pytest.mark.slow


def ours(case: dict) -> list | str:
    written = case["config"]["metric"].get("goal")
    goal = Goal(written) if written in list(Goal) else Goal.MINIMIZE
    try:
        rule = Hyperband.from_block(case["config"]["early_terminate"]).resolved()
    except DataError:
        return "raises"
    return [
        np.flatnonzero(rule.decide(random_sweeps.view(poll, goal)).stop).tolist()
        for poll in case["polls"]
    ]


def test_equal_decisions_on_random_sweeps(ask_engine):
    rng = np.random.default_rng(0)
    cases = [random_sweeps.sweep(rng) for _ in range(4000)]
    theirs = ask_engine(cases)
    tally: Counter[str] = Counter()
    for case, expected in zip(cases, theirs, strict=True):
        raised = isinstance(expected, dict)
        assert ours(case) == ("raises" if raised else expected), case["config"]
        tally["raises" if raised else "stops" if any(expected) else "keeps"] += 1
    assert tally["raises"] > 100
    assert tally["stops"] > 1000
    assert tally["keeps"] > 200


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_the_moments_of_a_run_are_what_the_engine_says_at_every_report(ask_engine, strict):
    rng = np.random.default_rng(1)
    n, t = 12, 20
    for goal in Goal:
        values = np.round(np.cumsum(rng.normal(-0.1, 0.5, (n, t)), axis=1), 1)
        n_reports = rng.integers(0, t + 1, n)
        times = np.sort(rng.permutation(n * t).reshape(n, t).astype(float), axis=1)
        inside = np.arange(t) < n_reports[:, None]
        observations = Observations(
            values=np.where(inside, values, np.nan) * goal.sign,
            times_s=times,
            n_reports=n_reports,
            end_s=np.full(n, n * t + 1.0),
        )
        config = {
            "method": "random",
            "metric": {"name": "m", "goal": goal.value},
            "early_terminate": {"type": "hyperband", "min_iter": 2, "eta": 2, "strict": strict},
            "parameters": {"a": {"min": 0, "max": 1}},
        }
        clock = np.sort(times[inside])
        polls = [
            [
                {"state": "running", "history": values[k][inside[k] & (times[k] <= now)].tolist()}
                for k in range(n)
            ]
            for now in clock
        ]
        theirs = ask_engine([{"config": config, "polls": polls}])[0]
        timeline = RuleTimeline(Hyperband(min_iter=2, eta=2).resolved(), observations)
        moments = [timeline.of(row) for row in range(n)]
        for now, stopped in zip(clock, theirs, strict=True):
            said = []
            for row, run_timeline in enumerate(moments):
                at = np.searchsorted(run_timeline.since_s, now, side="right") - 1
                if at >= 0 and run_timeline.stop(strict=strict)[at]:
                    said.append(row)
            assert said == stopped

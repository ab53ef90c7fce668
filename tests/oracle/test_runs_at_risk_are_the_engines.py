"""Whom `guard` says W&B stops next is whom W&B's own engine stops, now and at the next band."""

from collections import Counter

import numpy as np
import pytest

from tests.oracle import random_sweeps
from wbtools.analysis.guarding.at_risk import runs_at_risk
from wbtools.errors import DataError
from wbtools.model import Goal
from wbtools.rules.hyperband import Hyperband

pytestmark = pytest.mark.slow

FARTHEST = 60


def until_next_band(rule, runs, view, sign):
    """For each active run that has a band before it: the poll in which it has stood still."""
    for row in np.flatnonzero(view.active & (view.n_reports > 0)).tolist():
        n_reports = int(view.n_reports[row])
        band = next((band for band in rule.bands if band > n_reports), FARTHEST + 1)
        if band <= FARTHEST:
            present = float(view.values[row, n_reports - 1] * sign)
            history = [*runs[row]["history"], *[present] * (band - n_reports)]
            later = [*runs[:row], runs[row] | {"history": history}, *runs[row + 1 :]]
            yield row, later


def test_the_condemned_and_those_who_stand_still_are_stopped_by_the_engine_and_nobody_else(
    ask_engine,
):
    rng = np.random.default_rng(3)
    cases, expected = [], []
    while len(cases) < 2000:
        case = random_sweeps.sweep(rng, n_polls=1)
        try:
            rule = Hyperband.from_block(case["config"]["early_terminate"]).resolved()
        except DataError:
            continue
        (runs,) = case["polls"]
        goal = goal_of(case)
        view = random_sweeps.view(runs, goal)
        at_risk = {each.row: each for each in runs_at_risk(rule, view)}
        ahead = list(until_next_band(rule, runs, view, goal.sign))
        cases.append(case | {"polls": [runs, *(later for _, later in ahead)]})
        expected.append((at_risk, [row for row, _ in ahead]))
    tally: Counter[str] = Counter()
    for case, theirs, (at_risk, rows) in zip(cases, ask_engine(cases), expected, strict=True):
        now, *then = theirs
        condemned = sorted(row for row, each in at_risk.items() if each.is_condemned)
        assert condemned == now, case["config"]
        for row, stopped in zip(rows, then, strict=True):
            if row in condemned:
                continue
            assert (row in stopped) == (row in at_risk), case["config"]
            tally["ahead" if row in stopped else "safe"] += 1
        tally["condemned"] += len(condemned)
    assert min(tally[word] for word in ("ahead", "safe", "condemned")) > 200, tally


def goal_of(case: dict) -> Goal:
    """As the engine reads it: whatever is no goal minimizes."""
    written = case["config"]["metric"].get("goal")
    return Goal(written) if written in list(Goal) else Goal.MINIMIZE

"""Hyperband in the fold: every judgement of every replay is what W&B's own engine says."""

from collections import Counter

import numpy as np
import pytest

from tests.analysis.simulation import random_records
from tests.oracle import random_sweeps
from wbtools.analysis.simulation.replay import replay
from wbtools.errors import DataError
from wbtools.model import Goal
from wbtools.rules.hyperband import Hyperband

pytestmark = pytest.mark.slow
N_SWEEPS = 2400
AT_A_TIME = 200
POLLS_S = [None, 0.0, 0.0, 0.5, 2.0, 7.0, 40.0]


class Listening:
    """Hyperband, and everything that it was asked and answered."""

    def __init__(self, policy):
        self.policy = policy
        self.heard = []

    def decide(self, view):
        verdict = self.policy.decide(view)
        n_reports = view.n_reports + view.n_nonfinite
        self.heard.append(
            (n_reports.copy(), view.active.copy(), np.flatnonzero(verdict.stop).tolist())
        )
        return verdict


def polls(recorded, sign, heard):
    """What the engine sees at each judgement; who was not asked about is finished."""
    logged = (recorded.values * sign).tolist()
    return [
        [
            {"state": "running" if asked else "finished", "history": history[:n]}
            for history, n, asked in zip(logged, n_reports.tolist(), active.tolist(), strict=True)
        ]
        for n_reports, active, _ in heard
    ]


def replayed(rng):
    """A random sweep under a random rule: the engine's case, what was decided, and a tally."""
    while True:
        block = random_sweeps.rule(rng)
        try:
            policy = Hyperband.from_block(block).resolved()
        except DataError:
            continue
        break
    goal = Goal(str(rng.choice(list(Goal))))
    recorded = random_records.record(rng)
    n = len(recorded.values)
    options = {
        "n_workers": int(rng.integers(1, 9)),
        "poll_s": POLLS_S[rng.integers(len(POLLS_S))],
        "order": rng.permutation(n),
    }
    listening = Listening(policy)
    asked = replay(listening, recorded, **options)
    followed = replay(policy, recorded, **options)
    assert followed.stopped_at.tolist() == asked.stopped_at.tolist()
    assert followed.ended_s.tolist() == asked.ended_s.tolist()
    config = {
        "method": "random",
        "metric": {"name": "m", "goal": goal.value},
        "early_terminate": block,
        "parameters": {"a": {"min": 0, "max": 1}},
    }
    case = {"config": config, "polls": polls(recorded, goal.sign, listening.heard)}
    tally = Counter(
        sweeps=1,
        stopping=bool(asked.stopped.any()),
        strict=policy.strict,
        with_nan=bool((recorded.n_finite < recorded.n_reports).any()),
        polled=options["poll_s"] is not None,
        judgements=len(listening.heard),
    )
    return case, [stop for *_, stop in listening.heard], tally


def test_every_judgement_of_every_replay(ask_engine):
    rng = np.random.default_rng(7)
    tally = Counter()
    for _ in range(N_SWEEPS // AT_A_TIME):
        cases, ours, tallies = zip(*(replayed(rng) for _ in range(AT_A_TIME)), strict=True)
        for case, said, theirs in zip(cases, ours, ask_engine(list(cases)), strict=True):
            assert said == theirs, case["config"]
        tally.update(sum(tallies, Counter()))
    assert tally["sweeps"] == N_SWEEPS
    assert tally["stopping"] > 1000
    assert N_SWEEPS / 4 < tally["strict"] < 3 * N_SWEEPS / 4
    assert tally["with_nan"] > 500
    assert tally["polled"] > 1000
    assert tally["judgements"] > 50 * N_SWEEPS / 4

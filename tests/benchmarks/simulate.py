"""Simulating rules: the fold against W&B's own engine in a loop, in one run.

`python -m tests.benchmarks.simulate` times 24 rules x 20 arrival orders over 500 runs of 100
reports, shows that time grows as rules and orders do, and how much memory 5,000 runs of 500
reports need. The engine (PyPI `sweeps`, in the oracle's environment) is asked about one replay of
one rule at sampled moments, and its time extrapolated to every moment at which the fold judged; its
answers there are compared with the fold's.
"""

import argparse
import json
import resource
import subprocess
import time

import numpy as np

from tests.benchmarks.judge import ENGINE, ORACLE
from wbtools.analysis.simulation.grid import default_rules
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import Scenario
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.model import Goal, Metric
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule

N_WORKERS = 8
RULE = Hyperband(min_iter=5, eta=3, strict=True)


def make(n_runs: int, n_reports: int, seed: int = 0) -> Scenario:
    """Whole runs of paces of their own."""
    rng = np.random.default_rng(seed)
    end = rng.uniform(0.1, 1, (n_runs, 1))
    fall = np.exp(-np.arange(1, n_reports + 1) / (n_reports / 4))
    values = end + fall * rng.uniform(1, 2, (n_runs, 1)) + rng.normal(0, 0.02, (n_runs, n_reports))
    times = np.cumsum(rng.uniform(0.5, 2, (n_runs, 1)) * np.ones(n_reports), axis=1)
    lengths = np.full(n_runs, n_reports)
    return Scenario(
        sweep_id="made",
        metric=Metric(name="m", goal=Goal.MINIMIZE),
        seen=Trajectories(values=values, n_reports=lengths, report_s=times, end_s=times[:, -1]),
        full=np.ones(n_runs, dtype=bool),
        cut=np.zeros(n_runs, dtype=bool),
        horizon=lengths,
        pace_s=times[:, 0],
    )


class Listening:
    """A policy, and what it was asked about."""

    def __init__(self, policy: object) -> None:
        self.policy = policy
        self.heard: list = []

    def decide(self, view):
        """Decide, and remember."""
        verdict = self.policy.decide(view)
        stop = np.flatnonzero(verdict.stop).tolist()
        self.heard.append((view.n_reports.copy(), view.active.copy(), stop))
        return verdict


def ask_engine(ground: Scenario, heard: list) -> tuple[list, float]:
    """The engine's decisions at these moments, and its seconds."""
    values = ground.seen.values.tolist()
    polls = [
        [
            {"state": "running" if asked else "finished", "history": history[:n]}
            for history, n, asked in zip(values, n_reports.tolist(), active.tolist(), strict=True)
        ]
        for n_reports, active, _ in heard
    ]
    config = {
        "method": "random",
        "metric": {"name": "m", "goal": "minimize"},
        "early_terminate": RULE.as_block(),
        "parameters": {"a": {"min": 0, "max": 1}},
    }
    result = subprocess.run(
        [ORACLE, ENGINE, "--time"],
        input=json.dumps([{"config": config, "polls": polls}]),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)[0], float(result.stderr.split()[-1])


def timed(ground: Scenario, rules: list, n_orders: int) -> float:
    """Seconds of a whole simulation."""
    begin = time.perf_counter()
    simulate([ground], rules, Setup(n_orders=n_orders, n_workers=N_WORKERS))
    return time.perf_counter() - begin


def main() -> None:
    """Time everything, then compare with the engine."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=500)
    words.add_argument("--reports", type=int, default=100)
    words.add_argument("--orders", type=int, default=20)
    words.add_argument("--polls", type=int, default=200)
    asked = words.parse_args()
    ground = make(asked.runs, asked.reports)
    rules = default_rules(asked.reports)
    whole_s = timed(ground, rules, asked.orders)
    print(
        f"{asked.runs} x {asked.reports}, {len(rules)} rules x {asked.orders} orders: "
        f"{whole_s:.1f} s"
    )
    half = max(asked.orders // 2, 1)
    print(f"half the orders: {timed(ground, rules, half) / whole_s:.2f} of that")
    odd, even = (timed(ground, rules[k::2], asked.orders) / whole_s for k in (0, 1))
    print(f"every second rule: {odd:.2f} of that, the others: {even:.2f}")

    listening = Listening(RULE)
    replay(listening, ground.seen, n_workers=N_WORKERS)
    begin = time.perf_counter()
    replay(RULE, ground.seen, n_workers=N_WORKERS)
    fold_s = time.perf_counter() - begin
    rng = np.random.default_rng(1)
    n_judged = len(listening.heard)
    picked = np.sort(rng.choice(n_judged, min(asked.polls, n_judged), replace=False))
    sample = [listening.heard[k] for k in picked]
    theirs, engine_s = ask_engine(ground, sample)
    equal = sum(said == stop for said, (*_, stop) in zip(theirs, sample, strict=True))
    all_s = engine_s / len(sample) * n_judged
    print(
        f"{RULE}: {equal} of {len(sample)} sampled judgements as the engine's\n"
        f"engine {engine_s / len(sample) * 1e3:.1f} ms a judgement, {all_s:.0f} s for the "
        f"{n_judged} of one replay (extrapolated); the fold {fold_s * 1e3:.0f} ms: "
        f"{all_s / fold_s:.0f} times"
    )
    large = make(5000, 500)
    begin = time.perf_counter()
    replay(RULE, large.seen, n_workers=N_WORKERS)
    large_s = time.perf_counter() - begin
    timed(large, [RULE, NoRule()], 1)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"5,000 x 500: one replay {large_s:.1f} s, peak memory of this process {peak_gb:.2f} GB")


if __name__ == "__main__":
    main()

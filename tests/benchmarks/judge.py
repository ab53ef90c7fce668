"""Judging a sweep at every report: this project's moments against W&B's own engine, in one run.

`python -m tests.benchmarks.judge` prints seconds and ratios. The engine (PyPI `sweeps`, in the
oracle's environment) is asked at sampled reports and its time extrapolated to all of them; on a
smaller sweep every decision at every report is compared in full.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np

from wbtools.analysis.diagnosis.timeline import Observations, RuleTimeline
from wbtools.rules.hyperband import Hyperband

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / ".oracle-venv" / "bin" / "python"
ENGINE = ROOT / "tests" / "oracle" / "engine.py"
MIN_ITER, ETA = 4, 3


def make(n_runs: int, n_reports: int, *, short: bool, seed: int = 0) -> Observations:
    """Runs that start one after the other; of any length if `short`, else all of the same."""
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(-0.05, 0.3, (n_runs, n_reports)), axis=1)
    times = np.sort(rng.random((n_runs, n_reports)), axis=1) + 0.2 * np.arange(n_runs)[:, None]
    lengths = rng.integers(1 if short else n_reports, n_reports + 1, n_runs)
    inside = np.arange(n_reports) < lengths[:, None]
    return Observations(
        values=np.where(inside, values, np.nan),
        times_s=np.where(inside, times, np.nan),
        n_reports=lengths,
        end_s=np.full(n_runs, np.inf),
    )


def polls(observations: Observations, moments: np.ndarray) -> list:
    """What the engine sees at each moment: every run still open, as far as it has reported."""
    return [
        [
            {"state": "running", "history": values[times <= now].tolist()}
            for values, times in zip(observations.values, observations.times_s, strict=True)
        ]
        for now in moments
    ]


def ask_engine(observations: Observations, moments: np.ndarray) -> tuple[list, float]:
    """Its decisions, and the seconds that it took over them (start-up not counted)."""
    config = {
        "method": "random",
        "metric": {"name": "m", "goal": "minimize"},
        "early_terminate": {
            "type": "hyperband",
            "min_iter": MIN_ITER,
            "eta": ETA,
            "strict": True,
        },
        "parameters": {"a": {"min": 0, "max": 1}},
    }
    cases = json.dumps([{"config": config, "polls": polls(observations, moments)}])
    result = subprocess.run(
        [ORACLE, ENGINE, "--time"], input=cases, capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)[0], float(result.stderr.split()[-1])


def judge(observations: Observations) -> tuple[list, float]:
    """All moments of all runs, and the seconds."""
    begin = time.perf_counter()
    timeline = RuleTimeline(Hyperband(min_iter=MIN_ITER, eta=ETA), observations)
    moments = [timeline.of(row) for row in range(len(observations.values))]
    stops = [(run_timeline.since_s, run_timeline.stop(strict=True)) for run_timeline in moments]
    return stops, time.perf_counter() - begin


def stopped_at(stops: list, now: float) -> list[int]:
    """The runs that would be stopped at one moment."""
    said = []
    for row, (since, stop) in enumerate(stops):
        at = np.searchsorted(since, now, side="right") - 1
        if at >= 0 and stop[at]:
            said.append(row)
    return said


def main() -> None:
    """Compare in full on a small sweep, then time a large one."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=500)
    words.add_argument("--reports", type=int, default=100)
    words.add_argument("--polls", type=int, default=300)
    asked = words.parse_args()

    small = make(60, 40, short=True)
    clock = np.sort(small.times_s[~np.isnan(small.times_s)])
    theirs, _ = ask_engine(small, clock)
    ours, _ = judge(small)
    equal = sum(stopped_at(ours, now) == said for now, said in zip(clock, theirs, strict=True))
    print(f"60 x 40: {equal} of {len(clock)} reports with identical decisions")

    large = make(asked.runs, asked.reports, short=False)
    clock = np.sort(large.times_s[~np.isnan(large.times_s)])
    sample = np.sort(np.random.default_rng(1).choice(clock, asked.polls, replace=False))
    theirs, engine_s = ask_engine(large, sample)
    ours, ours_s = judge(large)
    equal = sum(stopped_at(ours, now) == said for now, said in zip(sample, theirs, strict=True))
    all_s = engine_s / asked.polls * len(clock)
    print(
        f"{asked.runs} x {asked.reports}: {equal} of {asked.polls} sampled polls identical\n"
        f"engine {engine_s / asked.polls * 1e3:.1f} ms a poll, {all_s:.0f} s for all "
        f"{len(clock)} reports (extrapolated); here {ours_s:.2f} s: {all_s / ours_s:.0f} times"
    )


if __name__ == "__main__":
    main()

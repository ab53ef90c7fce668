"""The doctor on many runs: seconds, memory, and whether both grow as the runs do.

`python -m tests.benchmarks.doctor` examines made sweeps of 2,500, 5,000 and 10,000 runs of up to 27
reports, each in a process of its own, and prints what each takes as a multiple of the smallest, and
what judging the rule alone takes, which an audit needs too.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np

from tests.analysis.sweeps import question, sweep
from wbtools.analysis.diagnosis.outcomes import run_outcomes
from wbtools.analysis.diagnosis.rule_verdicts import judge_by_rule
from wbtools.analysis.health import SweepBackground, check_context, examine
from wbtools.model import RunState
from wbtools.sweepfile.space import Range

SIZES = (2_500, 5_000, 10_000)
LONGEST = 27


def make(n_runs):
    """Falling curves of many lengths; one in ten runs failed, one in fifty is another's twin."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, LONGEST + 1, n_runs)
    curves = [(rng.random() + np.sort(rng.random(n))[::-1]).tolist() for n in lengths.tolist()]
    facts = []
    for k in range(n_runs):
        state = RunState.FAILED if k % 10 == 0 else RunState.FINISHED
        config = {"lr": 10 ** rng.uniform(-4, -1) if k % 50 else 0.01, "epochs": LONGEST, "seed": k}
        code = int(state is RunState.FAILED)
        facts.append(
            {"state": state, "exit_code": code, "config": config, "host": f"box-{k % 500}"}
        )
    return sweep(*curves, facts=facts, starts=[10.0 * k for k in range(n_runs)])


def measure(n_runs):
    """Seconds and megabytes of one size."""
    recorded = make(n_runs)
    asked = question("hyperband(min_iter=2,eta=3,strict=true)", method="bayes")
    known = SweepBackground(
        impute="worst", space={"lr": Range(low=1e-4, high=0.1, kind="log_uniform_values")}
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    context = check_context(recorded, asked, known)
    read = time.perf_counter()
    examination = examine(context)
    examined = time.perf_counter()
    outcomes = run_outcomes(recorded, asked)
    judging = time.perf_counter()
    judge_by_rule(outcomes, outcomes.observations(asked.metric.goal), asked)
    judged = time.perf_counter()
    return {
        "n_runs": n_runs,
        "read_off_s": read - began,
        "checks_s": examined - read,
        "rule_alone_s": judged - judging,
        "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "n_findings": len(examination.findings),
    }


def main():
    if sys.argv[1:]:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    rows = [
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.doctor", str(size)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for size in SIZES
    ]
    first = rows[0]
    for row in rows:
        whole, least = (timing["read_off_s"] + timing["checks_s"] for timing in (row, first))
        print(
            f"{row['n_runs']:6,} runs: {whole:6.2f} s ({row['checks_s']:.2f} s of it in checks, "
            f"{row['rule_alone_s']:.2f} s for the rule alone), {row['grown_mb']:.0f} MB more, "
            f"{row['n_findings']} findings; {whole / least:.2f} x the time of "
            f"{first['n_runs'] / 1000:g} k runs for {row['n_runs'] / first['n_runs']:g} x the runs"
        )


if __name__ == "__main__":
    main()

"""Drives W&B's own engine (PyPI `sweeps`): JSON cases on stdin, its decisions on stdout.

Runs in the oracle's environment (numpy < 2), never in the project's own. A case is
`{"config": sweep configuration, "polls": [[{"state": ..., "history": [...]}, ...], ...]}`; the
answer holds, for every poll, the indices of the runs that the engine stops, or `{"raises": kind}`.
`--time` puts the seconds spent on deciding onto stderr.
"""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import sweeps  # noqa: E402 - it warns while it is imported

METRIC = "m"


def poll(config, runs):
    histories = [
        sweeps.SweepRun(
            name=str(k), state=run["state"], history=[{METRIC: value} for value in run["history"]]
        )
        for k, run in enumerate(runs)
    ]
    stopped = sweeps.stop_runs(config, histories)
    return sorted(int(run.name) for run in stopped)


def answer(case):
    try:
        return [poll(case["config"], runs) for runs in case["polls"]]
    except Exception as error:  # noqa: BLE001 - that it raises is the answer
        return {"raises": type(error).__name__}


cases = json.load(sys.stdin)
begin = time.perf_counter()
json.dump([answer(case) for case in cases], sys.stdout)
if "--time" in sys.argv:
    print(time.perf_counter() - begin, file=sys.stderr)

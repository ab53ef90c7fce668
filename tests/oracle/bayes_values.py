"""Asks W&B's own bayes (PyPI `sweeps`) which value it takes for each run: JSON in, JSON out.

Runs in the oracle's environment, never in the project's own. A case is `{"config": …, "runs":
[{"state": …, "history": […], "summary": …}, …]}`; the answer holds the values of those runs that
bayes learns from, in their order. Null in a history is NaN, a null summary none.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import sweeps  # noqa: E402 - it warns while it is imported
from sweeps.bayes_search import (  # noqa: E402 - likewise
    _construct_gp_data,
    bayes_baseline_validate_and_fill,
)

METRIC = "m"


def values(case):
    runs = [
        sweeps.SweepRun(
            name=str(k),
            state=run["state"],
            config={"lr": {"value": 0.5}},
            history=[{METRIC: float("nan") if x is None else x} for x in run["history"]],
            summary_metrics={} if run["summary"] is None else {METRIC: run["summary"]},
        )
        for k, run in enumerate(case["runs"])
    ]
    config = bayes_baseline_validate_and_fill(case["config"])
    _, _, _, y, _ = _construct_gp_data(runs, config)
    sign = -1.0 if config["metric"]["goal"] == "maximize" else 1.0
    return [sign * float(value) for value in y]


json.dump([values(case) for case in json.load(sys.stdin)], sys.stdout)

"""Asks W&B's own schema and engine about sweep files: JSON list on stdin, verdicts on stdout.

Runs in the oracle's environment. A verdict is `{"violations": [...]}` or `{"crashed": kind}` of the
schema function behind `wandb sweep`, with `"next_run"` and `"stop_runs"`: the kind of error that
the engine raises when it is asked for a run or a stop, or null.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import sweeps  # noqa: E402 - it warns while it is imported


def raises(call):
    try:
        call()
    except Exception as error:  # noqa: BLE001 - that it raises is the answer
        return type(error).__name__
    return None


def verdict(config):
    answer = {}
    try:
        answer["violations"] = sweeps.schema_violations_from_proposed_config(config)
    except Exception as error:  # noqa: BLE001 - a crash refuses too
        answer["crashed"] = type(error).__name__
    answer["next_run"] = raises(lambda: sweeps.next_run(config, [], validate=False))
    runs = [sweeps.SweepRun(name="a", state="running", history=[{"m": 1.0}] * 5)]
    wanted = isinstance(config, dict) and config.get("early_terminate")
    answer["stop_runs"] = raises(lambda: sweeps.stop_runs(config, runs)) if wanted else None
    return answer


json.dump([verdict(config) for config in json.load(sys.stdin)], sys.stdout)

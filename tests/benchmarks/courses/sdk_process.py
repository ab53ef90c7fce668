"""Record runs through W&B's SDK, in a process of its own: what they logged comes on stdin.

The clock shows the time at which each row was logged, so that the runs of a pool lie beside each
other in their files as they did when they ran.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from unittest import mock

import wandb


def record(spec: dict) -> None:
    os.environ["WANDB_RUN_ID"] = spec["id"]  # as agents do: in a sweep no other id is heeded
    with mock.patch("time.time", return_value=spec["start_s"]):
        run = wandb.init(name=spec["name"], config=spec["config"])
    for step, time_s, data in spec["rows"]:
        run.log({**data, "_timestamp": time_s}, step=step, commit=True)
    if spec["exit_code"] is None:
        time.sleep(17)  # the SDK writes every 15 seconds; what comes later is lost with the run
        os.kill(os.getpid(), signal.SIGKILL)
    run.finish(exit_code=spec["exit_code"])
    wandb.teardown()


if __name__ == "__main__":
    for each in json.load(sys.stdin):
        record(each)

"""A guard that is killed thirty times, at any moment, and started again."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import pytest

from tests.live.world import SWEEP, World, redecided

pytestmark = pytest.mark.slow

RULE = "top(hyperband(min_iter=2,eta=2),k=3)"
N_RUNS, N_REPORTS, N_KILLS = 150, 16, 30
TICK_S = 0.25


def start(reach):
    words = ["guard", SWEEP, "--rule", RULE, "--yes", "--poll", "1", "--archive", reach.folder]
    return subprocess.Popen(
        [sys.executable, "-m", "wbtools", *words, "-q"],
        env={**os.environ, "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_thirty_kills_leave_every_stop_founded_and_single(reach):
    dice = np.random.default_rng(11)
    curves = {
        f"r{k:03}": (level + dice.random(N_REPORTS) / 5).tolist()
        for k, level in enumerate(dice.random(N_RUNS))
    }
    sweep = World(reach, curves, n_agents=6, lasts=100_000)
    over, moments = threading.Event(), random.Random(7)  # noqa: S311 - reproducible moments

    def report():
        while not over.is_set():
            sweep.turn()
            time.sleep(TICK_S)

    reporting = threading.Thread(target=report)
    reporting.start()
    try:
        n_killed = 0
        while n_killed < N_KILLS:
            guard = start(reach)
            time.sleep(moments.uniform(0.4, 4.0))
            if guard.poll() is None:
                guard.send_signal(signal.SIGKILL)
                n_killed += 1
            _, told = guard.communicate()
            assert guard.returncode in {-signal.SIGKILL, 0}, told
            if guard.returncode == 0:
                break  # the sweep is over before its guard was killed so often
        last = start(reach)
        _, told = last.communicate(timeout=300)
        assert last.returncode == 0, told
    finally:
        over.set()
        reporting.join()
    assert n_killed == N_KILLS
    asked = sweep.asked_to_stop()
    assert set(Counter(asked).values()) == {1}
    assert len(asked) > 20
    assert redecided(reach.folder, RULE) == set(asked)
    # Nobody is stopped who had one of the three best values then: those of now are better still.
    bests = [min(row["loss"] for row in run.history.rows) for run in sweep.runs.values()]
    third = sorted(bests)[2]
    assert all(min(sweep.curves[name][:2]) > third for name in asked)

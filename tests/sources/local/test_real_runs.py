"""Runs of a real training program under the installed SDK, offline: exact values and states."""

import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from wbtools.model import RunState
from wbtools.sources.local.sweeps import candidate_metrics, find_sweeps, load

TRAINING = """
import os
import sys
import time
import wandb

kind, first, n_steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
run = wandb.init(config={"optimizer": {"name": "adam"}, "a.b": 1})
if kind == "defined":
    run.define_metric("epoch")
    run.define_metric("loss", step_metric="epoch", summary="min")
if kind == "preempted":
    run.mark_preempting()
for step in range(first, first + n_steps):
    row = {"loss": 1 / (step + 3), "train": {"loss": 2 / (step + 3)}, "epoch": step // 4}
    row |= {"train.flat": step / 7, "word": "x", "flag": True, "none": None}
    row["maybe"] = {1: float("nan"), 2: float("-inf")}.get(step, step)
    if step % 10 == 9:
        row["val/loss"] = step / 3
    if kind == "in two calls":
        run.log({"early": -step}, commit=False)
    run.log(row, step=step if first else None)
    if kind in ("killed", "terminated"):
        time.sleep(0.1)
        print(step, flush=True)
if kind == "raises":
    raise RuntimeError(kind)
if kind == "interrupted":
    raise KeyboardInterrupt
if kind == "preempted":
    sys.exit(1)
"""


@pytest.fixture(scope="session")
def train(tmp_path_factory):
    """Start the training program; offline, in its own folder or in a given one."""

    def started(kind, run_id, *, folder=None, sweep=None, first=0, n_steps=40):
        folder = folder or tmp_path_factory.mktemp("train")
        script = folder / "train.py"
        script.write_text(TRAINING)
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = kept | {
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_CONSOLE": "off",
            "WANDB_RUN_ID": run_id,
            "WANDB_PROJECT": "real",
        }
        if sweep:
            environment["WANDB_SWEEP_ID"] = sweep
        process = subprocess.Popen(
            [sys.executable, "train.py", kind, str(first), str(n_steps)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return folder, process

    return started


KINDS = {
    "finishes": (RunState.FINISHED, 0),
    "raises": (RunState.FAILED, 1),
    "interrupted": (RunState.FAILED, 255),
    "preempted": (RunState.PREEMPTED, 1),
    "defined": (RunState.FINISHED, 0),
    "in two calls": (RunState.FINISHED, 0),
}


@pytest.fixture(scope="session")
def real_sweep(train, tmp_path_factory):
    """One run of each kind, two at a time, all in one sweep."""
    folder = tmp_path_factory.mktemp("sweep")
    kinds = list(KINDS)
    for some in (kinds[:2], kinds[2:4], kinds[4:]):
        processes = [
            train(kind, f"run{kinds.index(kind)}", folder=folder, sweep="sw1")[1] for kind in some
        ]
        for process in processes:
            process.communicate(timeout=120)
    (found,) = find_sweeps(folder)
    metrics = ["loss", "train.loss", "train.flat", "val/loss", "maybe", "early", "word", "flag"]
    return found, load(found, [*metrics, "none", "train"])


@pytest.mark.slow  # six real runs
def test_every_run_has_its_state_and_exit_code(real_sweep):
    _, sweep = real_sweep
    endings = {run.id: (run.state, run.exit_code) for run in sweep.runs}
    assert endings == {f"run{n}": ended for n, ended in enumerate(KINDS.values())}


@pytest.mark.slow  # six real runs
def test_facts_of_a_real_run(real_sweep):
    found, sweep = real_sweep
    assert found.sweep_id == "sw1"
    assert found.n_runs == len(KINDS)
    assert sweep.findings == ()
    for run in sweep.runs:
        assert run.config == {"optimizer.name": "adam", "a.b": 1}
        assert run.program is not None
        assert run.program.endswith("train.py")
        assert run.argv is not None
        assert run.argv[1:] == ("0", "40")
        assert run.argv[0] == list(KINDS)[int(run.id[-1])]
        assert run.created_at is not None
        assert run.heartbeat_at is not None
        assert run.created_at <= run.heartbeat_at <= sweep.as_of
        assert run.runtime_s is not None
        assert 0 < run.runtime_s < 120
        assert run.summary["train.loss"] == 2 / 42


@pytest.mark.slow  # six real runs
def test_values_of_real_runs_are_exact(real_sweep):
    _, sweep = real_sweep
    steps = np.arange(40)
    expected = {
        "loss": 1 / (steps + 3),
        "train.loss": 2 / (steps + 3),
        "train.flat": steps / 7,
        "val/loss": steps[9::10] / 3,
        "maybe": np.delete(steps, [1, 2]).astype(float),
        "word": np.zeros(0),
        "flag": np.zeros(0),
        "none": np.zeros(0),
        "train": np.zeros(0),
    }
    for metric, values in expected.items():
        for row in sweep.curves[metric].values:
            assert row.tobytes() == values.tobytes(), metric
    assert (sweep.curves["loss"].steps == steps).all()
    assert (sweep.curves["val/loss"].steps == steps[9::10]).all()
    assert sweep.curves["maybe"].n_nonfinite.tolist() == [2] * len(KINDS)
    assert sweep.curves["maybe"].first_nonfinite_step.tolist() == [1] * len(KINDS)
    times_s = sweep.curves["loss"].times_s
    assert (np.diff(times_s, axis=1) >= 0).all()
    assert (times_s >= 0).all()
    assert (times_s < 120).all()


@pytest.mark.slow  # six real runs
def test_a_row_logged_in_two_calls_is_one_row(real_sweep):
    _, sweep = real_sweep
    curves = sweep.curves["early"]
    row = [run.id for run in sweep.runs].index(f"run{list(KINDS).index('in two calls')}")
    assert curves.n_reports.sum() == curves.n_reports[row] == 40
    assert curves.values[row].tolist() == [-step for step in range(40)]
    assert curves.steps[row].tolist() == list(range(40))


@pytest.mark.slow  # six real runs
def test_candidate_metrics_of_real_runs(real_sweep):
    found, _ = real_sweep
    everywhere = ("epoch", "loss", "maybe", "train.flat", "train.loss", "val/loss")
    expected = {**dict.fromkeys(everywhere, len(KINDS)), "early": 1}
    assert candidate_metrics(found) == expected


@pytest.mark.parametrize(
    ("kind", "first", "expected"),
    [
        pytest.param(
            "raises",
            0,
            [*range(20), *range(20)],
            id="steps that start at 0 again are all kept",
            marks=pytest.mark.slow,
        ),
        pytest.param("finishes", 20, [*range(40)], id="steps that go on are joined"),
        pytest.param(
            "finishes",
            15,
            [*range(35)],
            id="steps logged again after a checkpoint count once",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_run_started_twice_is_one_run(train, tmp_path, kind, first, expected):
    for how, at in ((kind, 0), ("finishes", first)):
        _, process = train(how, "again", folder=tmp_path, first=at, n_steps=20)
        process.communicate(timeout=120)
    (found,) = find_sweeps(tmp_path)
    sweep = load(found, ["loss"])
    (run,) = sweep.runs
    assert run.attempts == 2
    assert run.state is RunState.FINISHED
    assert sweep.curves["loss"].steps[0].tolist() == expected
    assert [finding.code for finding in sweep.findings] == ["WBT113"]


@pytest.mark.slow  # real runs
def test_a_run_that_had_finished_and_begins_anew_is_another_run(train, tmp_path):
    for _ in range(2):
        _, process = train("finishes", "again", folder=tmp_path, n_steps=20)
        process.communicate(timeout=120)
    (found,) = find_sweeps(tmp_path)
    sweep = load(found, ["loss"])
    assert [run.id for run in sweep.runs] == ["again", "again~2"]
    assert sweep.curves["loss"].n_reports.tolist() == [20, 20]
    assert [finding.code for finding in sweep.findings] == ["WBT112"]


@pytest.mark.slow  # real runs
def test_a_run_killed_at_once_is_unknown_and_said_to_be_empty(train):
    folder, process = train("killed", "gone", n_steps=1000)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    (found,) = find_sweeps(folder)
    sweep = load(found, ["loss"])
    (run,) = sweep.runs
    assert run.id == "gone"
    assert (run.state, run.exit_code) == (RunState.UNKNOWN, None)
    assert {finding.code for finding in sweep.findings} <= {"WBT111"}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_killed_later_keeps_what_reached_the_disk(train, how):
    folder, process = train("killed", "gone", n_steps=1000)
    time.sleep(35)
    process.send_signal(how)
    process.communicate(timeout=60)
    (found,) = find_sweeps(folder)
    sweep = load(found, ["loss"])
    (run,) = sweep.runs
    assert (run.state, run.exit_code) == (RunState.UNKNOWN, None)
    curves = sweep.curves["loss"]
    assert curves.n_reports[0] > 100
    assert curves.values[0].tolist() == [1 / (step + 3) for step in range(curves.n_reports[0])]
    assert run.runtime_s is not None
    assert math.isclose(run.runtime_s, curves.times_s[0, -1], abs_tol=20)

"""Record the demo sweep: real training runs, W&B's own engine, W&B's own SDK, no network.

The recorder stands in for the W&B server and for two agents. W&B's engine (PyPI `sweeps`)
proposes configurations and decides stops on what has been observed so far; each run is a real
process of the demo's `train.py`, which logs through the real SDK in offline mode. Afterwards
every run is trained over the full budget, unrecorded: that is the ground truth. Sweeps are
recorded with engine seeds 0, 1, 2, … until one stopped a run that would have beaten the bar.

Run times decide which observations the engine has when it proposes and stops, so a recording
cannot be repeated exactly; its training runs can, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sweeps
import yaml
from check_recording import leaks, read_recording
from sweeps.run import RunState, SweepRun
from training_process import SWEEP_ID, command, environment, identity, plain

DEMO = Path(__file__).resolve().parents[2] / "wbtools" / "demo" / "textures"
N_WORKERS = 2
POLL_S = 1.0
STOPPED = 128 + signal.SIGTERM


@dataclass(kw_only=True)
class Trial:
    """One run of the sweep, as the recorder and the engine see it."""

    number: int
    run_id: str
    name: str
    run: SweepRun
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    stop: dict[str, float] | None = None
    curve: list[float] = field(default_factory=list)
    full_curve: list[float] = field(default_factory=list)


class Recorder:
    """The server and the agents of one sweep."""

    def __init__(self, spec: dict[str, Any], seed: int, folder: Path) -> None:
        self.spec, self.seed, self.folder = spec, seed, folder
        self.metric: str = spec["metric"]["name"]
        self.epochs: int = spec["parameters"]["epochs"]["value"]
        self.trials: list[Trial] = []
        self.lock = threading.Lock()

    def record(self) -> None:
        """Run the whole sweep: propose, train, observe, stop."""
        np.random.seed(self.seed)  # noqa: NPY002  (the engine draws from the global generator)
        next_poll = time.monotonic()
        while True:
            time.sleep(0.05)
            with self.lock:
                for trial in self.active():
                    self.reap(trial)
                n_free = N_WORKERS - len(self.active())
                n_left = self.spec["run_cap"] - len(self.trials)
                if n_free and n_left:
                    self.start()
                elif not n_left and n_free == N_WORKERS:
                    return
                if time.monotonic() >= next_poll:
                    next_poll = time.monotonic() + POLL_S
                    self.poll()

    def active(self) -> list[Trial]:
        """List the trials whose process has not been seen to end."""
        return [trial for trial in self.trials if trial.run.state == RunState.running]

    def start(self) -> None:
        """Ask the engine for a configuration and start a run with it."""
        proposal = sweeps.next_run(self.spec, [trial.run for trial in self.trials])
        number = len(self.trials) + 1
        run_id, name = identity(self.seed, number)
        run = SweepRun(name=run_id, config=proposal.config, state=RunState.running)
        params = self.folder / f"config-{run_id}.yaml"
        params.write_text(yaml.safe_dump({"wandb_version": 1, **plain(run.config)}))
        env = environment(
            self.folder,
            WANDB_MODE="offline",
            WANDB_PROJECT=self.spec["project"],
            WANDB_SWEEP_ID=SWEEP_ID,
            WANDB_SWEEP_PARAM_PATH=str(params),
            WANDB_RUN_ID=run_id,
            WANDB_NAME=name,
        )
        process = subprocess.Popen(
            command(run.config), cwd=self.folder, env=env, stdout=subprocess.PIPE, text=True
        )
        trial = Trial(number=number, run_id=run_id, name=name, run=run, process=process)
        trial.reader = threading.Thread(target=self.listen, args=(trial,))
        trial.reader.start()
        self.trials.append(trial)

    def listen(self, trial: Trial) -> None:
        """Take in a run's reports as they come."""
        assert trial.process is not None
        assert trial.process.stdout is not None
        for line in trial.process.stdout:
            row = json.loads(line)
            with self.lock:
                trial.run.history.append(row)

    def reap(self, trial: Trial) -> None:
        """Note the end of a run's process, if it has come."""
        assert trial.process is not None
        assert trial.reader is not None
        code = trial.process.poll()
        if code is None or trial.reader.is_alive():
            return
        if code not in {0, STOPPED} or (code == STOPPED and trial.stop is None):
            message = f"run {trial.number} ended with exit code {code}"
            raise RuntimeError(message)
        trial.run.state = RunState.finished if code == 0 else RunState.killed

    def poll(self) -> None:
        """Let the engine stop runs on what has been observed so far."""
        runs = [trial.run for trial in self.trials]
        doomed = {run.name for run in sweeps.stop_runs(self.spec, runs)}
        histories = [run.metric_history(self.metric, filter_invalid=True) for run in runs]
        for trial, history in zip(self.trials, histories, strict=True):
            asked_before = trial.stop is not None
            if trial.run_id not in doomed or asked_before or len(history) >= self.epochs:
                continue
            info = trial.run.early_terminate_info
            k = max(k for k, band in enumerate(info["bands"]) if band <= len(history))
            band = info["bands"][k]
            trial.stop = {
                "decided_after_reports": len(history),
                "band": band,
                "value": history[band - 1],
                "threshold": -info["thresholds"][k],
                "n_peers": sum(len(other) >= band for other in histories),
            }
            assert trial.process is not None
            trial.process.send_signal(signal.SIGTERM)

    def settle(self) -> dict[str, Any]:
        """Read the recording back, train every run over the full budget, and compare."""
        for trial in self.trials:
            assert trial.reader is not None
            trial.reader.join()
            (path,) = self.folder.glob(f"wandb/offline-run-*-{trial.run_id}/*.wandb")
            trial.curve = read_recording(path, self.metric)
        with ThreadPoolExecutor(N_WORKERS) as pool:
            for trial, curve in zip(
                self.trials, pool.map(self.train_out, self.trials), strict=True
            ):
                if curve[: len(trial.curve)] != trial.curve or len(curve) != self.epochs:
                    message = f"run {trial.number}: the full training is not the recorded one"
                    raise RuntimeError(message)
                trial.full_curve = curve
        finished = [trial for trial in self.trials if trial.run.state == RunState.finished]
        bar = max(max(trial.full_curve) for trial in finished)
        runs = {trial.run_id: facts(trial, bar) for trial in self.trials}
        return {
            "sweep_id": SWEEP_ID,
            "engine_seed": self.seed,
            "metric": self.metric,
            "goal": self.spec["metric"]["goal"],
            "budget": self.epochs,
            "bar": bar,
            "n_finished": len(finished),
            "n_stopped": len(self.trials) - len(finished),
            "gems": [trial.number for trial in self.trials if runs[trial.run_id]["gem"]],
            "runs": runs,
        }

    def train_out(self, trial: Trial) -> list[float]:
        """Train a run's configuration over the full budget, unrecorded."""
        env = environment(self.folder, WANDB_MODE="disabled")
        result = subprocess.run(
            command(trial.run.config),
            cwd=self.folder,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return [json.loads(line)[self.metric] for line in result.stdout.splitlines()]


def facts(trial: Trial, bar: float) -> dict[str, Any]:
    """Say what is true of a run."""
    stopped = trial.run.state == RunState.killed
    best = max(trial.full_curve)
    return {
        "number": trial.number,
        "name": trial.name,
        "state": "stopped" if stopped else "finished",
        "stopped_after_reports": len(trial.curve) if stopped else None,
        "stop": trial.stop if stopped else None,
        "best_over_full_budget": best,
        "gem": stopped and best > bar,
        "full_curve": trial.full_curve,
    }


def main() -> None:
    """Record sweeps until one has a gem, and put that one into the output folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed-from", type=int, default=0, help="the engine's first seed")
    parser.add_argument("--out", type=Path, default=DEMO, help="gets wandb/ and truth.json")
    parser.add_argument("--work-dir", type=Path, required=True, help="for what is not shipped")
    options = parser.parse_args()
    spec = yaml.safe_load((DEMO / "sweep.yaml").read_text())
    seed = options.seed_from
    while True:
        folder = options.work_dir.resolve() / f"seed-{seed}"
        folder.mkdir(parents=True)
        shutil.copy(DEMO / "train.py", folder)
        recorder = Recorder(spec, seed, folder)
        recorder.record()
        truth = recorder.settle()
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
        print({k: v for k, v in truth.items() if k != "runs"}, flush=True)
        if truth["gems"]:
            break
        seed += 1
    shutil.rmtree(options.out / "wandb", ignore_errors=True)
    for path in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        found = leaks(path, (str(folder), str(options.work_dir)))
        if found:
            message = f"{path.name} says too much about this machine: {found}"
            raise RuntimeError(message)
        target = options.out / "wandb" / path.parent.name
        target.mkdir(parents=True)
        shutil.copy(path, target)
    shutil.copy(folder / "truth.json", options.out)


if __name__ == "__main__":
    main()

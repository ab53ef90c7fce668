"""Write a sweep as its user has it: a `wandb/` folder, and the sweep file beside it, or not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.recording.training_process import environment
from tests.sources.local.wandb_writer import exit_record, history, run_record, summary, write_run

if TYPE_CHECKING:
    from tests.benchmarks.courses.sweeps import RecordedRun, RecordedSweep


def write_sweep(sweep: RecordedSweep, folder: Path) -> None:
    """Write the run files by this project's writer or by W&B's SDK, and the sweep file."""
    folder.mkdir(parents=True, exist_ok=True)
    if sweep.file is not None:
        path = folder / sweep.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(sweep.contents(), sort_keys=False))
    if sweep.by_sdk:
        _record(sweep, folder)
        return
    for run in sweep.runs:
        _write(run, sweep.id, folder / "wandb")


def _write(run: RecordedRun, sweep_id: str, home: Path) -> None:
    records = [
        run_record(
            run.id,
            start_s=run.start_s,
            config=run.config,
            display_name=run.name,
            sweep_id=sweep_id,
            entity="acme",
            project="courses",
        )
    ]
    latest = {}
    for row in run.rows:
        records.append(history(row.step, row.data, time_s=run.start_s + row.time_s))
        latest |= row.data
    if latest:
        records.append(summary(latest))
    if run.exit_code is not None:
        records.append(exit_record(run.exit_code))
    stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime(run.start_s))
    write_run(home, records, run.id, stamp)


def _record(sweep: RecordedSweep, folder: Path) -> None:
    """Runs that end together in one process; those without an exit are killed in one each."""
    ended = [run for run in sweep.runs if run.exit_code is not None]
    killed = [[run] for run in sweep.runs if run.exit_code is None]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda runs: _start(runs, sweep.id, folder), [ended, *killed]))


def _start(runs: list[RecordedRun], sweep_id: str, folder: Path) -> None:
    specs = [
        {
            "id": run.id,
            "name": run.name,
            "config": run.config,
            "start_s": run.start_s,
            "exit_code": run.exit_code,
            "rows": [(row.step, run.start_s + row.time_s, row.data) for row in run.rows],
        }
        for run in runs
    ]
    extra = {
        "WANDB_MODE": "offline",
        "WANDB_ENTITY": "acme",
        "WANDB_PROJECT": "courses",
        "WANDB_SWEEP_ID": sweep_id,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path])),
    }
    result = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.courses.sdk_process"],
        input=json.dumps(specs),
        cwd=folder,
        env={**environment(folder), **extra},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    is_killed = any(run.exit_code is None for run in runs)
    if result.returncode != (-signal.SIGKILL if is_killed else 0):
        msg = f"W&B's SDK did not record {sweep_id}: {result.stderr}"
        raise RuntimeError(msg)

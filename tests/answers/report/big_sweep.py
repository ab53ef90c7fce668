"""A sweep of many runs with long curves, as run files: what a report's page must still be quick on.

    PYTHONPATH=. python -m tests.answers.report.big_sweep FOLDER

writes it, for `wbtools report FOLDER --early-terminate RULE -o page.html`.
"""

import sys
from pathlib import Path

import numpy as np

from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    history,
    run_record,
    summary,
    write_run,
)

N_RUNS, N_REPORTS = 500, 200
BAND = 160
RULE = f"hyperband(min_iter={BAND},eta=2,strict=true)"
"""Half of the runs are stopped at the one band, so that nearly all curves are long."""
METRIC = "val/loss"
_AGENTS, _REPORT_S = 8, 30.0
_SCHEDULES = ("cosine", "step", "constant", "warmup-cosine")


def write_big_sweep(folder: Path, *, n_runs: int = N_RUNS, n_reports: int = N_REPORTS) -> Path:
    """Write the run files below a folder; the same ones every time.

    Args:
        folder: Where to.
        n_runs: How many runs.
        n_reports: Reports of a full run.

    Returns:
        The folder.
    """
    random = np.random.default_rng(24)
    free_s = np.zeros(_AGENTS)
    at_band: list[float] = []
    for k in range(n_runs):
        config = _config(random)
        values = _curve(random, config, n_reports)
        agent = int(np.argmin(free_s))
        start_s = START_S + float(free_s[agent])
        n_made = n_reports
        if n_reports > BAND:
            best = float(values[:BAND].min())
            at_band.append(best)
            n_made = n_reports if best <= np.median(at_band) else BAND
        free_s[agent] += n_made * _REPORT_S + 20
        _write(folder, k, config, values[:n_made], start_s, n_reports)
    return folder


def _config(random: np.random.Generator) -> dict[str, object]:
    return {
        "lr": float(10 ** random.uniform(-4, -1)),
        "weight_decay": float(10 ** random.uniform(-6, -2)),
        "hidden": int(random.choice([64, 128, 256, 512])),
        "batch_size": int(random.choice([32, 64, 128])),
        "dropout": float(random.uniform(0, 0.5)),
        "schedule": str(random.choice(_SCHEDULES)),
        "momentum": float(random.uniform(0.8, 0.99)),
        "seed": int(random.integers(0, 3)),
    }


def _curve(random: np.random.Generator, config: dict[str, object], n_reports: int) -> np.ndarray:
    """`float64 [n_reports]` a loss that falls ever more slowly, with noise."""
    distance = abs(np.log10(float(str(config["lr"]))) + 2.3)
    floor = 0.30 + 0.12 * distance + 0.2 * float(str(config["dropout"])) + random.normal(0, 0.02)
    pace = random.uniform(0.3, 0.8)
    steps = np.arange(1, n_reports + 1)
    return floor + 1.8 * steps**-pace + random.normal(0, 0.004, n_reports)


def _write(
    folder: Path,
    k: int,
    config: dict[str, object],
    values: np.ndarray,
    start_s: float,
    n_reports: int,
) -> None:
    run_id = f"big{k + 1:05d}"
    records = [
        run_record(
            run_id,
            start_s=start_s,
            config={**config, "epochs": n_reports},
            sweep_id="bigsweep",
            display_name=f"steady-sweep-{k + 1}",
            host="gpu-box-17.lab.example",
        )
    ]
    records += [
        history(
            step, {METRIC: float(value), "epoch": step + 1}, time_s=start_s + (step + 1) * _REPORT_S
        )
        for step, value in enumerate(values)
    ]
    records += [
        summary({METRIC: float(values[-1]), "_step": len(values) - 1}),
        exit_record(0 if len(values) == n_reports else 1),
    ]
    write_run(folder, records, run_id, f"20240101_{k:06d}")


if __name__ == "__main__":
    write_big_sweep(Path(sys.argv[1]))

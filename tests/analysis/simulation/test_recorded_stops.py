"""Sweeps that W&B's engine stopped, run by run and report by report, come out of the fold again."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.rules.hyperband import Hyperband

FILE = Path(__file__).parents[2] / "data" / "replayed" / "sweeps.json.gz"
SWEEPS = json.loads(gzip.decompress(FILE.read_bytes()))


@pytest.mark.parametrize("sweep", SWEEPS, ids=[sweep["sweep_id"] for sweep in SWEEPS])
def test_the_recorded_stops(sweep):
    runs = sweep["runs"]
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    values = np.array([run["metric"] for run in runs], dtype=float) * sign
    report_s = np.cumsum([run["sec"] for run in runs], axis=1)
    recorded = Trajectories(
        values=values,
        n_reports=np.full(len(runs), values.shape[1]),
        report_s=report_s,
        end_s=report_s[:, -1],
    )
    replayed = replay(
        Hyperband.from_block(sweep["stopper"] | {"type": sweep["stopper"]["kind"]}),
        recorded,
        n_workers=sweep["workers"],
        poll_s=0.0,
        stagger_s=runs[1]["started"] - runs[0]["started"],
    )
    n_reports = [run["n_reports"] for run in runs]
    assert replayed.n_made.tolist() == n_reports
    assert replayed.stopped.sum() > len(runs) / 3

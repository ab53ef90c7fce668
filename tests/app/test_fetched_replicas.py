"""Replication of a sweep on W&B's servers: its own command, its replicas found by their group."""

import numpy as np
import pytest

from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun, load_runs
from wbtools.app.replica_search import VerifyOptions
from wbtools.app.replicate import ReplicateOptions, replicate
from wbtools.app.verify import verify
from wbtools.errors import DataError
from wbtools.replication.changes import Changes

SWEEP = "acme/ocr/v5inrfwe"
CONFIG = {
    "method": "random",
    "metric": {"name": "acc", "goal": "maximize"},
    "program": "runners/train.py",
    "command": ["${env}", "python", "${program}", "preset=b4", "${args_no_hyphens}"],
    "early_terminate": {"type": "hyperband", "min_iter": 2},
    "parameters": {"opt.lr": {"min": 1e-5, "max": 0.1}, "seed": {"value": 0}},
}


def run(name, values, *, lr=6.797303101020006e-05, seed=0, **facts):
    n = len(values)
    columns = {
        "acc": np.array(values),
        "_step": np.arange(n),
        "_timestamp": 1.7e9 + np.arange(n),
    }
    config = {"opt.lr": lr, "seed": seed}
    return LoadedRun(name=name, history=ColumnHistory(columns), config=config, facts=facts)


@pytest.fixture
def sweep(reach):
    stopped = {"state": "killed", "exit_code": None, "stopped": True}
    runs = [
        run("stopped1", (0.2, 0.4), **stopped),
        run("full0001", (0.1, 0.2, 0.3, 0.35), lr=0.01),
        run("full0002", (0.1, 0.2, 0.3, 0.33), lr=0.02),
    ]
    reach.server.load_sweep("acme", "ocr", "v5inrfwe", config=CONFIG, runs=runs)
    return reach


def test_a_fetched_sweeps_own_command_is_taken(sweep):
    options = ReplicateOptions(runs=("stopped1",), changes=Changes(seeds=(1, 2)))
    with sweep.session() as session:
        scripts = replicate(SWEEP, options, None, session)
    assert "/usr/bin/env python runners/train.py \\\n  preset=b4 \\\n" in scripts.text
    assert "opt.lr=6.797303101020006e-05" in scripts.text
    assert "export WANDB_PROJECT=ocr" in scripts.text
    assert "export WANDB_ENTITY=acme" in scripts.text
    assert scripts.plans[0].n_replicas == 2


def test_replicas_are_found_by_their_group_on_the_server(sweep):
    options = VerifyOptions(run="stopped1", success=("0.5",))
    with sweep.session() as session, pytest.raises(DataError, match="no replica of run"):
        verify(SWEEP, options, None, session)
    replicas = [
        run(f"again00{k}", (0.2, 0.4, 0.5, 0.55 + k / 100), seed=k, group="wbtools-stopped1")
        for k in range(2)
    ]
    others = [run("other001", (0.2, 0.4, 0.5, 0.9), group="wbtools-other")]
    load_runs(sweep.server.state, "acme", "ocr", [*replicas, *others])
    with sweep.session() as session:
        verification, _ = verify(SWEEP, options, None, session)
    assert {replica.run.id for replica in verification.replicas} == {"again000", "again001"}
    assert all(replica.curve_match.first_difference is None for replica in verification.replicas)
    assert str(verification.verdict) == "success"

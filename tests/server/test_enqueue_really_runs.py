"""The real `wandb agent` takes what wbtools enqueued, and what the real SDK did, alike."""

import json
import math

import pytest

import wbtools as wb
from tests.server import Switches, running_server
from tests.server.client import make_sweep, run_script, start_agent
from tests.server.scheduling import LOCAL_SCHEDULER

pytestmark = pytest.mark.slow
TRAINS = """
import argparse, json, sys, wandb
parser = argparse.ArgumentParser()
for name, kind in {"lr": float, "big": int, "seed": int}.items():
    parser.add_argument(f"--{name}", type=kind)
parser.add_argument("--opt")
config = parser.parse_args()
with wandb.init() as run:
    for epoch in range(3):
        run.log({"acc": config.lr * (epoch + 1) + config.seed})
    with open("seen.jsonl", "a") as file:
        seen = {name: run.config[name] for name in ("lr", "big", "opt", "seed")}
        file.write(json.dumps([run.id, sys.argv[1:], seen]) + "\\n")
"""
SWEEP = """
program: train.py
method: grid
metric: {name: acc, goal: maximize}
command: ["${env}", python, "${program}", "${args}"]
parameters:
  lr: {values: [0.00006797303101020006]}
  big: {value: 1152921504606846977}
  opt: {parameters: {beta: {value: 0.30000000000000004}}}
  seed: {value: 0}
"""
BY_SDK = """
import wandb
sweep = wandb.Api().sweep({sweep!r})
config = {{"lr": 0.5, "big": 2**60 + 1, "opt": {{"beta": 0.1 + 0.2}}, "seed": 9}}
wrapped = {{name: {{"value": value}} for name, value in config.items()}}
print("id", sweep.enqueue_run(wrapped, display_name="by the SDK"))
"""


def test_an_agent_takes_enqueued_runs_and_verify_finds_them(tmp_path, monkeypatch):
    (tmp_path / "train.py").write_text(TRAINS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    with running_server(Switches(features=frozenset({LOCAL_SCHEDULER}))) as server:
        for name, value in server.env(tmp_path).items():
            monkeypatch.setenv(name, value)
        path = make_sweep(server, tmp_path, "p", SWEEP)
        agent = start_agent(server, tmp_path, path, count=1)
        said, _ = agent.communicate(timeout=120)
        assert agent.returncode == 0, said
        sweep = server.state.sweep(*path.split("/"))
        (original,) = server.state.sweep_runs(sweep)
        answer = wb.replicate(path, original.name, to="enqueue", seeds=[7, 8], yes=True)
        code, said = run_script(server, tmp_path, BY_SDK.format(sweep=path))
        assert code == 0, said
        waiting = [run for run in server.state.sweep_runs(sweep) if run.state == "pending"]
        ours, by_sdk = waiting[:2], waiting[2]
        assert by_sdk.name in said
        assert answer.runs[0].plan.enqueued == tuple(run.name for run in ours)
        # Word for word in one form: what an agent gets does not tell who enqueued it.
        assert [*map(type, by_sdk.config.values())] == [*map(type, ours[0].config.values())]
        assert by_sdk.config["opt"] == ours[0].config["opt"] == {"value": {"beta": 0.1 + 0.2}}
        agent = start_agent(server, tmp_path, path, count=3)
        said, _ = agent.communicate(timeout=240)
        assert agent.returncode == 0, said
        assert server.log.unknown() == []
        seen = {}
        for line in (tmp_path / "seen.jsonl").read_text().splitlines():
            run_id, argv, config = json.loads(line)
            seen[run_id] = argv, config
        assert {run.state for run in server.state.sweep_runs(sweep)} == {"finished"}
        assert [run.display_name for run in ours] == [
            f"{original.display_name}-replica-7", f"{original.display_name}-replica-8",
        ]  # fmt: skip
        _, config = seen[original.name]
        for run, seed in zip(ours, (7, 8), strict=True):
            argv, values = seen[run.name]
            assert values == config | {"seed": seed}
            assert "--lr=6.797303101020006e-05" in argv
            assert f"--seed={seed}" in argv
        assert seen[by_sdk.name][1]["lr"] == 0.5
        verified = wb.verify(path, original.name)
    replicas = {replica.run.id: replica for replica in verified.replicas}
    assert replicas.keys() == {run.name for run in ours}
    assert all(math.isfinite(replica.best) for replica in replicas.values())

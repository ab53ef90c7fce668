"""A sweep of replicas is created by the real `wandb sweep` and run by the real `wandb agent`."""

import json

import pytest
import yaml

from tests.replication.launches import by_config, replication, run_of, shellcheck
from tests.server import running_server
from tests.server.client import make_sweep, start_agent
from wbtools.replication.changes import Changes
from wbtools.replication.command import launch_of_function
from wbtools.replication.script import joined_replications
from wbtools.replication.styles import Style
from wbtools.replication.sweep_of_runs import sweep_of_runs
from wbtools.replication.yaml_targets import sweep_yaml

pytestmark = pytest.mark.slow
TRAINS = """
import argparse, json, sys, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--seed", type=int)
parser.add_argument("--name")
config = parser.parse_args()
with wandb.init(config=vars(config)) as run:
    run.log({"acc": config.lr * config.seed})
    with open("seen.jsonl", "a") as file:
        file.write(json.dumps([vars(config), sys.argv[1:], run.group]) + "\\n")
"""
CONFIG = {"lr": 6.797303101020006e-05, "seed": 0, "name": "it's $(x) {y}"}


def test_the_agent_runs_the_replicas(tmp_path):
    what = replication(by_config(CONFIG, Style.ARGPARSE, "train.py"), Changes(seeds=(42, 123)),
                       run_of(config=CONFIG))  # fmt: skip
    metric = {"name": "acc", "goal": "maximize"}
    (tmp_path / "train.py").write_text(TRAINS)
    with running_server() as server:
        text = sweep_yaml(what, sweep_name="again", metric=metric)
        sweep = make_sweep(server, tmp_path, "p", text)
        agent = start_agent(server, tmp_path, sweep)
        said, _ = agent.communicate(timeout=180)
        assert server.log.unknown() == []
    assert agent.returncode == 0, said
    records = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert sorted(config["seed"] for config, _, _ in records) == [42, 123], said
    for config, argv, group in records:
        assert group == "wbtools-ab12cd34"
        (same,) = [
            replica for replica in what.replicas if replica.changed["seed"] == config["seed"]
        ]
        assert config == CONFIG | {"seed": config["seed"]}
        assert sorted(argv) == sorted(f"--{k}={v}" for k, v in same.launch.values.items())
    assert yaml.safe_load(text)["method"] == "grid"


READS = """
import json, wandb
with wandb.init() as run:
    run.log({"acc": run.config["lr"]})
    with open("seen.jsonl", "a") as file:
        values = {name: run.config[name] for name in ("lr", "name")}
        file.write(json.dumps([values, [], run.group]) + "\\n")
"""


@pytest.mark.parametrize("by_wandb", [False, True], ids=["as arguments", "from W&B"])
def test_the_agent_runs_each_of_several_runs(tmp_path, by_wandb):
    configs = {f"run{k}": CONFIG | {"lr": 0.1 * k} for k in range(3)}
    program = "reads.py" if by_wandb else "train.py"
    parts = []
    for run_id, config in configs.items():
        values = {name: config[name] for name in ("lr", "name")} if by_wandb else config
        launch = (
            launch_of_function((program,), values)
            if by_wandb
            else by_config(config, Style.ARGPARSE, program)
        )
        parts.append(replication(launch, run=run_of(id=run_id, config=config)))
    what = joined_replications(parts, ("3 runs again",), list(configs))
    text = sweep_of_runs(what, sweep_name="again", metric={"name": "acc", "goal": "maximize"})
    shellcheck("#!/bin/sh\n" + yaml.safe_load(text)["command"][3] + "\n")
    (tmp_path / program).write_text(READS if by_wandb else TRAINS)
    with running_server() as server:
        sweep = make_sweep(server, tmp_path, "p", text)
        agent = start_agent(server, tmp_path, sweep)
        said, _ = agent.communicate(timeout=180)
        assert server.log.unknown() == []
        entity, project, sweep_id = sweep.split("/")
        runs = server.state.sweep_runs(server.state.sweep(entity, project, sweep_id))
    assert agent.returncode == 0, said
    assert len(runs) == len(configs)
    lines = (tmp_path / "seen.jsonl").read_text().splitlines()
    seen = {group: config for config, _, group in map(json.loads, lines)}
    assert seen.keys() == {f"wbtools-{run_id}" for run_id in configs}, said
    for run_id, config in configs.items():
        assert seen[f"wbtools-{run_id}"].items() <= config.items()

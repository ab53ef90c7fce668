"""A sweep of replicas is created by the real `wandb sweep` and run by the real `wandb agent`."""

import json

import pytest
import yaml

from tests.replication.launches import by_config, replication, run_of
from tests.server import running_server
from tests.server.client import make_sweep, start_agent
from wbtools.replication.changes import Changes
from wbtools.replication.styles import Style
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

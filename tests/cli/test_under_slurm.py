"""The arrays of all three writers, submitted to a real Slurm: every task runs what it should."""

import contextlib
import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.slurm import NoClusterError, running_cluster, why_none
from tests.server import running_server
from tests.server.client import make_sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_none() is not None, reason=why_none() or ""),
]
TABLE = """\
run_id,lr,seed,acc,state
a,6.797303101020006e-05,1,0.9,finished
b,0.25,1,,crashed
c,0.5,2,,failed
"""
RECORDER = """\
import json, os, sys
words = sys.argv[1:]
path = next((word for word in words if word.endswith(".yaml")), None)
config = open(path).read() if path else None
names = ("READY", "PLACE", "SLURM_ARRAY_TASK_ID")
record = [words, {name: os.environ.get(name) for name in names}, os.getcwd(), config]
name = f"{os.environ['RECORDED']}/{os.getpid()}.json"
json.dump(record, open(name, "w"))
print("printed", *words)
sys.exit(3 if any(bad in str(record) for bad in ("--lr=0.5", "lr: 0.5")) else 0)
"""
TRAINS = """\
import argparse, json, os, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
lr = parser.parse_args().lr
with wandb.init(config={"lr": lr}) as run:
    run.log({"loss": lr})
with open("ran.jsonl", "a") as file:
    file.write(json.dumps([lr, os.environ["READY"], os.environ["SLURM_ARRAY_TASK_ID"]]) + "\\n")
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with contextlib.ExitStack() as closing:
        try:
            folder = tmp_path_factory.mktemp("slurm")
            started = closing.enter_context(running_cluster(folder))
        except NoClusterError as error:
            pytest.skip(f"Slurm is installed and does not start here: {error}")
        yield started


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project, and an environment that each task has to set up for itself."""
    project = tmp_path / "a project"
    for path in (project / "work", project / "logs", tmp_path / "recorded"):
        path.mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.setenv("RECORDED", str(tmp_path / "recorded"))
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    (project / "work" / "record.py").write_text(RECORDER)
    (project / "env.sh").write_text(
        f'PATH={Path(sys.executable).parent}:"$PATH"$NOT_SET\nexport PATH READY=yes\n'
    )
    return project


SETUP = ("--setup", "source ./env.sh", "--setup", "cd work")
OPTIONS = (*SETUP, "--slurm-output", "logs/%x-%a.txt", "--cpus", "1", "--time-limit", "2")


def run(cluster, script, *words, **env):
    return cluster.run(script, *words, env={"RECORDED": os.environ["RECORDED"], **env})


def records():
    folder = Path(os.environ["RECORDED"])
    return sorted(json.loads(path.read_text()) for path in folder.glob("*.json"))


def test_an_array_of_replicas(wbtools, cluster, folder):
    (folder / "runs.csv").write_text(TABLE)
    words = ("--metric", "acc", "--goal", "maximize", "--program", "record.py")
    how = ("--style", "argparse", "--to", "slurm", *OPTIONS, "--sbatch=--comment=a b #1")
    result = wbtools(
        "replicate", "runs.csv", "--run", "a", "--run", "failed", *words, *how, "-o", "again.sh"
    )
    assert result.code == 0, result.err
    tasks = run(cluster, folder / "again.sh")
    assert [task.state for task in tasks] == ["COMPLETED", "COMPLETED", "FAILED"]
    assert tasks[2].exit_code == "3:0"
    expected = {
        ("--lr=6.797303101020006e-05", "--seed=1"),
        ("--lr=0.25", "--seed=1"),
        ("--lr=0.5", "--seed=2"),
    }
    assert {tuple(words) for words, *_ in records()} == expected
    for _, env, place, _ in records():
        assert env["READY"] == "yes"
        assert place == str(folder / "work")
    names = sorted(path.name for path in (folder / "logs").iterdir())
    assert names == [f"wbtools-3-runs-{k}.txt" for k in range(3)]
    assert "printed --lr=0.25 --seed=1" in (folder / "logs" / "wbtools-3-runs-1.txt").read_text()


def test_one_replica_is_no_array(wbtools, cluster, folder):
    (folder / "runs.csv").write_text(TABLE)
    words = ("--metric", "acc", "--goal", "maximize", "--program", "record.py", *SETUP)
    result = wbtools("replicate", "runs.csv", "--run", "a", *words, "--to", "slurm", "-o", "a.sh")
    assert result.code == 0, result.err
    (task,) = run(cluster, folder / "a.sh")
    assert (task.place, task.state) == (None, "COMPLETED")
    assert len(records()) == 1
    assert len(list(folder.glob("wbtools-a-*.log"))) == 1


def test_a_setup_that_fails_fails_the_task(wbtools, cluster, folder):
    (folder / "runs.csv").write_text(TABLE)
    words = ("--metric", "acc", "--goal", "maximize", "--program", "record.py")
    wbtools("replicate", "runs.csv", "--run", "a", *words, "--to", "slurm", "-o", "a.sh",
            "--setup", "source nowhere/bin/activate")  # fmt: skip
    (task,) = run(cluster, folder / "a.sh")
    assert task.state == "FAILED"
    assert records() == []


def test_an_array_over_a_grid(wbtools, cluster, folder):
    (folder / "grid.yaml").write_text("prefix: g\naxes:\n  lr: [0.25, 0.5, 0.75]\n  seed: [1, 2]\n")
    words = ("--to", "slurm", "--out-dir", "configs", "--shards", "4", "-o", "grid.sh")
    result = wbtools(
        "expand-grid",
        "grid.yaml",
        *words,
        "--command",
        "python record.py {config} -x",
        *OPTIONS,
        f"--sbatch=--chdir={folder}/logs/..",
    )
    assert result.code == 0, result.err
    tasks = run(cluster, folder / "grid.sh")
    # The third and fourth configuration hold what the program fails for: tasks 2 and 3 of 4.
    states = ["COMPLETED", "COMPLETED", "FAILED", "FAILED"]
    assert [task.state for task in tasks] == states
    configs = [yaml.safe_load(text) for *_, text in records()]
    assert sorted((config["lr"], config["seed"]) for config in configs) == [
        (lr, seed) for lr in (0.25, 0.5, 0.75) for seed in (1, 2)
    ]
    assert all(env["READY"] == "yes" for _, env, *_ in records())
    assert len(list((folder / "logs").iterdir())) == 4


def test_an_array_of_agents(wbtools, cluster, folder):
    (folder / "work" / "train.py").write_text(TRAINS)
    words = ("-p", "lr=[0.25,0.5,0.75]", "--program", "train.py", "--metric", "loss")
    slurm = ("--to", "slurm", "--agents", "2", "--array-limit", "1", "--count", "2")
    result = wbtools("make-sweep", "grid", *words, *slurm, *OPTIONS, "-o", "sweep.yaml")
    assert result.code == 0, result.err
    with running_server() as server:
        home = folder / "work"
        sweep = make_sweep(server, home, "p", (folder / "sweep.yaml").read_text())
        tasks = run(cluster, folder / "sweep.sbatch", sweep, **server.env(home))
        assert server.log.unknown() == []
    logs = [path.read_text() for path in (folder / "logs").iterdir()]
    assert [task.state for task in tasks] == ["COMPLETED", "COMPLETED"], logs
    ran = [json.loads(line) for line in (home / "ran.jsonl").read_text().splitlines()]
    assert sorted(ran) == [[0.25, "yes", "0"], [0.5, "yes", "0"], [0.75, "yes", "1"]]

"""Replications made of a few words, and programs that say what reached them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from wbtools.app.replica_scripts import slurm_job
from wbtools.model import Run
from wbtools.planning.slurm import SlurmOptions
from wbtools.replication.changes import Changes, make_replicas
from wbtools.replication.command import launch_from_config
from wbtools.replication.script import Replication

RECORDER = """\
import json, os, sys
names = ("WANDB_NAME", "WANDB_RUN_GROUP", "WANDB_SWEEP_PARAM_PATH", "WANDB_PROJECT")
there = {name: os.environ.get(name) for name in names}
path = there["WANDB_SWEEP_PARAM_PATH"] or next((w for w in sys.argv[1:] if w.startswith("/")), "")
content = open(path).read() if path and os.path.isfile(path) else None
with open(os.environ["RECORDED"], "a") as file:
    file.write(json.dumps({"argv": sys.argv[1:], "env": there, "file": content}) + "\\n")
"""


def run_of(**facts) -> Run:
    known = {"id": "ab12cd34", "name": "amber-sweep-8", "number": 8, "number_from": "name"}
    return Run(**(known | facts))


def replication(launch, changes=None, run=None, **facts) -> Replication:
    run = run or run_of()
    replicas = make_replicas(run, launch, changes or Changes())
    known = {"head": ("Run 8 again",)}
    return Replication(replicas=replicas.members, varied=replicas.varied, **(known | facts))


def slurm_script(what: Replication, **options) -> str:
    return str(slurm_job(what, SlurmOptions(**options)))


def by_config(values, style, program="record.py"):
    return launch_from_config((program,), values, style, is_asked=True)


def play(script: str, folder: Path, *shell: str, **env: str) -> list[dict]:
    """Run a script through a shell; what the recording program was given, once a start."""
    (folder / "record.py").write_text(RECORDER)
    recorded = folder / "recorded.jsonl"
    recorded.unlink(missing_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    result = subprocess.run(
        shell or ["sh"],
        input=script.encode(),
        cwd=folder,
        env={**os.environ, "PATH": path, "RECORDED": str(recorded), **env},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr.decode(errors="replace")
    return [json.loads(line) for line in recorded.read_text().splitlines()]


def shellcheck(*scripts: str) -> None:
    """Every script passes `bash -n` and shellcheck."""
    checker = str(Path(sys.executable).with_name("shellcheck"))
    for script in scripts:
        parsed = subprocess.run(
            ["bash", "-n"], input=script.encode(), capture_output=True, check=False
        )
        assert parsed.returncode == 0, parsed.stderr.decode()
        result = subprocess.run(
            [checker, "-"], input=script.encode(), capture_output=True, check=False
        )
        assert result.returncode == 0, result.stdout.decode()


STUB = """\
import json, os, sys, yaml

class Config(dict):
    __getattr__ = dict.__getitem__

config = Config()

def _forbidden(name):
    def call(*args, **kwargs):
        with open(os.environ["FORBIDDEN"], "a") as file:
            file.write(name + "\\n")
        os._exit(97)
    return call

sweep, agent, controller = map(_forbidden, ("wandb.sweep", "wandb.agent", "wandb.controller"))

def init(config=None, **settings):
    path = os.environ.get("WANDB_SWEEP_PARAM_PATH")
    held = yaml.safe_load(open(path)) if path else {}
    given = {name: item["value"] for name, item in held.items() if isinstance(item, dict)}
    globals()["config"].update({**(config or {}), **given})
    with open(os.environ["RECORDED"], "a") as file:
        file.write(json.dumps({"config": globals()["config"], "argv": sys.argv[1:]}) + "\\n")
"""
"""A `wandb` that writes down what it is asked for; sweeps, agents and controllers are forbidden."""

FUNCTIONS = {
    "under a main guard": """\
import wandb
def train():
    wandb.init(project="own")
if __name__ == "__main__":
    wandb.agent(wandb.sweep({"method": "random"}, project="own"), train, count=100)
""",
    "at the top level, by imported names, twice": """\
from wandb import agent as start, init, sweep
start(sweep({}), function=init, count=100)
start(sweep({}), function=init)
""",
    "in a function of another name for the package": """\
import wandb as wb
def main():
    wb.agent(wb.sweep(sweep={}), lambda: wb.init(config={"lr": 5, "own": 1}))
main()
""",
}
"""Programs that would start a sweep of a hundred runs, were they started as they are."""

READER = "import wandb\nwandb.init()\n"
ARGPARSE = """\
import argparse, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=7.0)
parser.add_argument("--units", type=int, default=7)
parser.add_argument("--sweep", action="store_true")
parser.add_argument("--count", type=int)
args = parser.parse_args()
def train():
    wandb.init(config={"lr": args.lr, "units": args.units})
if args.sweep:
    wandb.agent(wandb.sweep({}), train, count=args.count)
else:
    train()
"""
OVERRIDES = """\
import sys, wandb, yaml
words = (word.lstrip("+").partition("=") for word in sys.argv[1:])
wandb.init(config={name: yaml.safe_load(text) for name, _, text in words})
"""


def forbidden_calls(folder: Path) -> list[str]:
    """What the stub was asked for and does not do."""
    path = folder / "forbidden.txt"
    return path.read_text().splitlines() if path.exists() else []


def with_stub(folder: Path) -> dict[str, str]:
    """Put the stub into a folder of its own; the environment in which programs import it."""
    (folder / "stub").mkdir(exist_ok=True)
    (folder / "stub" / "wandb.py").write_text(STUB)
    return {"PYTHONPATH": str(folder / "stub"), "FORBIDDEN": str(folder / "forbidden.txt")}

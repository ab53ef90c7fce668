"""Replications made of a few words, and programs that say what reached them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from wbtools.model import Run
from wbtools.replication.changes import Changes, make_replicas
from wbtools.replication.launch import launch_from_config
from wbtools.replication.script import Replication, group_of

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
    made = make_replicas(run, launch, changes or Changes())
    known = {"head": ("Run 8 again",), "group": group_of(run.id)}
    return Replication(replicas=made.members, varied=made.varied, **(known | facts))


def by_config(values, style, program="record.py"):
    return launch_from_config((program,), values, style, is_asked=True)


def play(script: str, folder: Path, *shell: str, **env: str) -> list[dict]:
    """Run a script through a shell; what the recording program was given, once a start."""
    (folder / "record.py").write_text(RECORDER)
    recorded = folder / "recorded.jsonl"
    recorded.unlink(missing_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        shell or ["sh"],
        input=script.encode(),
        cwd=folder,
        env={**os.environ, "PATH": path, "RECORDED": str(recorded), **env},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return [json.loads(line) for line in recorded.read_text().splitlines()]


def shellcheck(*scripts: str) -> None:
    """Every script passes `bash -n` and shellcheck."""
    checker = str(Path(sys.executable).with_name("shellcheck"))
    for script in scripts:
        parsed = subprocess.run(
            ["bash", "-n"], input=script.encode(), capture_output=True, check=False
        )
        assert parsed.returncode == 0, parsed.stderr.decode()
        done = subprocess.run(
            [checker, "-"], input=script.encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout.decode()

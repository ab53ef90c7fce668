"""The lines of the README's loop and the three commands, typed as they stand there.

The sweep is the demo's: on a server under the README's own reference, only in the archive, or only
in run files, where its id is the recorded one.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import wbtools as wb
from tests import readme
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.model import RunState

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "wbtools" / "demo" / "textures"
WRITTEN = "entity/project/ab12cd34"
RECORDED = "t3xtur35"
LINES = [line.split("#")[0].strip() for line in readme.commands()["loop"].splitlines()]
COMMANDS = [
    "wbtools make-sweep",
    "wbtools audit-terminations ab12cd34",
    "wbtools replicate --run 8",
]
VERDICT = re.compile(r"Is there a gem\?  (Possibly|Probably|Very likely): \d+ % that run ")
NOT_SIGNED_IN = 4
NO_REPLICA = 3
TRAIN = """
import wandb

with wandb.init() as run:
    for epoch in range(27):
        run.log({"val/acc": 0.6 + epoch / 1000 + run.config["seed"] / 1e4, "epoch": epoch + 1})
"""


def demo_runs():
    sweep = wb.load_sweep("demo")
    curves = sweep.curves["val/acc"]
    epochs = sweep.curves["epoch"]
    for row, run in enumerate(sweep.runs):
        n = int(curves.n_reports[row])
        was_stopped = run.state is RunState.FAILED
        began_s = run.created_at.timestamp()
        yield LoadedRun(
            name=run.id,
            config=run.config,
            history=ColumnHistory(
                {
                    "val/acc": curves.values[row, :n],
                    "epoch": epochs.values[row, :n],
                    "_step": np.arange(n),
                    "_timestamp": began_s + curves.times_s[row, :n] - curves.times_s[row, 0],
                }
            ),
            facts={
                "display_name": run.name,
                "created_at": began_s,
                "heartbeat_at": run.heartbeat_at.timestamp(),
                "state": "killed" if was_stopped else "finished",
                "exit_code": None if was_stopped else 0,
                "stopped": was_stopped,
                "should_stop": was_stopped,
                "program": "train.py",
            },
        )


def put_on_server(site):
    entity, project, sweep = WRITTEN.split("/")
    config = yaml.safe_load((DEMO / "sweep.yaml").read_text())
    site.server.load_sweep(entity, project, sweep, runs=demo_runs(), config=config)


def put_into_run_files(work):
    shutil.copytree(DEMO / "wandb", work / "wandb")
    (work / "configs").mkdir()
    shutil.copy(DEMO / "sweep.yaml", work / "configs" / "textures.yaml")


def sign_out(monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)


def typed(wbtools, line, sweep=None):
    """A line of the loop up to its pipe; in place of the README's sweep another one."""
    if sweep is not None:
        line = line.replace(WRITTEN, sweep).replace(WRITTEN.rpartition("/")[2], sweep)
    program, *words = shlex.split(line.partition("|")[0])
    assert program == "wbtools"
    return wbtools(*words)


def test_the_readme_has_the_loop_in_seven_lines():
    programs = [line.split()[0] for line in LINES]
    assert programs == ["wbtools", "wandb", *["wbtools"] * 5]


@pytest.mark.parametrize(
    "place",
    ["server", *(pytest.param(each, marks=pytest.mark.slow) for each in ("archive", "run files"))],
)
def test_the_loop_works_as_it_is_written(site, wbtools, monkeypatch, place):
    sweep = None
    if place == "run files":
        put_into_run_files(site.work)
        sweep = RECORDED
    else:
        put_on_server(site)
    if place == "archive":
        assert wbtools("fetch", WRITTEN).code == 0
    if place != "server":
        sign_out(monkeypatch)
    make, _, fetch, audit, replicate, verify, following = LINES

    # The three commands first, in a folder where nothing was done before.
    if place == "server":  # whoever types a bare id works as W&B's settings say
        monkeypatch.setenv("WANDB_ENTITY", WRITTEN.partition("/")[0])
    results = [typed(wbtools, line, sweep) for line in COMMANDS]
    assert [result.code for result in results] == [0, 0, 0]
    assert "method: bayes" in results[0].out
    assert VERDICT.search(results[1].out)
    assert results[2].out.startswith("#!/bin/sh\n# Run 8 of sweep ")

    assert typed(wbtools, make).code == 0
    result = typed(wbtools, fetch, sweep)
    assert result.code == (0 if place == "server" else NOT_SIGNED_IN)
    if place == "run files":
        assert "; other commands take it from ./wandb, 36 runs" in result.err
    where = {
        "server": f"sweep: {WRITTEN}, the only one of that id among entity's projects",
        "archive": f"sweep: archive .wbtools, {WRITTEN}, 36 runs, fetched ",
        "run files": "sweep: ./wandb, 36 runs; not from W&B's server: not signed in",
    }
    result = typed(wbtools, audit, sweep)
    assert (result.code, bool(VERDICT.search(result.out))) == (0, True)
    assert result.err.splitlines()[0].startswith(where[place])
    result = typed(wbtools, replicate)
    assert result.code == 0
    assert result.out.startswith("#!/bin/sh\n# Run 5 of sweep ")
    result = typed(wbtools, verify)
    assert result.code == NO_REPLICA
    assert "no replica of run 5 was found" in result.err
    assert typed(wbtools, following, sweep).code == 0
    assert (site.work / "next.yaml").read_text().startswith("# The next sweep, ")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["server", "run files"])
def test_the_loop_runs_in_a_shell_with_wandb_itself(site, monkeypatch, place):
    """Three replicas are trained by what `replicate` writes, and `verify` finds them."""
    text, sweep = readme.commands()["loop"], WRITTEN
    (site.work / "train.py").write_text(TRAIN)
    if place == "server":
        put_on_server(site)
        monkeypatch.setenv("WANDB_ENTITY", "entity")
        monkeypatch.setenv("WANDB_PROJECT", "project")
    else:
        put_into_run_files(site.work)
        sweep = RECORDED
        sign_out(monkeypatch)
        monkeypatch.setenv("WANDB_MODE", "offline")
        monkeypatch.delenv("WANDB_DIR")
        # Neither line has anything to do with run files.
        text = "\n".join(
            line.replace(WRITTEN.rpartition("/")[2], RECORDED)
            for line in text.splitlines()
            if not line.startswith(("wandb sweep", "wbtools fetch"))
        )
    folder = site.home / "bin"
    folder.mkdir()
    for name, module in (("wbtools", "wbtools"), ("wandb", "wandb"), ("python", None)):
        words = [sys.executable, *(["-m", module] if module else [])]
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (folder / name).chmod(0o755)
    text += f"\nwbtools audit-terminations {sweep}"  # once more, with what is known now
    loop = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=site.work,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert loop.returncode == 0, loop.stderr[-3000:]
    assert VERDICT.search(loop.stdout)
    assert "Did it hold?  Run 5 holds: 3 replicas " in loop.stdout
    assert "run 5 was run again already: success (3 replicas, mean 0.62" in loop.stderr
    assert (site.work / "next.yaml").exists()

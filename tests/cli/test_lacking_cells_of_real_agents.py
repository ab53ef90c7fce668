"""A real agent works a part of a grid through; the rest, as written, completes it."""

import json
import os
import shlex
import subprocess
import sys
from collections import Counter

import pytest

from tests.server import running_server
from tests.server.client import make_sweep, start_agent

pytestmark = pytest.mark.slow
SWEEP = """
name: rates
program: train.py
command: ["${env}", python, "${program}"]
method: grid
metric: {name: loss, goal: minimize}
parameters:
  epochs: {value: 4}
  optimizer: {parameters: {lr: {values: [0.1, 0.2]}, kind: {value: sgd}}}
  flag: {values: [true, 1, null]}
"""
TRAIN = """
import wandb

with wandb.init() as run:
    cell = run.config["optimizer"]["lr"], repr(run.config["flag"])
    for epoch in range(4):
        run.log({"loss": run.config["optimizer"]["lr"] + 1 / (epoch + 1), "epoch": epoch})
        if cell == FAILING and epoch == 1:
            raise RuntimeError("out of memory")
"""


@pytest.fixture
def recording(tmp_path):
    """Four of six cells, the first of which failed."""
    home = tmp_path / "agent"
    home.mkdir()
    with running_server() as server:
        path = make_sweep(server, home, "p", SWEEP)
        (home / "train.py").write_text(TRAIN.replace("FAILING", "(0.1, 'True')"))
        start_agent(server, home, path, count=4).communicate(timeout=180)
        (home / "train.py").write_text(TRAIN.replace("FAILING", "None"))
        yield server, path, home


def ask(recording, *words):
    server, _, home = recording
    result = subprocess.run(
        [sys.executable, "-m", "wbtools", *words],
        cwd=home,
        env={**os.environ, **server.env(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


def cells_of(server, path):
    """The cells of a sweep's runs, and how often each finished."""
    runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    return Counter(
        (run.config["optimizer"]["value"]["lr"], repr(run.config["flag"]["value"]), run.state)
        for run in runs
    )


@pytest.mark.parametrize("where", ["server", "files"])
def test_what_is_written_completes_the_grid(recording, where):
    server, path, home = recording
    first = cells_of(server, path)
    assert sum(first.values()) == 4
    reference = path if where == "server" else "."
    code, out, err = ask(recording, "doctor", reference, "--format", "json")
    assert code == 0, err
    findings = json.loads(out)["findings"]
    finding = next(finding for finding in findings if finding["code"] == "WBD216")
    assert (finding["evidence"]["n"], finding["evidence"]["n_never_run"]) == (6, 2), finding
    failed = [cell for cell in first if cell[2] == "failed"]
    assert finding["evidence"]["n_cut_short"] == len(failed) == 1
    words = shlex.split(err.splitlines()[-1].removeprefix("next: "))
    code, _, err = ask(recording, *words[1:], "--force")
    assert code == 0, err
    files = sorted(home.glob("missing*.yaml"))
    rest = Counter()
    for file in files:
        more = make_sweep(server, home, "p", file.read_text())
        output, _ = start_agent(server, home, more).communicate(timeout=180)
        assert cells_of(server, more), output
        rest += cells_of(server, more)
        file.unlink()
    finished = Counter({cell: n for cell, n in (first + rest).items() if cell[2] == "finished"})
    wanted = {(lr, flag, "finished") for lr in (0.1, 0.2) for flag in ("True", "1", "None")}
    assert finished == Counter(wanted)
    assert sum(rest.values()) == 3

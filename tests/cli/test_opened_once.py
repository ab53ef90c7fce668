"""Every command looks for its sweep once: on disk, on its server, and for the sweep's own file."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.test_fetch import some_runs
from wbtools.app.opening import source
from wbtools.sources.local import sweeps

CASE = Path(__file__).parents[1] / "data" / "cases" / "bug-47" / "p"
OK = (0, 1)
COMMANDS = {
    "audit": ("audit-terminations", "SWEEP"),
    "one run": ("audit-terminations", "SWEEP", "--run", "best"),
    "rank": ("rank", "SWEEP"),
    "compare": ("compare", "SWEEP", "--group-by", "learning_rate"),
    "importance": ("importance", "SWEEP"),
    "doctor": ("doctor", "SWEEP"),
    "simulate": ("simulate", "SWEEP", "--orders", "2", "--rule", "none"),
    "replicate": ("replicate", "SWEEP", "--run", "best", "--program", "train.py"),
    "next sweep": ("make-sweep", "--from", "SWEEP", "--program", "train.py"),
    "forecast": ("forecast", "FILE", "--like", "SWEEP", "--runs", "4"),
}
FILE = """\
method: random
metric: {name: loss, goal: minimize}
parameters: {learning_rate: {values: [0.1, 0.2]}, epochs: {value: 10}}
early_terminate: {type: hyperband, min_iter: 2, eta: 2, strict: true}
"""


@pytest.fixture
def counts(monkeypatch):
    """How often was searched for sweeps on disk, and for sweep files."""
    found = Counter()

    def counting(name, function):
        def call(*args, **more):
            found[name] += 1
            return function(*args, **more)

        return call

    monkeypatch.setattr(sweeps, "find_sweeps", counting("sweeps", sweeps.find_sweeps))
    monkeypatch.setattr(source, "find_specs", counting("sweep files", source.find_specs))
    return found


def file_in(folder):
    path = folder / "planned.yaml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_local_sweep_is_found_once(wbtools, counts, tmp_path, words):
    named = {"SWEEP": shutil.copytree(CASE, tmp_path / "project"), "FILE": file_in(tmp_path)}
    result = wbtools(*(named.get(word, word) for word in words))
    assert (result.code in OK, dict(counts)) == (True, {"sweeps": 1, "sweep files": 1}), result.err


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_sweep_on_a_server_is_listed_once(wbtools, counts, site, words):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"learning_rate": {"values": [0.1, 0.2]}},
    }
    runs = [
        replace(run, config={"learning_rate": 0.1 * (1 + k % 2)})
        for k, run in enumerate(some_runs(4))
    ]
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, config=config)
    named = {"SWEEP": "acme/ocr/v5inrfwe", "FILE": file_in(site.home)}
    result = wbtools(*(named.get(word, word) for word in words))
    listings = [request for request in site.asked() if "sweep(" in (request.document or "")]
    assert (result.code in OK, len(listings)) == (True, 1), result.err
    assert not counts

"""Every command looks for its sweep once: on disk, on its server, and for the sweep's own file."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.test_fetch import some_runs
from wbtools.app.opening import source
from wbtools.sources.local import sweeps

CASE = Path(__file__).parents[1] / "data" / "cases" / "bug-43" / "p"
COMMANDS = {
    "audit": ("audit-terminations", "SWEEP"),
    "one run": ("audit-terminations", "SWEEP", "--run", "best"),
    "rank": ("rank", "SWEEP"),
    "compare": ("compare", "SWEEP", "--group-by", "group"),
    "importance": ("importance", "SWEEP"),
    "doctor": ("doctor", "SWEEP"),
    "simulate": ("simulate", "SWEEP", "--orders", "2", "--rule", "none"),
    "replicate": ("replicate", "SWEEP", "--run", "best", "--program", "train.py"),
    "next sweep": ("make-sweep", "--from", "SWEEP", "--program", "train.py"),
}


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


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_local_sweep_is_found_once(wbtools, counts, tmp_path, words):
    project = shutil.copytree(CASE, tmp_path / "project")
    result = wbtools(*(project if word == "SWEEP" else word for word in words))
    assert counts == {"sweeps": 1, "sweep files": 1}, result.err


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_sweep_on_a_server_is_listed_once(wbtools, counts, site, words):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"lr": {"min": 0.1, "max": 0.2}},
    }
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=some_runs(4), config=config)
    result = wbtools(*("acme/ocr/v5inrfwe" if word == "SWEEP" else word for word in words))
    listings = [request for request in site.asked() if "sweep(" in (request.document or "")]
    assert len(listings) == 1, result.err
    assert not counts

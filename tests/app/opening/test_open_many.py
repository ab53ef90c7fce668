import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError

DEMO = Path(__file__).parents[3] / "wbtools" / "demo" / "textures"
WRITE_RUNS = """
import wandb
for name, group, tags in [("a", "base", ["x"]), ("b", "base", ["x", "y"]), ("c", None, [])]:
    with wandb.init(id=name, project="p", group=group, tags=tags, mode="offline") as run:
        run.log({"loss": 1.0})
"""


@pytest.fixture(scope="module")
def outside_sweeps(tmp_path_factory):
    """Three runs that a person started by hand."""
    folder = tmp_path_factory.mktemp("by-hand")
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "WANDB_SILENT": "true"}
    subprocess.run([sys.executable, "-c", WRITE_RUNS], cwd=folder, env=env, check=True)
    return folder


def ids(recording):
    return {run.id for run in recording.read(["loss"]).runs}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(Selection(group="base"), {"a", "b"}, id="a group"),
        pytest.param(Selection(tags=("y",)), {"b"}, id="a tag"),
        pytest.param(Selection(group="base", tags=("x", "y")), {"b"}, id="a group and all tags"),
        pytest.param(Selection(all_runs=True), {"a", "b", "c"}, id="all"),
        pytest.param(Selection(filters='{"name": {"$in": ["a", "c"]}}'), {"a", "c"}, id="a filter"),
    ],
)
def test_local_runs_are_chosen_by_group_and_tag(outside_sweeps, selection, expected):
    with Session() as session:
        (found,) = open_many([str(outside_sweeps)], session, selection)
        assert ids(found) == expected


def test_sweeps_come_in_the_order_in_which_they_are_named(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("run_id,loss\na,1.0\n")
    with Session() as session:
        first, second = open_many([str(table), "demo"], session)
    assert (len(first.read(["loss"]).runs), len(second.read(["val/acc"]).runs)) == (1, 36)


@pytest.mark.parametrize(
    ("references", "selection", "said"),
    [
        pytest.param(["demo", "demo"], None, "'demo' is named twice", id="the same twice"),
        pytest.param(["demo"], Selection(group="x"), "not 'demo'", id="a sweep is no project"),
        pytest.param(
            ["runs.csv"],
            Selection(tags=("x",)),
            "no run in 'runs.csv' is of tag:x",
            id="a run table",
        ),
        pytest.param(["."], Selection(filters="[]"), "is no JSON object", id="no filter"),
        pytest.param(["."], Selection(group="x"), "no run in '.' is of group:x", id="nobody"),
        pytest.param(["a\0b"], Selection(group="x"), "not 'a\\x00b'", id="no path at all"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, monkeypatch, references, selection, said):
    (tmp_path / "runs.csv").write_text("run_id,loss\na,1.0\n")
    shutil.copytree(DEMO / "wandb", tmp_path / "wandb")
    monkeypatch.chdir(tmp_path)
    with Session() as session, pytest.raises(UsageError) as raised:
        open_many(references, session, selection)
    assert said in raised.value.message


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        pytest.param(Selection(group="base"), {"r0"}, id="a group"),
        pytest.param(Selection(all_runs=True), {"r0", "r1"}, id="all"),
    ],
)
def test_a_selection_on_a_server_is_there_offline(reach, chosen, expected):
    facts = {"r0": {"group": "base"}, "r1": {"tags": ["x"]}}
    runs = [
        LoadedRun(name=name, history=RowHistory([{"loss": 1.0}]), facts=run_facts)
        for name, run_facts in facts.items()
    ]
    reach.server.load_runs("acme", "ocr", runs)
    with reach.session() as session:
        (found,) = open_many(["acme/ocr"], session, chosen)
        assert ids(found) == expected
    with reach.session(offline=True) as session:
        (found,) = open_many(["acme/ocr"], session, chosen)
        assert ids(found) == expected
        with pytest.raises(UsageError, match=r"selection 'tag:x' is not in the archive"):
            open_many(["acme/ocr"], session, Selection(tags=("x",)))


@pytest.mark.parametrize(
    ("selection", "names_options"), [(None, False), (Selection(), True)], ids=["no", "yes"]
)
def test_the_options_that_take_runs_outside_sweeps_are_named(
    outside_sweeps, selection, names_options
):
    with Session() as session, pytest.raises(DataError) as raised:
        open_many([str(outside_sweeps)], session, selection)
    assert ("--all" in raised.value.hint) is names_options


def test_whether_runs_may_be_of_a_sweep_is_known(outside_sweeps, tmp_path):
    silent = tmp_path / "wandb" / "run-20250101_000000-abc"
    silent.mkdir(parents=True)
    (silent / "run-abc.wandb").write_bytes(b"")
    places = {outside_sweeps: False, DEMO: True, tmp_path: True}
    with Session() as session:
        for place, expected in places.items():
            (found,) = open_many([str(place)], session, Selection(all_runs=True))
            assert found.is_of_sweep is expected

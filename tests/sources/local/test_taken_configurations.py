"""Configurations that agents took and that left no run file."""

import os

import pytest

from tests.sources.local.test_attempts import agent_config
from tests.sources.local.wandb_writer import simple_run, write_run
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.session import Session
from wbtools.errors import DataError
from wbtools.findings import Severity
from wbtools.sources.local.sweeps import find_sweeps, load


@pytest.fixture
def home(tmp_path):
    return tmp_path / "p" / "wandb"


def put(home, *run_ids, sweep_id="sw1"):
    for run_id in run_ids:
        write_run(home, simple_run(run_id, sweep_id=sweep_id), run_id)


def told(sweep):
    return [
        (finding.severity, finding.title) for finding in sweep.findings if finding.code == "WBT128"
    ]


def test_they_are_counted(home):
    put(home, "a", "b")
    for run_id in ("a", "b", "c"):
        agent_config(home, "sw1", run_id, lr=1)
    (found,) = find_sweeps(home.parent)
    assert found.lost == ("c",)
    assert told(load(found, ["loss"])) == [
        (Severity.WARNING, "agents took 3 configurations, and 1 of them left no run file")
    ]


def test_a_run_whose_file_lies_elsewhere_is_not_lost(home, tmp_path):
    put(home, "a")
    put(tmp_path / "moved", "b")
    for run_id in ("a", "b"):
        agent_config(home, "sw1", run_id, lr=1)
    (found,) = find_sweeps(tmp_path)
    assert not found.lost
    assert not told(load(found, ["loss"]))


def test_one_run_folder_alone_says_nothing_of_the_others(home):
    put(home, "a")
    agent_config(home, "sw1", "c", lr=1)
    (folder,) = home.glob("run-*")
    (found,) = find_sweeps(folder)
    assert not found.lost


def test_an_empty_run_file_is_one(home):
    put(home, "a")
    write_run(home, [], "b")
    for run_id in ("a", "b"):
        agent_config(home, "sw1", run_id, lr=1)
    (found,) = find_sweeps(home)
    assert (found.n_runs, found.lost) == (2, ())


def test_sweeps_of_which_nothing_else_is_left_are_named(home, tmp_path):
    put(home, "a")
    agent_config(home, "gone", "x", lr=1)
    agent_config(home, "gone", "y", lr=2)
    (found,) = find_sweeps(home.parent)
    title = "of 1 other sweep beside this one only configurations are left that agents took: "
    title += "2 configurations of the sweep gone"
    assert told(load(found, ["loss"])) == [(Severity.INFO, title)]
    with Session(archive=tmp_path / "archive") as session, pytest.raises(DataError) as refused:
        open_sweep(f"{home.parent}#gone", session)
    assert "only 2 configurations that agents took" in refused.value.message


@pytest.mark.parametrize("below", ["", "wandb"])
def test_where_no_run_left_a_file_the_sweep_is_named(home, below):
    agent_config(home, "gone", "x", lr=1)
    with pytest.raises(DataError, match="only what agents took: 1 configuration of the sweep gone"):
        find_sweeps(home.parent / below)


def test_a_folder_of_ones_own_sweep_files_is_none_of_them(tmp_path):
    put(tmp_path / "wandb", "a")
    (tmp_path / "sweep-files").mkdir()
    (tmp_path / "sweep-files" / "config-base.yaml").write_text("lr: 1\n")
    (found,) = find_sweeps(tmp_path)
    assert not found.lost_sweeps


def test_only_regular_files_with_plain_names_are_configurations(home):
    put(home, "a")
    agent_config(home, "sw1", "a", lr=1)
    folder = home / "sweep-sw1"
    (folder / "config-dir.yaml").mkdir()
    (folder / "config-dangling.yaml").symlink_to("nowhere")
    (folder / "config-circle.yaml").symlink_to("config-circle.yaml")
    os.mkfifo(folder / "config-pipe.yaml")
    for run_id in ("\x1b[31m", "two\nlines", "\u202eback", ".."):
        agent_config(home, "sw1", run_id, lr=1)
    agent_config(home, "gone\x07", "x", lr=1)
    (found,) = find_sweeps(home.parent)
    assert (found.lost, found.lost_sweeps) == ((), {})


def test_a_link_to_a_configuration_is_one(home):
    put(home, "a")
    agent_config(home, "sw1", "a", lr=1)
    (home / "sweep-sw1" / "config-c.yaml").symlink_to("config-a.yaml")
    (found,) = find_sweeps(home.parent)
    assert found.lost == ("c",)

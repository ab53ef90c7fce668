"""`wbtools replicate --run failed`: every run that failed, each once, in one script."""

import json
import subprocess
import time

import numpy as np
import pytest
import yaml

from tests.replication.launches import play, shellcheck
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from tests.sources.local.wandb_writer import (
    exit_record,
    history,
    preempting,
    run_record,
    summary,
    write_run,
)

SWEEP = """\
program: record.py
method: grid
metric: {name: acc, goal: maximize}
early_terminate: {type: hyperband, min_iter: 2, eta: 2}
parameters:
  epochs: {value: 8}
  lr: {values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]}
"""
ENDS = {
    0.1: ("full", 8, exit_record(0)),
    0.2: ("full", 8, exit_record(0)),
    0.3: ("full", 8, exit_record(0)),
    0.4: ("failed", 3, exit_record(1)),
    0.5: ("lost", 1, None),
    0.6: ("preempted", 4, preempting()),
    0.7: ("stopped", 2, exit_record(255)),
    0.8: ("never reported", 0, exit_record(255)),
    0.9: ("failed", 0, exit_record(1)),
    1.0: ("no file", 0, None),
}
FAILED = [0.4, 0.5, 0.6, 0.8, 0.9, 1.0]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project with a sweep of which many runs went wrong."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    agents = tmp_path / "wandb" / "sweep-sw1"
    agents.mkdir(parents=True)
    for k, (lr, (kind, n_reports, end)) in enumerate(ENDS.items(), start=1):
        config = {"epochs": 8, "lr": lr}
        text = yaml.safe_dump({name: {"value": value} for name, value in config.items()})
        (agents / f"config-r{k}.yaml").write_text(text)
        if kind == "no file":
            continue
        low = 0.0 if kind == "stopped" else 0.1 * k
        rows = [history(step, {"acc": low + 0.01 * step}) for step in range(n_reports)]
        rows += [summary({"acc": low})] if rows else []
        facts = {"sweep_id": "sw1", "config": config, "display_name": f"a-sweep-{k}"}
        records = [run_record(f"r{k}", start_s=1.7e9 + 1000 * k, **facts), *rows]
        path = write_run(tmp_path / "wandb", [*records, *([] if end is None else [end])], f"r{k}")
        metadata = {"program": "record.py", "args": ["--epochs=8", f"--lr={lr}"]}
        (path.parent / "files").mkdir()
        (path.parent / "files" / "wandb-metadata.json").write_text(json.dumps(metadata))
    (tmp_path / "record.py").write_text("")
    return tmp_path


def rates(records):
    return sorted(float(record["argv"][-1].removeprefix("--lr=")) for record in records)


def test_one_script_runs_each_of_them_once(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "failed")
    assert result.code == 0, result.err
    shellcheck(result.out)
    records = play(result.out, folder)
    assert rates(records) == FAILED
    assert len({record["env"]["WANDB_RUN_GROUP"] for record in records}) == len(FAILED)


def test_it_says_how_many_and_why_each(wbtools):
    lines = wbtools("replicate", ".", "--run", "failed").err.splitlines()
    assert lines[0] == (
        "6 runs that failed: 2 failed, 1 lost, 1 preempted, 1 never reported, 1 left no run file"
    )
    assert lines[1] == "not among them: 1 stopped by Hyperband"
    assert sum(line.startswith("run ") for line in lines) == len(FAILED)
    assert any(line.startswith("run 8, a-sweep-8 (r8): never reported acc: ") for line in lines)
    assert not any(line.startswith("afterwards: ") for line in lines)


def test_one_that_fails_again_stops_no_other(wbtools, folder):
    script = wbtools("replicate", ".", "--run", "failed", "-q").out
    (folder / "record.py").write_text(
        "import sys; print(sys.argv[-1]); sys.exit('0.5' in sys.argv[-1])"
    )
    result = subprocess.run(
        ["sh"], input=script, cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == [f"--lr={lr}" for lr in FAILED]
    assert result.returncode == 1


def test_an_array_has_a_task_for_each(wbtools, folder):
    words = ("--to", "slurm", "--setup", "export READY=yes", "--account", "lab")
    result = wbtools("replicate", ".", "--run", "failed", *words)
    shellcheck(result.out)
    assert "#SBATCH --array=0-5" in result.out
    assert "#SBATCH --account=lab" in result.out
    tasks = [
        play(result.out, folder, "bash", SLURM_ARRAY_TASK_ID=str(k)) for k in range(len(FAILED))
    ]
    assert rates(record for (record,) in tasks) == FAILED


def test_a_sweep_starts_each_by_its_place(wbtools, folder):
    document = yaml.safe_load(wbtools("replicate", ".", "--run", "failed", "--to", "sweep").out)
    assert document["method"] == "grid"
    assert document["parameters"] == {"replica": {"values": list(range(len(FAILED)))}}
    env, sh, c, script, name, args = document["command"]
    assert (env, sh, c, args) == ("${env}", "sh", "-c", "${args_no_hyphens}")
    shellcheck(f"#!/bin/sh\n{script}\n")
    starts = [
        play("", folder, "sh", "-c", script, name, f"replica={k}") for k in range(len(FAILED))
    ]
    assert rates(record for (record,) in starts) == FAILED


def test_yaml_holds_the_configuration_of_each(wbtools):
    documents = list(
        yaml.safe_load_all(wbtools("replicate", ".", "--run", "failed", "--to", "yaml").out)
    )
    assert documents == [{"epochs": 8, "lr": lr} for lr in FAILED]


def test_a_run_that_is_named_too_is_there_once(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "1", "--run", "failed", "--run", "4")
    assert rates(play(result.out, folder)) == [0.1, *FAILED]
    assert "afterwards: wbtools verify . --run 1" in result.err
    assert "--run 4" not in result.err


@pytest.mark.slow
def test_where_no_run_ever_reported_all_are_run_again(wbtools, folder):
    for path in folder.glob("wandb/run-*"):
        if path.name[-2:] not in {"r9", "r8"}:
            for file in sorted(path.rglob("*"), reverse=True):
                file.unlink() if file.is_file() else file.rmdir()
            path.rmdir()
    result = wbtools("replicate", ".", "--run", "failed")
    assert result.code == 0, result.err
    assert rates(play(result.out, folder)) == sorted(ENDS)


def test_a_run_that_is_called_failed_is_that_run(wbtools, folder):
    record = run_record(
        "rx", sweep_id="sw1", config={"epochs": 8, "lr": 1.1}, display_name="failed"
    )
    write_run(folder / "wandb", [record, history(0, {"acc": 0.5}), exit_record(1)], "rx")
    result = wbtools("replicate", ".", "--run", "failed", "--program", "record.py")
    assert rates(play(result.out, folder)) == [1.1]


@pytest.mark.parametrize("words", [(), ("--program", "record.py")])
def test_a_metric_that_no_run_logged_is_refused(wbtools, words):
    question = ("--metric", "accc", "--goal", "maximize")
    result = wbtools("replicate", ".", "--run", "failed", *question, *words)
    assert (result.code, result.out) == (3, "")
    assert "none of the 9 runs logged a number under 'accc'" in result.err
    assert "did you mean 'acc'" in result.err


def test_where_the_sweep_file_names_another_metric_what_logged_has_not_failed(wbtools, folder):
    (folder / "sweep.yaml").write_text(SWEEP.replace("name: acc", "name: accuracy"))
    result = wbtools("replicate", ".", "--run", "failed")
    assert result.code == 0, result.err
    assert "not among them: 1 interrupted" in result.err
    assert rates(play(result.out, folder)) == FAILED


def test_what_an_agent_took_is_nested_for_the_program_and_dotted_for_the_rest(wbtools, folder):
    (folder / "sweep.yaml").unlink()
    agents = folder / "wandb" / "sweep-sw1"
    for path in agents.iterdir():
        path.write_text(path.read_text() + "opt: {value: {wd: 1}}\n")
    # Another run completed the configuration of the run that left no file.
    write_run(
        folder / "wandb",
        [
            run_record("rx", sweep_id="sw1", config={"epochs": 8, "lr": 1.0, "opt": {"wd": 1}}),
            *(history(step, {"acc": 0.5}) for step in range(8)),
            exit_record(0),
        ],
        "rx",
    )
    question = ("--metric", "acc", "--goal", "maximize", "--early-terminate", "none")
    words = ("replicate", ".", "--run", "failed", *question, "--program", "record.py")
    result = wbtools(*words)
    assert "1 of them has a configuration that another run completed: r10" in result.err
    documents = yaml.safe_load_all(wbtools(*words, "--to", "yaml").out)
    assert [*documents][-1] == {"epochs": 8, "lr": 1.0, "opt": {"wd": 1}}


REFUSED = {
    "a plan": (("--success", "0.9"), "a failed run gets none"),
    "an answer to nothing": (("--fallback", "auto"), "a failed run gets none"),
}


@pytest.mark.parametrize(("words", "complaint"), REFUSED.values(), ids=REFUSED)
def test_what_a_failed_run_cannot_have(wbtools, words, complaint):
    result = wbtools("replicate", ".", "--run", "failed", *words)
    assert (result.code, result.out) == (2, "")
    assert complaint in result.err


def test_where_none_failed_runs_outside_sweeps_are_mentioned(wbtools):
    result = wbtools("replicate", "demo", "--run", "failed")
    assert (result.code, "no run of sweep t3xtur35 failed" in result.err) == (2, True)
    assert "--all takes the runs outside sweeps" in result.err


def test_without_a_program_what_left_no_file_is_left_out(wbtools, folder):
    (folder / "sweep.yaml").unlink()
    result = wbtools("replicate", ".", "--run", "failed", "--metric", "acc", "--goal", "maximize",
                     "--early-terminate", "hyperband(min_iter=2,eta=2)")  # fmt: skip
    assert rates(play(result.out, folder)) == FAILED[:-1]
    assert "1 configuration left no run file, and nothing names their program" in result.err


def test_runs_outside_sweeps_that_failed(wbtools, folder):
    for k in range(6):
        config = {"epochs": 8, "lr": float(k)}
        rows = [history(step, {"acc": 0.1 * step}) for step in range(1 if k else 8)]
        records = [run_record(f"o{k}", start_s=1.7e9 + k, config=config), *rows]
        path = write_run(folder / "by hand" / "wandb", [*records, exit_record(int(k > 0))], f"o{k}")
        (path.parent / "files").mkdir()
        metadata = {"program": "record.py", "args": ["--epochs=8", f"--lr={k}"]}
        (path.parent / "files" / "wandb-metadata.json").write_text(json.dumps(metadata))
    question = ("--metric", "acc", "--goal", "maximize")
    result = wbtools("replicate", "by hand", "--all", "--run", "failed", *question)
    assert result.code == 0, result.err
    assert "5 runs that failed: 5 failed" in result.err
    assert "# 5 runs of by hand (--all) again" in result.out
    assert rates(play(result.out, folder)) == [1, 2, 3, 4, 5]


SERVED = {
    "a": {},
    "b": {"state": "crashed", "exit_code": None},
    "c": {"state": "failed", "exit_code": 1},
    "d": {"state": "killed", "exit_code": None, "stopped": True},
    "e": {"state": "running", "exit_code": None, "heartbeat_at": time.time() + 3600},
    "f": {"state": "preempted", "exit_code": None},
}


@pytest.mark.parametrize("words", [("acme/ocr/sw1",), ("acme/ocr", "--all")], ids=" ".join)
def test_runs_that_failed_on_a_server(wbtools, site, words):
    runs = [
        LoadedRun(
            name=name,
            history=ColumnHistory({"acc": np.linspace(0, 0.5, 3 if facts else 8)}),
            config={"epochs": 8, "lr": float(k)},
            facts=facts,
        )
        for k, (name, facts) in enumerate(SERVED.items())
    ]
    if "--all" in words:
        site.server.load_runs("acme", "ocr", runs)
    else:
        site.server.load_sweep("acme", "ocr", "sw1", runs=runs)
    question = ("--metric", "acc", "--goal", "maximize", "--early-terminate", "none")
    result = wbtools("replicate", *words, "--run", "failed", *question, "--program", "record.py")
    assert result.code == 0, result.err
    assert "3 runs that failed: 1 crashed, 1 failed, 1 preempted" in result.err
    assert "not among them: 1 still running, 1 interrupted" in result.err
    assert rates(play(result.out, site.work)) == [1.0, 2.0, 5.0]


@pytest.mark.parametrize(
    ("keys", "is_same"),
    [
        (("hunter2-aaaa", "hunter2-aaaa"), True),
        (("hunter2-aaaa", "hunter2-bbbb"), False),
        (("74747474", "74747474.0"), True),
        (("74747474", "74747475"), False),
    ],
)
def test_a_secret_that_differs_between_runs_is_said(wbtools, folder, keys, is_same):
    rows = [f"r{k},{key},0.1,failed" for k, key in enumerate(keys)]
    (folder / "runs.csv").write_text("\n".join(["run_id,api_key,acc,state", *rows, ""]))
    question = ("--metric", "acc", "--goal", "maximize", "--program", "record.py")
    result = wbtools("replicate", "runs.csv", "--run", "failed", *question)
    assert result.code == 0, result.err
    assert not any(key in result.out + result.err for key in keys)
    assert ("different values of $SECRET_API_KEY" in result.err) is not is_same

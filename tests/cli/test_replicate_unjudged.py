"""`wbtools replicate` where nothing says by which metric runs are judged: it copies commands."""

import json

import pytest
import yaml

from tests.replication.launches import play, shellcheck
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run

PLAN = ("metric", "success:", "acceptable", "fallback:", "best ", "promise")


def write(folder, run_id, *, lr, code=0, n_reports=8, sweep_id=None, program="record.py"):
    record = run_record(run_id, start_s=1.7e9, config={"lr": lr}, sweep_id=sweep_id)
    rows = [history(step, {"loss": 1 - 0.1 * step}) for step in range(n_reports)]
    path = write_run(folder / "wandb", [record, *rows, exit_record(code)], run_id)
    (path.parent / "files").mkdir()
    metadata = {"program": program, "args": [f"--lr={lr}"]}
    (path.parent / "files" / "wandb-metadata.json").write_text(json.dumps(metadata))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Four runs outside any sweep, two of which failed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    write(tmp_path, "exp-1", lr=0.1)
    write(tmp_path, "exp-2", lr=0.2, code=1, n_reports=2)
    write(tmp_path, "exp-3", lr=0.3)
    write(tmp_path, "exp-4", lr=0.4, code=255, n_reports=0)
    return tmp_path


def rates(records):
    return [float(record["argv"][-1].removeprefix("--lr=")) for record in records]


def comments(script):
    return [line for line in script.splitlines() if line.startswith("# ")]


@pytest.mark.parametrize(
    ("runs", "copied"),
    [(["exp-3"], [0.3]), (["exp-3", "exp-1"], [0.3, 0.1]), (["failed"], [0.2, 0.4])],
    ids=str,
)
@pytest.mark.parametrize("target", ["shell", "slurm"])
def test_a_command_is_copied_and_nothing_is_promised(wbtools, folder, runs, copied, target):
    words = [word for run in runs for word in ("--run", run)]
    result = wbtools("replicate", ".", "--all", *words, "--to", target)
    assert result.code == 0, result.err
    shellcheck(result.out)
    assert not [line for line in comments(result.out) if any(word in line for word in PLAN)]
    assert "nothing says which metric the runs are judged by, so no plan is kept" in result.err
    assert "afterwards:" not in result.err
    assert not list(folder.glob("**/plans/*"))
    if target == "shell":
        assert rates(play(result.out, folder)) == copied


def test_why_runs_failed_is_said_without_a_metric(wbtools):
    result = wbtools("replicate", ".", "--all", "--run", "failed")
    assert "2 runs that failed: 1 failed, 1 never reported" in result.err
    assert "never reported a number: " in result.err


@pytest.mark.parametrize("runs", [("exp-3",), ("exp-3", "exp-1")], ids=len)
def test_a_grid_needs_no_metric(wbtools, runs):
    words = [word for run in runs for word in ("--run", run)]
    result = wbtools("replicate", ".", "--all", *words, "--to", "sweep")
    assert result.code == 0, result.err
    document = yaml.safe_load(result.out)
    assert document["method"] == "grid"
    assert "metric" not in document


NEEDS = {
    "the best": ("--run", "best"),
    "a gem": ("--run", "gem"),
    "a named one and a gem": ("--run", "exp-3", "--run", "gem:2"),
    "a success": ("--run", "exp-3", "--success", "0.5"),
    "a success of a metric": ("--run", "exp-3", "--success", "loss=0.5"),
    "a fallback": ("--run", "exp-3", "--fallback", "auto"),
    "a rule in a sweep": ("--run", "exp-3", "--to", "sweep", "--keep-early-stop"),
    "a bar": ("--run", "exp-3", "--target", "0.5"),
    "a goal": ("--run", "exp-3", "--goal", "minimize"),
}


@pytest.mark.parametrize("words", NEEDS.values(), ids=NEEDS)
def test_what_judges_needs_a_metric(wbtools, words):
    result = wbtools("replicate", ".", "--all", *words)
    assert (result.code, result.out) == (2, "")
    assert "nothing says which metric" in result.err
    assert "--metric loss:min; numbers were logged under 'loss'" in result.err


def test_the_goal_that_a_metrics_name_tells_is_said_in_the_script(wbtools):
    result = wbtools("replicate", ".", "--all", "--run", "exp-3", "--metric", "loss")
    assert "# metric loss (minimize, inferred from its name)" in result.out


def test_a_metric_that_nobody_logged_is_refused_before_its_goal_is_asked_for(wbtools):
    result = wbtools("replicate", ".", "--all", "--run", "exp-3", "--metric", "lr")
    assert (result.code, result.out) == (3, "")
    assert "no number was logged under 'lr'" in result.err
    assert "hint: there is 'loss' (" in result.err


def test_with_a_metric_there_is_a_plan(wbtools, folder):
    question = ("--metric", "loss", "--goal", "minimize")
    result = wbtools("replicate", ".", "--all", "--run", "exp-3", *question)
    assert "# success: loss 0.3 or better" in result.out
    assert len(list(folder.glob("**/plans/*"))) == 1


@pytest.mark.parametrize("name", ["best", "gem", "failed"])
def test_a_run_that_is_called_like_a_word_needs_no_judge(wbtools, folder, name):
    write(folder, name, lr=0.9)
    result = wbtools("replicate", ".", "--all", "--run", name)
    assert result.code == 0, result.err
    assert rates(play(result.out, folder)) == [0.9]


def test_a_run_that_is_called_failed_has_a_plan(wbtools, folder):
    write(folder, "failed", lr=0.9)
    question = ("--metric", "loss", "--goal", "minimize", "--success", "0.5")
    result = wbtools("replicate", ".", "--all", "--run", "failed", *question)
    assert "# success: loss 0.5 or better" in result.out


def test_the_first_error_names_all_that_is_needed(wbtools):
    result = wbtools("replicate", ".", "--run", "best")
    assert result.code == 3
    assert "--all" in result.err
    assert "--metric NAME:max or NAME:min" in result.err


def test_of_a_sweep_a_named_run_is_copied_and_failures_depend_on_its_rule(wbtools, folder):
    project = folder / "swept"
    for k in range(3):
        write(project, f"s{k}", lr=float(k), sweep_id="sw1", code=int(k == 2))
    result = wbtools("replicate", "swept", "--run", "s1")
    assert result.code == 0, result.err
    assert rates(play(result.out, folder)) == [1.0]
    refused = wbtools("replicate", "swept", "--run", "failed")
    assert refused.code == 2
    assert "nothing says which metric" in refused.err


def test_of_a_bare_table_a_metric_tells_results_from_parameters(wbtools, folder):
    (folder / "runs.csv").write_text("run_id,lr,acc\na,0.1,0.5\nb,0.2,0.6\n")
    result = wbtools("replicate", "runs.csv", "--run", "a", "--program", "record.py")
    assert result.code == 2
    assert "nothing says which metric" in result.err


def test_a_script_that_could_not_be_written_leaves_no_plan(wbtools, tmp_path):
    place = ("--archive", str(tmp_path / "kept"))
    failed = wbtools("replicate", "demo", "--run", "5", "-o", str(tmp_path / "no" / "a.sh"), *place)
    assert failed.code != 0
    assert not (tmp_path / "kept" / "plans").exists()

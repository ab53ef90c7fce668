"""`wbtools simulate` on the demo and on files: forms, errors, what is next."""

import json
import shlex

import pytest

QUICK = ("--orders", "2", "--rule", "hyperband(min_iter=3)", "--rule", "none")


def test_the_demo_gets_an_answer_and_a_next_command(wbtools):
    result = wbtools("simulate", "demo", "--orders", "10", "--rule", "hyperband(min_iter=10,eta=2)")
    assert result.code == 0
    assert "36 runs: 4 completed, 32 cut short" in result.out
    assert "early_terminate:\n  type: hyperband\n  min_iter: 10\n  eta: 2\n" in result.out
    assert "of its reports were never recorded" in result.out
    last = result.err.splitlines()[-1]
    assert last.startswith("next: wbtools make-sweep --from demo --early-terminate ")
    words = shlex.split(last.removeprefix("next: wbtools "))
    next_result = wbtools(*words)
    assert next_result.code == 0
    assert "min_iter: 10" in next_result.out


def test_the_next_command_asks_about_the_same_metric(wbtools):
    words = ("--metric", "val/acc", "--goal", "maximize")
    rule = ("--rule", "hyperband(min_iter=10,eta=2)")
    line = wbtools("simulate", "demo", "--orders", "10", *rule, *words).err.splitlines()[-1]
    assert line.startswith("next: wbtools make-sweep --from demo --early-terminate ")
    assert line.endswith(" --metric val/acc --goal maximize")
    assert wbtools(*shlex.split(line.removeprefix("next: wbtools "))).code == 0


def test_forms_and_files(wbtools, tmp_path):
    answer = json.loads(wbtools("simulate", "demo", *QUICK, "--format", "json").out)
    assert [rule["rule"] for rule in answer["rules"]] == ["hyperband(min_iter=3)", "none"]
    assert answer["rules"][1]["cost_share"] == 1
    path = tmp_path / "answer.csv"
    assert wbtools("simulate", "demo", *QUICK, "-o", path).code == 0
    assert path.read_text().startswith("rule,sweep_id,on_front")
    again = wbtools("simulate", "demo", *QUICK, "-o", path)
    assert (again.code, "exists already" in again.err) == (2, True)
    quiet = wbtools("simulate", "demo", *QUICK, "--format", "md", "--quiet")
    assert quiet.err == ""
    assert "| rule |" in quiet.out


ERRORS = {
    "an unknown rule": (("demo", "--rule", "medain(grace=5)"), 2, "did you mean 'median'"),
    "a rule that cannot run": (
        ("demo", "--rule", "hyperband(min_iter=0)"),
        2,
        "write it like 'hyperband",
    ),
    "a sweep twice": (("demo", "demo"), 2, "named twice"),
    "no such sweep": (("./nothing-here",), 2, "there is no file or folder"),
    "no agents": (("demo", "--agents", "0"), 2, "--agents"),
}


@pytest.mark.parametrize(("words", "code", "said"), ERRORS.values(), ids=ERRORS)
def test_errors(wbtools, words, code, said):
    result = wbtools("simulate", *words)
    assert result.code == code
    assert said in result.err
    assert result.out == ""


def test_a_run_table_has_no_curves(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("ID,State,loss\na,finished,1.0\nb,finished,2.0\n")
    result = wbtools("simulate", table, "--metric", "loss", "--goal", "minimize")
    assert result.code == 3
    assert "a rule judges curves" in result.err


def test_early_terminate_refuses_what_wandb_cannot_run(wbtools):
    options = ("--program", "train.py", "-p", "lr=[1,2]", "--metric", "loss", "--goal", "minimize")
    result = wbtools("make-sweep", "--early-terminate", "median(grace=5)", *options)
    assert result.code == 2
    assert "W&B's engine has only hyperband" in result.err
    assert "wbtools simulate" in result.err


def test_the_sweeps_own_rule_is_tried_and_told(wbtools):
    result = wbtools("simulate", "demo", "--orders", "10", "--format", "json", "-q")
    rules = [rule["rule"] for rule in json.loads(result.out)["rules"]]
    assert "hyperband(min_iter=2,eta=3,strict=true)" in rules

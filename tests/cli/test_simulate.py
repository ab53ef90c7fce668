"""`wbtools simulate` on the demo and on files: forms, errors, what is next."""

import json
import shlex

import pytest

QUICK = ("--orders", "2", "--rule", "hyperband(min_iter=3)", "--rule", "none")


def test_the_demo_gets_an_answer_and_a_next_command(wbtools):
    done = wbtools("simulate", "demo", "--orders", "10", "--rule", "hyperband(min_iter=10,eta=2)")
    assert done.code == 0
    assert "36 runs: 4 ran their course, 32 cut short" in done.out
    assert "early_terminate:\n  type: hyperband\n  min_iter: 10\n  eta: 2\n" in done.out
    assert "of its reports are of runs that were really cut short" in done.out
    last = done.err.splitlines()[-1]
    assert last.startswith("next: wbtools make-sweep --from demo --early-terminate ")
    words = shlex.split(last.removeprefix("next: wbtools "))
    made = wbtools(*words)
    assert made.code == 0
    assert "min_iter: 10" in made.out


def test_forms_and_files(wbtools, tmp_path):
    told = json.loads(wbtools("simulate", "demo", *QUICK, "--format", "json").out)
    assert [rule["rule"] for rule in told["rules"]] == ["hyperband(min_iter=3)", "none"]
    assert told["rules"][1]["overall"]["cost_share"]["mean"] == 1
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
    "a rule that cannot run": (("demo", "--rule", "hyperband(min_iter=0)"), 2, "correct --rule"),
    "a sweep twice": (("demo", "demo"), 2, "named twice"),
    "no such sweep": (("./nothing-here",), 2, "there is no file or folder"),
    "no workers": (("demo", "--workers", "0"), 2, "--workers"),
}


@pytest.mark.parametrize(("words", "code", "said"), ERRORS.values(), ids=ERRORS)
def test_errors(wbtools, words, code, said):
    done = wbtools("simulate", *words)
    assert done.code == code
    assert said in done.err
    assert done.out == ""


def test_a_run_table_has_no_curves(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("ID,State,loss\na,finished,1.0\nb,finished,2.0\n")
    done = wbtools("simulate", table, "--metric", "loss", "--goal", "minimize")
    assert done.code == 3
    assert "a rule judges curves" in done.err


def test_early_terminate_refuses_what_wandb_cannot_run(wbtools):
    told = ("--program", "train.py", "-p", "lr=[1,2]", "--metric", "loss", "--goal", "minimize")
    done = wbtools("make-sweep", "--early-terminate", "median(grace=5)", *told)
    assert done.code == 2
    assert "W&B's engine has only hyperband" in done.err
    assert "wbtools simulate" in done.err


def test_the_sweeps_own_rule_is_tried_and_told(wbtools):
    done = wbtools("simulate", "demo", "--orders", "10", "--format", "json", "-q")
    rules = [one["rule"] for one in json.loads(done.out)["rules"]]
    assert "hyperband(min_iter=2,eta=3,strict=true)" in rules

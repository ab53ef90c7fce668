"""`wbtools make-sweep --guard`: a file for a sweep whose runs `wbtools guard` stops."""

import shlex

import pytest
import yaml

from wbtools.sweepfile.lint import lint

RULE = "preserve(top(hyperband(min_iter=10,eta=3),k=3),value=0.9)"


@pytest.mark.parametrize("method", ["bayes", "random", "grid"])
def test_the_file_has_a_scheduler_and_says_how_the_guard_is_started(wbtools, tmp_path, method):
    path = tmp_path / "guarded.yaml"
    spaced = RULE.replace(",", " , ")
    result = wbtools(
        "make-sweep", "random-hyperband", "--method", method, "-p", "lr=[0.1,0.2]",
        "--program", "train.py", "--guard", spaced, "-o", path,
    )  # fmt: skip
    assert result.code == 0, result.err
    text = path.read_text()
    file = yaml.safe_load(text)
    assert file["scheduler"] == {"engine": "wandb"}
    assert "early_terminate" not in file
    assert not [finding.code for finding in lint(text.encode(), source="s")]
    guard = ["wbtools", "guard", "ENTITY/PROJECT/SWEEP_ID"]
    commands = [shlex.split(line) for line in text.splitlines() if "wbtools guard EN" in line]
    assert commands == [
        ["#", *guard, "--scheduler", "--rule", RULE, "--yes"],
        ["#", *guard, "--rule", RULE, "--yes"],
    ]
    offered = [shlex.split(line) for line in result.err.splitlines() if line.startswith("next: ")]
    assert [words[1:] for words in offered] == [
        ["wbtools", "forecast", str(path), "--rule", RULE],
        ["wandb", "sweep", str(path)],
        [*guard, "--scheduler", "--rule", RULE, "--yes"],
    ]


def test_a_custom_search_keeps_its_scheduler_or_gets_optunas(wbtools, tmp_path):
    path = tmp_path / "custom.yaml"
    path.write_text(
        "method: custom\nmetric: {name: a, goal: maximize}\nparameters: {lr: {value: 1}}\n"
    )
    own = tmp_path / "own.yaml"
    own.write_text(path.read_text() + "scheduler: {engine: ax}\n")
    engines = [
        yaml.safe_load(wbtools("make-sweep", file, "--guard", "median").out)["scheduler"]["engine"]
        for file in (path, own)
    ]
    assert engines == ["optuna", "ax"]


REFUSED = {
    "both rules": (["--guard", "median", "--early-terminate", "balanced"], "takes only one"),
    "a wish": (["--guard", "median", "--preserve", "0.9"], "preserve(median(grace=5),value=0.9)"),
    "no rule": (["--guard", "medain"], "did you mean 'median'"),
    "a rule that cannot run": (["--guard", "top(hyperband(max_iter=9))"], "max_iter needs s"),
    "another line": (["--guard", 'hyperband(min_iter=3,s="x\\n  rm")'], "is not a number"),
    "early_terminate by --set": (
        ["--guard", "median", "--set", "early_terminate={type: hyperband, min_iter: 3}"],
        "cannot be combined with a scheduler",
    ),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_itself_is_refused_before_anything_is_written(
    wbtools, tmp_path, words, said
):
    path = tmp_path / "s.yaml"
    result = wbtools("make-sweep", *words, "-o", path)
    assert (result.code, path.exists()) == (2, False)
    assert said in result.err


def test_a_series_has_no_guard(wbtools, tmp_path):
    result = wbtools("make-sweep", "--series", tmp_path / "s.yaml", "--guard", "median")
    assert (result.code, "--guard is given too" in result.err) == (2, True)

"""`wbtools make-sweep`: the rule that nobody asked for, and what `--program` names."""

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.lint import lint

FITTED = {
    "ten epochs": (["-p", "epochs=10"], 3),
    "as many as the template has": (["-p", "epochs=50"], 10),
    "many": (["-p", "epochs=500"], 10),
    "three": (["-p", "epochs=3"], 1),
    "two": (["-p", "epochs=2"], 1),
    "one": (["-p", "epochs=1"], None),
    "the shortest counts": (["-p", "epochs=[12,90]"], 4),
    "from one epoch on": (["-p", "epochs=int_uniform(1,90)"], 1),
    "a strength from one epoch on": (
        ["-p", "epochs=[1,90]", "--early-terminate", "balanced"],
        1,
    ),
    "a range": (["-p", "max_epochs=int_uniform(9,90)"], 3),
    "nothing says": (["-p", "steps=100"], 10),
    "an inner loop": (["-p", "n_epochs=4", "-p", "gae_lambda=0.9"], 10),
    "the user's word": (["-p", "epochs=10", "--early-terminate", "hyperband(min_iter=8)"], 8),
    "a strength": (["-p", "epochs=10", "--early-terminate", "conservative"], 4),
    "a strength over few epochs": (["-p", "epochs=2", "--early-terminate", "balanced"], 1),
    "a strength over one": (["-p", "epochs=1", "--early-terminate", "balanced"], None),
}


@pytest.mark.parametrize(("words", "first"), FITTED.values(), ids=FITTED.keys())
def test_a_rule_that_nobody_asked_for_can_stop_something(wbtools, words, first):
    result = wbtools("make-sweep", "-p", "lr=uniform(0.1,0.2)", *words)
    assert result.code == 0, result.err
    rule = yaml.safe_load(result.out).get("early_terminate")
    assert (None if rule is None else rule["min_iter"]) == first
    assert "WBS062" not in result.err
    if first != 10:
        assert "Bands at 10" not in result.out
    if "--early-terminate" not in words and first in {1, 3, 4}:
        assert "third" in result.err


LINES = {
    "-m pkg.train": ("pkg.train", ["${env}", "${interpreter}", "-m", "pkg.train"]),
    "torchrun --nproc_per_node=4 train.py": (
        "train.py",
        ["${env}", "torchrun", "--nproc_per_node=4", "${program}"],
    ),
    "accelerate launch train.py": ("train.py", ["${env}", "accelerate", "launch", "${program}"]),
    "train.py --amp": ("train.py", ["${env}", "${interpreter}", "${program}", "--amp"]),
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["grid"], "${args}"),
        (["hydra-bayes-hyperband"], "${args_no_hyphens}"),
        (["grid", "--command-style", "hydra"], "${args_no_hyphens}"),
    ],
)
def test_a_program_with_options_goes_into_the_command(wbtools, line, words, arguments):
    result = wbtools("make-sweep", *words, "--program", line)
    file = yaml.safe_load(result.out)
    assert (file["program"], file["command"]) == (LINES[line][0], [*LINES[line][1], arguments])
    assert not [x for x in lint(result.out.encode(), source="s") if x.severity > Severity.INFO]


def test_a_file_with_spaces_in_its_name_is_one_word(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train it.py").write_text("")
    file = yaml.safe_load(wbtools("make-sweep", "grid", "--program", "train it.py").out)
    assert file["program"] == "train it.py"
    assert file["command"] == ["${env}", "${interpreter}", "${program}", "${args}"]
    assert wbtools("make-sweep", "grid", "--program", "train that.py").code == 2


def test_a_name_that_no_file_can_have_is_no_internal_error(wbtools):
    result = wbtools("make-sweep", "--program", "x" * 300 + ".py", "-p", "a=[1,2]")
    assert result.code == 0, result.err

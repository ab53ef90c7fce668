"""`wbtools verify` of replicas over folds: the odd one is named, whatever the parameter's name."""

import json

import pytest

from tests.answers.forms import HOSTILE
from tests.cli.test_verify import write
from tests.sources.local.wandb_writer import START_S, exit_record, history, run_record, write_run

YAML = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
parameters: {lr: {min: 0, max: 1}, seed: {value: 0}, epochs: {value: 5}}
"""
BESTS = {0: 0.55, 1: 0.56, 2: 0.57, 3: 0.2}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    (tmp_path / "sweep.yaml").write_text(YAML)
    write(tmp_path / "wandb", "stopped1", (0.15, 0.3, 0.45), code=255)
    for k in range(1, 4):
        curve = [value / 10 - k / 100 for value in range(1, 6)]
        write(tmp_path / "wandb", f"full000{k}", curve, lr=k / 10, at=k)
    return tmp_path


def put(folder, key, bests):
    for k, (fold, best) in enumerate(bests.items()):
        config = {"lr": 0.5, "seed": 0, "epochs": 5, key: fold}
        begun = START_S + 1000 * (10 + k)
        curve = [best - (4 - place) / 50 for place in range(5)]
        records = [
            run_record(f"rep0000{k}", start_s=begun, config=config, run_group="wbtools-stopped1"),
            *(history(n, {"acc": v}, time_s=begun + n + 1) for n, v in enumerate(curve)),
            exit_record(0),
        ]
        write_run(folder / "wandb", records, f"rep0000{k}", stamp=f"20240101_0000{10 + k}")


@pytest.mark.parametrize(("key", "words"), [("cv_fold", ()), ("part", ("--fold-key", "part"))])
def test_the_odd_fold_is_named(wbtools, project, key, words):
    put(project, key, BESTS)
    asked = ("verify", ".", "--run", "1", "--success", "0.4", *words)
    result = wbtools(*asked)
    text = " ".join(result.out.split())
    assert f"4 folds ({key}): 0.4700 ± 0.1802, from 0.2000 to 0.5700." in text
    assert "Fold 3 is odd: 0.2000 lies far below the others (Grubbs' test: 1.50 standard" in text
    assert "limit 1.48, which 1 in 20 replications passes by chance)" in text
    assert "another configuration than planned" not in text
    folds = json.loads(wbtools(*asked, "--format", "json").out)["folds"]
    assert folds["name"] == key
    assert [member["is_odd"] for member in folds["members"]] == [False, False, False, True]


def test_without_folds_nothing_is_said_of_them(wbtools, project):
    put(project, "cv_fold", {0: 0.55})
    result = wbtools("verify", ".", "--run", "1", "--success", "0.4")
    assert "Do the folds agree?" not in result.out
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert answer["folds"] is None


def test_a_fold_key_that_no_replica_has_is_refused(wbtools, project):
    put(project, "cv_fold", BESTS)
    result = wbtools("verify", ".", "--run", "1", "--fold-key", "piece")
    assert (result.code, "no replica's configuration has a value 'piece'" in result.err) == (
        2,
        True,
    )


def test_hostile_folds_are_text(wbtools, project):
    put(project, "cv_fold", {HOSTILE + str(k): best for k, best in BESTS.items()})
    result = wbtools("verify", ".", "--run", "1", "--success", "0.4")
    assert "is odd" in result.out
    assert all(letter.isprintable() for line in result.out.splitlines() for letter in line)

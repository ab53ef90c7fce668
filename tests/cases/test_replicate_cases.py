"""`wbtools replicate` where it wrote a command that cannot run, or warned of nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases.launches import launch

LR = "0.00018805814126031094"
TAG = "it's a $HOME `x`"


@pytest.fixture
def replicate(wbtools):
    def ask(folder, run, *words, cwd="."):
        return wbtools("replicate", folder, "--run", run, *words, cwd=cwd)

    return ask


@pytest.fixture
def of_style(replicate):
    """A replica by one of the sweep files of bug-26."""

    def ask(style, folder="p", cwd="bug-26"):
        path = "../" * cwd.count("/") + f"sw_{style}.yaml"
        return replicate(folder, "rep00001", "--sweep-file", path, cwd=cwd)

    return ask


@pytest.mark.parametrize(
    "style",
    [
        pytest.param("accelerate", id="bug-01"),
        pytest.param("onlyargs", id="bug-04"),
        pytest.param("srunstr", id="bug-05"),
    ],
)
def test_a_command_that_cannot_start_is_warned_of(of_style, style):
    answer = of_style(style)
    warned = set(re.findall(r"^(?:warning|error) (WB\w+)", answer.err, re.MULTILINE))
    assert answer.code != 0 or warned - {"WBR301"}


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        pytest.param(
            "default",
            [
                *("python", "train.py", f"--lr={LR}", "--momentum=2.0", "--amp=True"),
                *("--ema=False", "--sched=None", "--widths=[256, 128]", f"--tag={TAG}"),
            ],
            id="default",
        ),
        pytest.param(
            "flags",
            [
                *("python", "train.py", f"--lr={LR}", "--momentum=2.0", "--amp"),
                *("--sched=None", "--widths=[256, 128]", f"--tag={TAG}"),
            ],
            id="flags",
        ),
        pytest.param(
            "m",
            [
                *("python", "-m", "speech.train", f"--lr={LR}", "--momentum=2.0", "--amp=True"),
                *("--ema=False", "--sched=None", "--widths=[256, 128]", f"--tag={TAG}"),
            ],
            id="module",
        ),
        pytest.param(
            "torchrun",
            [
                *("torchrun", "--nproc_per_node=4", "train.py", "--lr", LR, "--momentum", "2.0"),
                *("--amp", "True", "--ema", "False", "--sched", "None"),
                *("--widths", "[256, 128]", "--tag", TAG),
            ],
            id="torchrun",
        ),
        pytest.param(
            "hydra",
            [
                *("python", "train.py", f"lr={LR}", "momentum=2.0", "amp=true", "ema=false"),
                *("sched=null", "widths=[256,128]", r"tag='it\'s a $HOME `x`'"),
            ],
            id="hydra",
        ),
        pytest.param(
            "append",
            [
                *("python", "train.py", f"+lr={LR}", "+momentum=2.0", "+amp=true", "+ema=false"),
                *("+sched=null", "+widths=[256,128]", r"+tag='it\'s a $HOME `x`'"),
            ],
            id="append",
        ),
        pytest.param(
            "uv",
            [
                *("uv", "run", "--with", "torch==2.4", "train.py", f"--lr={LR}"),
                *("--momentum=2.0", "--amp=True", "--ema=False", "--sched=None"),
                *("--widths=[256, 128]", f"--tag={TAG}", "--data", "/d"),
            ],
            id="uv",
        ),
    ],
)
def test_bug_26_every_value_reaches_the_program(of_style, tmp_path, style, expected):
    answer = of_style(style)
    started = launch(answer.out, tmp_path, DATA_ROOT="/d")
    assert started.words == expected


def test_bug_26_every_value_reaches_the_program_as_json(of_style, tmp_path):
    started = launch(of_style("json").out, tmp_path)
    *words, values = started.words
    assert words == ["python", "train.py", "--config-json"]
    assert json.loads(values) == {
        "lr": float(LR),
        "momentum": 2.0,
        "amp": True,
        "ema": False,
        "sched": None,
        "widths": [256, 128],
        "tag": TAG,
    }


def test_bug_26_an_environment_variable_is_no_secret(of_style):
    answer = of_style("uv")
    assert answer.code == 0
    assert "secret" not in answer.text
    assert "WBR305" not in answer.err


def test_bug_26_a_module_that_is_here_is_found(of_style):
    answer = of_style("m", folder="../p", cwd="bug-26/mod")
    assert answer.code == 0
    assert "WBR301" not in answer.err


ACC = ("--metric", "val/acc", "--goal", "maximize")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param(
            "app3g1gw",
            ["python", "bug-36/proj/src/train.py", "--lr", "0.1", "--amp", "--tags", "a", "b c"],
            id="by its path",
        ),
        pytest.param(
            "78s6diha",
            ["python", "-m", "src.train", "--lr", "0.01", "--tags", "a", "b c"],
            id="as a module",
        ),
        pytest.param(
            "h501rl9s",
            ["python", "bug-36/proj/src/train.py", "--lr", "0.001", "--tags", "a"],
            id="from another folder",
        ),
        pytest.param(
            "kr95veih",
            ["python", "src/train.py", "--lr", "0.5", "--tags", "z"],
            id="from its own folder",
        ),
    ],
)
def test_bug_36_the_recorded_command_is_written_again(replicate, tmp_path, run, expected):
    answer = replicate("bug-36/proj", run, *ACC)
    started = launch(answer.out, tmp_path)
    assert started.words == expected


def test_bug_36_a_run_without_a_program_asks_for_one(replicate):
    answer = replicate("bug-36/proj", "rr1dj968", *ACC)
    assert answer.code in {2, 3}
    assert "--program" in answer.err


@pytest.mark.parametrize("words", [("--all",), ("--group", "g1")], ids=" ".join)
def test_bug_42_a_run_outside_sweeps_is_written_again(replicate, tmp_path, words):
    answer = replicate("bug-42/plain", "exp-3", "--program", "train.py", *ACC, *words)
    started = launch(answer.out, tmp_path)
    assert "train.py" in started.words
    assert started.config.get("lr") == 0.01 or "--lr=0.01" in started.words


def test_bug_42_the_refusal_names_the_option(replicate):
    answer = replicate("bug-42/plain", "exp-3")
    assert answer.code == 0 or re.search(r"--(all|group|program)\b", answer.err)


VAL_ACC = ("--metric", "val_acc", "--goal", "maximize")


def test_wild_03_no_new_sweep_is_registered(replicate, cases):
    script = replicate(".", "best", *VAL_ACC, cwd="wild-03").out
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    folder = cases / "wild-03"
    ended = subprocess.run(
        ["sh"],
        input=script,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(folder / "stub")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "CALLED" not in ended.stdout
    assert "init" in ended.stdout.split()


def test_wild_04_a_notebook_is_not_started_as_a_script(replicate):
    answer = replicate(".", "best", *VAL_ACC, cwd="wild-04")
    assert not re.search(r"python\S*\s+\S*\.ipynb", answer.out)
    assert re.search("(?i)notebook", answer.text)

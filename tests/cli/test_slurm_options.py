"""The options of Slurm mean the same in every command that writes a job."""

from dataclasses import fields
from pathlib import Path

import pytest

from wbtools.cli.slurm_options import SlurmArguments
from wbtools.planning.slurm import SlurmOptions

OPTIONS = (
    *("--partition", "gpu", "--account", "lab", "--qos", "high", "--gpus", "1", "--cpus", "4"),
    *("--mem", "16", "--time-limit", "90", "--array-limit", "2"),
    *("--slurm-output", "logs/%x-%A_%a.log", "--sbatch=--exclude=n01", "--sbatch=--nice"),
    *("--setup", "module load cuda", "--setup", "source venv/bin/activate"),
)
DIRECTIVES = {
    *("--partition=gpu", "--account=lab", "--qos=high", "--gpus-per-node=1", "--cpus-per-task=4"),
    *("--mem=16G", "--time=90", "--output=logs/%x-%A_%a.log", "--exclude=n01", "--nice"),
}
GRID = "prefix: g\naxes:\n  lr: [0.25, 0.5]\n"
COMMANDS = {
    "replicate": ("replicate", "demo", "--run", "5", "--seeds", "1,2", "-o", "job.sbatch"),
    "expand-grid": ("expand-grid", "grid.yaml", "--out-dir", "configs", "-o", "job.sbatch"),
    "make-sweep": ("make-sweep", "-o", "job.yaml"),
}
FOR_SLURM = {
    "replicate": ("--to", "slurm"),
    "expand-grid": ("--to", "slurm"),
    "make-sweep": ("--to", "slurm", "--agents", "2"),
}
WRONG = {
    "an account of two words": ("--account", "a b"),
    "an array of one's own": ("--sbatch=--array=0-3",),
    "a partition twice": ("--partition", "gpu", "--sbatch=-p cpu"),
    "one file for all tasks": ("--slurm-output", "out.log"),
    "one file for all tasks, to sbatch": ("--sbatch=--output=out.log",),
    "two lines at once": ("--setup", "a\nb"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    Path("grid.yaml").write_text(GRID)
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_reaches_the_job(wbtools, name):
    result = wbtools(*COMMANDS[name], *FOR_SLURM[name], *OPTIONS)
    assert result.code == 0, result.err
    lines = Path("job.sbatch").read_text().splitlines()
    directives = {line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")}
    assert DIRECTIVES | {"--array=0-1%2"} < directives
    at = lines.index("module load cuda")
    assert lines[at + 1 : at + 3] == ["source venv/bin/activate", "set -u"]
    assert "set -eo pipefail" in lines[:at]
    assert "make the folder logs first" in result.err


def test_a_line_says_all_that_a_job_takes():
    names = [option.name for option in fields(SlurmOptions)]
    assert [option.name for option in fields(SlurmArguments)] == names
    assert SlurmArguments().options() == SlurmOptions()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_folder_of_an_output_that_sbatch_is_told_must_exist_too(wbtools, name):
    result = wbtools(*COMMANDS[name], *FOR_SLURM[name], "--sbatch=--output=logs/%A_%a.log")
    assert result.code == 0, result.err
    assert "make the folder logs first" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_job_they_are_refused(wbtools, name):
    result = wbtools(*COMMANDS[name], "--setup", "module load cuda")
    assert (result.code, result.out) == (2, "")
    assert "options of Slurm are given" in result.err
    assert f"pass {' '.join(FOR_SLURM[name][:2])}" in result.err


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_right_is_refused_and_nothing_is_written(wbtools, name, words):
    result = wbtools(*COMMANDS[name], *FOR_SLURM[name], *words)
    assert result.code == 2
    assert "hint: " in result.err
    assert not Path("configs").exists()
    assert not Path("job.sbatch").exists()
    assert not Path("job.yaml").exists()

"""`wbtools replicate`: which program its script starts, and whether that may start a sweep."""

import json

import pytest
import yaml

from tests.replication.launches import FUNCTIONS, forbidden_calls, play, shellcheck, with_stub
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project of its own, in a folder of its own."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return project


def recorded(folder, metadata, source=None, name="train.py"):
    """A sweep of three runs as SDKs before 0.21 leave them: all is in `wandb-metadata.json`."""
    for k in range(3):
        config = {"lr": 6.797303101020006e-05 * (k + 1), "units": 32}
        rows = [history(step, {"acc": 0.1 * k + 0.01 * step}) for step in range(3)]
        records = [run_record(f"run0000{k}", sweep_id="sw33p1d0", config=config), *rows]
        path = write_run(folder / "wandb", [*records, exit_record()], f"run0000{k}")
        (path.parent / "files").mkdir()
        (path.parent / "files" / "wandb-metadata.json").write_text(json.dumps(metadata))
    if source is not None:
        (folder / name).write_text(source)
    return ("replicate", ".", "--run", "best", "--metric", "acc", "--goal", "maximize")


@pytest.mark.parametrize("is_here", [True, False], ids=["read", "elsewhere"])
@pytest.mark.parametrize("target", ["shell", "slurm"])
def test_a_program_that_starts_a_sweep_is_piped_to_sh_and_trains_once(
    wbtools, folder, target, is_here
):
    source = FUNCTIONS["under a main guard"]
    metadata = {"program": "/home/someone/proj/start_sweep.py", "codePath": "start_sweep.py"}
    words = recorded(folder, metadata, source if is_here else None, "start_sweep.py")
    answer = wbtools(*words, "--to", target)
    assert answer.code == 0
    shellcheck(answer.out)
    said = "note WBR309: 'start_sweep.py' uses wandb.agent and wandb.sweep"
    assert (said in answer.err) == is_here
    (folder / "start_sweep.py").write_text(source)
    (start,) = play(answer.out, folder, "bash", **with_stub(folder))
    assert start == {"config": {"lr": 3 * 6.797303101020006e-05, "units": 32}, "argv": []}
    assert forbidden_calls(folder) == []


NOTEBOOK = {"program": "explore.ipynb", "codePath": "explore.ipynb", "args": None}


@pytest.mark.parametrize("target", ["shell", "slurm", "sweep"])
def test_a_notebook_is_one_clear_message_and_nothing_to_pipe(wbtools, folder, target):
    words = recorded(folder, NOTEBOOK, '{"cells": []}', "explore.ipynb")
    answer = wbtools(*words, "--to", target)
    assert (answer.code, answer.out) == (3, "")
    assert "was made in the notebook 'explore.ipynb', which Python cannot start" in answer.err
    assert "papermill explore.ipynb explore-replica.ipynb -f run.yaml" in answer.err
    assert "jupyter nbconvert --to script explore.ipynb" in answer.err


def test_a_notebooks_configuration_is_given_bare(wbtools, folder):
    answer = wbtools(*recorded(folder, NOTEBOOK), "--to", "yaml", "-o", "run.yaml")
    assert answer.code == 0
    config = yaml.safe_load((folder / "run.yaml").read_text())
    assert config == {"lr": 3 * 6.797303101020006e-05, "units": 32}
    assert "warning WBR306: run run00002 was made in the notebook 'explore.ipynb'" in answer.err


def test_a_sweeps_command_that_reads_the_environment_is_no_secret(wbtools, folder):
    command = "command: ['${env}', python, '${program}', '--root=${envvar:DATA_ROOT}', '${args}']"
    spec = f"program: train.py\nmethod: grid\nparameters: {{lr: {{min: 0, max: 1}}}}\n{command}\n"
    (folder / "s.yaml").write_text(spec)
    words = recorded(folder, {"program": "train.py", "args": ["--lr=1"]}, "")
    answer = wbtools(*words, "--sweep-file", "s.yaml")
    assert "note WBR308: the sweep's command reads the environment: $DATA_ROOT" in answer.err
    assert "secret" not in answer.out + answer.err
    assert '--root="${DATA_ROOT}"' in answer.out


def test_a_module_of_the_sweeps_command_is_found(wbtools, folder):
    command = "command: ['${env}', python, -m, '${program}', '${args}']"
    spec = (
        f"program: speech.train\nmethod: grid\nparameters: {{lr: {{min: 0, max: 1}}}}\n{command}\n"
    )
    (folder / "s.yaml").write_text(spec)
    (folder / "speech").mkdir()
    (folder / "speech" / "train.py").write_text("")
    words = recorded(folder, {})
    assert "WBR301" not in wbtools(*words, "--sweep-file", "s.yaml").err
    (folder / "speech" / "train.py").unlink()
    answer = wbtools(*words, "--sweep-file", "s.yaml")
    assert "WBR301: the module 'speech.train' is not in this folder" in answer.err


def test_a_program_in_the_project_is_named_from_elsewhere(wbtools, folder, monkeypatch):
    recorded(folder, {"program": "src/train.py", "args": ["--lr=1"]})
    (folder / "src").mkdir()
    (folder / "src" / "train.py").write_text("")
    (folder.parent / "other").mkdir()
    monkeypatch.chdir(folder.parent / "other")
    question = ("--metric", "acc", "--goal", "maximize")
    answer = wbtools("replicate", "../project", "--run", "best", *question)
    assert answer.code == 0
    assert f"'src/train.py' is not in this folder, but in {str(folder)!r} (run the" in answer.err
    assert " src/train.py \\\n" in answer.out


def test_a_program_at_the_root_of_the_repository_is_named(wbtools, folder, monkeypatch):
    words = recorded(folder, {"program": "/home/someone/p/tools/train.py", "args": ["--lr=1"],
                              "codePath": "tools/train.py"})  # fmt: skip
    (folder / ".git").mkdir()
    for name in ("tools", "deep"):
        (folder / name).mkdir()
    (folder / "tools" / "train.py").write_text("")
    assert "WBR301" not in wbtools(*words).err
    (folder / "wandb").rename(folder / "deep" / "wandb")
    monkeypatch.chdir(folder / "deep")
    assert f"but in {str(folder)!r}" in wbtools(*words).err


@pytest.mark.parametrize(
    ("path", "is_project", "is_found"),
    [
        ("speech/train.py", False, True),
        ("speech/train/__main__.py", False, True),
        ("src/speech/train.py", True, True),
        ("src/speech/train/__main__.py", True, True),
        ("src/speech/train.py", False, False),
        ("lib/speech/train.py", True, False),
        ("speech.train", True, False),
    ],
)
def test_where_python_finds_a_module(wbtools, folder, path, is_project, is_found):
    words = recorded(folder, {"program": "-m speech.train", "args": ["--lr=1"]})
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("")
    if is_project:
        (folder / "pyproject.toml").write_text("")
    answer = wbtools(*words)
    assert answer.code == 0
    assert ("WBR301" not in answer.err) is is_found

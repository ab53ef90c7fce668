"""What a run that goes on is: its checkpoint, how its program is told, doubts; or why none."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.analysis.sweeps import BEGIN
from tests.app.checkpoint_searches import artifact, prepared, put
from wbtools.analysis.diagnosis.termination import Cause, surely
from wbtools.app.continue_run import ContinueOptions, continue_run
from wbtools.errors import DataError, UsageError
from wbtools.model import ResumeReader, ResumeTakes
from wbtools.model.checkpoint import CheckpointPlace, ListedFile
from wbtools.replication.changes import Changes
from wbtools.replication.command import launch_from_record, launch_of_function
from wbtools.replication.styles import Style

pytestmark = pytest.mark.usefixtures("folder")
PARSER = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--resume')\n"
LOOKS_ITSELF = "import os\nif os.path.exists('last.pt'):\n    load_checkpoint('last.pt')\n"
READS_RESUMED = (
    "import wandb\nrun = wandb.init()\nif run.resumed:\n    load_checkpoint('last.pt')\n"
)
RECORDED = launch_from_record(("train.py",), ("--lr=1",), {"lr": 1})


def went_on(*, program=PARSER, launch=RECORDED, cause=None, options=None, folders=(), **has):
    """How run 1 of three goes on, whose program is in the present folder."""
    Path("train.py").write_text(program)
    source, answer, row, record, _ = prepared(config=dict(launch.values), **has)
    if cause is not None:
        row = replace(row, termination=surely(cause, "its last sign of life was just now"))
    options = ContinueOptions(**(options or {}))
    return continue_run(source, answer, row, record, launch, options, [Path(), *folders])


def codes(run):
    return [finding.code for finding in run.findings]


def refusal(run, kind):
    assert (run.continuation, run.findings) == (None, ())
    assert type(run.refusal) is kind
    return run.refusal.message, run.refusal.hint


def test_what_is_missing_is_noted_where_something_is_found():
    put("runs/run1/model.pt")
    gone = artifact("acme/ocr/gone:v1", is_there=False, state="DELETED")
    assert any("acme/ocr/gone:v1" in note for note in went_on(artifacts=(gone,)).notes)


def test_nothing_that_could_be_used():
    message, hint = refusal(went_on(), DataError)
    assert "run 1 left no checkpoint that can be used" in message
    assert "the present folder" in message
    assert "again" in hint
    config = {"ckpt_dir": "/scratch/joe/gone"}
    launch = launch_from_record(("train.py",), (), config)
    message, _ = refusal(went_on(launch=launch), DataError)
    assert "/scratch/joe/gone" in message


def test_nothing_that_is_not_in_doubt():
    put("ckpt/model_1.pt", at_s=-5000)
    launch = launch_from_record(("train.py",), (), {"ckpt_dir": "ckpt"})
    message, hint = refusal(went_on(launch=launch), DataError)
    assert "1 checkpoint in doubt" in message
    assert "ckpt/model_1.pt: it was written" in message
    assert "--checkpoint" in hint


def test_the_users_choice_is_taken_and_doubted_aloud():
    put("ckpt/model_1.pt", at_s=-5000)
    launch = launch_from_record(("train.py",), (), {"ckpt_dir": "ckpt"})
    run = went_on(launch=launch, options={"checkpoint": "ckpt/model_1.pt"})
    assert run.continuation.path == "ckpt/model_1.pt"
    (doubt,) = run.findings
    assert doubt.code == "WBR318"
    assert "ckpt/model_1.pt" in doubt.title
    assert "before the run began" in doubt.title
    assert "before the run began" in doubt.evidence["doubts"][0]


def test_a_choice_that_is_not_there_is_refused():
    put("runs/run1/model.pt")
    with pytest.raises(UsageError, match=r"gone\.pt") as caught:
        went_on(options={"checkpoint": "gone.pt"})
    assert "runs/run1/model.pt" in caught.value.hint


def test_a_run_that_may_be_at_work_is_warned_of():
    put("runs/run1/model.pt")
    run = went_on(cause=Cause.RUNNING)
    (warning,) = run.findings
    assert (warning.code, warning.subject) == ("WBR318", "run1")
    assert "its last sign of life was just now" in warning.title
    assert run.continuation is not None


def test_artifacts_and_what_wandb_keeps():
    files = (ListedFile(path="ckpt/model_1.pt", n_bytes=50, written_at=BEGIN),)
    logged = artifact(created_at=BEGIN)
    run = went_on(artifacts=(logged,))
    assert run.continuation.checkpoint.place is CheckpointPlace.ARTIFACT
    assert run.continuation.path == "wbtools-checkpoints/run1/model-run1-v3/model.ckpt"
    run = went_on(files=files)
    assert run.continuation.checkpoint.place is CheckpointPlace.RUN_FILE
    assert run.continuation.path == "wbtools-checkpoints/run1/files/ckpt/model_1.pt"
    chosen = went_on(artifacts=(logged,), files=files, options={"checkpoint": "model-run1:v3"})
    assert chosen.continuation.checkpoint.name == "acme/ocr/model-run1:v3"


@pytest.mark.parametrize(
    ("given", "name", "spelled"),
    [("start_at", "start_at", ""), ("--start_at", "start_at", "--start_at")],
)
def test_the_users_option_comes_before_the_programs(given, name, spelled):
    put("runs/run1/model.pt")
    run = went_on(options={"resume_arg": given})
    option = run.continuation.option
    assert (option.name, option.spelled) == (name, spelled)
    assert "start_at" in run.notes[-1]
    assert "--resume " not in run.notes[-1]


def test_a_guess_is_a_finding():
    put("runs/run1/model.pt")
    launch = launch_from_record(("train.py",), ("--resume_from=",), {"resume_from": None})
    run = went_on(program="", launch=launch)
    assert run.continuation.option.name == "resume_from"
    assert codes(run) == ["WBR316"]


def test_where_nothing_says_how_it_is_told_the_user_has_to():
    put("runs/run1/model.pt")
    message, hint = refusal(went_on(program="def ("), UsageError)
    assert "how train.py is told" in message
    assert "--resume-arg NAME" in hint
    message, hint = refusal(went_on(program=""), UsageError)
    assert "runs/run1/model.pt" in message
    assert "run it again" in hint


def test_a_program_that_asks_wandb_goes_on_in_the_same_run_alone():
    put("runs/run1/model.pt")
    message, hint = refusal(went_on(program=READS_RESUMED), UsageError)
    assert "train.py" in message
    assert "--same-run" in hint
    run = went_on(program=READS_RESUMED, options={"is_same_run": True})
    assert run.continuation.option.takes is ResumeTakes.ALONE
    assert codes(run) == ["WBR319"]


def test_a_program_that_looks_itself_finds_only_what_is_here():
    put("last.pt")
    here = went_on(program=LOOKS_ITSELF)
    assert here.continuation.option.takes is ResumeTakes.ALONE
    Path("last.pt").unlink()
    logged = artifact(created_at=BEGIN)
    message, hint = refusal(went_on(program=LOOKS_ITSELF, artifacts=(logged,)), DataError)
    assert "acme/ocr/model-run1:v3" in message
    assert "download it" in hint


@pytest.mark.parametrize("style", [Style.HYDRA, Style.HYDRA_APPEND, Style.HYDRA_OVERRIDE])
def test_hydra_gets_a_path_that_holds_in_any_folder(style):
    put("runs/run1/model.pt")
    launch = replace(RECORDED, style=style)
    run = went_on(launch=launch, options={"resume_arg": "++ckpt"})
    assert run.continuation.path == str(Path("runs/run1/model.pt").absolute())
    assert run.continuation.option.reader is ResumeReader.HYDRA
    logged = artifact(created_at=BEGIN)
    Path("runs/run1/model.pt").unlink()
    fetched = went_on(launch=launch, options={"resume_arg": "++ckpt"}, artifacts=(logged,))
    assert fetched.continuation.checkpoint.name == "acme/ocr/model-run1:v3"


HANDED = "import wandb\nrun = wandb.init()\nmodel = Model(**wandb.config)\n"
BY_CONFIG = launch_of_function(("train.py",), {"lr": 1, "resume": None})


@pytest.mark.parametrize(
    ("program", "launch", "has_mark"),
    [
        (PARSER, RECORDED, True),
        (PARSER + HANDED, RECORDED, False),
        ("import wandb\nrun = wandb.init()\nlr = wandb.config.lr\n", BY_CONFIG, True),
        (HANDED, BY_CONFIG, False),
        ("def (", BY_CONFIG, False),
        ("def (", RECORDED, True),
    ],
)
def test_no_key_more_for_a_program_that_may_break_at_it(program, launch, has_mark):
    put("runs/run1/model.pt")
    run = went_on(program=program, launch=launch, options={"resume_arg": "resume"})
    assert run.continuation.has_mark is has_mark


def test_the_program_may_lie_beside_the_sweeps_file(tmp_path_factory):
    put("runs/run1/model.pt")
    beside = tmp_path_factory.mktemp("beside")
    (beside / "fit.py").write_text(PARSER)
    launch = launch_from_record(("fit.py",), (), {})
    assert went_on(program="", launch=launch).continuation is None
    run = went_on(program="", launch=launch, folders=[beside])
    assert run.continuation.option.name == "resume"


OPTIONS = {"checkpoint": None, "resume_arg": None, "same_run": False}


def test_options_of_going_on_need_it():
    assert ContinueOptions.of(continues=False, **OPTIONS) is None
    assert ContinueOptions.of(continues=True, **OPTIONS) == ContinueOptions()
    for name, option in (
        ("checkpoint", "--checkpoint"),
        ("resume_arg", "--resume-arg"),
        ("same_run", "--same-run"),
    ):
        with pytest.raises(UsageError, match=option) as caught:
            ContinueOptions.of(continues=False, **(OPTIONS | {name: "x"}))
        assert "--continue" in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("changes", "n_runs", "option"),
    [
        ({"seeds": (1,)}, 1, "--seeds"),
        ({"folds": (0, 1)}, 1, "--folds"),
        ({}, 2, "--checkpoint"),
    ],
)
def test_what_a_run_that_goes_on_cannot_be(changes, n_runs, option):
    options = ContinueOptions(checkpoint="last.pt")
    options.check(Changes(values={"lr": 2}), 1)
    ContinueOptions().check(Changes(), 2)
    with pytest.raises(UsageError, match=option):
        options.check(Changes(**changes), n_runs)

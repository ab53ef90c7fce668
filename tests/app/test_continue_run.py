"""From where a run goes on, what is said of it, and what is refused."""

from pathlib import Path

import pytest

from tests.app.checkpoint_searches import artifact, prepared, put
from wbtools.app.continue_run import ContinueOptions, continue_run
from wbtools.model import RunState
from wbtools.replication.command import launch_from_record

pytestmark = pytest.mark.usefixtures("folder")
TAKES_PATH = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--ckpt-dir", default="work")
parser.add_argument("--resume", metavar="PATH", default=None)
args = parser.parse_args()
"""
TAKES_FLAG = TAKES_PATH.replace('metavar="PATH", default=None', 'action="store_true"')


def gone_on(program=TAKES_PATH, *, given=(), argv=(), **has):
    """The answer for run 1, whose program is given arguments; `argv` are those that it had."""
    Path("train.py").write_text(program)
    options = ContinueOptions(**{name: has.pop(name) for name in ("checkpoint",) if name in has})
    if has.pop("is_same_run", False):
        options = ContinueOptions(is_same_run=True)
    source, answer, row, record, _ = prepared(argv=argv, **has)
    launch = launch_from_record(("train.py",), given, {})
    return continue_run(source, answer, row, record, launch, options, [Path()])


def said(continued):
    return "\n".join(continued.notes)


def test_what_is_taken_what_else_there_is_and_how_the_program_is_told():
    put("checkpoints/run1/epoch_1.pt", "checkpoints/run1/epoch_2.pt", n_bytes=50)
    put("checkpoints/run1/epoch_3.pt", at_s=110, n_bytes=0)
    put("checkpoints/run1/epoch_1.pt", at_s=90)
    continued = gone_on()
    taken, *others, option = continued.notes
    assert taken == (
        "run 1 goes on from checkpoints/run1/epoch_2.pt (epoch 2, by its name): "
        "called after the run's id"
    )
    assert others == [
        "1 other checkpoint (checkpoints/run1/epoch_1.pt); --checkpoint takes one of them",
        "not taken: checkpoints/run1/epoch_3.pt: it is cut off: it is empty",
    ]
    assert option.startswith(
        "--resume gets the checkpoint (add_argument in train.py); --resume-arg"
    )
    assert continued.continuation.value == "checkpoints/run1/epoch_2.pt"


def test_reports_that_the_run_made_and_lost_are_told():
    put("checkpoints/run1/epoch_3.pt", at_s=100)
    put("checkpoints/run1/epoch_5.pt", at_s=150)
    words = said(gone_on(config={"epochs": 9}))
    assert "is 2 reports ahead of the run's record, which ends at report 3: they will be" in words
    assert "; --checkpoint checkpoints/run1/epoch_3.pt leaves no gap" in words
    assert "ahead" not in said(
        gone_on(config={"epochs": 9}, checkpoint="checkpoints/run1/epoch_3.pt")
    )


def test_what_checkpoint_takes_is_what_is_listed():
    logged = (artifact("acme/ocr/m:v1"), artifact("acme/ocr/m:v2"))
    words = said(gone_on(artifacts=logged))
    for name in ("acme/ocr/m:v1/model.ckpt", "acme/ocr/m:v2/model.ckpt"):
        assert name in words
        assert gone_on(artifacts=logged, checkpoint=name).continuation.checkpoint.argument == name


def test_a_search_that_was_cut_is_said(monkeypatch):
    put("checkpoints/run1/epoch_2.pt")
    monkeypatch.setattr("wbtools.sources.checkpoints.on_disk._MOST_IN_FOLDER", 0)
    refused = gone_on().refusal
    assert "not searched to the end: the present folder" in refused.message
    monkeypatch.setattr("wbtools.sources.checkpoints.on_disk._MOST_IN_FOLDER", 2)
    put(*(f"zoo/{name}" for name in "abc"))
    assert "is too large to be searched to the end" in said(gone_on())


def test_without_an_option_what_was_found_is_said():
    put("checkpoints/run1/epoch_2.pt")
    refused = gone_on("import sys").refusal
    assert "run 1 left checkpoints/run1/epoch_2.pt (epoch 2" in refused.message
    assert "all its options are parameters of the run: pass --resume-arg NAME" in refused.hint
    offers = gone_on(TAKES_PATH.replace("--resume", "--warm-from")).refusal
    assert "it takes --ckpt-dir and --warm-from: if one of them loads" in offers.hint


def test_a_program_that_looks_itself_is_given_the_place_or_refused():
    """Where the command lacks the folder, it would look elsewhere and take what it finds there."""
    put("work/r4/state-1.npz")
    there = {"argv": ("--ckpt-dir=work/r4", "--resume")}
    refused = gone_on(TAKES_FLAG, given=("--lr=1",), **there).refusal
    assert "does not say where: the run was started with ckpt-dir=work/r4" in refused.message
    said_so = gone_on(TAKES_FLAG, given=("--ckpt-dir=work/r4",), **there)
    assert said_so.refusal is None
    assert said_so.continuation.option.spelled == "--resume"


def test_a_program_that_looks_in_its_runs_folder_finds_nothing_in_a_new_run():
    put("work/run1/state-1.npz")
    refused = gone_on(TAKES_FLAG).refusal
    assert "lies in a folder that is called after the run (run1)" in refused.message
    assert "--same-run" in refused.hint
    assert gone_on(TAKES_FLAG, is_same_run=True).refusal is None
    words = ("--ckpt-dir", "work/run1")
    assert gone_on(TAKES_FLAG, given=words, argv=words).refusal is None


def test_a_choice_that_the_program_does_not_hear_of_is_refused():
    put("work/state-1.npz", at_s=90)
    put("work/state-2.npz", at_s=100)
    refused = gone_on(TAKES_FLAG, checkpoint="work/state-1.npz").refusal
    assert "--checkpoint has no effect" in refused.message
    assert "would take work/state-2.npz" in refused.message
    assert gone_on(TAKES_FLAG, checkpoint="work/state-2.npz").refusal is None
    put("elsewhere/state-9.npz", at_s=90)
    assert gone_on(TAKES_FLAG, checkpoint="elsewhere/state-9.npz").refusal is not None


def test_a_newer_one_in_doubt_may_be_what_the_program_takes():
    put("work/state-1.npz", at_s=90)
    put("work/state-2.npz", at_s=100, n_bytes=0)
    continued = gone_on(TAKES_FLAG)
    (finding,) = [each for each in continued.findings if each.code == "WBR318"]
    assert "may take work/state-2.npz, which is newer and in doubt" in finding.title
    assert not [each for each in gone_on().findings if each.code == "WBR318"]


def test_of_a_run_that_ran_its_course_nothing_may_be_left():
    put("work/state-3.npz", at_s=100)
    facts = [{"state": RunState.FINISHED, "exit_code": 0}] * 3
    findings = gone_on(facts=facts).findings
    assert any("ran its course, so that nothing may be left" in each.title for each in findings)


def test_what_a_run_of_the_same_configuration_wrote_over_it_is_named():
    put("snapshots/lr0.1/snap_001.npz", "snapshots/lr0.2/snap_001.npz", at_s=9e5)
    facts = [{"config": {"lr": value}} for value in (0.1, 0.2, 0.3)]
    refused = gone_on(facts=facts).refusal
    assert refused.message.endswith(
        "; 1 checkpoint with its values in the name, such as snapshots/lr0.1/snap_001.npz, written "
        "when it was not at work: by a run of the same configuration"
    )


def test_that_a_place_is_on_another_machine_comes_first():
    refused = gone_on(config={"ckpt_dir": "/scratch/joe/x"}).refusal
    assert refused.message.startswith(
        "run 1 left no checkpoint that can be used; not there: '/scratch/joe/x' (ckpt_dir) is not "
        "on this machine; looked at: the present folder"
    )

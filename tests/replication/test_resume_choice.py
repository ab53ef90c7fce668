"""Which option tells a program to go on: the evidence in its order, and nothing without any."""

from __future__ import annotations

import pytest

from tests.replication.continuations import checkpoint_of, continuation_of, option_of
from tests.replication.launches import by_config, run_of
from wbtools.errors import UsageError
from wbtools.findings import Confidence, Severity
from wbtools.model import (
    CheckpointLayout,
    ResumeReader,
    ResumeTakes,
    RunState,
)
from wbtools.replication.command import launch_from_record, launch_of_function
from wbtools.replication.continuation import continued_launch
from wbtools.replication.continuation_findings import continuation_findings, schedule_names
from wbtools.replication.resume_choice import choose_resume_option
from wbtools.replication.styles import Style
from wbtools.replication.words import word_text
from wbtools.sources.programs.resume_options import read_resume_options

PARSER = "import argparse\np = argparse.ArgumentParser()\n"
PATH, FLAG, TRUE = ResumeTakes.CHECKPOINT, ResumeTakes.FLAG, ResumeTakes.TRUE


def recorded(*argv, **config):
    return launch_from_record(("train.py",), argv, config)


def chosen(launch=None, source=None, given=None, layout=CheckpointLayout.TORCH, **facts):
    config = facts.pop("config", {})
    return choose_resume_option(
        given=given,
        launch=launch or recorded("--lr=1"),
        run=run_of(config=config),
        text=None if source is None else read_resume_options(source),
        layout=layout,
        **facts,
    )


@pytest.mark.parametrize(
    ("given", "name", "spelled", "reader"),
    [
        ("resume_from", "resume_from", "", ResumeReader.UNKNOWN),
        ("--resume-from", "resume_from", "--resume-from", ResumeReader.UNKNOWN),
        ("-r", "r", "-r", ResumeReader.UNKNOWN),
        ("++trainer.ckpt=", "trainer.ckpt", "", ResumeReader.HYDRA),
        (" ckpt_path= ", "ckpt_path", "", ResumeReader.HYDRA),
    ],
)
def test_what_the_user_names(given, name, spelled, reader):
    option = chosen(given=given, source=PARSER + "p.add_argument('--resume')")
    assert (option.name, option.spelled, option.reader) == (name, spelled, reader)
    assert (option.takes, option.confidence) == (PATH, Confidence.HIGH)


@pytest.mark.parametrize("given", ["warm_from", "warm-from", "--warm-from"])
def test_what_the_user_names_is_written_as_the_program_declares_it(given):
    source = f"{PARSER}p.add_argument('--warm-from')\np.add_argument('--go', action='store_true')"
    option = chosen(given=given, source=source)
    assert (option.spelled, option.takes) == ("--warm-from", PATH)
    assert chosen(given="go", source=source).takes is FLAG


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import sys", ["lr=1", "ckpt_path=out/epoch=11.npz"]),
        ("import hydra", ["lr=1", "ckpt_path='out/epoch=11.npz'"]),
        (None, ["lr=1", "ckpt_path='out/epoch=11.npz'"]),
    ],
)
@pytest.mark.parametrize("has_value", [True, False])
def test_only_hydra_takes_quotes(source, words, has_value):
    """A parser of `key=value` that is somebody's own took them for a part of the path."""
    values = {"lr": 1, "ckpt_path": None} if has_value else {"lr": 1}
    launch = by_config(values, Style.HYDRA, "train.py")
    option = chosen(launch, source, config={"lr": 1, "ckpt_path": None})
    went = continued_launch(launch, continuation_of(checkpoint_of("out/epoch=11.npz"), option))
    assert [*map(word_text, went.words())][-2:] == words
    old = recorded("lr=1", "ckpt_path=old")
    plain = chosen(old, source, config={"lr": 1, "ckpt_path": "old"})
    went = continued_launch(old, continuation_of(checkpoint_of("out/epoch=11.npz"), plain))
    assert [*map(word_text, went.words())][-2:] == words


def test_a_number_of_the_run_is_no_place_for_a_checkpoint():
    with pytest.raises(UsageError, match=r"with the number 0\.1"):
        chosen(recorded("--lr=0.1", lr=0.1), given="lr", config={"lr": 0.1})


@pytest.mark.parametrize("given", ["", "--", "a b", "--x=1", "$(x)", "1"])
def test_what_no_option_is_called(given):
    with pytest.raises(UsageError, match="--resume-arg"):
        chosen(given=given)


def test_the_text_says_what_a_named_option_takes():
    source = (
        PARSER + "p.add_argument('--resume', action='store_true')\np.add_argument('--ckpt_path')"
    )
    option = chosen(given="resume", source=source)
    assert (option.takes, option.spelled, option.source) == (FLAG, "--resume", "--resume-arg")


def test_the_text_comes_before_the_records():
    source = PARSER + "p.add_argument('--resume-from')"
    option = chosen(source=source, config={"resume_from": None, "ckpt_path": None})
    assert (option.name, option.spelled) == ("resume_from", "--resume-from")
    assert (option.confidence, option.rivals) == (Confidence.HIGH, ())
    assert option.source == "add_argument in the program"


def test_two_options():
    source = PARSER + "p.add_argument('--resume_from')\np.add_argument('--ckpt_path')"
    option = chosen(source=source)
    assert (option.name, option.rivals) == ("resume_from", ("--ckpt_path",))
    assert option.confidence is Confidence.MEDIUM
    given = chosen(recorded("--ckpt_path=old.pt"), source)
    assert (given.name, given.rivals, given.confidence) == ("ckpt_path", (), Confidence.HIGH)


def test_a_weak_text():
    source = PARSER + "p.add_argument('--checkpoint')\nargs = p.parse_args()\nload(args.checkpoint)"
    assert chosen(source=source).confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("launch", "config", "name", "takes", "source"),
    [
        (recorded("--resume", "old.pt"), {}, "resume", PATH, "its recorded arguments"),
        (recorded("--resume", "--lr=1"), {}, "resume", FLAG, "its recorded arguments"),
        (recorded("--resume=False"), {}, "resume", TRUE, "its recorded arguments"),
        (None, {"resume_dir": ""}, "resume_dir", ResumeTakes.FOLDER, "the run's configuration"),
        (None, {"resume": False}, "resume", FLAG, "the run's configuration"),
        (None, {"a.ckpt": None}, "a.ckpt", PATH, "the run's configuration"),
        (
            launch_of_function(("train.py",), {"lr": 1, "model": {"resume": False}}),
            {},
            "model.resume",
            TRUE,
            "the sweep's parameters",
        ),
        (
            by_config({"resume": False}, Style.FLAGS, "train.py"),
            {},
            "resume",
            FLAG,
            "the sweep's parameters",
        ),
    ],
)
def test_recorded_names(launch, config, name, takes, source):
    option = chosen(launch, config=config)
    assert (option.name, option.takes, option.source) == (name, takes, source)
    assert option.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    "config",
    [
        {"lr": 1},
        {"start_epoch": 3},
        {"resume": 7},
        {"checkpoint": "out.pt"},
        {"init_from": "gpt2"},
        {"pretrained": None},
        {"resume": {"a": 1}},
    ],
)
def test_nothing_says_it(config):
    assert chosen(config=config) is None


def test_arguments_of_the_trainer_that_nothing_reads():
    config = {"resume_from_checkpoint": None}
    assert chosen(config=config) is not None
    assert chosen(config=config, source="trainer.train()") is None
    reads = "trainer.train(args.resume_from_checkpoint)"
    assert chosen(config=config, source=reads).name == "resume_from_checkpoint"


def test_what_the_program_trains_on_from():
    source = (
        "cfg = dict(word.split('=') for word in sys.argv[1:])\n"
        "start = lgb.Booster(model_file=cfg['begin'])\nlgb.train(p, d, init_model=start)\n"
    )
    option = chosen(recorded("lr=1"), source, config={"begin": None, "resume": None})
    assert (option.name, option.takes, option.confidence) == ("begin", PATH, Confidence.HIGH)
    assert chosen(recorded("lr=1"), source) is None


def test_lightnings_own_command_line():
    option = chosen(recorded("fit", "--lr=1"), layout=CheckpointLayout.LIGHTNING)
    assert (option.spelled, option.confidence) == ("--ckpt_path", Confidence.MEDIUM)
    assert chosen(recorded("fit", "--lr=1")) is None


def test_programs_that_go_on_by_themselves():
    looks = chosen(source="if os.path.exists(ckpt):\n    load(ckpt)\n")
    assert (looks.takes, looks.confidence) == (ResumeTakes.ALONE, Confidence.MEDIUM)
    asks = "import wandb\nif wandb.run.resumed:\n    load(wandb.restore('last.pt'))\n"
    assert chosen(source=asks) is None
    assert chosen(source=asks, is_same_run=True).takes is ResumeTakes.ALONE


def findings(continuation, **facts):
    return list(continuation_findings(continuation, run_of(**facts)))


def test_guesses_are_said():
    assert findings(continuation_of()) == []
    guess = option_of(confidence=Confidence.MEDIUM, spelled="--resume", rivals=("--ckpt",))
    (finding,) = findings(continuation_of(option=guess))
    assert (finding.code, finding.severity) == ("WBR316", Severity.WARNING)
    assert "--resume gets the checkpoint, and not --ckpt" in finding.title
    assert "--resume-arg" in finding.hint


def test_a_schedule_that_the_checkpoint_does_not_hold():
    config = {"lr_scheduler": "cosine", "weight_decay": 0.1}
    (finding,) = findings(continuation_of(checkpoint_of(has_schedule=False)), config=config)
    assert (finding.code, finding.evidence) == ("WBR317", {"names": ["lr_scheduler"]})
    assert findings(continuation_of(checkpoint_of(has_schedule=None)), config=config) == []
    assert findings(continuation_of(checkpoint_of(has_schedule=False)), config={"lr": 1}) == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"optim.warmup_steps": 100, "lr": 0.1}, ["optim.warmup_steps"]),
        ({"warmup_steps": 0, "scheduler": "none", "lr-schedule": None}, []),
        ({"lr_scheduler_type": "constant", "T_max": 30}, ["T_max"]),
        ({"weight_decay": 0.1, "decay": 3, "scheduler": False}, []),
    ],
)
def test_names_of_schedules(config, expected):
    assert schedule_names(config) == expected


@pytest.mark.parametrize(
    ("facts", "severity", "word"),
    [
        ({"stopped": True}, Severity.WARNING, "W&B holds a stop"),
        ({"state": RunState.KILLED}, Severity.WARNING, "W&B may still hold a stop"),
        ({"state": RunState.CRASHED}, Severity.INFO, "W&B adds to the run itself"),
    ],
)
def test_what_wandb_does_to_the_same_run(facts, severity, word):
    (finding,) = findings(continuation_of(is_same_run=True), **facts)
    assert (finding.code, finding.severity) == ("WBR319", severity)
    assert finding.title.startswith(word)


def test_offline_nothing_is_resumed():
    run, same = run_of(config={}), continuation_of(is_same_run=True)
    (finding,) = continuation_findings(same, run, was_offline=True)
    assert finding.title.startswith("the run was recorded offline, and nothing is resumed")

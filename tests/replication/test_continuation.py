"""Commands and scripts of runs that go on: what reaches the program, and what does not start."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from yaml import safe_load

from tests.replication.continuations import (
    checkpoint_of,
    continuation_of,
    continued,
    option_of,
)
from tests.replication.launches import (
    by_config,
    play,
    replication,
    run_of,
    shellcheck,
    slurm_script,
)
from wbtools.app.replica_scripts import SweepBlocks, Target, replica_script
from wbtools.errors import DataError
from wbtools.model import CheckpointPlace, ListedFile, ResumeReader, ResumeTakes
from wbtools.planning.slurm import SlurmOptions
from wbtools.replication.command import launch_from_record, launch_of_function
from wbtools.replication.continuation import continued_launch
from wbtools.replication.script import joined_replications
from wbtools.replication.shell_target import shell_script
from wbtools.replication.styles import Style
from wbtools.replication.sweep_of_runs import sweep_of_runs
from wbtools.replication.words import word_text
from wbtools.replication.yaml_targets import plain_yaml

ARTIFACT, RUN_FILE = CheckpointPlace.ARTIFACT, CheckpointPlace.RUN_FILE
FLAG, TRUE, FOLDER = ResumeTakes.FLAG, ResumeTakes.TRUE, ResumeTakes.FOLDER
HOSTILE = "a b/$(touch owned)'\"\n;`x`/last\udce9.pt"


def recorded(*argv, **config):
    return launch_from_record(("train.py",), argv, config)


def said(launch, continuation=None) -> list[str]:
    """The words behind the program."""
    words = [*map(word_text, continued_launch(launch, continuation or continuation_of()).words())]
    return words[words.index("train.py") + 1 :]


@pytest.mark.parametrize(
    ("launch", "option", "expected"),
    [
        (recorded("--lr=1"), option_of(), ["--lr=1", "--resume=out/last.pt"]),
        (recorded("--resume", "old.pt", "--lr=1"), option_of(), None),
        (recorded("--lr=1"), option_of(takes=FLAG), ["--lr=1", "--resume"]),
        (recorded("--resume", "--lr=1"), option_of(takes=FLAG), ["--lr=1", "--resume"]),
        (recorded("--resume=False"), option_of(takes=TRUE), ["--resume=True"]),
        (recorded("--lr=1"), option_of(spelled="-r"), ["--lr=1", "-r", "out/last.pt"]),
        (
            recorded("--lr=1"),
            option_of("resume_from", spelled="--resume-from", flag="--go-on"),
            ["--lr=1", "--resume-from=out/last.pt", "--go-on"],
        ),
        (recorded("--lr=1"), option_of("run_dir", FOLDER), ["--lr=1", "--run_dir=out"]),
        (recorded("--lr=1"), option_of(takes=ResumeTakes.ALONE), ["--lr=1"]),
        (recorded("lr=1"), option_of("ckpt_path"), ["lr=1", "ckpt_path=out/last.pt"]),
        (
            recorded("lr=1"),
            option_of("ckpt_path", reader=ResumeReader.HYDRA),
            ["lr=1", "++ckpt_path=out/last.pt"],
        ),
        (recorded("+ckpt_path=null"), option_of("ckpt_path"), ["+ckpt_path=out/last.pt"]),
        (
            recorded("--lr=1"),
            option_of(reader=ResumeReader.FIRE),
            ["--lr=1", "--resume='out/last.pt'"],
        ),
        (
            by_config({"lr": 1, "resume": None}, Style.ARGPARSE, "train.py"),
            option_of(),
            ["--lr=1", "--resume=out/last.pt"],
        ),
        (
            by_config({"lr": 1, "resume": False}, Style.FLAGS, "train.py"),
            option_of(takes=FLAG),
            ["--lr=1", "--resume"],
        ),
        (by_config({"lr": 1}, Style.JSON, "train.py"), option_of(), None),
    ],
)
def test_the_option_reaches_the_command(launch, option, expected):
    words = said(launch, continuation_of(option=option))
    if expected is None:
        expected = (
            ['{"lr": 1, "resume": "out/last.pt"}']
            if launch.style is Style.JSON
            else ["--resume", "out/last.pt", "--lr=1"]
        )
    assert words == expected


def test_a_configuration_gets_the_path_and_the_mark():
    launch = launch_of_function(("record.py",), {"lr": 1, "resume": None})
    continuation = continuation_of()
    assert continued_launch(launch, continuation).values == {"lr": 1, "resume": "out/last.pt"}
    assert continuation.configuration(launch) == {"wbtools/continues": "ab12cd34"}
    assert replace(continuation, is_same_run=True).configuration(launch) == {}
    assert replace(continuation, has_mark=False).configuration(launch) == {}


def test_a_launched_program_that_takes_arguments_too():
    launch = launch_of_function(("train.py",), {"lr": 1})
    continuation = continuation_of(option=option_of(spelled="--resume"))
    assert said(launch, continuation) == ["--resume=out/last.pt"]


@pytest.mark.parametrize(
    ("checkpoint", "path", "folder"),
    [
        (checkpoint_of("-x/last.pt"), "./-x/last.pt", "-x"),
        (checkpoint_of("last.pt"), "last.pt", "."),
        (checkpoint_of("/o/checkpoint-5/", is_folder=True), "/o/checkpoint-5/", "/o"),
        (
            checkpoint_of("acme/ocr/model:v3", ARTIFACT, path_inside="a/b.pt"),
            "wbtools-checkpoints/ab12cd34/model-v3/a/b.pt",
            "wbtools-checkpoints/ab12cd34/model-v3/a",
        ),
        (
            checkpoint_of("model:v3", ARTIFACT, is_folder=True),
            "wbtools-checkpoints/ab12cd34/model-v3",
            "wbtools-checkpoints/ab12cd34/model-v3",
        ),
        (
            checkpoint_of("ckpt/last.pt", RUN_FILE),
            "wbtools-checkpoints/ab12cd34/files/ckpt/last.pt",
            "wbtools-checkpoints/ab12cd34/files/ckpt",
        ),
    ],
)
def test_paths(checkpoint, path, folder):
    assert continuation_of(checkpoint).path == path
    value = continuation_of(checkpoint, option_of(takes=FOLDER)).value
    assert value.removeprefix("./") == folder


def test_names_that_are_no_names_for_folders():
    continuation = continuation_of(checkpoint_of("model $(x):v1", ARTIFACT), run_id="../x")
    parts = continuation.folder.split("/")
    assert parts[0] == "wbtools-checkpoints"
    assert all(part.isalnum() for part in parts[1:])


@pytest.mark.parametrize(
    "facts",
    [
        {"place": ARTIFACT, "path_inside": "../../x"},
        {"place": ARTIFACT, "sources": (ListedFile(path="/etc/x", local_path="y"),)},
        {"name": "a/../../x", "place": RUN_FILE},
        {"name": "C:\\x", "place": RUN_FILE},
        {"place": ARTIFACT, "path_inside": "a\\..\\..\\b"},
    ],
)
def test_what_would_be_written_elsewhere(facts):
    with pytest.raises(DataError, match="outside of the folder"):
        continuation_of(checkpoint_of(**facts))


def test_what_no_configuration_can_hold():
    launch = launch_of_function(("record.py",), {"lr": 1})
    continuation = continuation_of(checkpoint_of("a\udce9.pt"))
    with pytest.raises(DataError, match=r"no UTF-8"):
        continuation.configuration(launch)


def test_a_command_that_starts_another_program():
    launch = replace(by_config({}, Style.ARGPARSE), pieces=(("sh",), ("-c",), ("x",)))
    with pytest.raises(DataError, match="no place"):
        continued_launch(launch, continuation_of())


def script_of(continuation, launch=None) -> str:
    return shell_script(
        continued(launch or launch_from_record(("record.py",), ("--lr=1",), {}), continuation)
    )


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_hostile_path_reaches_the_program(tmp_path, shell):
    path = tmp_path / os.fsencode(HOSTILE).decode(errors="surrogateescape")
    path.parent.mkdir(parents=True)
    path.write_text("weights")
    script = script_of(continuation_of(checkpoint_of(str(path)), option_of(spelled="--resume")))
    shellcheck(script)
    (call,) = play(script, tmp_path, shell)
    assert call["argv"] == ["--lr=1", f"--resume={path}"]
    assert call["file"] == '{"wbtools/continues": {"value": "ab12cd34"}}'
    assert call["env"]["WANDB_RUN_GROUP"] == "wbtools-ab12cd34"
    assert not (tmp_path / "owned").exists()


def test_nothing_starts_without_the_checkpoint(tmp_path):
    script = script_of(continuation_of(checkpoint_of(HOSTILE.replace("\udce9", ""))))
    (tmp_path / "record.py").write_text("open('started', 'w')")
    ended = subprocess.run(
        ["sh"], input=script.encode(), cwd=tmp_path, capture_output=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert b"nothing was started: the checkpoint a b/$(touch owned)" in ended.stderr
    assert b"\n" not in ended.stderr.rstrip(b"\n")
    assert not (tmp_path / "started").exists()
    assert not (tmp_path / "owned").exists()


def test_the_same_run(tmp_path):
    (tmp_path / "last.pt").write_text("")
    continuation = continuation_of(checkpoint_of("last.pt"), is_same_run=True)
    script = script_of(continuation)
    shellcheck(script)
    assert "WANDB_RUN_ID=ab12cd34 WANDB_RESUME=must" in script
    assert "WANDB_NAME=" not in script
    (call,) = play(script, tmp_path, WANDB_RUN_GROUP="other")
    assert call["env"] == {
        "WANDB_NAME": None,
        "WANDB_RUN_GROUP": None,
        "WANDB_SWEEP_PARAM_PATH": None,
        "WANDB_PROJECT": None,
    }


def test_an_artifact_is_downloaded_first(tmp_path):
    continuation = continuation_of(
        checkpoint_of("-m $(x):v3", ARTIFACT, path_inside="last.pt"), option_of(spelled="--resume")
    )
    script = script_of(continuation)
    shellcheck(script)
    command = tmp_path / "wandb"
    command.write_text('#!/bin/sh\nprintf "%s|" "$@" >asked\nmkdir -p "$4"\ntest -z "$FAILS"\n')
    command.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["sh"],
        input=script.encode(),
        cwd=tmp_path,
        env={"PATH": path, "FAILS": "1"},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1
    asked = (tmp_path / "asked").read_text()
    folder = continuation.folder
    assert asked == f"artifact|get|--root|{folder}|--|acme/ocr/-m $(x):v3|"
    assert script.index("wandb artifact get") < script.index("record.py")
    assert f"--resume={folder}/last.pt" in script


def test_files_of_an_offline_artifact_are_copied(tmp_path):
    (tmp_path / "-staged 1").write_text("weights")
    sources = (
        ListedFile(path="epoch=3/-last.pt", local_path="-staged 1"),
        ListedFile(path="$(x).json", local_path=str(tmp_path / "-staged 1")),
    )
    continuation = continuation_of(
        checkpoint_of("model:v0", ARTIFACT, path_inside="epoch=3/-last.pt", sources=sources)
    )
    folder = tmp_path / continuation.folder
    folder.mkdir(parents=True)
    (tmp_path / "mine").write_text("mine")
    (folder / "$(x).json").symlink_to(tmp_path / "mine")
    script = script_of(continuation)
    shellcheck(script)
    (call,) = play(script, tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
    assert (folder / "epoch=3" / "-last.pt").read_text() == "weights"
    assert (folder / "$(x).json").exists()
    assert call["argv"] == ["--lr=1", f"--resume={continuation.folder}/epoch=3/-last.pt"]


@pytest.mark.parametrize(
    ("name", "files", "path"),
    [
        ("-ckpt/'x'.pt", (), "/-ckpt/'x'.pt"),
        ("-ckpt/'x'.pt", ("-ckpt/'x'.pt",), "/-ckpt/'x'.pt"),
        ("ckpt", ("ckpt/model.safetensors", "ckpt/$(x)"), "/ckpt"),
        (".", ("model.safetensors", "trainer_state.json"), ""),
    ],
)
def test_files_of_the_run_are_downloaded(tmp_path, name, files, path):
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "wandb.py").write_text(
        "class Api:\n"
        "    def run(self, run): self.asked = [run]; return self\n"
        "    def file(self, name): self.asked.append(name); return self\n"
        "    def download(self, root, replace):\n"
        "        open('asked', 'w').write(repr([*self.asked, root]))\n"
    )
    sources = tuple(ListedFile(path=each) for each in files)
    script = script_of(continuation_of(checkpoint_of(name, RUN_FILE, sources=sources)))
    shellcheck(script)
    (call,) = play(script, tmp_path, PYTHONPATH=str(tmp_path / "stub"))
    folder = "wbtools-checkpoints/ab12cd34/files"
    assert (tmp_path / "asked").read_text() == repr(
        ["acme/ocr/ab12cd34", *(files or (name,)), folder]
    )
    assert call["argv"] == ["--lr=1", f"--resume={folder}{path}"]


def several(checkpoint):
    """One run that goes on, one that begins anew."""
    launch = launch_from_record(("record.py",), ("--lr=1",), {})
    again = replication(launch, run=run_of(id="zz99", name="other"))
    on = continued(launch, continuation_of(checkpoint))
    return joined_replications([on, again], ("two runs",), ["run 8", "run 9"])


def test_runs_that_go_on_beside_runs_that_begin_anew(tmp_path):
    (tmp_path / "staged").write_text("")
    checkpoint = checkpoint_of(
        "m:v0", ARTIFACT, sources=(ListedFile(path="m.pt", local_path="staged"),)
    )
    both = several(checkpoint)
    script = shell_script(both)
    shellcheck(script)
    first, second = play(script, tmp_path)
    assert first["argv"][-1] == "--resume=wbtools-checkpoints/ab12cd34/m-v0/m.pt"
    assert first["file"] is not None
    assert (second["argv"], second["file"]) == (["--lr=1"], None)
    assert second["env"]["WANDB_RUN_GROUP"] == "wbtools-zz99"


def test_a_download_that_fails_leaves_the_other_runs_alone(tmp_path):
    script = shell_script(several(checkpoint_of("m:v0", ARTIFACT)))
    shellcheck(script)
    command = tmp_path / "wandb"
    command.write_text("#!/bin/sh\nexit 3\n")
    command.chmod(0o755)
    (tmp_path / "record.py").write_text("import sys; print(sys.argv[1:])")
    ended = subprocess.run(
        ["sh"],
        input=script.encode(),
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, b"['--lr=1']\n")


def test_an_array(tmp_path):
    (tmp_path / "last.pt").write_text("")
    both = several(checkpoint_of("last.pt"))
    script = slurm_script(both)
    shellcheck(script)
    (first,) = play(script, tmp_path, "bash", SLURM_ARRAY_TASK_ID="0")
    (second,) = play(script, tmp_path, "bash", SLURM_ARRAY_TASK_ID="1")
    assert first["argv"] == ["--lr=1", "--resume=last.pt"]
    assert second["argv"] == ["--lr=1"]
    alone = slurm_script(continued(recorded("--lr=1"), continuation_of()))
    shellcheck(alone)
    assert alone.index("[ -e out/last.pt ]") < alone.index("WANDB_NAME=")


@pytest.mark.parametrize(
    "launch",
    [recorded("--lr=1"), launch_of_function(("train.py",), {"lr": 1, "resume": None})],
    ids=["arguments", "W&B's configuration"],
)
def test_a_sweep_of_one_run_checks_marks_and_groups_it_too(launch):
    replication = continued(launch, continuation_of())
    blocks = SweepBlocks(name="s", metric=None)
    text = replica_script(replication, Target.SWEEP, SlurmOptions(), blocks).text
    script = safe_load(text)["command"][3]
    assert "[ -e out/last.pt ] || " in script
    assert '"wbtools/continues": {"value": "ab12cd34"}' in script
    assert "WANDB_RUN_GROUP=wbtools-ab12cd34" in script


def test_a_sweep_does_not_resume_a_run():
    what = continued(recorded("--lr=1"), continuation_of(is_same_run=True))
    with pytest.raises(DataError, match="id of its own"):
        sweep_of_runs(what, sweep_name="s", metric=None)


def test_yaml_says_the_value():
    fetched = continuation_of(checkpoint_of("m:v0", ARTIFACT, is_folder=True))
    text = plain_yaml(continued(recorded("--lr=1", lr=1), fetched))
    assert "lr: 1\nresume: wbtools-checkpoints/ab12cd34/m-v0" in text
    assert "# The checkpoint m:v0 has to be put into wbtools-checkpoints/ab12cd34/m-v0" in text

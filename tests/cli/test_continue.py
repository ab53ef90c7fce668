"""`wbtools replicate --continue`: stopped runs go on from what they left, or it is said why not."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.replication.launches import play, shellcheck
from tests.sources.local.wandb_writer import START_S, exit_record, history, run_record, write_run
from wbtools.archive import kept_plans

SWEEP = """\
program: record.py
method: grid
metric: {name: acc, goal: maximize}
early_terminate: {type: hyperband, min_iter: 2, eta: 2}
parameters:
  epochs: {value: 8}
  lr: {values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}
"""
PROGRAM = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr")
parser.add_argument("--epochs", type=int)
parser.add_argument("--seed", type=int)
parser.add_argument("--resume", metavar="PATH")
args = parser.parse_args()
if args.resume:
    state = load(args.resume)
"""
ENDS = {1: (8, 0), 2: (8, 0), 3: (8, 0), 4: (4, 255), 5: (3, 1), 6: (2, 1)}


NEWEST, OLDER = (f"checkpoints/run00004/epoch_00{epoch}.npz" for epoch in (4, 2))
OF_FAILED = "checkpoints/run00005/epoch_002.npz"


def put(name, at_s, n_bytes=60):
    """A checkpoint that was written so many seconds after the sweep began; run k is at k * 1000."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(n_bytes))
    os.utime(path, (START_S + at_s, START_S + at_s))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project with a sweep: run 4 was stopped, 5 and 6 failed, and 6 left no checkpoint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    Path("sweep.yaml").write_text(SWEEP)
    Path("record.py").write_text(PROGRAM)
    for k, (n_reports, code) in ENDS.items():
        run_id, begun = f"run{k:05d}", START_S + 1000 * k
        config = {"epochs": 8, "lr": k / 10}
        facts = {"sweep_id": "sw1", "config": config, "display_name": f"amber-sweep-{k}"}
        rows = [
            history(
                step,
                {"acc": 0.1 * k + 0.01 * step, "epoch": step + 1},
                time_s=begun + 60 * (step + 1),
            )
            for step in range(n_reports)
        ]
        records = [run_record(run_id, start_s=begun, **facts), *rows, exit_record(code)]
        path = write_run(tmp_path / "wandb", records, run_id)
        (path.parent / "files").mkdir()
        metadata = {"program": "record.py", "args": ["--epochs=8", f"--lr={k / 10}"]}
        (path.parent / "files" / "wandb-metadata.json").write_text(json.dumps(metadata))
    put(OLDER, 4121)
    put(NEWEST, 4241)
    put(OF_FAILED, 5121)
    return tmp_path


def going_on(wbtools, *words):
    """The answer, stderr, and the words of each command."""
    result = wbtools("replicate", ".", "--continue", *words, "--format", "json")
    assert result.code == 0, result.err
    answer = json.loads(result.out)
    return answer, result.err, [replica["command"] for replica in answer["replicas"]]


def refused(wbtools, *words):
    """The exit code and the two lines on stderr; nothing is on stdout, so `| sh` starts nothing."""
    result = wbtools("replicate", ".", *words)
    assert result.out == ""
    error, hint = result.err.splitlines()
    assert (error[:7], hint[:6]) == ("error: ", "hint: ")
    return result.code, error, hint


def resumed(command, name="--resume"):
    """What the program's option gets; None where it stands nowhere."""
    values = [word.partition("=")[2] for word in command if word.startswith(f"{name}=")]
    assert len(values) <= 1
    return values[0] if values else None


def test_a_run_goes_on_from_the_newest_as_a_run_of_its_own(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "4", "--continue")
    assert result.code == 0, result.err
    shellcheck(result.out)
    (start,) = play(result.out, folder)
    assert start["argv"] == ["--epochs=8", "--lr=0.4", f"--resume={NEWEST}"]
    assert start["env"]["WANDB_RUN_GROUP"] == "wbtools-run00004"
    assert start["env"]["WANDB_NAME"] == "amber-sweep-4-continued"
    assert json.loads(start["file"]) == {"wbtools/continues": {"value": "run00004"}}
    assert f"run 4 goes on from {NEWEST} (epoch 4" in result.err
    assert "or run it again: wbtools replicate . --run 4\n" in result.err
    assert "afterwards: wbtools verify . --run 4\n" in result.err


def test_the_plan_that_is_kept_says_from_where(wbtools):
    going_on(wbtools, "--run", "4")
    (plan,) = kept_plans(Path(".wbtools"), "sw1", "run00004")
    origin = plan.continues
    assert (origin.checkpoint, origin.epoch, origin.resume_name) == (NEWEST, 4, "resume")
    assert not origin.is_same_run


def test_what_is_left_costs_less_than_the_whole(wbtools):
    answer, _, _ = going_on(wbtools, "--run", "4")
    (run,) = answer["runs"]
    assert run["cost_continue_h"] == pytest.approx(4 / 60)
    assert answer["cost_h"] == run["plan"]["cost_h"] == run["cost_continue_h"]
    assert run["cost_full_h"] == pytest.approx(8 / 60)


def test_all_that_it_left_is_listed_the_newest_whole_one_first(wbtools):
    put("checkpoints/run00004/epoch_003.npz", 4181)
    put("checkpoints/run00004/epoch_005.npz", 4242, n_bytes=0)
    answer, notes, _ = going_on(wbtools, "--run", "4")
    names = [each["name"][-7:-4] for each in answer["runs"][0]["checkpoints"]]
    assert names == ["004", "003", "002", "005"]
    (line,) = [line for line in notes.splitlines() if "--checkpoint takes" in line]
    assert line.index("epoch_003.npz") < line.index("epoch_002.npz")
    assert "epoch_004.npz" not in line
    (passed_over,) = [line for line in notes.splitlines() if "epoch_005.npz" in line]
    assert "it is empty" in passed_over


def test_a_half_written_one_is_passed_over_and_taken_where_the_user_says_so(wbtools):
    put(NEWEST, 4241, n_bytes=0)
    _, notes, (command,) = going_on(wbtools, "--run", "4")
    assert resumed(command) == OLDER
    assert "WBR318" not in notes
    assert any(NEWEST in line and "it is empty" in line for line in notes.splitlines())
    answer, notes, (command,) = going_on(wbtools, "--run", "4", "--checkpoint", NEWEST)
    assert resumed(command) == NEWEST
    (doubt,) = [each for each in answer["findings"] if each["code"] == "WBR318"]
    assert "it is empty" in doubt["title"]
    assert "WBR318" in notes


def test_the_user_chooses_a_checkpoint(wbtools):
    chosen = going_on(wbtools, "--run", "4", "--checkpoint", f"./{OLDER}")
    assert resumed(chosen[2][0]) == OLDER
    put("elsewhere/weights.dat", 0)
    answer, _, (command,) = going_on(wbtools, "--run", "6", "--checkpoint", "elsewhere/weights.dat")
    assert resumed(command) == "elsewhere/weights.dat"
    assert answer["replicas"][0]["checkpoint"]["because"] == "named by --checkpoint"


def test_the_checkpoint_of_another_run_is_doubted(wbtools):
    answer, notes, (command,) = going_on(wbtools, "--run", "4", "--checkpoint", OF_FAILED)
    assert resumed(command) == OF_FAILED
    (doubt,) = [each for each in answer["findings"] if each["code"] == "WBR318"]
    assert "run 5" in doubt["title"]
    assert "WBR318" in notes


def test_of_a_run_that_ran_its_course_little_may_be_left(wbtools):
    put("checkpoints/run00003/epoch_008.npz", 3481)
    answer, _, _ = going_on(wbtools, "--run", "3")
    (doubt,) = [each for each in answer["findings"] if each["code"] == "WBR318"]
    assert "--epochs" in doubt["hint"]


def test_of_a_run_that_was_recorded_offline_it_is_said_how_to_stay_so(wbtools, folder):
    assert "WANDB_MODE=offline" not in going_on(wbtools, "--run", "4")[1]
    (home,) = folder.glob("wandb/run-*-run00004")
    home.rename(home.with_name(f"offline-{home.name}"))
    assert "WANDB_MODE=offline" in going_on(wbtools, "--run", "4")[1]
    assert "WANDB_MODE=offline" not in going_on(wbtools, "--run", "5")[1]


def test_long_names_are_listed_whole(wbtools):
    name = f"checkpoints/run00006/{'long' * 38}/epoch_001.npz"
    put(name, 6061)
    _, notes, _ = going_on(wbtools, "--run", "6")
    (line,) = [line for line in notes.splitlines() if "goes on from" in line]
    assert f"{name} (epoch 1" in line
    assert "run's id" in line


def test_an_artifact_that_the_user_chooses_is_downloaded_first(wbtools):
    words = ("--run", "4", "--checkpoint", "acme/ocr/model:v3")
    result = wbtools("replicate", ".", "--continue", *words)
    lines = result.out.splitlines()
    (fetch,) = [k for k, line in enumerate(lines) if "wandb artifact get" in line]
    (start,) = [k for k, line in enumerate(lines) if "python record.py" in line]
    assert fetch < start
    assert "--root wbtools-checkpoints/run00004/model-v3 -- acme/ocr/model:v3" in lines[fetch]
    assert "--resume=wbtools-checkpoints/run00004/model-v3" in result.out


def test_a_checkpoint_that_is_nowhere_is_refused_and_the_others_are_named(wbtools):
    code, error, hint = refused(wbtools, "--run", "4", "--continue", "--checkpoint", "gone.npz")
    assert (code, "there is no checkpoint 'gone.npz'" in error) == (2, True)
    assert NEWEST in hint
    assert OLDER in hint


def test_a_run_that_left_none_is_told_where_was_looked(wbtools):
    code, error, hint = refused(wbtools, "--run", "6", "--continue")
    assert code == 3
    assert "run 6 left no checkpoint that can be used; looked at: " in error
    assert "the present folder" in error
    assert "run it again from the start (wbtools replicate . --run 6)" in hint


def test_where_all_are_in_doubt_the_doubt_is_told(wbtools):
    put(OF_FAILED, 5121, n_bytes=0)
    code, error, hint = refused(wbtools, "--run", "5", "--continue")
    assert code == 3
    assert f"{OF_FAILED}: it is cut off: it is empty" in error
    assert "--checkpoint" in hint


@pytest.mark.parametrize(
    ("given", "word"),
    [("from", "--from"), ("--start-at", "--start-at"), ("resume", "--resume")],
)
def test_the_user_names_the_option(wbtools, given, word):
    answer, _, (command,) = going_on(wbtools, "--run", "4", f"--resume-arg={given}")
    assert command[-1] == f"{word}={NEWEST}"
    assert (word == "--resume") == (resumed(command) is not None)
    assert not any(each["code"] == "WBR316" for each in answer["findings"])


def test_a_program_of_which_nothing_is_known_is_not_guessed_at(wbtools, folder):
    (folder / "record.py").write_text(PROGRAM.replace("--resume", "--warm"))
    code, error, hint = refused(wbtools, "--run", "4", "--continue")
    assert (code, "nothing says how record.py is told" in error) == (2, True)
    assert NEWEST in error
    assert "--resume-arg" in hint
    assert "--warm" in hint
    assert "run it again" in hint
    _, _, (command,) = going_on(wbtools, "--run", "4", "--resume-arg", "ckpt")
    assert resumed(command, "--ckpt") == NEWEST


def test_a_program_that_goes_on_where_wandb_says_so_needs_the_same_run(wbtools, folder):
    (folder / "record.py").write_text(
        "import wandb\nrun = wandb.init()\nif run.resumed:\n    load_checkpoint('last.npz')\n"
    )
    code, _, hint = refused(wbtools, "--run", "4", "--continue")
    assert (code, "--same-run" in hint) == (2, True)
    _, _, (command,) = going_on(wbtools, "--run", "4", "--same-run")
    assert command[-2:] == ["--epochs=8", "--lr=0.4"]


def test_the_same_run_is_resumed_without_a_group_or_a_mark(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "4", "--continue", "--same-run")
    shellcheck(result.out)
    assert "WANDB_RUN_ID=run00004" in result.out
    assert "WANDB_RESUME=must" in result.out
    (start,) = play(result.out, folder)
    assert (start["env"]["WANDB_RUN_GROUP"], start["file"]) == (None, None)
    assert start["argv"][-1] == f"--resume={NEWEST}"
    assert "WBR319" in result.err


REFUSED = {
    "a checkpoint": (("--checkpoint", NEWEST), "--checkpoint"),
    "an option": (("--resume-arg", "resume"), "--resume-arg"),
    "the same run": (("--same-run",), "--same-run"),
    "seeds": (("--continue", "--seeds", "1,2"), "--seeds"),
    "folds": (("--continue", "--folds", "3"), "--folds"),
    "one checkpoint of two": (("--continue", "--run", "5", "--checkpoint", NEWEST), "2 runs"),
    "no option": (("--continue", "--resume-arg", "a b"), "'a b'"),
    "the same run of another name": (("--continue", "--same-run", "--name", "x"), "--name"),
}


@pytest.mark.parametrize(("words", "complaint"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused(wbtools, words, complaint):
    code, error, _ = refused(wbtools, "--run", "4", *words)
    assert (code, complaint in error) == (2, True)


def test_one_checkpoint_is_not_for_all_that_failed(wbtools):
    words = ("--run", "failed", "--continue", "--checkpoint", OF_FAILED)
    code, error, _ = refused(wbtools, *words)
    assert (code, "--checkpoint" in error, "--run failed" in error) == (2, True, True)


def test_the_configuration_may_be_changed(wbtools):
    answer, _, (command,) = going_on(wbtools, "--run", "4", "--epochs", "12", "--set", "lr=0.7")
    assert command[-3:] == ["--epochs=12", "--lr=0.7", f"--resume={NEWEST}"]
    (run,) = answer["runs"]
    assert run["plan"]["changed"] == ["lr", "epochs"]
    assert run["plan"]["cost_h"] == pytest.approx(8 / 60)
    assert run["plan"]["expectation"] is None


def test_runs_are_refused_together_where_one_of_those_named_cannot_go_on(wbtools):
    _, _, commands = going_on(wbtools, "--run", "4", "--run", "5")
    assert [resumed(command) for command in commands] == [NEWEST, OF_FAILED]
    code, error, _ = refused(wbtools, "--run", "4", "--run", "6", "--continue")
    assert (code, "run 6 left no checkpoint" in error) == (3, True)


def test_of_those_that_failed_one_goes_on_and_the_other_is_run_again(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "failed", "--continue")
    assert result.code == 0, result.err
    shellcheck(result.out)
    check_both(play(result.out, folder))
    assert "run 6 runs from the start: run 6 left no checkpoint" in result.err
    assert "2 runs of sweep sw1 continued (1) or again (1)" in result.out


def test_an_array_has_a_task_for_each_of_them(wbtools, folder):
    result = wbtools("replicate", ".", "--run", "failed", "--continue", "--to", "slurm")
    shellcheck(result.out)
    assert "#SBATCH --array=0-1\n" in result.out
    tasks = [play(result.out, folder, "bash", SLURM_ARRAY_TASK_ID=str(k)) for k in range(2)]
    check_both([start for (start,) in tasks])


def test_a_sweep_of_one_has_the_mark_and_looks_for_the_checkpoint(wbtools, folder):
    written = wbtools("replicate", ".", "--run", "4", "--continue", "--to", "sweep").out
    document = yaml.safe_load(written)
    _, _, _, script, name, _ = document["command"]
    words = ("sh", "-c", script, name, "replica=0")
    (start,) = play("", folder, *words)
    assert start["argv"] == ["--epochs=8", "--lr=0.4", f"--resume={NEWEST}"]
    assert json.loads(start["file"]) == {"wbtools/continues": {"value": "run00004"}}
    Path(NEWEST).unlink()
    with pytest.raises(AssertionError, match="nothing was started"):
        play("", folder, *words)


def check_both(starts):
    continued, again = starts
    assert continued["argv"] == ["--epochs=8", "--lr=0.5", f"--resume={OF_FAILED}"]
    assert json.loads(continued["file"]) == {"wbtools/continues": {"value": "run00005"}}
    assert continued["env"]["WANDB_NAME"] == "amber-sweep-5-continued"
    assert (again["argv"], again["file"]) == (["--epochs=8", "--lr=0.6"], None)
    assert again["env"]["WANDB_NAME"] == "amber-sweep-6-replica"


def test_a_script_whose_checkpoint_went_away_starts_nothing(wbtools):
    script = wbtools("replicate", ".", "--run", "4", "--continue").out
    Path(NEWEST).unlink()
    played = subprocess.run(["sh"], input=script, capture_output=True, text=True, check=False)
    assert (played.returncode, played.stdout) == (2, "")
    assert "nothing was started: the checkpoint" in played.stderr


def test_a_hostile_name_reaches_the_program_and_no_terminal(wbtools, folder):
    name = "checkpoints/run00006/a\x1b[2J'; touch owned; $(touch owned) .npz"
    put(name, 6061)
    result = wbtools("replicate", ".", "--run", "6", "--continue")
    assert result.code == 0, result.err
    assert "\x1b" not in result.err
    (start,) = play(result.out, folder)
    assert start["argv"][-1] == f"--resume={name}"
    assert not (folder / "owned").exists()
    put(name, 6061, n_bytes=0)
    _, error, _ = refused(wbtools, "--run", "6", "--continue")
    assert "\x1b" not in error
    assert "it is empty" in error


def test_who_runs_it_again_is_told_what_may_be_written_over(wbtools):
    alone = wbtools("replicate", ".", "--run", "4").err
    assert "may write over" not in alone
    shared = "outputs/amber-sweep-4/epoch_004.npz"
    put(shared, 4242)
    assert f"may write over {shared}, from" in wbtools("replicate", ".", "--run", "4").err

"""`wbtools replicate` from the words of the command line to scripts that run."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

import wbtools as wb
from tests.replication.launches import (
    play,
    shellcheck,
)
from tests.replication.test_styles import hydra_overrides, nested
from tests.replication.test_yaml_targets import agents_words
from wbtools import __version__

TESTS = Path(__file__).parents[1]
OCR = TESTS / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
OCR_SWEEP = TESTS / "data" / "replicas" / "ocr_sweep.yaml"
DEMO = TESTS.parent / "wbtools" / "demo" / "textures"
TABLE = ("replicate", OCR, "--sweep-file", OCR_SWEEP, "--run", "8")
RUN_8 = {
    "models.optimizer.lr": "0.0005134333170096499",
    "models.optimizer.weight_decay": "6.797303101020006e-05",
    "models.scheduler.T_max": "24",
    "models.scheduler.eta_min": "6.388390006720873e-06",
    "models.head.postprocess.thresh": "0.29",
    "models.head.postprocess.box_thresh": "0.25",
    "trainer.max_epochs": "22",
}
WORDS = [f"{name}={text}" for name, text in RUN_8.items()]
PRESET = "preset=efficientnet_b4_lr_optimized"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Commands run in a folder of their own: plans are kept there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return tmp_path


def played(script, folder, program="runners/train.py", run_by=("sh",), **env):
    """Run a script with a recording program in the place of its own."""
    (folder / program).parent.mkdir(exist_ok=True)
    (folder / program).symlink_to(folder / "record.py")
    return play(script, folder, *run_by, **env)


def test_run_8_comes_out_of_one_command_with_every_digit(wbtools, folder):
    result = wbtools(*TABLE, "--success", "0.9660", "--acceptable", "0.9650", "--fallback", "3")
    assert result.code == 0
    for words in (
        "# Run 8 of sweep ocr_v5inrfwe_runs again: run 8",
        "# metric val/hmean (maximize): best 0.966 after 10 reports of 22",
        "# success: val/hmean 0.966 or better; acceptable: 0.965 (as given)",
        "# fallback: run 3 ",
    ):
        assert words in result.out
    shellcheck(result.out)
    (record,) = played(result.out, folder)
    assert record["argv"] == [PRESET, *WORDS]
    values = {name: json.loads(text) for name, text in RUN_8.items()}
    assert hydra_overrides(record["argv"][1:]) == nested(values)


TARGETS = {
    "shell": (),
    "slurm": ("--seeds", "42,123", "--seed-key", "seed", "--gpus", "1", "--partition", "gpu"),
    "sweep": ("--seeds", "42,123", "--seed-key", "seed"),
    "yaml": (),
}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written(wbtools, golden, target):
    result = wbtools(*TABLE, "--to", target, *TARGETS[target])
    golden(f"replicate-{target}.txt", result.out.replace(__version__, "VERSION"))


def test_without_a_sweep_file_the_program_and_the_style_are_named(wbtools, folder):
    added = [word for assignment in WORDS[4:] for word in ("--set", assignment)]
    result = wbtools(
        "replicate", OCR, "--run", "8", "--metric", "val/hmean", "--goal", "maximize",
        "--program", "runners/train.py", "--style", "hydra", "--force-set", *added,
    )  # fmt: skip
    assert result.code == 0
    (record,) = played(result.out, folder)
    assert record["argv"] == WORDS


def test_three_seeds(wbtools, folder):
    result = wbtools(*TABLE, "--seeds", "42,123,456", "--seed-key", "seed", "--epochs", "30")
    shellcheck(result.out)
    records = played(result.out, folder)
    assert [record["argv"][-1] for record in records] == ["seed=42", "seed=123", "seed=456"]
    assert all("trainer.max_epochs=30" in record["argv"] for record in records)
    assert [record["env"]["WANDB_NAME"] for record in records] == [
        "run 8-replica-42", "run 8-replica-123", "run 8-replica-456",
    ]  # fmt: skip
    assert {record["env"]["WANDB_RUN_GROUP"] for record in records} == {"wbtools-row-8"}
    assert "--epochs sets trainer.max_epochs" in result.err


def test_five_folds_with_a_program_of_their_own(wbtools, folder):
    words = ("--folds", "5", "--fold-key", "data.fold", "--program", "runners/train_fold.py")
    result = wbtools(*TABLE, *words)
    records = played(result.out, folder, "runners/train_fold.py")
    assert [record["argv"][-1] for record in records] == [f"data.fold={k}" for k in range(5)]
    assert "runners/train.py" not in result.out


def test_an_array_for_slurm(wbtools, folder):
    result = wbtools(
        *TABLE, "--to", "slurm", "--seeds", "42,123,456", "--seed-key", "seed", "--gpus", "1",
        "--time-limit", "180", "--mem", "32", "--partition", "gpu", "--array-limit", "2",
    )  # fmt: skip
    shellcheck(result.out)
    assert "#SBATCH --array=0-2%2" in result.out
    (record,) = played(result.out, folder, run_by=("bash",), SLURM_ARRAY_TASK_ID="1")
    assert record["argv"] == [PRESET, *WORDS, "seed=123"]


def test_a_sweep_over_seeds(wbtools):
    result = wbtools(*TABLE, "--to", "sweep", "--seeds", "42,123", "--seed-key", "seed")
    document = yaml.safe_load(result.out)
    assert document["method"] == "grid"
    assert "early_terminate" not in document
    assert document["metric"] == {"name": "val/hmean", "goal": "maximize"}
    assert sorted(agents_words(document, 123)[2:]) == sorted(
        ["python", "runners/train.py", PRESET, *WORDS, "seed=123"]
    )
    assert "--to enqueue" in result.err
    kept = wbtools(*TABLE, "--to", "sweep", "--keep-early-stop")
    assert yaml.safe_load(kept.out)["early_terminate"]["eta"] == 2


def test_the_plain_configuration(wbtools):
    document = yaml.safe_load(wbtools(*TABLE, "--to", "yaml").out)
    assert {name: repr(value) for name, value in document.items()} == RUN_8


def test_nothing_is_said_of_a_launcher_where_nothing_is_started(wbtools, folder):
    (folder / "train.py").write_text("import wandb\nwandb.agent(wandb.sweep({}), print)\n")
    words = ("replicate", "demo", "--run", "16", "--program", "train.py")
    assert "WBR309" in wbtools(*words).err
    assert "launcher" not in wbtools(*words, "--to", "yaml").err


def test_the_demo_is_replicated_from_any_folder(wbtools, folder):
    result = wbtools("replicate", "demo", "--run", "16", "--with-code", "--with-env")
    assert result.code == 0
    assert "--lr=0.16409557101954536" in result.out
    assert str(DEMO / "train.py") in result.out
    shellcheck(result.out)
    assert "afterwards: wbtools verify demo --run 16" in result.err
    (plan,) = (folder / ".wbtools" / "plans").iterdir()
    kept = json.loads(plan.read_text())["plan"]
    assert kept["run_id"] == "qqas9kly"
    assert 0.56 < kept["criteria"][0]["success"] < 0.57
    assert kept["expectation"]["p_repeat"] < 0.5


NAMES = {
    "number": "16",
    "tail": "sweep-16",
    "name": "hardy-sweep-16",
    "id": "qqas9kly",
    "page": "https://wandb.ai/acme/textures/runs/qqas9kly?nw=x",
    "page in a sweep": "https://w.example.org/a/b/sweeps/t3xtur35/runs/qqas9kly",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_run_is_named_in_many_ways(wbtools, name):
    assert "Run 16 of sweep" in wbtools("replicate", "demo", "--run", name).out


def test_the_audits_own_words(wbtools):
    audit = wb.audit("demo")
    gem, second = [row.run.number for row in audit.gems[:2]]
    for name, number in {"best": 34, "gem": gem, "gem:2": second}.items():
        assert f"Run {number} of sweep" in wbtools("replicate", "demo", "--run", name).out


def test_several_runs_make_one_script(wbtools):
    words = ("replicate", "demo", "--run", "5", "--run", "16")
    twice = wbtools("replicate", "demo", "--run", "gem", "--run", "16", "--run", "5")
    assert "# 2 runs of sweep t3xtur35 again" in twice.out
    assert "# replicas: 2," in twice.out
    documents = {target: wbtools(*words, "--to", target).out for target in TARGETS}
    shellcheck(documents["shell"], documents["slurm"])
    assert "#SBATCH --array=0-1" in documents["slurm"]
    assert len(list(yaml.safe_load_all(documents["yaml"]))) == 2
    sweep = yaml.safe_load(documents["sweep"])
    assert sweep["parameters"] == {"replica": {"values": [0, 1]}}


def test_the_next_command_of_an_audit_runs(wbtools):
    result = wbtools("audit-terminations", "demo", "--target", "0.565")
    line = result.err.splitlines()[-1]
    assert line == "next: wbtools replicate demo --run 5 --target 0.565"
    assert wbtools(*shlex.split(line.removeprefix("next: wbtools "))).code == 0


def test_a_program_is_looked_for_in_the_present_folder(wbtools, folder):
    shutil.copytree(DEMO / "wandb", folder / "wandb")
    shutil.copy(DEMO / "sweep.yaml", folder)
    result = wbtools("replicate", "./", "--run", "16")
    assert "warning WBR301" in result.err
    assert "note WBR309: 'train.py' could not be read here" in result.err
    shutil.copy(DEMO / "train.py", folder)
    result = wbtools("replicate", "--run", "16")
    assert "WBR301" not in result.err
    assert '"${WBTOOLS_LAUNCHER}" train.py' in result.out


def test_an_answer_is_written_and_stdout_stays_empty(wbtools, folder):
    result = wbtools("replicate", "demo", "--run", "16", "-o", "again.sh")
    assert result.out == ""
    assert (folder / "again.sh").read_text().startswith("#!/bin/sh\n# Run 16")
    assert result.err.splitlines()[-2] == "next: sh again.sh"
    job = wbtools("replicate", "demo", "--run", "16", "--to", "slurm", "--output=-j.sbatch")
    assert "next: sbatch ./-j.sbatch\n" in job.err
    assert "next:" not in wbtools("replicate", "demo", "--run", "16").err
    assert wbtools("replicate", "demo", "--run", "16", "-o", "again.sh").code == 2


def test_quiet_says_nothing(wbtools):
    assert wbtools("replicate", "demo", "--run", "16", "-q").err == ""


def test_where_no_plan_can_be_kept_there_still_is_a_script(wbtools, folder):
    (folder / "file").write_text("in the way")
    result = wbtools("replicate", "demo", "--run", "16", "--archive", "file")
    assert result.code == 0
    assert "the plan is not kept" in result.err


BAD = {
    "no run": ((), "no run is named"),
    "an unknown run": (("--run", "99"), "no run '99'"),
    "a gem too many": (("--run", "gem:99"), "32 runs were stopped"),
    "an unknown target": (("--run", "5", "--to", "slrum"), "not one of shell"),
    "an unknown style": (("--run", "5", "--style", "hidra"), "not one of argparse"),
    "an unknown name": (("--run", "5", "--set", "lr2=1"), "has no 'lr2'"),
    "no value": (("--run", "5", "--set", "lr"), "not of the form NAME=VALUE"),
    "a name twice": (("--run", "5", "--set", "lr=1", "--set", "lr=2"), "twice"),
    "no seeds": (("--run", "5", "--seeds", ","), "names no seed"),
    "no folds": (("--run", "5", "--folds", "0"), "not a number of folds"),
    "no fold key": (("--run", "5", "--folds", "5"), "looks like what --folds sets"),
    "criteria the wrong way round": (
        ("--run", "5", "--success", "0.5", "--acceptable", "0.6"), "better than the success",
    ),
    "a criterion that is no number": (("--run", "5", "--success", "high"), "not a number"),
    "acceptable alone": (("--run", "5", "--acceptable", "0.5"), "--success is not"),
    "its own fallback": (("--run", "5", "--fallback", "5"), "its own fallback"),
    "an empty program": (("--run", "5", "--program", " "), "is empty"),
    "a hostile partition": (
        ("--run", "5", "--to", "slurm", "--partition", "a b"), "cannot be a name in Slurm",
    ),
    "an option of Slurm for a shell": (("--run", "5", "--gpus", "1"), "pass --to slurm"),
    "nothing failed": (("--run", "failed"), "no run of sweep t3xtur35 failed: 36 runs, 32 stopped"),
    "all runs of a demo": (("--run", "5", "--all"), "take runs of a project"),
    "all runs and a group": (("--run", "5", "--all", "--group", "g"), "--all takes every run"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "complaint"), BAD.values(), ids=BAD)
def test_bad_input_is_one_clear_message(wbtools, folder, words, complaint):
    result = wbtools("replicate", "demo", *words)
    assert (result.code, result.out) == (2, "")
    assert complaint in result.err
    assert "hint: " in result.err
    assert "Traceback" not in result.err
    assert not list(folder.iterdir())


def test_a_table_without_a_program_asks_for_one(wbtools):
    words = ("--run", "8", "--metric", "val/hmean", "--goal", "maximize")
    result = wbtools("replicate", OCR, *words)
    assert result.code == 2
    assert "--program" in result.err


def test_two_criteria_and_an_automatic_fallback(wbtools):
    result = wbtools(
        "replicate", "demo", "--run", "16", "--fallback", "auto", "--success", "0.57",
        "--success", "test/acc=0.5", "--acceptable", "test/acc=0.4",
    )  # fmt: skip
    assert "# fallback: run 34 " in result.out
    assert "# success: test/acc 0.5 or better; acceptable: 0.4 (as given)" in result.out
    automatic = wbtools("replicate", "demo", "--run", "34", "--fallback", "auto")
    assert "# fallback: run 6 " in automatic.out


def test_a_shorter_replica_costs_less_and_is_no_test_of_the_promise(wbtools, tmp_path):
    full = wbtools("replicate", "demo", "--run", "5", "--archive", str(tmp_path / "full"))
    short = wbtools(
        "replicate", "demo", "--run", "5", "--epochs", "3", "--archive", str(tmp_path / "short")
    )
    assert "0.111 times the run's budget" in short.err
    assert "times the run's budget" not in full.err
    (long_plan,) = (tmp_path / "full" / "plans").iterdir()
    (short_plan,) = (tmp_path / "short" / "plans").iterdir()
    plans = [json.loads(path.read_text())["plan"] for path in (long_plan, short_plan)]
    report = wbtools("audit-terminations", "demo", "--run", "5", "--format", "json").out
    (run,) = (run for run in json.loads(report)["runs"] if run["run_number"] == 5)
    report_h = run["cost_continue_h"] / run["cost_remaining_reports"]
    # The start-up does not shrink with the budget: 24 of 27 reports are spared.
    assert plans[0]["cost_h"] - plans[1]["cost_h"] == pytest.approx(24 * report_h)
    assert plans[0]["expectation"] is not None
    assert plans[1]["expectation"] is None


def test_the_script_says_where_the_noise_is_from_and_stderr_only_the_values(wbtools):
    result = wbtools("replicate", "demo", "--run", "5")
    assert "the noise is estimated from" in result.out
    line = "  success: val/acc 0.568667 or better; acceptable: 0.565557 (the bar, and within seed"
    assert f"{line} noise of it)\n" in result.err


def test_values_that_are_set_are_echoed_and_doubted_outside_of_the_space(wbtools):
    words = ("replicate", "demo", "--run", "5", "--set", "hidden=512", "--set", "lr=-1")
    said = wbtools(*words, "--set", "dropout=0.1").err
    assert "--set gives hidden 512, lr -1, dropout 0.1\n" in said
    assert said.count("WBR315") == 2
    assert "--set hidden=512 is outside of what the sweep searched (32, 64, 128)" in said
    plain = wbtools("replicate", "demo", "--run", "5", "--set", "hidden=64").err
    assert "WBR315" not in plain


def test_a_plan_that_replaces_another_one_says_so(wbtools):
    """In one line, and only where something is lost."""
    words = ("replicate", "demo", "--run", "8", "--success", "0.5", "--acceptable", "0.4")
    seeds = ("--seeds", "1,2,3")
    assert "replaced" not in wbtools(*words, *seeds).err
    assert "replaced" not in wbtools(*words, *seeds).err
    said = "the plan kept for run 8 is replaced"
    criterion = "success: val/acc 0.5 or better; acceptable: 0.4 (as given)"
    fewer = wbtools(*words, "--seeds", "1,2")
    assert (fewer.code, fewer.err.count("replaced")) == (0, 1)
    assert f"{said}; it said replicas: 3\n" in fewer.err
    assert "replaced" not in wbtools(*words).err
    other = wbtools("replicate", "demo", "--run", "8", *seeds)
    assert f"{said}; it said replicas: 2; {criterion}\n" in other.err
    assert "replaced" not in wbtools("replicate", "demo", "--run", "13").err
    assert wbtools(*words, "-q").err == ""
    assert f"{said}\n" in wbtools(*words, "--fallback", "13").err


def test_the_answer_is_given_in_the_scripts_place(wbtools, folder):
    result = wbtools(*TABLE, "--seeds", "42,123", "--seed-key", "seed", "--format", "json")
    answer = json.loads(result.out)
    assert answer["schema"] == "wbtools.replicate/1"
    assert [replica["changed"] for replica in answer["replicas"]] == [{"seed": 42}, {"seed": 123}]
    assert answer["replicas"][0]["command"][-1] == "seed=42"
    assert "replicas: 2" in result.err
    assert "afterwards: wbtools verify" in result.err
    assert (folder / ".wbtools" / "plans").is_dir()


@pytest.mark.parametrize("form", ["csv", "md", "html", "json"])
def test_a_suffix_of_answers_names_the_form_and_any_other_is_the_scripts(wbtools, folder, form):
    assert wbtools(*TABLE, "-o", f"again.{form}").code == 0
    assert (folder / f"again.{form}").read_text() == wbtools(*TABLE, "--format", form).out
    for other in ("again.sbatch", "again.txt", "again", "again.xyz"):
        assert wbtools(*TABLE, "-o", other).code == 0
        assert (folder / other).read_text().startswith("#!/bin/sh\n")
    assert wbtools(*TABLE, "-o", "text.json", "--format", "text").code == 0
    assert (folder / "text.json").read_text().startswith("#!/bin/sh\n")


def test_github_takes_the_findings(wbtools):
    assert wbtools(*TABLE, "--format", "github").out.startswith("::warning")


def test_secrets_of_the_given_program_are_masked_in_answers(wbtools, folder):
    (folder / "v.csv").write_text("id,state,loss,api_key\na,finished,1,HUNTER2\n")
    words = ("replicate", "v.csv", "--run", "1", "--metric", "loss:min", "--style", "argparse",
             "--program", "train.py --token HUNTER3 --url http://u:HUNTER4@h")  # fmt: skip
    for form in ("json", "html", "md", "csv"):
        result = wbtools(*words, "--format", form)
        assert result.code == 0
        assert "HUNTER" not in result.out + result.err
    command = json.loads(wbtools(*words, "--format", "json").out)["replicas"][0]["command"]
    assert "train.py --token *** --url http://u:***@h" in command
    assert "--api_key=$SECRET_API_KEY" in command
    shown = json.loads(wbtools(*words, "--format", "json", "--show-secrets").out)
    assert "HUNTER3" in " ".join(shown["replicas"][0]["command"])
    assert "--token HUNTER3" in wbtools(*words).out

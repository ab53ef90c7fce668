"""`wbtools verify`: replicas found, compared, judged; exit codes; what is next."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.local.wandb_writer import START_S, exit_record, history, run_record, write_run

SWEEP = "sw33p1d0"
DEMO = Path(__file__).parents[2] / "wbtools" / "demo" / "textures"
YAML = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
parameters: {lr: {min: 0, max: 1}, seed: {value: 0}, epochs: {value: 5}}
"""
FULL = (0.1, 0.2, 0.3, 0.4, 0.5)


def write(folder, run_id, values, *, code=0, group="", sweep=SWEEP, lr=0.5, seed=0, at=0):
    config = {"lr": lr, "seed": seed, "epochs": 5}
    begun = START_S + 1000 * at
    records = [
        run_record(
            run_id,
            start_s=begun,
            config=config,
            display_name=f"name-sweep-{at + 1}",
            **({"sweep_id": sweep} if sweep else {}),
            **({"run_group": group} if group else {}),
        ),
        *(history(k, {"acc": value}, time_s=begun + k + 1) for k, value in enumerate(values)),
    ]
    write_run(folder, [*records, *([] if code is None else [exit_record(code)])], run_id,
              stamp=f"20240101_0000{at:02d}")  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A sweep of four: run 1 was stopped after 3 of 5 reports, ahead of all others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    (tmp_path / "sweep.yaml").write_text(YAML)
    wandb = tmp_path / "wandb"
    write(wandb, "stopped1", (0.15, 0.3, 0.45), code=255)
    for k in range(1, 4):
        write(wandb, f"full000{k}", [value - k / 100 for value in FULL], lr=k / 10, at=k)
    return tmp_path


def replica(project, values, *, at=10, **more):
    write(project / "wandb", f"rep{at:05d}", values, sweep="", group="wbtools-stopped1", at=at,
          **more)  # fmt: skip


def test_a_deterministic_replica_is_the_same_run_and_the_answer_says_so(wbtools, project):
    assert wbtools("replicate", ".", "--run", "1", "--program", "t.py").code == 0
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    result = wbtools("verify", ".", "--run", "1")
    assert result.code == 0
    words = " ".join(result.out.split())
    assert "equals the original report by report, bit for bit, over all 3 reports" in words
    assert "Did it hold? Run 1 holds: 1 replica 0.5500, bar 0.4900." in words
    assert "Go on with this configuration." in result.err
    record = wbtools("verify", "--track-record")
    assert "1 replication verified" in record.out
    assert "1 of 1 replica beat the bar" in " ".join(record.out.split())
    as_data = json.loads(wbtools("verify", "--track-record", "--format", "json").out)
    assert (as_data["schema"], as_data["n_beat"]) == ("wbtools.track_record/1", 1)
    assert wbtools("verify", ".", "--run", "1", "-o", "replicas.csv").code == 0
    assert Path("replicas.csv").read_text().count("\n") == 2
    assert wbtools("verify", ".", "--run", "1", "-o", "answer.xyz").code == 2


def test_seeds_are_summed_up_and_compared_with_the_runner_up(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3")
    for k, gain in enumerate((0.0, 0.02, 0.01)):
        curve = [value + gain for value in (0.15, 0.3, 0.45, 0.5, 0.55)]
        replica(project, curve, seed=k + 1, at=10 + k)
    result = wbtools("verify", ".", "--run", "1")
    words = " ".join(result.out.split())
    assert "Run 1 holds: 3 replicas 0.5600 ± 0.0100, bar 0.4900." in words
    assert "95 % interval of the mean 0.5352 … 0.5848" in words
    assert "the noise between seeds" in words
    assert "Compared with run 2" in words
    assert "really better with probability 99 %" in words
    assert "another configuration" not in words
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert answer["verdict"] == "success"
    assert answer["comparator"]["chance"]["how"] == "one run"
    assert [replica["seed"] for replica in answer["replicas"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("more", "curve", "doubted"),
    [
        ({}, (0.2, 0.3, 0.45, 0.5, 0.6), True),
        ({}, (0.15 + 1e-8, 0.3, 0.45, 0.5, 0.6), False),
        ({}, (0.15, 0.4, 0.45, 0.5, 0.6), False),
        ({"seed": 1}, (0.2, 0.3, 0.45, 0.5, 0.6), False),
    ],
    ids=["another start", "a start that is rounded", "another second report", "another seed"],
)
def test_a_success_that_is_not_the_original_again_is_doubted(
    wbtools, project, more, curve, doubted
):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py")
    replica(project, curve, **more)
    result = wbtools("verify", ".", "--run", "1")
    words = " ".join(result.out.split())
    assert (result.code, "Run 1 holds: 1 replica 0.6000" in words) == (0, True)
    said = "1 replica has the original's seed and still differs from report 1 on: the program or"
    assert (said in words) is doubted
    assert ("In doubt: see below." in words) is (doubted or bool(more))
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert answer["replicas"][0]["differs_despite_seed"] is doubted


def test_a_failure_exits_1_and_offers_the_fallback(wbtools, project):
    words = ("--success", "0.6", "--acceptable", "0.58", "--fallback", "3")
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", *words)
    replica(project, (0.15, 0.3, 0.4, 0.41, 0.42))
    result = wbtools("verify", ".", "--run", "1")
    assert result.code == 1
    assert "differs from report 3 on" in " ".join(result.out.split())
    line = result.err.splitlines()[-1]
    assert line == "next, fall back: wbtools replicate . --run 3 | sh"
    back = shlex.split(line.removeprefix("next, fall back: wbtools ").removesuffix(" | sh"))
    assert wbtools(*back, "--program", "t.py").code == 0


def test_undecided_exits_3(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3")
    replica(project, (0.15, 0.3), code=None, seed=1)
    result = wbtools("verify", ".", "--run", "1")
    assert result.code == 3
    assert "no replica has run to its end" in " ".join(result.out.split())
    assert "2/5 (cut short)" in result.out


def test_a_baseline_pairs_by_seed(wbtools, project):
    for k in range(3):
        gain = (0.0, 0.05, 0.02)[k]
        replica(project, [value + gain for value in FULL], seed=k, at=10 + k)
        write(project / "wandb", f"base{k:04d}", [value + gain - 0.01 for value in FULL],
              sweep="", group="wbtools-base", seed=k, at=20 + k)  # fmt: skip
    result = wbtools("verify", ".", "--run", "1", "--baseline", "wbtools-base")
    assert "(t test, paired by seed)" in " ".join(result.out.split())
    bad = wbtools("verify", ".", "--run", "1", "--baseline", "nothing")
    assert bad.code == 2


def test_replicas_can_be_named_and_a_changed_configuration_is_told(wbtools, project):
    write(project / "elsewhere", "other001", (0.15, 0.3, 0.45, 0.5, 0.55), sweep="", lr=0.6, at=30)
    result = wbtools("verify", ".", "--run", "1", "--replica", "elsewhere")
    assert "has another configuration than planned: lr" in " ".join(result.out.split())
    assert result.code == 3
    assert "no plan is kept" in " ".join(result.out.split())
    assert wbtools("verify", ".", "--run", "1", "--replica", "nowhere").code == 2


def test_runs_of_another_configuration_decide_nothing(wbtools, project):
    good, bad = (0.15, 0.3, 0.45, 0.5, 0.55), (0.1, 0.1, 0.1, 0.1, 0.1)
    for k in range(14):
        write(project / "elsewhere", f"other{k:03}", good, sweep="", lr=0.6, seed=k, at=30 + k)
    words = ("verify", ".", "--run", "1", "--replica", "elsewhere")
    result = wbtools(*words)
    assert result.code == 3
    said = " ".join(result.out.split())
    assert "Undecided: none of the runs that were looked at has the planned configuration." in said
    everyone = "All 14 runs that were looked at have another configuration than planned"
    assert said.index(everyone) < said.index("has another configuration than planned: lr")
    assert "… and 4 more runs (--limit 0 shows all)" in said
    answer = json.loads(wbtools(*words, "--format", "json").out)
    assert (answer["verdict"], answer["n_left_out"]) == ("undecided", 14)
    assert {judged["n_values"] for judged in answer["judged"]} == {0}
    write(project / "elsewhere", "replica1", bad, sweep="", seed=99, at=50)
    result = wbtools(*words)
    assert result.code == 1
    left_out = "14 of 15 runs have another configuration than planned and are left out"
    assert left_out in " ".join(result.out.split())
    answer = json.loads(wbtools(*words, "--format", "json").out)
    assert [each["is_other"] for each in answer["replicas"]].count(False) == 1
    assert answer["judged"][0]["mean"] == 0.1


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_values_as_large_as_floats_give_no_criterion_and_no_crash(wbtools, project):
    Path("v.csv").write_text("id,state,loss,seed\na,finished,-1e308,1\nb,finished,-1.5e308,2\n")
    plan = ("replicate", "v.csv", "--run", "1", "--metric", "loss:min", "--program", "x.py",
            "--style", "argparse")  # fmt: skip
    for _ in range(2):
        result = wbtools(*plan)
        assert result.code == 0
        assert "acceptable: no value" in result.err
    assert "no value acceptable" in wbtools(*plan, "--format", "md").out
    for k, value in enumerate((-1e308, -1.7e308, 1.7e308)):
        run = f"replica{k}"
        records = [
            run_record(run, start_s=START_S + k, config={"seed": k}, display_name=run),
            history(0, {"loss": value}),
            exit_record(),
        ]
        write_run(project / "reps", records, run, stamp=f"20240101_0000{k:02}")
    words = ("verify", "v.csv", "--run", "1", "--metric", "loss:min", "--replica", "reps")
    result = wbtools(*words)
    assert (result.code, "nothing says what is acceptable" in result.out) == (3, True)
    assert "Verify again with --success" in result.err
    answer = json.loads(wbtools(*words, "--format", "json").out)
    assert answer["plan_is_kept"]
    assert answer["judged"][0]["criterion"]["acceptable"] is None


def test_without_replicas_it_says_where_it_looked(wbtools, project):
    del project
    result = wbtools("verify", ".", "--run", "1")
    assert result.code == 3
    assert "W&B group wbtools-stopped1" in result.err
    assert "still waits in a queue" in result.err
    assert wbtools("verify", ".").code == 2


def test_hostile_names_are_shown_inert(wbtools, project):
    replica(project, FULL)
    records = [
        run_record(
            "evil0001", start_s=START_S + 9999, display_name="\x1b[31mevil\n#SBATCH",
            run_group="wbtools-stopped1", config={"\x1b]0;x\x07": 1},
        ),
        history(0, {"acc": 0.5}),
        exit_record(),
    ]  # fmt: skip
    write_run(project / "wandb", records, "evil0001", stamp="20240101_000050")
    result = wbtools("verify", ".", "--run", "1")
    assert "\x1b" not in result.out
    assert "\x07" not in result.out


ENV = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
}


def pipe(command, folder):
    result = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=ENV, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result


def train(folder, run_id, *, lr, stop_after=None):
    """Start the demo's program as an agent does; end it as Hyperband does."""
    words = ["--weight_decay=0.0003346734353821756", "--hidden=32", "--batch_size=256"]
    words += ["--dropout=0.25", "--schedule=cosine", "--epochs=4", "--seed=0", f"--lr={lr}"]
    with subprocess.Popen(
        [sys.executable, "train.py", *words],
        cwd=folder,
        env={**ENV, "WANDB_SWEEP_ID": SWEEP, "WANDB_RUN_ID": run_id},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        rows = 0
        for line in process.stdout:
            rows += line.startswith("{")
            if rows == stop_after:
                process.terminate()
    assert process.returncode == (0 if stop_after is None else 143)


@pytest.mark.slow
def test_the_demos_program_is_replicated_through_a_pipe_and_verified(tmp_path):
    """Recorded as an agent starts it, stopped early as Hyperband would, run again to its end."""
    (tmp_path / "sweep.yaml").write_text(
        (DEMO / "sweep.yaml").read_text().replace("value: 27", "value: 4")
    )
    (tmp_path / "train.py").write_text((DEMO / "train.py").read_text())
    # The order to stop may come before the last row is logged; two have to be left.
    train(tmp_path, "orig0000", lr="0.16409557101954536", stop_after=3)
    train(tmp_path, "orig0001", lr="0.05")
    pipe("wbtools replicate . --run orig0000 | bash", tmp_path)
    result = pipe("wbtools verify . --run orig0000 --success 0 --acceptable 0", tmp_path)
    text = " ".join(result.stdout.split())
    assert "equals the original report by report, bit for bit, over all" in text
    assert "4/4" in text
    assert "another configuration" not in text
    assert "Did it hold? Run 1 holds: 1 replica" in text


FUNCTION = """
import wandb
def train():
    with wandb.init(config={"lr": 99, "own": 1}) as run:
        for epoch in range(3):
            run.log({"acc": run.config["lr"] * (epoch + 1) + run.config.nested["x"]})
sweep_id = wandb.sweep({"method": "random", "parameters": {}}, project="p")
wandb.agent(sweep_id, function=train, count=7)
"""


@pytest.mark.slow
def test_a_function_style_agent_is_replicated_by_the_launcher(tmp_path):
    """What it recorded: a program, an empty list of arguments, the agent's parameter file."""
    wandb = tmp_path / "wandb"
    parameters = "lr: {value: 6.797303101020006e-05}\nnested: {value: {x: 0.25}}\n"
    (wandb / f"sweep-{SWEEP}").mkdir(parents=True)
    (wandb / f"sweep-{SWEEP}" / "config-func0001.yaml").write_text(parameters)
    lr = 6.797303101020006e-05
    config = {"lr": lr, "nested": {"x": 0.25}, "own": 1}
    rows = [history(k, {"acc": lr * (k + 1) + 0.25}) for k in range(3)]
    records = [run_record("func0001", sweep_id=SWEEP, config=config), *rows, exit_record()]
    path = write_run(wandb, records, "func0001")
    (path.parent / "files").mkdir()
    (path.parent / "files" / "wandb-metadata.json").write_text(
        '{"program": "/home/a/t.py", "codePath": "t.py", "args": []}'
    )
    (tmp_path / "t.py").write_text(FUNCTION)
    words = "--run func0001 --metric acc --goal maximize"
    pipe(f"wbtools replicate . {words} | bash", tmp_path)
    result = pipe(f"wbtools verify . {words}", tmp_path)
    text = " ".join(result.stdout.split())
    assert "equals the original report by report, bit for bit, over all 3 reports" in text
    assert "another configuration" not in text


def test_a_replica_that_repeats_a_seed_bit_for_bit_is_no_second_seed(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,1,2")
    for at, seed in enumerate((1, 1, 2), start=10):
        replica(project, (0.15, 0.3, 0.4, 0.45, 0.5), at=at, code=0, seed=seed)
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert len(answer["replicas"]) == 3
    assert answer["comparator"]["chance"]["n"] == 2
    assert [each["is_repeat"] for each in answer["replicas"]] == [False, True, False]
    said = " ".join(wbtools("verify", ".", "--run", "1").out.split())
    assert "1 repeats the seed and every value of another: counted once" in said


def test_a_kept_plan_and_a_goal_that_the_name_tells_are_not_mixed_up(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--metric", "acc:min")
    replica(project, (0.15, 0.3, 0.4, 0.45, 0.5))
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert answer["plan_is_kept"] is False
    for file in project.glob("*.yaml"):
        file.unlink()
    result = wbtools("verify", ".", "--run", "1", "--metric", "acc")
    assert (result.code, result.out) == (2, "")
    assert "the plan kept for run 1 says to minimize 'acc'" in result.err
    assert "acc:max or acc:min" in result.err


def test_a_look_at_a_run_does_not_replace_the_plan_whose_replicas_ran(wbtools, project):
    words = ("replicate", ".", "--run", "1", "--program", "t.py")
    wbtools(*words, "--seeds", "1,2", "--success", "0.4")
    wbtools(*words)
    for at, seed in enumerate((1, 2), start=10):
        replica(project, (0.15, 0.3, 0.4, 0.45, 0.5 + at / 1000), at=at, seed=seed)
    result = wbtools("verify", ".", "--run", "1")
    assert (result.code, "In doubt" in result.out, "bar 0.400" in result.out) == (0, False, True)
    wbtools(*words, "--set", "lr=0.9")
    for at in (20, 21):
        replica(project, (0.1, 0.1, 0.1, 0.1, 0.1), at=at, lr=0.9)
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert answer["plan"]["changed"] == ["lr"]
    assert answer["plan"]["expectation"] is None
    assert "Run 1 with another lr is no gem" in wbtools("verify", ".", "--run", "1").out
    assert [each["is_other"] for each in answer["replicas"]] == [True, True, False, False]


def test_replicas_of_several_changed_values_are_doubted(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--set", "lr=0.9")
    replica(project, (0.15, 0.3, 0.4, 0.5, 0.6), at=10, lr=0.9)
    assert "In doubt" not in wbtools("verify", ".", "--run", "1").out
    replica(project, (0.15, 0.3, 0.4, 0.5, 0.62), at=11, lr=0.7)
    result = wbtools("verify", ".", "--run", "1")
    said = " ".join(result.out.split())
    assert "Run 1 with another lr holds" in said
    assert "In doubt" in said
    assert "The replicas differ from each other in lr: the verdict is over several" in said
    assert "Go on" not in result.err

"""What is emitted, registered and run by the real SDK against the project's protocol server."""

import json
import subprocess
import sys

import pytest
import yaml

from tests.server import running_server
from tests.server.client import make_sweep, run_script, start, start_agent

pytestmark = pytest.mark.slow

ARGPARSE = """
import argparse, ast, json, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--layers", type=int)
parser.add_argument("--act")
parser.add_argument("--opt.wd", type=float)
parser.add_argument("--model", type=ast.literal_eval)
got = vars(parser.parse_args())
run = wandb.init()
run.log({"loss": got["lr"] or 0.0})
run.finish()
print("GOT", json.dumps([got, {k: v for k, v in dict(run.config).items()}]), flush=True)
"""

HYDRA = """
import json, hydra, wandb
from omegaconf import OmegaConf, DictConfig

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config: DictConfig):
    got = OmegaConf.to_container(config)
    run = wandb.init()
    run.log({"loss": got["opt"]["lr"]})
    run.finish()
    print("GOT", json.dumps([got, dict(run.config)]), flush=True)

main()
"""

FIRE = """
import json, fire, wandb

def main(lr, layers, act, flag=None):
    run = wandb.init()
    run.log({"loss": lr})
    run.finish()
    print("GOT", json.dumps([[lr, layers, act, flag], dict(run.config)]), flush=True)

fire.Fire(main)
"""

FUNCTION = """
import json, wandb

def train():
    with wandb.init() as run:
        run.log({"loss": run.config["lr"]})
        print("GOT", json.dumps(dict(run.config)), flush=True)

wandb.agent(SWEEP, function=train)
"""


@pytest.fixture
def server():
    with running_server() as server:
        yield server
        assert server.log.unknown() == []


@pytest.fixture
def emit(wbtools):
    """The text that `make-sweep` writes."""

    def run(*words):
        result = wbtools("make-sweep", "--quiet", "--metric", "loss", "--goal", "minimize", *words)
        assert result.code == 0, result.err
        return result.out

    return run


def ran(server, home, text):
    """Register a file with `wandb sweep`, work through it with `wandb agent`; what programs got."""
    path = make_sweep(server, home, "p", text)
    agent = start_agent(server, home, path)
    out, _ = agent.communicate(timeout=240)
    got = [json.loads(line[4:]) for line in out.splitlines() if line.startswith("GOT ")]
    runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    assert [run.state for run in runs] == ["finished"] * len(runs), out
    assert len(got) == len(runs), out
    return got


def test_an_argparse_program_gets_the_values_nested_ones_too(server, tmp_path, emit):
    (tmp_path / "train.py").write_text(ARGPARSE)
    text = emit(
        "grid", "-p", "lr=[1e-5,1e-2]", "-p", "layers=2", "-p", "act='yes'", "-p", "opt.wd=1e-6"
    )
    got = ran(server, tmp_path, text)
    assert [arguments["lr"] for arguments, _ in got] == [1e-5, 1e-2]
    for arguments, config in got:
        assert (arguments["layers"], arguments["act"], arguments["opt.wd"]) == (2, "yes", 1e-6)
        assert config == {"lr": arguments["lr"], "layers": 2, "act": "yes", "opt.wd": 1e-6}
    nested = emit(
        "grid", "--nested", "-p", "lr=0.1", "-p", "model.width=[3,4]", "-p", "model.opt.name=adam"
    )
    got = ran(server, tmp_path, nested)
    assert [arguments["model"] for arguments, _ in got] == [
        {"opt": {"name": "adam"}, "width": width} for width in (3, 4)
    ]
    assert all(config["model"] == arguments["model"] for arguments, config in got)


def test_a_hydra_program_gets_dotted_names_as_nested_ones(server, tmp_path, emit):
    (tmp_path / "train.py").write_text(HYDRA)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text(
        yaml.safe_dump({"opt": {"lr": 1.0, "name": "sgd"}, "sizes": [1], "flag": False})
    )
    text = emit(
        "hydra-bayes-hyperband", "--method", "grid", "-p", "opt.lr=[1e-5,0.1]",
        "-p", "opt.name=adam", "-p", "sizes=constant([3,4])", "-p", "flag=true",
    )  # fmt: skip
    got = ran(server, tmp_path, text)
    assert [received for received, _ in got] == [
        {"opt": {"lr": lr, "name": "adam"}, "sizes": [3, 4], "flag": True} for lr in (1e-5, 0.1)
    ]


def test_a_fire_program_gets_python_values(server, tmp_path, emit):
    (tmp_path / "train.py").write_text(FIRE)
    words = ["--command-style", "fire", "-p", "lr=[1e-5]", "-p", "layers=constant([1,2])"]
    text = emit("grid", *words, "-p", "act=relu", "-p", "flag=false")
    assert [arguments for arguments, _ in ran(server, tmp_path, text)] == [
        [1e-5, [1, 2], "relu", False]
    ]


def test_a_function_gets_its_configuration_nested(server, tmp_path, emit):
    words = [
        "--command-style",
        "function",
        "--nested",
        "-p",
        "lr=[1e-5,0.1]",
        "-p",
        "model.width=3",
    ]
    path = make_sweep(server, tmp_path, "p", emit("grid", *words))
    code, out = run_script(server, tmp_path, FUNCTION.replace("SWEEP", repr(path)))
    got = [json.loads(line[4:]) for line in out.splitlines() if line.startswith("GOT ")]
    assert code == 0, out
    assert got == [{"lr": lr, "model": {"width": 3}} for lr in (1e-5, 0.1)]


LINES = {
    "a module": "-m pkg.train",
    "options of Python and of the program": "python -u 'train it.py' --tag 'a b'",
    "an assignment": "TAG='a b' 'train it.py'",
    "another launcher": f"env -u NOTHING {sys.executable} 'train it.py' --tag 'a b'",
    "a script": "bash run.sh",
}
TAGGED = """
import argparse, json, os, wandb
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--tag", default=os.environ.get("TAG"))
got = vars(parser.parse_args())
with wandb.init() as run:
    run.log({"loss": got["lr"]})
print("GOT", json.dumps(got), flush=True)
"""


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_program_with_options_is_started_by_the_agent(server, tmp_path, emit, line):
    (tmp_path / "pkg").mkdir()
    for name in ("pkg/train.py", "train it.py"):
        (tmp_path / name).write_text(TAGGED)
    (tmp_path / "run.sh").write_text("exec python 'train it.py' --tag 'a b' \"$@\"\n")
    got = ran(server, tmp_path, emit("grid", "-p", "lr=[1e-5,0.1]", "--program", line))
    assert [arguments["lr"] for arguments in got] == [1e-5, 0.1]
    assert {arguments["tag"] for arguments in got} == {None if "pkg" in line else "a b"}


SERIES = """
base:
  template: grid
  metric: loss
  parameters: {layers: 2, act: relu}
members:
  small: {parameters: {lr: [1.0e-5, 1e-4]}}
  large: {parameters: {lr: [0.1], act: gelu}}
"""


def test_every_sweep_of_a_series_is_run(server, tmp_path, wbtools):
    (tmp_path / "train.py").write_text(ARGPARSE)
    (tmp_path / "series.yaml").write_text(SERIES)
    folder = tmp_path / "sweeps"
    assert wbtools("make-sweep", "--series", tmp_path / "series.yaml", "-o", folder).code == 0
    for name, rates, act in (("small", [1e-5, 1e-4], "relu"), ("large", [0.1], "gelu")):
        got = ran(server, tmp_path, (folder / f"{name}.yaml").read_text())
        assert [arguments["lr"] for arguments, _ in got] == rates
        assert {(arguments["act"], arguments["layers"]) for arguments, _ in got} == {(act, 2)}


def test_create_registers_the_sweep_and_its_agents_run_it(server, tmp_path):
    (tmp_path / "train.py").write_text(ARGPARSE)
    words = ["-m", "wbtools", "make-sweep", "grid", "-p", "lr=[1e-5,0.1]", "-p", "layers=1"]
    words += ["--create", "--project", "made", "--to", "slurm", "-o", "s.yaml", "--name", "a b"]
    process = start(server, tmp_path, *words, "--quiet")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert "creating a sweep" not in out
    (line,) = [line for line in out.splitlines() if line.startswith("wandb agent ")]
    path = line.removeprefix("wandb agent ")
    entity, project, sweep_id = path.split("/")
    assert project == "made"
    sweep = server.state.sweep(entity, project, sweep_id)
    written = yaml.safe_load((tmp_path / "s.yaml").read_text())
    assert sweep.config == written
    script = (tmp_path / "s.sbatch").read_text()
    assert f"exec wandb agent {path}\n" in script
    subprocess.run(["bash", "-n", tmp_path / "s.sbatch"], check=True)
    agent = start_agent(server, tmp_path, path)
    text, _ = agent.communicate(timeout=240)
    runs = server.state.sweep_runs(sweep)
    assert [run.summary["loss"] for run in runs] == [1e-5, 0.1], text


def test_prior_runs_are_attached(server, tmp_path):
    words = ["-m", "wbtools", "make-sweep", "--from", "demo", "--create", "--project", "made"]
    process = start(server, tmp_path, *words)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert f"creating a sweep in tester/made on {server.base_url}\n" in out
    (sweep,) = server.state.projects["tester", "made"].sweeps.values()
    names = {condition["name"] for condition in json.loads(sweep.prior_runs_filters)["$or"]}
    assert names == {"e9av5rtl", "rxz0anaw", "drp01pay", "di6omq6u"}


def test_who_is_not_signed_in_is_told_so(server, tmp_path):
    words = ["-m", "wbtools", "make-sweep", "--create", "--project", "made"]
    process = start(server, tmp_path, *words, env={"WANDB_API_KEY": ""})
    out, _ = process.communicate(timeout=120)
    assert process.returncode in {3, 4}, out
    assert "error: " in out
    assert "wandb login" in out
    assert "Traceback" not in out

"""`wbtools doctor` on a grid that was not run whole, and `expand-grid --without` for the rest."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

CASES = Path(__file__).parents[1] / "data" / "cases"
SWEEP = """# My search
program: train.py
method: grid
metric: {name: acc, goal: maximize}
run_cap: 4
parameters:
  # tried before
  lr: {values: [0.0001, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009]}
  model: {parameters: {depth: {value: 3}}}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Runs with rates .001 to .005; agents also took .006 to .008, of which no run is left."""
    shutil.copytree(CASES / "wild-09", tmp_path / "a 'project'")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "a 'project'"


@pytest.fixture
def grid(project):
    path = project / "grid.yaml"
    path.write_text(SWEEP.replace("  model: {parameters: {depth: {value: 3}}}\n", ""))
    return path


def unrun(answer):
    findings = json.loads(answer.out)["findings"]
    return next(finding for finding in findings if finding["code"] == "WBD216")


@pytest.mark.usefixtures("grid")
def test_the_doctor_s_command_writes_the_cells_that_lack_a_run(wbtools, project):
    answer = wbtools("doctor", project.name, "--format", "json")
    finding = unrun(answer)
    assert finding["title"] == (
        "of 10 cells of the grid, 2 were never run; 3 were taken by agents but left no run file "
        "(run_cap: 4)"
    )
    command = answer.err.splitlines()[-1].removeprefix("next: ")
    assert command in finding["hint"]
    words = shlex.split(command)
    assert words[:3] == ["wbtools", "expand-grid", "--without"]
    result = wbtools(*words[1:])
    assert (result.code, result.out) == (0, "")
    assert "5 runs of 10 cells" in result.err
    assert "run_cap: 4 was left out" in result.err
    assert "agents took 3 cells of these" in result.err
    text = Path("missing.yaml").read_text()
    assert "the server knows whether they ran" in text
    written = yaml.safe_load(text)
    assert written["parameters"] == {"lr": {"values": [0.0001, 0.006, 0.007, 0.008, 0.009]}}
    assert (written["program"], written["method"]) == ("train.py", "grid")
    assert "run_cap" not in written
    whole = wbtools("expand-grid", "missing.yaml", "--without", project.name, "--to", "sweep")
    assert whole.code == 3  # none of the runs lies in what is left


def test_the_file_that_is_named_is_taken_with_its_comments(wbtools, project, grid):
    grid.write_text(grid.read_text().replace("0.0001", "0.00001"))
    words = ["--without", project.name, "--to", "sweep"]
    text = wbtools("expand-grid", grid, *words).out
    assert text.startswith("# My search\n# The cells of the grid that are missing from the sweep")
    assert "  # tried before\n" in text
    assert yaml.safe_load(text)["parameters"]["lr"]["values"][0] == 1e-5


def test_the_doctor_names_the_file_that_it_was_given(wbtools, project, grid):
    answer = wbtools("doctor", project.name, "--sweep-file", grid, "--format", "json")
    words = shlex.split(answer.err.splitlines()[-1].removeprefix("next: "))
    assert words[-2:] == ["--", str(grid)]
    assert wbtools(*words[1:]).code == 0


@pytest.mark.usefixtures("grid")
def test_only_one_kind_is_written_if_that_is_wanted(wbtools, project):
    words = ["expand-grid", "--without", project.name, "--to", "sweep"]
    assert "5 runs of 10 cells" in wbtools(*words, "--only", "never-run", "-o", "n.yaml").err
    assert "'failed' is not one of never-run, cut-short" in wbtools(*words, "--only", "failed").err
    result = wbtools(*words, "--only", "cut-short", "-o", "f.yaml")
    assert (result.code, result.out) == (0, "")
    assert "lacks no such cell: nothing was written" in result.err
    assert not Path("f.yaml").exists()


def test_configurations_and_jobs_are_of_the_same_cells(wbtools, project, grid):
    grid.write_text(SWEEP)
    words = ["expand-grid", grid, "--without", project.name, "--out-dir", "out"]
    # model.depth is in no run's configuration: a constant places no run.
    answer = wbtools(*words)
    assert [Path(line).stem for line in answer.out.splitlines()] == [
        f"config_{k:03d}" for k in (1, 7, 8, 9, 10)
    ]
    assert "5 left out as the sweep has them" in answer.err
    assert yaml.safe_load(Path("out/config_010.yaml").read_text()) == {
        "lr": 0.009,
        "model": {"depth": 3},
    }
    command = ["--to", "slurm", "--command", "echo {config}", "-o", "job.sbatch"]
    assert wbtools(*words, *command).code == 0
    ran = subprocess.run(
        ["bash", "job.sbatch"], env={"SLURM_ARRAY_TASK_ID": "4"}, capture_output=True, check=True
    )
    assert Path(ran.stdout.decode().strip()).samefile("out/config_010.yaml")


def test_a_spec_of_axes_is_held_against_a_sweep_too(wbtools, project):
    Path("spec.yaml").write_text(
        "axes: {lr: [0.001, 0.01], act: [relu, gelu]}\nzip: [[lr, act]]\nbase_params: {x: 1}\n"
    )
    words = ["expand-grid", "spec.yaml", "--without", project.name, "--out-dir", "out"]
    answer = wbtools(*words)  # `act` is in no run: no run lies in any cell
    assert answer.code == 3
    assert "none of the 5 runs" in answer.err
    Path("spec.yaml").write_text("axes: {lr: [0.001, 0.01]}\nbase_params: {x: 1}\n")
    assert wbtools(*words).out == "out/config_002.yaml\n"


def test_a_cell_that_is_equivalent_to_one_that_was_run_is_not_lacking(wbtools, project, grid):
    grid.write_text(SWEEP.replace("  model: {parameters: {depth: {value: 3}}}\n", ""))
    words = ["expand-grid", grid, "--without", project.name, "--to", "sweep"]
    written = yaml.safe_load(wbtools(*words, "--inert", "lr when lr!=0.009").out)
    assert written["parameters"] == {"lr": {"value": 0.009}}


def test_cells_that_are_no_product_become_several_sweeps(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text("axes: {config: [A, A, B], net: [1, 2, 3], lr: [0.1, 0.2]}\n")
    words = ["expand-grid", "spec.yaml", "--to", "sweep", "--zip", "config,net"]
    words += ["--where", "lr * net < 0.5"]
    refused = wbtools(*words)
    assert (refused.code, refused.out) == (2, "")
    assert "take 2 sweeps" in refused.err
    Path("s-2.yaml").write_text("mine")
    assert wbtools(*words, "-o", "s.yaml").code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s-2.yaml", "spec.yaml"]
    answer = wbtools(*words, "-o", "s.yaml", "--force")
    assert "5 runs of 6 cells in 2 sweeps" in answer.err
    parameters = [yaml.safe_load(Path(f"s-{k}.yaml").read_text())["parameters"] for k in (1, 2)]
    assert parameters == [
        {"config": {"value": "A"}, "net": {"values": [1, 2]}, "lr": {"values": [0.1, 0.2]}},
        {"config": {"value": "B"}, "net": {"value": 3}, "lr": {"value": 0.1}},
    ]


WRONG = {
    "nothing at all": [],
    "only a kind": ["--only", "cut-short"],
    "a sweep that is none": ["--without", "./nowhere"],
    "a constraint that nothing fulfils": ["spec.yaml", "--where", "a > 9"],
    "a constraint that is none": ["spec.yaml", "--where", "a >"],
    "a pair with nothing": ["spec.yaml", "--zip", "a,z"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("form", ["sweep", "configs", "slurm"])
def test_what_cannot_be_right_is_refused(wbtools, tmp_path, monkeypatch, words, form):
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text("axes: {a: [1, 2]}\nout_dir: out\n")
    answer = wbtools("expand-grid", *words, "--to", form, "-o", "out.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert "hint:" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["spec.yaml"]


def test_a_sweep_that_is_no_grid_has_no_cells(wbtools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = wbtools("expand-grid", "--without", "demo", "--to", "sweep")
    assert answer.code == 3
    assert "the sweep's method is not grid" in answer.err


def test_a_program_replaces_that_of_the_sweep_file_only_if_it_is_named(wbtools, grid):
    words = ["expand-grid", grid, "--to", "sweep"]
    assert yaml.safe_load(wbtools(*words).out)["program"] == "train.py"
    assert yaml.safe_load(wbtools(*words, "--program", "go.py").out)["program"] == "go.py"


def test_the_answer_says_why_each_cell_is_lacking(wbtools, project, grid):
    words = ("expand-grid", grid, "--without", project.name, "--to", "sweep", "--format", "json")
    answer = json.loads(wbtools(*words).out)
    assert answer["without"] == project.name
    lacking = {cell["config"]["lr"]: cell["lacking"] for cell in answer["cells"]}
    assert lacking == dict.fromkeys([0.0001, 0.006, 0.007, 0.008, 0.009], "never-run")
    assert [sweep["n_runs"] for sweep in answer["sweeps"]] == [5]

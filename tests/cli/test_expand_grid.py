"""`wbtools expand-grid` on the seed grid and on grids that grow."""

import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from wbtools.sweepfile.lint import lint

SPEC = Path(__file__).parents[1] / "data" / "seeds" / "stage13_grid_spec.yaml"
WANTED = yaml.safe_load(SPEC.read_text())
SMALL = "name: g\nout_dir: out\naxes: {a: [1, 2], b: [x, y]}\nbase_params: {c: 1e-4, a: 9}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configs(folder):
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*_*.yaml"))}


def test_the_seed_grid_gives_its_180_configurations(wbtools, here):
    result = wbtools("expand-grid", SPEC)
    assert result.code == 0
    folder = here / WANTED["out_dir"]
    found = configs(folder)
    assert list(found) == [f"stage13_{k:03d}" for k in range(1, 181)]
    cells = itertools.product(*WANTED["axes"].values())
    for config, values in zip(found.values(), cells, strict=True):
        assert config == {**WANTED["base_params"], **dict(zip(WANTED["axes"], values, strict=True))}
    assert found["stage13_001"]["positive_subsets"] == [r"AudioData\curated\bestLowQuality\small"]
    assert found["stage13_001"]["quality"] == ["high", "medium"]
    assert [config["seed"] for config in found.values()] == [123] * 60 + [456] * 60 + [789] * 60
    manifest = json.loads((folder / "manifest.json").read_text())
    numbers = [configuration["number"] for configuration in manifest["configurations"]]
    assert numbers == list(range(1, 181))
    assert result.out.splitlines()[0] == f"{WANTED['out_dir']}/stage13_001.yaml"


def test_inert_axes_collapse(wbtools, here):
    result = wbtools("expand-grid", SPEC, "--inert", "dropout when hidden_units==0")
    found = configs(here / WANTED["out_dir"])
    assert len(found) == 3 * (1 + 3 * 5) * 3
    assert "36 left out as equivalent to another" in result.err
    assert sum(config["hidden_units"] == 0 for config in found.values()) == 9


def test_a_grid_that_grows_keeps_its_numbers_and_appends(wbtools, here):
    spec = here / "spec.yaml"
    spec.write_text(SMALL)
    wbtools("expand-grid", spec)
    before = configs(here / "out")
    assert before["g_001"] == {"c": 1e-4, "a": 1, "b": "x"}
    times = {path: path.stat().st_mtime_ns for path in (here / "out").glob("g_*")}
    spec.write_text(SMALL.replace("a: [1, 2]", "a: [3, 1, 2]").replace("[x, y]", "[w, x, y]"))
    result = wbtools("expand-grid", spec)
    after = configs(here / "out")
    assert len(after) == 9
    assert {name: after[name] for name in before} == before
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    assert "9 configurations, 5 new" in result.err
    spec.write_text(SMALL)
    assert "5 that the spec no longer has" in wbtools("expand-grid", spec).err
    spec.write_text(SMALL.replace("[x, y]", "[x, y, z]"))
    wbtools("expand-grid", spec)
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    numbers = [configuration["number"] for configuration in manifest["configurations"]]
    assert numbers == list(range(1, 12))


def test_collapsing_later_keeps_numbers(wbtools, here):
    wbtools("expand-grid", SPEC)
    before = configs(here / WANTED["out_dir"])
    result = wbtools("expand-grid", SPEC, "--inert", "dropout when hidden_units==0")
    assert "0 new" in result.err
    assert configs(here / WANTED["out_dir"]) == before


def test_equal_values_are_one_run_in_every_form(wbtools, here):
    (here / "spec.yaml").write_text("name: g\nout_dir: out\naxes: {a: [1, 1.0, 2]}\n")
    result = wbtools("expand-grid", "spec.yaml", "--to", "sweep", "-o", "s.yaml")
    assert "2 runs of 3 cells" in result.err
    assert wbtools("expand-grid", "spec.yaml").out.splitlines() == [
        "out/g_001.yaml",
        "out/g_002.yaml",
    ]


def test_lists_are_written_over_where_a_grid_was_written_before(wbtools, here):
    spec = here / "spec.yaml"
    spec.write_text(SMALL)
    (here / "out").mkdir()
    of_someone = here / "out" / "shard-1-of-2.txt"
    of_someone.write_text("something else")
    refused = wbtools("expand-grid", spec, "--shards", "2")
    assert (refused.code, of_someone.read_text()) == (2, "something else")
    assert "holds something else" in refused.err
    assert wbtools("expand-grid", spec, "--shards", "2", "--force").code == 0
    spec.write_text(SMALL.replace("[1, 2]", "[1, 2, 3]"))
    assert wbtools("expand-grid", spec, "--shards", "2").code == 0
    assert of_someone.read_text().splitlines() == ["g_001.yaml", "g_003.yaml", "g_005.yaml"]


def test_one_sweep(wbtools, here):
    result = wbtools("expand-grid", SPEC, "--to", "sweep", "--program", "train.py", "-o", "s.yaml")
    assert (result.code, result.out) == (0, "")
    text = (here / "s.yaml").read_bytes()
    file = yaml.safe_load(text)
    assert lint(text, source="s") == []
    assert file["method"] == "grid"
    assert file["parameters"]["dropout"] == {"values": WANTED["axes"]["dropout"]}
    assert file["parameters"]["quality"] == {"value": ["high", "medium"]}
    assert file["parameters"]["epochs"] == {"value": 50}
    assert wbtools("expand-grid", SPEC, "--to", "sweep", "--shards", 2).code == 2


def test_a_program_that_reads_no_file_is_told_of(wbtools, here):
    (here / "spec.yaml").write_text(SMALL)
    words = ("expand-grid", "spec.yaml", "--out-dir", "g", "--to", "slurm")
    program = here / "train.py"
    program.write_text("import wandb\nrun = wandb.init()\nprint(wandb.config.lr)\n")
    said = "train.py reads W&B's configuration and no arguments"
    assert said in wbtools(*words).err
    program.write_text(program.read_text() + "import sys\nprint(sys.argv)\n")
    assert said not in wbtools(*words).err
    program.unlink()
    assert said not in wbtools(*words).err


def test_a_slurm_array_runs_every_configuration_once(wbtools, here):
    spec = here / "spec.yaml"
    spec.write_text(SMALL)
    folder = here / "o'ut dir"
    words = ["--out-dir", folder, "--to", "slurm", "--shards", 3, "--sbatch=--time=1:00"]
    words += ["--command", "echo 'got it' --config={config} ''", "-o", "job.sbatch"]
    result = wbtools("expand-grid", spec, *words)
    assert (result.code, result.err.splitlines()[-1]) == (0, "next: sbatch job.sbatch")
    script = (here / "job.sbatch").read_text()
    assert "#SBATCH --array=0-2\n" in script
    assert "#SBATCH --time=1:00\n" in script
    ran = []
    for task in range(3):
        result = subprocess.run(
            ["bash", "job.sbatch"],
            env={"SLURM_ARRAY_TASK_ID": str(task), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        ran += result.stdout.splitlines()
    assert sorted(ran) == [f"got it --config={folder}/g_00{k}.yaml " for k in range(1, 5)]
    shards = sorted(folder.glob("shard-*-of-3.txt"))
    assert sorted("".join(path.read_text() for path in shards).split()) == [
        f"g_00{k}.yaml" for k in range(1, 5)
    ]


WRONG = {
    "no axes": ("base_params: {a: 1}\n", [], 3),
    "an axis that is no list": ("axes: {a: 3}\n", [], 3),
    "too many cells": (
        f"out_dir: out\naxes: {{a: &x {list(range(400))}, b: *x, c: *x}}\n",
        [],
        3,
    ),
    "a prefix that is a path": ("stage: ../../x\naxes: {a: [1]}\n", ["--out-dir", "o"], 3),
    "a folder that leads out": ("out_dir: ../x\naxes: {a: [1]}\n", [], 2),
    "an absolute folder": ("out_dir: /tmp/x\naxes: {a: [1]}\n", [], 2),
    "no folder": ("axes: {a: [1]}\n", [], 2),
    "an inert rule that is none": (SMALL, ["--inert", "a if b"], 2),
    "an inert rule about nothing": (SMALL, ["--inert", "z when a==1"], 2),
    "a command without a place": (SMALL, ["--to", "slurm", "--command", "python x.py"], 2),
    "a bomb": ("a: &a [x,x]\nb: &b [*a,*a]\naxes: " + "[" * 300, [], 3),
}


@pytest.mark.parametrize(("text", "words", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right_is_refused(wbtools, here, text, words, code):
    spec = here / "spec.yaml"
    spec.write_text(text)
    result = wbtools("expand-grid", spec, *words)
    assert result.code == code, result.err
    assert [path.name for path in here.iterdir()] == ["spec.yaml"]


def test_foreign_files_and_damaged_manifests_are_not_overwritten(wbtools, here):
    spec = here / "spec.yaml"
    spec.write_text(SMALL)
    (here / "out").mkdir()
    (here / "out" / "g_002.yaml").write_text("mine: 1\n")
    assert wbtools("expand-grid", spec).code == 2
    assert wbtools("expand-grid", spec, "--force").code == 0
    (here / "out" / "manifest.json").write_text("{")
    result = wbtools("expand-grid", spec)
    assert result.code == 3
    assert "not a manifest" in result.err


@pytest.mark.parametrize("to", ["configs", "slurm", "sweep"])
def test_the_answer_lists_the_cells_and_nothing_is_written(wbtools, here, to):
    (here / "spec.yaml").write_text(SMALL + "constraint: a < 3\n")
    result = wbtools("expand-grid", "spec.yaml", "--to", to, "--format", "json")
    answer = json.loads(result.out)
    assert (result.code, answer["schema"]) == (0, "wbtools.expand_grid/1")
    configs = [cell["config"] for cell in answer["cells"]]
    assert configs[0] == {"c": 1e-4, "a": 1, "b": "x"}
    assert (answer["target"], len(configs)) == (to, 4)
    assert [path.name for path in here.iterdir()] == ["spec.yaml"]
    wbtools("expand-grid", "spec.yaml", "--to", to, "-o", "cells.csv")
    assert (here / "cells.csv").read_text().count("\n") == 5
    assert sorted(path.name for path in here.iterdir()) == ["cells.csv", "spec.yaml"]


def test_the_answer_says_what_is_new(wbtools, here):
    (here / "spec.yaml").write_text(SMALL)
    wbtools("expand-grid", "spec.yaml")
    (here / "spec.yaml").write_text(SMALL.replace("a: [1, 2]", "a: [1, 2, 3]"))
    result = wbtools("expand-grid", "spec.yaml", "--format", "json")
    assert [cell["is_new"] for cell in json.loads(result.out)["cells"]] == [False] * 4 + [True] * 2
    assert "6 configurations, 2 new" in result.err
    assert len(configs(here / "out")) == 4


def test_no_answer_about_a_grid_shows_its_secrets(wbtools, here):
    spec = here / "spec.yaml"
    spec.write_text(
        "out_dir: out\naxes: {lr: [0.1, 0.01], pin_password: [900000001, 900000002]}\n"
        "base_params: {db: {password: HUNTER2}, api_key: HUNTER2}\n"
    )
    words = ("expand-grid", spec, "--to", "sweep", "--where", "pin_password <= 900000002")
    for form in ("json", "html", "md", "csv"):
        result = wbtools(*words, "--format", form)
        answer = result.out
        if form == "json":
            answer = json.loads(answer)
            assert answer["constraints"] == ["pin_password <= ***"]
            for sweep in answer["sweeps"]:
                sweep.pop("text", None)  # the file itself
            answer = str(answer)
        assert "HUNTER2" not in result.err
        if form in {"json", "csv"}:
            assert "HUNTER2" not in answer
            assert "90000000" not in answer
    shown = json.loads(wbtools(*words, "--format", "json", "--show-secrets").out)
    assert shown["constraints"] == ["pin_password <= 900000002"]

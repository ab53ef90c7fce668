"""What functions make of files: texts in the answer, and nothing on disk."""

from pathlib import Path

import pytest

import wbtools as wb
from tests.cli.test_verify import write

FIXABLE = "program: train.py\nmethod: random\nparameters:\n  lr: {min: 1e-4, max: 1e-2}\n"
GRID = "name: g\nout_dir: out\naxes: {a: [1, 2], b: [x, y]}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lint_mends_in_the_answer_and_leaves_the_file(folder):
    file = folder / "sweep.yaml"
    file.write_text(FIXABLE)
    found = {each.code for each in wb.lint(file).findings}
    linted = wb.lint(file, fix=True)
    assert linted.n_changes > 0
    assert {each.code for each in linted.findings} < found
    assert linted.fixed[str(file)] != FIXABLE.encode()
    assert file.read_text() == FIXABLE


def test_agents_of_slurm_are_a_script_in_the_answer(folder):
    made = wb.make_sweep(to="slurm", agents=3, count=2, slurm=wb.SlurmOptions(gpus=1))
    script = made.job
    assert "#SBATCH --array=0-2" in script
    assert "#SBATCH --gpus-per-node=1" in script
    assert "wandb agent --count 2" in script
    assert wb.make_sweep().job is None
    assert list(folder.iterdir()) == []


def test_a_grid_is_contents_by_path(folder):
    (folder / "grid.yaml").write_text(GRID)
    grid = wb.expand_grid("grid.yaml", where="a <= 1")
    assert [dict(each.config) for each in grid.cells] == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
    ]
    assert set(grid.files) == {
        Path("out/g_001.yaml"), Path("out/g_002.yaml"), Path("out/manifest.json"),
    }  # fmt: skip
    assert not Path("out").exists()
    with pytest.raises(wb.UsageError, match="no cell meets all"):
        wb.expand_grid("grid.yaml", where="a > 2")


def test_a_forecast_rests_on_a_recorded_sweep(folder):
    (folder / "next.yaml").write_text(wb.make_sweep(from_sweep="demo").text)
    forecast = wb.forecast("next.yaml", like="demo", metric="val/acc", goal="max", runs=4)
    assert [each.is_packaged for each in forecast.evidence] == [False]
    assert forecast.sweeps[0].plan.n_runs == 4


def test_replicas_are_named_by_their_files(project):
    write(project / "elsewhere", "rep00001", (0.15, 0.3, 0.45, 0.5, 0.55), sweep="", at=20)
    (path,) = (project / "elsewhere").iterdir()
    verification = wb.verify(".", 1, replica=path, success=0.5)
    assert [each.run.id for each in verification.replicas] == ["rep00001"]
    assert str(verification.verdict) == "success"


@pytest.mark.parametrize("show_secrets", [False, True])
def test_what_is_written_holds_secrets_that_the_answer_shows_to_who_asks(folder, show_secrets):
    head = "program: t.py\nmethod: random\nparameters:\n  lr: {min: 0.1, max: 0.5}\n"
    (folder / "sweep.yaml").write_text(f"{head}  api_key: {{value: hunter2}}\n")
    made = wb.make_sweep("./sweep.yaml", metric="acc", goal="max", show_secrets=show_secrets)
    (folder / "grid.yaml").write_text(f"{GRID}base_params: {{api_key: hunter2}}\n")
    grid = wb.expand_grid("grid.yaml", show_secrets=show_secrets)
    assert "hunter2" in made.text
    assert b"hunter2" in b"".join(grid.files.values())
    for answer in (made, grid):
        for text in (answer.to_json(), answer.to_csv()):
            assert ("hunter2" in text) is show_secrets

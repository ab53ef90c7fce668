"""The answer of `expand-grid`: its page as goldens, and every form of it."""

from dataclasses import replace
from pathlib import Path

from tests.answers.forms import HOSTILE, check_all_forms, check_widths
from wbtools.app.expand_grid import expand_grid
from wbtools.app.expand_grid_answer import expand_grid_answer
from wbtools.app.grid_job import array_script
from wbtools.app.grid_sweep_files import write_sweeps
from wbtools.app.make_grid import ExpandedGrid
from wbtools.sweepfile.grid import parse_grid
from wbtools.sweepfile.grid_expansion import parse_inert
from wbtools.sweepfile.numbers_in_yaml import yaml_value

FOLDER = Path("nowhere")
GRID = """
name: g
axes: {lr: [1e-4, 1e-3], layers: [1, 2], width: [8, 16], dropout: [0, 0.5], api_key: [hunter2]}
zip: [[layers, width]]
constraint: lr * layers <= 0.001
base_params: {epochs: 20}
"""
INERT = [parse_inert("dropout when layers==1")]


def spec_of(text):
    return parse_grid(text, "grid.yaml")


def files_of(text, inert=(), job=None, **more):
    spec = spec_of(text)
    files = expand_grid(spec, FOLDER, inert)
    script = array_script(files, spec, FOLDER) if job else None
    grid = ExpandedGrid(spec=spec, folder=FOLDER, files=files, job=script)
    return expand_grid_answer(grid, **more)


def sweeps_of(text):
    spec = spec_of(text)
    sweeps = write_sweeps(spec, None)
    grid = ExpandedGrid(spec=spec, sweeps=sweeps, remarks=sweeps.remarks)
    return expand_grid_answer(grid)


def test_the_page(golden):
    answer = files_of(GRID, INERT)
    golden("expand-grid.txt", answer.to_text())
    golden("expand-grid.md", answer._repr_markdown_())
    check_all_forms(answer)
    check_widths(answer, 20, 40, 80, 160)


def test_the_cells_as_a_frame():
    answer = files_of(GRID, INERT)
    frame = answer.to_frame()
    assert list(frame["cell_name"]) == ["g_001", "g_002", "g_003", "g_004"]
    assert list(frame["config/lr"]) == [1e-4, 1e-4, 1e-4, 1e-3]
    assert list(frame["config/width"]) == [8, 16, 16, 8]
    assert set(frame["config/epochs"]) == {20}
    assert frame["is_new"].all()
    assert (answer.n_cells, answer.n_excluded, answer.n_collapsed) == (8, 2, 2)
    axes = {axis["axis"]: axis["zipped_with"] for axis in answer.to_dict()["axes"]}
    assert axes["layers"] == ["width"]


def test_a_job_says_how_many_tasks():
    answer = files_of(GRID, job=True)
    assert (answer.target, answer.n_tasks) == ("slurm", len(answer.cells))
    check_all_forms(answer)


def test_cells_that_are_no_product_become_several_sweeps():
    answer = sweeps_of(GRID)
    assert len(answer.sweeps) > 1
    assert sum(sweep.n_runs for sweep in answer.sweeps) == len(answer.cells) == 6
    assert {cell.number for cell in answer.cells} == {None}
    check_all_forms(answer)


def test_secrets_are_shown_to_who_asks():
    masked, shown = files_of(GRID), files_of(GRID, show_secrets=True)
    for text in (masked.to_json(), masked.to_csv(), masked.to_text(), masked._repr_html_()):
        assert "hunter2" not in text
    assert "hunter2" in shown.to_csv()
    assert masked.to_dict()["axes"][-1]["n_values"] == 1


def test_hostile_words_run_nothing():
    word = yaml_value(HOSTILE)
    answer = files_of(f"axes: {{{word}: [{word}, '=cmd()']}}\nbase_params: {{other: {word}}}")
    hostile = replace(answer, grid=HOSTILE, without=HOSTILE, remarks=(HOSTILE,), folder=HOSTILE)
    check_all_forms(hostile)
    check_all_forms(sweeps_of(f"axes: {{a: [{word}, '=cmd()']}}"))


def test_no_cell_is_an_answer_too():
    check_all_forms(replace(files_of(GRID), cells=()))

"""W&B's own engine runs just the cells that a grid is to run, each once."""

import random

import pytest
import yaml

from wbtools.model.configuration import canonical
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.draft import Draft, write_draft
from wbtools.sweepfile.grid import GridSpec, grid_of_sweep
from wbtools.sweepfile.grid_cells import GridCells, grid_axes
from wbtools.sweepfile.grid_expansion import expand
from wbtools.sweepfile.grid_sweeps import grid_sweeps
from wbtools.sweepfile.numbers_in_yaml import as_sent
from wbtools.sweepfile.run_length import run_length

pytestmark = pytest.mark.slow
VALUES = [1, 2.0, 0.5, 1e-9, "x", "1e-5", True, None, [1, 2], [["a"]], {"a": 1, "b": [2]}, "é"]
EQUAL = [*VALUES, 1.0, [1.0, 2], {"a": 1.0, "b": [2]}, 0.5 + 1e-11]
"""With values that are the same; some of them the engine tells apart."""


def random_grid(rng):
    axes = {name: tuple(rng.sample(EQUAL, k=rng.randrange(1, 4))) for name in "abc"}
    spec = GridSpec(prefix="g", out_dir=None, axes=axes, base={"d-e": rng.choice(VALUES)})
    alike = [name for name in "ab" if len(axes[name]) == len(axes["c"])]
    spec = spec.zipping([(name, "c") for name in alike[:1]] if len(axes["c"]) > 1 else [])
    return spec.where(rng.choice([[], ["a != 1"], ["b in [1, 'x', true] or c != null"]]))


def random_sweep(rng):
    """A W&B grid with every kind of parameter that it takes."""
    kinds = [
        {"values": rng.sample(VALUES, k=3)},
        {"values": [1, 2, 2, 1.0]},
        {"min": 2, "max": rng.randrange(3, 6)},
        {"distribution": "q_uniform", "min": 0, "max": 1, "q": rng.choice([0.25, 0.3])},
        {"value": rng.choice(VALUES)},
    ]
    a, b, c = rng.sample(kinds, k=3)
    return {
        "method": "grid",
        "program": "t.py",
        "parameters": {"a": a, "n": {"parameters": {"b": b}}, "c": c},
    }


def test_written_sweeps_run_just_the_cells(ask_grid):
    rng = random.Random(7)  # noqa: S311 - reproducible
    files, cells = [], []
    for _ in range(200):
        spec = random_grid(rng)
        configs = expand(spec).configs
        if configs:
            sweeps = grid_sweeps(spec, configs, "train.py")
            files.append([write_draft(Draft(data=sweep.data)) for sweep in sweeps])
            cells.append(configs)
    answers = iter(ask_grid([yaml.safe_load(text) for texts in files for text in texts]))
    n_several = 0
    for texts, configs in zip(files, cells, strict=True):
        runs = [run for _ in texts for run in next(answers)]
        assert sorted(map(canonical, runs)) == sorted(map(canonical, configs))
        n_several += len(texts) > 1
    assert n_several > 20


def test_parts_of_sweeps_run_just_the_cells_that_are_left(ask_grid):
    rng = random.Random(8)  # noqa: S311 - reproducible
    sweeps = [as_sent(random_sweep(rng)) for _ in range(150)]  # as the server gives it to agents
    wholes = ask_grid(sweeps)
    parts, left = [], []
    for data, runs in zip(sweeps, wholes, strict=True):
        spec = grid_of_sweep(data, "s")
        cells = GridCells(axes=grid_axes(data)[0])
        recorded = [{"a": run["a"], "c": run["c"], "n.b": run["n"]["b"]} for run in runs]
        places = [cells.cell_of(run) for run in recorded]
        assert None not in places
        assert len(set(places)) == len(places) == cells.n_cells == spec.n_cells
        n_run = rng.randrange(len(runs))
        ran = set(places[:n_run])
        configs = [c for c in expand(spec).configs if cells.cell_of(c) not in ran]
        parts.append([sweep.data for sweep in grid_sweeps(spec, configs, None)])
        left.append(runs[n_run:])
    answers = iter(ask_grid([data for datas in parts for data in datas]))
    for datas, runs in zip(parts, left, strict=True):
        found = [run for _ in datas for run in next(answers)]
        assert sorted(map(canonical, found)) == sorted(map(canonical, runs))


def test_the_engine_gives_the_first_runs_the_lengths_that_are_foretold(ask_grid):
    rng = random.Random(11)  # noqa: S311 - reproducible
    grids = []
    for _ in range(100):
        epochs = rng.choice([{"values": rng.choices([1, 5, 5.0, 9], k=3)}, {"min": 2, "max": 5}])
        others = [{"values": [1, 1.0, 2]}, {"min": 0, "max": 2}, {"value": 3}]
        names = rng.sample(["a", "z", "e-a"], k=2)
        grid = dict(zip(names, rng.sample(others, k=2), strict=True))
        nested = rng.random() < 0.5
        grid |= {"n": {"parameters": {"epochs": epochs}}} if nested else {"epochs": epochs}
        grids.append({"method": "grid", "parameters": dict(rng.sample(list(grid.items()), k=3))})
    n_cut = 0
    for grid, runs in zip(grids, ask_grid(grids), strict=True):
        lengths = [
            run["n"]["epochs"] if isinstance(run.get("n"), dict) else run["epochs"] for run in runs
        ]
        for n_runs in range(1, len(runs) + 2):
            foretold = run_length(Document(data=grid), n_runs)
            first = lengths[:n_runs]
            assert dict(zip(foretold.epochs, foretold.shares, strict=True)) == pytest.approx(
                {length: first.count(length) / len(first) for length in set(first)}
            )
            n_cut += foretold.first_cells is not None
    assert n_cut > 300

"""W&B sweeps of a grid's cells: together they have each cell once, and no other."""

import itertools

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.sweepfile.draft import Draft, write_draft
from wbtools.sweepfile.grid import GridSpec, grid_of_sweep, parse_grid
from wbtools.sweepfile.grid_expansion import expand
from wbtools.sweepfile.grid_sweeps import MOST_SWEEPS, grid_sweeps, products

CELLS = st.integers(1, 4).flatmap(
    lambda n: st.sets(st.tuples(*[st.integers(0, 3)] * n), min_size=1, max_size=40)
)


def crossed(data):
    """The configurations that W&B makes of a sweep, by dotted name."""

    def leaves(block, prefix=""):
        for name, body in block.items():
            if "parameters" in body:
                yield from leaves(body["parameters"], f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", body["values"] if "values" in body else [body["value"]]

    axes = dict(leaves(data["parameters"]))
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


@given(CELLS)
def test_products_hold_every_cell_once(cells):
    boxes = products(sorted(cells))
    found = [cell for box in boxes for cell in itertools.product(*box)]
    assert sorted(found) == sorted(cells)
    assert len(boxes) <= len(cells)


@given(st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=4))
def test_a_product_is_found_as_one(places):
    assert products(itertools.product(*places)) == [tuple(map(frozenset, places))]


@given(CELLS)
def test_sweeps_of_some_cells_make_just_these(cells):
    names = "abcd"[: len(next(iter(cells)))]
    spec = GridSpec(
        prefix="g", out_dir=None, axes=dict.fromkeys(names, (0, "x", True, 0.5)), base={"z": [1]}
    )
    values = (0, "x", True, 0.5)
    configs = [
        {"z": [1], **{name: values[place] for name, place in zip(names, cell, strict=True)}}
        for cell in sorted(cells)
    ]
    sweeps = grid_sweeps(spec, configs, "train.py")
    texts = [write_draft(Draft(data=sweep.data)) for sweep in sweeps]
    found = [config for text in texts for config in crossed(yaml.safe_load(text))]
    assert sorted(map(repr, map(sorted, map(dict.items, found)))) == sorted(
        map(repr, map(sorted, map(dict.items, configs)))
    )
    assert [sweep.n_cells for sweep in sweeps] == [len(crossed(sweep.data)) for sweep in sweeps]


def test_cells_far_from_a_product_are_refused():
    n = MOST_SWEEPS + 1
    axes = {"a": tuple(range(n)), "b": tuple(range(n))}
    spec = GridSpec(prefix="g", out_dir=None, axes=axes, base={}).zipping([("a", "b")])
    with pytest.raises(UsageError, match=f"take {n} sweeps"):
        grid_sweeps(spec, expand(spec).configs, "t.py")


SWEEP = """
name: tune
program: train.py
method: grid
run_cap: 5
early_terminate: {type: hyperband, min_iter: 3}
parameters:
  lr: &lr {values: [0.1, 0.2, 0.2, 0.3]}
  again: *lr
  optimizer: {parameters: {wd: {min: 1, max: 3}, kind: {value: sgd}}}
  opt.eps: {value: 1}
"""


def test_a_part_of_a_sweep_is_that_sweep_with_fewer_values():
    spec = parse_grid(SWEEP, "s")
    assert spec.n_cells == 27
    every = expand(spec).configs
    (whole,) = grid_sweeps(spec, every, None)
    assert whole.run_cap == 5
    wanted = yaml.safe_load(SWEEP)
    del wanted["run_cap"]
    assert whole.data == wanted
    (part,) = grid_sweeps(spec, [c for c in every if c["lr"] == 0.2 and c["again"] > 0.1], None)
    assert part.n_cells == 6
    parameters = part.data["parameters"]
    assert parameters["lr"] == {"value": 0.2}
    assert parameters["again"] == {"values": [0.2, 0.3]}
    assert parameters["optimizer"] == wanted["parameters"]["optimizer"]
    (few,) = grid_sweeps(spec, every[:2], None)
    assert (few.data["run_cap"], few.run_cap) == (5, None)
    assert few.data["parameters"]["optimizer"]["parameters"]["wd"] == {"values": [1, 2]}
    assert few.data["early_terminate"] == wanted["early_terminate"]
    assert yaml.safe_load(write_draft(Draft(data=few.data))) == few.data


def test_several_sweeps_have_names_of_their_own():
    spec = grid_of_sweep(yaml.safe_load(SWEEP), "s")
    configs = expand(spec.where(["lr == again"])).configs
    names = [sweep.data["name"] for sweep in grid_sweeps(spec, configs, None)]
    assert names == ["tune 1 of 3", "tune 2 of 3", "tune 3 of 3"]


def test_a_configuration_of_a_sweep_is_nested_as_the_program_has_it():
    spec = parse_grid(SWEEP, "s")
    assert spec.nested(expand(spec).configs[0]) == {
        "lr": 0.1,
        "again": 0.1,
        "optimizer": {"wd": 1, "kind": "sgd"},
        "opt.eps": 1,
    }


def test_the_note_of_a_mapping_masks_secrets_and_the_sweep_keeps_them():
    spec = parse_grid("axes: {lr: [1, 2]}\nbase_params: {db: {password: HUNTER2, port: 1}}", "s")
    (sweep,) = grid_sweeps(spec, expand(spec).configs, None)
    assert sweep.data["parameters"]["db"] == {"value": {"password": "HUNTER2", "port": 1}}
    (why,) = sweep.notes.values()
    assert "--db={'password': '***', 'port': 1}" in why

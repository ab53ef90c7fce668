"""Paired axes and constraints keep just the cells that a plain loop over the product keeps."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.constraint import Constraint
from wbtools.sweepfile.grid import GridSpec, parse_grid, parse_zip
from wbtools.sweepfile.grid_expansion import MOST_LOOKED_AT, expand, number
from wbtools.sweepfile.grid_sweeps import grid_sweeps

NAMES = "abcdef"
VALUES = st.lists(st.integers(0, 4), min_size=1, max_size=3)
CONSTRAINTS = {
    "a + b <= 4": lambda cell: cell["a"] + cell["b"] <= 4,
    "a != 2 and b > 0": lambda cell: cell["a"] != 2 and cell["b"] > 0,
    "c in [0, 1] or a == b": lambda cell: cell["c"] in {0, 1} or cell["a"] == cell["b"],
    "b > 0 and a % b == 0": lambda cell: cell["b"] > 0 and cell["a"] % cell["b"] == 0,
    "base < 3": lambda cell: cell["base"] < 3,
}


@st.composite
def grids(draw):
    """A grid, and the cells that it has."""
    groups = draw(st.permutations(NAMES[: draw(st.integers(3, 6))]))
    zipped, alone = [], list(groups)
    while len(alone) > 1 and draw(st.booleans()):
        size = draw(st.integers(2, len(alone)))
        zipped.append(tuple(alone[:size]))
        alone = alone[size:]
    axes = {}
    for name in sorted(groups):
        group = next((group for group in zipped if name in group), None)
        length = next((len(axes[other]) for other in group or () if other in axes), None)
        values = st.lists(st.integers(0, 4), min_size=length, max_size=length)
        axes[name] = tuple(draw(VALUES if length is None else values))
    texts = draw(st.lists(st.sampled_from(sorted(CONSTRAINTS)), max_size=2))
    base = {"base": draw(st.integers(0, 4))}
    spec = GridSpec(prefix="g", out_dir=None, axes=axes, base=base).zipping(zipped).where(texts)
    cells = [
        cell
        for places in itertools.product(*(range(len(values)) for values in axes.values()))
        if all(len({places[list(axes).index(name)] for name in group}) == 1 for group in zipped)
        for cell in [{**base, **{n: v[p] for (n, v), p in zip(axes.items(), places, strict=True)}}]
        if all(CONSTRAINTS[text](cell) for text in texts)
    ]
    return spec, cells


@settings(max_examples=200)
@given(grids())
def test_a_grid_has_the_cells_of_a_plain_loop(grid):
    spec, cells = grid
    found = expand(spec)
    assert found.n_allowed == len(cells)
    distinct = {tuple(sorted(cell.items())) for cell in cells}
    assert {tuple(sorted(config.items())) for config in found.configs} == distinct
    assert len(found.configs) == len(distinct)
    if not spec.zipped:
        assert list(found.configs) == list({repr(cell): cell for cell in cells}.values())


def test_a_spec_says_pairs_and_constraints():
    text = """
    axes: {model.lr: [1e-4, 1e-2], batch: [8, 16, 32], wd: [0, 1, 2]}
    zip: [batch, wd]
    constraint: [model.lr * batch < 0.2, wd != 1]
    """
    spec = parse_grid(text, "s")
    assert (spec.blocks, spec.n_cells) == ((("model.lr",), ("batch", "wd")), 6)
    assert list(expand(spec).configs) == [
        {"model.lr": 1e-4, "batch": 8, "wd": 0},
        {"model.lr": 1e-4, "batch": 32, "wd": 2},
        {"model.lr": 1e-2, "batch": 8, "wd": 0},
    ]


def test_a_large_product_is_cut_where_a_constraint_can_be_asked():
    axes = {name: tuple(range(100)) for name in "abcdef"}
    spec = GridSpec(prefix="g", out_dir=None, axes=axes, base={})
    assert spec.n_cells == 10**12
    diagonal = spec.where(["a == b and b == c and c == d and d == e and e == f"])
    assert len(expand(diagonal).configs) == 100
    with pytest.raises(DataError, match="more than the 100000 configurations"):
        expand(spec)


def test_a_product_that_no_constraint_cuts_is_given_up(monkeypatch):
    n_asked = 0

    def holds(_constraint, _cell):
        nonlocal n_asked
        n_asked += 1
        return False

    monkeypatch.setattr(Constraint, "holds", holds)
    axes = {name: tuple(range(100)) for name in "abcdef"}
    spec = GridSpec(prefix="g", out_dir=None, axes=axes, base={})
    with pytest.raises(DataError, match=f"more than {MOST_LOOKED_AT:,} combinations"):
        expand(spec.where(["f == 100"]))
    assert 0.98 * MOST_LOOKED_AT < n_asked <= MOST_LOOKED_AT


def test_a_grid_without_axes_is_one_configuration():
    spec = GridSpec(prefix="g", out_dir=None, axes={}, base={"a": 1})
    assert expand(spec).configs == ({"a": 1},)


EQUAL = {
    "numbers": ([1, 1.0, True, "1"], 3),
    "lists": ([[1], [1.0], [2]], 2),
    "mappings": ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}, {"a": 1}], 2),
    "numbers to nine digits": ([0.1, 0.1 + 1e-11, 0.2], 2),
    "not a number": ([float("nan"), float("nan"), None], 2),
    "large whole numbers": ([2**53, 2**53 + 1, float(2**53)], 2),
}


@pytest.mark.parametrize(("values", "n"), EQUAL.values(), ids=EQUAL.keys())
def test_equal_configurations_are_one_whatever_is_written(values, n):
    spec = GridSpec(prefix="g", out_dir=None, axes={"x": tuple(values)}, base={"y": 1})
    configs = expand(spec).configs
    assert len(configs) == n
    assert sum(sweep.n_cells for sweep in grid_sweeps(spec, configs, None)) == n
    given = number(configs, "g")
    again = [{"y": 1.0, **config} for config in reversed(configs)]
    assert number(again, "g", given) == given[::-1]


WRONG = {
    "a date": ("axes: {a: [2020-01-01]}", "'a' holds 2020-01-01, which is a date"),
    "a moment in a list": ("axes: {a: [[x, 2020-01-01 10:00:00]]}", "which is a datetime"),
    "bytes in base_params": ("axes: {a: [1]}\nbase_params: {b: !!binary YQ==}", "a bytes"),
    "a set": ("axes: {a: [!!set {x}]}", "which is a set"),
    "mixed names": ("axes: {a: [{1: x, b: y}]}", "'a' holds the name 1, which is not a text"),
    "a date as a name": ("axes: {a: [1]}\nbase_params: {b: {2020-01-01: x}}", "2020-01-01"),
    "a number as a parameter's name": ("axes: {a: [1]}\nbase_params: {1: x, b: y}", "name is 1"),
    "a date in a sweep": (
        "method: grid\nparameters: {a: {values: [2020-01-01]}}",
        "'a' holds 2020-01-01",
    ),
    "unequal lengths": ("axes: {a: [1, 2], b: [1]}\nzip: [[a, b]]", "a has 2, b has 1"),
    "no axis": ("axes: {a: [1]}\nbase_params: {b: 1}\nzip: [[a, b]]", "'b', which is not an axis"),
    "an axis twice": ("axes: {a: [1], b: [1]}\nzip: [[a, b], [b, a]]", "'b' twice"),
    "an axis with itself": ("axes: {a: [1], b: [1]}\nzip: [[a, a]]", "'a' twice"),
    "one axis": ("axes: {a: [1]}\nzip: [a]", "pairs nothing in a"),
    "an empty group": ("axes: {a: [1]}\nzip: [[]]", "an empty group"),
    "a text": ("axes: {a: [1]}\nzip: a", "pairs nothing in a"),
    "a mapping": ("axes: {a: [1]}\nzip: {a: b}", "not a list of groups"),
    "a number": ("axes: {a: [1]}\nzip: [[1, 2]]", "not a list of groups"),
    "a constraint that is none": ("axes: {a: [1]}\nconstraint: a <", "s: the constraint 'a <'"),
    "a constraint on nothing": ("axes: {a: [1]}\nconstraint: b < 1", "called 'b'"),
    "a constraint that is a number": ("axes: {a: [1]}\nconstraint: 3", "is not a text"),
    "a bomb of aliases": (
        "a: &a [1, 2]\n"
        + "".join(
            f"{chr(98 + k)}: &{chr(98 + k)} [*{chr(97 + k)}, *{chr(97 + k)}]\n" * 1
            for k in range(20)
        )
        + "axes: {x: *u}",
        "larger or deeper",
    ),
}


@pytest.mark.parametrize(("text", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_paired_or_asked_is_refused(text, why):
    with pytest.raises(DataError) as refused:
        parse_grid(text, "s")
    assert why in refused.value.message
    assert refused.value.message.startswith("s")


@pytest.mark.parametrize("text", ["", "a,", ",a", "a,,b"])
def test_names_on_a_line_that_are_none(text):
    with pytest.raises(UsageError, match="NAME,NAME"):
        parse_zip(text)

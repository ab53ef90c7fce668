"""Cells of grids: which one a recorded configuration lies in."""

import pytest

from wbtools.errors import UsageError
from wbtools.sweepfile.document import Document
from wbtools.sweepfile.grid_cells import GridCells, grid_axes


def cells(**axes):
    return GridCells(axes={name: tuple(values) for name, values in axes.items()})


@pytest.mark.parametrize(
    ("values", "config", "place"),
    [
        ([1, 2], {"x": 2.0}, 1),
        ([1, True, None], {"x": True}, 1),
        ([1, True, None], {"x": None}, 2),
        ([0, False], {"x": False}, 1),
        ([0.1, 0.2], {"x": 0.1 + 1e-12}, 0),
        (["1e-4", "1e-3"], {"x": 1e-3}, 1),
        ([1e-4, 1e-3], {"x": "1e-3"}, 1),
        (["1", 1], {"x": 1}, 1),
        ([2**53 + 1, 2**53], {"x": 2**53}, 1),
        ([[1, 2], [2, 1]], {"x": [2, 1]}, 1),
        ([[1], 1], {"x": [1.0]}, 0),
        ([float("nan"), 1], {"x": float("nan")}, 0),
        ([{"a": 1, "b": {"c": 2}}, {"a": 2}], {"x.a": 1, "x.b.c": 2, "y": 3}, 0),
        ([{"a": 1, "b": {"c": 2}}, {"a": 2}], {"x.a": 2, "x.added": 3}, 1),
        ([{"a": 1}, {"a": 2}], {"x": {"a": 2}}, 1),
        ([{}, {"a": 2}], {"x": {}}, 0),
        ([[1], [1.0]], {"x": [1.0]}, 1),
        ([0.1, 0.1 + 1e-11], {"x": 0.1 + 1e-11}, 1),
        ([0.1, 0.1 + 1e-11], {"x": 0.1 + 2e-11}, 0),
        ([["x"], ["'x"]], {"x": ["'x"]}, 1),
        ([1, 2], {"x": 3}, None),
        ([1, 2], {"x.a": 1}, None),
        ([1, 2], {"y": 1}, None),
        ([1, 2], {}, None),
    ],
)
def test_equal_values_are_one_place(values, config, place):
    assert cells(x=values).cell_of(config) == (None if place is None else (place,))


def test_nested_parameters_have_dotted_names():
    nested = {"parameters": {"lr": {"values": [1, 2]}, "name": {"value": "sgd"}}}
    data = {"method": "grid", "parameters": {"optimizer": nested, "opt.wd": {"values": [0, 3]}}}
    axes, base = grid_axes(data)
    assert axes == {"optimizer.lr": (1, 2), "opt.wd": (0, 3)}
    assert base == {"optimizer.name": "sgd"}
    assert GridCells(axes=axes).cell_of({"optimizer.lr": 2, "opt.wd": 0}) == (1, 0)


def test_cells_are_those_that_lint_and_forecast_count():
    values = [1, 1.0, True, [1], [1.0], [1], 0.1, 0.1 + 1e-11, {"a": 1}, {"a": 1.0}, {"a": 1}]
    data = {"method": "grid", "parameters": {"x": {"values": values}}}
    found = GridCells(axes=grid_axes(data)[0])
    assert found.n_cells == Document(data=data).n_cells == 8
    assert [found.cell_of({"x": value}) for value in found.axes["x"]] == [(k,) for k in range(8)]


def test_a_huge_grid_is_counted_and_not_listed():
    huge = cells(**{f"x{k}": range(1000) for k in range(10)})
    assert huge.n_cells == 10**30
    assert huge.cell_of({f"x{k}": 7 * k for k in range(10)}) == tuple(7 * k for k in range(10))
    first = (0,) * 10
    assert huge.first_outside({first}, 2) == [(*first[:-1], 1), (*first[:-1], 2)]


def axis(**body):
    return grid_axes({"method": "grid", "parameters": {"x": body}})[0]["x"]


def test_the_engine_s_values():
    assert axis(min=2, max=5) == (2, 3, 4, 5)
    assert axis(distribution="q_uniform", min=0, max=1, q=0.25) == (0.0, 0.25, 0.5, 0.75)
    assert axis(values=[1, 1.0, 2, True]) == (1, 2, True)
    assert axis(values=[[1], [1.0]]) == ([1], [1.0])
    assert axis(values=[0.1, 0.1 + 1e-11]) == (0.1, 0.1 + 1e-11)


@pytest.mark.parametrize(
    "body",
    [
        {"min": 0.0, "max": 1.0},
        {"distribution": "normal"},
        {"values": []},
        {"values": [1], "probabilities": [1]},
        {"min": 0, "max": 10**9},
        {"min": 0, "max": 10**400},
        {"min": 5, "max": 2},
        {"distribution": "q_uniform", "min": 0, "max": float("inf"), "q": 1},
        {"distribution": "q_uniform", "min": 0, "max": float("nan"), "q": 1},
        {},
        {"values": 3},
    ],
)
def test_what_no_grid_enumerates_is_refused(body):
    with pytest.raises(UsageError, match="'x'"):
        axis(**body)


def test_another_method_has_no_cells():
    with pytest.raises(UsageError, match="not grid"):
        grid_axes({"method": "random", "parameters": {"x": {"values": [1]}}})

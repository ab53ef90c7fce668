"""Marks are packed without losing what can be seen."""

import pytest

from tests.answers.report.pages import unpacked
from wbtools.answers.report.packed_marks import packed_panel

IDS = ["a", "b"]
PLACES = {"a": 0, "b": 1}


def panel(*marks, scale="linear"):
    return {"y": {"scale": scale}, "marks": list(marks)}


def dot(run, x, y, **more):
    return {"type": "dot", "cat": "full", "run": run, "x": x, "y": y} | more


def curve(*y):
    return {"type": "curve", "cat": "full", "run": "a", "x0": 1, "y": list(y)}


def test_dots_become_columns_and_come_back():
    dots = [dot("a", 1, 0.5), dot("b", 2, None, em="faint"), dot("c", 3, 0.25)]
    packed = packed_panel(panel(*dots), PLACES)
    assert [mark["type"] for mark in packed["marks"]] == ["dots"]
    del dots[2]["run"]  # of no run that the page knows
    assert unpacked(packed, IDS) == dots


def test_a_dot_with_words_and_the_order_of_marks_stay():
    marks = [dot("a", 1, 1), dot("b", 1, 1, label="best"), dot("a", 2, 1), dot("b", 2, 1)]
    packed = packed_panel(panel(*marks), PLACES)
    assert [mark["type"] for mark in packed["marks"]] == ["dot", "dot", "dots"]
    assert unpacked(packed, IDS) == marks


def test_curves_become_differences_and_come_back():
    marks = [curve(0.51234, None, 0.51239, 0.9), curve(0.1, 0.2)]
    packed = packed_panel(panel(*marks), PLACES)
    assert all("dy" in mark for mark in packed["marks"])
    back = [mark["y"] for mark in unpacked(packed, IDS)]
    assert back[0] == pytest.approx([0.51234, None, 0.51239, 0.9], abs=1e-4)
    assert back[0][1] is None
    assert back[1] == [0.1, 0.2]


def test_a_run_that_diverged_costs_the_others_nothing():
    marks = [curve(*[0.5 + k / 1000 for k in range(50)]), curve(0.5, 1e30), curve(0.6, 1e9)]
    back = [mark["y"] for mark in unpacked(packed_panel(panel(*marks), PLACES), IDS)]
    assert back[0] == pytest.approx(marks[0]["y"], abs=1e-4)
    assert back[1] == [0.5, 1e30]
    assert back[2] == [0.6, 1e9]


@pytest.mark.parametrize("y", [(), (None, None), (0.0, 0.0), (1e308, -1e308), (1e-300, 2e-300)])
def test_odd_curves_come_back(y):
    (back,) = unpacked(packed_panel(panel(curve(*y)), PLACES), IDS)
    assert back["y"] == pytest.approx(list(y))


def test_a_logarithmic_axis_keeps_all_digits():
    packed = packed_panel(panel(curve(1e-6, 1.0), scale="log"), PLACES)
    assert packed["marks"][0]["y"] == [1e-6, 1.0]

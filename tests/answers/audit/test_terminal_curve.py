import numpy as np
import pytest

from wbtools.answers.audit.terminal_curve import Level, Mark, draw_curve


def curve(values, **other):
    defaults = {
        "last": 8,
        "levels": [Level(value=1.0, label="bar 1.0")],
        "marks": [Mark(report=4, label="4", value=0.5)],
        "low": 0.0,
        "high": 1.0,
        "low_label": "0.0",
        "high_label": "1.0",
        "width": 40,
        "height": 4,
        "unicode": False,
    }
    return draw_curve(np.array(values), **{**defaults, **other})


def test_a_rising_curve_in_ascii():
    assert curve([0.0, 0.2, 0.4, 0.6], width=26) == [
        "bar 1.0 |-------:---------",
        "        |       *",
        "        | ******+",
        "    0.0 |*      :",
        "        +-----------------",
        "         1      4        8",
    ]


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize(
    "values",
    [
        pytest.param([0.5], id="a single report"),
        pytest.param([0.5] * 3, id="a flat curve"),
        pytest.param([0.0, 1.0] * 500, id="more reports than columns"),
        pytest.param([-5.0, 7.0], id="values beyond the scale"),
    ],
)
def test_every_curve_fits_its_box(values, unicode):
    lines = curve(values, unicode=unicode)
    assert len(lines) == 6
    assert max(map(len, lines)) <= 40
    assert any("*" in line or any("\u2800" < c < "\u2900" for c in line) for line in lines)


def test_a_scale_of_one_value_is_no_division_by_zero():
    assert curve([1.0, 1.0], low=1.0, high=1.0)


@pytest.mark.parametrize(
    ("values", "width"),
    [pytest.param([], 40, id="no report"), pytest.param([0.5], 20, id="no room")],
)
def test_nothing_is_drawn_for(values, width):
    assert curve(values, width=width) == []

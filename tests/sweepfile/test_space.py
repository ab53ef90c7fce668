"""One way from a value to a number: the position on the parameter's own scale."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.sweepfile.space import (
    Choice,
    Constant,
    Range,
    axis_of,
    axis_of_numbers,
    observed_axis,
    written_space,
)
from wbtools.sweepfile.spec import parse_spec

LR = axis_of({"distribution": "log_uniform_values", "min": 1e-4, "max": 1e-2})
UNIFORM = axis_of({"min": 2.0, "max": 6.0})
BATCH = Choice(values=(64, 16, 256))
POSITIONS = {
    "the middle of a logarithmic range": (LR, 1e-3, 0.5),
    "its bound": (LR, 1e-2, 1.0),
    "beyond a bound": (UNIFORM, 7.0, 1.25),
    "a fraction of e, bounds being exponents": (
        axis_of({"distribution": "log_uniform", "min": -4, "max": 0}), math.exp(-1), 0.75,
    ),
    "a place in a list, by rank": (BATCH, 64, 0.5),
    "the last of a list, logged as a float": (BATCH, 256.0, 1.0),
    "what tables round": (Choice(values=(0.1, 0.2, 0.3)), 0.2 + 1e-12, 0.5),
}  # fmt: skip
NOWHERE = {
    "no logarithm": (LR, 0.0),
    "a text": (UNIFORM, "3"),
    "a truth value": (UNIFORM, True),
    "an infinity": (UNIFORM, math.inf),
    "what no float holds": (UNIFORM, 10**400),
    "what is not listed": (BATCH, 32),
    "a truth value beside a listed 1": (Choice(values=(0, 1, 2)), True),
    "a list of texts": (Choice(values=("a", "b")), "a"),
    "a list with one text": (Choice(values=(1, 2, "auto")), 1),
    "a list of one": (Choice(values=(3,)), 3),
    "a constant": (Constant(body={"value": 3}), 3),
}


@pytest.mark.parametrize(
    ("axis", "value", "position"), POSITIONS.values(), ids=POSITIONS.keys()
)  # fmt: skip
def test_a_value_has_a_position(axis, value, position):
    assert axis.encode(value) == pytest.approx(position)


@pytest.mark.parametrize(("axis", "value"), NOWHERE.values(), ids=NOWHERE.keys())
def test_what_is_not_of_the_axis_has_none(axis, value):
    assert math.isnan(axis.encode(value))


@given(st.floats(1e-6, 1e6), st.floats(1.01, 1e6), st.floats(0, 1), st.booleans())
def test_decoding_undoes_encoding(low, factor, share, logarithmic):
    kind = "log_uniform_values" if logarithmic else "uniform"
    axis = Range(low=low, high=low * factor, kind=kind)
    value = low + share * (axis.high - low)
    assert axis.decode(axis.encode(value)) == pytest.approx(value, rel=1e-9)
    assert (axis.decode(0.0), axis.decode(1.0)) == (axis.low, axis.high)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_that_nobody_bounds_lie_between_their_extremes(numbers):
    axis = axis_of_numbers(numbers)
    positions = [axis.encode(number) for number in numbers]
    assert all(0 <= position <= 1 for position in positions)
    by_value = [position for _, position in sorted(zip(numbers, positions, strict=True))]
    assert by_value == sorted(by_value)


def test_integers_beyond_floats_have_places():
    axis = Choice(values=(2**53 + 1, 0, 2**60 + 1))
    assert [axis.encode(value) for value in (0, 2**53 + 1, 2**60 + 1)] == [0.0, 0.5, 1.0]
    assert math.isnan(axis.encode(2**53 + 3))


def test_a_guessed_axis_encodes_what_it_was_guessed_from():
    axis = observed_axis("lr", [1e-3, 1e-2, 1e-1])
    assert [axis.encode(value) for value in (1e-3, 1e-2, 1e-1)] == pytest.approx([0, 0.5, 1])


def test_a_spec_knows_what_it_searches_and_where_that_stands():
    text = "parameters: {m: {parameters: {lr: {min: 0.1, max: 1.0}}}, a: {value: 1}, b: {}, c: 3}"
    space = parse_spec(text, "s").space
    assert dict(space) == {
        "m.lr": Range(low=0.1, high=1.0, kind="uniform"),
        "a": Constant(body={"value": 1}),
    }
    assert space.paths["m.lr"] == ("parameters", "m", "parameters", "lr")
    assert len(written_space("no mapping")) == 0


def test_a_space_is_guessed_from_integers_beyond_floats():
    axis = observed_axis("n", [10**400, 3, 1])
    assert axis == Choice(values=(1, 3, 10**400))
    assert observed_axis("x", [10**400, 0.5, 1]) == Choice(values=(0.5, 1, 10**400))

"""One table of equality, and what makes runs replicates."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.model.configuration import (
    configuration_key,
    is_fold,
    is_resume,
    is_seed,
    same_value,
    tells_replicates,
)

NAN = float("nan")
EQUALITY = [
    ("a whole number of another type", 3, 3.0, True),
    ("True is no number", 1, True, False),
    ("a rounded number", 0.1, 0.1 + 1e-11, True),
    ("a number that differs in the eighth digit", 0.1, 0.10000001, False),
    ("NaN", NAN, NAN, True),
    ("NaN and its text", NAN, "nan", False),
    ("lists of numbers of other types", [1], [1.0], True),
    ("a list and a tuple", [1, 2], (1, 2), True),
    ("a list and its text", [1], "[1]", False),
    ("lists of texts whose joint is the same", ["a,'b"], ["a", "b"], False),
    ("integers beyond 2^53", 2**53, 2**53 + 1, False),
    ("a large integer and its float", 10**20, 1e20, True),
    ("an integer that no float holds", 10**400, 10**400 + 1, False),
    ("whole numbers that agree to nine digits", 1234567890, 1234567891, False),
    ("a whole number that a table rounded", 3, 2.9999999999, True),
    ("zeros of either sign", 0.0, -0.0, True),
    ("infinities of either sign", math.inf, -math.inf, False),
    ("infinity and its text", math.inf, "inf", False),
    ("a number and its text", 1, "1", False),
    ("nothing and its text", None, "None", False),
    ("nothing and False", None, False, False),
    ("mappings in another order", {"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}, True),
    ("mappings with another value", {"a": 1}, {"a": True}, False),
    ("an empty list and an empty mapping", [], {}, True),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def share_a_key(left, right, ignoring):
    """Whether two configurations are the same but for the names that are ignored."""
    keys = {configuration_key(config, ignoring=ignoring) for config in (left, right)}
    return len(keys) == 1


@pytest.mark.parametrize(
    ("left", "right", "same"), [row[1:] for row in EQUALITY], ids=[row[0] for row in EQUALITY]
)
def test_equality(left, right, same):
    assert same_value(left, right) is same
    assert same_value(right, left) is same
    assert (configuration_key({"x": left}) == configuration_key({"x": right})) is same


@given(value=VALUES)
def test_every_value_is_the_same_as_itself(value):
    assert same_value(value, copy.deepcopy(value))


@given(config=st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_the_order_of_names_makes_no_other_configuration(config):
    assert configuration_key(config) == configuration_key(dict(reversed(config.items())))


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("seed", True),
        ("trainer.Random-Seed", True),
        ("data.fold", True),
        ("val_fold", True),
        ("n_folds", False),
        ("k_fold", False),
        ("folder", False),
        ("seeds", False),
        ("replica", False),
    ],
)
def test_replicates_differ_in_a_seed_or_a_fold(name, tells):
    assert tells_replicates(name) is tells
    assert tells_replicates(name, {"replica"}) is (tells or name == "replica")
    left, right = {"lr": 0.1, name: 1}, {"lr": 0.1, name: 2}
    assert configuration_key(left) != configuration_key(right)
    assert share_a_key(left, right, tells_replicates) is tells


def test_a_seed_that_only_one_of_them_holds_makes_no_other_configuration():
    left, right = {"lr": 0.1, "seed": 1}, {"lr": 0.1}
    assert share_a_key(left, right, is_seed)
    assert not share_a_key(left, right, is_fold)


@pytest.mark.parametrize(
    ("name", "says_so"),
    [
        ("resume", True),
        ("trainer.resume-from-checkpoint", True),
        ("Trainer.ckpt_path", True),
        ("xgb_model", True),
        ("checkpoint", False),
        ("ckpt_dir", False),
        ("resume_every", False),
    ],
)
def test_a_name_says_that_a_program_is_told_to_go_on(name, says_so):
    assert is_resume(name) is says_so

"""Numbers of a grid stay for ever, and collapsing loses nothing that differs."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.sweepfile.grid import GridSpec, parse_grid
from wbtools.sweepfile.grid_expansion import expand, number, parse_inert

VALUES = st.lists(
    st.one_of(st.integers(0, 5), st.sampled_from(["x", "1e-4", True, None, 0.5])),
    min_size=1,
    max_size=4,
    unique_by=repr,
)
AXES = st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1, max_size=3)


def spec_of(axes):
    return GridSpec(
        prefix="g", out_dir=None, axes={k: tuple(v) for k, v in axes.items()}, base={"z": 1}
    )


@given(st.lists(AXES, min_size=2, max_size=4))
def test_whatever_becomes_of_a_grid_a_number_means_one_configuration(stages):
    meaning, given_so_far = {}, []
    for axes in stages:
        numbered = number(expand(spec_of(axes)).configs, "g", given_so_far)
        for configuration in numbered:
            config = repr(sorted(configuration.config.items()))
            assert meaning.setdefault(configuration.number, config) == config
        known = {configuration.number for configuration in given_so_far}
        new = [configuration for configuration in numbered if configuration.number not in known]
        numbers = [configuration.number for configuration in new]
        assert numbers == list(range(len(known) + 1, len(known) + len(new) + 1))
        given_so_far += new


@given(AXES)
def test_the_first_axis_is_the_slowest(axes):
    found = [tuple(config[name] for name in axes) for config in expand(spec_of(axes)).configs]
    cells = list(itertools.product(*axes.values()))
    assert list(map(repr, found)) == list(dict.fromkeys(map(repr, cells)))


def test_collapsing_keeps_one_of_every_kind():
    spec = spec_of({"units": [0, 8], "drop": [0.1, 0.2, 0.3], "act": ["r", "g"]})
    rules = [parse_inert("drop, act when units == 0")]
    found = expand(spec, rules).configs
    assert [config["drop"] for config in found if config["units"] == 0] == [0.1]
    assert sum(config["units"] == 8 for config in found) == 6
    inverse = expand(spec, [parse_inert("drop when units!=0")]).configs
    assert sum(config["units"] == 8 for config in inverse) == 2


def test_a_truth_value_is_no_number_to_an_inert_rule():
    spec = spec_of({"on": [True, 1, 1.0], "drop": [0.1, 0.2]})
    found = expand(spec, [parse_inert("drop when on == 1")]).configs
    assert [config["drop"] for config in found if config["on"] is True] == [0.1, 0.2]
    assert len(found) == 3  # 1 and 1.0 are one value


@pytest.mark.parametrize(
    "text", ["", "a", "a when b", "when a==1", "a when b==", "a when b==[", "a==1"]
)
def test_inert_rules_that_are_none(text):
    with pytest.raises(UsageError):
        parse_inert(text)


def test_exponents_in_a_spec_are_numbers():
    assert parse_grid("axes: {lr: [1e-4, 1e-3]}", "s").axes == {"lr": (1e-4, 1e-3)}

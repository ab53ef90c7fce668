"""Sweep files as data: what is read, what matches a run, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.errors import DataError
from wbtools.model import Goal
from wbtools.rules.grammar import parse_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.sweepfile.spec import parse_spec

SWEEP = """
name: ocr
method: bayes
metric: {name: val/hmean, goal: maximize, target: 0.97}
early_terminate: {type: hyperband, min_iter: 10, eta: 2, s: 2}
parameters:
  lr: {min: 1e-4, max: 0.01, distribution: log_uniform_values}
  T_max: {values: [20, 22, 24]}
  optimizer:
    parameters:
      name: {value: adam}
  decay: {distribution: log_uniform, min: -9, max: -2}
"""
RUN = {"lr": 0.0005, "T_max": 22, "optimizer.name": "adam", "decay": 0.001, "extra": 1}


def test_what_an_audit_needs_is_read():
    spec = parse_spec(SWEEP, "sweep.yaml")
    assert (spec.name, spec.method) == ("ocr", "bayes")
    assert (spec.metric.name, spec.metric.goal, spec.metric.target) == (
        "val/hmean",
        Goal.MAXIMIZE,
        0.97,
    )
    assert spec.rule == Hyperband(min_iter=10, eta=2, s=2)
    assert set(spec.space) == {"lr", "T_max", "optimizer.name", "decay"}


CONFIGS = {
    "every parameter within what the file allows": (RUN, True),
    "a bound that PyYAML reads as text is a number": (RUN | {"lr": 0.00005}, False),
    "a value that is not listed": (RUN | {"T_max": 23}, False),
    "a number where a word belongs": (RUN | {"optimizer.name": 1}, False),
    "a whole number logged as a float": (RUN | {"T_max": 22.0}, True),
    "a parameter is missing": ({"lr": 0.0005}, False),
    "the bounds of log_uniform are exponents": (RUN | {"decay": 0.13}, True),
    "beyond e to the power of a bound": (RUN | {"decay": 0.14}, False),
}


@pytest.mark.parametrize(("config", "match"), CONFIGS.values(), ids=CONFIGS.keys())
def test_matching(config, match):
    assert parse_spec(SWEEP, "sweep.yaml").matches(config) is match


def test_a_constant_that_is_a_mapping_matches_the_names_of_its_parts():
    spec = parse_spec("parameters: {model: {value: {width: 4}}}", "s")
    assert spec.matches({"model.width": 4})
    assert not spec.matches({"models": 1})


def test_rounding_to_q_may_pass_a_bound():
    spec = parse_spec("parameters: {n: {distribution: q_uniform, min: 1, max: 101, q: 8}}", "s")
    assert spec.matches({"n": 104})
    assert not spec.matches({"n": 106})


def test_without_q_the_engine_rounds_to_whole_numbers():
    spec = parse_spec("parameters: {n: {distribution: q_uniform, min: 0.4, max: 2.2}}", "s")
    assert spec.matches({"n": 0.0})
    assert not spec.matches({"n": 3.0})


BIG = 2**53 + 1


@pytest.mark.parametrize(
    ("written", "allowed", "refused"),
    [
        (f"value: {BIG}", BIG, BIG - 1),
        (f"value: '{BIG}'", BIG, BIG - 1),
        (f"values: [{BIG}, {BIG + 2}]", BIG + 2, BIG + 1),
        (f"value: -{BIG}", -BIG, -BIG + 1),
        (f"value: {2**64 - 1}", 2**64 - 1, 2**64),
    ],
)
def test_integers_beyond_floats_are_compared_exactly(written, allowed, refused):
    spec = parse_spec(f"parameters: {{seed: {{{written}}}}}", "s.yaml")
    assert spec.matches({"seed": allowed})
    assert not spec.matches({"seed": refused})


def test_a_distribution_without_bounds_allows_what_nothing_forbids():
    spec = parse_spec("parameters: {x: {distribution: normal, mu: 0}, y: {min: 3}}", "s")
    assert spec.matches({"x": "?", "y": 4})
    assert spec.mismatch({"x": 0, "y": 2}) == "y is 2 in a run, the file allows others"


def test_a_mismatch_is_said_in_words():
    spec = parse_spec(SWEEP, "sweep.yaml")
    assert spec.mismatch(RUN | {"T_max": 23}) == "T_max is 23 in a run, the file allows 20, 22, 24"
    assert spec.mismatch(RUN | {"lr": 1}) == "lr is 1 in a run, the file allows 0.0001 to 0.01"
    assert spec.mismatch({}) == "a run has no lr"


def test_a_mismatch_repeats_no_text_for_it_may_be_a_secret():
    spec = parse_spec("parameters: {api_key: {value: planted-in-the-file}}", "s")
    said = spec.mismatch({"api_key": "planted-in-the-run"})
    assert said == "api_key has a value in a run that the file does not allow"


HOSTILE = {
    "a bound beyond any float": f"parameters: {{x: {{min: 0, max: 1{'0' * 400}}}}}",
    "a target beyond any float": (
        f"metric: {{name: a, target: 1{'0' * 400}}}\nparameters: {{x: {{value: 1}}}}"
    ),
    "a rule with a list": (
        "early_terminate: {type: hyperband, min_iter: [1]}\nparameters: {x: {value: 1}}"
    ),
    "a rule whose type is a mapping": (
        "early_terminate: {type: {a: 1}}\nparameters: {x: {value: 1}}"
    ),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_read_without_harm(text):
    spec = parse_spec(text, "s")
    assert spec.rule is None
    assert not spec.matches({"y": 1})


LONG = [
    "0x" + "f" * 1_100,
    "9" * 5_000,
    "0b" + "1" * 1_500,
    "." + "1" * 2_000,
    "1:" * 600 + "1",
    "1" + ":59" * 300 + ".5",
]


@pytest.mark.parametrize("number", LONG, ids=lambda number: f"{number[:5]} of {len(number)}")
def test_a_number_that_is_too_long_to_be_read_hides_nothing_else(number):
    spec = parse_spec(f"metric: {{name: loss}}\nparameters: {{x: {{value: {number}}}}}", "s")
    assert spec.metric.name == "loss"
    assert spec.written["parameters"]["x"]["value"] == number


def test_several_objectives_are_named():
    text = "metrics: [{name: acc, goal: maximize}, {name: size}]\nparameters: {a: {value: 1}}"
    spec = parse_spec(text, "s")
    assert spec.metric is None
    assert spec.objectives == ("acc", "size")


def test_another_kind_of_rule_is_a_problem_and_no_rule_is_none():
    unknown = parse_spec("early_terminate: {type: envelope}\nparameters: {a: {value: 1}}", "s")
    assert unknown.has_rule
    assert "envelope" in unknown.rule_problem
    assert not parse_spec("parameters: {a: {value: 1}}", "s").has_rule


def test_an_unknown_goal_becomes_the_default_as_in_the_engine():
    spec = parse_spec("metric: {name: a, goal: up}\nparameters: {a: {value: 1}}", "s")
    assert spec.metric.goal is Goal.MINIMIZE


BAD = {
    "no mapping": ("- 1", "no mapping 'parameters'"),
    "no parameters": ("method: grid", "no mapping 'parameters'"),
    "parameters are null": ("parameters:", "no mapping 'parameters'"),
    "no YAML": ("a: [", "is not YAML"),
    "a tag that would run code": ("a: !!python/object/apply:os.system ['true']", "is not YAML"),
    "deeper than any sweep file": ("[" * 50, "larger or deeper"),
    "deeper than libyaml goes, in flow style": ("[" * 5000, "larger or deeper"),
    "deeper than libyaml goes, in block style": ("- " * 5000, "larger or deeper"),
    "parameters that hold themselves": (
        "parameters: &p {x: {parameters: *p}}",
        "refers to nothing, or to what contains it",
    ),
    "a billion laughs": (
        "a0: &a0 [x]\n"
        + "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 9)),
        "larger or deeper",
    ),
    "control characters": ("a: \x00", "is not YAML"),
}


@pytest.mark.parametrize(("text", "complaint"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_one_clear_message(text, complaint):
    with pytest.raises(DataError) as caught:
        parse_spec(text, "sweep.yaml")
    assert complaint in caught.value.message
    assert "\n" not in caught.value.message


@given(
    st.builds(
        Hyperband,
        min_iter=st.none() | st.integers(1, 99),
        max_iter=st.none() | st.integers(1, 99),
        s=st.none() | st.integers(1, 5),
        eta=st.none() | st.integers(2, 9) | st.sampled_from([1.5, 2.7]),
        strict=st.none() | st.booleans(),
    )
)
def test_settings_survive_being_written(settings):
    assert parse_rule(str(settings)) == settings


def test_how_the_program_is_started():
    text = (
        "program: train.py\ncommand: ['${env}', python, '${program}', --gpus, 2, '${args}']\n"
        "parameters: {model: {parameters: {depth: {value: 3}}}, lr: {min: 0, max: 1}}"
    )
    spec = parse_spec(text, "s.yaml")
    assert spec.program == "train.py"
    assert spec.command == ("${env}", "python", "${program}", "--gpus", "2", "${args}")
    assert spec.top_level == ("model", "lr")
    bare = parse_spec("command: []\nprogram: [x]\nparameters: {lr: {value: 1}}", "s.yaml")
    assert (bare.program, bare.command) == (None, None)

"""Parameters in one word: what is read, what is asked about, and how they are written again."""

import re

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.numbers_in_yaml import number_at_server
from wbtools.sweepfile.parameter_words import (
    parameter_in_file,
    parameter_words,
    parse_parameter,
)

ASKED = {
    "a list without brackets": ("1e-4,1e-2", "[1e-4,1e-2]"),
    "its range by factors": ("1e-4,1e-2", "log_uniform_values(1e-4,1e-2)"),
    "its range": ("-1,1", "uniform(-1,1)"),
    "texts": ("adam,sgd", "[adam,sgd]"),
    "a decimal comma": ("0,5", "[0,5]"),
    "Python's tuple": ("(1e-4, 1e-2)", "[1e-4,1e-2]"),
    "Python's tuples": ("[(0.9,0.99),(0.8,0.9)]", "[[1,2],[3,4]]"),
    "a slice": ("[1e-4:1e-2]", "[1e-4,1e-2]"),
    "a slice without brackets": ("1e-4:1e-2", "[1e-4,1e-2]"),
    "two dots": ("1e-4..1e-2", "uniform(1e-4,1e-2)"),
    "three dots": ("1e-4...1e-2", "uniform(1e-4,1e-2)"),
    "a hyphen": ("1e-4-1e-2", "[1e-4,1e-2]"),
    "a hyphen with spaces": ("0.1 - 0.2", "[0.1,0.2]"),
    "a dash": ("0.1\u20130.2", "[0.1,0.2]"),
    "a space": ("1e-4 1e-2", "[1e-4,1e-2]"),
    "a semicolon": ("1;2", "[1,2]"),
    "a word": ("0.1 to 0.2", "[0.1,0.2]"),
    "a lost comma": ("[1 2, 3]", "[1,2]"),
    "a list without commas": ("[relu gelu]", "[relu,gelu]"),
    "a percentage": ("10%", "the number itself"),
    "a power": ("2^5", "the number itself"),
    "a power of Python": ("2**5", "the number itself"),
    "a fraction": ("1/3", "the number itself"),
    "quotes of a word processor": ("\u201cadam\u201d", "'adam'"),
    "an open bracket": ("[1e-4,1e-2", "not closed"),
    "a bracket that nobody opened": ("1e-4]", "not closed"),
    "an open quote": ("'adam", "not closed"),
    "an open parenthesis": ("uniform(0,1", "not closed"),
    "one too many": ("uniform(0,1))", "not closed"),
    "an open brace": ("{min: 1, max: 2", "not closed"),
    "braces for brackets": ("{1,2}", "[1, 2]"),
    "brackets for parentheses": ("uniform[0,1]", "uniform(0,1)"),
    "spaces for parentheses": ("uniform 0 1", "uniform(0,1)"),
    "exponents that are values": ("log_uniform(1e-4,1e-2)", "log_uniform_values(0.0001,0.01)"),
    "exponents beyond any float": ("log_uniform(1,1000)", "log_uniform_values(1,1000)"),
    "Python's range": ("range(3)", "[0,1,2]"),
    "numpy's": ("np.arange(1,4)", "[1,2,3]"),
    "a long range": ("range(1000000000)", "[0,1,2]"),
    "a range of nothing": ("range(0,9,0)", "[0,1,2]"),
    "numpy's logspace": ("np.logspace(-4,-2,3)", "log_uniform_values(MIN,MAX)"),
    "Ray's choice": ("tune.choice(['a','b'])", "['a','b']"),
    "Ray's loguniform": ("tune.loguniform(1e-4,1e-2)", "log_uniform_values(1e-4,1e-2)"),
    "a truth value": ("yes", "true"),
    "a language": ("[no,de]", "'no'"),
    "base 60": ("1:30", "base 60"),
    "base 8": ("010", "base 8"),
    "a bar": ("adam|sgd", "[adam,sgd]"),
    "bars with spaces": ("adam | sgd | lion", "[adam,sgd,lion]"),
    "a bar in a list": ("[adam|sgd]", "[adam,sgd]"),
    "semicolons": ("adam; sgd", "[adam,sgd]"),
    "spaces": ("adam sgd", "[adam,sgd]"),
    "a choice in words": ("adam or sgd", "[adam,sgd]"),
    "a sentence": ("a longer text", "'a longer text'"),
    "a date": ("2024-01-31", "'2024-01-31'"),
    "Python's None": ("None", "null"),
    "a comment": ("#ff0000", "'#ff0000'"),
    "nothing": ("", "null"),
}


@pytest.mark.parametrize(("typed", "offered"), ASKED.values(), ids=ASKED.keys())
def test_what_is_plainly_meant_otherwise_is_asked_about(typed, offered):
    with pytest.raises(UsageError) as asked:
        parse_parameter(f"lr={typed}")
    assert offered in f"{asked.value.message} {asked.value.hint}"


@pytest.mark.parametrize(("typed", "_"), ASKED.values(), ids=ASKED.keys())
def test_whatever_the_answer_offers_is_taken(typed, _):
    with pytest.raises(UsageError) as asked:
        parse_parameter(f"lr={typed}")
    offers = re.findall(
        r"lr=(?:[\[(].*?[\])](?=,? |$)|'(?:[^']|'')*'|[a-z_]+\([^)]*\))", asked.value.hint
    )
    for offer in offers:
        if "MIN" not in offer:
            parse_parameter(offer)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("'1e-4,1e-2'", "1e-4,1e-2"),
        ('"a, b"', "a, b"),
        ("'(1, 2)'", "(1, 2)"),
        ("'no'", "no"),
        ("adam", "adam"),
        ("it's", "it's"),
        ("a[0]", "a[0]"),
        ("16x16", "16x16"),
        ("1.2.3", "1.2.3"),
        ("localhost:8080", "localhost:8080"),
        ("true", True),
        ("null", None),
        ("-1e-5", -1e-5),
        ("-.5", -0.5),
        ("'0.1'", "0.1"),
        ("'x1e-3'", "x1e-3"),
        ("0x10", 16),
        ("1_000", 1000),
        ("resnet-50", "resnet-50"),
        ("s3://bucket/a.b", "s3://bucket/a.b"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_what_is_right_is_not_asked_about(typed, value):
    assert parse_parameter(f"x={typed}") == ("x", {"value": value})


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8).filter(
        lambda text: number_at_server(text) is None
    )
    | st.sampled_from(
        ["1e-4,1e-2", "no", "1:30", "(1, 2)", "None", "#f", "", "it's", "1 - 2", "a, b"]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "typed",
    [
        "'1e-3'", '"1e-3"', "[a, '1e-3']", "!!str 1e-3", "{values: ['-.5', a]}", "{value: '3e6'}",
        "constant({a: [b, '1e5']})", "uniform('1e-4',1)",
    ],
)  # fmt: skip
def test_a_text_that_arrives_as_a_number_is_refused(typed):
    with pytest.raises(UsageError, match="would reach W&B as the number") as caught:
        parse_parameter(f"tag={typed}")
    assert "a letter in front" in caught.value.hint
    if "(" not in typed:
        with pytest.raises(UsageError, match="would reach W&B as the number"):
            parameter_in_file("tag", yaml.safe_load(typed))


@pytest.mark.parametrize(
    "words", ["log_uniform_values(1e-2,1e-4)", "int_uniform(9,3)", "{min: 2, max: 1}"]
)
def test_swapped_bounds_are_called_that(words):
    with pytest.raises(UsageError, match="the bounds are swapped"):
        parse_parameter(f"lr={words}")


@settings(max_examples=200, deadline=None)
@given(
    body=st.builds(lambda value: {"value": value}, VALUES)
    | st.builds(lambda values: {"values": values}, st.lists(VALUES, min_size=1, max_size=4))
    | st.sampled_from(
        [
            {"distribution": "uniform", "min": 0.1, "max": 2},
            {"min": 1, "max": 9},
            {"distribution": "q_normal", "mu": 0, "sigma": 1e-9, "q": 1},
            {"values": ["a"], "probabilities": [1.0]},
        ]
    )
)
@example(body={"value": "NIL"})
def test_what_is_written_in_words_is_read_back(body):
    assert parse_parameter(parameter_words("a.b", body)) == ("a.b", body)


def test_a_description_says_the_same_in_yaml():
    assert parameter_in_file("x", "uniform(0, 1)") == parse_parameter("x=uniform(0, 1)")[1]
    assert parameter_in_file("x", [1, 2]) == {"values": [1, 2]}
    assert parameter_in_file("x", {"value": [1, 2]}) == {"value": [1, 2]}
    assert parameter_in_file("x", "dprnn") == {"value": "dprnn"}
    assert parameter_in_file("x", "a longer text") == {"value": "a longer text"}
    with pytest.raises(UsageError) as asked:
        parameter_in_file("x", "1e-4,1e-2")
    assert "x: [1e-4,1e-2]" in asked.value.hint
    assert "x: {value: '1e-4,1e-2'}" in asked.value.hint
    with pytest.raises(UsageError, match="not a name"):
        parameter_in_file("a b", 1)


def test_a_long_text_is_looked_at_in_no_time():
    assert parse_parameter(f"x='{' ' * 100_000}1'")[1]["value"].endswith("1")
    assert parameter_in_file("x", f"1{' ' * 100_000}x")["value"].startswith("1")


SECRETS = [
    "(S3CR3T, 2)", "[S3CR3T 1]", "[S3CR3T", "uniform S3CR3T", "a(S3CR3T)", "uniform(S3CR3T)",
    "{value: S3CR3T, min: 1}", "{min: S3CR3T, max: 2}", "S3CR3T, b", "uniform(1,2,S3CR3T)",
]  # fmt: skip


@pytest.mark.parametrize("name", ["api_key", "db.password"])
@pytest.mark.parametrize("words", SECRETS)
def test_no_error_shows_a_secret(name, words):
    errors = []
    for read, value in ((parse_parameter, f"{name}={words}"), (_in_file(name), words)):
        try:
            read(value)
        except UsageError as error:
            errors.append(f"{error.message} {error.hint}")
    assert errors
    assert "S3CR3T" not in str(errors)


def _in_file(name):
    return lambda words: parameter_in_file(
        name, yaml.safe_load(words) if words.endswith("}") else words
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("-010", "else -10"), ("010", "else 10"), ("08", "else 8"), ("a #b", "'a #b'"),
        ("[1, 2] # c", "leave it out"), ("|", "'|'"), (">", "'>'"), ("none", "else null"),
        ("[1e-4, none]", "else null"), ("0.1:0.5:0.1", "list the values"),
        ("[0.1:0.5:0.1]", "list the values"), ("16-64", "int_uniform(16,64)"),
        ("1..5", "int_uniform(1,5)"), ("50%", "the number itself"),
    ],
)  # fmt: skip
def test_what_yaml_takes_otherwise_is_asked_about(words, hint):
    with pytest.raises(UsageError) as caught:
        parse_parameter(f"x={words}")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("07", {"value": 7}),
        ("[mean, none]", {"values": ["mean", "none"]}),
        ("null", {"value": None}),
        ("'a #b'", {"value": "a #b"}),
        ("a#b", {"value": "a#b"}),
        ("'adam sgd'", {"value": "adam sgd"}),
        ("'adam|sgd'", {"value": "adam|sgd"}),
        ("<|endoftext|>", {"value": "<|endoftext|>"}),
        ("[a b, c]", {"values": ["a b", "c"]}),
        ("'|'", {"value": "|"}),
    ],
)
def test_what_is_plain_is_not_asked_about(words, body):
    assert parse_parameter(f"x={words}") == ("x", body)


@pytest.mark.parametrize(
    "text", ["1e-4..1e-2", "1e-4 to 1e-2", "1e-4:1e-2", "50%", "3^2", "2**-3", "1/3", "range(5)"]
)
def test_lint_finds_in_a_file_what_is_asked_about_when_typed(text):
    with pytest.raises(UsageError):
        parse_parameter(f"x={text}")
    found = lint(f"parameters: {{x: {{values: [{text}, 3]}}}}".encode(), source="s")
    assert "WBS089" in {finding.code for finding in found}

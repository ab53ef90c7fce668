"""Constraints mean what Python means by them, and nothing else is ever evaluated."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.sweepfile.constraint import parse_constraint

NAMES = ("a", "b", "c")
NUMBERS = st.one_of(st.integers(-3, 9), st.sampled_from([0.5, 0.25, 2.0]))
"""With the operations below they stay exact, so that nothing is nearly the same."""
ARITHMETIC = st.recursive(
    st.one_of(st.sampled_from(NAMES), NUMBERS.map(str)),
    lambda inner: st.builds(
        lambda left, sign, right: f"({left} {sign} {right})",
        inner,
        st.sampled_from(["+", "-", "*", "//", "%"]),
        inner,
    ),
    max_leaves=5,
)
COMPARISON = st.one_of(
    st.builds(
        lambda left, sign, right: f"{left} {sign} {right}",
        ARITHMETIC,
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        ARITHMETIC,
    ),
    st.builds(
        lambda left, sign, values: f"{left} {sign} {values}",
        ARITHMETIC,
        st.sampled_from(["in", "not in"]),
        st.lists(NUMBERS, max_size=3),
    ),
)
AND_OR = st.sampled_from(["and", "or"])
CONDITION = st.recursive(
    COMPARISON,
    lambda inner: st.one_of(
        st.builds(lambda left, word, right: f"({left} {word} {right})", inner, AND_OR, inner),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=4,
)
CONFIG = {"lr": 0.1, "batch": 16, "model.lr": 1e-3, "focal-loss": True, "opt": "sgd", "lambda": 2}


@settings(max_examples=300)
@given(CONDITION, st.fixed_dictionaries(dict.fromkeys(NAMES, NUMBERS)))
def test_a_constraint_means_what_python_means(text, config):
    text = f"{text} and a == a"
    try:
        wanted = eval(text, {"__builtins__": {}}, dict(config))  # noqa: S307 - made above
    except ArithmeticError:
        wanted = None
    constraint = parse_constraint(text, NAMES)
    assert _asked(constraint, config) == wanted
    assert _all_parts(constraint, config) == wanted


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("t * 3 == 0.3", True),
        ("t * 3 <= 0.3", True),
        ("t * 3 >= 0.3", True),
        ("t * 3 < 0.3", False),
        ("t * 3 > 0.3", False),
        ("t * 3 in [0.3]", True),
        ("t / 3 < 0.0334", True),
        ("t * 3 <= 0.2999999", False),
    ],
)
def test_what_is_the_same_but_for_rounding_is_neither_less_nor_more(text, holds):
    assert parse_constraint(text, ["t"]).holds({"t": 0.1}) is holds


def _asked(constraint, config):
    try:
        return constraint.holds(config)
    except UsageError:
        return None


def _all_parts(constraint, config):
    for part in constraint.parts:
        answer = _asked(part, config)
        if answer is not True:
            return answer
    return True


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lr * batch <= 1", False),
        ("model.lr < 1 and opt in ['sgd', 'adam']", True),
        ("`focal-loss`", True),
        ("`focal-loss` == true and `lambda` == 2.0", True),
        ("`focal-loss` == 1", False),  # a truth value is no number here, as everywhere
        ("'`lr`' == opt", False),
        ("opt != null", True),
        ("0 < lr < 1 < batch", True),
        ("batch ** -1 < 1", True),
        ("  lr\n< 1", True),
    ],
)
def test_names_values_and_words(text, wanted):
    assert parse_constraint(text, CONFIG).holds(CONFIG) is wanted


HOSTILE = {
    "an attribute": ("lr.__class__ == 1", "no parameter is called 'lr.__class__'"),
    "an attribute of a text": ("'a'.upper == lr", "only the dots"),
    "a hidden name": ("__import__ == 1", "no parameter is called '__import__'"),
    "a call": ("f(lr)", "a call is not allowed"),
    "an import": ("__import__('os').system('true')", "a call is not allowed"),
    "an index": ("lr[0]", "an index is not allowed"),
    "a lambda": ("(lambda: 1)", "lambda is not allowed"),
    "a loop": ("[x for x in lr]", "this is not allowed"),
    "a formatted text": ("f'{lr}' == 'a'", "this is not allowed"),
    "an assignment": ("(lr := 3)", "this is not allowed"),
    "identity": ("lr is 1", "`is` is not allowed"),
    "a mapping": ("lr == {}", "character 7: this is not allowed"),
    "bytes": ("opt == b'a'", "this is not allowed"),
    "a complex number": ("lr == 1j", "this is not allowed"),
    "a shift": ("batch << 9999999 > 1", "this is not allowed"),
    "a statement": ("import os", "cannot be read"),
    "two statements": ("lr < 1; 2", "cannot be read"),
    "nothing": ("", "cannot be read"),
    "blanks": ("   ", "cannot be read"),
    "no parameter": ("1 < 2", "it names no parameter"),
    "a tower": ("9**9**9 > lr", "is too large"),
    "a tower on a parameter": ("batch ** 9999999 > 1", "is too large"),
    "growing products": (" * ".join(["batch ** 1000"] * 5) + " > 1", "is too large"),
    "a large float": ("1e308 * 10.0 ** 308 ** 2 > lr", "for 10.0 and 94864"),
    "deep brackets": ("(" * 490 + "lr" + ")" * 490, "cannot be read"),
    "deep negations": ("not " * 240 + "lr < 1", "too deep"),
    "deep signs": ("-" * 990 + "lr", "constraint"),
    "a long text": ("lr < 1" + " " * 2000 + "and lr > 0", "2016 characters"),
    "a null byte": ("lr < 1\0", "cannot be read"),
    "a surrogate": ("opt == '\ud800'", "cannot be read"),
    "an unknown name": ("lr < 1 and foo > 2", "character 12: no parameter is called 'foo'"),
    "an unknown name behind others": ("`é` == 1 and foo > 2", "no parameter is called 'é'"),
    "an empty quoted name": ("`` == 1", "cannot be read"),
    "a keyword": ("lambda > 1", "cannot be read"),
    "a number alone": ("lr", "0.1 is neither true nor false"),
    "a number with and": ("lr and batch > 1", "neither true nor false"),
    "other kinds in order": ("opt < lr", "'sgd' and 0.1 have no order"),
    "a truth value in order": ("`focal-loss` < 2", "have no order"),
    "arithmetic with a text": ("opt * 2 == 'sgdsgd'", "'sgd' is not a number"),
    "a text to look in": ("opt in 'sgd adam'", "is not a list"),
    "division by zero": ("lr / 0 > 1", "division by zero"),
    "the root of a negative number": ("(-batch) ** 0.5 > 1", "not a real number"),
}


@pytest.mark.parametrize(("text", "why"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_constraint_is_refused_in_words(text, why):
    with pytest.raises(UsageError) as refused:
        parse_constraint(text, CONFIG).holds(CONFIG)
    assert why in refused.value.message
    assert len(refused.value.message) < 400
    assert refused.value.hint


def test_places_are_counted_in_characters():
    with pytest.raises(UsageError, match="character 13: no parameter is called 'foo'"):
        parse_constraint("`é-ü` < 1 < foo", {"é-ü"})


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text):
    with contextlib.suppress(UsageError):
        assert parse_constraint(text, {"a", "b"}).holds({"a": 1, "b": "x"}) in {True, False}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pin_password <= 900000002", "pin_password <= ***"),
        ("`pin_password` in ['H2', 'x'] and lr < 0.1", "`pin_password` in [***, ***] and lr < ***"),
        ("max_tokens <= 512", "max_tokens <= 512"),
        ("lr * 1e3 <= 12 or lr == '0.1'", "lr * 1e3 <= 12 or lr == '0.1'"),
    ],
)  # fmt: skip
def test_what_secrets_are_compared_with_is_masked(text, shown):
    assert parse_constraint(text, ("pin_password", "max_tokens", "lr")).shown == shown

"""What is said of text where numbers should be."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.text_values import text_instead


def of(*values, name="acc"):
    return text_instead(
        [run(k, summary={} if v is None else {name: v}) for k, v in enumerate(values)], name
    )


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("85%", "without a percent sign"),
        ("85,2 %", "without a percent sign"),
        ("0,85", "a decimal point"),
        ("0.85", "log numbers"),
        ("1e-3", "log numbers"),
        ("very good", "--metric"),
    ],
)
def test_text_is_shown_with_what_to_do(value, hint):
    why, advice = of(None, "nan", value)
    assert why == f"its values are text like {value!r}"
    assert hint in advice


@pytest.mark.parametrize("value", [None, "", " ", "NaN", "-Infinity", "inf", True, {"mean": "1"}])
def test_no_text_is_none(value):
    assert of(value) is None


def test_long_texts_are_cut_and_secrets_are_masked():
    assert len(of("x" * 500)[0]) < 100
    assert "hunter2" not in of("hunter2", name="password")[0]

"""Ranges and distributions from which W&B's engine draws no number."""

import pytest

from wbtools.findings import Severity
from wbtools.sweepfile.lint import lint

DRAWN_NOT = [
    "{min: -.inf, max: .inf}",
    "{min: .nan, max: .nan}",
    "{min: 0.1, max: .inf}",
    "{distribution: normal, mu: 0.0, sigma: 0}",
    "{distribution: q_log_normal, mu: 0.0, sigma: 0.0}",
    "{distribution: normal, mu: .nan, sigma: 1}",
    "{distribution: beta, a: 0, b: 1}",
    "{distribution: beta, a: 1, b: 0}",
    "{distribution: q_uniform, min: 0, max: 1, q: .inf}",
    "{distribution: log_uniform_values, min: 0.1, max: .inf}",
    "{min: -1.7e+308, max: 1.7e+308}",
    "{min: 0, max: 1000000000000000000000000000000}",
]
DRAWN = [
    "{min: 0.1, max: 0.5}",
    "{min: 0, max: 1000000}",
    "{distribution: normal}",
    "{distribution: normal, mu: 0, sigma: 1}",
    "{distribution: beta, a: 1, b: 2}",
    "{distribution: q_uniform, min: 0, max: 1, q: 0.1}",
    "{value: .nan}",
]


def errors(body):
    text = f"method: random\nparameters: {{x: {body}}}"
    found = lint(text.encode(), source="s")
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


@pytest.mark.parametrize("body", DRAWN_NOT)
def test_a_range_without_numbers_is_an_error(body):
    assert "WBS095" in errors(body)


@pytest.mark.parametrize("body", DRAWN)
def test_a_range_with_numbers_is_none(body):
    assert errors(body) == set()

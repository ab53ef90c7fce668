"""Fixes keep what people wrote, and PyYAML reads what was meant."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wbtools.sweepfile.lint import fix, lint

BEFORE = """\
# a sweep of ours
method: bayesian   # the best
metrics: {name: val/acc, goal: max}
max_runs: 20
early_terminate:
  type: hyperband
  min_iter: 3  # first band
  s: 2
parameters:
  # rates
  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
  wd:
    values:
      - 1e-5
      - 0.1   # large
  layers: 3
  on: {value: 'yes'}
"""
AFTER = """\
# a sweep of ours
method: bayes   # the best
metric: {name: val/acc, goal: maximize}
run_cap: 20
early_terminate:
  type: hyperband
  min_iter: 3  # first band
  strict: true
parameters:
  # rates
  lr: {distribution: log_uniform_values, min: 1.0e-05, max: 0.01}
  wd:
    values:
      - 1.0e-05
      - 0.1   # large
  layers: {value: 3}
  on: {value: 'yes'}
"""


def test_a_file_is_mended_and_its_comments_and_order_stay():
    outcome = fix(BEFORE.encode())
    assert outcome.content.decode() == AFTER
    assert outcome.refused is None
    assert yaml.safe_load(AFTER)["parameters"]["lr"]["min"] == 1e-5
    assert fix(AFTER.encode()).n_changes == 0


def test_line_ends_and_byte_order_marks_stay():
    before = b"\xef\xbb\xbf" + BEFORE.replace("\n", "\r\n").encode()
    assert fix(before).content == b"\xef\xbb\xbf" + AFTER.replace("\n", "\r\n").encode()


def test_only_the_wanted_codes_are_mended():
    outcome = fix(BEFORE.encode(), wanted=lambda code: code == "WBS010")
    assert outcome.content.decode() == BEFORE.replace("max_runs", "run_cap")


ONES = {
    "null early_terminate goes": ("a: 1\nearly_terminate:\n", "a: 1\n"),
    "mixed bounds get a distribution": (
        "parameters: {d: {min: 0, max: 0.5}}\n",
        "parameters: {d: {min: 0, max: 0.5, distribution: uniform}}\n",
    ),
    "a scalar under values": ("parameters: {d: {values: 5}}\n", "parameters: {d: {value: 5}}\n"),
    "low and high": (
        "parameters: {d: {low: 1, high: 5}}\n",
        "parameters: {d: {min: 1, max: 5}}\n",
    ),
    "a loss without a goal": ("metric: {name: loss}\n", "metric: {name: loss, goal: minimize}\n"),
}


@pytest.mark.parametrize(("before", "after"), ONES.values(), ids=ONES.keys())
def test_one_fix(before, after):
    assert fix(before.encode()).content.decode() == after


def test_what_pyyaml_would_read_otherwise_is_not_touched():
    merged = "x: &x {min: 1e-5, max: 0.1}\nparameters: {a: {<<: *x, distribution: uniform}}\n"
    outcome = fix(merged.encode())
    read = yaml.safe_load(outcome.content)
    assert read["parameters"]["a"]["min"] in {"1e-5", 1e-5}
    for text in ("parameters: {a: {value: 010}, b: {values: [1e-5, 010, yes, 1:30]}}\n",):
        read = yaml.safe_load(fix(text.encode()).content)["parameters"]
        assert read == {"a": {"value": 8}, "b": {"values": [1e-5, 8, True, 90]}}


@given(
    st.lists(
        st.floats(min_value=1e-300, max_value=1e300, allow_nan=False).map(lambda x: f"{x:.3e}"),
        min_size=1,
        max_size=5,
    )
)
def test_numbers_in_exponents_become_the_numbers_that_were_meant(texts):
    content = f"parameters: {{a: {{values: [{', '.join(texts)}]}}}}".encode()
    content = content.replace(b".", b"") if len(texts) == 3 else content
    meant = [float(text) for text in content.decode().split("[")[1].split("]")[0].split(",")]
    assert yaml.safe_load(fix(content).content)["parameters"]["a"]["values"] == pytest.approx(meant)
    assert "WBS028" not in {finding.code for finding in lint(fix(content).content, source="s")}

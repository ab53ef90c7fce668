"""Bands beside the length of a run: what no run gets to, and what only some do."""

import pytest

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.lint import LintOptions, lint

FILE = """\
program: train.py
method: random
metric: {{name: val/loss, goal: minimize}}
early_terminate: {{type: hyperband, {rule}, strict: true}}
run_cap: 30
parameters:
  lr: {{distribution: log_uniform_values, min: 0.0001, max: 0.01}}
  {epochs}
"""
CODES = {"WBS062", "WBS064", "WBS065"}


def judged(rule, parameters, **options):
    content = FILE.format(rule=rule, epochs=parameters).encode()
    found = lint(content, source="s", options=LintOptions(**options))
    return {finding.code: finding for finding in found if finding.code in CODES}


MAX_ITER = "max_iter: 81, s: 2, eta: 3"
STORIES = {
    "a constant long enough": ("min_iter: 5", "epochs: {value: 50}", set()),
    "a constant too short": ("min_iter: 5", "epochs: {value: 5}", {"WBS062"}),
    "all swept long enough": ("min_iter: 5", "epochs: {values: [10, 20]}", set()),
    "the shortest ends at the band": ("min_iter: 5", "epochs: {values: [5, 20]}", set()),
    "the shortest is too short": ("min_iter: 6", "epochs: {values: [5, 20]}", {"WBS064"}),
    "none gets there": ("min_iter: 20", "epochs: {values: [5, 20]}", {"WBS062"}),
    "none gets there from a range": ("min_iter: 20", "epochs: {min: 5, max: 20}", {"WBS062"}),
    "a later band of max_iter": (MAX_ITER, "epochs: {min: 9, max: 12}", {"WBS065"}),
    "both": (MAX_ITER, "epochs: {min: 3, max: 12}", {"WBS064", "WBS065"}),
    "a later band over a constant": (MAX_ITER, "epochs: {value: 12}", {"WBS065"}),
    "later bands of min_iter are without end": ("min_iter: 5", "epochs: {value: 9}", set()),
    "no bounds": ("min_iter: 5", "epochs: {distribution: normal, mu: 3, sigma: 1}", set()),
    "texts": ("min_iter: 5", "epochs: {values: [few, many]}", set()),
    "an inner loop": ("min_iter: 5", "n_epochs: {value: 3}\n  gae_lambda: {value: 0.9}", set()),
    "another loop's constant": (
        "min_iter: 5",
        "warm.epochs: {value: 2}\n  epochs: {value: 9}",
        set(),
    ),
}


@pytest.mark.parametrize(("rule", "epochs", "wanted"), STORIES.values(), ids=STORIES.keys())
def test_bands_and_epochs(rule, epochs, wanted):
    assert set(judged(rule, epochs)) == wanted


def test_what_is_said_of_them():
    found = judged(MAX_ITER, "epochs: {min: 3, max: 12}")
    assert found["WBS064"].title.startswith("60 % of the runs end before the first band, 9 reports")
    assert "27 reports" in found["WBS065"].title
    assert found["WBS064"].severity is Severity.WARNING
    assert found["WBS064"].confidence is Confidence.MEDIUM


def test_the_users_word_for_the_length_is_certain():
    found = judged("min_iter: 6", "epochs: {values: [5, 20]}", budget=6)
    assert set(found) == {"WBS062"}
    assert found["WBS062"].confidence is Confidence.HIGH
    assert judged("min_iter: 6", "epochs: {values: [5, 20]}", budget=60) == {}

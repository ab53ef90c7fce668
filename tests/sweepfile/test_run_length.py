"""How many epochs a sweep file gives its runs."""

import math

import pytest
import yaml

from wbtools.sweepfile.document import Document
from wbtools.sweepfile.run_length import run_length


def length(parameters):
    return run_length(Document(data={"parameters": yaml.safe_load(f"{{{parameters}}}")}))


@pytest.mark.parametrize(
    ("parameters", "name", "shortest", "longest"),
    [
        ("epochs: {value: 50}", "epochs", 50, 50),
        ("epochs: {value: 50.0}", "epochs", 50, 50),
        ("epochs: {values: [50]}", "epochs", 50, 50),
        ("epochs: {values: [30, 10, 10]}", "epochs", 10, 30),
        ("epochs: {min: 3, max: 12}", "epochs", 3, 12),
        ("epochs: {distribution: uniform, min: 3.0, max: 12.0}", "epochs", 3, 12),
        (
            "epochs: {distribution: log_uniform_values, min: 1000, max: 100000}",
            "epochs",
            1000,
            100_000,
        ),
        ("epochs: {distribution: log_uniform, min: 0, max: 4.7}", "epochs", 1, 109),
        ("epochs: {distribution: q_uniform, min: 10, max: 90, q: 20}", "epochs", 20, 80),
        ("max_epochs: {value: 9}, epochs: {min: 1, max: 3}", "epochs", 1, 3),
        ("epochs: {value: many}, max_epochs: {value: 9}", "max_epochs", 9, 9),
        ("t: {parameters: {max_epochs: {value: 9}}}", "t.max_epochs", 9, 9),
        ("warmup.epochs: {value: 2}, epochs: {values: [5, 7]}", "epochs", 5, 7),
        ("n_epochs: {value: 4}, lr: {value: 0.1}", "n_epochs", 4, 4),
    ],
)
def test_a_file_says_how_long_its_runs_are(parameters, name, shortest, longest):
    found = length(parameters)
    assert (found.name, found.shortest, found.longest) == (name, shortest, longest)
    assert found.is_swept is (shortest < longest)
    assert math.fsum(found.shares) == pytest.approx(1)
    assert list(found.epochs) == sorted(set(found.epochs))


@pytest.mark.parametrize(
    "parameters",
    [
        "lr: {value: 50}",
        "epochs: {value: true}",
        "epochs: {value: 0}",
        "epochs: {value: 2.5}",
        "epochs: {value: '50'}",
        "epochs: {value: .inf}",
        "epochs: {value: .nan}",
        "epochs: {value: 1.0e+300}",
        "epochs: {values: [10, many]}",
        "epochs: {values: [0, 10]}",
        "epochs: {values: []}",
        "epochs: {values: 3}",
        "epochs: {min: 0, max: 12}",
        "epochs: {min: 12, max: 3}",
        "epochs: {min: 1}",
        "epochs: {distribution: normal, mu: 20, sigma: 2}",
        "epochs: 50",
        "epochs: {values: [10, 20], probabilities: [0, 0]}",
        "n_epochs: {value: 4}, clip_range: {value: 0.2}",
    ],
)
def test_what_says_nothing_is_no_length(parameters):
    assert length(parameters) is None


def test_shares_are_those_of_the_draws():
    assert length("epochs: {min: 3, max: 12}").share_below(9) == pytest.approx(0.6)
    weighted = length("epochs: {values: [5, 50], probabilities: [1, 9]}")
    assert weighted.share_below(50) == pytest.approx(0.1)
    assert weighted.share_below(5) == 0
    logs = length("epochs: {distribution: log_uniform_values, min: 10, max: 1000}")
    assert logs.share_below(100) == pytest.approx(0.5, abs=0.01)
    assert len(length("epochs: {min: 1, max: 1000000}").epochs) == 201


@pytest.mark.parametrize(
    ("cap", "shares", "first_cells"),
    [
        ("run_cap: 20", {1: 1.0}, 20),
        ("run_cap: 30", {1: 2 / 3, 100: 1 / 3}, 30),
        ("run_cap: 40", {1: 0.5, 100: 0.5}, None),
        ("name: x", {1: 0.5, 100: 0.5}, None),
    ],
)
def test_a_grid_that_is_cut_runs_its_first_cells(cap, shares, first_cells):
    """The engine sorts the parameters by name, and the last one changes first."""
    text = f"""
        method: grid
        {cap}
        parameters: {{seed: {{min: 1, max: 20}}, epochs: {{values: [1, 100, 100.0]}}}}
    """
    found = run_length(Document(data=yaml.safe_load(text)))
    assert dict(zip(found.epochs, found.shares, strict=True)) == pytest.approx(shares)
    assert found.first_cells == first_cells

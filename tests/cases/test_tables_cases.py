"""Tables from W&B's pages, Optuna and Ray: what is a run, a number, a parameter, a curve."""

import re

import pytest

from tests.cases.answers import (
    audited_runs,
    document,
    field,
    n_configurations,
    n_without_value,
    ranked,
)

TRIALS = ("--metric", "value", "--goal", "maximize")


def test_bug_27_seeds_of_one_configuration_are_joined(wbtools):
    answer = wbtools("rank", "bug-27/seeds.csv", *TRIALS, "--format", "json", "-q")
    rows = ranked(answer)
    assert [row.n for row in rows] == [4, 4, 4]
    assert [row.means[0] for row in rows] == pytest.approx([0.90125, 0.85125, 0.80125], abs=1e-4)


def test_bug_27_seeds_are_joined_when_the_parameter_is_named(wbtools):
    words = ("--group-by", "params_lr", "--format", "json", "-q")
    rows = ranked(wbtools("rank", "bug-27/seeds.csv", *TRIALS, *words))
    assert [row.n for row in rows] == [4, 4, 4]


def test_bug_27_trials_have_their_own_numbers(wbtools):
    answer = wbtools("audit-terminations", "bug-27/optuna_trials.csv", *TRIALS, "--format", "json")
    assert sorted(run.number for run in audited_runs(answer)) == list(range(60))


@pytest.mark.parametrize(("number", "value"), [(0, "0.8309"), (1, "0.7977")])
def test_bug_27_a_trial_is_found_by_its_number(wbtools, number, value):
    answer = wbtools("audit-terminations", "bug-27/optuna_trials.csv", *TRIALS, "--run", number)
    assert answer.code == 0, answer.err
    assert f"best {value}" in answer.out


ACC = ("--metric", "val/acc", "--goal", "maximize")


def test_bug_33_the_table_of_a_chart_holds_curves(wbtools):
    answer = wbtools("audit-terminations", "bug-33/panel.csv", *ACC, "--format", "json")
    if answer.code:
        assert re.search("(?i)chart|curve|panel", answer.err)
        assert "did you mean" not in answer.err
        return
    assert sorted(run.n_reports for run in audited_runs(answer)) == [6, 10, 10]


def test_bug_33_a_result_is_no_parameter(wbtools):
    words = ("rank", "bug-33/runs.csv", "--metric", "val/acc:maximize")
    answer = wbtools(*words, "--format", "json", "-q")
    assert n_configurations(answer) == 2 or re.search(r"--group-by", wbtools(*words).text)


def test_bug_33_empty_cells_have_no_value(wbtools):
    words = ("rank", "bug-33/runs.csv", "--metric", "val/acc:maximize", "--group-by", "lr")
    answer = wbtools(*words, "--format", "json", "-q")
    assert n_without_value(answer) == 4
    assert field(document(answer), "n_runs") == 8

"""Bands that compare unequal training: what they rest on, and the lengths that are none of it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.health.charts import codes, found, why_not
from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.health import SweepBackground, check_context, examine
from wbtools.findings import Severity
from wbtools.sweepfile.space import Choice, Range

RULE = "hyperband(min_iter=2,eta=3,strict=true)"
BATCHES = (16, 32, 64)
KILLED = {"exit_code": 255}


def examined(lengths, configs, *, rule=RULE, facts=None, space=(), full=1, **budget):
    """Runs whose own budgets are known, and which made them.

    Runs that made `full` reports have run their course.
    """
    curves = [[1 - k / 100 for k in range(n)] for n in lengths]
    facts = facts or [FINISHED] * len(lengths)
    facts = [each | {"config": config} for each, config in zip(facts, configs, strict=True)]
    context = check_context(
        sweep(*curves, facts=facts),
        question(rule, budget=full),  # who ran its course; what each one's is comes below
        SweepBackground(space=dict(space)),
    )
    outcomes = context.diagnosis.outcomes
    known = replace(
        outcomes.budget, **({"reports": np.array(lengths), "source": "completed"} | budget)
    )
    diagnosis = replace(context.diagnosis, outcomes=replace(outcomes, budget=known))
    return examine(replace(context, diagnosis=diagnosis))


def batches(lengths=(15, 7, 3), n_each=2, **more):
    """Lengths and configurations of runs with three batch sizes."""
    pairs = [(n, batch) for n, batch in zip(lengths, BATCHES, strict=True) for _ in range(n_each)]
    configs = [{"lr": 0.1 + k / 10, "batch": batch} | more for k, (_, batch) in enumerate(pairs)]
    return [n for n, _ in pairs], configs


def test_a_batch_size_that_decides_how_often_runs_report():
    finding = found(examined(*batches()), "WBD215")
    assert finding.title == (
        "bands compare runs at unequal stages of training: band 2 is 13 % of a full run with "
        "batch 16, and 67 % of one with 64"
    )
    assert (finding.subject, finding.severity) == ("batch", Severity.WARNING)
    reports = finding.evidence["reports_of_a_full_run"]
    assert reports == {"batch=16": 15, "batch=32": 7, "batch=64": 3}
    assert finding.evidence["share_at_the_band"] == pytest.approx(
        {"batch=16": 2 / 15, "batch=32": 2 / 7, "batch=64": 2 / 3}
    )
    assert finding.evidence["n"] == 6


UNEQUAL = {
    "words that are no numbers": (
        [12, 12, 4, 4],
        [{"model": name, "lr": k} for k, name in enumerate(["s", "s", "l", "l"], start=2)],
    ),
    "one run a value, in inverse proportion": (
        [round(480 / batch) for batch in (16, 20, 31, 40, 60)],
        [{"batch": batch} for batch in (16, 20, 31, 40, 60)],
    ),
    "searched epochs beside a batch size": (
        [epochs * per_epoch for epochs in (2, 4) for per_epoch in (6, 2) for _ in range(2)],
        [
            {"epochs": epochs, "batch": batch, "lr": k}
            for epochs in (2, 4)
            for batch in (16, 48)
            for k in range(2)
        ],
    ),
}


@pytest.mark.parametrize(("lengths", "configs"), UNEQUAL.values(), ids=UNEQUAL)
def test_lengths_that_a_parameter_explains(lengths, configs):
    budget = {"source": "config", "key": "epochs"} if "epochs" in configs[0] else {}
    assert "WBD215" in codes(examined(lengths, configs, **budget))


EQUAL = {
    "runs of one length": batches((6, 6, 6)),
    "lengths that differ by a report": batches((9, 8, 8)),
    "epochs that are searched": (
        [2, 2, 3, 3, 5, 5],
        [{"num_train_epochs": n, "lr": k} for k, n in enumerate([2, 2, 3, 3, 5, 5])],
    ),
    "a length by another name": (
        [10, 10, 20, 20],
        [{"boost_rounds": n * 5, "lr": k} for k, n in enumerate([10, 10, 20, 20])],
    ),
    "lengths that no parameter explains": (
        [15, 3, 7, 12, 5, 9],
        [{"lr": k / 10, "batch": batch} for k, batch in enumerate([16, 16, 32, 32, 64, 64])],
    ),
    "a value of its own for every run": (
        [3, 9, 5, 14],
        [{"lr": lr} for lr in (0.3, 0.1, 0.4, 0.2)],
    ),
    "seeds": ([3, 3, 9, 9], [{"seed": seed} for seed in (1, 1, 2, 2)]),
}


@pytest.mark.parametrize(("lengths", "configs"), EQUAL.values(), ids=EQUAL)
def test_equal_training_is_no_finding(lengths, configs):
    examination = examined(lengths, configs)
    assert "WBD215" not in codes(examination)
    assert why_not(examination, "WBD215") == []


def test_epochs_that_the_budget_knows_are_equal_training_whatever_they_are_called():
    lengths, configs = (
        [2, 2, 3, 3, 5, 5],
        [{"e": n, "lr": k % 2} for k, n in enumerate([2, 2, 3, 3, 5, 5])],
    )
    assert "WBD215" not in codes(examined(lengths, configs, source="config", key="e"))


@pytest.mark.parametrize(
    ("source", "is_found"), [("progress", True), ("config", False), ("completed", False)]
)
def test_a_share_of_the_data_is_no_length_where_the_logged_epochs_are(source, is_found):
    shares = [0.25, 0.25, 0.5, 0.5, 1.0, 1.0]
    lengths = [round(32 * share) for share in shares]
    configs = [{"epochs": 4, "train_frac": share, "lr": k} for k, share in enumerate(shares)]
    examination = examined(lengths, configs, source=source, key="epochs")
    assert ("WBD215" in codes(examination)) == is_found


def test_runs_that_were_stopped_tell_no_length():
    lengths, configs = batches((15, 15, 3))
    assert "WBD215" in codes(examined(lengths, configs))
    facts = [FINISHED] * 4 + [KILLED] * 2
    examination = examined(lengths, configs, facts=facts, full=15)
    assert "WBD215" not in codes(examination)
    assert why_not(examination, "WBD215") == []


def test_too_few_full_runs_are_said():
    lengths, configs = batches(n_each=1)
    assert "4 are needed" in why_not(examined(lengths, configs), "WBD215")[0]


@pytest.mark.parametrize("rule", ["none", "hyperband(max_iter=9)"])
def test_without_a_band_there_is_nothing_to_compare(rule):
    examination = examined(*batches(), rule=rule)
    assert "WBD215" not in codes(examination)
    assert why_not(examination, "WBD215") == []


def test_a_rule_that_is_not_known_is_said():
    assert why_not(examined(*batches(), rule=None), "WBD215")


def test_a_short_run_that_never_gets_to_the_band():
    finding = found(examined(*batches(), rule="hyperband(min_iter=5,eta=3,strict=true)"), "WBD215")
    assert finding.title.endswith(
        "33 % of a full run with batch 16, and one with 64 never makes as many reports"
    )


def test_only_searched_parameters_are_named():
    lengths, configs = batches(copied=1)
    configs = [config | {"copied": config["batch"]} for config in configs]
    space = {"batch": Choice(values=BATCHES), "lr": Range(low=0.01, high=2.0, kind="uniform")}
    assert found(examined(lengths, configs, space=space), "WBD215").subject == "batch"

"""The logged learning rate: known by its name, and told at every report."""

import numpy as np
import pytest

from wbtools.analysis.learning_rate import rate_name, rates_at_reports
from wbtools.model import Curves, Series


@pytest.mark.parametrize(
    "name",
    [
        *("lr", "LR", "train/lr", "optimizer.lr", "optimizer/lr", "current_lr", "train/cur-lr"),
        *("learning_rate", "train/learning_rate", "learning-rate", "LearningRate", "learning rate"),
        *("lr-AdamW", "lr-Adam/pg1", "lr-SGD-1", "lr/group_0", "lr/pg0", "x/lr0", "lr_1"),
    ],
)
def test_a_series_is_known_by_its_last_words(name):
    assert rate_name({"loss": 10, name: 10}) == name


@pytest.mark.parametrize(
    "name",
    [
        *("lr_decay", "lr_scale", "lr_mult", "peak_lr", "max_lr", "initial_lr", "lr/factor"),
        *("clr", "color", "val/lrap", "lr_scheduler/step", "weight_decay", "unlr", "lr_loss"),
    ],
)
def test_what_only_sounds_like_it_is_none(name):
    assert rate_name({name: 10}) is None


def test_of_several_the_shortest_and_never_one_that_is_too_long():
    assert rate_name({"lr-Adam/pg2": 9, "train/lr": 9, "lr-Adam": 9}) == "lr-Adam"
    assert rate_name({"lr": 5_000_001, "epoch_lr/lr": 500}) == "epoch_lr/lr"
    assert rate_name({"lr": 5_000_001}) is None
    assert rate_name({}) is None


def curves(name, *series):
    rows = [
        (
            f"run{k}",
            Series(
                values=np.array(values, dtype=float),
                steps=np.array(steps, dtype=np.int64),
                times_s=np.zeros(len(steps)),
            ),
        )
        for k, (values, steps) in enumerate(series)
    ]
    return Curves.pack(name, rows)


NAN = np.nan
REPORTS = [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    ("values", "steps", "expected"),
    [
        ([5, 4, 3, 2, 1], REPORTS, [5, 4, 3, 2, 1]),
        ([5, 4, 3, 2, 1], [9, 19, 29, 39, 49], [5, 4, 3, 2, 1]),
        ([5, 4, 3, 2, 1], [11, 21, 31, 41, 51], [5, 4, 3, 2, 1]),
        ([5, 4, 3], [12, 25, 45], [5, 5, 4, 4, 3]),
        ([7, 6, 5, 4, 3, 2, 1], [1, 5, 15, 25, 35, 45, 99], [6, 5, 4, 3, 2]),
        ([5, NAN, 3], [10, 20, 50], [5, 5, 5, 5, 3]),
        ([5], [10], [NAN] * 5),
        ([5, 4], [10, 25], [NAN] * 5),
        ([5, -4, 3, 2, 1], REPORTS, [NAN] * 5),
        ([5, 4, 3, 2, 1], [10, 20, 5, 40, 50], [NAN] * 5),
        ([], [], [NAN] * 5),
        ([0, 0, 0, 0, 0], REPORTS, [0] * 5),
    ],
    ids=[
        "in the same rows",
        "in other rows",
        "in the row after each report",
        "less often, first after the first report",
        "more often",
        "once not a number",
        "once, at the beginning",
        "given up half way",
        "negative",
        "steps that go back",
        "never",
        "nothing but zeros",
    ],
)
def test_the_rate_at_a_report_is_the_last_one_logged_by_then(values, steps, expected):
    metric = curves("acc", ([1, 2, 3, 4, 5], REPORTS), ([1], [10]), ([], []))
    rates = curves("lr", (values, steps), ([3], [2]), ([1], [1]))
    found = rates_at_reports(rates, metric)
    assert found[0] == pytest.approx(expected, nan_ok=True)
    assert found[1, 0] == 3
    assert np.isnan(found[1, 1:]).all()
    assert np.isnan(found[2]).all()


def test_runs_are_matched_by_id():
    metric = curves("acc", ([1], [1]), ([2], [1]))
    rates = Curves.pack(
        "lr",
        [("run1", Series(values=np.ones(1), steps=np.ones(1, np.int64), times_s=np.zeros(1)))],
    )
    assert rates_at_reports(rates, metric) == pytest.approx(np.array([[NAN], [1]]), nan_ok=True)

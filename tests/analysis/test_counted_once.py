"""Reports that a resumed run made again count once; whatever else falls back stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.counted_once import counted_once
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.app.opening.in_memory import InMemorySource
from wbtools.model import Curves, Series

WHOLE = list(range(1, 21))
RESUMED = [*range(1, 11), *range(9, 21)]
"""Epochs of a run that was stopped after the tenth and went on from the eighth's checkpoint."""


def counted(*counts, name="epoch", steps=None, **common):
    """Runs that lose `1 / epoch` at every count; a second loss of an epoch is a little higher."""
    curves = [[1 / (1 + c) + k * 1e-4 for k, c in enumerate(each)] for each in counts]
    resumed = sweep(*curves, **({"facts": [FINISHED] * len(counts)} | common))
    series = [
        (
            run.id,
            Series(
                values=np.array(each, float),
                steps=np.arange(len(each)) if steps is None else np.array(steps),
                times_s=np.arange(len(each)) * 1.0,
            ),
        )
        for run, each in zip(resumed.runs, counts, strict=True)
    ]
    return replace(resumed, curves={**resumed.curves, name: Curves.pack(name, series)})


def test_an_epoch_that_was_trained_twice_counts_once_as_it_was_trained_last():
    before = counted(WHOLE, RESUMED)
    after = counted_once(before, ["loss"])
    loss = after.curves["loss"]
    assert loss.n_reports.tolist() == [20, 20]
    again = before.curves["loss"].values[1]
    assert loss.values[1].tolist() == [*again[:8], *again[10:22]]
    assert loss.steps[1].tolist() == [*range(8), *range(10, 22)]
    assert loss.values[0].tolist() == before.curves["loss"].values[0, :20].tolist()
    assert after.curves_with_repeats["loss"] is before.curves["loss"]
    (finding,) = after.findings
    assert (finding.code, finding.subject) == ("WBT113", "run2")
    assert finding.title == (
        "the run run2 went back and made 2 reports of loss again: they count once, as the logged "
        "epoch tells"
    )
    assert counted_once(after, ["loss"]).findings == after.findings


def test_a_full_run_makes_as_many_reports_as_one_that_was_never_resumed():
    resumed = counted(WHOLE, WHOLE, RESUMED)
    assert diagnose(resumed, question()).outcomes.budget.reports.tolist() != [20] * 3
    budget = diagnose(counted_once(resumed, ["loss"]), question()).outcomes.budget
    assert budget.reports.tolist() == [20] * 3


def test_whatever_is_read_is_counted_so():
    read = InMemorySource(counted(RESUMED)).read(("loss", "epoch"))
    assert read.curves["loss"].n_reports.tolist() == [20]
    assert read.curves["epoch"].n_reports.tolist() == [22]


@pytest.mark.parametrize(
    ("counts", "n"),
    [
        ([*range(1, 11), *range(9, 13), *range(11, 21)], 20),
        ([*range(1, 11), *range(9, 13), *range(5, 21)], 20),
        ([*range(0, 500, 50), *range(400, 1000, 50)], 20),
    ],
    ids=["resumed twice", "further back the second time", "optimizer steps"],
)
def test_a_run_may_go_back_more_than_once(counts, n):
    assert counted_once(counted(counts), ["loss"]).curves["loss"].n_reports.tolist() == [n]


@pytest.mark.parametrize(
    "counts",
    [
        WHOLE,
        [*WHOLE, 17],
        [*range(1, 11), *range(9, 11)],
        [*range(1, 6), *range(1, 11)],
        [*range(1, 6)] * 3,
        [1, 1, 2, 2, 3, 3, 2, 2, 3, 3, 4, 4],
        [5, 1, 6, 2, 7, 3],
        [],
    ],
    ids=[
        "never resumed",
        "a last report about the best epoch",
        "not further than it had been",
        "begun anew",
        "several trainings",
        "several reports an epoch",
        "no count of training",
        "no report",
    ],
)
def test_what_else_falls_back_is_left_alone(counts):
    resumed = counted(counts)
    after = counted_once(resumed, ["loss"])
    assert after.curves["loss"].values.tolist() == resumed.curves["loss"].values.tolist()
    assert not after.findings
    assert not after.curves_with_repeats


@pytest.mark.parametrize(("pause_s", "n"), [(600.0, 20), (0.0, 21), (float("nan"), 21)])
def test_the_last_report_alone_was_made_again_where_there_was_a_pause(pause_s, n):
    resumed = counted([*range(1, 11), *range(10, 21)])
    loss = resumed.curves["loss"]
    times_s = loss.times_s.copy()
    times_s[0, 10:] += pause_s
    resumed = replace(resumed, curves={**resumed.curves, "loss": replace(loss, times_s=times_s)})
    assert counted_once(resumed, ["loss"]).curves["loss"].n_reports.tolist() == [n]


def test_attempts_whose_steps_begin_again_are_joined_elsewhere():
    steps = [*range(10), *range(12)]
    assert not counted_once(counted(RESUMED, steps=steps), ["loss"]).findings


def test_without_a_count_of_training_nothing_is_known():
    resumed = counted(RESUMED, name="reward")
    assert counted_once(resumed, ["loss"]) is resumed
    assert counted_once(resumed, []) is resumed
    assert counted_once(resumed, ["other"]) is resumed

"""How long full runs are, where neither the configuration nor a common length says it plainly."""

import numpy as np
import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.diagnosis.budget import full_budget, with_longest
from wbtools.analysis.diagnosis.logged_progress import logged_progress
from wbtools.analysis.diagnosis.proportional_lengths import length_of, proportional_length
from wbtools.analysis.diagnosis.shared_lengths import shared_lengths
from wbtools.model import Curves, RunState, Series

DONE, CUT = RunState.FINISHED, RunState.UNKNOWN


def series(metric, rows):
    """One run a row of values; each is logged at the steps 10, 20, …."""
    return Curves.pack(
        metric,
        [
            (
                f"run{k}",
                Series(
                    values=np.array(values, dtype=float),
                    steps=10 * np.arange(1, len(values) + 1),
                    times_s=np.arange(1.0, len(values) + 1),
                ),
            )
            for k, values in enumerate(rows)
        ],
    )


def budget_of(*runs, name="epoch"):
    """Of runs (state, configuration, logged progress at each report)."""
    reports = series("loss", [[0.1] * len(logged) for *_, logged in runs])
    progress = logged_progress(series(name, [logged for *_, logged in runs]), reports)
    return full_budget(
        [run(k, state=state, config=config) for k, (state, config, _) in enumerate(runs)],
        reports.n_reports,
        progress=progress,
    )


def every(step, last):
    """Logged at every `step` units up to `last`."""
    return [*np.arange(step, last + step / 2, step)]


STORIES = {
    "batch sizes that report 10, 5 and 2 times on the way to 3 epochs": (
        [
            (DONE, {"epochs": 3}, every(0.3, 3)),
            (DONE, {"epochs": 3}, every(0.6, 3)),
            (DONE, {"epochs": 3}, every(1.5, 3)),
            (CUT, {"epochs": 3}, every(0.6, 1.2)),
        ],
        [10, 5, 2, 5],
        [True, True, True, False],
    ),
    "a loader that drops the last batch": (
        [(DONE, {"epochs": 3}, [0.99, 1.99, 2.99]), (CUT, {"epochs": 3}, [0.99])],
        [3, 3],
        [True, False],
    ),
    "epochs that are counted from 0": (
        [(DONE, {"epochs": 4}, [0, 1, 2, 3]), (CUT, {"epochs": 4}, [0, 1])],
        [4, 4],
        [True, False],
    ),
    "an evaluation before training": (
        [(DONE, {"epochs": 4}, [0, 1, 2, 3, 4]), (CUT, {"epochs": 4}, [0, 1, 2, 3])],
        [5, 5],
        [True, False],
    ),
    "an evaluation every fifth epoch": (
        [(DONE, {"epochs": 22}, [5, 10, 15, 20]), (CUT, {"epochs": 22}, [5, 10])],
        [4, 4],
        [True, False],
    ),
    "each run's own epochs": (
        [(DONE, {"epochs": 2}, [1, 2]), (DONE, {"epochs": 4}, [1, 2, 3, 4])],
        [2, 4],
        [True, True],
    ),
    "one run that logged a last row more than the others": (
        [(DONE, {"epochs": 3}, [0, 1, 2])] * 13 + [(DONE, {"epochs": 3}, [0, 1, 2, 3])],
        [3] * 13 + [4],
        [True] * 14,
    ),
    "no key: runs that still go on beyond where the finished ones ended": (
        [(DONE, {}, [0, 1, 2])] * 3 + [(CUT, {}, [0, 1, 2, 3, 4, 5])] * 3,
        [0] * 6,
        [False] * 6,
    ),
    "steps too small to be counted": (
        [(CUT, {"epochs": 20}, [0, 1e-20, 2e-20])],
        [2**31 + 3],
        [False],
    ),
    "a key that runs go far beyond is none": (
        [(DONE, {"epochs": 2}, [1, 2, 3, 4, 5])] * 4,
        [5] * 4,
        [True] * 4,
    ),
    "no key: the end that all finished runs came to": (
        [
            (DONE, {}, every(0.5, 2)),
            (DONE, {}, every(1, 2)),
            (DONE, {}, every(0.25, 2)),
            (CUT, {}, every(0.5, 1)),
        ],
        [4, 2, 8, 4],
        [True, True, True, False],
    ),
    "a count that falls back all the time is none": (
        [(DONE, {}, [1, 2, 1, 2, 1, 2])] * 3,
        [6] * 3,
        [True] * 3,
    ),
}


@pytest.mark.parametrize(("runs", "lengths", "reached"), STORIES.values(), ids=STORIES.keys())
def test_the_logged_epoch_tells(runs, lengths, reached):
    found = budget_of(*runs)
    assert found.reports.tolist() == lengths
    assert found.reached.tolist() == reached


def test_what_is_said_of_the_logged_epoch():
    found = budget_of(*[(DONE, {"epochs": 4}, [0, 1, 2, 3, 4])] * 3)
    assert (found.source, found.key, found.progress) == ("progress", "epochs", "epoch")
    assert (found.reports_per_unit, found.n_before, found.n_support) == (1, 1, 3)
    assert found.in_units(3) == 2.0


def test_a_run_without_a_report_never_came_to_its_end():
    reports = series("loss", [[0.1, 0.1], []])
    progress = logged_progress(series("epoch", [[1, 2], [1, 2]]), reports)
    runs = [run(k, state=DONE, config={"epochs": 2}) for k in range(2)]
    found = full_budget(runs, reports.n_reports, progress=progress)
    assert found.reached.tolist() == [True, False]


def shared(*runs):
    return shared_lengths([config for config, _ in runs], [length for _, length in runs])


def test_runs_that_share_a_batch_size_share_a_length():
    runs = [
        ({"bs": bs, "lr": lr}, n) for bs, n in ((16, 15), (32, 7), (64, 3)) for lr in (1, 2, 3, 4)
    ]
    assert shared(*runs) == (("bs",), {("16",): 15, ("32",): 7, ("64",): 3})


def test_two_parameters_together():
    runs = [
        ({"bs": bs, "epochs": epochs, "lr": lr}, epochs * 48 // bs)
        for bs in (16, 32)
        for epochs in (2, 4)
        for lr in (1, 2, 3)
    ]
    grouping, lengths = shared(*runs)
    assert grouping == ("bs", "epochs")
    assert lengths["32", "4"] == 6


@pytest.mark.parametrize(
    "runs",
    {
        "one length": [({"bs": bs}, 5) for bs in (16, 16, 32, 32)],
        "too few to be no accident": [({"bs": n}, n) for n in (5, 5, 7, 7)],
        "a run that disagrees": [({"bs": k % 2}, 5 + k % 2) for k in range(12)] + [({"bs": 0}, 9)],
        "values that are all different": [({"lr": k}, 5 + k % 2) for k in range(12)],
        "seeds": [({"seed": k % 2}, 5 + k % 2) for k in range(12)],
    }.items(),
    ids=lambda runs: runs[0],
)
def test_what_is_no_evidence(runs):
    assert shared(*runs[1]) is None


def test_lengths_follow_from_epochs_and_batch_size():
    amounts = [epochs / bs for epochs in (4, 6, 8) for bs in (8, 16, 32, 64)]
    factor = proportional_length(amounts, [int(16 * amount) for amount in amounts])
    assert [length_of(factor, amount) for amount in amounts] == [int(16 * a) for a in amounts]


HOSTILE = {"beyond floats": 10**400, "denormal": 1e-320, "tiny": 1e-300, "huge": 1e308}
HOSTILE |= {"not a number": float("nan"), "true": True, "text": "8", "zero": 0, "negative": -8}


@pytest.mark.parametrize("size", HOSTILE.values(), ids=HOSTILE)
def test_a_batch_size_that_is_none_is_left_aside(size):
    shapes = [(16, 16), (16, 16), (32, 8), (32, 8), (64, 4), (64, 4)]
    runs = [
        run(k, state=DONE, config={"batch_size": bs, "accumulate_grad_batches": 10})
        for k, (bs, _) in enumerate(shapes)
    ]
    runs.append(run(9, state=CUT, config={"batch_size": size, "accumulate_grad_batches": 10}))
    found = full_budget(runs, np.array([*(n for _, n in shapes), 3]))
    assert found.reports.tolist()[:6] == [n for _, n in shapes]


def test_lengths_that_do_not_follow_from_it():
    rng = np.random.default_rng(0)
    amounts = [epochs / bs for epochs in (4, 6, 8) for bs in (8, 16, 32, 64)]
    assert proportional_length(amounts, rng.integers(5, 40, len(amounts)).tolist()) is None


def test_the_amount_of_training_tells_the_length_of_a_run_that_was_cut_off():
    shapes = [(8, 4), (16, 4), (32, 4), (8, 6), (16, 6), (64, 8)]
    runs = [
        run(k, state=DONE, config={"batch_size": bs, "epochs": epochs})
        for k, (bs, epochs) in enumerate(shapes)
    ]
    runs.append(run(9, state=CUT, config={"batch_size": 32, "epochs": 8}))
    made = [epochs * 16 // bs for bs, epochs in shapes]
    found = full_budget(runs, np.array([*made, 1]))
    assert (found.source, found.key) == ("parameter", None)
    assert found.parameters == ("epochs", "batch_size")
    assert found.reports.tolist() == [*made, 4]
    assert found.reached.tolist() == [*[True] * 6, False]


def test_an_exit_code_of_0_is_as_good_as_the_state_finished():
    runs = [run(k, exit_code=0, config={"epochs": 8}) for k in range(3)]
    found = full_budget(runs, np.full(3, 8))
    assert (found.source, found.n_support) == ("config", 3)


@pytest.mark.parametrize("key", ["n_epochs", "epochs", "n_estimators"])
def test_a_key_that_varies_while_all_runs_report_equally_often_sets_no_length(key):
    runs = [run(k, state=DONE, config={key: 6 + k}) for k in range(5)]
    found = full_budget(runs, np.full(5, 3))
    assert (found.source, found.reports.tolist()) == ("completed", [3] * 5)


def test_a_length_that_two_of_many_share_by_chance_is_no_budget():
    lengths = [22, 23, 25, 26, 27, 28, 29, 30, 31, 33, 36, 36]
    runs = [run(k, state=DONE, config={"max_epochs": 50}) for k in range(12)]
    found = full_budget(runs, np.array(lengths))
    assert (found.source, found.n_support, found.typical) == ("config", 0, 50)
    assert not found.reached.any()


def test_runs_that_end_by_themselves_are_as_long_as_they_are():
    lengths = np.array([22, 30, 26, 5])
    runs = [run(k, state=DONE, config={"max_epochs": 50}) for k in range(3)]
    runs.append(run(3, state=CUT, config={"max_epochs": 50}))
    full = np.array([True, True, True, False])
    found = with_longest(full_budget(runs, lengths), lengths, full)
    assert (found.source, found.reports.tolist()) == ("longest", [22, 30, 26, 30])


def test_a_configured_end_that_a_run_came_to_stays():
    lengths = np.array([50, 30, 26, 5])
    runs = [run(k, state=DONE, config={"max_epochs": 50}) for k in range(4)]
    found = full_budget(runs, lengths)
    assert with_longest(found, lengths, np.array([True, True, True, False])) is found

"""Which reports of two metrics are about one moment, on runs whose epochs are known."""

import itertools

import numpy as np
import pytest

from wbtools.analysis.alignment import Link, align
from wbtools.model import Curves, Series

N_EPOCHS = 7
NAN = float("nan")


def curves(name, *runs):
    """A mapping from `_step` to value, one a run."""
    series = [
        (
            f"r{k}",
            Series(
                values=np.array(list(rows.values()), dtype=float),
                steps=np.array(list(rows), dtype=np.int64),
                times_s=np.full(len(rows), np.nan),
            ),
        )
        for k, rows in enumerate(runs)
    ]
    return Curves.pack(name, series)


def logged(order, *, every=None, n_dropped=0):
    """The rows of a run whose epochs log these groups of metrics in this order.

    Args:
        order: Such as `(("epoch", "acc"), ("loss",))`: two rows an epoch. Values are epochs.
        every: By metric, that it is logged at every so many epochs, counted from 1.
        n_dropped: Rows that a crash took from the end.
    """
    rows = []
    for epoch in range(N_EPOCHS):
        for group in order:
            held = [name for name in group if (epoch + 1) % (every or {}).get(name, 1) == 0]
            rows += [dict.fromkeys(held, epoch)] if held else []
    found = {"acc": {}, "loss": {}, "epoch": {}}
    for step, row in enumerate(rows[: len(rows) - n_dropped]):
        for name, epoch in row.items():
            found[name][step] = epoch
    return found


def belonging(run, place, counters=("epoch",)):
    """The epoch of the loss that is read at a report of acc, and what joined them."""
    lead, other = curves("acc", run["acc"]), curves("loss", run["loss"])
    known = [curves(name, run[name]) for name in counters if run.get(name)]
    (at,), alignment = align(lead, np.array([place]), other, known)
    ((link, _),) = alignment.n_runs or {(None, None): 0}
    return (None if at < 0 else int(other.values[0, at])), link


def orders(*names):
    """Every way to log these metrics in an epoch: in one row, or in rows one after the other."""
    return [
        tuple(tuple(group) for group in groups)
        for n in range(1, len(names) + 1)
        for places in itertools.product(range(n), repeat=len(names))
        if set(places) == set(range(n))
        for groups in [
            [[x for x, p in zip(names, places, strict=True) if p == k] for k in range(n)]
        ]
    ]


@pytest.mark.parametrize("order", orders("acc", "loss", "epoch"), ids=str)
@pytest.mark.parametrize("n_dropped", [0, 1, 2])
def test_every_epoch_finds_its_own_in_whatever_order_they_are_logged(order, n_dropped):
    run = logged(order, n_dropped=n_dropped)
    for place, epoch in enumerate(run["acc"].values()):
        has_loss = epoch in run["loss"].values()
        assert belonging(run, place)[0] == (epoch if has_loss else None)


@pytest.mark.parametrize("order", orders("acc", "loss"), ids=str)
@pytest.mark.parametrize("n_dropped", [0, 1])
def test_without_a_counter_numbers_or_turns_tell(order, n_dropped):
    run = logged(order, n_dropped=n_dropped)
    for place, epoch in enumerate(run["acc"].values()):
        has_loss = epoch in run["loss"].values()
        assert belonging(run, place)[0] == (epoch if has_loss else None)


@pytest.mark.parametrize("order", orders("acc", "loss", "epoch"), ids=str)
@pytest.mark.parametrize("rare", ["acc", "loss"])
def test_a_metric_of_some_epochs_is_that_of_another_epoch_only_where_that_is_said(order, rare):
    run = logged(order, every={rare: 3})
    for place, epoch in enumerate(run["acc"].values()):
        value, link = belonging(run, place)
        assert value in {epoch, None} or (
            link in {Link.BEFORE, Link.AFTER} and abs(value - epoch) == 1
        )


LINKS = {
    "one row": (logged([("acc", "loss", "epoch")]), Link.ROW),
    "epoch beside both": (logged([("acc", "epoch"), ("loss", "epoch")]), Link.COUNTER),
    "epoch in a row before both": (logged([("epoch",), ("acc",), ("loss",)]), Link.COUNTER),
    "epoch between them": (logged([("loss",), ("epoch",), ("acc",)]), Link.COUNT),
    "no epoch": (logged([("loss",), ("acc",)]), Link.COUNT),
    "no epoch and a crash": (logged([("acc",), ("loss",)], n_dropped=1), Link.AFTER),
    "a test at the end": ({"acc": {0: 0, 1: 1, 2: 2}, "loss": {9: 2}}, Link.ONLY),
    "two phases": ({"acc": {0: 0, 1: 1, 2: 2}, "loss": {3: 0, 4: 1, 5: 2}}, Link.NONE),
}


@pytest.mark.parametrize(("run", "link"), LINKS.values(), ids=LINKS)
def test_what_joined_them_is_told(run, link):
    value, found = belonging(run, 1)
    assert found is link
    assert (value is None) is (link is Link.NONE)


def test_a_step_counter_that_is_equal_beside_both_joins_them():
    run = {
        "acc": {10: 0, 21: 1, 32: 2},
        "loss": {9: 0, 14: 9, 20: 1, 25: 9, 31: 2, 33: 9},
        "global_step": dict(
            zip([9, 10, 14, 20, 21, 25, 31, 32, 33], [5, 5, 8, 10, 10, 12, 15, 15, 17], strict=True)
        ),
    }
    assert belonging(run, 1, ("global_step",)) == (1, Link.COUNTER)


def test_a_counter_beside_both_that_is_never_equal_says_that_nothing_belongs_to_it():
    run = {
        "acc": {0: 0, 2: 1, 4: 2},
        "loss": {1: 0, 3: 1, 5: 2},
        "global_step": {0: 100, 1: 150, 2: 200, 3: 250, 4: 300, 5: 350},
    }
    assert belonging(run, 1, ("global_step",)) == (None, Link.NONE)


@pytest.mark.parametrize(
    "counted",
    [lambda _: 10, lambda step: step % 2, lambda step: step % 5, lambda step: -step],
    ids=["a setting", "of the phase", "starting anew", "falling"],
)
@pytest.mark.parametrize("order", [("acc", "loss"), ("loss", "acc")])
def test_a_counter_that_does_not_rise_tells_nothing(counted, order):
    run = logged([(name, "epoch") for name in order])
    run["epoch"] = {step: counted(step) for step in run["epoch"]}
    for place, epoch in enumerate(run["acc"].values()):
        assert belonging(run, place) == (epoch, Link.COUNT)


def test_an_epoch_of_many_reports_of_one_metric_still_joins_them():
    epochs = {step: step // 4 for step in range(12)}
    often = {step: epoch for step, epoch in epochs.items() if step % 4 < 3}
    once = {step: epoch for step, epoch in epochs.items() if step % 4 == 3}
    run = {"acc": often, "loss": once, "epoch": epochs}
    assert belonging(run, 4) == (1, Link.COUNTER)
    assert belonging(run | {"acc": once, "loss": often}, 1) == (1, Link.COUNTER)


def test_a_report_that_is_no_number_shifts_no_count():
    run = {"acc": {0: 0, 2: 1, 4: 2, 6: 3}, "loss": {1: NAN, 3: 1, 5: 2, 7: 3}}
    assert belonging(run, 1) == (1, Link.AFTER)
    assert belonging(run, 0) == (None, Link.NONE)


def test_reports_that_are_not_in_order_are_joined_by_their_row_alone():
    run = {"acc": {0: 0, 5: 1, 3: 2}, "loss": {1: 0, 6: 1, 3: 2}}
    assert belonging(run, 2) == (2, Link.ROW)
    assert belonging(run, 1) == (None, Link.NONE)


def test_runs_without_one_of_the_two_are_left_alone():
    lead, other = (
        curves("acc", {0: 1.0}, {}, {0: 1.0}),
        curves("loss", {}, {0: 1.0, 1: 2.0}, {3: 1}),
    )
    places, alignment = align(lead, np.array([0, -1, 0]), other, [])
    assert places.tolist() == [-1, -1, 0]
    assert alignment.n_runs == {(Link.ONLY, None): 1}

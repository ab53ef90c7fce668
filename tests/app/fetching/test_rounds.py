"""How often a server is asked where it is not known beforehand what the runs logged, and where."""

import random

import numpy as np
import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, curve, put
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.archive import Archive


def logged(n_rows, *, seed=0, every=1, more=()):
    """Training rows, and beside every so many of them one of the validation."""
    dice = random.Random(seed)  # noqa: S311 - reproducible histories
    rows = []
    for k in range(n_rows):
        row = {"loss": dice.random(), "lr": 0.1}
        row |= {"val/acc": dice.random()} if k % every == 0 else {}
        row |= {name: dice.random() for name in more}
        rows.append({"_step": k, "_timestamp": 1.7e9 + k, **row})
    return RowHistory(rows)


def assert_archived(reach, fetched, runs):
    """Every number of every run, and no curve that is not known to be whole."""
    sweep = reach.load(fetched)
    assert all(curves.complete for curves in sweep.curves.values())
    for run in runs:
        for metric, curves in sweep.curves.items():
            row = curves.run_ids.index(run.name)
            values = [row[metric] for row in run.history.rows if metric in row]
            n = curves.n_reports[row]
            assert curves.values[row, :n].tolist() == values


def specs(reach):
    """The lists of rows that were asked for, by their metrics."""
    asked = [r for r in reach.server.log.all("graphql") if r.operation == "WbtoolsRuns"]
    texts = {text for request in asked for text in request.variables["specs"]}
    return sorted(text.partition("_timestamp")[2].partition("]")[0] for text in texts)


def test_everything_comes_in_one_round_where_the_first_runs_tell_its_names(reach):
    runs = [LoadedRun(name=f"r{k}", history=logged(30, seed=k, every=3)) for k in range(9)]
    put(reach, runs)
    (fetched,), n_requests = reach.fetch(SWEEP, all_metrics=True)
    assert (n_requests, fetched.n_asked, fetched.n_rows) == (2, 9, 9 * (30 + 30 + 10))
    assert fetched.n_incomplete == 0
    assert_archived(reach, fetched, runs)
    assert specs(reach) == ['", "loss", "lr"', '", "val/acc"']
    assert reach.fetch(SWEEP, all_metrics=True)[1] == 1


def test_what_only_later_runs_logged_is_asked_for_of_these_alone(reach):
    runs = [
        LoadedRun(name=f"r{k}", history=logged(20, seed=k, more=("extra",) if k > 6 else ()))
        for k in range(9)
    ]
    put(reach, runs)
    (fetched,), n_requests = reach.fetch(SWEEP, all_metrics=True)
    assert n_requests == 3
    assert fetched.metrics == ("loss", "lr", "val/acc", "extra")
    assert fetched.n_incomplete == 0
    assert_archived(reach, fetched, runs)
    with Archive.open(reach.folder) as archive:
        assert archive.incomplete(fetched.head.key, fetched.metrics) == []
    (again,), n_again = reach.fetch(SWEEP, all_metrics=True)
    assert (n_again, again.n_incomplete, again.metrics) == (
        1,
        0,
        tuple(sorted(fetched.metrics)),
    )


def test_a_run_that_changed_and_logs_more_now_brings_that_too(reach):
    runs = [LoadedRun(name=f"r{k}", history=logged(20, seed=k)) for k in range(6)]
    put(reach, runs)
    reach.fetch(SWEEP, all_metrics=True)
    history = runs[3].history
    history.rows.append({"_step": 20, "_timestamp": 1.8e9, "loss": 0.5, "late": 0.25})
    reach.server.state.projects["acme", "ocr"].runs["r3"].updated_at += 5
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    assert "late" in fetched.metrics
    assert (fetched.n_asked, fetched.n_rows, fetched.n_incomplete) == (1, 2, 0)
    assert_archived(reach, fetched, runs)


def test_metrics_of_equally_many_rows_that_are_not_the_same_rows_are_all_there(reach):
    def apart(seed):
        dice = random.Random(seed)  # noqa: S311 - as above
        names = ("loss", "val/acc") * 20
        rows = [{"_step": k, "_timestamp": k, name: dice.random()} for k, name in enumerate(names)]
        return RowHistory(rows)

    runs = [LoadedRun(name=f"r{k}", history=apart(k)) for k in range(12)]
    put(reach, runs)
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    assert (fetched.n_rows, fetched.n_incomplete) == (12 * 40, 0)
    assert_archived(reach, fetched, runs)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_runs_logged_wherever_is_all_there(reach, seed):
    dice = random.Random(seed)  # noqa: S311 - as above
    names = ["loss", "acc", "lr", "a.b", "late"]
    runs = []
    for k in range(dice.randint(1, 25)):
        rates = {name: dice.choice((0, 0.1, 1, 1)) for name in names}
        rows = [
            {"_step": step // dice.choice((1, 1, 2)), "_timestamp": float(step)}
            | {name: dice.random() for name, rate in rates.items() if dice.random() < rate}
            for step in range(dice.choice((0, 3, 40)))
        ]
        rows.sort(key=lambda row: row["_step"])
        for at, row in enumerate(rows):
            row["_timestamp"] = float(at)
        runs.append(LoadedRun(name=f"r{k:02}", history=RowHistory(rows)))
    put(reach, runs)
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    assert fetched.n_incomplete == 0
    assert_archived(reach, fetched, runs)


def test_rows_that_came_sampled_first_count_once_and_their_run_when_all_are_there(
    reach, monkeypatch
):
    shown = []
    monkeypatch.setattr(reach, "progress", lambda **numbers: shown.append(numbers))
    reach.server.switches.sample_limit = 100
    put(reach, [LoadedRun(name="long", history=curve(3_000)), *a_few(3)])
    (fetched,), _ = reach.fetch(SWEEP)
    counts = [(numbers["n_done"], numbers["n_rows"]) for numbers in shown]
    assert counts == [(0, 0), (3, 160), (4, 3_060)]
    assert fetched.n_rows == 3_060
    assert np.isfinite(reach.load(fetched).curves["loss"].values).sum() == 3_060

"""Fetching from a server that speaks W&B's protocol: exact values, few requests, nothing twice."""

import sys

import numpy as np
import pytest

from tests.server.history import ColumnHistory, RowHistory
from tests.server.loading import LoadedRun
from wbtools.answers.fetch.answer import FetchAnswer
from wbtools.app.opening.selection import Selection
from wbtools.errors import UsageError
from wbtools.extras import install_command
from wbtools.model import RunState

SWEEP = "acme/ocr/v5inrfwe"


def curve(n_rows, *, seed=0, metric="loss", step=1, **more):
    dice = np.random.default_rng(seed)
    steps = np.arange(n_rows) * step
    columns = {metric: dice.random(n_rows), "_step": steps, "_timestamp": 1.7e9 + steps}
    return ColumnHistory(columns, **more)


def put(reach, runs, **more):
    reach.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, **more)


def a_few(n, n_rows=20):
    return [LoadedRun(name=f"run{k:04}", history=curve(n_rows, seed=k)) for k in range(n)]


def test_values_steps_and_times_are_exact(reach):
    runs = a_few(7, n_rows=30)
    put(reach, runs)
    (fetched,), n_requests = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    assert curves.complete
    for row, run in enumerate(runs):
        np.testing.assert_array_equal(curves.values[row], run.history.columns["loss"])
        np.testing.assert_array_equal(curves.steps[row], run.history.columns["_step"])
    assert n_requests == 2  # the listing, and all runs
    assert (fetched.n_runs, fetched.n_asked, fetched.n_rows, fetched.n_incomplete) == (7, 7, 210, 0)


def shared_steps(n_rows, **more):
    """Two rows a step, as two processes leave them that log to one run."""
    history = curve(n_rows, **more)
    history.columns["_step"] = history.columns["_step"] // 2
    return history


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({}, id="in one answer"),
        pytest.param({"sample_limit": 1_000}, id="in pages of the history"),
        pytest.param({"sample_limit": 1_000, "parquet": "part"}, id="in exports and live rows"),
        pytest.param(
            {"sample_limit": 1_000, "parquet": "all", "history_repeats_exported": True},
            id="in exports",
        ),
    ],
)
def test_rows_that_share_a_step_are_all_kept_in_order(reach, switches):
    for name, value in switches.items():
        setattr(reach.server.switches, name, value)
    run = LoadedRun(name="two", history=shared_steps(3_001))
    put(reach, [run])
    (fetched,), _ = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    assert (curves.complete, fetched.n_incomplete) == (True, 0)
    np.testing.assert_array_equal(curves.values[0], run.history.columns["loss"])
    np.testing.assert_array_equal(curves.steps[0], run.history.columns["_step"])


def test_a_row_that_the_server_gives_twice_in_place_of_another_is_missed(reach):
    rows = [{"_step": k // 2, "_timestamp": 1e9 + k // 2, "loss": 0.5} for k in range(40)]
    put(reach, [LoadedRun(name="odd", history=RowHistory(rows))])
    (fetched,), _ = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    assert curves.n_reports[0] == 20
    assert (curves.complete, fetched.n_incomplete) == (False, 1)


def test_numbers_that_json_has_no_words_for_arrive(reach):
    rows = [
        {"_step": 0, "_timestamp": 1, "loss": float("nan")},
        {"_step": 1, "_timestamp": 2, "loss": float("inf")},
        {"_step": 5, "_timestamp": 3, "loss": float("-inf")},
        {"_step": 9, "_timestamp": 4, "loss": 3.0},
        {"_step": 10, "_timestamp": 5, "loss": "text"},
        {"_step": 11, "_timestamp": 6, "loss": 0.0005134333170096499},
    ]
    put(reach, [LoadedRun(name="odd", history=RowHistory(rows))])
    (fetched,), n_requests = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    assert curves.complete
    assert n_requests == 2
    assert curves.values[0].tolist() == [3.0, 0.0005134333170096499]
    assert curves.steps[0].tolist() == [9, 11]
    assert (curves.n_nonfinite[0], curves.first_nonfinite_step[0]) == (3, 0)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(curve(100, step=10_000), id="100 rows over a million steps"),
        pytest.param(
            curve(500, present={"loss": np.arange(500) == 321}), id="one row of 500 has the metric"
        ),
        pytest.param(RowHistory([]), id="no history"),
        pytest.param(curve(10, metric="other"), id="the metric never logged"),
    ],
)
def test_odd_histories_are_complete_without_further_requests(reach, history):
    put(reach, [LoadedRun(name="odd", history=history)])
    (fetched,), n_requests = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    assert (n_requests, curves.complete, fetched.n_incomplete) == (2, True, 0)
    expected = history.having(["loss"]) if isinstance(history, ColumnHistory) else []
    assert curves.n_reports[0] == len(expected)


def test_nested_and_dotted_configurations_and_long_names(reach):
    name = "x" * 10_000 + "\ud83d\u202e'$(rm -rf)\n"
    config = {"a": {"b": {"c": 1}}, "d.e": [1, 2], "f": None}
    put(reach, [LoadedRun(name="odd", config=config, facts={"display_name": name})])
    (fetched,), _ = reach.fetch(SWEEP)
    (run,) = reach.load(fetched).runs
    assert run.config == {"a.b.c": 1, "d.e": [1, 2], "f": None}
    assert run.name == name


def test_a_sweep_without_runs_is_archived_as_such(reach):
    put(reach, [])
    (fetched,), n_requests = reach.fetch(SWEEP)
    assert reach.load(fetched).runs == ()
    assert n_requests == 1


def test_nine_hundred_metrics_are_all_fetched(reach):
    columns = {f"layer{k}/norm": np.arange(3.0) + k for k in range(900)}
    columns["_timestamp"] = np.arange(3.0)
    put(reach, [LoadedRun(name="wide", history=ColumnHistory(columns))])
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    assert len(fetched.metrics) == 900
    sweep = reach.load(fetched)
    assert all(
        sweep.curves[f"layer{k}/norm"].values[0].tolist() == [k, k + 1, k + 2] for k in range(900)
    )


def test_an_unchanged_sweep_costs_one_request_and_a_changed_run_one_more(reach):
    put(reach, a_few(200))
    reach.fetch(SWEEP)
    (fetched,), n_requests = reach.fetch(SWEEP)
    assert (n_requests, fetched.n_asked, fetched.n_rows) == (1, 0, 0)
    run = reach.server.state.projects["acme", "ocr"].runs["run0005"]
    run.updated_at += 5
    run.display_name = "renamed-sweep-277"
    (fetched,), n_requests = reach.fetch(SWEEP)
    assert (n_requests, fetched.n_asked, fetched.n_rows) == (2, 1, 0)
    assert [run.number for run in reach.load(fetched).runs if run.id == "run0005"] == [277]


def test_refresh_asks_for_everything_anew(reach):
    put(reach, a_few(4))
    reach.fetch(SWEEP)
    (fetched,), _ = reach.fetch(SWEEP, session={"refresh": True})
    assert (fetched.n_asked, fetched.n_rows) == (4, 80)


def test_a_running_run_goes_on_from_its_last_row(reach):
    rows = [{"_step": k, "_timestamp": k, "loss": k / 10} for k in range(50)]
    history = RowHistory(rows[:20])
    put(reach, [LoadedRun(name="live", history=history, facts={"state": "running"})])
    run = reach.server.state.projects["acme", "ocr"].runs["live"]
    run.heartbeat_at = reach.server.state.now() + 1e6  # not buried as silent
    reach.fetch(SWEEP)
    history.rows.extend(rows[20:])
    run.heartbeat_at += 60
    (fetched,), n_requests = reach.fetch(SWEEP)
    assert (n_requests, fetched.n_rows) == (2, 30)
    curves = reach.load(fetched).curves["loss"]
    assert curves.values[0].tolist() == [k / 10 for k in range(50)]
    assert curves.complete


def test_a_run_that_was_rewound_is_read_anew(reach):
    history = RowHistory([{"_step": k, "_timestamp": k, "loss": 1.0} for k in range(20)])
    put(reach, [LoadedRun(name="back", history=history)])
    reach.fetch(SWEEP)
    history.rows[:] = [{"_step": k, "_timestamp": k, "loss": 2.0} for k in range(12)]
    reach.server.state.projects["acme", "ocr"].runs["back"].updated_at += 1
    (fetched,), _ = reach.fetch(SWEEP)
    assert reach.load(fetched).curves["loss"].values[0].tolist() == [2.0] * 12


@pytest.mark.parametrize("sampling", ["exact", "wobbly", "buckets"])
@pytest.mark.parametrize("parquet", ["none", "part", "all"])
@pytest.mark.parametrize("repeats", [False, True])
def test_what_came_sampled_is_fetched_in_full(reach, sampling, parquet, repeats):
    switches = reach.server.switches
    switches.sampling, switches.parquet = sampling, parquet
    switches.history_repeats_exported, switches.sample_limit = repeats, 50
    history = curve(3_000, step=7)
    put(reach, [LoadedRun(name="long", history=history), *a_few(3)])
    (fetched,), _ = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    row = curves.run_ids.index("long")
    np.testing.assert_array_equal(curves.values[row], history.columns["loss"])
    np.testing.assert_array_equal(curves.steps[row], history.columns["_step"])
    assert curves.complete
    assert fetched.n_incomplete == 0


def test_what_only_exports_hold_is_marked_where_pyarrow_is_not_installed(reach, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    switches = reach.server.switches
    switches.sample_limit, switches.parquet = 50, "all"
    put(reach, [LoadedRun(name="long", history=curve(3_000)), *a_few(3)])
    (fetched,), _ = reach.fetch(SWEEP)
    assert fetched.n_incomplete == 1
    assert not reach.load(fetched).curves["loss"].complete
    answer = FetchAnswer(sweeps=(fetched,))
    assert not answer.is_whole
    assert install_command("parquet") in " ".join(answer.to_text().split())


def test_a_server_without_exports_gives_pages(reach):
    switches = reach.server.switches
    switches.sample_limit = 50
    switches.missing_fields = frozenset({"Run.parquetHistory"})
    steps = np.concatenate([np.arange(2_000), 10**6 + np.arange(1_500)])
    columns = {"loss": np.random.default_rng(0).random(3_500), "_step": steps}
    columns["_timestamp"] = steps
    put(reach, [LoadedRun(name="gap", history=ColumnHistory(columns))])
    (fetched,), n_requests = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    np.testing.assert_array_equal(curves.values[0], columns["loss"])
    assert curves.complete
    assert n_requests < 60
    reach.server.log.clear()  # the unknown field is what this is about


def test_what_the_server_does_not_give_is_marked(reach, monkeypatch):
    monkeypatch.setattr("tests.server.sampling.ranged", lambda *_, **__: [])
    switches = reach.server.switches
    switches.sample_limit = 50
    monkeypatch.setattr("tests.server.nodes.Nodes._parquet", lambda *_: None)
    put(reach, [LoadedRun(name="long", history=curve(300))])
    (fetched,), _ = reach.fetch(SWEEP)
    assert fetched.n_incomplete == 1
    assert not reach.load(fetched).curves["loss"].complete


def test_an_old_server_is_asked_without_what_it_lacks(reach):
    reach.server.switches.missing_fields = frozenset(
        {"Run.updatedAt", "Run.exitcode", "Run.stopped", "Run.shouldStop", "Sweep.runCount"}
    )
    put(reach, a_few(3))
    (fetched,), n_requests = reach.fetch(SWEEP)
    sweep = reach.load(fetched)
    assert [run.stopped for run in sweep.runs] == [None] * 3
    assert sweep.curves["loss"].complete
    assert n_requests == 4
    reach.server.log.clear()


@pytest.mark.parametrize("cursor", ["keyset", "offset"])
def test_runs_deleted_between_pages_hide_no_others(reach, cursor, monkeypatch):
    switches = reach.server.switches
    switches.page_limit, switches.cursor = 10, cursor
    put(reach, a_few(35))
    runs = reach.server.state.projects["acme", "ocr"].runs
    asked = []
    honest = reach.server.state.bury_the_silent

    def delete_after_the_first():
        asked.append(1)
        if len(asked) == 2:
            del runs["run0003"]
        honest()

    monkeypatch.setattr(
        type(reach.server.state), "bury_the_silent", lambda _: delete_after_the_first()
    )
    (fetched,), _ = reach.fetch(SWEEP)
    ids = {run.id for run in reach.load(fetched).runs}
    assert ids == {f"run{k:04}" for k in range(35)} - {"run0003"}


def test_a_run_that_is_deleted_later_is_kept_and_marked(reach):
    put(reach, a_few(3))
    reach.fetch(SWEEP)
    del reach.server.state.projects["acme", "ocr"].runs["run0001"]
    (fetched,), _ = reach.fetch(SWEEP)
    assert [run.id for run in reach.load(fetched).runs] == ["run0000", "run0002"]


def test_a_project_is_fetched_sweep_by_sweep(reach):
    put(reach, a_few(2))
    reach.server.load_sweep("acme", "ocr", "zzzzzzzz", runs=[LoadedRun(name="r", history=curve(5))])
    sweeps, _ = reach.fetch("acme/ocr")
    assert [str(fetched.head.key) for fetched in sweeps] == [SWEEP, "acme/ocr/zzzzzzzz"]


def test_runs_outside_sweeps_are_selected(reach):
    facts = [{"group": "base", "tags": ["a", "b"]}, {"group": "base", "tags": ["a"]}, {}]
    reach.server.load_runs(
        "acme",
        "ocr",
        [
            LoadedRun(name=f"r{k}", history=curve(5, seed=k), config={"lr": k}, facts=run_facts)
            for k, run_facts in enumerate(facts)
        ],
    )
    for selection, ids in [
        (Selection(group="base"), ["r0", "r1"]),
        (Selection(tags=("a", "b")), ["r0"]),
        (Selection(filters='{"config.lr.value": {"$gte": 1}}'), ["r1", "r2"]),
        (Selection(group="base", filters='{"config.lr.value": {"$gte": 1}}'), ["r1"]),
    ]:
        (fetched,), _ = reach.fetch("acme/ocr", selection=selection, metrics=["loss"])
        sweep = reach.load(fetched)
        assert [run.id for run in sweep.runs] == ids
        assert sweep.curves["loss"].n_reports.tolist() == [5] * len(ids)


def test_a_requeued_preempted_run_has_two_attempts(reach):
    put(reach, [LoadedRun(name="p", history=curve(5), facts={"state": "preempted"})])
    reach.fetch(SWEEP)
    run = reach.server.state.projects["acme", "ocr"].runs["p"]
    run.state, run.updated_at = "finished", run.updated_at + 9
    (fetched,), _ = reach.fetch(SWEEP)
    (run,) = reach.load(fetched).runs
    assert (run.state, run.attempts) == (RunState.FINISHED, 2)


def test_a_page_address_names_the_server(reach):
    put(reach, a_few(1))
    (fetched,), _ = reach.fetch(f"{reach.server.base_url}/acme/ocr/sweeps/v5inrfwe")
    assert fetched.head.key.base_url == reach.server.base_url


def test_a_selection_is_no_sweep(reach):
    with pytest.raises(UsageError, match="this is a sweep"):
        reach.fetch(SWEEP, selection=Selection(group="x"))
    with pytest.raises(UsageError, match="no JSON object"):
        reach.fetch("acme/ocr", selection=Selection(filters="[1]"))

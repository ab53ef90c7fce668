"""What a fetch believes of a server's counts, and says of its own."""

import errno
import tempfile

import numpy as np
import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, curve, put
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.archive import Archive, ArchiveWriter
from wbtools.errors import DataError
from wbtools.sources.wandb_api import decoding
from wbtools.sources.wandb_api.server import Server

LARGEST = 2**63 - 1
BEYOND = {
    "exitcode": 1e30,
    "historyLineCount": 2**63,
    "runtime": int("9" * 400),
}


def test_a_metric_that_the_counts_do_not_name_is_no_whole_one(reach, monkeypatch):
    plain = decoding._counts

    def lagging(*given):
        counts, numbers, last_step = plain(*given)
        return {name: n for name, n in counts.items() if name != "acc"}, numbers, last_step

    monkeypatch.setattr(decoding, "_counts", lagging)
    reach.server.switches.sample_limit = 30
    columns = {"acc": np.arange(70.0), "_step": 3 * np.arange(70), "_timestamp": np.arange(70.0)}
    put(reach, [LoadedRun(name="live", history=ColumnHistory(columns))])
    (fetched,), _ = reach.fetch(SWEEP, metrics=["acc"])
    curves = reach.load(fetched, "acc").curves["acc"]
    assert curves.values[0].tolist() == list(range(70))


@pytest.mark.parametrize("field", BEYOND)
def test_a_number_beyond_64_bits_is_unknown(field):
    node = {"name": "r", "historyLineCount": 3, "summaryMetrics": "{}"}
    if field == "runtime":
        node["summaryMetrics"] = f'{{"_runtime": {BEYOND[field]}}}'
    else:
        node[field] = BEYOND[field]
    run = decoding.fetched_run(node, [["loss"]])
    assert run.run.exit_code is None
    assert run.run.runtime_s is None
    assert run.n_lines == (None if field == "historyLineCount" else 3)


def test_times_and_values_beyond_all_floats_are_infinite():
    rows = [{"_step": 1, "_timestamp": int("9" * 400), "loss": -int("9" * 400)}]
    series = decoding.series_of(rows, "loss")
    assert (series.values[0], series.times_s[0]) == (-np.inf, np.inf)


def test_runs_whose_page_was_not_written_are_not_said_to_be_kept(reach, monkeypatch):
    reach.server.switches.page_limit = 10
    put(reach, a_few(60))
    plain, tried = ArchiveWriter.put_page, []

    def failing(self, key, runs, series=(), *, cursor):
        tried.append(cursor)
        if len(tried) == 2:
            msg = "the disk is full"
            raise DataError(msg, "make room")
        plain(self, key, runs, series, cursor=cursor)

    monkeypatch.setattr(ArchiveWriter, "put_page", failing)
    with pytest.raises(DataError, match="full"):
        reach.fetch(SWEEP)
    with Archive.open(reach.folder) as archive:
        (sweep,) = archive.sweeps()
        n_kept = len(archive.known_runs(sweep.head.key))
        assert sweep.unfinished.cursor == f"{n_kept}/60 changed runs"


def test_a_run_that_fits_into_no_answer_is_left_out_and_said_to_be(reach, monkeypatch):
    put(reach, a_few(5))
    plain = Server.runs

    def narrow(self, entity, project, ids, lists, **more):
        if "run0003" in ids:
            more = {**more, "most_bytes": 100}
        return plain(self, entity, project, ids, lists, **more)

    monkeypatch.setattr(Server, "runs", narrow)
    (fetched,), _ = reach.fetch(SWEEP)
    assert (fetched.n_runs, fetched.n_too_large, fetched.n_rows) == (5, 1, 80)
    assert {run.id for run in reach.load(fetched).runs} == {f"run000{k}" for k in (0, 1, 2, 4)}


def test_without_room_for_temporary_files_pages_are_read(reach, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    switches = reach.server.switches
    switches.parquet, switches.sample_limit = "all", 50
    switches.history_repeats_exported = True
    history = curve(300)
    put(reach, [LoadedRun(name="long", history=history)])
    (fetched,), _ = reach.fetch(SWEEP)
    curves = reach.load(fetched).curves["loss"]
    np.testing.assert_array_equal(curves.values[0], history.columns["loss"])
    assert curves.complete


def test_what_was_fetched_once_is_brought_up_to_date_with_the_rest(reach):
    steps = np.arange(10)
    names = ("loss", "acc", "other")
    columns = {name: np.linspace(0, 1, 10) for name in names} | {"_timestamp": 1e9 + steps}
    history = ColumnHistory(dict(columns))
    put(reach, [LoadedRun(name="live", history=history)])
    reach.fetch(SWEEP, all_metrics=True)
    longer = {name: np.linspace(0, 2, 25) for name in names}
    history.columns = {"_step": np.arange(25), **longer, "_timestamp": 1e9 + np.arange(25.0)}
    reach.server.state.projects["acme", "ocr"].runs["live"].updated_at += 5
    (fetched,), _ = reach.fetch(SWEEP)
    assert set(fetched.metrics) == set(names)
    sweep = reach.load(fetched)
    assert all(curves.n_reports[0] == 25 for curves in sweep.curves.values())


def test_what_an_unchanged_run_may_have_logged_is_asked_for(reach, monkeypatch):
    put(reach, a_few(3))
    reach.fetch(SWEEP, all_metrics=True)
    plain = Archive.history_keys

    def uncounted(*given):
        return {**dict(plain(*given)), "run0001": None}.items()

    monkeypatch.setattr(Archive, "history_keys", uncounted)
    run = reach.server.state.projects["acme", "ocr"].runs["run0002"]
    run.history.columns["late"] = np.arange(20.0)
    run.updated_at += 5
    (fetched,), n_requests = reach.fetch(SWEEP, all_metrics=True)
    assert (n_requests, fetched.n_rows, fetched.n_incomplete) == (4, 20, 0)
    last = reach.server.log.all("graphql")[-1].variables
    assert "run0001" in last["filters"]
    assert "late" in last["specs"][0]


def test_a_fetch_never_holds_all_configurations(reach, monkeypatch):
    def all_runs(_self, key):
        msg = f"all runs of {key} with their configurations"
        raise AssertionError(msg)

    monkeypatch.setattr(Archive, "runs", all_runs)
    columns = {"loss": np.linspace(1, 0, 20), "epoch": np.arange(20), "global_step": np.arange(20)}
    steps = {"_timestamp": 1e9 + np.arange(20.0)}
    put(
        reach,
        [
            LoadedRun(
                name=f"run{k}", config={"max_steps": 19}, history=ColumnHistory(columns | steps)
            )
            for k in range(3)
        ],
    )
    (fetched,), _ = reach.fetch(SWEEP, metrics=["loss"])
    assert fetched.metrics == ("loss", "global_step")


def test_rows_that_are_archived_stay_where_the_server_names_nothing_for_a_moment(reach):
    put(reach, a_few(2))
    reach.fetch(SWEEP, all_metrics=True)
    runs = reach.server.state.projects["acme", "ocr"].runs
    reach.server.switches.missing_fields = frozenset({"Run.historyKeys"})
    for run in list(runs.values()):
        run.updated_at += 5
    reach.fetch(SWEEP, all_metrics=True)
    reach.server.switches.missing_fields = frozenset()
    put(reach, [*a_few(2), LoadedRun(name="third", history=curve(20, seed=9))])
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    curves = reach.load(fetched, "loss").curves["loss"]
    assert curves.n_reports.tolist() == [20, 20, 20]
    reach.server.log.clear()


def test_a_run_that_logged_nan_alone_is_not_said_to_have_logged_nothing(reach):
    def run(name, **columns):
        steps = {"_timestamp": 1e9 + np.arange(20.0)}
        return LoadedRun(name=name, history=ColumnHistory(columns | steps))

    losses = np.linspace(1, 0, 20)
    early = [run(f"a{k}", loss=losses) for k in range(4)]
    good = [run(f"b{k}", loss=losses, val=losses) for k in range(3)]
    put(reach, [*early, *good, run("c", loss=losses, val=np.full(20, np.nan))])
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    curves = reach.load(fetched, "val").curves["val"]
    assert dict(zip(curves.run_ids, curves.n_nonfinite.tolist(), strict=True))["c"] == 20
    assert curves.complete


def test_a_list_of_two_metrics_says_nothing_of_one_that_the_counts_do_not_name():
    node = {
        "name": "x",
        "historyLineCount": 20,
        "historyKeys": {"keys": {"other": {"typeCounts": [{"type": "number", "count": 20}]}}},
        "sampledHistory": [[]],
    }
    run = decoding.fetched_run(node, [["a", "b"]])
    assert [rows.n_expected for rows in run.rows.values()] == [None, None]
    alone = decoding.fetched_run(node, [["a"]])
    assert alone.rows["a"].n_expected == 0

"""Whole histories of runs, whatever becomes of their files and pages."""

import itertools
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pytest

from tests.sources.wandb_api.asking import HASTY, QUICK, transport
from tests.sources.wandb_api.odd_server import Said, odd_server
from tests.sources.wandb_api.test_exports import export, parquet
from wbtools.errors import Interrupted, SignInError, TimeUp, Unreachable
from wbtools.model import Series
from wbtools.sources.wandb_api import decoding
from wbtools.sources.wandb_api.exports import add_export
from wbtools.sources.wandb_api.histories import whole_history
from wbtools.sources.wandb_api.responses import ReceivedRows
from wbtools.sources.wandb_api.server import Server

GONE = Said(403, b"Request has expired")
BUSY = Said(503, b"")
REFUSED = Said(200, b'{"errors": [{"message": "permission denied"}]}')
N_ROWS = 100


def rows(low, high):
    return [{"_step": k, "_timestamp": 1e9 + k, "loss": k / 7} for k in range(low, high)]


def unknown(name):
    message = f'Cannot query field "{name}" on type "Run".'
    return Said(400, json.dumps({"errors": [{"message": message}]}).encode())


@dataclass
class Wandb:
    """One run's history on a server.

    Attributes:
        files: What each file's address gives, by asking for addresses.
        pages: Rows that pages give, or what is said instead.
        asked: `url`s, `page`s, `viewer`s and `file`s, oldest first.
    """

    files: list = field(default_factory=list)
    live: list = field(default_factory=list)
    pages: object = None
    viewer: object = None
    parquet: object = None
    asked: list = field(default_factory=list)
    n_signed: int = 0
    base_url: str = ""

    def answer(self, method, path, _headers, body):
        if method == "GET":
            self.asked.append("file")
            given = self.files[int(path.partition("n=")[2]) - 1][
                int(path.split("/")[2].split("?")[0])
            ]
            return given if isinstance(given, Said) else Said(200, given)
        asked = json.loads(body)
        if "WbtoolsViewer" in asked["query"]:
            self.asked.append("viewer")
            return self.viewer or data({"viewer": {"entity": "acme"}})
        if "WbtoolsParquet" in asked["query"]:
            self.asked.append("urls")
            if self.parquet:
                return self.parquet
            files = self.files[min(self.n_signed, len(self.files) - 1)] if self.files else ()
            self.n_signed = min(self.n_signed + 1, len(self.files))
            urls = [f"{self.base_url}/file/{k}?n={self.n_signed}" for k in range(len(files))]
            return run({"parquetHistory": {"parquetUrls": urls, "liveData": self.live}})
        self.asked.append("page")
        given = self.pages(asked["variables"]) if callable(self.pages) else self.pages
        if isinstance(given, Said):
            return given
        inside = range(asked["variables"]["minStep"], asked["variables"]["maxStep"])
        texts = [json.dumps(row) for row in given or () if row["_step"] in inside]
        return run({"history": texts})


def data(content):
    return Said(body=json.dumps({"data": content}).encode())


def run(node):
    return data({"project": {"run": node}})


def fetched(n_rows=N_ROWS, counts=(("loss", N_ROWS),), last_step=None):
    run = decoding.fetched_run({"name": "r1", "historyLineCount": n_rows}, ())
    return replace(
        run,
        counts=None if counts is None else dict(counts),
        last_step=n_rows - 1 if last_step is None else last_step,
    )


def ask(wandb, run=None, *, metrics=("loss",), n_times=1, patience=HASTY, **options):
    """The last of so many histories, asked for one after another."""
    with odd_server(wandb.answer) as server:
        wandb.base_url = server.base_url
        with transport(server, patience=patience, **options) as asked:
            for _ in range(n_times):
                history = whole_history(Server(asked), "acme", "ocr", run or fetched(), metrics)
    return history


def assert_holds(history, steps):
    steps = np.asarray(steps)
    np.testing.assert_array_equal(history.series["loss"].steps, steps)
    np.testing.assert_array_equal(history.series["loss"].values, steps / 7)
    np.testing.assert_array_equal(history.series["loss"].times_s, 1e9 + steps)


GOOD = [export(0, 60), export(60, 80)]
DAMAGED = {
    "an expired address": GONE,
    "half a file": GOOD[0][: len(GOOD[0]) // 2],
    "a file of no bytes": b"",
    "a web page": b"<html>sign in</html>",
    "a server of files that stays busy": BUSY,
    "pages of a file overwritten": GOOD[0][:4] + b"\xff" * 400 + GOOD[0][404:],
}


@pytest.mark.parametrize("bad", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("place", [0, 1])
def test_addresses_are_asked_for_once_more_after(bad, place):
    first = [bad if k == place else file for k, file in enumerate(GOOD)]
    wandb = Wandb(files=[first, GOOD], live=rows(80, 100))
    history = ask(wandb)
    assert_holds(history, range(100))
    assert history.whole == {"loss"}
    assert wandb.asked.count("urls") == 2
    assert "page" not in wandb.asked


@pytest.mark.parametrize("bad", DAMAGED.values(), ids=DAMAGED)
def test_pages_are_read_where_there_is_always(bad):
    wandb = Wandb(files=[[bad, GOOD[1]]] * 2, pages=rows(0, 100))
    history = ask(wandb)
    assert_holds(history, range(100))
    assert history.whole == {"loss"}
    assert wandb.asked.count("urls") == 2


def test_pages_are_read_where_pyarrow_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    wandb = Wandb(files=[GOOD], pages=rows(0, 100))
    history = ask(wandb)
    assert_holds(history, range(100))
    assert history.whole == {"loss"}
    assert "urls" not in wandb.asked


NO_PAGES = {
    "no such field": unknown("history"),
    "refused for this run": REFUSED,
    "always busy": BUSY,
    "a run that is gone": data({"project": {"run": None}}),
}


@pytest.mark.parametrize("pages", NO_PAGES.values(), ids=NO_PAGES)
def test_what_there_is_comes_marked_where_files_and_pages_fail(pages):
    sampled = Series(
        values=np.array([1.0, 59.0]) / 7, steps=np.array([1, 59]), times_s=1e9 + np.array([1, 59.0])
    )
    run = replace(
        fetched(), rows={"loss": ReceivedRows(series=sampled, n_given=2, n_expected=N_ROWS)}
    )
    wandb = Wandb(files=[[GONE, GOOD[1]]] * 2, live=rows(80, 90), pages=pages)
    history = ask(wandb, run)
    assert_holds(history, [1, 59, *range(60, 90)])
    assert history.whole == frozenset()


def test_pages_that_were_read_before_one_failed_are_kept():
    wandb = Wandb(pages=lambda variables: REFUSED if variables["minStep"] else rows(0, 1000))
    history = ask(wandb, fetched(3_000, counts=(("loss", 3_000),)))
    assert_holds(history, range(1000))
    assert history.whole == frozenset()
    assert wandb.asked == ["urls", "page", "page", "viewer"]


def test_a_server_without_either_field_gives_nothing_more():
    history = ask(Wandb(parquet=unknown("parquetHistory"), pages=unknown("history")))
    assert (len(history.series["loss"].values), history.whole) == (0, frozenset())


@pytest.mark.parametrize("parquet_said", [None, BUSY], ids=["pages fail", "addresses fail"])
def test_a_server_that_is_down_altogether_is_said_to_be_so(parquet_said):
    wandb = Wandb(parquet=parquet_said, pages=BUSY, viewer=BUSY)
    with pytest.raises(Unreachable, match="503"):
        ask(wandb)
    assert wandb.asked.count("viewer") == HASTY.least_tries


@pytest.mark.parametrize("where", ["parquet", "pages"])
def test_refused_credentials_are_said_to_be_so(where):
    with pytest.raises(SignInError):
        ask(Wandb(**{where: Said(401, b"{}")}))


@pytest.mark.parametrize("where", ["files", "pages"])
def test_a_deadline_ends_it(where):
    late = Said(503, b"", {"Retry-After": "60"})
    wandb = Wandb(**{where: [[late]] if where == "files" else late})
    with pytest.raises(TimeUp):
        ask(wandb, timeout_s=5)
    assert "viewer" not in wandb.asked


def test_a_stop_ends_those_that_wait_for_another_file_too():
    reading, going_on = threading.Event(), threading.Event()

    class Slow(Wandb):
        def answer(self, method, *more):
            if method == "GET":
                reading.set()
                going_on.wait(20)
            return super().answer(method, *more)

    wandb = Slow(files=[GOOD])
    with odd_server(wandb.answer) as server, ThreadPoolExecutor(2) as pool:
        wandb.base_url = server.base_url
        with transport(server, patience=replace(QUICK, read_s=20)) as asked:
            jobs = [
                pool.submit(whole_history, Server(asked), "acme", "ocr", fetched(), ("loss",))
                for _ in range(2)
            ]
            assert reading.wait(20)
            asked.stop()
            for job in jobs:
                with pytest.raises(Interrupted):
                    job.result(20)
            going_on.set()


@pytest.mark.slow
def test_files_are_left_alone_after_many_failed_in_a_row():
    wandb = Wandb(files=[[BUSY]] * 2, pages=rows(0, 100))
    assert ask(wandb, n_times=20).whole == {"loss"}
    assert wandb.asked.count("file") == 6 * HASTY.least_tries


def test_addresses_that_expired_do_not_count_as_failures():
    class Expiring(Wandb):
        def answer(self, method, *more):
            if method == "POST" and b"WbtoolsParquet" in more[2]:
                self.n_signed %= 2
            return super().answer(method, *more)

    wandb = Expiring(files=[[GONE], [export(0, 100)]])
    assert ask(wandb, n_times=10).whole == {"loss"}
    assert wandb.asked == ["urls", "file"] * 20


def test_one_export_at_a_time_is_in_memory(monkeypatch):
    now, most = itertools.count(), []
    under_way = set()

    def watched(given, gathered, **more):
        mine = next(now)
        under_way.add(mine)
        most.append(len(under_way))
        time.sleep(0.01)
        n_values = add_export(given, gathered, **more)
        under_way.remove(mine)
        return n_values

    monkeypatch.setattr("wbtools.sources.wandb_api.histories.add_export", watched)
    wandb = Wandb(files=[[export(0, 100)]])
    with odd_server(wandb.answer) as server, ThreadPoolExecutor(4) as pool:
        wandb.base_url = server.base_url
        with transport(server) as asked:
            jobs = [
                pool.submit(whole_history, Server(asked), "acme", "ocr", fetched(), ("loss",))
                for _ in range(8)
            ]
            assert all(job.result().whole == {"loss"} for job in jobs)
    assert most == [1] * 8


@pytest.mark.parametrize("limit", [1_000, 100_000])
def test_a_file_that_is_too_long_is_not_read(monkeypatch, limit):
    monkeypatch.setattr("wbtools.sources.wandb_api.histories._LARGEST_EXPORT", limit)
    wandb = Wandb(files=[[export(0, 100)]] * 2, pages=rows(0, 100))
    assert ask(wandb).whole == {"loss"}
    assert ("page" in wandb.asked) == (limit == 1_000)


def test_overlapping_files_live_rows_and_pages_give_each_step_once():
    files = [export(0, 60), export(40, 80), export(40, 80), export(0, 0)]
    live = [json.dumps(row) for row in rows(70, 90)] + rows(85, 95) + ["nonsense", 7]
    wandb = Wandb(files=[files] * 2, live=live, pages=rows(50, 100))
    history = ask(wandb)
    assert_holds(history, range(100))
    assert history.whole == {"loss"}


def test_rows_that_hold_a_text_are_counted_but_not_read():
    live = [{"_step": 3, "loss": "text"}, {"_step": 4, "loss": 4 / 7}]
    cells = pa.array(["0.5", "NaN", "-Infinity"])
    file = parquet({"_step": np.arange(3), "loss": cells})
    wandb = Wandb(files=[[file]], live=live)
    history = ask(wandb, fetched(5, counts=(("loss", 5),)))
    assert history.whole == {"loss"}
    assert history.series["loss"].steps.tolist() == [1, 2, 4]
    np.testing.assert_array_equal(history.series["loss"].values, [np.nan, -np.inf, 4 / 7])


def test_without_counts_the_number_of_rows_of_all_pages_decides():
    good, short = Wandb(pages=rows(0, 100)), Wandb(pages=rows(0, 99))
    assert ask(good, fetched(counts=None)).whole == {"loss"}
    assert ask(short, fetched(counts=None)).whole == frozenset()


@pytest.mark.parametrize("counts", [None, (("loss", N_ROWS),)], ids=["no counts", "counts"])
def test_rows_that_pages_repeat_stand_for_no_others(counts):
    repeated = Wandb(pages=[*rows(0, 50), *rows(0, 50)])
    history = ask(repeated, fetched(counts=counts))
    assert_holds(history, range(50))
    assert history.whole == frozenset()


def test_an_export_from_before_a_rewind_gives_way_to_pages():
    now = [{"_step": k, "_timestamp": 2e9 + k, "loss": k / 7 + (k >= 50)} for k in range(80)]
    sampled = decoding.series_of(now[::10], "loss")
    counted = fetched(80, counts=(("loss", 80),))
    run = replace(counted, rows={"loss": ReceivedRows(series=sampled, n_given=8, n_expected=80)})
    wandb = Wandb(files=[[export(0, 100)]], pages=now)
    history = ask(wandb, run)
    assert history.whole == {"loss"}
    assert history.series["loss"].values.tolist() == [row["loss"] for row in now]
    without_pages = Wandb(files=[[export(0, 100)]], pages=REFUSED)
    assert ask(without_pages, run).whole == frozenset()

"""Answers that are long, slow or odd on purpose are given up, in words."""

import gzip
import json
import threading
import time
from dataclasses import replace

import pytest

from tests.sources.wandb_api.asking import HASTY, VIEWER, download, transport
from tests.sources.wandb_api.hostile import Hostile, edges, hostile_server, packed, project
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import DataError, TooLarge, Unreachable, WbtoolsError
from wbtools.sources.wandb_api import interpretation
from wbtools.sources.wandb_api.memory import LARGEST_SHARE, MemoryBudget, bytes_parsed
from wbtools.sources.wandb_api.run_files import run_files
from wbtools.sources.wandb_api.server import Server

RIGHT = b'{"data": {"viewer": {"entity": "acme"}}}'


def complaint(said, *, patience=HASTY, **options):
    """What is raised when the server says this."""
    with (
        odd_server(lambda *_: said) as server,
        transport(server, patience=patience, **options) as asked,
        pytest.raises(WbtoolsError) as caught,
    ):
        asked.ask(VIEWER, {})
    return caught.value, len(server.asked)


def test_gzip_alone_is_asked_for_and_unpacked():
    with odd_server(lambda *_: packed(RIGHT)) as server, transport(server) as asked:
        assert asked.ask(VIEWER, {}).data == {"viewer": {"entity": "acme"}}
    assert server.asked[0][2]["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "deflate", "gzip, identity", "x\x7fy"])
@pytest.mark.parametrize("status", [200, 404, 301])
def test_other_packings_are_refused_unread(coding, status):
    error, n_asked = complaint(Said(status, b"\0" * 99, {"Content-Encoding": coding}))
    assert isinstance(error, Unreachable)
    assert "only gzip was asked for" in error.message
    assert n_asked == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(RIGHT)[:-9], "cut off"),
        (gzip.compress(RIGHT)[:-8] + b"\xff" * 8, "packed as gzip, and damaged"),
        (b"no gzip at all", "packed as gzip, and damaged"),
        (b"", "cut off"),
    ],
    ids=["the end lacks", "the end is wrong", "no gzip", "nothing"],
)
def test_a_packing_that_is_damaged(body, words):
    error, n_asked = complaint(Said(200, body, {"Content-Encoding": "gzip"}))
    assert words in error.message
    assert n_asked == 3


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500, 503])
def test_a_short_body_may_unpack_to_much(status):
    said = packed(b"0" * 300_000_000)
    error, _ = complaint(replace(said, status=status))
    assert isinstance(error, TooLarge) == (status == 200)


def test_a_download_and_a_redirect_may_unpack_to_much():
    said = packed(b"0" * 300_000_000)

    def answer(_method, path, _headers, _body):
        there = {**said.headers, "Location": "/there"}
        return said if path == "/there" else Said(302, said.body, there)

    with (
        odd_server(answer) as server,
        transport(server) as asked,
        pytest.raises(TooLarge, match="longer than 1,000 bytes"),
    ):
        download(asked, f"{server.base_url}/here", most_bytes=1_000)


def test_redirects_without_end_are_given_up():
    there = Said(302, b"", {"Location": "/again"})
    with (
        odd_server(lambda *_: there) as server,
        transport(server) as asked,
        pytest.raises(Unreachable, match="redirects again and again"),
    ):
        download(asked, f"{server.base_url}/here")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "text", [b"[],", b"{},", b"0,", b'{"":0},', rb'"\u005b\u005d",', '"\U0001f600aaaa",'.encode()]
)
def test_what_an_answer_may_come_to_is_told_before_it_is_parsed(text):
    error, n_asked = complaint(Said(body=b'{"data": {"x": [' + text * 4_000_000 + b"0]}}"))
    assert isinstance(error, TooLarge)
    assert "of memory" in error.message
    assert n_asked == 1


def test_an_honest_answer_of_the_longest_history_may_be_parsed():
    rows = [{"_step": k, "_timestamp": 1.7e9 + k / 7, "val/loss": k / 7} for k in range(100_000)]
    assert bytes_parsed(json.dumps({"sampledHistory": [rows]}).encode()) < LARGEST_SHARE / 2


def test_shares_of_the_memory_wait_for_each_other():
    budget, taken = MemoryBudget(), []
    first, second = (budget.take(LARGEST_SHARE, lambda: None) for _ in range(2))

    def waits():
        taken.append(budget.take(LARGEST_SHARE, lambda: None))

    thread = threading.Thread(target=waits)
    thread.start()
    time.sleep(0.1)
    assert not taken
    first.shrink(LARGEST_SHARE // 2)
    second.shrink(LARGEST_SHARE // 2)
    thread.join(20)
    assert taken


@pytest.mark.parametrize("asked_for", ["1078316643", "9" * 40, "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_nobody_waits_for_years(asked_for):
    error, n_asked = complaint(Said(429, b"", {"Retry-After": asked_for}))
    assert isinstance(error, Unreachable)
    assert "years: longer than the 10 min that wbtools waits" in error.message
    assert "the same command goes on from there" in error.hint
    assert n_asked == 1


def test_nor_for_a_rate_limit_of_years():
    used_up = {"RateLimit-Remaining": "0", "RateLimit-Reset": "9" * 12}
    with (
        odd_server(lambda *_: Said(200, RIGHT, used_up)) as server,
        transport(server) as asked,
    ):
        asked.ask(VIEWER, {})
        with pytest.raises(Unreachable, match="rate limit is used up, and asks to wait"):
            asked.ask(VIEWER, {})
    assert len(server.asked) == 1


@pytest.mark.parametrize("year", [2015, 2035])
def test_a_date_is_told_by_the_clock_of_the_server(year):
    until, now = (f"Wed, 21 Oct {year} 07:28:{second} GMT" for second in ("07", "00"))
    assert interpretation.retry_after_s(until, now) == 7
    assert interpretation.retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT", "no date") == 0


def listing(**said):
    with hostile_server(**said) as hostile, transport(hostile, patience=HASTY) as asked:
        found = Server(asked).listing("acme", "ocr", sweep="v5inrfwe", filters={})
    return found, hostile


def paged(new_runs, n_counted):
    """Ever new pages, with so many new runs each."""

    def said(variables, right):
        at = int(variables["cursor"] or 0)
        nodes = [Hostile().listed(f"r{k}") for k in range(at, at + max(1, new_runs))]
        info = {"hasNextPage": True, "endCursor": str(at + new_runs) if new_runs else f"{at + 1}"}
        nodes = nodes if new_runs else [Hostile().listed("r0")]
        sweep = right["project"]["sweep"]
        return project({"runCount": n_counted, "sweep": sweep, "runs": edges(nodes, **info)})

    return {"WbtoolsListing": said}


@pytest.mark.parametrize(
    ("new_runs", "n_counted", "words"),
    [
        pytest.param(1, None, "ever fewer a page", marks=pytest.mark.slow),
        (500, 600, "more than the 600"),
        pytest.param(9_000, None, "than wbtools", marks=pytest.mark.slow),
    ],
)
def test_pages_without_end_are_given_up(new_runs, n_counted, words):
    with pytest.raises(DataError, match=words):
        listing(said=paged(new_runs, n_counted))


def test_pages_that_bring_nothing_new_end_the_list_which_is_incomplete():
    found, hostile = listing(said=paged(0, None))
    assert (len(found.runs), found.complete) == (1, False)
    assert hostile.n_asked == {"WbtoolsListing": 6}


@pytest.mark.slow
def test_sweeps_without_end_are_given_up():
    def said(variables, _right):
        cursor = f"{variables['cursor'] or ''}x"
        info = {"hasNextPage": True, "endCursor": cursor}
        return project({"sweeps": edges([{"name": f"s{len(cursor)}"}], **info)})

    with (
        hostile_server(said={"WbtoolsSweeps": said}) as hostile,
        transport(hostile) as asked,
        pytest.raises(DataError, match="lists sweeps without end"),
    ):
        Server(asked).sweeps("acme", "ocr")
    assert hostile.n_asked["WbtoolsSweeps"] < 200


ODD = ["text", 7, [1], True]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["project", "runs", "edges", "pageInfo", "sweep", "runCount"])
def test_a_listing_of_odd_shape_is_said_to_be_so(where, odd):
    if where == "runCount" and odd == 7:
        odd = {}
    if where == "edges" and odd == [1]:
        odd = {"a": 1}

    def said(_variables, right):
        inside = right["project"]
        if where == "project":
            return {"project": odd}
        (inside["runs"] if where in inside["runs"] else inside)[where] = odd
        return right

    with pytest.raises(DataError, match=f"where '{where}' should be"):
        listing(said={"WbtoolsListing": said})


@pytest.mark.parametrize("name", [7, {"a": 1}, ["x"], None, ""])
def test_a_run_without_a_name_is_none(name):
    said = {
        "WbtoolsListing": lambda _, right: (
            right
            | {
                "project": right["project"]
                | {"runs": edges([Hostile().listed(name), Hostile().listed("r1")])}
            }
        )
    }
    found, _ = listing(said=said)
    assert ([run.id for run in found.runs], found.complete) == (["r1"], False)


@pytest.mark.parametrize("rows", [7, "x", {"a": 1}, [7], [[7, "x", None, {"loss": {}}]], None])
def test_rows_of_odd_shape_are_no_rows(rows):
    def said(_variables, right):
        for edge in right["project"]["runs"]["edges"]:
            edge["node"]["sampledHistory"] = rows
        return right

    with hostile_server(said={"WbtoolsRuns": said}) as hostile, transport(hostile) as asked:
        page = Server(asked).runs("acme", "ocr", ["r0000"], [["loss"]])
    assert page.runs[0].rows["loss"].series.values.size == 0


@pytest.mark.parametrize("odd", ODD)
def test_files_of_odd_shape(odd):
    said = {"WbtoolsFiles": project({"run": {"files": odd}})}
    with (
        hostile_server(said=said) as hostile,
        transport(hostile) as asked,
        pytest.raises(DataError, match="'files' should be an object"),
    ):
        run_files(Server(asked), "acme", "ocr", "r0", ["diff.patch"])


def test_fields_that_are_ever_new_unknown_ones_end_too():
    n_asked = []

    def said(_variables, _right):
        n_asked.append(0)
        message = f"Cannot query field 'x{len(n_asked)}' on type 'Run'"
        return Said(400, json.dumps({"errors": [{"message": message}]}).encode())

    with pytest.raises(DataError, match="does not know what was asked"):
        listing(said={"WbtoolsListing": said})
    assert len(n_asked) == 1

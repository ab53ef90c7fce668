"""The server itself: queries of the fetcher's shape, faults as announced, loud ignorance."""

import base64
import gc
import json
import socket
import time
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from tests.server import ColumnHistory, LoadedRun, RowHistory, running_server

PAGE = """
query ($entity: String!, $project: String!, $cursor: String, $perPage: Int,
       $filters: JSONString, $order: String, $specs: [JSONString!]!) {
  viewer { entity username }
  project(name: $project, entityName: $entity) {
    runs(first: $perPage, after: $cursor, filters: $filters, order: $order) {
      totalCount
      edges { node { name displayName state createdAt heartbeatAt updatedAt config summaryMetrics
        exitcode stopped shouldStop failed running sweepName tags group jobType user { username }
        historyKeys historyLineCount commit host sampledHistory(specs: $specs) } }
      pageInfo { endCursor hasNextPage }
    }
    sweep(sweepName: "sw") { name displayName config state bestLoss runCount createdAt updatedAt }
    sweeps(first: 10) { edges { node { name displayName config state } } }
  }
}
"""
RUN = """
query ($name: String!) { project(name: "p", entityName: "e") { run(name: $name) {
  history(minStep: 3, maxStep: 6, samples: 100)
  parquetHistory(liveKeys: ["_step"]) { parquetUrls liveData }
  files(names: ["a.txt"]) { edges { node { name directUrl url sizeBytes } } } } } }
"""
STOPPED = {"stopped": True, "should_stop": True, "state": "killed", "exit_code": None}


def spec(*keys, samples=100_000):
    return json.dumps({"keys": ["_step", *keys], "samples": samples})


def page(server, *specs, **variables):
    known = {"entity": "e", "project": "p", "filters": '{"$and":[{"sweep":"sw"}]}'}
    answer = server.ask(PAGE, **{**known, "specs": list(specs), **variables})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def nodes(server, *specs, **variables):
    return [edge["node"] for edge in page(server, *specs, **variables)["project"]["runs"]["edges"]]


def loaded(name, n_rows, **facts):
    return LoadedRun(
        name=name,
        history=ColumnHistory(
            {"loss": np.arange(n_rows) / 4, "_timestamp": np.arange(n_rows) + 1e9}
        ),
        config={"lr": 0.1},
        facts=facts,
    )


@pytest.fixture
def server():
    with running_server() as server:
        runs = [loaded(f"r{k}", 10, tags=["even"] if k % 2 == 0 else []) for k in range(5)]
        server.load_sweep("e", "p", "sw", runs=[*runs, loaded("dead", 4, **STOPPED)])
        server.load_runs("e", "p", [loaded("seed", 3, group="seeds")])
        yield server


def test_a_page_of_runs_comes_whole(server):
    data = page(server, spec("loss"), spec("nothing"), perPage=4)
    runs = data["project"]["runs"]
    assert (runs["totalCount"], runs["pageInfo"]["hasNextPage"]) == (6, True)
    node = runs["edges"][0]["node"]
    loss, nothing = node["sampledHistory"]
    assert loss[:3] == [
        {"_step": 0, "loss": 0},
        {"_step": 1, "loss": 0.25},
        {"_step": 2, "loss": 0.5},
    ]
    assert (len(loss), nothing, node["historyLineCount"]) == (10, [], 10)
    assert json.loads(node["config"]) == {"lr": {"value": 0.1, "desc": None}}
    assert node["historyKeys"]["lastStep"] == 9
    rest = page(server, spec("loss"), perPage=4, cursor=runs["pageInfo"]["endCursor"])
    assert [e["node"]["name"] for e in rest["project"]["runs"]["edges"]] == ["r4", "dead"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"group": "seeds"}, ["seed"]),
        ({"tags": {"$in": ["even"]}}, ["r0", "r2", "r4"]),
        ({"$and": [{"sweep": "sw"}, {"state": "killed"}]}, ["dead"]),
    ],
)
def test_filters_let_through_what_they_name(server, filters, names):
    assert [node["name"] for node in nodes(server, filters=json.dumps(filters))] == names


def test_stop_flags_can_be_hidden_after_the_end(server):
    shown = nodes(server)[-1]
    server.switches.show_stop_flags = False
    hidden = nodes(server)[-1]
    assert [(node["stopped"], node["shouldStop"]) for node in (shown, hidden)] == [
        (True, True),
        (False, False),
    ]


def test_odd_numbers_are_written_as_w_and_b_writes_them(server):
    values = np.array([np.nan, np.inf, -np.inf, 2.0, 0.5])
    present = np.array([True, True, True, False, True])
    history = ColumnHistory({"x": values, "_step": np.arange(5) * 10_000}, {"x": present})
    server.load_runs("e", "p", [LoadedRun(name="odd", history=history, facts={"group": "odd"})])
    (node,) = nodes(server, spec("x"), filters='{"group": "odd"}')
    assert [row["x"] for row in node["sampledHistory"][0]] == ["NaN", "Infinity", "-Infinity", 0.5]
    keys = node["historyKeys"]["keys"]
    assert keys["x"]["typeCounts"] == [
        {"type": "string", "count": 3},
        {"type": "number", "count": 1},
    ]
    assert keys["_step"]["typeCounts"] == [{"type": "number", "count": 5}]
    server.switches.nonfinite_type = "number"
    (node,) = nodes(server, filters='{"group": "odd"}')
    assert node["historyKeys"]["keys"]["x"] == {"typeCounts": [{"type": "number", "count": 4}]}


def test_history_keys_tell_the_types_of_what_was_logged(server):
    values = {
        "n": 1,
        "f": 0.5,
        "t": "text",
        "yes": True,
        "none": None,
        "l": [1],
        "d": {"a": 1},
        "pic": {"_type": "image-file"},
    }
    history = RowHistory([{"_step": 0, **values}, {"_step": 1, "n": "NaN"}])
    server.load_runs("e", "p", [LoadedRun(name="odd", history=history, facts={"group": "odd"})])
    (node,) = nodes(server, filters='{"group": "odd"}')
    found = {key: entry["typeCounts"] for key, entry in node["historyKeys"]["keys"].items()}
    assert found.pop("n") == [{"type": "number", "count": 1}, {"type": "string", "count": 1}]
    assert found.pop("_step") == [{"type": "number", "count": 2}]
    assert {key: counts[0]["type"] for key, counts in found.items()} == {
        "f": "number",
        "t": "string",
        "yes": "boolean",
        "none": "nil",
        "l": "list",
        "d": "map",
        "pic": "image-file",
    }


@pytest.mark.parametrize(("how", "stable"), [("exact", True), ("wobbly", False), ("buckets", True)])
def test_sampling_takes_fewer_rows(server, how, stable):
    server.load_runs("e", "p", [loaded("long", 5000, group="long")])
    server.switches.sampling = how
    first, second = (
        nodes(server, spec("loss", samples=50), filters='{"group": "long"}')[0] for _ in range(2)
    )
    assert len(first["sampledHistory"][0]) == 50
    assert (first["sampledHistory"] == second["sampledHistory"]) is stable


def test_one_run_in_full(server):
    server.state.projects["e", "p"].runs["r1"].files["a.txt"] = b"abc"
    server.switches.parquet = "part"
    run = server.ask(RUN, name="r1").json()["data"]["project"]["run"]
    assert [json.loads(row)["_step"] for row in run["history"]] == [5]
    (address,), live = run["parquetHistory"]["parquetUrls"], run["parquetHistory"]["liveData"]
    assert [row["_step"] for row in live] == [5, 6, 7, 8, 9]
    assert httpx.get(address).content[:4] == b"PAR1"
    node = run["files"]["edges"][0]["node"]
    assert (node["sizeBytes"], httpx.get(node["directUrl"]).content) == (3, b"abc")


def test_what_is_unknown_is_refused_and_noted(server):
    answer = server.ask("query Odd { viewer { shoeSize } }")
    assert (answer.status_code, "shoeSize" in answer.text) == (400, True)
    assert httpx.get(f"{server.base_url}/nowhere", auth=("api", server.api_key)).status_code == 404
    assert len(server.log.unknown()) == 2
    assert (
        httpx.post(f"{server.base_url}/graphql", json={"query": "{viewer{id}}"}).status_code == 401
    )


def test_an_old_server_names_the_field_that_it_lacks(server):
    server.switches.missing_fields = frozenset({"Run.shouldStop"})
    answer = server.ask(PAGE, entity="e", project="p", specs=[])
    assert answer.status_code == 400
    assert "Cannot query field 'shouldStop' on type 'Run'" in answer.text


@pytest.mark.parametrize(
    ("fault", "status"), [("429", 429), ("500", 500), ("502", 502), ("graphql_error", 200)]
)
def test_refusals(server, fault, status):
    server.faults.script.append(fault)
    answer = server.ask("{ viewer { entity } }")
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("1" if fault == "429" else None)
    assert ("errors" in answer.text) == (fault == "graphql_error")
    assert server.ask("{ viewer { entity } }").json()["data"]["viewer"]["entity"] == "tester"
    assert [request.fault for request in server.log.all()] == [fault, None]


@pytest.mark.parametrize("fault", ["reset", "cut", "hang"])
def test_broken_connections(server, fault):
    server.faults.hang_s = 0.2
    server.faults.script.append(fault)
    with pytest.raises(httpx.TransportError):
        server.ask("{ viewer { entity } }")
    assert server.ask("{ viewer { entity } }").status_code == 200


def test_a_truncated_body_is_no_json(server):
    server.faults.script.append("truncated")
    with pytest.raises(json.JSONDecodeError):
        server.ask("{ viewer { entity } }").json()


def test_rates_are_drawn_reproducibly(server):
    server.faults.rates = {"500": 0.2, "429": 0.2}
    drawn = []
    for _ in range(2):
        server.faults.seed(7)
        drawn.append([server.ask("{ viewer { id } }").status_code for _ in range(50)])
    assert drawn[0] == drawn[1]
    assert 5 <= drawn[0].count(500) <= 16


def test_a_storm_says_how_long_it_lasts(server):
    server.faults.storm(1)
    first, second = (server.ask("{ viewer { id } }") for _ in range(2))
    assert 0 < float(second.headers["Retry-After"]) <= float(first.headers["Retry-After"]) <= 1
    time.sleep(float(second.headers["Retry-After"]) + 0.05)
    assert server.ask("{ viewer { id } }").status_code == 200
    assert [request.waiting_asked for request in server.log.all()] == [False, True, False]


def test_a_rate_limit_counts_down(server):
    server.switches.rate_limit, server.switches.rate_limit_headers = 2, True
    answers = [server.ask("{ viewer { id } }") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]


@pytest.mark.parametrize("cursor", ["keyset", "offset"])
def test_a_deletion_between_pages_shifts_only_offsets(server, cursor):
    server.switches.cursor = cursor
    first = page(server, perPage=2)["project"]["runs"]
    del server.state.projects["e", "p"].runs["r0"]
    after = nodes(server, perPage=2, cursor=first["pageInfo"]["endCursor"])
    assert [node["name"] for node in after] == (
        ["r2", "r3"] if cursor == "keyset" else ["r3", "r4"]
    )


def test_thousands_of_runs_load_at_once():
    with running_server() as server:
        began = time.perf_counter()
        server.load_sweep("e", "p", "sw", runs=(loaded(f"r{k}", 500) for k in range(5000)))
        assert time.perf_counter() - began < 10
        began = time.perf_counter()
        assert len(nodes(server, spec("loss", "_timestamp"), perPage=100)) == 100
        assert time.perf_counter() - began < 10


def test_rows_of_any_kind_keep_their_values(server):
    row = {"text": 'a"b\n', "nested": {"x": [1.0, None]}, "flag": True, "_step": 4}
    run = LoadedRun(name="any", history=RowHistory([row]), facts={"group": "any"})
    server.load_runs("e", "p", [run])
    (node,) = nodes(server, json.dumps({"samples": 5}), filters='{"group": "any"}')
    assert node["sampledHistory"] == [[row]]


def test_a_client_that_reads_nothing_leaves_nothing_open(monkeypatch):
    left_open = []
    monkeypatch.setattr("sys.unraisablehook", lambda error: left_open.append(error.exc_value))
    with socket.socket() as client:
        with running_server() as server:
            n_bytes = ask_and_read_nothing(server, client)
        gc.collect()
    assert n_bytes > 15_000_000
    assert left_open == []


@pytest.mark.slow
def test_clients_that_come_while_it_closes_leave_nothing_open(monkeypatch):
    left_open = []
    monkeypatch.setattr("sys.unraisablehook", lambda error: left_open.append(error.exc_value))
    for _ in range(30):  # one in two to eight was left open
        with running_server() as server:
            address = ("127.0.0.1", urlsplit(server.base_url).port)
            socket.create_connection(address).close()
        gc.collect()
    assert left_open == []


def ask_and_read_nothing(server, client):
    """Ask for more than all buffers hold; the size of the answer that is on its way."""
    rows = [{"_step": k, "_timestamp": 1.7e9 + k, "text": "x" * 10_000} for k in range(400)]
    server.load_runs("e", "p", [LoadedRun(name="r", history=RowHistory(rows))])
    known = {"entity": "e", "project": "p", "filters": "{}", "specs": [spec("text")] * 4}
    body = json.dumps({"query": PAGE, "variables": known})
    key = base64.b64encode(f"api:{server.api_key}".encode()).decode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\n"
    client.connect(("127.0.0.1", urlsplit(server.base_url).port))
    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    while not (server.log.all() and server.log.all()[0].ended_at):
        time.sleep(0.01)
    time.sleep(0.3)
    return server.log.all()[0].n_bytes

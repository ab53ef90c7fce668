"""The ways in which people read a sweep's histories, each as a process of its own.

`python -m tests.benchmarks.wandb_readers NAME` prints how many rows came, and the seconds that the
reading alone took. The server and the key are those of the environment.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson

METRICS = ("loss", "val/acc", "lr")
PLACE = ("acme", "bench", "benchmrk")


def history_loop() -> int:
    """`for run in sweep.runs: run.history(...)`."""
    return sum(len(_history(run)) for run in _sweep().runs)


def scan_loop() -> int:
    """`for run in sweep.runs: list(run.scan_history(...))`."""
    return sum(len(list(run.scan_history(keys=list(METRICS)))) for run in _sweep().runs)


def history_threads() -> int:
    """16 threads of `run.history(...)`."""
    with ThreadPoolExecutor(16) as pool:
        return sum(len(rows) for rows in pool.map(_history, _sweep().runs))


def bare_batches() -> int:
    """Pages of 50 runs with each metric's sampled curve, eight requests at a time, parsed."""
    return _batches([[metric] for metric in METRICS], is_parsed=True)


def bare_bytes() -> int:
    """The same with all metrics in one list of rows, thrown away: what the server needs for them.

    Returns the number of rows that the listing tells, as nothing is parsed.
    """
    return _batches([list(METRICS)], is_parsed=False)


def _batches(lists: list[list[str]], *, is_parsed: bool) -> int:
    key = base64.b64encode(f"api:{os.environ['WANDB_API_KEY']}".encode()).decode()
    specs = [
        json.dumps({"keys": ["_step", "_timestamp", *metrics], "samples": 100_000})
        for metrics in lists
    ]
    document = """
    query Bare($filters: JSONString, $specs: [JSONString!]!) {
      project(name: "bench", entityName: "acme") {
        runs(filters: $filters, first: 50) {
          edges { node { name displayName state config summaryMetrics historyKeys
            historyLineCount exitcode stopped shouldStop sampledHistory(specs: $specs) } }
        }
      }
    }"""
    listing = """
    query Names($after: String) { project(name: "bench", entityName: "acme") {
      runs(first: 1000, after: $after) {
        pageInfo { endCursor hasNextPage } edges { node { name historyLineCount } } } } }"""
    with httpx.Client(
        base_url=os.environ["WANDB_BASE_URL"],
        headers={"Authorization": f"Basic {key}"},
        timeout=60,
    ) as client:

        def ask(text: str, variables: dict[str, Any]) -> bytes:
            body = {"query": text, "variables": variables}
            return client.post("/graphql", json=body).content

        ids: list[str] = []
        n_rows, after = 0, None
        while after or not ids:
            runs = orjson.loads(ask(listing, {"after": after}))["data"]["project"]["runs"]
            ids += [edge["node"]["name"] for edge in runs["edges"]]
            n_rows += sum(edge["node"]["historyLineCount"] for edge in runs["edges"])
            after = runs["pageInfo"]["endCursor"] if runs["pageInfo"]["hasNextPage"] else None
        pages = [ids[at : at + 50] for at in range(0, len(ids), 50)]

        def page(some: list[str]) -> int:
            filters = json.dumps({"name": {"$in": some}})
            body = ask(document, {"filters": filters, "specs": specs})
            if not is_parsed:
                return 0
            runs = orjson.loads(body)["data"]["project"]["runs"]
            return sum(len(edge["node"]["sampledHistory"][0]) for edge in runs["edges"])

        with ThreadPoolExecutor(8) as pool:
            n_parsed = sum(pool.map(page, pages))
        return n_parsed if is_parsed else n_rows


def _sweep() -> Any:
    import wandb

    return wandb.Api(timeout=60).sweep("/".join(PLACE))


def _history(run: Any) -> list[Any]:
    rows: list[Any] = run.history(samples=100_000, keys=list(METRICS), pandas=False)
    return rows


READERS = {
    "run.history": history_loop,
    "scan_history": scan_loop,
    "16 threads of run.history": history_threads,
    "bare batched requests": bare_batches,
    "the bare bytes, unparsed": bare_bytes,
}


if __name__ == "__main__":
    BEGAN = time.perf_counter()
    N_ROWS = READERS[sys.argv[1]]()
    print(N_ROWS, time.perf_counter() - BEGAN)

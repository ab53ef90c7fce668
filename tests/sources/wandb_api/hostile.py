"""A server that answers as W&B does, and to some question as no server should."""

import contextlib
import gzip
import json
from dataclasses import dataclass, field

from tests.sources.wandb_api.odd_server import Said, odd_server

SPEC = "method: grid\nmetric: {name: loss, goal: minimize}\nparameters: {lr: {values: [1]}}\n"
ASKED = "WbtoolsListing", "WbtoolsRuns", "WbtoolsParquet", "WbtoolsHistory", "file"


def packed(text, times=1, level=1):
    """A body that is unpacked as often as its header says, and is short on the wire."""
    for _ in range(times):
        text = gzip.compress(text, level)
    headers = {"Content-Type": "application/json", "Content-Encoding": ", ".join(["gzip"] * times)}
    return Said(body=text, headers=headers)


@dataclass
class Hostile:
    """One sweep of some runs, whose histories are longer than what comes with their page.

    Attributes:
        said: By the name of a document (or `file`), what is answered instead: a `Said`, or a
            function of the variables and of what would be right.
        n_asked: By name.
    """

    n_runs: int = 8
    n_lines: int = 5
    said: dict = field(default_factory=dict)
    n_asked: dict = field(default_factory=dict)
    base_url: str = ""

    def answer(self, method, _path, _headers, body):
        asked = {} if method == "GET" else json.loads(body)
        name = "file" if method == "GET" else asked["query"].split("(")[0].split()[1]
        self.n_asked[name] = self.n_asked.get(name, 0) + 1
        right = {} if name == "file" else self._right(name, asked["variables"])
        given = self.said.get(name, right)
        given = given(asked.get("variables"), right) if callable(given) else given
        return given if isinstance(given, Said) else Said(body=json.dumps({"data": given}).encode())

    def _right(self, name, variables):
        if name == "WbtoolsListing":
            nodes = [self.listed(f"r{k:04}") for k in range(self.n_runs)]
            sweep = {"name": "v5inrfwe", "state": "FINISHED", "config": SPEC}
            return project({"runCount": self.n_runs, "sweep": sweep, "runs": edges(nodes)})
        if name == "WbtoolsRuns":
            ids = json.loads(variables["filters"])["name"]["$in"]
            return project({"runs": edges([self.node(run) for run in ids])})
        if name == "WbtoolsParquet":
            urls = [f"{self.base_url}/file.parquet"]
            return project({"run": {"parquetHistory": {"parquetUrls": urls, "liveData": []}}})
        if name == "WbtoolsHistory":
            return project({"run": {"history": []}})
        return {"viewer": {"entity": "acme"}}

    def listed(self, name):
        return {"name": name, "state": "finished", "historyLineCount": self.n_lines}

    def node(self, name):
        counts = {"loss": {"typeCounts": [{"type": "number", "count": self.n_lines}]}}
        rows = [{"_step": k, "_timestamp": 1e9 + k, "loss": k / 7} for k in range(5)]
        return {
            **self.listed(name),
            "config": "{}",
            "summaryMetrics": "{}",
            "historyKeys": {"keys": counts, "lastStep": self.n_lines - 1},
            "sampledHistory": [rows],
        }


def project(content):
    return {"project": content}


def edges(nodes, **info):
    return {"pageInfo": info, "edges": [{"node": node} for node in nodes]}


@contextlib.contextmanager
def hostile_server(**facts):
    """Serve on loopback."""
    hostile = Hostile(**facts)
    with odd_server(hostile.answer) as server:
        hostile.base_url = server.base_url
        yield hostile

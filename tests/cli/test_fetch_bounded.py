"""A fetch takes no gigabytes of memory, whatever a server sends; each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.site import ROOT, SWEEP
from tests.peaks import PRINT_PEAK
from tests.server.running import API_KEY
from tests.sources.wandb_api.hostile import hostile_server, packed
from tests.sources.wandb_api.odd_server import Said
from wbtools.sources.wandb_api.memory import LARGEST_SHARE

MIB = 2**20
MOST = 1_000 * MIB
PROGRAM = f"""
import resource
resource.setrlimit(resource.RLIMIT_DATA, (3 << 30, 3 << 30))
from wbtools.cli.app import main
try:
    main()
finally:
    exec({PRINT_PEAK!r})
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells peaks")


def fetched(folder, hostile, *more):
    """Exit code, what was said and the peak in bytes of a fetch in a process of its own."""
    env = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "WANDB_BASE_URL": hostile.base_url,
        "WANDB_API_KEY": API_KEY,
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "fetch", SWEEP, *more],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    *told, peak = result.stderr.splitlines()
    return result.returncode, result.stdout + "\n".join(told), int(peak) * 1024


def inside(name, text):
    """A right answer with this JSON text in place of a field, the first of that name."""
    hole = "a hole that is filled"

    def holed(value):
        if isinstance(value, dict):
            return {key: hole if key == name else holed(some) for key, some in value.items()}
        return [holed(some) for some in value] if isinstance(value, list) else value

    def said(_variables, right):
        before, *others = json.dumps({"data": holed(right)}).split(f'"{hole}"')
        return Said(body=before.encode() + text + "null".join(others).encode())

    return said


def packed_once(said):
    """The first of these answers, packed, for every question."""
    answers = []

    def always(*asked):
        if not answers:
            answers.append(packed(said(*asked).body))
        return answers[0]

    return always


def text_of(inner):
    """A JSON text that holds another JSON text."""
    return b'"' + inner.replace(b'"', b'\\"') + b'"'


def near(unit, cost):
    """A list that is believed to come to nearly as much as one answer may."""
    n = LARGEST_SHARE // (cost + 5 * len(unit))
    return b"[" + unit * n + b"0]"


LISTS, OBJECTS = near(b"[],", 302), near(b'{"a":[]},', 652)
N_RUNS = 8
QUICK = {
    "a listing of lists": (
        "WbtoolsListing",
        lambda: packed_once(inside("edges", b"[" + b"[]," * 6_000_000 + b"0]")),
    ),
    "runs that are objects": (
        "WbtoolsRuns",
        lambda: packed_once(inside("edges", b"[" + b"{}," * 6_000_000 + b"0]")),
    ),
    "rows that are lists": ("WbtoolsRuns", lambda: inside("sampledHistory", b"[" + LISTS + b"]")),
}
HEAVY = {
    "a listing of zeros": (
        "WbtoolsListing",
        lambda: packed_once(inside("edges", b"[" + b"0," * 200_000_000 + b"0]")),
    ),
    "configurations of lists": (
        "WbtoolsRuns",
        lambda: inside("config", text_of(b'{"a":' + LISTS + b"}")),
    ),
    "summaries of objects": (
        "WbtoolsRuns",
        lambda: inside("summaryMetrics", text_of(b'{"a":' + OBJECTS + b"}")),
    ),
    "counts of many names": (
        "WbtoolsRuns",
        lambda: inside(
            "keys", b"{" + b",".join(b'"%x":{"typeCounts":[]}' % k for k in range(250_000)) + b"}"
        ),
    ),
    "a long name over many": (
        "WbtoolsRuns",
        lambda: inside(
            "config",
            text_of(
                b'{"%b":{%b}}' % (b"n" * 100_000, b",".join(b'"%x":0' % k for k in range(900)))
            ),
        ),
    ),
    "live rows of objects": ("WbtoolsParquet", lambda: inside("liveData", OBJECTS)),
    "pages of objects": ("WbtoolsHistory", lambda: inside("history", OBJECTS)),
    "a file of zeros": ("file", lambda: packed(b"0" * 1_200_000_000)),
    "stacked gzip": ("WbtoolsRuns", lambda: packed(b"0" * 1_000_000_000, 2)),
}
"""What is said to one kind of question; made when it is needed, since some of it is large."""
CASES = [
    *(pytest.param(*case, id=name) for name, case in QUICK.items()),
    *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in HEAVY.items()),
]


@pytest.mark.parametrize(("name", "answer"), CASES)
def test_a_fetch_takes_less_than_a_gigabyte(name, answer, tmp_path):
    with hostile_server(said={name: answer()}, n_runs=N_RUNS, n_lines=9) as hostile:
        code, told, peak = fetched(tmp_path, hostile)
    assert peak < MOST, f"{peak / MIB:.0f} MiB: {told}"
    assert code == 3, told
    assert "internal error" not in told

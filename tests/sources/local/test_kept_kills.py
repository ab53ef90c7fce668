"""Processes that are killed while they keep what they read, and processes that do it together."""

import random
import signal
import subprocess
import sys
import time

import pytest

from tests.sources.local.test_kept_reads import bits
from tests.sources.local.wandb_writer import framed, serialized, simple_run
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore
from wbtools.sources.local.run_file import read_run_file

N_KILLS = 40
PROGRAM = """
import itertools, sys
from pathlib import Path
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore
from wbtools.sources.local.run_file import read_run_file

folder, n_rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
kept = KeptReads(KeptStore(folder / "cache", most_bytes=400_000))
paths = sorted((folder / "runs").iterdir())
print("begun", flush=True)
for n in range(n_rounds):
    for path in paths:
        metrics = [["loss"], ["loss", "_step"], ["never"]][(n + seed) % 3]
        answer = kept.read_run_file(path, metrics, with_summary=bool(n % 2))
        fresh = read_run_file(path, metrics, with_summary=bool(n % 2))
        assert repr(answer) == repr(fresh), (answer, fresh)
        if n % 3 == seed:
            for entry in (folder / "cache").iterdir():
                entry.unlink(missing_ok=True)
"""


@pytest.fixture
def folder(tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    for n in range(4):
        records = simple_run(f"run{n}", [value / 7 for value in range(200)], config={"n": n})
        (runs / f"run-run{n}.wandb").write_bytes(framed(serialized(records)))
    return tmp_path


def begun(folder, n_rounds, seed):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(n_rounds), str(seed)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"begun\n"
    return process


def assert_all_as_fresh(folder):
    kept = KeptReads(KeptStore(folder / "cache"))
    for path in sorted((folder / "runs").iterdir()):
        for metrics in (["loss"], ["loss", "_step"]):
            fresh = bits(read_run_file(path, metrics))
            assert bits(kept.read_run_file(path, metrics)) == fresh
            assert bits(kept.read_run_file(path, metrics)) == fresh


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_nothing_that_is_believed(folder):
    chance = random.Random(3)  # noqa: S311 - any moments do
    for n in range(N_KILLS):
        process = begun(folder, 10**6, n % 3)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert_all_as_fresh(folder)


def test_processes_that_read_together_get_what_a_fresh_reading_gives(folder):
    processes = [begun(folder, 12, seed) for seed in range(3)]
    for process in processes:
        assert process.wait() == 0
        process.stdout.close()
    assert_all_as_fresh(folder)

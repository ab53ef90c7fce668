"""Networks that fail and fetches that are killed: the archive ends as if nothing had happened."""

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.archive.sweeps import ends_of_fetches
from tests.server.faults import KINDS
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.archive import Archive, EndedHow

SWEEP = "acme/ocr/v5inrfwe"
METRICS = ("loss", "val/acc")
KILLS_PER_KIND = 4


def history(k, n_rows):
    dice = np.random.default_rng(k)
    return ColumnHistory(
        {
            **{metric: dice.random(n_rows) for metric in METRICS},
            "_timestamp": 1.7e9 + np.arange(n_rows) + dice.random(n_rows),
        }
    )


def put(server, n_runs=80, n_long=2):
    """Many short runs, and a few that come sampled and are read in full."""
    server.switches.sample_limit = 400
    server.switches.parquet = "part"
    # A file that is damaged twice is given up; pages then have to hold its rows.
    server.switches.history_repeats_exported = True
    server.switches.page_limit = 8
    runs = [
        LoadedRun(name=f"run{k:03}", history=history(k, 120), config={"lr": k / 7})
        for k in range(n_runs)
    ]
    runs += [LoadedRun(name=f"long{k}", history=history(1000 + k, 2_500)) for k in range(n_long)]
    server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs)


def contents(folder):
    """Everything that matters in an archive, whatever order it came in."""
    with Archive.open(folder) as archive:
        (sweep,) = archive.sweeps()
        key = sweep.head.key
        runs = {archived.run.id: archived for archived in archive.runs(key)}
        rows = {
            (series.run_id, series.metric): (
                series.rows.values.tobytes(),
                series.rows.steps.tobytes(),
                series.rows.times_s.tobytes(),
                series.sampled,
                series.complete,
            )
            for series in archive.export_rows(key)
        }
        assert sweep.unfinished is None
        assert sweep.complete
    assert ends_of_fetches(folder)[-1] == EndedHow.DONE
    return runs, rows


def command(folder):
    words = ["-m", "wbtools", "fetch", SWEEP, "--archive", str(folder)]
    words += [word for metric in METRICS for word in ("--metric", metric)]
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    )


def completed(folder):
    process = command(folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return contents(folder)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_and_kills_at_any_moment_leave_the_undisturbed_archive(reach, kind, tmp_path):
    server = reach.server
    put(server)
    server.faults.latency_s = 0.03
    truth = completed(tmp_path / "truth")
    n_usual = len(server.log.all())
    server.faults.scope = frozenset({"graphql", "storage"})
    server.faults.retry_after_s = server.faults.hang_s = 0.3
    server.faults.rates = {kind: 0.2}
    server.faults.seed(KINDS.index(kind))
    dice = random.Random(KINDS.index(kind))  # noqa: S311 - reproducible moments
    folder = tmp_path / "killed"
    n_kills = 0
    while n_kills < KILLS_PER_KIND:
        process = command(folder)
        last = len(server.log.all()) + dice.randrange(1, n_usual)
        while len(server.log.all()) < last and process.poll() is None:
            time.sleep(0.002)
        if process.poll() is None:
            n_kills += 1
        else:
            folder = tmp_path / f"after{n_kills}kills{last}"
        process.kill()
        process.communicate()
    assert completed(folder) == truth
    assert server.faults.n_by_kind[kind] > 0
    assert not server.log.unknown()


def test_all_faults_at_once_leave_the_undisturbed_archive(reach, tmp_path):
    server = reach.server
    put(server, n_runs=60, n_long=2)
    wanted = {"metrics": METRICS}
    reach.fetch(SWEEP, **wanted)
    truth = contents(reach.folder)
    server.faults.scope = frozenset({"graphql", "storage"})
    server.faults.retry_after_s = server.faults.hang_s = 0.2
    server.faults.rates = dict.fromkeys(KINDS, 0.4 / len(KINDS))
    reach.folder = tmp_path / "disturbed"
    reach.fetch(SWEEP, **wanted)
    assert contents(reach.folder) == truth
    assert sum(server.faults.n_by_kind.values()) > 0


def test_in_a_storm_nothing_is_sent_while_told_to_wait(reach):
    server = reach.server
    put(server, n_runs=120, n_long=0)
    server.faults.latency_s = 0.02
    server.faults.script.extend(["ok"] * 3)
    server.faults.storm(2.0)
    began = time.monotonic()
    (fetched,), _ = reach.fetch(SWEEP, metrics=METRICS)
    assert time.monotonic() - began >= 2.0
    assert fetched.n_rows == 120 * 120 * 2
    refused = [request for request in server.log.all("graphql") if request.fault == "429"]
    assert refused
    assert not [request for request in server.log.all("graphql") if request.waiting_asked]
    assert any("waiting" in note and "429" in note for note in reach.notes)


@pytest.mark.slow
def test_a_rate_limit_that_is_announced_is_not_run_into(reach):
    server = reach.server
    switches = server.switches
    switches.rate_limit, switches.rate_window_s, switches.rate_limit_headers = 6, 0.7, True
    put(server, n_runs=120, n_long=0)
    (fetched,), n_requests = reach.fetch(SWEEP, metrics=METRICS)
    assert fetched.n_rows == 120 * 120 * 2
    refused = [request for request in server.log.all("graphql") if request.status == 429]
    assert len(refused) <= n_requests // 10

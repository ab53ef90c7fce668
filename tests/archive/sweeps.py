"""Sweeps for these tests: deterministic pages, so that any state can be told from its cursor."""

import sqlite3
from contextlib import closing

import numpy as np

from wbtools.archive import ArchivedRun, SeriesPage, SweepHeader, SweepKey
from wbtools.model import Run, Series

KEY = SweepKey(base_url="https://api.wandb.ai", entity="acme", project="ocr", name="v5inrfwe")
HEAD = SweepHeader(key=KEY, display_name="lr", state="RUNNING", config="method: bayes\n")
N_RUNS = 8


def series(values, *, first_step=0):
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(first_step, first_step + len(values), dtype=np.int64)
    return Series(values=values, steps=steps, times_s=1.7e9 + steps * 1.5)


def archived(run_id, **more):
    fields = {"id": run_id, "name": run_id, "number": 1, "number_from": "order"} | more
    return ArchivedRun(run=Run(**fields))


def page(n):
    """Page n: one new run, and 300 more rows of each of two metrics for every run there is."""
    run_ids = [f"run{row}" for row in range(min(n, N_RUNS - 1) + 1)]
    rng = np.random.default_rng(n)
    return (
        [archived(run_ids[-1], config={"page": n})],
        [
            SeriesPage(
                run_id=run_id,
                metric=metric,
                rows=series(rng.normal(size=300), first_step=300 * n),
                append=True,
            )
            for run_id in run_ids
            for metric in ("loss", "acc")
        ],
    )


def ends_of_fetches(folder):
    """How all fetches ended, in the words of the table."""
    with closing(sqlite3.connect(folder / "archive.sqlite")) as database:
        return [how for (how,) in database.execute("SELECT ended_how FROM fetches ORDER BY id")]


def state(archive):
    """Everything there is to compare, as plain data."""
    return {
        "runs": [(archived.run.id, dict(archived.run.config)) for archived in archive.runs(KEY)],
        "rows": [
            (
                series.run_id,
                series.metric,
                series.complete,
                series.rows.values.tobytes(),
                series.rows.steps.tobytes(),
                series.rows.times_s.tobytes(),
            )
            for series in archive.export_rows(KEY)
        ],
    }

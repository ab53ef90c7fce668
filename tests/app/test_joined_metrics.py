"""Metrics in rows of their own are joined the same from files, from a server and the archive."""

import pytest

from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from tests.sources.local.wandb_writer import exit_record, history, run_record, write_run
from wbtools.analysis.alignment import Link
from wbtools.app.rank import RankOptions, rank_references

METRICS = ("val/acc:maximize", "val/loss:minimize")
APART = (("val/acc",), ("epoch",), ("val/loss", "epoch"))
BEFORE = (("train/epoch",), ("val/acc",), ("val/loss",))
TOGETHER = (("val/acc", "val/loss", "epoch"),)
RUNS = {"r0": (0.5, 0.9, 0.7, 0.6), "r1": (0.2, 0.3, 0.8, 0.4)}
BEST = {"r0": (0.9, 1.0), "r1": (0.8, 2.0)}


def rows_of(values, order):
    """Four epochs; the loss of each is its number."""
    rows = []
    for epoch, value in enumerate(values):
        known = {"val/acc": value, "val/loss": float(epoch)}
        rows += [{name: known.get(name, epoch) for name in group} for group in order]
    return rows


def write(folder, order):
    for run_id, values in RUNS.items():
        rows = [history(step, row) for step, row in enumerate(rows_of(values, order))]
        records = [run_record(run_id, sweep_id="sweep123", config={"lr": run_id})]
        write_run(folder, [*records, *rows, exit_record(0)], run_id)


def load(server, order):
    runs = []
    for run_id, values in RUNS.items():
        rows = [
            {"_step": step, "_timestamp": 1.7e9 + step, **row}
            for step, row in enumerate(rows_of(values, order))
        ]
        history_of_run = RowHistory(rows)
        runs.append(LoadedRun(name=run_id, history=history_of_run, config={"lr": run_id}))
    server.load_sweep("acme", "p", "sweep123", runs=runs)


def read(session, reference):
    """Each run's values, and what joined them."""
    with session:
        ranking = rank_references([str(reference)], RankOptions(metrics=METRICS), session)
    values = {
        measurement.run.id: measurement.values
        for row in ranking.board.rows
        for measurement in row.configuration.counted
    }
    (alignment,) = ranking.sources[0].alignments
    return values, dict(alignment.n_runs)


ORDERS = {
    "rows of their own, epoch between them": (APART, {(Link.COUNT, None): 2}),
    "epoch before both": (BEFORE, {(Link.COUNTER, "train/epoch"): 2}),
    "one row": (TOGETHER, {(Link.ROW, None): 2}),
}


@pytest.mark.parametrize(("order", "links"), ORDERS.values(), ids=ORDERS)
def test_files_the_server_and_the_archive_agree(reach, order, links):
    write(reach.folder.parent / "wandb", order)
    load(reach.server, order)
    assert read(reach.session(), reach.folder.parent / "wandb") == (BEST, links)
    assert read(reach.session(), "acme/p/sweep123") == (BEST, links)
    assert read(reach.session(offline=True), "acme/p/sweep123") == (BEST, links)

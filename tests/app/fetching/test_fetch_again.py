"""What a later fetch must not miss, whatever was fetched of the same runs before."""

import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, put
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.archive import Archive
from wbtools.errors import Unreachable


def rows(n, *, value=1.0):
    return [
        {"_step": k, "_timestamp": k, "loss": value + k, "acc": value - k, "note": "text"}
        for k in range(n)
    ]


@pytest.fixture
def live(reach):
    """A run at work with 20 rows, archived; then it has 50."""
    history = RowHistory(rows(20))
    put(reach, [LoadedRun(name="live", history=history, facts={"state": "running"})])
    run = reach.server.state.projects["acme", "ocr"].runs["live"]
    run.heartbeat_at = reach.server.state.now() + 1e6
    reach.fetch(SWEEP, all_metrics=True)
    history.rows.extend(rows(50)[20:])
    run.heartbeat_at += 60
    return run


def read(reach, *metrics):
    with reach.session() as session:
        return open_sweep(SWEEP, session).read(metrics)


@pytest.mark.usefixtures("live")
def test_new_rows_are_brought_though_another_metric_was_fetched_in_between(reach):
    assert read(reach, "acc").curves["acc"].n_reports.tolist() == [50]
    assert read(reach, "loss").curves["loss"].n_reports.tolist() == [50]


@pytest.mark.usefixtures("live")
def test_all_metrics_bring_new_rows_every_time(reach):
    (fetched,), _ = reach.fetch(SWEEP, all_metrics=True)
    sweep = reach.load(fetched)
    assert {name: curves.n_reports.tolist() for name, curves in sweep.curves.items()} == {
        "loss": [50],
        "acc": [50],
    }


@pytest.mark.usefixtures("live")
def test_new_rows_are_brought_though_the_names_were_looked_up_in_between(reach):
    with reach.session() as session:
        recording = open_sweep(SWEEP, session)
        assert set(recording.logged()) == {"loss", "acc"}
        assert recording.read(("loss",)).curves["loss"].n_reports.tolist() == [50]


def test_a_run_that_went_back_and_on_again_is_read_anew(reach, live):
    live.history.rows[:] = rows(70, value=2.0)
    live.heartbeat_at += 60
    assert read(reach, "loss").curves["loss"].values[0].tolist() == [2.0 + k for k in range(70)]


def test_runs_that_a_server_counts_but_does_not_list_are_not_taken_for_deleted(reach, monkeypatch):
    put(reach, a_few(10))
    read(reach, "loss")
    monkeypatch.setattr(
        "tests.server.nodes.ordered",
        lambda runs, _order: [run for run in runs if run.name < "run0007"],
    )
    sweep = read(reach, "loss")
    assert len(sweep.runs) == 10
    assert "WBT122" not in {finding.code for finding in sweep.findings}


def test_a_server_that_forgets_the_project_deletes_nothing(reach, monkeypatch):
    put(reach, a_few(6))
    read(reach, "loss")
    for run in reach.server.state.projects["acme", "ocr"].runs.values():
        run.updated_at += 1
    monkeypatch.setattr("tests.server.nodes.Nodes.runs", _only_listings)
    with pytest.raises(Unreachable, match="sends nothing"):
        read(reach, "loss")
    monkeypatch.undo()
    with reach.session(offline=True) as session:
        assert len(open_sweep(SWEEP, session).read(("loss",)).runs) == 6


def _only_listings(nodes, runs, first=None, after=None, filters=None, order=None, **_):
    """Pages of runs by name are empty."""
    from tests.server.run_queries import matching, ordered, page

    found = [] if "$in" in (filters or "") else ordered(matching(runs, filters), order)
    got = page(found, first, after, limit=1000, cursor="keyset")
    for edge in got["edges"]:
        edge["node"] = nodes.run(edge["item"])
    return got


def test_an_older_listing_does_not_undo_a_newer_fetch(reach):
    put(reach, a_few(3))
    with reach.session() as early:
        recording = open_sweep(SWEEP, early)
        reach.server.load_sweep(
            "acme", "ocr", "v5inrfwe", runs=[LoadedRun(name="new", history=a_few(1)[0].history)]
        )
        read(reach, "loss")
        assert len(recording.read(("loss",)).runs) == 4


def test_a_cut_refresh_goes_on(reach):
    put(reach, a_few(60))
    reach.server.switches.page_limit = 2  # 30 pages: more than were told and are under way
    reach.fetch(SWEEP)
    updates = []

    def interrupt(**progress):
        updates.append(progress)
        if len(updates) > 6:
            raise KeyboardInterrupt

    reach.progress = interrupt
    with pytest.raises(KeyboardInterrupt):
        reach.fetch(SWEEP, session={"refresh": True})
    del reach.progress
    (fetched,), _ = reach.fetch(SWEEP, session={"refresh": True})
    assert 0 < fetched.n_asked < 60
    with Archive.open(reach.folder) as archive:
        assert archive.cursor(fetched.head.key) is None

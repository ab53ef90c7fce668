"""Curves that the server did not give in full: asked for again until they are, and never hidden."""

import sqlite3
import sys
from contextlib import closing

import numpy as np
import pytest

from tests.app.fetching.test_fetch import SWEEP, a_few, curve, put
from tests.server.loading import LoadedRun
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.archive import Archive
from wbtools.extras import install_command

N_ROWS, N_SAMPLED = 300, 50
ENDPOINTS = frozenset({"Run.history", "Run.parquetHistory"})


def _lacks_endpoints(server, _patch):
    server.switches.missing_fields = ENDPOINTS


def _refuses(_server, patch):
    def refuse(*_, **__):
        msg = "permission denied"
        raise PermissionError(msg)

    patch.setattr("tests.server.nodes.Nodes._parquet", refuse)
    patch.setattr("tests.server.sampling.ranged", refuse)


def _gives_nothing(_server, patch):
    patch.setattr("tests.server.nodes.Nodes._parquet", lambda *_: None)
    patch.setattr("tests.server.sampling.ranged", lambda *_, **__: [])


def _gives_half(_server, patch):
    from tests.server.sampling import ranged

    patch.setattr("tests.server.nodes.Nodes._parquet", lambda *_: None)
    patch.setattr(
        "tests.server.sampling.ranged", lambda *words, **more: ranged(*words, **more)[::2]
    )


def _counts_short(_server, patch):
    from tests.server.nodes import history_keys

    def one_more(histories, **more):
        counted = history_keys(histories, **more)
        for facts in counted["keys"].values():
            facts["typeCounts"][0]["count"] += 1
        return counted

    patch.setattr("tests.server.nodes.history_keys", one_more)
    _gives_nothing(_server, patch)


ILLS = {
    "the history endpoints are not there": _lacks_endpoints,
    "the history endpoints answer errors": _refuses,
    "the history endpoints give nothing": _gives_nothing,
    "the history endpoint gives every other row": _gives_half,
    "the server counts a row that it does not give": _counts_short,
}


@pytest.fixture(params=ILLS.values(), ids=ILLS.keys())
def ill(request, reach):
    """A server that cannot give one long curve in full, until the patch is undone."""
    reach.server.switches.sample_limit = N_SAMPLED
    put(reach, [LoadedRun(name="long", history=curve(N_ROWS)), *a_few(3)])
    with pytest.MonkeyPatch.context() as patch:
        request.param(reach.server, patch)
        yield patch
    reach.server.log.clear()


def well_again(reach, ill):
    ill.undo()
    reach.server.switches.missing_fields = frozenset()
    reach.server.log.clear()


def exported(reach, fetched):
    """(rows, sampled, complete) of the long run, as an export tells them."""
    with Archive.open(reach.folder) as archive:
        (series,) = (
            series for series in archive.export_rows(fetched.head.key) if series.run_id == "long"
        )
        return len(series.rows.values), series.sampled, series.complete


def test_what_is_incomplete_says_so_and_the_next_fetch_completes_it(reach, ill):
    (fetched,), _ = reach.fetch(SWEEP)
    assert fetched.n_incomplete > 0
    n_rows, sampled, complete = exported(reach, fetched)
    assert n_rows <= N_ROWS
    assert (sampled, complete) == (True, False)
    well_again(reach, ill)
    (fetched,), _ = reach.fetch(SWEEP)
    assert fetched.n_incomplete == 0
    assert exported(reach, fetched) == (N_ROWS, False, True)
    np.testing.assert_array_equal(
        reach.load(fetched).curves["loss"].values[0], curve(N_ROWS).columns["loss"]
    )
    (fetched,), n_requests = reach.fetch(SWEEP)
    assert (n_requests, fetched.n_asked, fetched.n_incomplete) == (1, 0, 0)


@pytest.mark.usefixtures("ill")
def test_where_the_server_never_gives_it_every_fetch_says_so_after_a_few_requests(reach):
    (first,), _ = reach.fetch(SWEEP)
    before = exported(reach, first)
    counts = []
    for _ in range(3):
        (fetched,), n_requests = reach.fetch(SWEEP)
        assert fetched.n_incomplete == first.n_incomplete
        assert exported(reach, fetched) == before
        counts.append(n_requests)
    assert len(set(counts)) == 1
    assert counts[0] < 25


@pytest.mark.usefixtures("ill")
def test_the_finding_names_the_run_and_how_much_it_lacks(reach, monkeypatch):
    with reach.session() as session:
        sweep = open_sweep(SWEEP, session).read(("loss",))
    (finding,) = (finding for finding in sweep.findings if finding.code == "WBT116")
    assert "'loss'" in finding.title
    assert "long" in finding.evidence["runs"]
    assert finding.evidence["n_runs"] == 4
    assert any(finding.title in note for note in reach.notes)
    with reach.session(offline=True) as session:
        offline = open_sweep(SWEEP, session).read(("loss",))
    assert finding in offline.findings
    assert "pip install" not in finding.hint
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with reach.session(offline=True) as session:
        poorer = open_sweep(SWEEP, session).read(("loss",)).findings
    assert any(each.hint.endswith(install_command("parquet")) for each in poorer)


def test_a_poorer_answer_replaces_nothing(reach, monkeypatch):
    reach.server.switches.sample_limit = N_SAMPLED
    put(reach, [LoadedRun(name="long", history=curve(N_ROWS))])
    with monkeypatch.context() as patch:
        _gives_half(reach.server, patch)
        (fetched,), _ = reach.fetch(SWEEP)
        richer = exported(reach, fetched)
    assert N_SAMPLED < richer[0] < N_ROWS
    with monkeypatch.context() as patch:
        _gives_nothing(reach.server, patch)
        (fetched,), _ = reach.fetch(SWEEP)
        assert (exported(reach, fetched), fetched.n_incomplete) == (richer, 1)
        (fetched,), _ = reach.fetch(SWEEP, session={"refresh": True})
        assert exported(reach, fetched)[0] == N_SAMPLED


def test_a_curve_that_an_earlier_version_took_for_the_whole_is_healed(reach):
    reach.server.switches.sample_limit = N_SAMPLED
    put(reach, [LoadedRun(name="long", history=curve(N_ROWS))])
    with pytest.MonkeyPatch.context() as patch:
        _gives_nothing(reach.server, patch)
        (fetched,), _ = reach.fetch(SWEEP)
    with closing(sqlite3.connect(reach.folder / "archive.sqlite")) as database:
        database.execute("UPDATE series SET sampled = 0")
        database.commit()
    assert exported(reach, fetched) == (N_SAMPLED, False, False)
    (fetched,), _ = reach.fetch(SWEEP)
    assert exported(reach, fetched) == (N_ROWS, False, True)


def test_a_run_at_work_is_not_incomplete_for_the_rows_that_it_has_yet_to_log(reach):
    put(reach, [LoadedRun(name="live", history=curve(20), facts={"state": "running"})])
    run = reach.server.state.projects["acme", "ocr"].runs["live"]
    run.heartbeat_at = reach.server.state.now() + 1e6
    (fetched,), _ = reach.fetch(SWEEP)
    run.history = curve(30)
    with reach.session(offline=True) as session:
        sweep = open_sweep(SWEEP, session).read(("loss",))
    assert fetched.n_incomplete == 0
    assert not [finding for finding in sweep.findings if finding.code == "WBT116"]


def test_a_metric_that_was_never_fetched_is_incomplete_offline(reach):
    put(reach, a_few(3))
    reach.fetch(SWEEP)
    with reach.session(offline=True) as session:
        sweep = open_sweep(SWEEP, session).read(("loss", "acc"))
    (finding,) = (finding for finding in sweep.findings if finding.code == "WBT116")
    assert finding.title == (
        "the curves of 'acc' are incomplete in 3 of 3 runs: the curve of run0000 was never fetched"
    )


def test_incomplete_curves_are_asked_for_once_in_one_command(reach):
    reach.server.switches.sample_limit = N_SAMPLED
    reach.server.switches.missing_fields = ENDPOINTS
    put(reach, [LoadedRun(name="long", history=curve(N_ROWS))])
    with reach.session() as session:
        recording = open_sweep(SWEEP, session)
        recording.read(("loss",))
        n_asked = len(reach.server.log.all("graphql"))
        recording.read(("loss",))
        assert len(reach.server.log.all("graphql")) == n_asked
    reach.server.log.clear()


def test_counts_that_name_nothing_though_there_are_rows_count_nothing(reach, monkeypatch):
    monkeypatch.setattr("tests.server.nodes.history_keys", lambda *_, **__: {"keys": {}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.server.sampling.sampled", lambda *_: "[]")
        _gives_nothing(reach.server, patch)
        put(reach, [LoadedRun(name="late", history=curve(N_SAMPLED))])
        (fetched,), _ = reach.fetch(SWEEP)
        assert fetched.n_incomplete == 1
    (fetched,), _ = reach.fetch(SWEEP)
    assert fetched.n_incomplete == 0
    assert reach.load(fetched).curves["loss"].n_reports.tolist() == [N_SAMPLED]

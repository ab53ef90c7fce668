"""One more series is read where it is the learning rate: from files, a server, the archive."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.app.audit import audit_reference
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.session import Session
from wbtools.errors import DataError

SWEEP = "acme/ocr/v5inrfwe"


def put(reach, *, n_rows=20, **more):
    runs = []
    for k in range(6):
        steps = np.arange(n_rows if k < 2 else 5)
        columns = {
            "loss": np.random.default_rng(k).random(len(steps)),
            "train/lr": np.linspace(1, 0.5, len(steps)),
            "_step": steps,
            "_timestamp": 1.7e9 + steps,
        }
        runs.append(LoadedRun(name=f"run{k}", history=ColumnHistory(columns)))
    reach.server.load_sweep("acme", "ocr", "v5inrfwe", runs=runs, **more)


def read(reach, metrics=("loss",), **wishes):
    before = len(reach.server.log.all("graphql"))
    with reach.session(**wishes) as session:
        sweep = read_with_context(open_sweep(SWEEP, session), metrics, with_rate=True)
    return sweep, len(reach.server.log.all("graphql")) - before


def test_files_give_it_in_the_same_read():
    with Session() as session:
        sweep = read_with_context(open_sweep("demo", session), ["val/acc"], with_rate=True)
    rates, reports = sweep.curves["lr"], sweep.curves["val/acc"]
    assert set(sweep.curves) == {"val/acc", "epoch", "lr"}
    assert rates.n_reports.tolist() == reports.n_reports.tolist()


def test_a_server_is_asked_for_it_in_the_same_round(reach):
    put(reach)
    first, n_first = read(reach)
    again, n_again = read(reach)
    assert n_first == 2  # the listing, and all runs
    assert n_again == 1
    for sweep in (first, again):
        assert set(sweep.curves) == {"loss", "train/lr"}
        assert sweep.curves["train/lr"].n_reports.tolist() == [20, 20, 5, 5, 5, 5]


def test_what_the_first_runs_did_not_log_is_asked_for_once_more(reach):
    put(reach)
    with reach.session() as session:
        source = open_sweep(SWEEP, session)
        source.listing = replace(source.listing, looked_into=())
        sweep = read_with_context(source, ("loss",), with_rate=True)
    assert sweep.curves["train/lr"].n_reports.tolist() == [20, 20, 5, 5, 5, 5]


def test_offline_it_is_there_for_an_audit_has_read_it(reach):
    put(reach)
    read(reach)
    assert set(read(reach, offline=True)[0].curves) == {"loss", "train/lr"}


def test_offline_it_is_there_for_a_fetch_brings_it(reach):
    put(reach)
    (first,), _ = reach.fetch(SWEEP, metrics=["loss"])
    (again,), n_again = reach.fetch(SWEEP, metrics=["loss"])
    assert (first.n_asked, first.n_rows, again.n_asked, again.n_rows, n_again) == (6, 120, 0, 0, 1)
    online, offline = read(reach)[0], read(reach, offline=True)[0]
    assert set(online.curves) == set(offline.curves) == {"loss", "train/lr"}


def test_a_metric_that_is_asked_for_is_no_extra(reach):
    put(reach)
    sweep, _ = read(reach, metrics=("train/lr",))
    assert set(sweep.curves) == {"train/lr"}


def test_a_series_that_is_too_long_is_left_alone(reach, monkeypatch):
    monkeypatch.setattr("wbtools.analysis.learning_rate.MOST_CONTEXT_VALUES", 100)
    put(reach)
    assert set(read(reach)[0].curves) == {"loss"}


def test_a_table_has_none(tmp_path: Path):
    table = tmp_path / "runs.csv"
    table.write_text("Name,State,loss,lr\na,finished,1,0.1\nb,killed,2,0.2\n")
    with Session() as session:
        sweep = read_with_context(open_sweep(str(table), session), ["loss"], with_rate=True)
        assert not sweep.curves


def test_the_audit_says_that_it_was_logged():
    with Session() as session:
        audit = audit_reference("demo", session=session)
    known = [row.projection.reasons for row in audit.gems]
    assert all(reasons.rate_is_logged for reasons in known)
    assert {reasons.rate_of_peak <= 1 for reasons in known} == {True}


def test_an_answer_does_not_fail_for_want_of_it(reach, monkeypatch):
    put(reach)
    with reach.session() as session:
        recording = open_sweep(SWEEP, session)
        recording.listing = replace(recording.listing, looked_into=())
        plain = recording.read

        def fails(metrics, on_file=None):
            if len(metrics) > 1:
                msg = "cut"
                raise DataError(msg, "again")
            return plain(metrics, on_file)

        monkeypatch.setattr(type(recording), "read", lambda _, *given: fails(*given))
        sweep = read_with_context(recording, ("loss",), with_rate=True)
        assert set(sweep.curves) == {"loss"}


@pytest.mark.parametrize("metrics", [(), ("loss",)])
def test_nothing_is_asked_for_where_no_metric_is(reach, metrics):
    put(reach)
    names = set(read(reach, metrics=metrics)[0].curves)
    assert names == ({"loss", "train/lr"} if metrics else set())

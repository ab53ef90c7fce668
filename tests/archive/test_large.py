"""What wbtools wrote itself is read again, however small it was packed; memory has a limit."""

import tracemalloc

import numpy as np
import pytest

from tests.archive import hostile
from tests.archive.sweeps import HEAD, KEY, archived, page
from wbtools.archive import Archive, ArchiveWriter, SeriesPage, chunks, loading
from wbtools.errors import DataError
from wbtools.model import Series


def test_many_constant_metrics_on_one_axis_have_last_rows(tmp_path):
    n, names = 70_000, [f"lr/group{k}" for k in range(200)]
    times_s = 1.7e9 + np.cumsum(np.random.default_rng(0).exponential(0.3, n))
    rows = Series(values=np.full(n, 1e-3), steps=np.arange(n), times_s=times_s)
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        pages = [SeriesPage(run_id="r", metric=name, rows=rows) for name in names]
        archive.put_page(KEY, [archived("r")], pages, cursor="1")
        tracemalloc.start()
        try:
            found = archive.last_rows(KEY, "r", names, 32)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 20_000_000
    assert set(found) == set(names)
    for last in found.values():
        assert np.array_equal(last.values, rows.values[-32:])
        assert np.array_equal(last.steps, rows.steps[-32:])
        assert np.array_equal(last.times_s, rows.times_s[-32:])


def test_last_rows_come_from_two_chunks_where_the_last_is_short(tmp_path):
    n = chunks.codec.LONGEST_CHUNK + 5
    values = np.arange(n, dtype=np.float64)
    rows = Series(values=values, steps=np.arange(n), times_s=1.7e9 + values)
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        pages = [SeriesPage(run_id="r", metric=name, rows=rows) for name in ("a", "b")]
        archive.put_page(KEY, [archived("r")], pages, cursor="1")
        for n_rows in (3, 5, 32):
            for last in archive.last_rows(KEY, "r", ["a", "b"], n_rows).values():
                assert np.array_equal(last.values, values[-n_rows:])
                assert np.array_equal(last.steps, rows.steps[-n_rows:])
                assert np.array_equal(last.times_s, rows.times_s[-n_rows:])


@pytest.mark.parametrize("n_runs", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_rows_at_regular_times_are_loaded(tmp_path, n_runs):
    n = 60_000
    values, steps = np.floor(np.arange(n) / 1000), np.arange(n)
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        for run in range(n_runs):
            rows = Series(values=values, steps=steps, times_s=1.7e9 + run + steps)
            pages = [SeriesPage(run_id=f"r{run}", metric="epoch", rows=rows)]
            archive.put_page(KEY, [archived(f"r{run}")], pages, cursor="1")
        curves = archive.load(KEY, ["epoch"]).curves["epoch"]
    assert curves.values.shape == (n_runs, n)
    assert np.array_equal(curves.values[-1], values)


@pytest.fixture
def bombed(tmp_path):
    """A bomb whose series say how many rows its chunks promise."""
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
    hostile.bomb(tmp_path)
    hostile.sql(
        tmp_path,
        "UPDATE series SET n_rows ="
        " (SELECT coalesce(sum(n_rows), 0) FROM chunks WHERE series = series.id)",
    )
    return tmp_path


def test_curves_beyond_all_memory_are_refused_before_they_are_unpacked(bombed, monkeypatch):
    monkeypatch.setattr(loading, "unpacked", None)
    with Archive.open(bombed) as archive, pytest.raises(DataError) as caught:
        archive.load(KEY, ["loss", "acc"])
    said = "the curves of 2 metrics of 1 run, up to 655,360,000 rows each, would take 31.5 GB"
    assert caught.value.message.startswith(f"{said} of memory; 8.6 GB are the most")
    assert "fewer metrics" in caught.value.hint


def test_a_run_beyond_all_memory_is_not_exported(bombed):
    with Archive.open(bombed) as archive, pytest.raises(DataError) as caught:
        next(archive.export_rows(KEY, ["loss"]))
    assert caught.value.message.startswith(
        "655,360,000 rows of 'loss' in one run would take 15.7 GB"
    )
    assert "--metric" in caught.value.hint


def test_chunks_of_other_lengths_than_their_series_are_damage(bombed):
    hostile.sql(bombed, "UPDATE series SET n_rows = 300")
    with Archive.open(bombed) as archive:
        for read in (lambda: archive.load(KEY, ["loss"]), lambda: [*archive.export_rows(KEY)]):
            with pytest.raises(DataError, match=r"is damaged: a series of 300 rows has chunks"):
                read()


def test_a_run_as_long_as_an_answer_may_be_is_archived(tmp_path):
    config = {f"key{n}": "c" * 1_000_000 for n in range(35)}
    summary = {f"key{n}": "s" * 1_000_000 for n in range(25)}
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, [archived("r", config=config, summary=summary)], cursor="1")
    with Archive.open(tmp_path) as archive:
        (found,) = archive.runs(KEY)
    assert (found.run.config, found.run.summary) == (config, summary)


def test_a_longer_run_is_told_with_what_can_be_done(tmp_path):
    config, summary = {"text": "c" * 40_000_000}, {"text": "s" * 40_000_000}
    with ArchiveWriter.open(tmp_path) as archive:
        archive.begin(HEAD)
        with pytest.raises(DataError, match=r"summary and logged names together") as caught:
            archive.put_page(KEY, [archived("r", config=config, summary=summary)], cursor="1")
        assert "on W&B" in caught.value.hint
        assert archive.cursor(KEY) is None

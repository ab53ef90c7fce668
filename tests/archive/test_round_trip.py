"""What goes in comes out, to the last bit and the last character."""

import itertools
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.archive.sweeps import HEAD, KEY, archived, series
from wbtools.archive import (
    Archive,
    ArchivedRun,
    ArchiveWriter,
    EndedHow,
    SeriesPage,
    SweepHeader,
    SweepKey,
    codec,
)
from wbtools.errors import DataError, UsageError
from wbtools.model import Run, RunState, Series

HOSTILE = "\x1b[31m'; DROP TABLE runs; --\n\0\u202e../../\ud800{}é" * 400
WORDS = st.integers(-(2**63), 2**63 - 1)
BITS = arrays.arrays(np.int64, st.integers(0, 40), elements=WORDS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))


@given(bits=BITS, differences=st.booleans())
def test_every_bit_of_a_chunk_is_kept(bits, differences):
    numbers = bits.view(np.float64)
    chunk = codec.pack(numbers, differences=differences)
    back = codec.unpack_floats(chunk, len(bits), differences=differences)
    assert back.tobytes() == numbers.tobytes()


@given(bits=BITS, n=st.integers(-3, 10**9), noise=st.binary(max_size=60))
def test_a_damaged_chunk_is_refused(bits, n, noise):
    chunk = codec.pack(bits, differences=True)
    if n != len(bits):
        with pytest.raises(ValueError, match="chunk"):
            codec.unpack_integers(chunk, n)
    with pytest.raises(ValueError, match="chunk"):
        codec.unpack_integers(chunk[:-1], len(bits))
    with pytest.raises(ValueError, match="chunk"):
        codec.unpack_integers(noise, 1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with ArchiveWriter.open(tmp_path_factory.mktemp("archive") / "a") as archive:
        archive.begin(HEAD)
        yield archive


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.tuples(BITS, st.booleans()), min_size=1, max_size=4))
def test_rows_appended_or_replaced_are_those_put(archive, parts):
    archive.put_page(
        KEY, [archived("r")], [SeriesPage(run_id="r", metric="m", rows=series([]))], cursor=None
    )
    expected = np.empty(0, dtype=np.int64)
    for bits, append in parts:
        rows = Series(values=bits.view(np.float64), steps=bits, times_s=bits[::-1].view(np.float64))
        pages = [
            SeriesPage(run_id="r", metric=metric, rows=rows, append=append)
            for metric in ("m", "twin")
        ]
        archive.put_page(KEY, [], pages, cursor=None)
        expected = np.concatenate([expected, bits]) if append else bits
    exported = next(series for series in archive.export_rows(KEY, ["m"]) if series.run_id == "r")
    assert exported.rows.steps.tolist() == expected.tolist()
    assert exported.rows.values.tobytes() == expected.tobytes()
    known = archive.known_runs(KEY)["r"].series["m"]
    assert known.n_rows == len(expected)
    (last_step,) = archive._connection.execute("SELECT last_step FROM series").fetchone()
    assert last_step == max(expected.tolist(), default=None)


def test_long_and_many_appended_rows(archive):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=200_000)
    cuts = [0, 3, 2_000, 2_100, 140_000, 140_001, 199_000, 200_000]
    archive.put_page(KEY, [archived("long")], cursor=None)
    for begin, end in itertools.pairwise(cuts):
        rows = series(whole[begin:end], first_step=begin)
        page = SeriesPage(run_id="long", metric="m", rows=rows, append=True)
        archive.put_page(KEY, [], [page], cursor=None)
    exported = next(series for series in archive.export_rows(KEY, ["m"]) if series.run_id == "long")
    assert exported.rows.values.tobytes() == whole.tobytes()
    assert exported.rows.steps.tolist() == list(range(200_000))


def test_the_last_rows_are_those_of_the_whole_series(archive):
    archive.put_page(KEY, [archived("tail")], cursor=None)
    n_rows = 0
    for n_more in (0, 5, 30, 3_000, 1, 40, 70_000, 1, 1):
        rows = series(np.arange(n_rows, n_rows + n_more), first_step=n_rows)
        page = SeriesPage(run_id="tail", metric="m", rows=rows, append=True)
        archive.put_page(KEY, [], [page], cursor=None)
        n_rows += n_more
        found = archive.last_rows(KEY, "tail", ["m", "never fetched"], 32)
        assert list(found) == (["m"] if n_rows else [])
        last = found.get("m", series([]))
        assert last.steps.tolist() == list(range(n_rows - len(last.steps), n_rows))
        assert last.values.tolist() == last.steps.tolist()
        assert len(last.steps) == len(last.times_s)
        assert len(last.steps) == min(n_rows, 32) or n_more == 1


def test_what_is_incomplete_is_told_with_its_numbers(archive):
    runs = [archived(name) for name in ("part", "full", "none")]
    pages = [
        SeriesPage(
            run_id="part",
            metric="share",
            rows=series([1.0]),
            sampled=True,
            complete=False,
            n_expected=9,
        ),
        SeriesPage(run_id="full", metric="share", rows=series([1.0])),
    ]
    archive.put_page(KEY, runs, pages, cursor=None)
    found = {gap.run_id: gap for gap in archive.incomplete(KEY, ["share", "share"])}
    assert "full" not in found
    part, none = found["part"], found["none"]
    assert (part.n_rows, part.n_expected, part.fetched) == (1, 9, True)
    assert (none.n_rows, none.n_expected, none.fetched) == (0, None, False)
    archive.finish(KEY, present={"full", "none"})
    assert "part" not in {gap.run_id for gap in archive.incomplete(KEY, ["share"])}


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(min_size=1),
    config=st.dictionaries(st.text(), JSON, max_size=4),
    created_at=MOMENTS,
    runtime_s=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    state=st.sampled_from(RunState),
    flag=st.none() | st.booleans(),
    argv=st.none() | st.lists(st.text(), max_size=3).map(tuple),
)
def test_runs_come_back_equal(archive, name, config, created_at, runtime_s, state, flag, argv):
    run = Run(
        id="any",
        name=name,
        number=3,
        number_from="table",
        state=state,
        created_at=created_at,
        runtime_s=runtime_s,
        stopped=flag,
        config=config,
        argv=argv,
        tags=argv or (),
        group=name,
    )
    archived = ArchivedRun(run=run, updated_at=name, history_keys=config, running=flag)
    archive.put_page(KEY, [archived], cursor=None)
    assert next(back for back in archive.runs(KEY) if back.run.id == "any") == archived


def test_hostile_names_are_names(tmp_path):
    assert len(HOSTILE) > 10_000
    key = SweepKey(base_url="http://host", entity=HOSTILE, project=HOSTILE, name=HOSTILE)
    head = SweepHeader(key=key, display_name=HOSTILE, config=HOSTILE, state=HOSTILE)
    archived = ArchivedRun(
        run=Run(
            id=HOSTILE,
            name=HOSTILE,
            number=1,
            number_from="order",
            config={HOSTILE: [HOSTILE, float("inf"), -0.0, 2**70]},
            tags=(HOSTILE,),
            argv=(HOSTILE,),
        )
    )
    with ArchiveWriter.open(tmp_path / "a") as archive:
        archive.begin(head, HOSTILE)
        page = SeriesPage(run_id=HOSTILE, metric=HOSTILE, rows=series([1.0]))
        archive.put_page(key, [archived], [page], cursor=HOSTILE)
        assert archive.begin(head, HOSTILE) == HOSTILE
        assert archive.runs(key) == [archived]
        assert archive.sweep(key).head == head
        assert archive.metrics(key) == {HOSTILE: 1}
        assert archive.load(key, [HOSTILE]).curves[HOSTILE].values.tolist() == [[1.0]]
        assert list(archive.known_runs(key)) == [HOSTILE]


def test_runs_that_began_in_the_same_second_stand_by_the_numbers_of_their_names(tmp_path):
    began = datetime(2024, 1, 1, tzinfo=UTC)
    with ArchiveWriter.open(tmp_path / "a") as archive:
        archive.begin(HEAD)
        runs = [
            archived(id_, name=f"x-{n}", number=n, number_from="name", created_at=began)
            for id_, n in (("a", 10), ("b", 9), ("c", 11))
        ]
        archive.put_page(KEY, runs, [], cursor=None)
        assert [archived.run.id for archived in archive.runs(KEY)] == ["b", "a", "c"]


def test_load_orders_numbers_and_says_what_is_whole(tmp_path):
    early = datetime(2024, 1, 1, tzinfo=UTC)
    west = timezone(timedelta(hours=-8))
    with ArchiveWriter.open(tmp_path / "a") as archive:
        archive.begin(HEAD)
        archive.put_page(
            KEY,
            [
                archived("c", number=9),
                archived("b", created_at=(early + timedelta(hours=1)).astimezone(west)),
                archived("a", created_at=early, name="amber-8", number=8, number_from="name"),
            ],
            [
                SeriesPage(run_id="a", metric="m", rows=series([1.0, np.nan, 2.0])),
                SeriesPage(run_id="b", metric="m", rows=series([])),
            ],
            cursor="1",
        )
        assert not archive.load(KEY, ["m"]).curves["m"].complete
        archive.finish(KEY, as_of=early, requests=2)
        assert not archive.load(KEY, ["m"]).curves["m"].complete  # c was never asked for
        more = [SeriesPage(run_id="c", metric="m", rows=series([3.0]), n_expected=1)]
        archive.put_page(KEY, [], more, cursor=None)
        sweep = archive.load(KEY, ["m", "other"])
        assert [run.id for run in sweep.runs] == ["a", "b", "c"]
        assert [run.number for run in sweep.runs] == [8, None, None]
        assert sweep.as_of == early
        curves = sweep.curves["m"]
        assert curves.complete
        assert curves.n_reports.tolist() == [2, 0, 1]
        assert curves.first_nonfinite_step.tolist() == [1, -1, -1]
        assert curves.times_s[0, 0] == 1.7e9 - early.timestamp()
        assert not sweep.curves["other"].complete
        cut = SeriesPage(run_id="c", metric="m", rows=series([3.0]), complete=False, sampled=True)
        archive.put_page(KEY, [], [cut], cursor=None)
        assert not archive.load(KEY, ["m"]).curves["m"].complete
        archive.finish(KEY, present={"a", "b"})
        assert [run.id for run in archive.load(KEY, ["m"]).runs] == ["a", "b"]
        assert len(archive.runs(KEY)) == 3
        archive.begin(HEAD)
        archive.finish(KEY, ended_how=EndedHow.DONE, present={"a", "b", "c"})
        assert len(archive.load(KEY, []).runs) == 3


def test_what_cannot_be_right_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no archive"):
        Archive.open(tmp_path)
    with ArchiveWriter.open(tmp_path / "a") as archive:
        with pytest.raises(UsageError, match="not in the archive"):
            archive.load(KEY, [])
        archive.begin(HEAD)
        page = SeriesPage(run_id="x", metric="m", rows=series([1.0]))
        with pytest.raises(UsageError, match="not archived: 'x'"):
            archive.put_page(KEY, [archived("y")], [page], cursor="1")
        assert archive.runs(KEY) == []
        assert archive.cursor(KEY) is None
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        ArchiveWriter.open(tmp_path / "file")
    with pytest.raises(DataError, match="cannot use"):
        ArchiveWriter.open(tmp_path / "file" / "below")

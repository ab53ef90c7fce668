"""Parquet exports of histories: whatever their columns are like."""

import io
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wbtools.errors import DataError, Interrupted
from wbtools.sources.wandb_api.exports import add_export
from wbtools.sources.wandb_api.parquet_pages import PageCount, PagesError, check_pages
from wbtools.sources.wandb_api.row_collector import RowCollector


def parquet(columns, **options):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def export(low, high):
    steps = np.arange(low, high)
    return parquet({"_step": steps, "_timestamp": 1e9 + steps, "loss": steps / 7})


STEPS = np.array([0, 1, 2, 5])
VALUES = [0.5, None, float("nan"), 4.0]
READ = ([0, 2, 5], [0.5, np.nan, 4.0])
STRUCT = pa.array([{"b": 0.5}, {"b": None}, {"b": float("nan")}, {"b": 4.0}])
COLUMNS = {
    "a flat name with a dot": {"a.b": pa.array(VALUES)},
    "a structure": {"a": STRUCT},
    "a structure that is null in a row": {
        "a": pa.array([{"b": 0.5}, None, {"b": float("nan")}, {"b": 4.0}])
    },
    "a flat name and a structure": {
        "a": pa.array([None, None, {"b": float("nan")}, {"b": 4.0}]),
        "a.b": pa.array([0.5, None, None, None]),
    },
    "a flat name that goes before a structure": {
        "a": pa.array([{"b": 9.0}, None, {"b": 9.0}, {"b": 9.0}]),
        "a.b": pa.array(VALUES),
    },
    "32-bit floats": {"a.b": pa.array(VALUES, pa.float32())},
    "16-bit floats": {"a.b": pa.array(VALUES, pa.float16())},
    "texts": {
        "a.b": pa.array(["text", None, "NaN", None]),
        "a": pa.array([{"b": 0.5}] + [None] * 2 + [{"b": 4}]),
    },
    "dictionaries of texts": {
        "a.b": pa.array(["x", None, "NaN", None]).dictionary_encode(),
        "a": pa.array([{"b": 0.5}, None, None, {"b": 4.0}]),
    },
}


def read(columns, metrics=("a.b",), counts=None, **options):
    gathered = RowCollector(metrics, counts)
    add_export(io.BytesIO(parquet(columns, **options)), gathered, most_values=10**7)
    return gathered


@pytest.mark.parametrize("columns", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("row_group_size", [1, 3, 100])
def test_a_metric_is_found_in(columns, row_group_size):
    table = {"_step": STEPS, "_timestamp": 10.0 + STEPS, **columns}
    series = read(table, row_group_size=row_group_size).series("a.b")
    steps, values = READ
    np.testing.assert_array_equal(series.steps, steps)
    np.testing.assert_array_equal(series.values, values)
    np.testing.assert_array_equal(series.times_s, 10.0 + np.array(steps))


STEP_COLUMNS = {
    "whole floats": (pa.array([0.0, 3.0, 4.0]), [0, 3, 4]),
    "unsigned": (pa.array([0, 2**63 + 1, 4], pa.uint64()), [0, 4]),
    "with gaps": (pa.array([2**60 + 1, None, 3]), [3, 2**60 + 1]),
    "floats that are no steps": (
        pa.array([0.5, float("nan"), float("inf"), 1e300, None, 7.0]),
        [7],
    ),
    "texts": (pa.array(["0", "1"]), []),
    "out of order, twice": (pa.array([5, 1, 5, 0], pa.int32()), [0, 1, 5, 5]),
}


@pytest.mark.parametrize(("column", "steps"), STEP_COLUMNS.values(), ids=STEP_COLUMNS)
def test_steps_may_be(column, steps):
    series = read({"_step": column, "x": np.arange(float(len(column)))}, ("x",)).series("x")
    assert series.steps.tolist() == steps
    assert series.steps.dtype == np.int64
    assert np.isnan(series.times_s).all()


SHARED = {"_step": [5, 1, 5, 1], "_timestamp": [30.0, 10.0, 20.0, 10.0], "x": [0.0, 1.0, 2.0, 1.0]}


@pytest.mark.parametrize(
    ("n_counted", "kept", "is_whole"),
    [(None, [1, 2, 0], False), (3, [1, 2, 0], True), (2, [1, 0], True), (4, [1, 2, 0], False)],
)
def test_rows_that_share_a_step_are_kept_as_far_as_the_server_counts_them(
    n_counted, kept, is_whole
):
    gathered = read(SHARED, ("x",), None if n_counted is None else {"x": n_counted})
    assert gathered.series("x").values.tolist() == kept
    assert gathered.whole() == ({"x"} if is_whole else set())


def test_rows_that_share_a_step_and_tell_no_time_stay_in_the_order_of_the_file():
    table = {"_step": [5, 1, 5, 5], "x": [2.0, 1.0, 0.0, 2.0]}
    assert read(table, ("x",)).series("x").values.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    "columns",
    [{"other": [1.0]}, {"_step": [1]}, {"x": [1.0]}, {"_step": pa.array([], pa.int64()), "x": []}],
    ids=["neither", "no metric", "no steps", "no rows"],
)
def test_an_export_has_no_rows_where_it_has(columns):
    assert len(read(columns, ("x",)).series("x").steps) == 0


@pytest.mark.parametrize("n_kept", [0, 3, 500, -1])
def test_nothing_of_a_damaged_file_is_taken(n_kept):
    gathered = RowCollector(("loss",))
    with pytest.raises(DataError, match="history export"):
        add_export(io.BytesIO(export(0, 1000)[:n_kept]), gathered, most_values=10**7)
    assert len(gathered.series("loss").steps) == 0


def test_all_values_of_a_long_file_are_exact():
    n = 200_000
    dice = np.random.default_rng(0)
    values, there = dice.random(n), dice.random(n) < 0.7
    columns = {
        "_step": np.arange(n) * 3,
        "_timestamp": 1e9 + np.arange(n),
        "x": pa.array(values, mask=~there),
        "y": dice.integers(-(2**40), 2**40, n),
    }
    counts = {"x": int(there.sum()), "y": n + 1}
    gathered = read(columns, ("x", "y"), counts, row_group_size=90_000)
    np.testing.assert_array_equal(gathered.series("x").values, values[there])
    np.testing.assert_array_equal(gathered.series("x").steps, np.arange(n)[there] * 3)
    np.testing.assert_array_equal(gathered.series("y").values, columns["y"])
    assert gathered.whole() == {"x"}


def long_columns():
    """A file of few bytes and eleven million rows."""
    out = io.BytesIO()
    zeros = pa.array(np.zeros(1_000_000, dtype=np.int64))
    table = pa.table({"_step": zeros, "x": zeros})
    with pq.ParquetWriter(out, table.schema, compression="zstd") as writer:
        for _ in range(11):
            writer.write_table(table)
    return out.getvalue()


def long_page():
    """A column whose single page is a long text, unpacked."""
    return parquet(
        {"_step": [1, 2], "x": ["x" * 100_000_000, "NaN"]},
        compression="zstd",
        use_dictionary=False,
        data_page_size=2**30,
    )


def long_texts():
    """Pages of one text each."""
    return parquet(
        {"_step": range(9), "x": ["y" * 20_000_000] * 9},
        use_dictionary=False,
        compression="zstd",
        data_page_size=2**10,
        write_batch_size=1,
    )


def long_list():
    """Few bytes, and twenty million values in one row."""
    return parquet({"_step": [1], "x": [np.zeros(20_000_000)]}, compression="zstd")


def wide_values():
    """A value that is longer than any number."""
    return parquet({"_step": [1], "x": pa.array([b"y" * 1_000], pa.binary(1_000))})


def no_description():
    """A description that is said to have four gigabytes."""
    return b"PAR1" + b"\xff" * 4 + b"PAR1"


BOMBS = {
    long_columns: "more than 10,000,000 values",
    long_page: "a page of it unpacks to 100,000,",
    long_texts: "texts of it unpack to",
    long_list: "more than 10,000,000 values",
    wide_values: "each value of a column takes 1,000 bytes",
    no_description: "its description is too long",
}


@pytest.mark.parametrize(("made", "words"), BOMBS.items(), ids=[made.__name__ for made in BOMBS])
def test_a_file_that_unpacks_to_too_much_is_refused(made, words):
    data = made()
    assert len(data) < 2_000_000
    gathered = RowCollector(("x",))
    with pytest.raises(DataError, match=words):
        add_export(io.BytesIO(data), gathered, most_values=10_000_000)
    assert len(gathered.series("x").steps) == 0


def pages_of(n_pages, n_values):
    """A column of so many pages that hold nothing: their headers, and what they stand for."""
    size, header = bytes([0x15, 0]), bytes([0x2C, 0x15, 2 * n_values, 0])
    data = (size * 3 + header + b"\0") * n_pages
    chunk = SimpleNamespace(
        num_values=1,
        data_page_offset=0,
        has_dictionary_page=False,
        total_compressed_size=len(data),
        physical_type="DOUBLE",
    )
    group = SimpleNamespace(num_rows=n_pages * n_values, column=lambda _: chunk)
    column = SimpleNamespace(length=0, max_repetition_level=0)
    metadata = SimpleNamespace(
        schema=SimpleNamespace(column=lambda _: column),
        num_row_groups=1,
        row_group=lambda _: group,
    )
    return io.BytesIO(data), metadata


@pytest.mark.parametrize(
    ("n_values", "words", "n_looked_at"),
    [(0, "pages without values", 3), (1, "more than 200,000 pages", 200_001)],
)
def test_pages_without_end_are_refused(n_values, words, n_looked_at):
    steps = []
    file, metadata = pages_of(300_000, n_values)
    with pytest.raises(PagesError, match=words):
        check_pages(
            file,
            metadata,
            0,
            most_values=10**7,
            n_rows=1,
            pages=PageCount(lambda: steps.append(0)),
        )
    assert len(steps) == n_looked_at


def test_pages_of_all_columns_are_counted_together():
    file, metadata = pages_of(120_000, 1)
    pages = PageCount(lambda: None)
    check_pages(file, metadata, 0, most_values=10**7, n_rows=1, pages=pages)
    with pytest.raises(PagesError, match="more than 200,000 pages"):
        check_pages(file, metadata, 1, most_values=10**7, n_rows=1, pages=pages)


def test_a_stop_ends_the_reading_of_an_export():
    n_left = iter(range(3))

    def go_on():
        if next(n_left, None) is None:
            msg = "stopped"
            raise Interrupted(msg)

    gathered = RowCollector(("loss",))
    with pytest.raises(Interrupted):
        add_export(io.BytesIO(export(0, 1_000)), gathered, most_values=10**7, go_on=go_on)
    assert len(gathered.series("loss").steps) == 0


def test_a_long_text_in_many_rows_is_read_once():
    places = pa.array(np.arange(100_000, dtype=np.int32) % 2)
    texts = pa.DictionaryArray.from_arrays(places, ["z" * 500_000, "NaN"])
    gathered = read({"_step": np.arange(100_000), "x": texts}, ("x",), {"x": 100_000})
    assert gathered.series("x").steps.tolist() == list(range(1, 100_000, 2))
    assert gathered.whole() == {"x"}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4"])
def test_the_pages_of_any_writer_are_measured(version, compression):
    n = 30_000
    values = np.random.default_rng(0).random(n)
    table = {"_step": np.arange(n), "x": pa.array(values, mask=values < 0.2), "y": ["y"] * n}
    options = {"data_page_version": version, "compression": compression, "data_page_size": 4_096}
    options |= {"write_page_checksum": True, "write_page_index": True}
    gathered = read(table, ("x", "y"), {"x": 0, "y": n}, **options)
    np.testing.assert_array_equal(gathered.series("x").values, values[values >= 0.2])
    assert gathered.whole() == {"x", "y"}


@pytest.mark.parametrize("place", range(4, 400, 3))
def test_a_file_with_any_byte_changed_is_read_or_refused(place):
    data = bytearray(export(0, 1_000))
    data[place] ^= 0x55
    gathered = RowCollector(("loss",))
    try:
        add_export(io.BytesIO(bytes(data)), gathered, most_values=10**7)
    except DataError:
        assert len(gathered.series("loss").steps) == 0

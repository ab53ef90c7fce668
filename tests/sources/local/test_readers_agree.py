"""The fast reader and the careful reader, which share no line, say the same of every file."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.careful_reader import AMBIGUOUS, read_carefully
from tests.sources.local.wandb_writer import (
    exit_record,
    framed,
    history,
    preempting,
    run_record,
    serialized,
    summary,
)
from wbtools.sources.local.run_file import read_run_file

METRICS = ["loss", "a.loss", "a.b.loss", "é", "loss ", "_step", "a", ""]

words = st.sampled_from(["loss", "a", "b", "a.loss", "b.loss", "a.b.loss", "é", "loss ", "é.a", ""])
paths = st.one_of(words, st.lists(words, min_size=1, max_size=3).map(tuple))
numbers = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.sampled_from([b"-0", b"1E5", b"1e+400"])
)
leaves = st.one_of(
    numbers.filter(lambda value: not isinstance(value, bytes)),
    st.booleans(),
    st.none(),
    st.text(max_size=200),
    st.lists(st.integers(), max_size=60),
)
objects = st.recursive(
    leaves, lambda inner: st.dictionaries(words, inner, max_size=3), max_leaves=5
)
# A row holds each path once, as every SDK writes it; summaries also overwrite within a record.
row_paths = paths.filter(lambda path: isinstance(path, str) or len(path) > 1)
rows = st.dictionaries(row_paths, st.one_of(numbers, objects), max_size=6)
steps = st.one_of(st.none(), st.integers(0, 2**40))
times = st.floats(0, 2e9)
records = st.one_of(
    st.builds(
        lambda step, row, old, time_s: history(step, row, old=old, time_s=time_s),
        steps,
        rows,
        st.booleans(),
        times,
    ),
    st.builds(
        lambda update, remove, old: summary(update, remove, old=old),
        st.dictionaries(paths, objects, max_size=5),
        st.lists(words, max_size=2),
        st.booleans(),
    ),
    st.builds(
        lambda config, fields: run_record(config=config, **fields),
        st.dictionaries(words, objects, max_size=4),
        st.fixed_dictionaries(
            {},
            optional={
                "entity": st.text(max_size=5),
                "sweep_id": st.text(max_size=5),
                "display_name": st.text(max_size=5),
                "tags": st.lists(st.text(max_size=3), max_size=2),
                "resumed": st.booleans(),
            },
        ),
    ),
    st.builds(exit_record, st.integers(-300, 300)),
    st.builds(preempting),
)
files = st.lists(records, max_size=30).map(lambda many: framed(serialized(many)))


def assert_agree(path):
    careful = read_carefully(path, METRICS)
    fast = read_run_file(path, METRICS)
    for metric in METRICS:
        rows = fast.series[metric]
        pairs = zip(rows.values, rows.steps, rows.times_s, strict=True)
        assert repr([(float(v), int(s), float(t)) for v, s, t in pairs]) == repr(
            careful.series[metric]
        ), metric
    for name, value in careful.facts.items():
        assert getattr(fast, name) == value, name
    for facts, expected in ((fast.config, careful.config), (fast.summary, careful.summary)):
        assert sorted(facts) == sorted(expected)
        clear = {name: value for name, value in expected.items() if value is not AMBIGUOUS}
        assert repr(sorted(clear.items())) == repr(sorted((name, facts[name]) for name in clear))
    assert fast.n_rows == careful.n_rows
    assert fast.last_timestamp_s == careful.last_timestamp_s or math.isnan(careful.last_timestamp_s)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("agree") / "run-abc12345.wandb"


@settings(deadline=None, max_examples=150)
@given(files)
def test_on_random_records(path, data):
    path.write_bytes(data)
    assert_agree(path)


@settings(deadline=None, max_examples=150)
@given(
    files, st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=4), st.floats(0, 1)
)
def test_on_damaged_and_cut_files(path, data, flips, keep):
    damaged = bytearray(data[: round(len(data) * keep)] if keep > 0.3 else data)
    for place, bits in flips:
        if damaged:
            damaged[min(len(damaged) - 1, int(place * len(damaged)))] ^= bits
    path.write_bytes(damaged)
    assert_agree(path)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(records, min_size=1, max_size=10),
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=6),
)
def test_on_damaged_files_of_many_blocks(path, some, flips):
    data = bytearray(framed(serialized(some) * 150))
    for place, bits in flips:
        data[min(len(data) - 1, int(place * len(data)))] ^= bits
    path.write_bytes(data)
    assert_agree(path)

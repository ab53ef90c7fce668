"""Malformed records are skipped and counted; short files that stand for much cost little."""

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.local.wandb_writer import (
    framed,
    history,
    run_record,
    serialized,
    summary,
    write_run,
)
from wbtools.sources.local.json_items import NameBudget, flattened, json_value
from wbtools.sources.local.leveldb_log import DamageKind
from wbtools.sources.local.protobuf import encoded_varint
from wbtools.sources.local.run_file import (
    metric_names,
    read_head,
    read_run_file,
    why_silent,
)
from wbtools.sources.local.sweeps import find_sweeps, load

KINDS = (2, 3, 5, 7, 11, 17, 18, 21, 23, 26)
MEGABYTE = 1024 * 1024

varints = st.integers(0, 2**70).map(encoded_varint)
texts = st.sampled_from([b"loss", b"_step", b"_timestamp", b"1", b"NaN", b'{"a": {"b": 1}}'])


def fields(values):
    """Any field of any type, most of those that are read, and now and then with a wrong length."""
    numbers = st.one_of(st.integers(0, 30), st.just(200))
    whole = st.builds(
        lambda number, value, slip: (
            encoded_varint(number << 3 | 2) + encoded_varint(max(0, len(value) + slip)) + value
        ),
        numbers,
        values,
        st.sampled_from([0] * 12 + [-1, 1, 5]),
    )
    number = st.builds(lambda n, value: encoded_varint(n << 3) + value, numbers, varints)
    fixed = st.builds(
        lambda n, value: encoded_varint(n << 3 | 1) + value, numbers, st.binary(min_size=8)
    )
    return st.lists(st.one_of(whole, whole, number, fixed), max_size=5).map(b"".join)


bodies = st.recursive(st.one_of(texts, st.binary(max_size=12)), fields, max_leaves=8)
payloads = st.builds(
    lambda kind, body: encoded_varint(kind << 3 | 2) + encoded_varint(len(body)) + body,
    st.sampled_from(KINDS),
    bodies,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(payloads, st.binary(max_size=20)), max_size=12), st.booleans())
def test_no_record_stops_the_reader(tmp_path_factory, some, with_summary):
    path = tmp_path_factory.getbasetemp() / "run-abc12345.wandb"
    path.write_bytes(framed([*some, *serialized([history(7, {"loss": 5})])]))
    answer = read_run_file(path, ["loss", "a.b", ""], with_summary=with_summary)
    assert answer.series["loss"].values[-1] == 5
    read_head(path)
    metric_names(path)
    assert why_silent(path)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x1a\x02\x0a\x7f", id="summary: an item longer than its record"),
        pytest.param(b"\x1a\x04\x0a\x02\x0a\x7f", id="summary: a key longer than its item"),
        pytest.param(b"\x12\x02\x0a\x7f", id="history"),
        pytest.param(b"\x2a\x02\x0a\x7f", id="configuration"),
        pytest.param(b"\x8a\x01\x02\x0a\x7f", id="run"),
    ],
)
def test_a_malformed_record_is_skipped_and_counted(tmp_path, payload):
    path = tmp_path / "run-abc12345.wandb"
    good = serialized([run_record(config={"a": 1}), history(0, {"loss": 1}), summary({"loss": 1})])
    path.write_bytes(framed([*good, payload]))
    answer = read_run_file(path, ["loss"])
    assert [place.kind for place in answer.damage] == [DamageKind.CONTENT]
    assert (answer.config, answer.summary) == ({"a": 1}, {"loss": 1})
    assert answer.n_rows == 1


def test_a_value_of_the_wrong_type_is_no_value(tmp_path):
    path = tmp_path / "run-abc12345.wandb"
    item = b"\x0a\x01k" + encoded_varint(16 << 3) + b"\x05"  # value_json as a number
    body = b"\x0a" + encoded_varint(len(item)) + item
    path.write_bytes(framed([b"\x1a" + encoded_varint(len(body)) + body]))
    assert read_run_file(path).summary == {"k": None}


@pytest.mark.slow
@pytest.mark.parametrize("where", ["config", "summary", "history"])
def test_names_that_add_up_to_gigabytes_are_given_up(tmp_path, where):
    bomb = {"k" * 20_000: {str(n): 1 for n in range(100_000)}}
    records = [run_record(config={"a": 1, **(bomb if where == "config" else {})})]
    records.append(summary({"b": 2, **(bomb if where == "summary" else {})}))
    records.append(history(0, {"loss": 1, **(bomb if where == "history" else {})}))
    path = write_run(tmp_path, records)
    tracemalloc.start()
    answer = read_run_file(path, ["loss"])
    names = metric_names(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * MEGABYTE
    assert (answer.config["a"], answer.summary["b"]) == (1, 2)
    assert len(answer.config) + len(answer.summary) + len(names) < 4000
    if where != "history":
        assert [place.kind for place in answer.damage] == [DamageKind.NAMES]
        (found,) = find_sweeps(tmp_path)
        sweep = load(found, ["loss"])
        assert "WBT121" in {finding.code for finding in sweep.findings}
        assert sweep.curves["loss"].complete


def test_a_path_without_end_is_dropped_at_once(tmp_path):
    record = run_record(config={"a": 1})
    record.run.config.update.add(nested_key=["k"] * 200_000, value_json="1")
    path = write_run(tmp_path, [record, history(0, {("k",) * 200_000: 1})])
    begun = time.perf_counter()
    answer = read_run_file(path, ["loss"])
    metric_names(path)
    assert time.perf_counter() - begun < 3
    assert answer.config == {"a": 1}
    assert answer.damage[0].kind is DamageKind.NAMES


def test_side_files_have_the_same_bound(tmp_path):
    files = write_run(tmp_path, []).parent / "files"
    files.mkdir()
    members = ",".join(f"{n}: 1" for n in range(50_000))
    (files / "config.yaml").write_text(f"? {'k' * 20_000}\n: {{value: {{{members}}}}}\n")
    (found,) = find_sweeps(tmp_path)
    sweep = load(found, [])
    assert len(sweep.runs[0].config) < 2000


def test_the_budget_drops_everything_after_the_first_name_beyond_it():
    budget = NameBudget(5)
    assert flattened({"ab": {"c": 1}, "toolong": 2, "x": 3}, budget) == {}
    assert budget.exceeded
    assert flattened({"ab": 1, "cde": 2}, NameBudget(5)) == {"ab": 1, "cde": 2}


def test_a_number_of_more_digits_than_python_reads_stays_a_text():
    digits = "9" * 5_000
    assert json_value(f'{{"a": {digits}, "b": [2]}}') == {"a": digits, "b": [2]}
    assert json_value(f'{{"a": {digits}, ') == f'{{"a": {digits}, '


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_values_that_are_too_deep_for_most_programs_stay_texts(opening, closing):
    deep = opening * 900 + "1" + closing * 900
    assert json_value(deep) == deep
    fine = opening * 100 + "1" + closing * 100
    assert json_value(fine) != fine

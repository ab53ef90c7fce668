"""The fast reader's answers, on files made with the SDK's own messages."""

import math
import sys

import numpy as np
import pytest
from wandb.proto import wandb_internal_pb2 as pb

from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    framed,
    history,
    preempting,
    run_record,
    serialized,
    summary,
)
from wbtools.sources.local.leveldb_log import DamageKind
from wbtools.sources.local.run_file import metric_names, read_head, read_run_file


@pytest.fixture
def write(tmp_path):
    def written(*records):
        path = tmp_path / "run-abc12345.wandb"
        path.write_bytes(framed(serialized(records)))
        return path

    return written


@pytest.mark.parametrize(
    ("row", "metric", "expected"),
    [
        pytest.param({"loss": 0.1}, "loss", 0.1, id="a flat key"),
        pytest.param({("train", "loss"): 0.1}, "train.loss", 0.1, id="a nested path"),
        pytest.param({"train.loss": 0.1}, "train.loss", 0.1, id="a key with a dot"),
        pytest.param({("train", "loss"): 0.1}, "loss", None, id="a part of a path is no metric"),
        pytest.param({("loss", "train"): 0.1}, "loss", None, id="the head of a path is no metric"),
        pytest.param({"my_loss": 0.1}, "loss", None, id="the end of a key is no metric"),
        pytest.param(
            {("train", "loss"): 1, "loss": 2}, "loss", 2.0, id="flat before a nested namesake"
        ),
        pytest.param(
            {"loss": 2, ("train", "loss"): 1}, "loss", 2.0, id="flat after a nested namesake"
        ),
        pytest.param(
            {("train", "loss"): 1, "train.loss": 2}, "train.loss", 2.0, id="the flat key wins"
        ),
        pytest.param(
            {"train.loss": 2, ("train", "loss"): 1}, "train.loss", 2.0, id="also if it is first"
        ),
        pytest.param(
            {"train.loss": "x", ("train", "loss"): 1}, "train.loss", None, id="even as a text"
        ),
        pytest.param({("a", "b.c"): 5}, "a.b.c", 5.0, id="a path with a dot in a part"),
        pytest.param({("a.b", "c"): 5}, "a.b.c", 5.0, id="a path with a dot in its first part"),
        pytest.param({"a": {"b": {"c": 5}}}, "a.b.c", 5.0, id="a JSON object, as old SDKs write"),
        pytest.param({"a": {"b.c": 5}}, "a.b.c", 5.0, id="a JSON object with a dotted key"),
        pytest.param({"a": {"é": 5}}, "a.é", 5.0, id="a JSON object with an escaped key"),
        pytest.param({"a": {"b": {"d": 5}}}, "a.b.c", None, id="a JSON object without the key"),
        pytest.param({"a": {"b": True}}, "a.b", None, id="a boolean in a JSON object"),
        pytest.param({"loss ": 3}, "loss ", 3.0, id="a key that ends in a space"),
        pytest.param({"Verlust ∂": 3}, "Verlust ∂", 3.0, id="a key that is not ASCII"),
        pytest.param({"k" * 200: 3}, "k" * 200, 3.0, id="a key of 200 characters"),
        pytest.param({"": 3}, "", 3.0, id="an empty key"),
        pytest.param({"loss": b"NaN"}, "loss", math.nan, id="a bare NaN"),
        pytest.param({"loss": b"Infinity"}, "loss", math.inf, id="a bare Infinity"),
        pytest.param({"loss": b"-Infinity"}, "loss", -math.inf, id="a bare -Infinity"),
        pytest.param({"loss": b"-0"}, "loss", -0.0, id="minus zero"),
        pytest.param({"loss": 2**60 + 1}, "loss", float(2**60), id="a whole number beyond 2^53"),
        pytest.param({"loss": b"5e-324"}, "loss", 5e-324, id="the smallest number"),
        pytest.param({"loss": b"1" + b"0" * 400}, "loss", math.inf, id="a number beyond float64"),
        pytest.param({"loss": True}, "loss", None, id="a boolean is no report"),
        pytest.param({"loss": None}, "loss", None, id="null is no report"),
        pytest.param({"loss": "NaN"}, "loss", None, id="a text is no report"),
        pytest.param({"loss": "x" * 500}, "loss", None, id="a long text is no report"),
        pytest.param({"loss": [1]}, "loss", None, id="a list is no report"),
        pytest.param({"text": '\n\x0e\x12\x04loss"'}, "loss", None, id="a text like a metric"),
    ],
)
@pytest.mark.parametrize("old", [False, True], ids=["nested_key", "key"])
def test_a_metric_is_found_by_the_name_that_wandb_shows(write, row, metric, expected, old):
    path = write(run_record(), history(0, {"_runtime": 1, **row}, old=old))
    series = read_run_file(path, [metric]).series[metric]
    if expected is None:
        assert series.values.size == 0
    else:
        assert series.values.tobytes() == np.array([expected]).tobytes()
        assert series.steps.tolist() == [0]
        assert series.times_s.tolist() == [START_S]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"number": 0.1}, 0.1, id="a double"),
        pytest.param({"number": math.nan}, math.nan, id="NaN"),
        pytest.param({"number": -math.inf}, -math.inf, id="an infinity"),
        pytest.param({"integer": -7}, -7.0, id="a negative integer"),
        pytest.param({"integer": 0}, 0.0, id="zero"),
        pytest.param({"boolean": True}, None, id="a boolean"),
        pytest.param({"text": "5"}, None, id="a text"),
        pytest.param({"json": "5"}, 5.0, id="a number as JSON"),
    ],
)
def test_typed_values_of_new_sdks_are_read(write, fields, expected):
    record = history(3, {})
    record.history.item.add(nested_key=["loss"], **fields)
    values = read_run_file(write(record), ["loss"]).series["loss"].values
    assert values.tobytes() == np.array([] if expected is None else [expected]).tobytes()


def test_the_step_of_a_row_without_a_step_item_is_that_of_the_record(write):
    rows = [history(None, {"loss": 1})]
    for step in (5, 300):
        record = history(None, {"loss": 1})
        record.history.step.num = step
        rows.append(record)
    series = read_run_file(write(*rows), ["loss"]).series["loss"]
    assert series.steps.tolist() == [0, 5, 300]
    assert np.isnan(series.times_s).all()


def test_a_sparse_metric_keeps_its_own_steps(write):
    rows = [
        history(step, {"loss": step, **({"val": step / 3} if step % 10 == 9 else {})})
        for step in range(100)
    ]
    run = read_run_file(write(run_record(), *rows), ["val", "loss", "val"])
    assert run.series["val"].steps.tolist() == list(range(9, 100, 10))
    assert run.series["val"].values.tolist() == [step / 3 for step in range(9, 100, 10)]
    assert run.series["loss"].values.size == 100
    assert run.n_rows == 100


def test_facts_of_all_records_come_together(write):
    run = run_record(
        "abc12345",
        config={"opt": {"name": "adam", "betas": [0.9]}, "lr": 0.1, "_wandb": {"x": 1}},
        entity="e",
        project="p",
        sweep_id="s1",
        run_group="g",
        job_type="j",
        display_name="amber-sweep-8",
        tags=["a", "b"],
        host="h",
        resumed=True,
        telemetry={"cli_version": "0.31.0"},
        git={"commit": "c0ffee"},
    )
    late = pb.Record(config=pb.ConfigRecord())
    late.config.update.add(key="late", value_json="5")
    late.config.update.add(nested_key=["opt", "name"], value_json='"sgd"')
    late.config.remove.add(key="lr")
    environment = pb.Record(
        environment=pb.EnvironmentRecord(program="train.py", args=["--lr", "a b"], gpu_type="H")
    )
    stats = pb.Record(stats=pb.StatsRecord())
    stats.stats.timestamp.seconds = int(START_S) + 50
    answer = read_run_file(
        write(
            run,
            environment,
            late,
            history(4, {"loss": 1}),
            stats,
            preempting(),
            exit_record(255),
        )
    )
    assert answer.run_id == "abc12345"
    assert (answer.entity, answer.project, answer.sweep_id) == ("e", "p", "s1")
    assert (answer.group, answer.job_type, answer.display_name) == ("g", "j", "amber-sweep-8")
    assert (answer.tags, answer.host, answer.sdk_version) == (("a", "b"), "h", "0.31.0")
    assert answer.config == {"opt.name": "sgd", "opt.betas": [0.9], "late": 5}
    assert (answer.program, answer.argv) == ("train.py", ("--lr", "a b"))
    assert (answer.git_commit, answer.gpu) == ("c0ffee", "H")
    assert (answer.exited, answer.exit_code) == (True, 255)
    assert answer.preempting
    assert answer.resumed
    assert answer.started_at_s == START_S
    assert answer.last_timestamp_s == START_S + 50
    assert answer.first_step == 4
    assert answer.damage == ()


def test_a_negative_exit_code_stays_negative(write):
    assert read_run_file(write(exit_record(-9))).exit_code == -9


def test_the_summary_is_the_merge_of_all_updates_and_removals(write):
    records = [summary({"loss": step, ("a", "b"): step, "once": 1}) for step in range(3000)]
    records += [
        summary({"a": {"c": 1}, "once": 2}),
        summary({("a", "d"): 2, "_runtime": 3}),
        summary({}, remove=["once", "never"]),
        summary({"loss": 7}, remove=["_runtime"]),
        summary({"word": "x" * 300}),
    ]
    answer = read_run_file(write(*records))
    assert answer.summary == {"loss": 7, "a.c": 1, "a.d": 2, "word": "x" * 300}
    assert read_run_file(write(*records), with_summary=False).summary == {}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(None, DamageKind.MISSING, id="no file"),
        pytest.param(b"", DamageKind.EMPTY, id="an empty file"),
        pytest.param(bytes(range(256)) * 400, DamageKind.NOT_A_RUN_FILE, id="another file"),
        pytest.param(framed([b"\xff" * 40]), DamageKind.CONTENT, id="a record of garbage"),
        pytest.param(framed([b"\x12\x7f\x01"]), DamageKind.CONTENT, id="a field longer than all"),
        pytest.param(framed([b"\x80" * 90]), DamageKind.CONTENT, id="an integer without end"),
    ],
)
def test_a_file_that_says_nothing_has_damage_and_a_name(tmp_path, data, kind):
    path = tmp_path / "run-abc12345.wandb"
    if data is not None:
        path.write_bytes(data)
    answer = read_run_file(path, ["loss"])
    assert answer.damage[0].kind is kind
    assert answer.run_id == "abc12345"
    assert answer.series["loss"].values.size == 0
    assert not answer.exited


def test_an_unreadable_file_is_damage(tmp_path):
    (tmp_path / "run-x.wandb").mkdir()
    assert read_run_file(tmp_path / "run-x.wandb").damage[0].kind is DamageKind.UNREADABLE


def test_the_head_holds_the_run_also_behind_a_large_configuration(write):
    large = run_record(sweep_id="s1", config={"text": "x" * 200_000})
    assert read_head(write(large, history(0, {"a": 1}))).sweep_id == "s1"


def test_deeply_nested_values_stay_texts(write):
    deep = "[" * 100_000
    record = run_record()
    record.run.config.update.add(key="deep", value_json=deep)
    answer = read_run_file(write(record, history(0, {"a": deep.encode()})), ["a", "a.b"])
    assert answer.config == {"deep": deep}


def test_metric_names_count_finite_reports(write):
    rows = [
        history(
            step,
            {
                "loss": step,
                ("train", "acc"): math.nan if step == 1 else 1,
                "flag": True,
                "word": "x",
                ("image", "_type"): "image-file",
                ("image", "width"): 64,
                "old": {"nested": step, "huge": 10**400, "deep": {"er": 1}},
                "picture": {"_type": "image-file", "width": 64},
                "_runtime": 1,
                "k" * 200: 1,
            },
        )
        for step in range(3)
    ]
    assert metric_names(write(*rows)) == {
        "loss": 3,
        "train.acc": 2,
        "old.nested": 3,
        "old.deep.er": 3,
        "k" * 200: 3,
    }


def test_reading_does_not_import_the_sdk():
    import subprocess

    code = (
        "import sys, wbtools.sources.local.sweeps;"
        "sys.exit(bool({'wandb', 'pandas', 'google.protobuf'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

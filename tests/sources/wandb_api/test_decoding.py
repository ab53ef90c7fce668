"""Answers as servers really give them: texts for NaN, integers for floats, nulls anywhere."""

import json
import math

import numpy as np
import pytest

from wbtools.model import RunState
from wbtools.sources.timestamps import utc_time
from wbtools.sources.wandb_api.decoding import fetched_run, series_of

NODE = {
    "name": "abc",
    "displayName": "amber-sweep-8",
    "state": "finished",
    "createdAt": "2026-01-02T03:04:05Z",
    "heartbeatAt": "2026-01-02T03:14:05",
    "historyLineCount": 3,
    "historyKeys": {
        "keys": {"loss": {"typeCounts": [{"type": "number", "count": 2}, {"count": 1}]}},
        "lastStep": 20,
    },
    "config": json.dumps(
        {
            "lr": {"value": 0.0005134333170096499, "desc": None},
            "model": {"value": {"width": 64, "drop": {"p": 1}}},
            "opt.name": {"value": "adam"},
            "_wandb": {"value": {"cli_version": "0.31.0"}},
        }
    ),
    "summaryMetrics": '{"loss": NaN, "_wandb": {"runtime": 61}, "best": {"loss": 0.25}}',
    "tags": ["x"],
}


def rows(*values, metric="loss"):
    return [{metric: value, "_step": 10 * k, "_timestamp": 5 + k} for k, value in enumerate(values)]


SHARED = [
    {"loss": value, "_step": step, "_timestamp": time_s}
    for step, time_s, value in ((3, 9, 0.1), (3, 8, 0.2), (1, 7, 0.3), (3, 9, 0.4), (1, 7, 0.3))
]


def test_rows_that_share_a_step_are_kept_and_those_given_twice_count_once():
    run = fetched_run(NODE | {"sampledHistory": [SHARED]}, [["loss"]])
    got = run.rows["loss"]
    assert got.series.steps.tolist() == [1, 3, 3, 3]
    assert got.series.values.tolist() == [0.3, 0.2, 0.1, 0.4]
    assert got.series.times_s.tolist() == [7, 8, 9, 9]
    assert got.n_given == 4


def test_a_run_is_read_exactly():
    run = fetched_run(NODE | {"sampledHistory": [rows(1, "NaN", 0.1)]}, [["loss"]])
    assert run.run.config == {
        "lr": 0.0005134333170096499,
        "model.width": 64,
        "model.drop.p": 1,
        "opt.name": "adam",
    }
    assert (run.run.number, run.run.number_from, run.run.sdk_version) == (8, "name", "0.31.0")
    assert run.run.runtime_s == 61
    assert run.run.heartbeat_at == utc_time("2026-01-02T03:14:05Z")
    assert math.isnan(run.run.summary["loss"])
    assert run.run.summary["best.loss"] == 0.25
    assert run.counts == {"loss": 3}
    assert run.last_step == 20
    got = run.rows["loss"]
    assert (got.n_given, got.n_expected) == (3, 3)
    np.testing.assert_array_equal(got.series.values, [1, math.nan, 0.1])
    np.testing.assert_array_equal(got.series.steps, [0, 10, 20])
    np.testing.assert_array_equal(got.series.times_s, [5, 6, 7])


def test_a_run_of_which_the_server_tells_only_the_name_is_a_run():
    run = fetched_run({"name": "abc"}, [["loss"]])
    assert (run.run.name, run.run.number_from, run.run.state) == ("abc", "order", RunState.UNKNOWN)
    assert run.counts is None
    assert run.rows["loss"].n_expected is None
    assert run.run.stopped is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("Infinity", [math.inf], id="infinity"),
        pytest.param("-Infinity", [-math.inf], id="minus infinity"),
        pytest.param("1.5", [], id="a text that looks like a number"),
        pytest.param(True, [], id="a flag"),
        pytest.param(None, [], id="null"),
        pytest.param({"_type": "histogram"}, [], id="a histogram"),
        pytest.param(2**70, [float(2**70)], id="an integer beyond 64 bits"),
        pytest.param(10**400, [math.inf], id="an integer beyond all floats"),
        pytest.param(5e-324, [5e-324], id="the smallest number"),
    ],
)
def test_only_numbers_are_reports(value, kept):
    assert series_of(rows(value), "loss").values.tolist() == kept


@pytest.mark.parametrize("step", [None, "7", 1.5, True, 2**63])
def test_a_row_without_a_step_is_none(step):
    assert series_of([{"loss": 1.0, "_step": step}], "loss").values.size == 0


def test_a_row_without_a_time_has_an_unknown_one():
    series = series_of([{"loss": 1.0, "_step": 3.0, "_timestamp": "x"}], "loss")
    assert series.steps.tolist() == [3]
    assert np.isnan(series.times_s).all()


def test_rows_come_in_order_and_each_step_once():
    mixed = [*rows(1.0, 2.0, 3.0)[::-1], *rows(1.0, 2.0)]
    series = series_of(mixed, "loss")
    assert series.steps.tolist() == [0, 10, 20]
    assert series.values.tolist() == [1.0, 2.0, 3.0]


def test_dotted_names_are_found_flat_and_nested():
    nested = [{"a": {"b.c": 1}, "_step": 0}, {"a": {"b": {"c": 2}}, "_step": 1}]
    assert series_of([*nested, {"a.b.c": 3, "_step": 2}], "a.b.c").values.tolist() == [2, 3]


def test_config_that_is_no_mapping_is_empty():
    for text in ("[1]", "{", None, 5, "null"):
        assert fetched_run(NODE | {"config": text}, []).run.config == {}

"""Runs that were started again: which rows count, and when a repeated id is one run."""

import pytest

from tests.sources.local.test_sweeps import codes, only
from tests.sources.local.wandb_writer import (
    START_S,
    simple_run,
    write_run,
)
from wbtools.model import RunState

HOUR_S = 3600.0


def attempt(home, n, *, first_step=0, values=(1.0, 2.0, 3.0), code=None, **fields):
    """The n-th attempt of a run, an hour after the one before."""
    start_s = fields.pop("start_s", START_S + n * HOUR_S)
    records = simple_run(values=values, code=code, start_s=start_s, first_step=first_step, **fields)
    return write_run(home, records, stamp=f"20240101_0{n}0000")


def test_an_offline_run_started_again_keeps_all_its_rows(tmp_path):
    attempt(tmp_path, 0, config={"a": 1, "b": 1})
    attempt(tmp_path, 1, config={"b": 2}, code=0)
    sweep = only(tmp_path)
    (run,) = sweep.runs
    assert run.attempts == 2
    assert run.state is RunState.FINISHED
    assert run.config == {"a": 1, "b": 2}
    assert run.runtime_s == 6.0
    assert sweep.curves["loss"].values.tolist() == [[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]]
    assert sweep.curves["loss"].steps.tolist() == [[0, 1, 2, 0, 1, 2]]
    assert codes(sweep) == ["WBT113"]


def test_steps_logged_again_after_a_checkpoint_count_once(tmp_path):
    attempt(tmp_path, 0, values=(1.0, 2.0, 3.0, 4.0))
    attempt(tmp_path, 1, first_step=2, values=(30.0, 40.0, 50.0))
    attempt(tmp_path, 2, first_step=3, values=(400.0, 500.0, 600.0), code=1)
    sweep = only(tmp_path)
    assert sweep.curves["loss"].steps.tolist() == [[0, 1, 2, 3, 4, 5]]
    assert sweep.curves["loss"].values.tolist() == [[1.0, 2.0, 3.0, 4.0, 50.0, 600.0]]
    assert sweep.runs[0].attempts == 3


def test_an_attempt_that_died_at_once_is_an_attempt(tmp_path):
    attempt(tmp_path, 0, code=0)
    write_run(tmp_path, [], stamp="20240101_090000")
    sweep = only(tmp_path)
    (run,) = sweep.runs
    assert run.attempts == 2
    assert run.state is RunState.UNKNOWN
    assert codes(sweep) == ["WBT111", "WBT113"]


@pytest.mark.parametrize(
    ("first", "second", "homes", "ids", "expected"),
    [
        pytest.param(
            {},
            {"start_s": START_S + 1},
            ("a", "a"),
            ["abc12345"],
            ["WBT113"],
            id="one folder, clocks apart by seconds: one run",
        ),
        pytest.param(
            {"values": range(60)},
            {"start_s": START_S + 30},
            ("a", "a"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="one folder, at the same time: two runs",
        ),
        pytest.param(
            {"config": {"lr": 1}},
            {"config": {"lr": 2}},
            ("a", "b"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="two folders, other settings: two runs",
        ),
        pytest.param(
            {"config": {"lr": 1}},
            {"config": {"lr": 2}, "resumed": True},
            ("a", "b"),
            ["abc12345"],
            ["WBT113"],
            id="two folders, but resumed: one run",
        ),
        pytest.param(
            {}, {}, ("a", "b"), ["abc12345"], ["WBT113"], id="two folders, unfinished: one run"
        ),
        pytest.param(
            {"code": 0},
            {},
            ("a", "b"),
            ["abc12345", "abc12345~2"],
            ["WBT112"],
            id="two folders, the first finished: two runs",
        ),
        pytest.param(
            {"start_s": START_S},
            {"start_s": START_S, "values": (1.0,)},
            ("a", "b"),
            ["abc12345"],
            ["WBT118"],
            id="the same start: a copy",
        ),
    ],
)
def test_a_repeated_id_is_one_run_or_two(tmp_path, first, second, homes, ids, expected):
    attempt(tmp_path / homes[0] / "wandb", 0, **first)
    attempt(tmp_path / homes[1] / "wandb", 1, **second)
    sweep = only(tmp_path)
    assert [run.id for run in sweep.runs] == ids
    assert sweep.curves["loss"].run_ids == tuple(ids)
    assert codes(sweep) == expected
    if expected == ["WBT118"]:
        assert sweep.curves["loss"].n_reports.tolist() == [3]
